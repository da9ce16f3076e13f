//! Pages as they leave the server: whole, before any script runs.

use std::sync::Arc;

use reqwest::{Method, StatusCode};

use super::{PASSWORD, TestApp};
use crate::server::store::testing::TestStore;

async fn app() -> TestApp {
    TestApp::start(Arc::new(TestStore::sqlite().await)).await
}

/// The part of a page that is there before the scripts are.
fn body(html: &str) -> &str {
    html.split_once("<body").map_or(html, |(_, body)| body)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_page_holds_its_messages_and_the_sidebar() {
    let app = app().await;
    let ada = app.admin().await;
    let started = ada.start("echo some **bold** words & <b>tags</b>").await.unwrap();
    ada.open(started.thread).await.settled().await;
    let response = ada.get(&format!("/chat/thread/{}", started.thread)).await;
    assert_eq!(response.status(), StatusCode::OK);
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("script-src 'self' 'nonce-") && !policy.contains("unsafe-inline"), "{policy}");
    for (name, value) in [("x-content-type-options", "nosniff"), ("cache-control", "private, no-store")] {
        assert_eq!(response.headers()[name], value);
    }
    let html = response.text().await.unwrap();
    let page = body(&html);
    let text = page.split("<script").next().unwrap();
    assert!(text.contains("<strong>bold</strong>"), "the answer is rendered before any script");
    assert!(
        text.contains("some **bold** words &amp; &lt;b&gt;tags&lt;/b&gt;"),
        "the person's words are as they typed them"
    );
    assert!(text.contains("<form"), "a message can be sent without scripts");
    assert!(text.matches(&started.thread.to_string()).count() >= 2, "the sidebar has the thread");
    assert_eq!(html.matches("<strong>bold</strong>").count(), 1, "history is sent once, not again as data");
    assert!(html.contains("<title>"), "{html}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_page_in_the_middle_of_a_run_holds_what_was_said() {
    let app = app().await;
    let ada = app.admin().await;
    let started = ada.start("hold page the rest").await.unwrap();
    app.demo.reached("page", 1).await;
    let mut view = ada.open(started.thread).await;
    view.until(|view| !view.messages[1].content.text.is_empty()).await;
    let shown = view.answer();
    let html = ada.get(&format!("/chat/thread/{}", started.thread)).await.text().await.unwrap();
    let first = shown.split_whitespace().next().unwrap();
    assert!(body(&html).split("<script").next().unwrap().contains(first), "{first} is not in the page");
    app.demo.release("page");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_is_not_there_says_so_with_its_status() {
    let app = app().await;
    let ada = app.admin().await;
    for path in
        ["/nowhere", "/chat/thread/no-id", "/chat/thread/0190a000-0000-7000-8000-000000000000", "/pkg/x/none.js"]
    {
        let response = ada.get(path).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    }
    assert_eq!(ada.get("/chat").await.status(), StatusCode::OK);
    assert_eq!(ada.get("/chat/index").await.status(), StatusCode::OK);
    assert_eq!(ada.get("/health").await.text().await.unwrap(), "ok");
    assert_eq!(ada.get("/readyz").await.text().await.unwrap(), "ok");
    let response = ada.request(Method::POST, "/rpc/no/such").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_signed_in_is_led_to_the_form_and_back() {
    let app = app().await;
    let stranger = app.stranger();
    let response = stranger.get("/chat").await;
    assert!(response.status().is_redirection(), "{}", response.status());
    assert_eq!(response.headers()["location"], "/signup", "the first visit makes the first account");
    app.admin().await;
    let response = stranger.get("/chat").await;
    assert!(response.headers()["location"].to_str().unwrap().starts_with("/login"));
    let html = stranger.get("/login").await.text().await.unwrap();
    assert!(html.contains("action=\"/rpc/accounts/sign_in\"") && html.contains("method=\"post\""));

    // As a browser without scripts posts it. A wrong password leads back to the form, which says so.
    let wrong = stranger
        .request(Method::POST, "/rpc/accounts/sign_in")
        .header("accept", "text/html")
        .header("referer", format!("{}/login", app.base))
        .form(&[("email", "ada@example.org"), ("password", "not this one"), ("next", "")])
        .send()
        .await
        .unwrap();
    assert_eq!(wrong.status(), StatusCode::FOUND);
    let back = wrong.headers()["location"].to_str().unwrap().to_owned();
    let form = stranger.get(back.strip_prefix(&app.base).unwrap()).await.text().await.unwrap();
    assert!(form.contains("Email and password do not fit together."));
    for (next, led) in [
        ("/chat/thread/x", "/chat/thread/x"),
        ("//evil.example", "/chat"),
        ("https://evil.example/chat", "/chat"),
        ("/chat\\@evil.example", "/chat"),
    ] {
        let response = stranger
            .request(Method::POST, "/rpc/accounts/sign_in")
            .header("accept", "text/html")
            .header("referer", format!("{}/login", app.base))
            .form(&[("email", "ada@example.org"), ("password", PASSWORD), ("next", next)])
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::FOUND);
        assert_eq!(response.headers()["location"], led);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_can_be_sent_without_scripts() {
    let app = app().await;
    let ada = app.admin().await;
    let post = |name: &str, fields: Vec<(&'static str, String)>, from: String| {
        ada.request(Method::POST, &format!("/rpc/{name}"))
            .header("accept", "text/html")
            .header("referer", from)
            .form(&fields)
            .send()
    };
    let response =
        post("messages/start_thread", vec![("text", "echo plain form".into())], format!("{}/chat", app.base))
            .await
            .unwrap();
    assert_eq!(response.status(), StatusCode::FOUND);
    let page = response.headers()["location"].to_str().unwrap().to_owned();
    let thread = page.strip_prefix("/chat/thread/").unwrap().to_owned();
    ada.open(thread.parse().unwrap()).await.settled().await;
    let from = format!("{}{page}", app.base);
    let fields = vec![("thread", thread.clone()), ("text", "echo second".into())];
    let response = post("messages/submit", fields, from.clone()).await.unwrap();
    let led = response.headers()["location"].to_str().unwrap().trim_end_matches('?');
    assert_eq!((response.status(), led), (StatusCode::FOUND, from.as_str()));
    let mut view = ada.open(thread.parse().unwrap()).await;
    view.settled().await;
    assert_eq!(view.snapshot.messages.len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_is_in_the_language_the_browser_likes_best() {
    let app = app().await;
    let stranger = app.stranger();
    app.admin().await;
    for (header, tag, words) in
        [("de-AT,de;q=0.9,en;q=0.5", "de", "Willkommen zurück"), ("fr,en;q=0.1", "en", "Welcome back")]
    {
        let page = stranger.request(Method::GET, "/login").header("accept-language", header);
        let html = page.header("accept", "text/html").send().await.unwrap().text().await.unwrap();
        assert!(html.contains(&format!("<html lang=\"{tag}\"")) && html.contains(words), "{header}: {html}");
    }
}

/// Pages that are made at the same time do not take each other's signals: none breaks, and each is whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pages_asked_for_at_once_are_all_whole() {
    let app = app().await;
    let ada = app.admin().await;
    let started = ada.start("echo many look at this").await.unwrap();
    ada.open(started.thread).await.settled().await;
    for path in [format!("/chat/thread/{}", started.thread), "/chat".into(), "/settings".into()] {
        for _ in 0..20 {
            let pages = (0..8).map(|_| async {
                let response = ada.get(&path).await;
                (response.status(), response.text().await.unwrap_or_default())
            });
            for (status, html) in futures::future::join_all(pages).await {
                assert_eq!(status, StatusCode::OK, "{path}: {html}");
                assert!(html.contains("</title>") && html.contains("</html>"), "{path}: {html}");
            }
        }
    }
}
