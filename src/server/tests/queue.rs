//! What is sent while an answer is being written: it waits in its order, and is never lost, doubled or sent twice.

use super::{
    TestApp,
    client::{Watcher, words},
    on_both_engines,
};
use crate::model::{Error, MessageId, Status, ThreadId};

/// The rows of a view that were sent, as text.
fn said(view: &Watcher) -> Vec<String> {
    let rows = view.snapshot.messages.iter().filter(|row| !row.is_transient() && !row.is_queued());
    rows.map(|row| words(&row.content.text).trim().to_owned()).collect()
}

/// Those that wait.
fn waiting(view: &Watcher) -> Vec<MessageId> {
    view.snapshot.messages.iter().filter(|row| row.is_queued()).map(|row| row.id).collect()
}

/// Follows a thread until nothing runs in it and nothing waits, and finds it stored so.
async fn at_rest(ada: &super::client::Person, view: &mut Watcher, thread: ThreadId) {
    view.until(|view| {
        view.head.run.is_none()
            && view.messages.iter().all(|row| row.status.is_settled())
            && view.messages.last().is_some_and(|row| row.role == crate::model::Role::Assistant)
    })
    .await;
    let stored = ada.snapshot(thread).await.unwrap();
    assert_eq!(stored.messages, view.snapshot.messages);
    let sequences: Vec<_> = stored.messages.iter().map(|row| row.sequence).collect();
    assert_eq!(sequences, (1..=sequences.len() as i64).collect::<Vec<_>>());
    for (above, row) in stored.messages.iter().zip(&stored.messages[1..]) {
        assert_eq!(row.parent, Some(above.id));
    }
}

on_both_engines! {
    async fn what_is_sent_meanwhile_waits_and_is_sent_in_its_order(app: TestApp) {
        let ada = app.admin().await;
        let started = ada.start("hold first done").await.unwrap();
        app.demo.reached("first", 1).await;
        let mut view = ada.open(started.thread).await;
        let mut queued = Vec::new();
        for text in ["echo one", "echo two", "echo three"] {
            let sent = ada.send(started.thread, text).await.unwrap();
            assert_eq!((sent.answer, sent.run), (None, None));
            queued.push(sent.message);
        }
        view.until(|view| view.messages.iter().filter(|row| row.is_queued()).count() == 3).await;
        assert_eq!(waiting(&view), queued, "every tab shows them, behind the answer");
        assert_eq!(waiting(&ada.open(started.thread).await), queued, "and so does a new page");
        app.demo.release("first");
        at_rest(&ada, &mut view, started.thread).await;
        assert_eq!(said(&view)[2..], ["echo one", "one", "echo two", "two", "echo three", "three"]);
        let users: Vec<_> = view.snapshot.messages.iter().skip(2).step_by(2).map(|row| row.id).collect();
        assert_eq!(users, queued, "a message keeps its id");
        let thread = app.app.store.thread(view_owner(&app).await, started.thread).await.unwrap().unwrap();
        assert_eq!(thread.message_count, 8);
    }

    async fn a_crowd_at_once_has_one_order(app: TestApp) {
        let ada = app.admin().await;
        let started = ada.start("echo zero").await.unwrap();
        let mut view = ada.open(started.thread).await;
        view.settled().await;
        let attempts = (0..8).map(|n| {
            let ada = ada.clone();
            async move { ada.send(started.thread, &format!("echo crowd {n}")).await.unwrap().message }
        });
        let sent = futures::future::join_all(attempts).await;
        view.until(|view| view.messages.iter().filter(|row| row.status == Status::Completed).count() == 18).await;
        at_rest(&ada, &mut view, started.thread).await;
        for id in sent {
            assert_eq!(view.snapshot.messages.iter().filter(|row| row.id == id).count(), 1);
        }
    }

    async fn it_can_be_changed_taken_back_and_sent_at_once(app: TestApp) {
        let ada = app.admin().await;
        let started = ada.start("hold long never").await.unwrap();
        let mut view = ada.open(started.thread).await;
        view.until(|view| !view.messages[1].content.text.is_empty()).await;
        let [one, two, three] = ["echo one", "echo two", "echo three"];
        let one = ada.send(started.thread, one).await.unwrap().message;
        let two = ada.send(started.thread, two).await.unwrap().message;
        let three = ada.send(started.thread, three).await.unwrap().message;
        ada.form::<()>("queue/edit", &[("id", &one.to_string()), ("text", " echo <b>uno</b> ")]).await.unwrap();
        ada.form::<()>("queue/remove", &[("id", &two.to_string())]).await.unwrap();
        view.until(|view| {
            let waiting: Vec<_> = view.messages.iter().filter(|row| row.is_queued()).collect();
            waiting.len() == 2 && waiting[0].content.source.as_deref() == Some("echo <b>uno</b>")
        })
        .await;
        // The last one first: the answer that is being written ends there and then, and is kept.
        ada.form::<()>("queue/send", &[("id", &three.to_string())]).await.unwrap();
        app.demo.until(|counts| counts.open == 0).await;
        at_rest(&ada, &mut view, started.thread).await;
        assert_eq!(view.snapshot.messages[1].status, Status::Cancelled);
        let bold = "&lt;b&gt;uno&lt;/b&gt;";
        assert_eq!(said(&view)[2..], ["echo three", "three", &format!("echo {bold}"), bold]);
        assert!(!view.has(two));
        // What was sent is no longer anyone's to change.
        let sent = Error::conflict("sent_already");
        for call in ["queue/remove", "queue/send"] {
            assert_eq!(ada.form::<()>(call, &[("id", &three.to_string())]).await.unwrap_err(), sent, "{call}");
            assert_eq!(ada.form::<()>(call, &[("id", &two.to_string())]).await.unwrap_err(), Error::NotFound, "{call}");
        }
    }

    async fn a_repeat_with_the_same_client_id_makes_one_message(app: TestApp) {
        let ada = app.admin().await;
        let started = ada.start("hold twice done").await.unwrap();
        app.demo.reached("twice", 1).await;
        let mut view = ada.open(started.thread).await;
        let thread = started.thread.to_string();
        let fields = [("thread", thread.as_str()), ("text", "echo once"), ("client", "the-same")];
        let send = || ada.form::<crate::model::Started>("messages/submit", &fields);
        let (one, two) = tokio::join!(send(), send());
        let message = one.unwrap().message;
        assert_eq!(two.unwrap().message, message);
        assert_eq!(send().await.unwrap().message, message);
        view.until(|view| view.messages.iter().any(|row| row.is_queued())).await;
        app.demo.release("twice");
        view.until(|view| view.messages.iter().any(|row| row.id == message && row.status == Status::Completed)).await;
        at_rest(&ada, &mut view, started.thread).await;
        // Also once it has become a turn.
        let again = send().await.unwrap();
        assert_eq!((again.message, again.answer), (message, Some(view.snapshot.messages[3].id)));
        assert_eq!(ada.snapshot(started.thread).await.unwrap().messages.len(), 4);
    }

    async fn after_a_failure_it_waits_for_its_person(app: TestApp) {
        let ada = app.admin().await;
        let started = ada.start("hold fails never").await.unwrap();
        ada.open(started.thread).await.until(|view| !view.messages[1].content.text.is_empty()).await;
        let sent = ada.send(started.thread, "echo later").await.unwrap();
        let app = app.restarted().await;
        let mut again = app.stranger();
        again.cookie = ada.cookie.clone();
        let mut view = again.open(started.thread).await;
        assert_eq!(view.snapshot.messages[1].status, Status::Failed, "the answer was interrupted");
        assert_eq!(waiting(&view), [sent.message], "what waits is kept, and is not sent to nobody's surprise");
        again.form::<()>("queue/send", &[("id", &sent.message.to_string())]).await.unwrap();
        view.until(|view| view.messages.iter().any(|row| row.id == sent.message && !row.is_queued())).await;
        // Where nothing of the first answer was stored, the model is asked both questions as one.
        (0..4).for_each(|_| app.demo.release("fails"));
        at_rest(&again, &mut view, started.thread).await;
        assert_eq!((view.snapshot.messages[2].id, view.status()), (sent.message, Status::Completed));
    }

    async fn what_waits_goes_before_what_is_sent_after_it(app: TestApp) {
        let ada = app.admin().await;
        let started = ada.start("hold held done").await.unwrap();
        ada.open(started.thread).await.until(|view| !view.messages[1].content.text.is_empty()).await;
        ada.send(started.thread, "echo before").await.unwrap();
        app.app.runs.stop_thread(started.thread).await;
        let mut view = ada.open(started.thread).await;
        assert_eq!((view.snapshot.head.run, waiting(&view).len()), (None, 1));
        ada.send(started.thread, "echo after").await.unwrap();
        view.until(|view| view.messages.iter().filter(|row| !row.is_transient()).count() == 6).await;
        at_rest(&ada, &mut view, started.thread).await;
        assert_eq!(said(&view)[2..], ["echo before", "before", "echo after", "after"]);
    }

    async fn only_so_many_wait(app: TestApp, "--max-queue", "2") {
        let ada = app.admin().await;
        let started = ada.start("hold full done").await.unwrap();
        app.demo.reached("full", 1).await;
        for _ in 0..2 {
            ada.send(started.thread, "echo more").await.unwrap();
        }
        let refused = ada.send(started.thread, "echo too much").await.unwrap_err();
        assert_eq!(refused, Error::conflict("queue_full"));
        ada.delete(started.thread).await.unwrap();
        assert_eq!(ada.snapshot(started.thread).await.unwrap_err(), Error::NotFound);
        app.demo.until(|counts| counts.open == 0).await;
    }

    async fn it_is_nobody_elses(app: TestApp, "--enable-signup") {
        let ada = app.admin().await;
        let started = ada.start("hold mine done").await.unwrap();
        app.demo.reached("mine", 1).await;
        let sent = ada.send(started.thread, "echo mine").await.unwrap();
        let mut eve = app.stranger();
        eve.sign_up("eve@example.org").await.unwrap();
        let id = sent.message.to_string();
        for (call, fields) in [
            ("queue/edit", vec![("id", id.as_str()), ("text", "echo hers")]),
            ("queue/remove", vec![("id", id.as_str())]),
            ("queue/send", vec![("id", id.as_str())]),
        ] {
            assert_eq!(eve.form::<()>(call, &fields).await.unwrap_err(), Error::NotFound, "{call}");
        }
        let there = ada.open(started.thread).await;
        assert_eq!(waiting(&there), [sent.message]);
        assert!(there.snapshot.head.run.is_some());
    }
}

async fn view_owner(app: &TestApp) -> crate::model::UserId {
    app.app.store.user_by_email("ada@example.org").await.unwrap().unwrap().0.id
}
