//! What is read of a thread costs what is shown of it, not what the thread has.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use crate::{
    model::{MessageId, Meta, ThreadId, UserId},
    server::store::{
        About, Ask, Engine, Milestone, NewAnswer, Repaired, Store,
        testing::{first_turn, fresh, new_run, next_turn, on_both},
    },
};

/// How many rows are put there by one statement.
const TOGETHER: usize = 1000;

/// A row to be put there: the number of its parent, and what else there is to say of it.
struct Planned {
    parent: usize,
    depth: usize,
    jump: usize,
    version: usize,
    group: usize,
    children: usize,
}

/// Puts a thread there whose rows have these parents, by number from 1: the first two are an answered question, and 0
/// stands above the first. It stands at the last row. The rows are numbered as the store does it.
async fn thread_with(store: &Store, user: UserId, parents: impl Iterator<Item = usize>) -> ThreadId {
    let turn = store.submit(first_turn(user, "the first of many", 1)).await.unwrap();
    store.test_complete(&turn, "an answer", 2).await.unwrap();
    let (thread, rows) = (turn.thread.id, plan(parents));
    let ids = |number: usize| match number {
        1 => turn.message.id.to_string(),
        2 => turn.answer.id.to_string(),
        _ => row_id(rows.len() - 1, number).to_string(),
    };
    for start in (3..rows.len()).step_by(TOGETHER) {
        let values = (start..rows.len().min(start + TOGETHER)).map(|number| {
            let Planned { parent, depth, jump, version, group, children } = rows[number];
            let role = if depth % 2 == 1 { "user" } else { "assistant" };
            let (own, parent, jump, group) = (ids(number), ids(parent), ids(jump), ids(group));
            format!(
                "('{own}', '{thread}', '{parent}', {number}, '{role}', 'text', 'completed', '{{}}', '{{}}', {depth}, \
                 '{jump}', {version}, '{group}', {children}, {number}, {number})"
            )
        });
        let insert = format!(
            "INSERT INTO messages (id, thread_id, parent_id, sequence, role, kind, status, content, meta, depth, \
             jump_id, version, group_id, children, created_at, updated_at) VALUES {}",
            values.collect::<Vec<_>>().join(", ")
        );
        sqlx::query(sqlx::AssertSqlSafe(insert)).execute(&store.writer).await.unwrap();
    }
    let last = i64::try_from(rows.len()).unwrap() - 1;
    let update = "UPDATE threads SET next_sequence = $1 + 1, message_count = $1, turn = $1, leaf_id = $2 WHERE id = $3";
    let update = sqlx::query(update).bind(last).bind(ids(rows.len() - 1)).bind(thread.to_string());
    update.execute(&store.writer).await.unwrap();
    sqlx::query("UPDATE messages SET children = $1 WHERE id = $2")
        .bind(i64::try_from(rows[2].children).unwrap())
        .bind(ids(2))
        .execute(&store.writer)
        .await
        .unwrap();
    // PostgreSQL does it by itself a while after so much was written; by then this test may be over, or in the middle.
    if store.engine() == Engine::Postgres {
        sqlx::query("ANALYZE messages").execute(&store.writer).await.unwrap();
    }
    // A repair finds out what is not numbered as it should be. It reads all of it, so the rule is tried on short ones.
    if rows.len() < TOGETHER {
        assert_eq!(store.repair(thread).await.unwrap(), Repaired::default());
    }
    thread
}

/// The rows by number. What stands for the one above the first is nobody's.
fn plan(parents: impl Iterator<Item = usize>) -> Vec<Planned> {
    let mut rows = vec![Planned { parent: 0, depth: 0, jump: 0, version: 0, group: 0, children: 0 }];
    let mut groups = BTreeMap::new();
    for (number, parent) in (1..).zip(parents) {
        rows[parent].children += 1;
        let (depth, version) = (rows[parent].depth + 1, rows[parent].children);
        let (near, far) = (rows[parent].jump, rows[rows[parent].jump].jump);
        let even = rows[parent].depth - rows[near].depth == rows[near].depth - rows[far].depth;
        let jump = match depth {
            1 => number,
            _ if even => far,
            _ => parent,
        };
        let group = *groups.entry(parent).or_insert(number);
        rows.push(Planned { parent, depth, jump, version, group, children: 0 });
    }
    rows
}

/// The id of a row with this number, from the third on, in a thread of so many.
fn row_id(rows: usize, number: usize) -> MessageId {
    format!("{rows:08}-0000-7000-8000-{number:012}").parse().unwrap()
}

/// A thread whose path has so many rows.
async fn thread_of(store: &Store, user: UserId, rows: usize) -> ThreadId {
    thread_with(store, user, 0..rows).await
}

/// A number as the last part of an id.
const NUMBER: &str = "substr('000000000000' || i, length('000000000000' || i) - 11)";

/// The first parts of an id.
fn stem(n: i64) -> String {
    format!("{n:08}-0000-7000-8000-")
}

/// The numbers from `first` to `$2`, as column `i`.
fn series(store: &Store, first: i64) -> String {
    match store.engine() {
        Engine::Sqlite => {
            format!(
                "WITH RECURSIVE n (i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < $2) SELECT i FROM n"
            )
        }
        Engine::Postgres => format!("SELECT generate_series({first}, $2) AS i"),
    }
}

/// The best of many tries: what a busy machine adds is left out.
async fn best(mut work: impl AsyncFnMut()) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..40 {
        let begin = Instant::now();
        work().await;
        best = best.min(begin.elapsed());
    }
    best
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_window_costs_the_same_in_a_thread_of_any_length() {
    on_both(async |place| {
        let store = &place.store;
        let user = store.test_user("ada").await.id;
        let (short, long) = (thread_of(store, user, 50).await, thread_of(store, user, 100_000).await);
        let window = store.window(long, None, 30).await.unwrap();
        assert_eq!((window.rows.len(), window.older), (30, Some(99_971)));
        for (what, limit, before) in [("newest", 30, None), ("older", 30, Some(40))] {
            let of = async |id, before| {
                best(async || assert!(!store.window(id, before, limit).await.unwrap().rows.is_empty())).await
            };
            let (short, long) = (of(short, before).await, of(long, before.map(|n| n + 50_000)).await);
            println!("{:?}: {what} window of 50 rows {short:?}, of 100,000 {long:?}", store.engine());
            assert!(long < short * 3 + Duration::from_millis(1), "{what}: {long:?} against {short:?}");
        }
        let whole = store.thread(user, long).await.unwrap().unwrap();
        let history = best(async || drop(store.history(long, whole.leaf.unwrap(), 200).await.unwrap())).await;
        let mut now = 10;
        let submit = best(async || {
            now += 1;
            let turn = store.submit(next_turn(user, long, "next", now)).await.unwrap();
            store.test_complete(&turn, "x", now).await.unwrap();
        });
        let submit = submit.await;
        let begin = Instant::now();
        assert!(store.delete(user, long).await.unwrap());
        let deleted = begin.elapsed();
        println!("{:?}: history of 200 {history:?}, submit and settle {submit:?}, delete {deleted:?}", store.engine());
    })
    .await;
}

/// How far down the first versions are.
const EARLY: usize = 10;

/// A thread of so many rows, and the numbers of some. Below the row of depth [`EARLY`] there are so many versions, of which
/// the one in the middle has nearly all the rest below it; ten rows above the end there are as many once more, of which
/// the newest leads to the end.
struct Tree {
    id: ThreadId,
    rows: usize,
    versions: usize,
}

impl Tree {
    async fn plant(store: &Store, user: UserId, rows: usize, versions: usize) -> Self {
        let late = rows - versions - 10;
        let parents = (0..rows).map(|before| match before + 1 {
            number if (EARLY + 1..=EARLY + versions).contains(&number) => EARLY,
            number if number == EARLY + versions + 1 => EARLY + versions / 2,
            number if (late + 1..=late + versions).contains(&number) => late,
            _ => before,
        });
        Self { id: thread_with(store, user, parents).await, rows, versions }
    }

    fn row(&self, number: usize) -> MessageId {
        row_id(self.rows, number)
    }

    /// The newest of the late versions, which the last window shows.
    fn late(&self) -> MessageId {
        self.row(self.rows - 10)
    }

    /// A row in the middle of the way to the end: its depth and its number.
    fn middle(&self) -> (i64, i64) {
        let number = i64::try_from(self.rows / 2).unwrap();
        (number - i64::try_from(self.versions).unwrap() + 1, number)
    }

    /// Shows these two versions in turns.
    async fn turn(&self, store: &Store, user: UserId, of: MessageId, versions: [usize; 2]) -> Duration {
        for version in versions {
            self.show(store, user, of, version).await;
        }
        best(async || {
            for version in versions {
                self.show(store, user, of, version).await;
            }
        })
        .await
    }

    async fn show(&self, store: &Store, user: UserId, of: MessageId, version: usize) -> MessageId {
        let shown = store.show_version(user, self.id, of, u32::try_from(version).unwrap(), 2).await.unwrap();
        assert!(shown.after.is_some(), "it was shown already");
        shown.thread.leaf.unwrap()
    }
}

/// Whatever is done in a tree, best times by name.
async fn times(store: &Store, user: UserId, tree: &Tree) -> Vec<(&'static str, Duration)> {
    let last = tree.row(tree.rows);
    let mut all = Vec::new();
    let window = store.window(tree.id, None, 30).await.unwrap();
    assert!(
        window.rows.iter().any(|row| row.id == tree.late() && row.versions == row.version),
        "not the late versions"
    );
    let window = async || assert!(!store.window(tree.id, None, 30).await.unwrap().rows.is_empty());
    all.push(("window", best(window).await));
    let (depth, number) = tree.middle();
    for (what, from) in [
        ("by depth", Milestone::Depth(depth)),
        ("by sequence", Milestone::Sequence(number)),
        ("by time", Milestone::Time(number)),
    ] {
        let found = async || {
            let row = tree.row(usize::try_from(number).unwrap());
            let stretch = store.stretch(tree.id, from, 1).await.unwrap();
            assert_eq!(stretch.map(|stretch| (stretch.first, stretch.last)), Some((row, row)));
        };
        all.push((what, best(found).await));
    }
    all.push(("a late version", tree.turn(store, user, tree.late(), [tree.versions - 1, tree.versions]).await));
    // Nobody has left the long way yet, so its end is looked for.
    let (short, long, early) = (tree.versions, tree.versions / 2, tree.row(EARLY + 1));
    tree.show(store, user, early, short).await;
    let begin = Instant::now();
    assert_eq!(tree.show(store, user, early, long).await, last);
    println!("{:?}: the long way of {} for the first time {:?}", store.engine(), tree.rows, begin.elapsed());
    all.push(("the long way", tree.turn(store, user, early, [short, long]).await));
    let mut now = 1_000_000;
    let submit = best(async || {
        now += 1;
        let turn = store.submit(next_turn(user, tree.id, "next", now)).await.unwrap();
        store.test_complete(&turn, "x", now).await.unwrap();
    });
    all.push(("submit and settle", submit.await));
    let about = About::Row(store.thread(user, tree.id).await.unwrap().unwrap().leaf.unwrap());
    let ask = best(async || {
        now += 1;
        let answer = NewAnswer { id: fresh(), meta: Meta { created_at: now, ..Meta::default() } };
        let (about, run) = (about.clone(), new_run(now));
        let ask = Ask { user, thread: tree.id, about, answer, run, model: None, now };
        let turn = store.ask(ask).await.unwrap();
        store.test_complete(&turn, "y", now).await.unwrap();
    });
    all.push(("ask and settle", ask.await));
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tree_of_any_size_costs_the_same() {
    on_both(async |place| {
        let store = &place.store;
        let user = store.test_user("ada").await.id;
        let small = Tree::plant(store, user, 50, 2).await;
        let large = Tree::plant(store, user, 100_000, 1000).await;
        let (small, large) = (times(store, user, &small).await, times(store, user, &large).await);
        for ((what, small), (_, large)) in small.iter().zip(&large) {
            println!("{:?}: {what} in a tree of 50 rows {small:?}, of 100,000 {large:?}", store.engine());
        }
        for ((what, small), (_, large)) in small.iter().zip(&large) {
            assert!(*large < *small * 3 + Duration::from_millis(1), "{what}: {large:?} against {small:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_the_sidebar_costs_the_same_for_any_number_of_threads() {
    on_both(async |place| {
        let store = &place.store;
        let mut best_of = Vec::new();
        for (name, threads) in [("ada", 20), ("bob", 20_000)] {
            let user = store.test_user(name).await.id;
            let insert = format!(
                "INSERT INTO threads (id, user_id, last_message_at, created_at, updated_at) \
                 SELECT $3 || {NUMBER}, $1, i, 0, 0 FROM ({}) n",
                series(store, 1)
            );
            let insert =
                sqlx::query(sqlx::AssertSqlSafe(insert)).bind(user.to_string()).bind(threads).bind(stem(threads));
            insert.execute(&store.writer).await.unwrap();
            let count = sqlx::query("UPDATE users SET thread_count = $1 WHERE id = $2").bind(threads);
            count.bind(user.to_string()).execute(&store.writer).await.unwrap();
            let first = best(async || assert_eq!(store.sidebar(user, 0, 15).await.unwrap().rows.len(), 15)).await;
            let last = best(async || assert!(!store.sidebar(user, u32::MAX, 15).await.unwrap().rows.is_empty())).await;
            println!("{:?}: sidebar of {threads} threads: first page {first:?}, last {last:?}", store.engine());
            best_of.push(first);
        }
        assert!(best_of[1] < best_of[0] * 3 + Duration::from_millis(1), "{best_of:?}");
    })
    .await;
}
