//! What whoever operates the server sees: numbers, and a log without a word of anybody's.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    panic,
    sync::{Arc, Mutex},
};

use reqwest::{Method, StatusCode};
use serde_json::Value;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter, util::SubscriberInitExt};

use super::{
    TestApp,
    client::{Begun, Person},
    on_both_engines,
};
use crate::{
    model::{FailureKind, Position, Seq, Status},
    server::{config::LogFormat, log, store::testing::TestStore},
};

/// All values, by name and labels as they are written.
async fn numbers(person: &Person) -> BTreeMap<String, f64> {
    let request = person.elsewhere(Method::GET, "/metrics").header("authorization", "Bearer for-the-tests-alone");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let text = response.text().await.unwrap();
    let mut values = BTreeMap::new();
    let mut kind = None;
    for line in text.lines() {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        match words[..] {
            ["#", "HELP", name, help] => {
                assert!(text.matches(&format!("# HELP {name} ")).count() == 1 && !help.is_empty())
            }
            ["#", "TYPE", name, of] => kind = Some((name, of)),
            _ => {
                let (name, value) = line.rsplit_once(' ').unwrap();
                let (family, of) = kind.unwrap();
                assert!(name.starts_with(family) && ["counter", "gauge", "histogram"].contains(&of), "{line}");
                assert!(values.insert(name.to_owned(), value.parse().unwrap()).is_none(), "{line} is there twice");
            }
        }
    }
    values
}

on_both_engines! {
    async fn a_run_and_its_viewers_are_in_the_numbers(app: TestApp, "--metrics-token", "for-the-tests-alone") {
        let ada = app.admin().await;
        let before = numbers(&ada).await;
        assert_eq!((before["skein_runs_active"], before["skein_viewers"]), (0.0, 0.0));
        assert_eq!(before["skein_runs_queued"], 0.0);
        assert!(before.keys().all(|name| !name.starts_with("skein_runs_settled_total")), "{before:?}");

        let started = ada.start("hold counted and then more").await.unwrap();
        app.demo.reached("counted", 1).await;
        let mut view = ada.open(started.thread).await;
        view.until(|view| view.messages.last().is_some_and(|row| !row.content.text.is_empty())).await;
        let during = numbers(&ada).await;
        ada.send(started.thread, "echo and then this").await.unwrap();
        ada.send(started.thread, "echo and this").await.unwrap();
        let queued = numbers(&ada).await["skein_runs_queued"];
        assert_eq!(queued, 2.0, "the answers to them are to be written");
        for row in &view.until(|view| view.messages.len() == 4).await.messages.clone()[2..] {
            ada.form::<()>("queue/remove", &[("id", &row.id.to_string())]).await.unwrap();
        }
        assert_eq!(numbers(&ada).await["skein_runs_queued"], 0.0, "they were taken back");
        for (name, value) in [
            ("skein_runs_active", 1.0),
            ("skein_viewers", 1.0),
            ("skein_streams_opened_total", 1.0),
            ("skein_stream_resumes_total", 1.0),
            ("skein_stream_resets_total", 0.0),
            ("skein_first_token_seconds_count", 1.0),
            ("skein_event_logs{log=\"thread\"}", 1.0),
        ] {
            assert_eq!(during[name], value, "{name}");
        }
        assert!(during["skein_event_log_events{log=\"thread\"}"] > 3.0);
        assert!(during["skein_event_log_bytes{log=\"thread\"}"] > 100.0);
        assert!(during["skein_store_write_seconds_count"] > before["skein_store_write_seconds_count"]);
        assert!(during["skein_store_write_seconds_sum"] >= during["skein_store_commit_seconds_sum"]);
        if cfg!(target_os = "linux") {
            assert!(during["process_resident_memory_bytes"] > 1e6 && during["process_open_fds"] > 3.0);
        }

        app.demo.release("counted");
        view.settled().await;
        // A place of another life of the log.
        let foreign = Position { thread: Some(Seq { epoch: 1, number: 1 }), user: Seq::default() };
        let mut lost = ada.events(Some(started.thread), foreign, None).await.unwrap();
        while lost.next().await.is_some() {}
        drop(view);
        let failed = ada.start("status 429").await.unwrap();
        ada.open(failed.thread).await.settled().await;
        let after = loop {
            // A server notices a moment later that a viewer left.
            let after = numbers(&ada).await;
            if (after["skein_viewers"], after["skein_runs_active"]) == (0.0, 0.0) {
                break after;
            }
            tokio::task::yield_now().await;
        };
        let usage = ada.snapshot(started.thread).await.unwrap().messages[1].meta.usage.unwrap();
        for (name, value) in [
            ("skein_runs_settled_total{status=\"completed\",failure=\"\"}", 1.0),
            ("skein_runs_settled_total{status=\"failed\",failure=\"limited\"}", 1.0),
            ("skein_streams_opened_total", 3.0),
            ("skein_stream_resumes_total", 2.0),
            ("skein_stream_resets_total", 1.0),
            ("skein_first_token_seconds_count", 1.0),
            ("skein_tokens_total{part=\"prompt\",counted=\"provider\"}", usage.prompt_tokens.into()),
            ("skein_tokens_total{part=\"completion\",counted=\"provider\"}", usage.completion_tokens.into()),
            ("skein_tokens_total{part=\"prompt\",counted=\"estimate\"}", 0.0),
        ] {
            assert_eq!(after[name], value, "{name}");
        }
    }

    async fn the_numbers_are_for_who_brings_the_token(app: TestApp, "--metrics-token", "for-the-tests-alone") {
        let ada = app.admin().await;
        let asked = async |token: Option<&str>| {
            let request = ada.request(Method::GET, "/metrics");
            let request = token.iter().fold(request, |request, token| request.header("authorization", *token));
            let response = request.send().await.unwrap();
            (response.status(), response.text().await.unwrap().contains("skein_"))
        };
        assert_eq!(asked(Some("Bearer for-the-tests-alone")).await, (StatusCode::OK, true));
        for wrong in [None, Some("for-the-tests-alone"), Some("Bearer "), Some("Bearer for-the-tests-alone2")] {
            assert_eq!(asked(wrong).await, (StatusCode::UNAUTHORIZED, false), "{wrong:?}");
        }
    }

    async fn without_a_token_there_are_no_numbers(app: TestApp) {
        let ada = app.admin().await;
        for given in ["Bearer ", "Bearer x"] {
            let response = ada.request(Method::GET, "/metrics").header("authorization", given).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::NOT_FOUND);
        }
    }
}

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Kept {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// A word of a person's that nothing else here has.
const WORD: &str = "Zwetschgenknödel";

/// Everything that anything in the process could log is kept: one test of its own process alone may do that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_has_runs_and_threads_and_not_a_word_of_a_message() {
    let kept = Kept::default();
    log::lines(LogFormat::Json, EnvFilter::new("trace"), kept.clone()).init();
    let usual = panic::take_hook();
    panic::set_hook(Box::new(log::broke));

    let app = TestApp::start(Arc::new(TestStore::sqlite().await)).await;
    let ada = app.admin().await;
    let mut runs: Vec<(Begun, Status, Option<FailureKind>)> = Vec::new();
    for (prompt, status, failure) in [
        (format!("echo {WORD}"), Status::Completed, None),
        (format!("error {WORD}"), Status::Failed, Some(FailureKind::Server)),
        (format!("disconnect {WORD}"), Status::Failed, Some(FailureKind::Disconnected)),
    ] {
        let started = ada.start(&prompt).await.unwrap();
        ada.open(started.thread).await.settled().await;
        runs.push((started, status, failure));
    }
    let stopped = ada.start(&format!("hold gate {WORD}")).await.unwrap();
    app.demo.reached("gate", 1).await;
    ada.stop(stopped.run).await.unwrap();
    runs.push((stopped, Status::Cancelled, None));
    ada.rename(stopped.thread, WORD).await.unwrap();
    ada.submit(stopped.thread, &format!("x{WORD}").repeat(1 << 16)).await.unwrap_err();
    let crashed = ada.start(&format!("hold crash {WORD}")).await.unwrap();
    app.demo.reached("crash", 1).await;
    let _app = app.restarted().await;
    runs.push((crashed, Status::Failed, Some(FailureKind::Interrupted)));
    // What a text says that is cut in the middle of a letter.
    let cut = tokio::spawn(async { WORD[..WORD.find('ö').unwrap() + 1].len() }).await;
    assert!(cut.unwrap_err().is_panic());
    panic::set_hook(usual);

    let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told = |message: &str, run: &Begun| {
        let of = |line: &&Value| line["run"] == run.run.to_string() && line["thread"] == run.thread.to_string();
        let mut found = lines.iter().filter(of).filter(|line| line["message"].as_str().unwrap().starts_with(message));
        let line = found.next().unwrap_or_else(|| panic!("{message} is not said of {run:?}")).clone();
        assert!(found.next().is_none(), "{message} is said twice of {run:?}");
        line
    };
    for (run, status, failure) in &runs {
        assert_eq!(told("run started", run)["level"], "INFO");
        let settled = told("run settled", run);
        let why = settled.get("failure").and_then(Value::as_str);
        assert_eq!((&settled["status"], why), (&status.as_str().into(), failure.map(FailureKind::as_str)));
    }
    assert!(
        lines.iter().any(|line| line["message"] == "a panic" && line["place"].as_str().unwrap().contains("watching"))
    );
    for word in [WORD, "Zwetsch", "zwetsch", "knödel"] {
        let said: Vec<_> = text.lines().filter(|line| line.contains(word)).take(3).collect();
        assert!(said.is_empty(), "{said:#?}");
    }
    assert!(!text.contains(&ada.cookie.unwrap().split('=').nth(1).unwrap().to_owned()), "nor a session");
}
