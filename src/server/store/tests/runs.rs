//! What is left of runs whose server is gone.

use crate::{
    model::{Failure, FailureKind, Meta, Status},
    server::store::{
        StoredContent,
        testing::{first_turn, grown, on_both, says},
    },
};

#[tokio::test]
async fn a_run_whose_lease_ran_out_is_found_and_settled_once() {
    on_both(async |place| {
        let store = &place.store;
        let user = store.test_user("ada").await.id;
        let mut turns = Vec::new();
        for (node, lease_until) in [("here", 1_000), ("here", 9_000), ("there", 500)] {
            let mut turn = first_turn(user, "hello", 1);
            turn.run.node = node.into();
            turn.run.lease_until = lease_until;
            turns.push(store.submit(turn).await.unwrap());
        }
        let found = async |now, node| {
            let stale = store.stale(now, node).await.unwrap();
            stale.iter().map(|run| turns.iter().position(|turn| turn.run == run.id).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(found(400, None).await, [] as [usize; 0]);
        assert_eq!(found(600, None).await, [2]);
        assert_eq!(found(2_000, None).await, [0, 2]);
        assert_eq!(found(400, Some("here")).await, [0, 1], "a server that starts has no run of its own");
        assert_eq!(found(400, Some("elsewhere")).await, [] as [usize; 0]);

        // A heartbeat keeps it alive.
        assert!(store.save(turns[0].run, turns[0].answer.id, grown(0, "so far"), 8_000, 2).await.unwrap());
        assert_eq!(found(2_000, None).await, [2]);
        let run = store.stale(2_000, None).await.unwrap().remove(0);
        assert_eq!((run.answer, run.thread, run.user), (turns[2].answer.id, turns[2].thread.id, user));
        assert!(run.running && run.node == "there" && run.model.as_deref() == Some("a model"));

        // Two servers find it; one settles it.
        let failure = Some(Failure::new(FailureKind::Interrupted));
        let content = StoredContent { failure, ..says("") };
        let meta = Meta::default();
        let settle = || store.settle(run.id, run.answer, Status::Failed, &content, &meta, "", 2_000);
        let (one, two) = tokio::join!(settle(), settle());
        assert_eq!([one.unwrap(), two.unwrap()].iter().flatten().count(), 1);
        assert_eq!(found(2_000, None).await, [] as [usize; 0]);
        assert!(!store.run(user, run.id).await.unwrap().unwrap().running);
        let row = store.message(user, run.answer).await.unwrap().unwrap();
        assert_eq!((row.status, row.content), (Status::Failed, content.clone()));
    })
    .await;
}
