//! What is read of a thread costs what is shown of it, not what the thread has.

use std::time::{Duration, Instant};

use crate::{
    model::{ThreadId, UserId},
    server::store::{
        Engine, Store,
        testing::{first_turn, next_turn, on_both},
    },
};

/// A thread whose path has so many rows, put there in one statement.
async fn thread_of(store: &Store, user: UserId, rows: i64) -> ThreadId {
    let turn = store.submit(first_turn(user, "the first of many", 1)).await.unwrap();
    store.test_complete(&turn, "an answer", 2).await.unwrap();
    let id = turn.thread.id;
    let insert = format!(
        "INSERT INTO messages (id, thread_id, parent_id, sequence, role, kind, status, content, meta, created_at, \
         updated_at) SELECT $1 || {NUMBER}, thread_id, CASE i WHEN 3 THEN id ELSE $1 || {BEFORE} END, i, role, kind, \
         status, content, meta, 0, 0 FROM ({series}) n, messages WHERE id = $3",
        series = series(store, 3)
    );
    let insert = sqlx::query(sqlx::AssertSqlSafe(insert)).bind(stem(rows)).bind(rows).bind(turn.answer.id.to_string());
    insert.execute(&store.writer).await.unwrap();
    let update = "UPDATE threads SET next_sequence = $1 + 1, message_count = $1, \
                  leaf_id = (SELECT id FROM messages WHERE thread_id = $2 ORDER BY sequence DESC LIMIT 1) WHERE id = $2";
    sqlx::query(update).bind(rows).bind(id.to_string()).execute(&store.writer).await.unwrap();
    assert_eq!(store.repair(id).await.unwrap().rows, usize::try_from(rows - 2).unwrap() + 1);
    id
}

/// A number, and the one before it, as the last part of an id.
const NUMBER: &str = "substr('000000000000' || i, length('000000000000' || i) - 11)";
const BEFORE: &str = "substr('000000000000' || (i - 1), length('000000000000' || (i - 1)) - 11)";

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
