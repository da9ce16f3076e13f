//! Writes that are not as the others: those that ask first, and those that nobody waits for.

use std::{pin::pin, sync::atomic::Ordering::Relaxed, time::Duration};

use futures::{FutureExt, future::join_all, poll};
use sqlx::AnyConnection;

use super::{Flag, Then, commits, flag, flags};
use crate::server::store::{Error, Store, testing::TestStore, write::Write};

/// Has no savepoint in a group.
struct Asking(Flag);

impl Write for Asking {
    type Out = u32;
    const ASKS_FIRST: bool = true;

    async fn apply(&self, db: &mut AnyConnection) -> Result<u32, Error> {
        self.0.apply(db).await
    }
}

/// Nobody has to know that the disk has it.
struct Passing(Flag);

impl Write for Passing {
    type Out = u32;
    const KEPT: bool = false;

    async fn apply(&self, db: &mut AnyConnection) -> Result<u32, Error> {
        self.0.apply(db).await
    }
}

/// Has them written in this order, each as one that asks first or not. All are asked for while another write is under
/// way, so that they are a group then.
async fn together(store: &Store, name: &str, writes: Vec<(Flag, bool)>) -> Vec<Result<u32, Error>> {
    let first = flag(format!("{name}, first"), Then::Wait);
    let begun = first.applied.clone();
    let rest = async {
        while begun.load(Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        join_all(writes.into_iter().map(|(flag, asks)| match asks {
            true => store.write(Asking(flag)).boxed(),
            false => store.write(flag).boxed(),
        }))
        .await
    };
    let (first, rest) = tokio::join!(store.write(first), rest);
    assert_eq!(first.unwrap(), 1);
    rest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_without_a_savepoint_that_fails_takes_nothing_with_it() {
    const COUNT: usize = 8;
    let test = TestStore::sqlite().await;
    let store = &test.store;
    let (mut expected, mut repeated) = (Vec::new(), 0);
    for bad in [Then::Miss, Then::Refuse, Then::Fail, Then::Panic, Then::End] {
        for (place, others_ask) in [(0, false), (0, true), (4, false), (4, true)] {
            let name = format!("{bad:?} at {place}, {others_ask}");
            let key = |n: usize| format!("{name}, {n}");
            let write = |n| (flag(key(n), if n == place { bad } else { Then::Stay }), n == place || others_ask);
            let results = together(store, &name, (0..COUNT).map(write).collect()).await;
            expected.push(format!("{name}, first"));
            for (n, result) in results.iter().enumerate() {
                match result {
                    Ok(times) if n != place => {
                        // One that has changed nothing gives no reason to do anything again.
                        assert!(*times == 1 || bad != Then::Miss, "{name}: {n} was done {times} times");
                        repeated += times - 1;
                        expected.push(key(n));
                    }
                    Err(error) if n == place => assert!(
                        matches!(
                            (bad, error),
                            (Then::Miss, Error::NotFound)
                                | (Then::Refuse | Then::End, Error::Closed)
                                | (Then::Fail | Then::Panic, Error::Unavailable(_))
                        ),
                        "{name}: it is told {error:?}"
                    ),
                    _ => panic!("{name}: {n} is {result:?}"),
                }
            }
            assert_eq!(flags(store).await, expected.iter().cloned().collect(), "{name}");
        }
    }
    // What was in a group with one that had to be undone was done again.
    assert!(repeated > 0, "none of them was in the middle of a group");
    assert_eq!(store.write(flag("later", Then::Stay)).await.unwrap(), 1);
    test.finish().await;
}

#[tokio::test]
async fn what_nobody_waits_for_waits_for_company_and_for_a_moment_only() {
    let test = TestStore::sqlite().await;
    let store = test.store.clone();
    // From now on the clock stands: it does not go on by itself while such a task is under way.
    tokio::time::pause();
    let (end, until) = std::sync::mpsc::channel::<()>();
    let held = tokio::task::spawn_blocking(move || until.recv());

    let before = commits(&test);
    assert_eq!(store.write(flag("kept", Then::Stay)).await.unwrap(), 1);
    assert_eq!(commits(&test), before + 1, "what somebody waits for waits for nobody");

    let passing = flag("passing", Then::Stay);
    let applied = passing.applied.clone();
    let mut passing = pin!(store.write(Passing(passing)));
    // It takes three statements to write it; meanwhile others can make many more.
    let others = async || {
        for _ in 0..100 {
            flags(&store).await;
        }
    };
    assert!(poll!(passing.as_mut()).is_pending());
    others().await;
    assert_eq!(applied.load(Relaxed), 0, "it did not wait");
    let (company, passing) = tokio::join!(store.write(flag("company", Then::Stay)), passing);
    assert_eq!((company.unwrap(), passing.unwrap()), (1, 1));
    assert_eq!(commits(&test), before + 2, "both are in one");

    let mut alone = pin!(store.write(Passing(flag("alone", Then::Stay))));
    assert!(poll!(alone.as_mut()).is_pending());
    others().await;
    assert!(poll!(alone.as_mut()).is_pending());
    tokio::time::advance(Duration::from_millis(100)).await;
    assert_eq!(alone.await.unwrap(), 1);
    assert_eq!(commits(&test), before + 3);

    drop(end);
    held.await.unwrap().unwrap_err();
    tokio::time::resume();
    test.finish().await;
}
