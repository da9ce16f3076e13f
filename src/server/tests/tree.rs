//! The tree over real HTTP: what each act does to the rows, to the model's prompt, to the sums and to whoever looks.

use serde_json::Value;

use super::{TestApp, calls, client::Person, on_both_engines};
use crate::model::{Error, Message, MessageId, Role, Snapshot, Status, ThreadId};

/// What is shown, by its words: role, text, version.
async fn shown(person: &Person, thread: ThreadId) -> Vec<String> {
    let rows = person.snapshot(thread).await.unwrap().messages;
    let mut out = Vec::new();
    for row in rows.iter().filter(|row| !row.is_transient()) {
        let text = person.source(row.id).await.unwrap();
        out.push(match row.version.count {
            1 => text,
            count => format!("{text} {}/{count}", row.version.number),
        });
    }
    out
}

async fn rows(person: &Person, thread: ThreadId) -> Vec<Message> {
    person.snapshot(thread).await.unwrap().messages
}

async fn settled(person: &Person, thread: ThreadId) {
    person.open(thread).await.until(|view| view.head.run.is_none()).await;
}

/// The messages of the last request that the provider got.
fn asked(app: &TestApp) -> Vec<(String, String)> {
    let requests = app.demo.requests();
    let last = requests.iter().rfind(|request| request.route.contains("chat")).unwrap();
    let body: Value = serde_json::from_str(&last.body).unwrap();
    let text = |message: &Value, field: &str| message[field].as_str().unwrap().to_owned();
    body["messages"].as_array().unwrap().iter().map(|turn| (text(turn, "role"), text(turn, "content"))).collect()
}

fn turns(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(role, text)| ((*role).to_owned(), (*text).to_owned())).collect()
}

on_both_engines! {
    async fn versions_have_their_facts(app: TestApp) {
        let ada = app.admin().await;
        let begun = ada.start("echo one").await.unwrap();
        settled(&ada, begun.thread).await;
        let again = ada.regenerate(begun.answer).await.unwrap();
        settled(&ada, begun.thread).await;
        let edited = ada.edit(begun.message, "echo two", "ask").await.unwrap();
        settled(&ada, begun.thread).await;
        assert_eq!(shown(&ada, begun.thread).await, ["echo two 2/2", "two"]);
        ada.show(edited, 1).await.unwrap();
        assert_eq!(shown(&ada, begun.thread).await, ["echo one 1/2", "one 2/2"]);
        let rows = rows(&ada, begun.thread).await;
        let facts = |row: &Message| (row.version.group, row.version.number, row.version.is_latest, row.is_fork_origin);
        assert_eq!(facts(&rows[0]), (begun.message, 1, false, false));
        assert_eq!(facts(&rows[1]), (begun.answer, 2, true, false));
        assert_eq!(rows[1].id, again.answer);
        // Shown already: nothing changes, and nothing is told.
        let before = ada.snapshot(begun.thread).await.unwrap().seq;
        ada.show(begun.message, 1).await.unwrap();
        assert_eq!(ada.snapshot(begun.thread).await.unwrap().seq, before);
        assert_eq!(ada.show(begun.message, 3).await.unwrap_err(), Error::NotFound);
        assert_eq!(ada.show(begun.message, 0).await.unwrap_err(), Error::NotFound);
    }

    async fn the_model_is_asked_of_the_way_that_is_shown(app: TestApp) {
        let ada = app.admin().await;
        let begun = ada.start("echo one").await.unwrap();
        settled(&ada, begun.thread).await;
        ada.submit(begun.thread, "echo two").await.unwrap();
        settled(&ada, begun.thread).await;
        ada.edit(begun.message, "echo other", "ask").await.unwrap();
        settled(&ada, begun.thread).await;
        assert_eq!(asked(&app), turns(&[("user", "echo other")]));
        ada.submit(begun.thread, "echo below the other").await.unwrap();
        settled(&ada, begun.thread).await;
        let way = [("user", "echo other"), ("assistant", "other"), ("user", "echo below the other")];
        assert_eq!(asked(&app), turns(&way));
        // What is said first comes first, once, in the place of what the person says everywhere.
        ada.set(&[("system_prompt", "Everywhere.")]).await.unwrap();
        ada.show(begun.message, 1).await.unwrap();
        ada.system(begun.thread, "  Only here. ").await.unwrap();
        ada.submit(begun.thread, "echo three").await.unwrap();
        settled(&ada, begun.thread).await;
        let way = [("system", "Only here."), ("user", "echo one"), ("assistant", "one"), ("user", "echo two")];
        assert_eq!(asked(&app)[..4], turns(&way));
        ada.system(begun.thread, "").await.unwrap();
        ada.submit(begun.thread, "echo four").await.unwrap();
        settled(&ada, begun.thread).await;
        assert_eq!(asked(&app)[0], ("system".to_owned(), "Everywhere.".to_owned()));
        assert!(rows(&ada, begun.thread).await.iter().all(|row| row.role != Role::System));
    }

    async fn an_edited_question_is_answered_by_the_model_that_is_chosen(app: TestApp) {
        let ada = app.admin().await;
        let begun = ada.start("echo one").await.unwrap();
        settled(&ada, begun.thread).await;
        let asked = rows(&ada, begun.thread).await[1].meta.model.clone().unwrap();
        let (id, other) = (begun.message.to_string(), asked.replace("demo", "other"));
        let fields = [("id", &*id), ("text", "echo two"), ("then", "ask"), ("model", &*other)];
        // With the one that is named, and from then on with that of the thread.
        for fields in [&fields[..], &fields[..3]] {
            ada.form::<MessageId>("messages/edit", fields).await.unwrap();
            settled(&ada, begun.thread).await;
            assert_eq!(rows(&ada, begun.thread).await[1].meta.model.as_ref(), Some(&other));
        }
    }

    async fn an_answer_goes_on_without_a_seam(app: TestApp) {
        let ada = app.admin().await;
        // Cut in the middle of a word, before a space, in a fence, in characters of several bytes.
        for (gate, text) in ["Hällo wörld, 漢字かな and  two spaces", "```rust\nfn main() {\n    call();\n}\n```\nAnd **more**"].into_iter().enumerate() {
            let gate = format!("seam{gate}");
            let begun = ada.start(&format!("step {gate} {text}")).await.unwrap();
            for token in 1..4u32 {
                app.demo.reached(&gate, token).await;
                app.demo.release(&gate);
            }
            app.demo.reached(&gate, 4).await;
            let mut view = ada.open(begun.thread).await;
            view.until(|view| !view.messages[1].content.text.is_empty()).await;
            ada.stop(begun.run).await.unwrap();
            let half = ada.source(begun.answer).await.unwrap();
            assert!(!half.is_empty() && text.starts_with(&half) && half.len() < text.len(), "{half:?}");
            let tokens = ada.snapshot(begun.thread).await.unwrap().messages[1].meta.usage.unwrap();
            let mut view = ada.open(begun.thread).await;
            let on = ada.go_on(begun.answer).await.unwrap();
            assert_eq!((on.answer, on.message), (begun.answer, begun.message), "it is the same row");
            for _ in 0..40 {
                app.demo.release(&gate);
            }
            view.until(|view| view.messages[1].status == Status::Completed).await;
            // Given to the model as the beginning of its own answer.
            assert_eq!(asked(&app).last().unwrap(), &("assistant".to_owned(), half));
            assert_eq!(ada.source(begun.answer).await.unwrap(), text);
            let stored = rows(&ada, begun.thread).await;
            assert_eq!(stored[1], view.snapshot.messages[1], "what was patched is what is stored");
            assert_eq!((stored[1].status, stored.len()), (Status::Completed, 2));
            let whole = stored[1].meta.usage.unwrap();
            assert!(whole.completion_tokens > tokens.completion_tokens && whole.prompt_tokens > tokens.prompt_tokens);
            let thread = app.app.store.thread(app.app.store.user_by_email("ada@example.org").await.unwrap().unwrap().0.id, begun.thread);
            let thread = thread.await.unwrap().unwrap();
            assert_eq!(thread.token_total, i64::from(whole.prompt_tokens + whole.completion_tokens), "counted once");
            assert_eq!(ada.go_on(begun.answer).await.unwrap_err(), Error::conflict("not_continuable"), "it is whole");
            app.demo.until(|counts| counts.open == 0).await;
        }
        // One that failed goes on as well; one that says nothing, or is not the last, does not.
        let failed = ada.start("error in the middle").await.unwrap();
        ada.open(failed.thread).await.settled().await;
        ada.go_on(failed.answer).await.unwrap();
        settled(&ada, failed.thread).await;
        assert_eq!(rows(&ada, failed.thread).await[1].status, Status::Completed);
        let silent = ada.start("status 500").await.unwrap();
        ada.open(silent.thread).await.settled().await;
        assert_eq!(ada.go_on(silent.answer).await.unwrap_err(), Error::conflict("not_continuable"));
    }

    async fn while_an_answer_is_written_each_act_has_its_answer(app: TestApp) {
        let ada = app.admin().await;
        let begun = ada.start("echo one").await.unwrap();
        settled(&ada, begun.thread).await;
        let version = ada.edit(begun.message, "hold busy1 rest", "ask").await.unwrap();
        app.demo.reached("busy1", 1).await;
        let running = rows(&ada, begun.thread).await[1].id;
        // Whatever needs another answer waits for its turn.
        for refused in [
            ada.regenerate(begun.answer).await.map(drop),
            ada.regenerate(running).await.map(drop),
            ada.edit(version, "echo x", "ask").await.map(drop),
            ada.go_on(begun.answer).await.map(drop),
            ada.go_on(running).await.map(drop),
        ] {
            assert!(matches!(refused, Err(Error::Conflict { .. })), "{refused:?}");
        }
        // The answer itself is not to be touched, nor forked.
        assert_eq!(ada.edit(running, "mine", "save").await.unwrap_err(), Error::conflict("message_unfit"));
        assert_eq!(ada.fork(running, "").await.unwrap_err(), Error::conflict("message_unfit"));
        // Everything else goes.
        ada.edit(begun.answer, "corrected", "save").await.unwrap();
        ada.system(begun.thread, "Be kind.").await.unwrap();
        let copy = ada.fork(version, "a fork").await.unwrap();
        assert_eq!(shown(&ada, copy).await, ["Be kind.", "hold busy1 rest"]);
        ada.show(begun.message, 1).await.unwrap();
        assert_eq!(shown(&ada, begun.thread).await, ["Be kind.", "echo one 1/2", "corrected"]);
        let head = ada.snapshot(begun.thread).await.unwrap().head;
        assert!(head.run.is_some(), "it goes on where it is");
        // What is sent meanwhile follows what is shown, once it is its turn.
        ada.send(begun.thread, "echo after").await.unwrap();
        app.demo.release("busy1");
        settled(&ada, begun.thread).await;
        // Its rows are there a moment before its run is.
        let over = |view: &Snapshot| view.head.run.is_none() && view.messages.iter().all(|row| row.status.is_settled());
        ada.open(begun.thread).await.until(|view| view.messages.len() == 5 && over(view)).await;
        assert_eq!(shown(&ada, begun.thread).await, ["Be kind.", "echo one 1/2", "corrected", "echo after", "after"]);
        assert_eq!(ada.source(running).await.unwrap(), "Holding until released. rest");
        // Removing what is being written stops it.
        ada.show(version, 2).await.unwrap();
        ada.submit(begun.thread, "hold busy2 rest").await.unwrap();
        app.demo.reached("busy2", 1).await;
        ada.remove(version).await.unwrap();
        assert_eq!(app.demo.until(|counts| counts.open == 0).await.open, 0);
        let head = ada.snapshot(begun.thread).await.unwrap().head;
        assert_eq!(head.run, None);
        assert_eq!(shown(&ada, begun.thread).await, ["Be kind.", "echo one", "corrected", "echo after", "after"]);
    }

    async fn what_waits_outlives_what_is_removed(app: TestApp) {
        let ada = app.admin().await;
        let begun = ada.start("echo one").await.unwrap();
        settled(&ada, begun.thread).await;
        let doomed = ada.submit(begun.thread, "hold doomed rest").await.unwrap();
        app.demo.reached("doomed", 1).await;
        ada.send(begun.thread, "echo waited").await.unwrap();
        ada.remove(doomed.message).await.unwrap();
        ada.open(begun.thread).await.until(|view| view.messages.len() == 4 && view.head.run.is_none()).await;
        assert_eq!(shown(&ada, begun.thread).await, ["echo one", "one", "echo waited", "waited"]);
    }

    async fn sums_are_right_after_everything(app: TestApp) {
        let ada = app.admin().await;
        let begun = ada.start("echo one").await.unwrap();
        settled(&ada, begun.thread).await;
        let failed = ada.submit(begun.thread, "error now").await.unwrap();
        ada.open(failed.thread).await.settled().await;
        ada.regenerate(failed.answer).await.unwrap();
        settled(&ada, begun.thread).await;
        let stopped = ada.submit(begun.thread, "hold sums rest").await.unwrap();
        app.demo.reached("sums", 1).await;
        ada.stop(stopped.run).await.unwrap();
        let check = async |what: &str| {
            let stored = calls::rows(&app).await;
            let store = &app.app.store;
            let user = store.user_by_email("ada@example.org").await.unwrap().unwrap().0.id;
            let thread = store.thread(user, begun.thread).await.unwrap().unwrap();
            let mut ids: Vec<MessageId> = Vec::new();
            for row in &stored["messages"] {
                ids.extend(row.iter().find_map(|cell| cell.parse::<MessageId>().ok()));
            }
            let (mut count, mut tokens) = (0, 0);
            for id in ids {
                let Some(row) = store.message(user, id).await.unwrap().filter(|row| row.thread == begun.thread) else { continue };
                count += 1;
                tokens += row.meta.usage.map_or(0, |used| i64::from(used.prompt_tokens) + i64::from(used.completion_tokens));
            }
            assert_eq!((thread.message_count, thread.token_total), (count, tokens), "{what}");
        };
        check("answered, failed, asked again, stopped").await;
        ada.edit(stopped.message, "echo other", "ask").await.unwrap();
        settled(&ada, begun.thread).await;
        check("another version").await;
        ada.edit(begun.answer, "corrected", "save").await.unwrap();
        ada.system(begun.thread, "hm").await.unwrap();
        check("changed in its place").await;
        ada.remove(stopped.message).await.unwrap();
        check("a version removed").await;
        ada.remove(failed.message).await.unwrap();
        check("a row and all below it removed").await;
        ada.remove(begun.message).await.unwrap();
        check("all removed").await;
        assert_eq!(ada.snapshot(begun.thread).await.unwrap().messages.len(), 1, "what is said first stays");
    }

    async fn a_fork_stands_by_itself(app: TestApp) {
        let ada = app.admin().await;
        let begun = ada.start("echo one").await.unwrap();
        settled(&ada, begun.thread).await;
        let next = ada.submit(begun.thread, "echo two").await.unwrap();
        settled(&ada, begun.thread).await;
        let fork = ada.fork(next.message, "  Another  way ").await.unwrap();
        let there = ada.snapshot(fork).await.unwrap();
        assert_eq!(there.head.title.as_deref(), Some("Another way"));
        let origin = there.head.origin.unwrap();
        assert_eq!((origin.thread, origin.message), (begun.thread, next.message));
        assert!(rows(&ada, begun.thread).await[2].is_fork_origin);
        // It is asked of the copied words, and neither touches the other.
        let last = there.messages.last().unwrap().id;
        ada.regenerate(last).await.unwrap();
        settled(&ada, fork).await;
        assert_eq!(asked(&app), turns(&[("user", "echo one"), ("assistant", "one"), ("user", "echo two")]));
        ada.remove(begun.message).await.unwrap();
        assert_eq!(shown(&ada, fork).await, ["echo one", "one", "echo two", "two"]);
        assert!(ada.snapshot(fork).await.unwrap().head.origin.is_some());
        ada.delete(begun.thread).await.unwrap();
        assert_eq!(ada.snapshot(fork).await.unwrap().head.origin, None);
        let again = ada.fork(last, "").await.unwrap();
        assert_eq!(ada.snapshot(again).await.unwrap().head.title.as_deref(), Some("Another way"));
        ada.delete(again).await.unwrap();
        assert!(ada.snapshot(fork).await.unwrap().messages.iter().all(|row| !row.is_fork_origin));
    }

    async fn another_persons_tree_is_none(app: TestApp, "--enable-signup") {
        let ada = app.admin().await;
        let begun = ada.start("echo secret").await.unwrap();
        settled(&ada, begun.thread).await;
        let mut bob = app.stranger();
        bob.sign_up("bob@example.org").await.unwrap();
        for refused in [
            bob.regenerate(begun.answer).await.map(drop),
            bob.go_on(begun.answer).await.map(drop),
            bob.edit(begun.message, "mine", "ask").await.map(drop),
            bob.edit(begun.answer, "mine", "save").await.map(drop),
            bob.show(begun.answer, 1).await.map(drop),
            bob.remove(begun.message).await,
            bob.fork(begun.answer, "").await.map(drop),
            bob.system(begun.thread, "mine").await,
        ] {
            assert_eq!(refused, Err(Error::NotFound));
        }
        assert_eq!(shown(&ada, begun.thread).await, ["echo secret", "secret"]);
    }

    async fn damaged_rows_are_mended_and_said_so(app: TestApp) {
        let ada = app.admin().await;
        let begun = ada.start("echo one").await.unwrap();
        settled(&ada, begun.thread).await;
        let next = ada.submit(begun.thread, "echo two").await.unwrap();
        settled(&ada, begun.thread).await;
        let set = async |text: String| app.database.execute(&text).await;
        // The thread stands at a row that is not there.
        let nowhere = uuid::Uuid::now_v7();
        set(format!("UPDATE threads SET leaf_id = '{nowhere}'")).await;
        let page = ada.snapshot(begun.thread).await.unwrap();
        assert!(page.head.mended);
        assert_eq!(page.messages.last().unwrap().id, next.answer);
        assert!(!ada.snapshot(begun.thread).await.unwrap().head.mended, "once");
        // A parent is missing; then rows that come after their children, in a circle.
        for parent in [nowhere.to_string(), next.answer.0.to_string()] {
            set(format!("UPDATE messages SET parent_id = '{parent}' WHERE id = '{}'", next.message)).await;
            let page = ada.snapshot(begun.thread).await.unwrap();
            assert!(page.head.mended);
            // It stands at the newest sound row, and what lost its place is one version away.
            assert_eq!(shown(&ada, begun.thread).await, ["echo one 1/2", "one"]);
            ada.show(begun.message, 2).await.unwrap();
            assert_eq!(shown(&ada, begun.thread).await, ["echo two 2/2", "two"]);
            ada.submit(begun.thread, "echo on").await.unwrap();
            settled(&ada, begun.thread).await;
            let rest = ada.snapshot(begun.thread).await.unwrap().messages[2].id;
            ada.remove(rest).await.unwrap();
            set(format!("UPDATE threads SET leaf_id = '{}'", next.answer)).await;
        }
    }
}
