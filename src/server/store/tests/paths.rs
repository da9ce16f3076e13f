//! Reading a thread by windows, also one that is damaged.

use crate::{
    model::{MessageId, ThreadId, UserId},
    server::store::{
        Store, TurnThread,
        testing::{first_turn, fresh, next_turn, on_both},
    },
};

/// A thread of so many turns, all settled.
async fn thread(store: &Store, user: UserId, turns: i64) -> ThreadId {
    let mut turn = first_turn(user, "turn 0", 1);
    for n in 0..turns {
        let stored = store.submit(turn).await.unwrap();
        store.test_complete(&stored, "ok", n).await.unwrap();
        turn = next_turn(user, stored.thread.id, &format!("turn {}", n + 1), n);
    }
    match turn.thread {
        TurnThread::Existing(id) => id,
        TurnThread::New { .. } => unreachable!(),
    }
}

async fn sequences(store: &Store, thread: ThreadId, before: Option<i64>, limit: u32) -> (Vec<i64>, Option<i64>) {
    let window = store.window(thread, before, limit).await.unwrap();
    (window.rows.iter().map(|row| row.sequence).collect(), window.older)
}

#[tokio::test]
async fn a_thread_is_read_backwards_window_by_window() {
    on_both(async |place| {
        let store = &place.store;
        let user = store.test_user("ada").await.id;
        let id = thread(store, user, 5).await;
        assert_eq!(sequences(store, id, None, 4).await, ((7..=10).collect(), Some(7)));
        assert_eq!(sequences(store, id, Some(7), 4).await, ((3..=6).collect(), Some(3)));
        assert_eq!(sequences(store, id, Some(3), 4).await, ((1..=2).collect(), None));
        assert_eq!(sequences(store, id, Some(3), 2).await, ((1..=2).collect(), None), "exactly all is all");
        for nothing in [1, 0, -1, 11, i64::MAX, i64::MIN] {
            assert_eq!(sequences(store, id, Some(nothing), 4).await, (vec![], None), "{nothing}");
        }
        assert_eq!(sequences(store, fresh(), None, 4).await, (vec![], None));
        let all = store.window(id, None, 30).await.unwrap().rows;
        for limit in [0, 1, 3, 30] {
            let rows = store.history(id, all[5].id, limit).await.unwrap();
            assert_eq!(rows, all[6usize.saturating_sub(limit as usize)..6]);
        }
        let other = thread(store, user, 1).await;
        assert_eq!(store.history(other, all[5].id, 9).await.unwrap(), [], "a row of another thread");
    })
    .await;
}

#[tokio::test]
async fn damage_neither_loops_nor_leads_astray() {
    on_both(async |place| {
        let store = &place.store;
        let user = store.test_user("ada").await.id;
        let id = thread(store, user, 3).await;
        let other = thread(store, user, 1).await;
        let rows = store.window(id, None, 30).await.unwrap().rows;
        let strange = store.window(other, None, 30).await.unwrap().rows[1].id;
        let set = async |text: &'static str, value: Option<MessageId>, id: String| {
            let query = sqlx::query(text).bind(value.map(|id| id.to_string())).bind(id);
            query.execute(&store.writer).await.unwrap();
        };
        const LEAF: &str = "UPDATE threads SET leaf_id = $1 WHERE id = $2";
        const PARENT: &str = "UPDATE messages SET parent_id = $1 WHERE id = $2";
        // A leaf that is missing, unknown or another thread's: the last row stands in.
        for leaf in [None, Some(fresh()), Some(strange)] {
            set(LEAF, leaf, id.to_string()).await;
            assert_eq!(sequences(store, id, None, 30).await, ((1..=6).collect(), None));
            let turn = store.submit(next_turn(user, id, "on", 9)).await.unwrap();
            assert_eq!(turn.message.parent, Some(rows[5].id));
            store.test_complete(&turn, "", 9).await.unwrap();
            for gone in [turn.message.id, turn.answer.id] {
                set("DELETE FROM messages WHERE id = COALESCE($1, '') OR id = $2", Some(gone), gone.to_string()).await;
            }
        }
        set(LEAF, Some(rows[5].id), id.to_string()).await;
        // A circle ends where it would close.
        set(PARENT, Some(rows[4].id), rows[2].id.to_string()).await;
        assert_eq!(sequences(store, id, None, 30).await, ((3..=6).collect(), None));
        assert_eq!(sequences(store, id, None, 2).await, ((5..=6).collect(), Some(5)));
        assert_eq!(sequences(store, id, Some(5), 2).await, ((3..=4).collect(), None));
        assert_eq!(sequences(store, id, Some(3), 2).await, (vec![], None));
        set(PARENT, Some(rows[2].id), rows[2].id.to_string()).await;
        assert_eq!(sequences(store, id, None, 30).await, ((3..=6).collect(), None));
        // So does a parent that is missing or in another thread.
        for parent in [fresh(), strange] {
            set(PARENT, Some(parent), rows[2].id.to_string()).await;
            assert_eq!(sequences(store, id, None, 30).await, ((3..=6).collect(), None));
            assert_eq!(store.history(id, rows[5].id, 30).await.unwrap().len(), 4);
        }
    })
    .await;
}
