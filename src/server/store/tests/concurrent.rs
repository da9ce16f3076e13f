//! Many writers at once, from two stores as two servers would have them.

use std::collections::HashSet;

use crate::{
    model::{Meta, RunId, Status},
    server::store::{
        Error, Store, Turn,
        testing::{TestStore, first_turn, grown, next_turn, on_both, says},
    },
};

async fn stores(place: &TestStore) -> Vec<Store> {
    vec![place.store.clone(), place.again().await]
}

/// Sends until it gets through; tells what it made.
async fn insist(store: Store, turn: crate::server::store::NewTurn, settle: bool) -> (Turn, HashSet<RunId>) {
    let mut in_the_way = HashSet::new();
    loop {
        match store.submit(turn.clone()).await {
            Ok(turn) => {
                if settle {
                    assert!(store.test_complete(&turn, "ok", 2).await.is_some());
                }
                return (turn, in_the_way);
            }
            Err(Error::Busy(run)) => {
                in_the_way.insert(run);
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_submits_to_one_thread_one_runs_at_a_time() {
    on_both(async |place| {
        let stores = stores(place).await;
        let user = place.store.test_user("ada").await.id;
        let first = place.store.submit(first_turn(user, "begin", 1)).await.unwrap();
        let id = first.thread.id;

        // While one runs, nobody gets in.
        let refused: Vec<_> = (0..20)
            .map(|n| {
                let store = stores[n % 2].clone();
                tokio::spawn(async move { store.submit(next_turn(user, id, "no", 1)).await })
            })
            .collect();
        for refused in refused {
            assert!(matches!(refused.await.unwrap(), Err(Error::Busy(run)) if run == first.run));
        }
        place.store.test_complete(&first, "", 1).await;

        // Without one, exactly one of many does.
        let racing: Vec<_> = (0..20)
            .map(|n| {
                let store = stores[n % 2].clone();
                tokio::spawn(async move { store.submit(next_turn(user, id, "me", 1)).await })
            })
            .collect();
        let mut through = Vec::new();
        for racer in racing {
            match racer.await.unwrap() {
                Ok(turn) => through.push(turn),
                Err(Error::Busy(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(through.len(), 1);
        let one = through.remove(0);
        place.store.test_complete(&one, "", 1).await;

        // And all who insist get through, one after the other, in a gapless line.
        let insisting: Vec<_> = (0..30)
            .map(|n| tokio::spawn(insist(stores[n % 2].clone(), next_turn(user, id, &format!("{n}"), 1), true)))
            .collect();
        for one in insisting {
            one.await.unwrap();
        }
        let rows = place.store.window(id, None, 1000).await.unwrap().rows;
        assert_eq!(rows.iter().map(|row| row.sequence).collect::<Vec<_>>(), (1..=64).collect::<Vec<_>>());
        assert!(rows.windows(2).all(|pair| pair[1].parent == Some(pair[0].id)));
        let thread = place.store.thread(user, id).await.unwrap().unwrap();
        assert_eq!((thread.message_count, thread.running), (64, None));
        stores[1].close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_sent_many_times_at_once_is_done_once() {
    on_both(async |place| {
        let stores = stores(place).await;
        let user = place.store.test_user("ada").await.id;
        let mut known = None;
        for round in 0..2 {
            let sent: Vec<_> = (0..20)
                .map(|n| {
                    let store = stores[n % 2].clone();
                    // Begins a thread first, goes on in it then.
                    let mut turn = match known {
                        None => first_turn(user, "once", 1),
                        Some(thread) => next_turn(user, thread, "once", 1),
                    };
                    turn.run.client_id = Some(format!("command {round}"));
                    tokio::spawn(async move { store.submit(turn).await.unwrap() })
                })
                .collect();
            let (mut runs, mut first, mut thread) = (HashSet::new(), 0, None);
            for turn in sent {
                let turn = turn.await.unwrap();
                runs.insert((turn.run, turn.message.id, turn.answer.id));
                first += usize::from(!turn.repeated);
                thread = Some(turn);
            }
            assert_eq!((runs.len(), first), (1, 1));
            let turn = thread.unwrap();
            place.store.test_complete(&turn, "", 1).await.unwrap();
            known = Some(turn.thread.id);
        }
        assert_eq!(place.store.sidebar(user, 0, 15).await.unwrap().total, 1);
        assert_eq!(place.store.window(known.unwrap(), None, 30).await.unwrap().rows.len(), 4);
        stores[1].close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_at_once_waits_for_each_other_but_never_in_a_circle() {
    on_both(async |place| {
        let stores = stores(place).await;
        let user = place.store.test_user("ada").await.id;
        let mut workers = Vec::new();
        for n in 0..8usize {
            let (store, other) = (stores[n % 2].clone(), stores[(n + 1) % 2].clone());
            workers.push(tokio::spawn(async move {
                let meta = Meta::default();
                for round in 0..12 {
                    let turn = store.submit(first_turn(user, "hello", 1)).await.unwrap();
                    let (id, run, answer) = (turn.thread.id, turn.run, turn.answer.id);
                    let late = says("done");
                    let (saved, settled, renamed, deleted, again) = tokio::join!(
                        store.save(run, answer, grown(0, "so far"), 10, 2),
                        other.settle(run, answer, Status::Completed, &late, &meta, "done", 3),
                        store.rename(user, id, "name", 4),
                        async {
                            match round % 2 {
                                0 => other.delete(user, id).await,
                                _ => Ok(false),
                            }
                        },
                        other.submit(next_turn(user, id, "more", 5)),
                    );
                    saved.unwrap();
                    settled.unwrap();
                    deleted.unwrap();
                    for result in [renamed.map(|_| ()), again.map(|_| ())] {
                        assert!(matches!(result, Ok(()) | Err(Error::NotFound | Error::Busy(_))), "{result:?}");
                    }
                }
            }));
        }
        for worker in workers {
            worker.await.unwrap();
        }
        let list = place.store.sidebar(user, 0, 200).await.unwrap();
        assert_eq!((list.rows.len(), list.total), (48, 48), "six of twelve rounds of eight were deleted");
        for row in list.rows {
            let (rows,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM messages WHERE thread_id = $1")
                .bind(row.id.to_string())
                .fetch_one(&place.store.reader)
                .await
                .unwrap();
            assert_eq!(row.message_count, rows);
        }
        stores[1].close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_goes_away_leaves_nothing_half_done() {
    on_both(async |place| {
        let store = &place.store;
        let user = store.test_user("ada").await.id;
        let mut stored = 0;
        for n in 0..150u64 {
            let turn = store.submit(first_turn(user, "hello", 1));
            let patience = std::time::Duration::from_micros(n * 23 % 2000);
            stored += u32::from(tokio::time::timeout(patience, turn).await.is_ok());
        }
        // What was given up may be stored all the same, and be so only now; but whole or not at all. What is asked for after
        // it comes after it.
        store.submit(first_turn(user, "and it goes on", 1)).await.unwrap();
        stored += 1;
        let list = store.sidebar(user, 0, 500).await.unwrap();
        assert!(list.total >= stored && list.rows.len() == list.total as usize);
        for thread in list.rows {
            let rows = store.window(thread.id, None, 9).await.unwrap().rows;
            assert_eq!((rows.len(), thread.message_count), (2, 2));
            assert!(thread.running.is_some());
        }
    })
    .await;
}
