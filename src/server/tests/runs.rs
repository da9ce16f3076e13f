//! Runs: stopped, failed, tried again, deleted, interrupted. Every one of them ends settled, and keeps what there was.

use std::{sync::Arc, time::Duration};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{TestApp, client::Event, faults::peer, on_both_engines};
use crate::{
    model::{Error, FailureKind, Position, Status},
    server::{
        provider::{
            Endpoint, ProviderSettings,
            tests::peer::{HEAD, chunk, says},
        },
        store::testing::TestStore,
    },
};

on_both_engines! {
    async fn stop_ends_the_providers_request_and_keeps_the_text(app: TestApp) {
        let ada = app.admin().await;
        let started = ada.start("hold stop never said").await.unwrap();
        let mut view = ada.open(started.thread).await;
        app.demo.reached("stop", 1).await;
        view.until(|view| !view.messages[1].content.text.is_empty()).await;
        let shown = view.answer();
        // From another tab, and twice at once.
        let (one, two) = tokio::join!(ada.stop(started.run), ada.stop(started.run));
        assert_eq!((one, two), (Ok(()), Ok(())));
        let counts = tokio::time::timeout(Duration::from_millis(300), app.demo.until(|counts| counts.open == 0)).await;
        assert_eq!(counts.expect("the provider's request goes on").aborted, 1);
        view.settled().await;
        assert_eq!(view.status(), Status::Cancelled);
        assert!(view.answer().starts_with(&shown) && !view.answer().contains("never said"));
        assert_eq!(ada.snapshot(started.thread).await.unwrap().messages, view.snapshot.messages);
        assert!(view.snapshot.messages[1].meta.usage.unwrap().estimated);
        // Once more, after it is over.
        ada.stop(started.run).await.unwrap();
        ada.submit(started.thread, "echo and on").await.unwrap();
        view.until(|view| view.messages.len() >= 4).await;
        view.settled().await;
        assert_eq!(view.status(), Status::Completed);
    }

    async fn stop_works_before_the_first_token(app: TestApp) {
        let ada = app.admin().await;
        let started = ada.start("step before word").await.unwrap();
        app.demo.reached("before", 1).await;
        let mut view = ada.open(started.thread).await;
        assert!(view.snapshot.messages.last().unwrap().is_transient(), "it says that it waits");
        ada.stop(started.run).await.unwrap();
        view.settled().await;
        assert_eq!((view.status(), view.answer().as_str()), (Status::Cancelled, ""));
        assert_eq!(view.snapshot.messages.len(), 2, "the status row is gone");
        app.demo.until(|counts| counts.open == 0 && counts.aborted == 1).await;
    }

    async fn stop_works_while_it_reasons(app: TestApp) {
        let ada = app.admin().await;
        // Thinks, begins to speak and falls silent: the reasoning is there before the stop.
        let started = ada.start("reasoning silence").await.unwrap();
        let mut view = ada.open(started.thread).await;
        view.until(|view| !view.messages[1].content.text.is_empty()).await;
        // It says nothing any more, and still hears at once that nobody listens.
        let stopped = async {
            let (stopped, _) = tokio::join!(ada.stop(started.run), app.demo.until(|counts| counts.open == 0));
            stopped.unwrap();
        };
        tokio::time::timeout(Duration::from_millis(300), stopped).await.expect("the provider's request goes on");
        view.settled().await;
        assert_eq!(view.status(), Status::Cancelled);
        let answer = &view.snapshot.messages[1];
        assert!(answer.meta.reasoning_chars > 0 && answer.meta.reasoning_ms.is_some());
        assert_eq!(ada.snapshot(started.thread).await.unwrap().messages, view.snapshot.messages);
    }

    async fn every_fault_of_a_provider_settles_the_row_with_its_reason(app: TestApp) {
        let ada = app.admin().await;
        for (prompt, kind, partial) in [
            ("error", FailureKind::Server, true),
            ("disconnect", FailureKind::Disconnected, true),
            ("silence", FailureKind::Silent, true),
            ("status 401", FailureKind::Unauthorized, false),
            ("status 404", FailureKind::UnknownModel, false),
            ("status 429", FailureKind::Limited, false),
            ("status 400", FailureKind::Rejected, false),
            ("status 503", FailureKind::Server, false),
        ] {
            let started = ada.start(prompt).await.unwrap();
            let mut view = ada.open(started.thread).await;
            view.settled().await;
            assert_eq!(view.status(), Status::Failed, "{prompt}");
            let answer = view.snapshot.messages[1].clone();
            let failure = answer.content.failure.clone().unwrap();
            assert_eq!((failure.kind, !answer.content.text.is_empty()), (kind, partial), "{prompt}");
            let stored = ada.snapshot(started.thread).await.unwrap().messages;
            assert_eq!(stored, view.snapshot.messages, "{prompt}");
            assert_eq!(stored[0].status, Status::Completed, "the person's own message is never lost");
        }
    }

    async fn retry_puts_a_new_answer_in_the_place_of_the_failed_one(app: TestApp) {
        let ada = app.admin().await;
        let started = ada.start("disconnect").await.unwrap();
        let mut view = ada.open(started.thread).await;
        view.settled().await;
        let again = ada.retry(started.answer).await.unwrap();
        view.until(|view| view.messages.iter().any(|row| row.id == again.answer)).await;
        view.settled().await;
        assert!(!view.has(started.answer), "the failed row left the path");
        assert_eq!(view.snapshot.messages.len(), 2);
        assert_eq!(view.snapshot.messages[1].parent, Some(started.message));
        assert_eq!(ada.snapshot(started.thread).await.unwrap().messages, view.snapshot.messages);
        assert!(ada.source(started.answer).await.is_ok(), "and is still stored");

        let early = ada.start("disconnect").await.unwrap();
        ada.open(early.thread).await.settled().await;
        let more = ada.submit(early.thread, "echo more").await.unwrap();
        ada.open(early.thread).await.until(|view| view.head.run.is_none()).await;
        ada.retry(early.answer).await.unwrap();
        ada.open(early.thread).await.settled().await;
        assert!(!ada.open(early.thread).await.has(more.answer));
        ada.show(early.answer, 1).await.unwrap();
        assert!(ada.open(early.thread).await.has(more.answer), "nothing after it was swallowed");
    }

    async fn delete_ends_the_run_and_nothing_comes_back(app: TestApp) {
        let ada = app.admin().await;
        let started = ada.start("hold doomed late words").await.unwrap();
        app.demo.reached("doomed", 1).await;
        let mut view = ada.open(started.thread).await;
        let mut elsewhere = ada.events(None, Position::default(), None).await.unwrap();
        ada.delete(started.thread).await.unwrap();
        assert_eq!(app.demo.counts().open, 0, "the run was ended first");
        view.until_gone().await;
        let removed = crate::model::Notice::Removed { id: started.thread };
        elsewhere.notice(|notice| *notice == removed).await;
        app.demo.release("doomed");
        assert_eq!(ada.snapshot(started.thread).await.unwrap_err(), Error::NotFound);
        assert_eq!(ada.source(started.answer).await.unwrap_err(), Error::NotFound);
        assert_eq!(ada.delete(started.thread).await.unwrap_err(), Error::NotFound);
        assert_eq!(ada.sidebar(0).await.unwrap().total, 0);
    }

    async fn what_a_killed_process_left_behind_is_settled_at_the_next_start(app: TestApp) {
        let ada = app.admin().await;
        let started = ada.start("hold crash never").await.unwrap();
        app.demo.reached("crash", 1).await;
        let mut view = ada.open(started.thread).await;
        view.until(|view| !view.messages[1].content.text.is_empty()).await;
        let shown = view.answer();
        // Wait until the second has passed in which a crash may lose text, by the store's own word.
        let stored = async {
            loop {
                let row = app.app.store.message(app.app.store.user_by_email("ada@example.org").await.unwrap().unwrap().0.id, started.answer);
                if row.await.unwrap().is_some_and(|row| !row.content.text.is_empty()) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), stored).await.expect("progress was never stored");
        // The first process is still there, but like one that was killed it writes nothing more: its run is stuck.
        let app = app.restarted().await;
        let mut again = app.stranger();
        again.cookie = ada.cookie.clone();
        let page = again.snapshot(started.thread).await.unwrap();
        assert_eq!((page.head.run, page.messages[1].status), (None, Status::Failed));
        assert_eq!(page.messages[1].content.failure.as_ref().unwrap().kind, FailureKind::Interrupted);
        let kept = crate::server::tests::client::words(&page.messages[1].content.text);
        assert!(kept.starts_with(shown.trim()), "{kept:?} lacks what was shown: {shown:?}");
        assert!(!again.sidebar(0).await.unwrap().items[0].running);
        let retried = again.retry(started.answer).await.unwrap();
        // Once for the first process's request, which is still held, and once for the new one.
        app.demo.release("crash");
        app.demo.release("crash");
        let mut view = again.open(started.thread).await;
        view.settled().await;
        assert_eq!((view.snapshot.messages[1].id, view.status()), (retried.answer, Status::Completed));
    }

    async fn what_was_said_before_a_silence_is_stored(app: TestApp) {
        // Nothing comes after that, not even a sign of life: only the run itself can see that it is time.
        let silent = peer(|_, mut stream| async move {
            let thought = "data: {\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"Let me see.\"}}]}\n\n";
            let said = [HEAD, &chunk(thought), &chunk(&says("So far"))].concat();
            let _ = stream.write_all(said.as_bytes()).await;
            // Until nobody listens any more.
            let _ = stream.read_u8().await;
        })
        .await;
        // It may be silent for much longer than this test takes.
        let app = app.provided(ProviderSettings {
            endpoints: vec![Endpoint::new("silent", &silent.base(), None).unwrap()],
            probes: Vec::new(),
            demo: None,
            ..ProviderSettings::default()
        });
        let app = app.await;
        let ada = app.admin().await;
        let user = app.app.store.user_by_email("ada@example.org").await.unwrap().unwrap().0.id;
        let started = ada.start("anything").await.unwrap();
        let stored = async || app.app.store.message(user, started.answer).await.unwrap().unwrap();
        let said = async {
            loop {
                let row = stored().await;
                if (row.content.reasoning.as_str(), row.content.text.as_str()) == ("Let me see.", "So far") {
                    break row;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let row = tokio::time::timeout(Duration::from_secs(10), said).await.expect("what was said was never stored");
        assert_eq!((row.status, row.content.failure), (Status::Running, None));
        let mut view = ada.open(started.thread).await;
        assert_eq!((view.snapshot.head.run, view.answer().as_str()), (Some(started.run), "So far"));
        ada.stop(started.run).await.unwrap();
        view.settled().await;
        assert_eq!((view.status(), view.answer().as_str()), (Status::Cancelled, "So far"));
        let row = stored().await;
        assert_eq!((row.content.reasoning.as_str(), row.content.text.as_str()), ("Let me see.", "So far"));
        assert_eq!(ada.snapshot(started.thread).await.unwrap().messages, view.snapshot.messages);
    }

    async fn a_clock_that_was_set_ends_no_live_run(app: TestApp) {
        let ada = app.admin().await;
        let started = ada.start("hold clock and on").await.unwrap();
        app.demo.reached("clock", 1).await;
        let mut view = ada.open(started.thread).await;
        // It was set far ahead: by it every lease ran out long ago.
        app.database.execute("UPDATE runs SET lease_until = 1").await;
        assert_eq!(app.app.runs.recover(None).await.unwrap(), 0, "it lives here");
        app.demo.release("clock");
        view.settled().await;
        assert_eq!(view.status(), Status::Completed);
    }

    async fn before_the_end_nothing_new_is_begun_and_what_runs_may_end(app: TestApp) {
        let ada = app.admin().await;
        let started = ada.start("hold grace the end").await.unwrap();
        app.demo.reached("grace", 1).await;
        let mut view = ada.open(started.thread).await;
        let draining = tokio::spawn({
            let app = app.app.clone();
            async move { app.drain().await }
        });
        while !app.app.draining.is_cancelled() {
            tokio::task::yield_now().await;
        }
        for refused in [ada.start("no").await, ada.submit(started.thread, "no").await, ada.retry(started.answer).await] {
            assert!(matches!(refused, Err(Error::Unavailable { .. } | Error::Conflict { .. })), "{refused:?}");
        }
        assert_eq!(ada.start("no").await.unwrap_err(), Error::unavailable("server_closing", 10));
        assert_eq!(ada.get("/readyz").await.status(), 503);
        assert!(!draining.is_finished());
        app.demo.release("grace");
        view.settled().await;
        assert_eq!(view.status(), Status::Completed);
        draining.await.unwrap();
    }

    async fn closing_settles_what_runs_as_interrupted(app: TestApp) {
        let ada = app.admin().await;
        let started = ada.start("hold closing never").await.unwrap();
        app.demo.reached("closing", 1).await;
        let mut events = ada.events(None, Position::default(), None).await.unwrap();
        app.app.close().await;
        while events.next().await.is_some() {}
        let app = app.restarted().await;
        let mut again = app.stranger();
        again.cookie = ada.cookie.clone();
        let page = again.snapshot(started.thread).await.unwrap();
        assert_eq!(page.messages[1].status, Status::Failed);
        assert_eq!(page.messages[1].content.failure.as_ref().unwrap().kind, FailureKind::Interrupted);
    }

    async fn a_stream_resumes_after_the_event_it_saw_last(app: TestApp) {
        let ada = app.admin().await;
        let started = ada.start("step resume one two three four five six").await.unwrap();
        app.demo.reached("resume", 1).await;
        let snapshot = ada.snapshot(started.thread).await.unwrap();
        let user = ada.sidebar(0).await.unwrap().seq;
        let after = Position { user, thread: Some(snapshot.seq) };
        let mut whole = ada.events(Some(started.thread), after, None).await.unwrap();
        for step in 1..=20 {
            app.demo.release("resume");
            if step < 5 {
                app.demo.reached("resume", step + 1).await;
            }
        }
        let mut all = Vec::new();
        while let Some(event) = whole.next().await {
            let end = matches!(&event, Event::Thread(_, crate::model::Change::Thread { property: crate::model::ThreadProperty::Run(None) }));
            if let Event::Thread(..) = event {
                all.push(event);
            }
            if end {
                break;
            }
        }
        for cut in [0, 1, all.len() / 2, all.len() - 2] {
            let Event::Thread(position, _) = &all[cut] else { unreachable!() };
            let last = position.to_string();
            let mut rest = ada.events(Some(started.thread), after, Some(&last)).await.unwrap();
            for expected in &all[cut + 1..] {
                let got = loop {
                    match rest.next().await.unwrap() {
                        Event::User(..) => {}
                        event => break event,
                    }
                };
                // Where the viewer stands in its own channel depends on when it asked.
                let (Event::Thread(at, got), Event::Thread(should, wanted)) = (&got, expected) else { panic!("{got:?}") };
                assert_eq!((at.thread, got), (should.thread, wanted));
            }
        }
    }
}

#[tokio::test]
async fn a_place_from_before_a_restart_means_reset() {
    let app = TestApp::start(Arc::new(TestStore::sqlite().await)).await;
    let ada = app.admin().await;
    let started = ada.start("echo x").await.unwrap();
    let mut view = ada.open(started.thread).await;
    view.settled().await;
    let seq = view.snapshot.seq;
    let user = ada.sidebar(0).await.unwrap().seq;
    let app = app.restarted().await;
    let mut again = app.stranger();
    again.cookie = ada.cookie.clone();
    let mut events = again.events(Some(started.thread), Position { user, thread: Some(seq) }, None).await.unwrap();
    assert_eq!(events.next().await, Some(Event::Reset));
    assert_eq!(events.next().await, None);
}
