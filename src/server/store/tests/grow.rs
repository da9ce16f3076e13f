//! What answers grew by, stored together.

use futures::future::join_all;

use super::group::commits;
use crate::{
    model::{MessageId, Meta, RunId, Status, Usage, UserId},
    server::store::{
        Error, Piece, Store, Turn,
        testing::{TestStore, first_turn, fresh, grown, on_both, says},
    },
};

/// More than go into one statement.
const MANY: usize = 150;

/// A person's runs under way, each in a thread of its own.
async fn runs(store: &Store, count: usize) -> (UserId, Vec<(RunId, MessageId)>) {
    let user = store.test_user("ada").await.id;
    let turns = (0..count).map(|n| store.submit(first_turn(user, &format!("question {n}"), 1)));
    let run = |turn: Result<Turn, Error>| turn.map(|turn| (turn.run, turn.answer.id)).unwrap();
    (user, join_all(turns).await.into_iter().map(run).collect())
}

async fn stored(store: &Store, user: UserId, answer: MessageId) -> (String, Meta) {
    let row = store.message(user, answer).await.unwrap().unwrap();
    (row.content.text, row.meta)
}

#[tokio::test]
async fn each_of_many_is_told_what_became_of_its_own() {
    on_both(async |place| {
        let store = &place.store;
        let (user, all) = runs(store, MANY).await;
        // Some have ended, and of some the answer is another's.
        for (run, answer) in all.iter().skip(3).step_by(10) {
            let settled = store.settle(*run, *answer, Status::Completed, &says("whole"), &Meta::default(), "", 5).await;
            assert!(settled.unwrap().is_some());
        }
        let foreign: MessageId = fresh();
        let answer_of = |n: usize| if n % 10 == 7 { foreign } else { all[n].1 };
        for round in 0..2 {
            let save = |n: usize| {
                let usage = Usage { completion_tokens: n as u32, ..Usage::default() };
                let meta = (n % 10 == 1).then(|| Meta { usage: Some(usage), ..Meta::default() });
                let piece = Piece { meta, ..grown(round * 100, &format!(" piece {n}, {round}")) };
                store.save(all[n].0, answer_of(n), piece, 77_000 + n as i64, 9)
            };
            // One of them twice at the same place: the later one takes the other's.
            let again = store.save(all[0].0, all[0].1, grown(round * 100, &format!(" again, {round}")), 77_000, 9);
            let (told, again) = tokio::join!(join_all((0..MANY).map(save)), again);
            assert!(again.unwrap());
            for (n, told) in told.into_iter().enumerate() {
                assert_eq!(told.unwrap(), ![3, 7].contains(&(n % 10)), "{n}");
            }
        }
        for (n, (_, answer)) in all.iter().enumerate() {
            let expected = match n {
                0 => " again, 0 again, 1".to_owned(),
                _ if n % 10 == 3 => "whole".to_owned(),
                _ if n % 10 == 7 => String::new(),
                _ => format!(" piece {n}, 0 piece {n}, 1"),
            };
            assert_eq!(stored(store, user, *answer).await.0, expected);
        }
        let counted = stored(store, user, all[21].1).await.1.usage;
        assert_eq!(counted.map(|usage| usage.completion_tokens), Some(21));
        // Each lives on at least as long as it said.
        assert!(store.stale(77_000, None).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_comes_together_is_one_commit_or_two() {
    let test = TestStore::sqlite().await;
    let (user, all) = runs(&test.store, MANY).await;
    let before = commits(&test);
    let saves = all.iter().map(|(run, answer)| test.store.save(*run, *answer, grown(0, "so far"), 99, 1));
    assert!(join_all(saves).await.into_iter().all(|told| told.unwrap()));
    // One that comes alone waits for nobody for long.
    assert!(test.store.save(all[0].0, all[0].1, grown(6, ", and on"), 99, 1).await.unwrap());
    let needed = commits(&test) - before;
    assert!((2..=4).contains(&needed), "{needed} commits for {MANY} pieces at once and one more");
    assert_eq!(stored(&test.store, user, all[0].1).await.0, "so far, and on");
    test.finish().await;
}

#[tokio::test]
async fn one_that_there_is_no_room_for_takes_no_other_with_it() {
    let test = TestStore::sqlite().await;
    let (user, all) = runs(&test.store, 9).await;
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&test.store.writer).await.unwrap();
    let limit = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {}", pages + 40));
    sqlx::raw_sql(limit).execute(&test.store.writer).await.unwrap();
    let large = "x".repeat(1 << 20);
    let saves = all.iter().enumerate().map(|(n, (run, answer))| {
        test.store.save(*run, *answer, grown(0, if n == 4 { &large } else { "small" }), 99, 1)
    });
    for (n, told) in join_all(saves).await.into_iter().enumerate() {
        match n {
            4 => assert!(matches!(told, Err(Error::Unavailable(_))), "{told:?}"),
            _ => assert!(told.unwrap(), "{n}"),
        }
        assert_eq!(stored(&test.store, user, all[n].1).await.0, if n == 4 { "" } else { "small" });
    }
    test.finish().await;
}
