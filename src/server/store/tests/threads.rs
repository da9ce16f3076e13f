//! Names, ends and lists of threads.

use crate::{
    model::{Meta, Status},
    server::store::{
        Error, NewTurn, TitleSource, TurnThread,
        testing::{first_turn, fresh, grown, next_turn, on_both, says},
    },
};

#[tokio::test]
async fn a_persons_title_wins_over_a_models_over_a_provisional_one() {
    on_both(async |place| {
        let store = &place.store;
        let user = store.test_user("ada").await.id;
        let untitled = NewTurn { thread: TurnThread::New { id: fresh(), title: None }, ..first_turn(user, "hi", 1) };
        let thread = store.submit(untitled).await.unwrap().thread;
        assert_eq!((thread.title, thread.title_source), (None, TitleSource::None));
        let id = thread.id;
        for (source, title, now_called) in [
            (TitleSource::Provisional, "first", "first"),
            (TitleSource::Provisional, "second", "first"),
            (TitleSource::Model, "by a model", "by a model"),
            (TitleSource::Provisional, "third", "by a model"),
            (TitleSource::Model, "by another", "by another"),
        ] {
            let set = store.set_title(id, title, source, 2).await.unwrap();
            assert_eq!(set.is_some(), title == now_called, "{title}");
            let thread = store.thread(user, id).await.unwrap().unwrap();
            assert_eq!(thread.title.as_deref(), Some(now_called));
        }
        let renamed = store.rename(user, id, "mine\0", 3).await.unwrap();
        assert_eq!((renamed.title.as_deref(), renamed.title_source), (Some("mine"), TitleSource::Manual));
        for source in [TitleSource::Provisional, TitleSource::Model] {
            assert_eq!(store.set_title(id, "late", source, 4).await.unwrap(), None);
        }
        assert_eq!(store.rename(user, id, "mine again", 5).await.unwrap().title.as_deref(), Some("mine again"));
        assert_eq!(store.rename(user, id, &"ä".repeat(300), 5).await.unwrap().title.unwrap().chars().count(), 255);
        assert_eq!(store.set_title(fresh(), "nowhere", TitleSource::Model, 6).await.unwrap(), None);
        let chosen = store.set_model(user, id, Some("other"), 7).await.unwrap();
        assert_eq!(chosen.model.as_deref(), Some("other"));
    })
    .await;
}

#[tokio::test]
async fn pages_are_newest_first_and_clamped() {
    on_both(async |place| {
        let store = &place.store;
        let user = store.test_user("ada").await.id;
        let other = store.test_user("bob").await.id;
        let empty = store.sidebar(user, 7, 15).await.unwrap();
        assert_eq!((empty.rows.len(), empty.page, empty.pages, empty.total), (0, 0, 1, 0));
        store.submit(first_turn(other, "another's", 500)).await.unwrap();
        let mut ids = Vec::new();
        for n in 0..32 {
            // Two at a time have the same age: then the newer id comes first.
            let turn = store.submit(first_turn(user, &format!("number {n}"), 100 + n / 2)).await.unwrap();
            store.test_complete(&turn, "", 1).await.unwrap();
            ids.insert(0, turn.thread.id);
        }
        for (asked, page, rows) in
            [(0, 0, 0..15), (1, 1, 15..30), (2, 2, 30..32), (3, 2, 30..32), (u32::MAX, 2, 30..32)]
        {
            let list = store.sidebar(user, asked, 15).await.unwrap();
            assert_eq!((list.page, list.pages, list.total), (page, 3, 32));
            assert_eq!(list.rows.iter().map(|row| row.id).collect::<Vec<_>>(), ids[rows], "page {asked}");
        }
        // A new message moves its thread to the top.
        let oldest = ids.pop().unwrap();
        let turn = store.submit(next_turn(user, oldest, "up", 900)).await.unwrap();
        let first = store.sidebar(user, 0, 15).await.unwrap().rows.swap_remove(0);
        assert_eq!((first.id, first.snippet.as_str(), first.running), (oldest, "up", Some(turn.run)));
    })
    .await;
}

#[tokio::test]
async fn a_deleted_thread_takes_everything_along_and_stays_gone() {
    on_both(async |place| {
        let store = &place.store;
        let user = store.test_user("ada").await.id;
        let kept = store.submit(first_turn(user, "kept", 1)).await.unwrap();
        let turn = store.submit(first_turn(user, "gone", 2)).await.unwrap();
        let id = turn.thread.id;
        assert!(store.delete(user, id).await.unwrap());
        assert!(!store.delete(user, id).await.unwrap());
        assert_eq!(store.sidebar(user, 0, 15).await.unwrap().total, 1);
        assert_eq!(store.thread(user, id).await.unwrap(), None);
        assert_eq!(store.message(user, turn.message.id).await.unwrap(), None);
        assert_eq!(store.run(user, turn.run).await.unwrap(), None);
        assert_eq!(store.active(id).await.unwrap(), None);
        assert_eq!(store.window(id, None, 30).await.unwrap().rows, []);
        // What comes late is refused and brings nothing back.
        let meta = Meta::default();
        assert!(!store.save(turn.run, turn.answer.id, grown(0, "late"), 99, 3).await.unwrap());
        let settled = store.settle(turn.run, turn.answer.id, Status::Completed, &says("late"), &meta, "late", 3).await;
        assert_eq!(settled.unwrap(), None);
        assert!(matches!(store.submit(next_turn(user, id, "late", 3)).await, Err(Error::NotFound)));
        assert!(matches!(store.rename(user, id, "late", 3).await, Err(Error::NotFound)));
        assert_eq!(store.sidebar(user, 0, 15).await.unwrap().rows[0].id, kept.thread.id);
        assert_eq!(store.window(kept.thread.id, None, 30).await.unwrap().rows.len(), 2);
    })
    .await;
}
