//! Writes that share a transaction: each is done or undone as if it were alone.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
};

use sqlx::AnyConnection;
use tokio::task::JoinSet;

use crate::server::store::{
    Error, Store,
    sql::sql,
    testing::{TestStore, first_turn, fresh, grown, next_turn, on_both},
    write::Write,
};

/// Writes a flag and then does what it is told.
#[derive(Clone)]
struct Flag {
    key: String,
    then: Then,
    /// How often it was applied.
    applied: Arc<AtomicU32>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Then {
    Stay,
    /// Finds that there is nothing to write to, before it has written anything.
    Miss,
    /// Is refused, by a rule of ours.
    Refuse,
    /// Says something that the database does not take.
    Fail,
    /// Breaks.
    Panic,
    /// The transaction is ended under everybody's feet, as SQLite does when the disk is full.
    End,
    /// Waits, so that others come meanwhile.
    Wait,
}

impl Write for Flag {
    type Out = u32;

    async fn apply(&self, db: &mut AnyConnection) -> Result<u32, Error> {
        let times = self.applied.fetch_add(1, Relaxed) + 1;
        if self.then == Then::Miss {
            return Err(Error::NotFound);
        }
        let set = sql!("INSERT INTO flags (key, value) VALUES ($1, '')", self.key.as_str());
        set.execute(&mut *db).await?;
        match self.then {
            Then::Stay | Then::Miss => {}
            Then::Refuse => return Err(Error::Closed),
            Then::Fail => {
                sqlx::raw_sql("INSERT INTO nowhere VALUES (1)").execute(&mut *db).await?;
            }
            Then::Panic => panic!("on purpose"),
            Then::End => {
                sqlx::raw_sql("ROLLBACK").execute(&mut *db).await?;
                return Err(Error::Closed);
            }
            Then::Wait => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
        }
        Ok(times)
    }
}

fn flag(key: impl Into<String>, then: Then) -> Flag {
    Flag { key: key.into(), then, applied: Arc::default() }
}

async fn flags(store: &Store) -> HashSet<String> {
    let rows: Vec<(String,)> = sqlx::query_as("SELECT key FROM flags").fetch_all(&store.reader).await.unwrap();
    rows.into_iter().map(|(key,)| key).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_in_a_group_takes_nothing_with_it() {
    for bad in [Then::Miss, Then::Refuse, Then::Fail, Then::Panic, Then::End] {
        for place in [0, 4] {
            let test = TestStore::sqlite().await;
            let store = test.store.clone();
            // One is under way while the others come: they are a group then.
            let first = flag("first", Then::Wait);
            let begun = first.applied.clone();
            let first = tokio::spawn({
                let store = store.clone();
                async move { store.write(first).await }
            });
            while begun.load(Relaxed) == 0 {
                tokio::task::yield_now().await;
            }
            let mut writes = Vec::new();
            for n in 0..8 {
                let write = flag(n.to_string(), if n == place { bad } else { Then::Stay });
                let store = store.clone();
                writes.push(tokio::spawn(async move { store.write(write).await }));
                tokio::task::yield_now().await;
            }
            assert!(first.await.unwrap().is_ok());
            let mut expected = HashSet::from(["first".to_owned()]);
            for (n, write) in writes.into_iter().enumerate() {
                let result = write.await.unwrap();
                assert_eq!(result.is_ok(), n != place, "{bad:?} at {place}: write {n} is {result:?}");
                expected.extend((n != place).then(|| n.to_string()));
            }
            assert_eq!(flags(&store).await, expected, "{bad:?} at {place}");
            // And it goes on.
            assert_eq!(store.write(flag("later", Then::Stay)).await.unwrap(), 1);
            test.finish().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_is_told_of_is_there_for_everybody() {
    on_both(async |place| {
        let other = place.again().await;
        let mut writes = JoinSet::new();
        for n in 0..200 {
            let (store, other) = (place.store.clone(), other.clone());
            writes.spawn(async move {
                let key = n.to_string();
                store.write(flag(key.clone(), Then::Stay)).await.unwrap();
                assert!(flags(&other).await.contains(&key), "{key} was told of before it was committed");
            });
        }
        while let Some(write) = writes.join_next().await {
            write.unwrap();
        }
        other.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_comes_alone_is_applied_once_and_many_need_few_commits() {
    let test = TestStore::sqlite().await;
    let store = &test.store;
    for n in 0..20 {
        assert_eq!(store.write(flag(format!("alone {n}"), Then::Stay)).await.unwrap(), 1);
    }
    let before = commits(&test);
    let first = flag("first", Then::Wait);
    let begun = first.applied.clone();
    let first = store.write(first);
    let rest = async {
        while begun.load(Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        futures::future::join_all((0..100).map(|n| store.write(flag(n.to_string(), Then::Stay)))).await
    };
    let (first, rest) = tokio::join!(first, rest);
    assert!(first.is_ok() && rest.iter().all(|write| matches!(write, Ok(1))));
    let needed = commits(&test) - before;
    assert!((1..60).contains(&needed), "{needed} commits for 101 writes that came together");
    assert_eq!(flags(store).await.len(), 121);
    test.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_piece_costs_its_own_size_however_long_the_answer_is() {
    let test = TestStore::sqlite().await;
    let user = test.store.test_user("ada").await.id;
    let turn = test.store.submit(first_turn(user, "hello", 1)).await.unwrap();
    let (run, answer) = (turn.run, turn.answer.id);
    let twenty = async |from: u64| {
        let before = log(&test).len();
        for n in 0..20 {
            let piece = grown(from + n * 50, &"word ".repeat(10));
            assert!(test.store.save(run, answer, piece, 99, 1).await.unwrap());
        }
        log(&test).len() - before
    };
    let short = twenty(0).await;
    assert!(test.store.save(run, answer, grown(1000, &"x".repeat(1 << 20)), 99, 1).await.unwrap());
    let long = twenty(1000 + (1 << 20)).await;
    assert!(long <= short * 2, "{short} pages were written for twenty pieces, after a megabyte {long}");
    test.finish().await;
}

/// The pages in the log file, and whether each ends a commit (SQLite's file format, 4.1): it then says how large the
/// database is after it.
fn log(test: &TestStore) -> Vec<bool> {
    let file = test.url.strip_prefix("sqlite://").unwrap();
    let log = std::fs::read(format!("{file}-wal")).unwrap();
    let number = |bytes: &[u8]| u32::from_be_bytes(bytes.try_into().unwrap());
    let page = number(&log[8..12]) as usize;
    log[32..].chunks(24 + page).map(|frame| number(&frame[4..8]) != 0).collect()
}

pub(super) fn commits(test: &TestStore) -> usize {
    log(test).into_iter().filter(|commit| *commit).count()
}

/// What writes cost: `cargo test --features ssr -- --ignored --nocapture writes_a_second`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it measures, and asserts nothing"]
async fn writes_a_second() {
    for (way, synchronous) in
        [("one transaction each", "NORMAL"), ("one transaction each", "FULL"), ("groups", "NORMAL")]
    {
        for writers in [1, 8, 64, 256] {
            let test = TestStore::sqlite().await;
            let user = test.store.test_user("ada").await.id;
            let level = sqlx::AssertSqlSafe(format!("PRAGMA synchronous = {synchronous}"));
            sqlx::raw_sql(level).execute(&test.store.writer).await.unwrap();
            let turns =
                futures::future::join_all((0..writers).map(|_| test.store.submit(first_turn(user, "hello", 1))));
            let turns: Vec<_> = turns.await.into_iter().map(Result::unwrap).collect();
            let (began, end) = (std::time::Instant::now(), std::time::Duration::from_secs(3));
            let mut all = JoinSet::new();
            for turn in turns {
                let mut store = test.store.clone();
                store.group = store.group.filter(|_| way == "groups");
                all.spawn(async move {
                    let (mut count, mut slowest) = (0u64, std::time::Duration::ZERO);
                    while began.elapsed() < end {
                        let since = std::time::Instant::now();
                        let piece = grown(count * 60, &"x".repeat(60));
                        assert!(store.save(turn.run, turn.answer.id, piece, 99, 1).await.unwrap());
                        (count, slowest) = (count + 1, slowest.max(since.elapsed()));
                    }
                    (count, slowest)
                });
            }
            let (mut writes, mut slowest) = (0, std::time::Duration::ZERO);
            while let Some(one) = all.join_next().await {
                let (count, slow) = one.unwrap();
                (writes, slowest) = (writes + count, slowest.max(slow));
            }
            let each = writes as f64 / began.elapsed().as_secs_f64();
            println!("{way}, {synchronous}: {writers} writers, {each:.0} writes/s, the slowest {slowest:?}");
            test.finish().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn turns_and_pieces_in_groups_are_as_they_are_alone() {
    on_both(async |place| {
        let user = place.store.test_user("ada").await.id;
        let mut people = JoinSet::new();
        for n in 0..24usize {
            let store = place.store.clone();
            people.spawn(async move {
                let turn = store.submit(first_turn(user, "hello", 1)).await.unwrap();
                let (id, run, answer) = (turn.thread.id, turn.run, turn.answer.id);
                // Some are refused in the middle of everybody else's.
                assert!(
                    matches!(store.submit(next_turn(user, id, "x", 1)).await, Err(Error::Busy(busy)) if busy == run)
                );
                assert!(matches!(store.submit(next_turn(user, fresh(), "x", 1)).await, Err(Error::NotFound)));
                let mut text = String::new();
                for piece in 0..10 {
                    let more = format!("{n} says {piece}. ");
                    assert!(store.save(run, answer, grown(text.len() as u64, &more), 99, 1).await.unwrap());
                    text += &more;
                }
                let row = store.message(user, answer).await.unwrap().unwrap();
                assert_eq!(row.content.text, text);
                assert!(!store.save(fresh(), answer, grown(0, "another's"), 99, 1).await.unwrap());
                assert_eq!(store.test_complete(&turn, &text, 2).await.unwrap().message_count, 2);
            });
        }
        while let Some(person) = people.join_next().await {
            person.unwrap();
        }
        let list = place.store.sidebar(user, 0, 100).await.unwrap();
        assert_eq!((list.rows.len(), list.total), (24, 24));
        assert!(list.rows.iter().all(|row| row.running.is_none()));
        assert_eq!(place.rows().await["pieces"], [] as [Vec<String>; 0]);
    })
    .await;
}
