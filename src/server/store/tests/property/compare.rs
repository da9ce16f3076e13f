//! What the store has, held against what it should have.

use super::expected::Expected;
use crate::{
    model::{ThreadId, UserId},
    server::store::{Milestone, Store, Stretch},
};

/// Whatever can be read of the threads is as expected, windows and pages having so many rows.
pub async fn check(store: &Store, user: UserId, expected: &Expected, limit: u32) {
    for thread in &expected.threads {
        let stored = store.thread(user, thread.id).await.unwrap().unwrap();
        let alive = || thread.rows.iter().filter(|row| !row.gone);
        assert_eq!(stored.message_count, alive().count() as i64);
        let tokens = alive().map(|row| row.tokens).sum();
        assert_eq!((stored.token_total, stored.last_message_at), (tokens, thread.last));
        assert_eq!(stored.leaf, thread.leaf.map(|leaf| thread.rows[leaf].id));
        assert_eq!(stored.running, thread.running.then_some(thread.run.0));
        assert_eq!(stored.title.as_deref(), Some(thread.title));

        // Window by window from the leaf: exactly the path.
        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            let window = store.window(thread.id, before, limit).await.unwrap();
            assert!(window.rows.len() <= limit as usize);
            seen.splice(0..0, window.rows);
            before = window.older;
            if before.is_none() {
                break;
            }
        }
        let path = thread.path();
        assert_eq!(seen.len(), path.len());
        for (depth, (row, at)) in seen.iter().zip(path).enumerate() {
            let known = &thread.rows[at];
            let versions = thread.versions(known.parent);
            let version = versions.iter().position(|&version| version == at).unwrap() + 1;
            assert_eq!((row.version, row.versions), (version as i64, versions.len() as i64));
            // Every row is found by what it is known by, and the one behind it.
            for from in [Milestone::Depth(depth as i64 + 1), Milestone::Sequence(row.sequence)] {
                let rest = &seen[depth..];
                for most in [1, limit as usize] {
                    let (first, last) = (row.id, rest[most.min(rest.len()) - 1].id);
                    let next = rest.get(most).map(|row| row.sequence);
                    let found = store.stretch(thread.id, from, most as u32).await.unwrap();
                    assert_eq!(found, Some(Stretch { first, last, next }));
                }
            }
            assert_eq!((row.id, row.sequence), (known.id, at as i64 + 1), "rows are numbered as they came");
            assert_eq!(row.parent, known.parent.map(|parent| thread.rows[parent].id));
            assert_eq!((row.status, row.content.text.as_str()), (known.status, known.text.as_str()));
        }
    }
    // Nothing that was not removed is out of reach: from version to version there is a way to every row.
    for thread in &expected.threads {
        for at in (0..thread.rows.len()).filter(|&row| !thread.rows[row].gone) {
            let mut way: Vec<usize> = std::iter::successors(Some(at), |&row| thread.rows[row].parent).collect();
            way.reverse();
            for row in way {
                let number = thread.versions(thread.rows[row].parent).iter().position(|&version| version == row);
                let number = number.unwrap() as u32 + 1;
                store.show_version(user, thread.id, thread.rows[row].id, number, 0).await.unwrap();
            }
            let shown = store.window(thread.id, None, 200).await.unwrap();
            assert!(shown.rows.iter().any(|row| row.id == thread.rows[at].id));
        }
    }
    let mut order: Vec<(i64, ThreadId)> = expected.threads.iter().map(|thread| (thread.last, thread.id)).collect();
    order.sort_unstable_by(|a, b| b.cmp(a));
    let mut listed = Vec::new();
    let pages = store.sidebar(user, 0, limit).await.unwrap().pages;
    for page in 0..pages {
        let list = store.sidebar(user, page, limit).await.unwrap();
        assert_eq!(list.total as usize, expected.threads.len());
        listed.extend(list.rows.into_iter().map(|row| (row.last_message_at, row.id)));
    }
    assert_eq!(listed, order);
}
