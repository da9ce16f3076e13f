//! The tree of a thread where it does not come from this program's own hands: from an older one, or damaged; and forks of
//! ways that are longer than what is copied at a time. And the two ways to find what follows a row.

use crate::{
    model::{MessageId, Meta, Status, ThreadId, Usage},
    server::store::{
        About, Ask, Fork, Milestone, NewAnswer, Store, Stretch,
        testing::{TestStore, first_turn, fresh, new_run, next_turn, on_both, says},
    },
};

/// A thread with two answers to its first question, and a second turn below the second of them.
async fn grown(store: &Store) -> (crate::model::UserId, ThreadId, Vec<MessageId>) {
    let user = store.test_user("ada").await.id;
    let usage = Some(Usage { prompt_tokens: 2, completion_tokens: 3, estimated: false, ..Usage::default() });
    let meta = Meta { usage, ..Meta::default() };
    let settle = async |run, answer| {
        store.settle(run, answer, Status::Completed, &says("done"), &meta, "", 2).await.unwrap().unwrap();
    };
    let first = store.submit(first_turn(user, "one", 1)).await.unwrap();
    settle(first.run, first.answer.id).await;
    let thread = first.thread.id;
    let answer = NewAnswer { id: fresh(), meta: Meta::default() };
    let about = About::Row(first.answer.id);
    let second = store.ask(Ask { user, thread, about, answer, run: new_run(3), model: None, now: 3 }).await.unwrap();
    settle(second.run, second.answer.id).await;
    let third = store.submit(next_turn(user, thread, "two", 4)).await.unwrap();
    settle(third.run, third.answer.id).await;
    let ids = vec![first.message.id, first.answer.id, second.answer.id, third.message.id, third.answer.id];
    (user, thread, ids)
}

/// As an older program left it, which knew of no tree.
async fn forget(place: &TestStore) {
    place
        .execute(
            "UPDATE messages SET depth = 0, jump_id = NULL, version = 1, group_id = '', children = 0, tokens = 0; \
             UPDATE threads SET roots = 0, root_group = '', turn = 0",
        )
        .await;
}

#[tokio::test]
async fn what_an_older_program_wrote_is_numbered_when_it_is_opened() {
    on_both(async |place| {
        let (user, thread, ids) = grown(&place.store).await;
        // But for where ways ended that were left, which is found again when it is needed.
        let rows = async || {
            let rows = place.rows().await["messages"].clone();
            rows.into_iter().map(|row| [&row[..16], &row[17..]].concat()).collect::<Vec<_>>()
        };
        let before = rows().await;
        forget(place).await;
        assert_ne!(rows().await, before);
        let store = place.again().await;
        assert_eq!(rows().await, before, "nothing of it is lost, tokens included");
        let shown = store.window(thread, None, 30).await.unwrap().rows;
        assert_eq!(shown.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[0], ids[2], ids[3], ids[4]]);
        assert_eq!((shown[1].version, shown[1].versions, shown[1].group), (2, 2, ids[1]));
        let stretch = store.stretch(thread, Milestone::Depth(3), 9).await.unwrap();
        assert_eq!(stretch, Some(Stretch { first: ids[3], last: ids[4], next: None }));
        store.show_version(user, thread, ids[2], 1, 9).await.unwrap();
        assert_eq!(store.thread(user, thread).await.unwrap().unwrap().leaf, Some(ids[1]));
        store.close().await;
    })
    .await;
}

#[tokio::test]
async fn no_damage_makes_it_go_on_for_ever_or_hides_a_row() {
    on_both(async |place| {
        let (user, thread, ids) = grown(&place.store).await;
        let store = &place.store;
        let nowhere: MessageId = fresh();
        for broken in [
            format!("UPDATE messages SET parent_id = '{nowhere}' WHERE id = '{}'", ids[3]),
            format!("UPDATE messages SET parent_id = '{}' WHERE id = '{}'", ids[4], ids[0]),
            format!("UPDATE messages SET parent_id = id WHERE id = '{}'", ids[2]),
            format!("UPDATE messages SET jump_id = '{}' WHERE id = '{}'", ids[4], ids[3]),
            format!("UPDATE messages SET tip_id = '{nowhere}', version = 1, children = 7 WHERE thread_id = '{thread}'"),
            format!("UPDATE threads SET leaf_id = '{nowhere}', turn = 99 WHERE id = '{thread}'"),
            format!("UPDATE threads SET leaf_id = NULL WHERE id = '{thread}'"),
        ] {
            place.execute(&broken).await;
            // Whatever is asked of it meanwhile has an answer.
            store.window(thread, None, 30).await.unwrap();
            store.stretch(thread, Milestone::Depth(2), 1).await.unwrap();
            let _ = store.show_version(user, thread, ids[2], 1, 9).await;
            store.below(thread, ids[0]).await.unwrap();
            store.repair(thread).await.unwrap();
            let again = store.repair(thread).await.unwrap();
            assert_eq!((again.rows, again.orphans, again.leaf), (0, 0, false), "mended once and for all: {broken}");
            assert!(store.thread(user, thread).await.unwrap().unwrap().leaf.is_some());
            for id in &ids {
                let mut way = vec![store.message(user, *id).await.unwrap().unwrap()];
                while let Some(parent) = way.last().unwrap().parent {
                    way.push(store.message(user, parent).await.unwrap().unwrap());
                }
                for row in way.iter().rev() {
                    let version = u32::try_from(row.version).unwrap();
                    store.show_version(user, thread, row.id, version, 9).await.unwrap();
                }
                let shown = store.window(thread, None, 30).await.unwrap();
                assert!(shown.rows.iter().any(|row| row.id == *id) && !shown.broken, "{broken}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_follows_a_version_is_the_same_from_it_down_and_from_the_leaf_up() {
    on_both(async |place| {
        let (store, (user, thread, ids)) = (&place.store, grown(&place.store).await);
        store.show_version(user, thread, ids[2], 1, 9).await.unwrap();
        let shown = store.show_version(user, thread, ids[1], 2, 9).await.unwrap();
        assert_eq!((shown.row, shown.after), (ids[2], Some(1)));
        let way = [(ids[2], 3), (ids[3], 4), (ids[4], 5)];
        for most in 1..=4 {
            let (rows, rest) = way.split_at(way.len().min(most as usize));
            // Those that are not the first after it, or are nowhere, are not gone down from.
            for newest in [None, Some(ids[2]), Some(ids[3]), Some(ids[4]), Some(fresh())] {
                let told = store.onward(thread, 1, newest, most).await.unwrap();
                assert_eq!(told.rows.iter().map(|row| (row.id, row.sequence)).collect::<Vec<_>>(), rows);
                assert_eq!(told.next, rest.first().map(|row| row.1), "{most} from {newest:?}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_long_way_is_forked_whole() {
    on_both(async |place| {
        let store = &place.store;
        let user = store.test_user("ada").await.id;
        let first = store.submit(first_turn(user, "0", 1)).await.unwrap();
        store.test_complete(&first, "a", 2).await.unwrap();
        let (thread, mut last) = (first.thread.id, first.answer.id);
        store.set_system(user, thread, fresh(), "Be brief.", 2).await.unwrap();
        for n in 1..320 {
            let turn = store.submit(next_turn(user, thread, &n.to_string(), n)).await.unwrap();
            store.test_complete(&turn, "a", n).await.unwrap();
            last = turn.answer.id;
        }
        let fork = Fork { user, thread, message: last, id: fresh(), title: None, ids: fresh, now: 9 };
        let forked = store.fork(fork).await.unwrap().thread;
        assert_eq!((forked.message_count, forked.token_total), (641, 0), "a copy costs nothing");
        let texts = async |thread| {
            let rows = store.window(thread, None, 1000).await.unwrap().rows;
            rows.into_iter().map(|row| (row.content.text, row.sequence, row.versions)).collect::<Vec<_>>()
        };
        assert_eq!(texts(forked.id).await, texts(thread).await);
        for depth in [1, 2, 255, 500, 501, 639] {
            let stretch = store.stretch(forked.id, Milestone::Depth(depth), 1).await.unwrap().unwrap();
            assert_eq!((stretch.first, stretch.next), (stretch.last, Some(depth + 1)));
        }
        assert_eq!(store.repair(forked.id).await.unwrap().rows, 0, "it is as sound as one that grew");
    })
    .await;
}
