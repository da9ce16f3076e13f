//! Providers that misbehave, as their viewers see it: every row settles, what is held stays bounded, the reason is told.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{io::AsyncWriteExt, net::TcpStream, sync::Notify};

use super::{
    TestApp,
    client::{Watcher, words},
};
use crate::{
    model::{FailureKind, Status},
    server::{
        provider::tests::peer::{HEAD, Peer, chunk, response, says},
        store::testing::TestStore,
    },
};

/// A peer that has one model; `answer` is called for each question, with its number.
pub async fn peer<F: Future<Output = ()> + Send>(
    answer: impl Fn(usize, TcpStream) -> F + Clone + Send + Sync + 'static,
) -> Peer {
    let asked = Arc::new(AtomicUsize::new(0));
    Peer::new(move |request, mut stream| {
        let (answer, asked) = (answer.clone(), asked.clone());
        async move {
            if request.starts_with("GET") {
                let list = response("200 OK", "content-type: application/json\r\n", r#"{"data":[{"id":"demo"}]}"#);
                let _ = stream.write_all(list.as_bytes()).await;
            } else {
                answer(asked.fetch_add(1, Ordering::Relaxed), stream).await;
            }
        }
    })
    .await
}

async fn app(flags: &[&str], peer: &Peer) -> TestApp {
    TestApp::with(Arc::new(TestStore::sqlite().await), flags).await.before(peer.address).await
}

async fn say(stream: &mut TcpStream, text: &str) -> bool {
    stream.write_all(chunk(&says(text)).as_bytes()).await.is_ok()
}

async fn end(stream: &mut TcpStream) {
    let _ = stream.write_all(format!("{}0\r\n\r\n", chunk("data: [DONE]\n\n")).as_bytes()).await;
}

/// Asks, and waits for the end; what is shown is what is stored.
async fn asked(app: &TestApp) -> Watcher {
    let ada = app.admin().await;
    let started = ada.start("anything").await.unwrap();
    let mut view = ada.open(started.thread).await;
    view.settled().await;
    assert_eq!(ada.snapshot(started.thread).await.unwrap().messages, view.snapshot.messages);
    view
}

fn failure(view: &Watcher) -> FailureKind {
    assert_eq!(view.status(), Status::Failed);
    view.snapshot.messages[1].content.failure.as_ref().unwrap().kind
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_busy_is_asked_again_and_that_is_said() {
    let peer = peer(|number, mut stream| async move {
        if number == 0 {
            let busy = response("429 Too Many Requests", "retry-after: 1\r\n", "wait");
            let _ = stream.write_all(busy.as_bytes()).await;
            return;
        }
        let _ = stream.write_all(HEAD.as_bytes()).await;
        say(&mut stream, "at last").await;
        end(&mut stream).await;
    })
    .await;
    let app = app(&["--busy-wait", "5"], &peer).await;
    let ada = app.admin().await;
    let started = ada.start("anything").await.unwrap();
    let mut view = ada.open(started.thread).await;
    view.until(|view| {
        view.messages.iter().any(|row| row.is_transient() && row.content.title.as_deref() == Some("busy"))
    })
    .await;
    view.settled().await;
    assert_eq!((view.status(), view.answer().as_str()), (Status::Completed, "at last"));
    assert_eq!(peer.received().iter().filter(|request| request.starts_with("POST")).count(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_busy_for_longer_than_we_wait_has_failed() {
    let peer = peer(|_, mut stream| async move {
        let busy = response("429 Too Many Requests", "retry-after: 3600\r\n", "tomorrow");
        let _ = stream.write_all(busy.as_bytes()).await;
    })
    .await;
    let app = app(&["--busy-wait", "5"], &peer).await;
    let view = asked(&app).await;
    assert_eq!(failure(&view), FailureKind::Limited);
    assert_eq!(view.snapshot.messages[1].content.failure.as_ref().unwrap().retry_after, Some(3600));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_never_ends_is_stopped_at_the_limit_and_what_came_is_kept() {
    let ended = Arc::new(Notify::new());
    let told = ended.clone();
    let peer = peer(move |_, mut stream| {
        let told = told.clone();
        async move {
            let _ = stream.write_all(HEAD.as_bytes()).await;
            while say(&mut stream, "and on and on ").await {}
            told.notify_one();
        }
    })
    .await;
    let app = app(&["--max-answer", "50000"], &peer).await;
    let view = asked(&app).await;
    assert_eq!(failure(&view), FailureKind::TooLong);
    let row = &view.snapshot.messages[1];
    let stored = app.app.store.history(view.snapshot.head.id, row.id, 1).await.unwrap();
    assert_eq!(stored[0].content.text.len(), 50_000);
    assert!(row.meta.usage.unwrap().estimated);
    tokio::time::timeout(std::time::Duration::from_secs(10), ended.notified()).await.expect("it is still being read");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_of_five_megabytes_is_taken_up_to_the_limit() {
    let peer = peer(|_, mut stream| async move {
        let _ = stream.write_all(HEAD.as_bytes()).await;
        say(&mut stream, &"x".repeat(5 << 20)).await;
        end(&mut stream).await;
    })
    .await;
    let app = app(&["--max-answer", "1000000"], &peer).await;
    let view = asked(&app).await;
    assert_eq!(failure(&view), FailureKind::TooLong);
    assert_eq!(view.answer().trim().len(), 1_000_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_fifty_megabytes_is_left_at_the_limit() {
    let peer = peer(|_, mut stream| async move {
        let _ = stream.write_all(HEAD.as_bytes()).await;
        let piece = "many words ".repeat(1000);
        for _ in 0..(50 << 20) / piece.len() {
            if !say(&mut stream, &piece).await {
                return;
            }
        }
        end(&mut stream).await;
    })
    .await;
    let app = app(&["--max-answer", "300000"], &peer).await;
    let view = asked(&app).await;
    assert_eq!(failure(&view), FailureKind::TooLong);
    let held = app.app.hub.held();
    assert!(held.threads.bytes + held.users.bytes <= 4 << 20, "{held:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_tokens_at_once_arrive_whole_in_far_fewer_events() {
    let peer = peer(|_, mut stream| async move {
        let _ = stream.write_all(HEAD.as_bytes()).await;
        let tokens: String = (0..10_000).map(|n| chunk(&says(&format!("{n} ")))).collect();
        let _ = stream.write_all(tokens.as_bytes()).await;
        end(&mut stream).await;
    })
    .await;
    let app = app(&[], &peer).await;
    let ada = app.admin().await;
    let started = ada.start("anything").await.unwrap();
    let mut view = ada.open(started.thread).await;
    let before = view.snapshot.seq.number;
    view.settled().await;
    assert_eq!(view.status(), Status::Completed);
    let expected: String = (0..10_000).map(|n| format!("{n} ")).collect();
    assert_eq!(words(&view.snapshot.messages[1].content.text).trim(), expected.trim());
    assert!(view.snapshot.seq.number - before < 5_000, "{}", view.snapshot.seq.number - before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_text_breaks_nothing() {
    let peer = peer(|_, mut stream| async move {
        let _ = stream.write_all(HEAD.as_bytes()).await;
        say(&mut stream, "whole, then ").await;
        let mut event = says("@").into_bytes();
        let place = event.iter().position(|byte| *byte == b'@').unwrap();
        // The first two bytes of three.
        event.splice(place..=place, [0xe6, 0xbc]);
        let head = format!("{:x}\r\n", event.len());
        let _ = stream.write_all(&[head.as_bytes(), &event, b"\r\n"].concat()).await;
        say(&mut stream, " the rest").await;
        end(&mut stream).await;
    })
    .await;
    let app = app(&[], &peer).await;
    let view = asked(&app).await;
    assert_eq!(view.status(), Status::Completed);
    assert!(view.answer().starts_with("whole, then") && view.answer().contains("the rest"), "{}", view.answer());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_has_so_many_answers_at_a_time() {
    let app = TestApp::with(Arc::new(TestStore::sqlite().await), &["--runs-per-person", "2"]).await;
    let ada = app.admin().await;
    let one = ada.start("hold one x").await.unwrap();
    ada.start("hold two x").await.unwrap();
    let mut view = ada.open(one.thread).await;
    view.until(|view| !view.messages[1].content.text.is_empty()).await;
    let refused = ada.start("hold three x").await.unwrap_err();
    assert!(matches!(refused, crate::model::Error::Limited { retry_after } if retry_after > 0), "{refused:?}");
    // What waits in a thread that is being answered takes no place.
    assert_eq!(ada.send(one.thread, "echo waits").await.unwrap().run, None);
    ada.stop(one.run).await.unwrap();
    view.until(|view| view.messages.iter().filter(|row| row.status == Status::Completed).count() == 3).await;
    view.settled().await;
    ada.start("echo there is a place again").await.unwrap();
}
