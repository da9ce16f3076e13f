//! The list of models, over real sockets.

use std::time::Duration;

use futures::future::join_all;
use serde_json::json;
use tokio::{io::AsyncReadExt, net::TcpListener, time::Instant};

use super::{
    ask, converse,
    peer::{Peer, response},
    providers, settings,
};
use crate::{
    model::{FailureKind, Models, SourceState},
    server::provider::{Demo, DemoOptions, Endpoint, Pace, Probe, ProviderSettings, Providers, Request, demo_server},
};

fn ids(models: &Models) -> Vec<&str> {
    models.models.iter().map(|model| model.id.as_str()).collect()
}

async fn listing(names: &[&str]) -> Peer {
    let data: Vec<_> = names.iter().map(|name| json!({ "id": name })).collect();
    Peer::saying(response("200 OK", "", &json!({ "data": data }).to_string())).await
}

/// The port of a demo server with these models.
pub(super) async fn serve(demo: &Demo) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = demo_server(demo.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    port
}

fn demo(models: &[&str]) -> Demo {
    let models = models.iter().map(|name| (*name).to_owned()).collect();
    Demo::new(DemoOptions { pace: Pace::none(), models, ..DemoOptions::default() })
}

#[tokio::test]
async fn one_dead_server_does_not_keep_the_others() {
    let (a, b) = (listing(&["m"]).await, listing(&["m", "n"]).await);
    let silent = Peer::new(|_, mut stream| async move {
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    let failing = Peer::saying(response("500 Internal Server Error", "", "")).await;
    let locked = Peer::saying(response("401 Unauthorized", "", "")).await;
    let other = Peer::saying(response("200 OK", "", "<html>hello</html>")).await;
    let all = [("a", &a), ("s", &silent), ("f", &failing), ("l", &locked), ("o", &other), ("b", &b)];
    let endpoints = all.map(|(label, peer)| Endpoint::new(label, &peer.base(), None).unwrap()).into();
    let limit = Duration::from_millis(700);
    let providers = Providers::new(ProviderSettings { endpoints, list_limit: limit, ..settings("http://h") });
    let before = Instant::now();
    let models = providers.models(false).await;
    assert!(before.elapsed() < limit * 4, "{:?}", before.elapsed());
    assert_eq!(ids(&models), ["a/m", "b/m", "b/n"]);
    let states: Vec<_> = models.sources.iter().map(|source| (source.label.as_str(), source.state)).collect();
    use SourceState::{Failing, Ready, Unauthorized, Unreachable};
    let wanted = [("a", Ready), ("s", Unreachable), ("f", Failing), ("l", Unauthorized), ("o", Failing), ("b", Ready)];
    assert_eq!(states, wanted);
    assert_eq!(models.sources[0].origin, format!("http://{}", a.address));
}

#[tokio::test]
async fn the_list_is_kept_until_it_is_asked_for_anew_and_asked_for_once() {
    let peer = listing(&["m"]).await;
    let providers = providers(&peer.base());
    let lists = join_all((0..10).map(|number| providers.models(number % 2 == 0))).await;
    assert!(lists.iter().all(|models| ids(models) == ["t/m"]));
    providers.models(false).await;
    assert_eq!(peer.received().len(), 1);
    assert!(peer.received()[0].contains("authorization: Bearer sk-very-secret\r\n"));
    providers.models(true).await;
    assert_eq!(peer.received().len(), 2);
}

#[tokio::test]
async fn an_old_list_is_given_at_once_and_made_anew_behind_it() {
    let peer = listing(&["m"]).await;
    let providers = Providers::new(ProviderSettings { fresh_for: Duration::ZERO, ..settings(&peer.base()) });
    providers.models(false).await;
    assert_eq!(ids(&providers.models(false).await), ["t/m"]);
    let again = async {
        while peer.received().len() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(super::PATIENCE, again).await.expect("a second request");
}

#[tokio::test]
async fn this_machine_is_searched_when_nothing_is_configured() {
    let (first, own) = (demo(&["small", "large"]), demo(&["self"]));
    let (port, own_port) = (serve(&first).await, serve(&own).await);
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let website = Peer::saying(response("200 OK", "", "<html>a website</html>")).await.address.port();
    let probes = [("LM Studio", port), ("closed", closed), ("web", website), ("own", own_port)];
    let settings = ProviderSettings {
        probes: probes.map(|(label, port)| Probe::new(label, port)).into(),
        own_port: Some(own_port),
        probe_limit: super::PATIENCE,
        demo: Some(demo(&["unused"])),
        ..ProviderSettings::default()
    };
    let models = Providers::new(settings.clone()).models(false).await;
    assert_eq!(ids(&models), ["lm-studio/small", "lm-studio/large", "demo"]);
    assert_eq!(models.sources.len(), 1);
    assert_eq!(models.default.as_deref(), Some("lm-studio/small"));
    assert_eq!(own.requests(), []);
    let configured = vec![Endpoint::new("c", &format!("http://127.0.0.1:{closed}"), None).unwrap()];
    let models = Providers::new(ProviderSettings { endpoints: configured, ..settings }).models(false).await;
    assert_eq!(ids(&models), ["demo"]);
    assert!(models.only_demo());
}

#[tokio::test]
async fn a_server_that_came_later_is_found_when_asked_again() {
    let place = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = place.local_addr().unwrap().port();
    drop(place);
    let probes = vec![Probe::new("late", port)];
    let settings = ProviderSettings { probes, probe_limit: super::PATIENCE, demo: None, ..ProviderSettings::default() };
    let providers = Providers::new(settings);
    assert_eq!(providers.models(false).await, Models::default());
    let nothing = converse(&providers, Request { model: String::new(), ..ask("x") }).await.1.unwrap();
    assert_eq!(nothing.kind, FailureKind::NoModel);
    // A port that was free a moment ago may be taken by now; then there is nothing to see here.
    let Ok(listener) = TcpListener::bind(("127.0.0.1", port)).await else { return };
    tokio::spawn(async move { axum::serve(listener, demo_server(demo(&["m"]))).await });
    assert_eq!(ids(&providers.models(true).await), ["late/m"]);
}

#[tokio::test]
async fn names_lead_to_models() {
    let (a, b) = (demo(&["m"]), demo(&["n", "m"]));
    let (one, two) = (serve(&a).await, serve(&b).await);
    let endpoint =
        |label: &str, port: u16| Endpoint::new(label, &format!("http://127.0.0.1:{port}/v1/"), None).unwrap();
    let endpoints = vec![endpoint("a", one), endpoint("b", two)];
    let providers = Providers::new(ProviderSettings { endpoints, demo: Some(demo(&[])), ..settings("http://h") });
    let asked = |model: &str| Request { model: model.into(), ..ask("echo x") };
    for (model, by_a, by_b) in [("m", 1, 0), ("n", 1, 1), ("b/m", 1, 2), ("", 2, 2), ("demo", 2, 2)] {
        assert_eq!(converse(&providers, asked(model)).await.1, None, "{model}");
        assert_eq!((a.counts().finished, b.counts().finished), (by_a, by_b), "{model}");
    }
    for model in ["nobody", "c/m", "a/unknown"] {
        let failure = converse(&providers, asked(model)).await.1.unwrap();
        assert_eq!(failure.kind, FailureKind::UnknownModel, "{model}");
    }
}
