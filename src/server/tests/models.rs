//! Models of this machine are found without a word of configuration.

use serde_json::json;
use tokio::net::TcpSocket;

use super::{TestApp, on_both_engines};
use crate::{
    model::{Models, Status},
    server::provider::{Demo, DemoOptions, Pace, Probe, ProviderSettings, demo_server},
};

fn ids(models: &Models) -> Vec<&str> {
    models.models.iter().map(|model| model.id.as_str()).collect()
}

on_both_engines! {
    async fn a_local_server_is_found_once_it_runs(app: TestApp) {
        // Taken, so that nobody else gets it; but nothing listens there yet.
        let place = TcpSocket::new_v4().unwrap();
        place.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let settings = ProviderSettings {
            probes: vec![Probe::new("Ollama", place.local_addr().unwrap().port())],
            ..ProviderSettings::default()
        };
        let app = app.provided(settings).await;
        let ada = app.admin().await;
        let list = async |refresh: bool| ada.json::<Models>("models/list", json!({ "refresh": refresh })).await.unwrap();
        let before = list(false).await;
        assert_eq!(ids(&before), ["demo"]);
        assert!(before.only_demo() && before.sources.is_empty(), "{before:?}");

        let models = vec!["small".to_owned(), "large".to_owned()];
        let found = Demo::new(DemoOptions { pace: Pace::none(), models, key: None });
        let (listener, served) = (place.listen(64).unwrap(), demo_server(found.clone()));
        tokio::spawn(async move { axum::serve(listener, served).await.unwrap() });
        let after = list(true).await;
        assert_eq!(ids(&after), ["ollama/small", "ollama/large", "demo"]);
        assert_eq!(after.default.as_deref(), Some("ollama/small"));
        assert!(!after.only_demo());
        // It is known from now on, also to those who do not ask anew.
        assert_eq!(list(false).await, after);

        let started = ada.start("echo from next door").await.unwrap();
        let mut view = ada.open(started.thread).await;
        view.settled().await;
        assert_eq!(view.status(), Status::Completed);
        assert!(view.answer().contains("from next door"));
        assert_eq!(view.snapshot.messages[1].meta.model.as_deref(), Some("ollama/small"));
        let asked = found.requests().into_iter().rfind(|request| request.route.contains("completions")).unwrap();
        let body: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
        assert_eq!(body["model"], "small");

        // Another one is chosen by name, in the same conversation.
        let fields = [("thread", &*started.thread.to_string()), ("text", "echo and larger"), ("model", "ollama/large")];
        ada.form::<crate::model::Started>("messages/submit", &fields).await.unwrap();
        view.until(|view| view.messages.len() >= 4).await;
        view.settled().await;
        let answer = view.snapshot.messages.last().unwrap();
        assert_eq!((answer.status, answer.meta.model.as_deref()), (Status::Completed, Some("ollama/large")));
    }
}
