//! Turns, from submit to settle.

use crate::{
    model::{Failure, FailureKind, Meta, Role, Status, Usage},
    server::store::{
        About, Ask, Error, NewAnswer, Piece, Repaired, StoredContent, TitleSource,
        testing::{first_turn, fresh, grown, new_run, next_turn, on_both, says},
    },
};

fn used(prompt_tokens: u32, completion_tokens: u32) -> Meta {
    Meta { usage: Some(Usage { prompt_tokens, completion_tokens, ..Usage::default() }), ..Meta::default() }
}

#[tokio::test]
async fn a_turn_is_stored_whole_and_answered() {
    on_both(async |place| {
        let store = &place.store;
        let user = store.test_user("ada").await.id;
        let new = first_turn(user, "  Hello,\n world ", 10);
        let turn = store.submit(new.clone()).await.unwrap();
        assert!(turn.created && !turn.repeated);
        assert_eq!((turn.message.role, turn.message.status, turn.message.sequence), (Role::User, Status::Completed, 1));
        assert_eq!((turn.answer.role, turn.answer.status, turn.answer.sequence), (Role::Assistant, Status::Running, 2));
        assert_eq!((turn.message.parent, turn.answer.parent), (None, Some(turn.message.id)));
        assert_eq!(turn.message.meta.created_at, 10);
        let thread = turn.thread.clone();
        assert_eq!(thread.leaf, Some(turn.answer.id));
        assert_eq!(thread.snippet, "Hello, world");
        assert_eq!(thread.running, Some(turn.run));
        assert_eq!((thread.message_count, thread.last_message_at), (2, 10));
        assert_eq!(thread.title.as_deref(), Some("a title"));
        assert_eq!(thread.title_source, TitleSource::Provisional);
        assert_eq!(thread.model.as_deref(), Some("a model"));
        assert_eq!(store.thread(user, thread.id).await.unwrap().as_ref(), Some(&thread));
        assert_eq!(store.active(thread.id).await.unwrap(), Some(turn.run));

        // What grows is stored, and the run lives on.
        let piece = Piece { reasoning: "hm\0".into(), meta: Some(used(1, 1)), ..grown(0, "Hi") };
        assert!(store.save(turn.run, turn.answer.id, piece, 99_000, 20).await.unwrap());
        let row = store.message(user, turn.answer.id).await.unwrap().unwrap();
        let so_far = |text: &str| StoredContent { reasoning: "hm\0".into(), ..says(text) };
        assert_eq!((row.content, row.meta, row.status), (so_far("Hi"), used(1, 1), Status::Running));
        // Only what is new is handed in; what may not have been stored comes again, and then counts once.
        for (place, text, whole) in [(5, " the", "Hi the"), (5, " there", "Hi there"), (11, "\0!", "Hi there\0!")] {
            assert!(store.save(turn.run, turn.answer.id, grown(place, text), 99_000, 21).await.unwrap());
            for rows in [
                store.window(thread.id, None, 30).await.unwrap().rows,
                store.history(thread.id, turn.answer.id, 30).await.unwrap(),
            ] {
                assert_eq!((&rows[1].content, &rows[1].meta), (&so_far(whole), &used(1, 1)));
            }
        }
        assert!(store.save(turn.run, turn.answer.id, Piece::default(), 99_000, 22).await.unwrap(), "a sign of life");
        assert_eq!(store.run(user, turn.run).await.unwrap().unwrap().lease_until, 99_000);

        // It is settled once.
        let (done, meta) = (says("Hi **there**"), used(7, 5));
        let settle = || store.settle(turn.run, turn.answer.id, Status::Completed, &done, &meta, "Hi there", 30);
        let settled = settle().await.unwrap().unwrap();
        assert_eq!((settled.token_total, settled.message_count), (12, 2));
        assert_eq!((settled.snippet.as_str(), settled.last_message_at, settled.running), ("Hi there", 30, None));
        assert_eq!(settle().await.unwrap(), None);
        assert!(!store.save(turn.run, turn.answer.id, grown(0, "late"), 0, 40).await.unwrap());
        let row = store.message(user, turn.answer.id).await.unwrap().unwrap();
        assert_eq!((row.content, row.meta, row.status), (done.clone(), meta.clone(), Status::Completed));
        assert_eq!(place.rows().await["pieces"], [] as [Vec<String>; 0], "they are in the row now");

        let turn = store.submit(next_turn(user, thread.id, "And?", 25)).await.unwrap();
        assert_eq!((turn.message.parent, turn.message.sequence), (Some(row.id), 3));
        assert_eq!(turn.thread.last_message_at, 30, "time does not go backwards");
        let window = store.window(thread.id, None, 30).await.unwrap();
        assert_eq!(window.rows.iter().map(|row| row.sequence).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(window.older, None);
    })
    .await;
}

#[tokio::test]
async fn a_command_sent_twice_is_done_once() {
    on_both(async |place| {
        let store = &place.store;
        let user = store.test_user("ada").await.id;
        let other = store.test_user("bob").await.id;
        let mut new = first_turn(user, "once", 1);
        new.run.client_id = Some("c1".into());
        let first = store.submit(new.clone()).await.unwrap();
        let mut again = first_turn(user, "once", 2);
        again.run.client_id = Some("c1".into());
        let second = store.submit(again.clone()).await.unwrap();
        assert!(second.repeated && !second.created);
        assert_eq!((second.run, second.answer.id, second.message.id), (first.run, first.answer.id, first.message.id));
        assert_eq!(second.thread, first.thread);
        assert_eq!(store.sidebar(user, 0, 15).await.unwrap().total, 1);

        // The same in a thread that is there comes before its being busy.
        let thread = first.thread.id;
        let mut next = next_turn(user, thread, "once", 2);
        next.run.client_id = Some("c1".into());
        assert!(store.submit(next.clone()).await.unwrap().repeated);
        next.run.client_id = Some("c2".into());
        assert!(matches!(store.submit(next).await, Err(Error::Busy(run)) if run == first.run));

        // Another person's ids are their own.
        again.user = other;
        assert!(store.submit(again).await.unwrap().created);
    })
    .await;
}

#[tokio::test]
async fn another_persons_thread_is_none() {
    on_both(async |place| {
        let store = &place.store;
        let (ada, bob) = (store.test_user("ada").await.id, store.test_user("bob").await.id);
        let turn = store.submit(first_turn(ada, "secret", 1)).await.unwrap();
        let thread = turn.thread.id;
        assert_eq!(store.thread(bob, thread).await.unwrap(), None);
        assert_eq!(store.message(bob, turn.message.id).await.unwrap(), None);
        assert_eq!(store.run(bob, turn.run).await.unwrap(), None);
        assert!(matches!(store.rename(bob, thread, "mine", 2).await, Err(Error::NotFound)));
        assert!(matches!(store.set_model(bob, thread, Some("m"), 2).await, Err(Error::NotFound)));
        assert!(matches!(store.submit(next_turn(bob, thread, "hello", 2)).await, Err(Error::NotFound)));
        assert!(matches!(store.submit(next_turn(ada, fresh(), "hello", 2)).await, Err(Error::NotFound)));
        assert!(matches!(store.submit(first_turn(fresh(), "nobody", 2)).await, Err(Error::NotFound)));
        assert!(!store.delete(bob, thread).await.unwrap());
        store.settle(turn.run, turn.answer.id, Status::Failed, &says(""), &Meta::default(), "", 2).await.unwrap();
        let answer = NewAnswer { id: fresh(), meta: Meta::default() };
        let about = About::Row(turn.answer.id);
        let ask = Ask { user: bob, thread, about, answer, run: new_run(3), model: None, now: 3 };
        assert!(matches!(store.ask(ask).await, Err(Error::NotFound)));
        assert_eq!(store.thread(ada, thread).await.unwrap().unwrap().message_count, 2);
    })
    .await;
}

#[tokio::test]
async fn an_answer_is_tried_again_beside_the_old_one() {
    on_both(async |place| {
        let store = &place.store;
        let user = store.test_user("ada").await.id;
        let turn = store.submit(first_turn(user, "why?", 1)).await.unwrap();
        let thread = turn.thread.id;
        let retry = |row| {
            let answer = NewAnswer { id: fresh(), meta: Meta::default() };
            store.ask(Ask { user, thread, about: About::Row(row), answer, run: new_run(5), model: None, now: 5 })
        };
        assert!(matches!(retry(turn.answer.id).await, Err(Error::Busy(run)) if run == turn.run));
        let failure = Some(Failure::because(FailureKind::Server, "down"));
        let failed = StoredContent { failure, ..says("half") };
        let settled = store.settle(turn.run, turn.answer.id, Status::Failed, &failed, &Meta::default(), "", 4).await;
        assert_eq!(settled.unwrap().unwrap().snippet, "why?", "nothing was said, so the snippet stays");
        assert!(matches!(retry(fresh()).await, Err(Error::NotFound)));

        let again = retry(turn.answer.id).await.unwrap();
        assert_eq!((again.answer.parent, again.answer.sequence), (Some(turn.message.id), 3));
        assert_eq!(again.message, turn.message);
        assert_eq!((again.thread.leaf, again.thread.message_count), (Some(again.answer.id), 3));
        assert_eq!(again.thread.model.as_deref(), Some("a model"), "no model leaves the thread's");
        let path: Vec<_> = store.window(thread, None, 30).await.unwrap().rows.iter().map(|row| row.id).collect();
        assert_eq!(path, [turn.message.id, again.answer.id]);
        let old = store.message(user, turn.answer.id).await.unwrap().unwrap();
        assert_eq!((old.content, old.status), (failed, Status::Failed), "nothing is destroyed");
        let history = store.history(thread, turn.message.id, 10).await.unwrap();
        assert_eq!(history, [turn.message]);

        // What is left of the versions keeps what they had in common: nothing is to be mended.
        store.test_complete(&again, "so", 6).await.unwrap();
        store.prune(user, thread, turn.answer.id, 7).await.unwrap();
        let left = store.message(user, again.answer.id).await.unwrap().unwrap();
        assert_eq!((left.version, left.versions, left.group), (1, 1, turn.answer.id));
        assert_eq!(store.repair(thread).await.unwrap(), Repaired::default());
    })
    .await;
}
