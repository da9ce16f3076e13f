//! A conversation: sent, streamed, seen by everyone, there after a reload and a restart.

use super::{TestApp, client::words, on_both_engines};
use crate::model::{Error, Kind, Role, Status, ThreadId};

on_both_engines! {
    async fn the_first_message_makes_a_thread_and_its_answer_streams(app: TestApp) {
        let ada = app.admin().await;
        let started = ada.start("  hold one Please explain the write lock to me  ").await.unwrap();
        let mut view = ada.open(started.thread).await;
        assert_eq!(view.snapshot.head.title.as_deref(), Some("hold one Please explain the"));
        assert_eq!(view.snapshot.head.run, Some(started.run));

        app.demo.reached("one", 1).await;
        view.until(|view| !view.messages[1].content.text.is_empty()).await;
        let user = &view.snapshot.messages[0];
        assert_eq!((user.role, user.kind, user.status, user.sequence), (Role::User, Kind::Text, Status::Completed, 1));
        assert_eq!(words(&user.content.text), "hold one Please explain the write lock to me");
        assert_eq!((user.id, view.snapshot.messages[1].id), (started.message, started.answer));
        assert_eq!(view.status(), Status::Running);

        app.demo.release("one");
        view.settled().await;
        assert_eq!(view.status(), Status::Completed);
        assert!(view.answer().contains("Please explain the write lock to me"));
        let answer = view.snapshot.messages[1].clone();
        assert_eq!(answer.parent, Some(started.message));
        assert_eq!(answer.sequence, 2);
        assert!(answer.meta.usage.is_some_and(|usage| usage.completion_tokens > 0 && !usage.estimated));
        assert!(answer.meta.model.is_some());
        assert_eq!(view.snapshot.messages.len(), 2, "the status row is gone");

        let again = ada.snapshot(started.thread).await.unwrap();
        assert_eq!(again.messages, view.snapshot.messages, "what was streamed is what is stored");
        assert!(ada.source(answer.id).await.unwrap().contains("write lock"));
    }

    async fn a_viewer_who_comes_in_the_middle_sees_all_of_it_and_the_rest(app: TestApp) {
        let ada = app.admin().await;
        let started = ada.start("step two a **bold** word and a `code` word, then a list:\n\n- one\n- two\n- three\n\nand then, at last, the very end").await.unwrap();
        let mut early = ada.open(started.thread).await;
        for step in 1..=12 {
            app.demo.reached("two", step).await;
            app.demo.release("two");
        }
        app.demo.reached("two", 13).await;
        early.until(|view| view.messages.iter().any(|row| row.id == started.answer && !row.content.text.is_empty())).await;
        let mut late = ada.open(started.thread).await;
        // The event that put the row there is older than the late viewer, so what it has, it has from the snapshot.
        assert!(!late.answer().is_empty());
        for _ in 0..200 {
            app.demo.release("two");
        }
        early.settled().await;
        late.settled().await;
        assert_eq!(early.snapshot.messages, late.snapshot.messages);
        assert_eq!(ada.snapshot(started.thread).await.unwrap().messages, late.snapshot.messages);
    }

    async fn whatever_a_model_says_what_was_streamed_is_what_is_stored(app: TestApp) {
        use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
        let pieces = prop::sample::select(vec![
            "word ", "**", "_", "`", "```rust\n", "```\n", "\n", "\n\n", "- ", "1. ", "> ", "| a | b |\n|---|---|\n| 1 |", "<b>", "&amp;",
            "[x](http://a.b)", "[x]: /u\n", "![i](http://c.d/e.png)", "ä", "👩‍👩‍👧", "漢字", "$5", "# ", "[^1]", "[^1]: note\n", "https://e.f ",
        ]);
        let text = prop::collection::vec(pieces, 1..60).prop_map(|pieces| format!("x{}", pieces.concat()));
        let mut runner = TestRunner::deterministic();
        let ada = app.admin().await;
        for _ in 0..24 {
            let text = text.new_tree(&mut runner).unwrap().current();
            let started = ada.start(&format!("echo {text}")).await.unwrap();
            let mut view = ada.open(started.thread).await;
            view.settled().await;
            assert_eq!(ada.snapshot(started.thread).await.unwrap().messages, view.snapshot.messages, "{text:?}");
            assert_eq!(ada.source(started.answer).await.unwrap().trim(), text.trim());
        }
    }

    async fn the_next_message_continues_the_conversation(app: TestApp) {
        let ada = app.admin().await;
        let first = ada.start("echo one").await.unwrap();
        ada.open(first.thread).await.settled().await;
        let second = ada.submit(first.thread, "history").await.unwrap();
        let mut view = ada.open(first.thread).await;
        view.settled().await;
        let rows = &view.snapshot.messages;
        assert_eq!(rows.iter().map(|row| row.sequence).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(rows[2].parent, Some(first.answer));
        assert_eq!(second.thread, first.thread);
        // The provider is told the whole path.
        let request = app.demo.requests().into_iter().rfind(|request| request.route.contains("completions")).unwrap();
        let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
        let roles: Vec<_> = body["messages"].as_array().unwrap().iter().map(|turn| turn["role"].as_str().unwrap()).collect();
        assert_eq!(roles, ["user", "assistant", "user"]);
    }

    async fn what_cannot_be_sent_stores_nothing(app: TestApp, "--max-message", "1000") {
        let ada = app.admin().await;
        for text in ["", "   \n\t "] {
            assert_eq!(ada.start(text).await.unwrap_err(), Error::invalid("text", "chat_message_empty"));
        }
        assert_eq!(ada.start(&"x".repeat(1001)).await.unwrap_err(), Error::too_large("text", "message_too_long", 1000));
        let none: Result<serde_json::Value, Error> = ada.form("messages/submit", &[("text", "hello")]).await;
        assert_eq!(none.unwrap_err(), Error::invalid("thread", "conversation_id_required"));
        let unknown = ThreadId(uuid::Uuid::now_v7());
        assert_eq!(ada.submit(unknown, "hello").await.unwrap_err(), Error::NotFound);
        let model: Result<serde_json::Value, Error> =
            ada.form("messages/start_thread", &[("text", "hello"), ("model", "nobody/knows")]).await;
        assert_eq!(model.unwrap_err(), Error::invalid("model", "model_unknown"));
        assert_eq!(ada.sidebar(0).await.unwrap().total, 0);
    }

    async fn the_same_attempt_sent_twice_makes_one_message(app: TestApp) {
        let ada = app.admin().await;
        let fields = [("text", "echo once"), ("client", "attempt-1")];
        let (one, two) = tokio::join!(
            ada.form::<crate::model::Started>("messages/start_thread", &fields),
            ada.form::<crate::model::Started>("messages/start_thread", &fields),
        );
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_eq!((one.thread, one.message, one.answer), (two.thread, two.message, two.answer));
        ada.open(one.thread).await.settled().await;
        assert_eq!(ada.sidebar(0).await.unwrap().total, 1);
        assert_eq!(ada.snapshot(one.thread).await.unwrap().messages.len(), 2);
    }

    async fn a_restart_keeps_what_was_said(app: TestApp) {
        let ada = app.admin().await;
        let started = ada.start("echo still here").await.unwrap();
        let mut view = ada.open(started.thread).await;
        view.settled().await;
        let before = view.snapshot.messages.clone();
        let app = app.restarted().await;
        let mut again = app.stranger();
        again.cookie = ada.cookie.clone();
        assert_eq!(again.snapshot(started.thread).await.unwrap().messages, before);
    }

    async fn a_place_in_a_long_thread_is_found(app: TestApp) {
        let ada = app.admin().await;
        let started = ada.start("echo 1").await.unwrap();
        ada.open(started.thread).await.settled().await;
        for n in 2..=20 {
            ada.submit(started.thread, &format!("echo {n}")).await.unwrap();
            ada.open(started.thread).await.settled().await;
        }
        let id = started.thread.to_string();
        let place = async |field: &str, value: &str| {
            ada.form::<String>("threads/place", &[("id", &id), (field, value)]).await
        };
        let (page, first) = (format!("/chat/thread/{id}"), format!("#row-{}", started.message));
        assert_eq!(place("from", "0").await.unwrap(), format!("{page}?before=31{first}"));
        assert_eq!(place("day", "2020-02-29").await.unwrap(), format!("{page}?before=31{first}"));
        assert_eq!(place("day", "2999-01-01").await.unwrap(), page);
        let fields = [("id", &*id), ("day", "2020-02-29"), ("zone", "901")];
        let nowhere = ada.form::<String>("threads/place", &fields).await;
        assert_eq!(nowhere.unwrap_err(), Error::invalid("day", "day_invalid"));
        assert_eq!(place("from", "41").await.unwrap(), page);
        // What is left after it fits into one window.
        assert!(place("from", "12").await.unwrap().starts_with(&format!("{page}#row-")));
        assert_eq!(place("day", "soon").await.unwrap_err(), Error::invalid("day", "day_invalid"));
    }

    async fn older_messages_come_a_window_at_a_time(app: TestApp) {
        let ada = app.admin().await;
        let started = ada.start("echo 0").await.unwrap();
        ada.open(started.thread).await.settled().await;
        for n in 1..40 {
            ada.submit(started.thread, &format!("echo {n}")).await.unwrap();
            ada.open(started.thread).await.settled().await;
        }
        let page = ada.snapshot(started.thread).await.unwrap();
        let mut rows = page.messages;
        assert_eq!(rows.len(), 30);
        let mut older = page.older;
        while let Some(before) = older {
            let window = ada.older(started.thread, before).await.unwrap();
            assert!(window.messages.len() <= 30 && !window.messages.is_empty());
            older = window.older;
            rows.splice(0..0, window.messages);
        }
        let sequences: Vec<_> = rows.iter().map(|row| row.sequence).collect();
        assert_eq!(sequences, (1..=80).collect::<Vec<i64>>());
        assert!(ada.older(started.thread, 1).await.unwrap().messages.is_empty());
        assert!(ada.older(started.thread, -5).await.unwrap().messages.is_empty());
    }

    async fn a_title_is_never_put_over_the_one_a_person_chose(app: TestApp) {
        let ada = app.admin().await;
        let started = ada.start("hold three hi").await.unwrap();
        app.demo.reached("three", 1).await;
        let mut view = ada.open(started.thread).await;
        ada.rename(started.thread, "  My \n own\tname ").await.unwrap();
        view.until(|view| view.head.title.as_deref() == Some("My own name")).await;
        app.demo.release("three");
        view.settled().await;
        ada.submit(started.thread, "echo some more words for a title").await.unwrap();
        assert_eq!(ada.snapshot(started.thread).await.unwrap().head.title.as_deref(), Some("My own name"));
        for bad in ["", "  ", &"x".repeat(256)] {
            assert!(matches!(ada.rename(started.thread, bad).await, Err(Error::Invalid { .. })), "{bad}");
        }
        let untitled = ada.start("hi").await.unwrap();
        assert_eq!(ada.snapshot(untitled.thread).await.unwrap().head.title, None);
    }
}
