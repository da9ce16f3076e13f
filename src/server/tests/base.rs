//! Below a path of a host: everything that leaves the server carries it, and everything is found with it and without.

use std::sync::Arc;

use reqwest::{Method, StatusCode};

use super::{PASSWORD, TestApp, client::Said};
use crate::server::store::testing::TestStore;

const BASE: &str = "/skein";

async fn app() -> TestApp {
    TestApp::with(Arc::new(TestStore::sqlite().await), &["--base-path", "skein/", "--enable-signup"]).await
}

/// What the page's elements point at.
fn pointed_at(html: &str) -> Vec<String> {
    let value = |rest: &str| rest.split('"').next().unwrap().to_owned();
    let mut all: Vec<String> = [" href=\"", " src=\"", " action=\"", " formaction=\"", " srcset=\""]
        .iter()
        .flat_map(|attribute| html.split(attribute).skip(1).map(value))
        .collect();
    // An attribute may also be the last of an element that ends itself.
    let is_path = |part: &&str| part.starts_with('/') && !part.starts_with("/>");
    all.extend(html.split(['\'', '"']).filter(is_path).map(str::to_owned));
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_points_below_it() {
    let app = app().await;
    let ada = app.admin().await;
    let thread = ada.start("echo x").await.unwrap().thread;
    ada.open(thread).await.settled().await;
    let pages =
        ["/chat", "/chat/thread/{}", "/chat/thread/{}?delete", "/chat/thread/{}?rename", "/settings", "/no-such-page"];
    let pages = pages.map(|page| (&ada, page.replace("{}", &thread.to_string())));
    let stranger = app.stranger();
    let more = ["/login", "/signup"].map(|page| (&stranger, page.to_owned()));
    for (person, page) in pages.into_iter().chain(more) {
        let mut whole = Vec::new();
        for base in [BASE, ""] {
            let html = person.get(&format!("{base}{page}")).await.text().await.unwrap();
            assert!(html.contains("data-base=\"/skein\""), "{html}");
            let all = pointed_at(&html);
            assert!(all.len() > 5, "{all:?}");
            let ours =
                |at: &String| at.starts_with("/skein/") || *at == BASE || at.starts_with(['#', '?']) || at.is_empty();
            let others: Vec<_> = all.iter().filter(|at| !ours(at)).collect();
            assert!(others.is_empty(), "{page}: {others:?}");
            whole.push(all);
        }
        assert_eq!(whole[0], whole[1], "{page}: whether a proxy takes it off makes no difference");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_led_on_is_led_below_it() {
    let app = app().await;
    let ada = app.admin().await;
    let stranger = app.stranger();
    for (person, from, to) in [
        (&ada, "/skein", "/skein/chat"),
        (&ada, "/skein/", "/skein/chat"),
        (&ada, "/skein?x", "/skein/chat"),
        (&ada, "/", "/skein/chat"),
        (&ada, "/skein/login", "/skein/chat"),
        (&stranger, "/skein/settings", "/skein/login?next=/skein/settings"),
        (&stranger, "/settings", "/skein/login?next=/skein/settings"),
    ] {
        let response = person.get(from).await;
        assert_eq!(
            (response.status(), response.headers()["location"].to_str().unwrap()),
            (StatusCode::FOUND, to),
            "{from}"
        );
    }
    for (next, to) in [
        ("/skein/settings", "/skein/settings"),
        ("/settings", "/skein/settings"),
        ("/skein/chat?page=2", "/skein/chat?page=2"),
        ("//skein/chat", "/skein/chat"),
        ("/skein//evil.example", "/skein/chat"),
        ("https://evil.example/skein/chat", "/skein/chat"),
        ("/skeins/chat", "/skein/chat"),
    ] {
        let fields = [("email", "ada@example.org"), ("password", PASSWORD), ("next", next)];
        let request = stranger.request(Method::POST, "/skein/rpc/accounts/sign_in").header("accept", "text/html");
        let said = Said::of(request.form(&fields).send().await.unwrap()).await;
        assert_eq!((said.status, &*said.headers["location"]), (302, to), "{next}");
        assert!(said.headers["set-cookie"].contains("; Path=/skein; "), "{said:?}");
    }
    let out = ada.request(Method::POST, "/skein/rpc/accounts/sign_out").form(&[("", ""); 0]).send().await.unwrap();
    assert_eq!(out.headers()["location"], "/skein/login");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_else_is_there_with_it_and_without() {
    let app = app().await;
    let ada = app.admin().await;
    for base in [BASE, ""] {
        for path in ["/health", "/readyz", "/events?tab=t"] {
            assert_eq!(ada.get(&format!("{base}{path}")).await.status(), StatusCode::OK, "{base}{path}");
        }
        let called = ada.request(Method::POST, &format!("{base}/rpc/accounts/visitor")).json(&serde_json::json!({}));
        assert!(called.send().await.unwrap().text().await.unwrap().contains("ada@example.org"));
        let none = ada.request(Method::POST, &format!("{base}/rpc/none")).send().await.unwrap();
        assert_eq!(none.status(), StatusCode::NOT_FOUND);
    }
    for path in ["/skeins/health", "/skein/skein/health", "/skeinhealth"] {
        assert_eq!(ada.get(path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}
