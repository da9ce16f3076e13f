//! Whatever people and runs do, in whatever order: the store and a model of it in memory agree.

mod compare;
mod expected;

use proptest::{prelude::*, test_runner::TestCaseError};

use self::{
    compare::check,
    expected::{Expected, Thread, pick},
};
use crate::{
    model::{Meta, Role, Status, Usage, UserId},
    server::store::{
        About, Ask, Error, GoOn, NewAnswer, Rewrite, Store, TitleSource,
        testing::{TestStore, first_turn, fresh, grown, new_run, next_turn, says},
    },
};

/// One step. Numbers choose among what there is; some choose what there is not.
#[derive(Clone, Debug)]
enum Step {
    Start,
    Submit(usize),
    Save(usize),
    Settle(usize, Status, u32),
    Ask(usize, usize),
    Edit(usize, usize),
    Rewrite(usize, usize, bool),
    GoOn(usize, usize),
    Show(usize, usize, u32),
    Prune(usize, usize),
    Repair(usize),
    Rename(usize),
    ModelTitle(usize),
    Delete(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let status = prop_oneof![Just(Status::Completed), Just(Status::Failed), Just(Status::Cancelled)];
    prop_oneof![
        2 => Just(Step::Start),
        6 => (0..6usize).prop_map(Step::Submit),
        3 => (0..6usize).prop_map(Step::Save),
        8 => (0..6usize, status, 0..1000u32).prop_map(|(thread, status, tokens)| Step::Settle(thread, status, tokens)),
        4 => (0..6usize, 0..20usize).prop_map(|(thread, row)| Step::Ask(thread, row)),
        3 => (0..6usize, 0..20usize).prop_map(|(thread, row)| Step::Edit(thread, row)),
        3 => (0..6usize, 0..20usize, any::<bool>()).prop_map(|(thread, row, new)| Step::Rewrite(thread, row, new)),
        2 => (0..6usize, 0..20usize).prop_map(|(thread, row)| Step::GoOn(thread, row)),
        6 => (0..6usize, 0..20usize, 0..5u32).prop_map(|(thread, row, version)| Step::Show(thread, row, version)),
        2 => (0..6usize, 0..20usize).prop_map(|(thread, row)| Step::Prune(thread, row)),
        1 => (0..6usize).prop_map(Step::Repair),
        1 => (0..6usize).prop_map(Step::Rename),
        1 => (0..6usize).prop_map(Step::ModelTitle),
        1 => (0..6usize).prop_map(Step::Delete),
    ]
}

async fn act(store: &Store, user: UserId, expected: &mut Expected, step: &Step, now: i64) {
    let meta = Meta { usage: None, ..Meta::default() };
    match *step {
        Step::Start => {
            let turn = store.submit(first_turn(user, "question", now)).await.unwrap();
            let (id, run) = (turn.thread.id, (turn.run, 1));
            let mut thread = Thread { id, rows: vec![], leaf: None, run, running: true, last: now, title: "a title" };
            let question = thread.push(turn.message.id, None, Role::User, "question");
            thread.leaf = Some(thread.push(turn.answer.id, Some(question), Role::Assistant, ""));
            expected.threads.push(thread);
        }
        Step::Submit(n) => match pick(&mut expected.threads, n) {
            None => {
                let id = expected.gone.last().map_or_else(fresh, |thread| thread.id);
                assert!(matches!(store.submit(next_turn(user, id, "x", now)).await, Err(Error::NotFound)));
            }
            Some(thread) => match store.submit(next_turn(user, thread.id, "more", now)).await {
                Err(Error::Busy(run)) => assert!(thread.running && run == thread.run.0),
                result => {
                    let turn = result.unwrap();
                    assert!(!thread.running);
                    let question = thread.push(turn.message.id, thread.leaf, Role::User, "more");
                    let answer = thread.push(turn.answer.id, Some(question), Role::Assistant, "");
                    thread.answered_by(turn.run, answer, now);
                }
            },
        },
        Step::Save(n) => {
            let thread = match pick(&mut expected.threads, n) {
                Some(thread) => thread,
                None => match expected.gone.last_mut() {
                    Some(thread) => thread,
                    None => return,
                },
            };
            let answer = &mut thread.rows[thread.run.1];
            let saved = store.save(thread.run.0, answer.id, grown(0, "partly"), now, now).await.unwrap();
            assert_eq!(saved, thread.running);
            if saved {
                answer.text = answer.base.clone() + "partly";
            }
        }
        Step::Settle(n, status, tokens) => {
            let Some(thread) = pick(&mut expected.threads, n) else { return };
            let answer = thread.rows[thread.run.1].id;
            let usage =
                Some(Usage { prompt_tokens: tokens, completion_tokens: 1, estimated: true, ..Usage::default() });
            let meta = Meta { usage, ..meta };
            let settled = store.settle(thread.run.0, answer, status, &says("done"), &meta, "", now).await.unwrap();
            assert_eq!(settled.is_some(), thread.running);
            if thread.running {
                thread.running = false;
                let row = &mut thread.rows[thread.run.1];
                (row.status, row.text, row.tokens) = (status, "done".into(), i64::from(tokens) + 1);
                thread.last = thread.last.max(now);
            }
        }
        Step::Ask(n, row) => {
            let Some(thread) = pick(&mut expected.threads, n) else { return };
            let Some(row) = thread.row(row) else { return };
            let known = thread.rows[row].clone();
            let (answer, run) = (NewAnswer { id: fresh(), meta }, new_run(now));
            let about = About::Row(known.id);
            match store.ask(Ask { user, thread: thread.id, about, answer, run, model: None, now }).await {
                Err(Error::Busy(run)) => assert!(thread.running && run == thread.run.0),
                Err(Error::NotFound) => assert!(!thread.running && known.gone),
                result => {
                    let turn = result.unwrap();
                    assert!(!thread.running && !known.gone);
                    let parent = if known.role == Role::User { Some(row) } else { known.parent };
                    let answer = thread.push(turn.answer.id, parent, Role::Assistant, "");
                    thread.answered_by(turn.run, answer, now);
                }
            }
        }
        Step::Edit(n, row) => {
            let Some(thread) = pick(&mut expected.threads, n) else { return };
            let Some(row) = thread.row(row) else { return };
            let known = thread.rows[row].clone();
            let (answer, run, version) = (NewAnswer { id: fresh(), meta }, new_run(now), fresh());
            let about = About::Edited { message: known.id, version, text: "edited".into(), title: None };
            match store.ask(Ask { user, thread: thread.id, about, answer, run, model: None, now }).await {
                Err(Error::Busy(run)) => assert!(thread.running && run == thread.run.0),
                Err(Error::NotFound) => assert!(!thread.running && (known.gone || known.role != Role::User)),
                result => {
                    let turn = result.unwrap();
                    assert!(!thread.running && !known.gone && known.role == Role::User);
                    let question = match thread.versions(Some(row)).is_empty() {
                        true => row,
                        false => thread.push(version, known.parent, Role::User, ""),
                    };
                    thread.rows[question].text = "edited".into();
                    let answer = thread.push(turn.answer.id, Some(question), Role::Assistant, "");
                    thread.answered_by(turn.run, answer, now);
                }
            }
        }
        Step::Rewrite(n, row, new) => {
            let Some(thread) = pick(&mut expected.threads, n) else { return };
            let Some(row) = thread.row(row) else { return };
            let known = thread.rows[row].clone();
            let (id, text) = (fresh(), "rewritten".to_owned());
            let version = new.then_some(id);
            let rewrite = Rewrite { user, thread: thread.id, message: known.id, text, version, title: None, now };
            match store.rewrite(rewrite).await {
                Err(Error::NotFound) => assert!(known.gone || !known.status.is_settled()),
                result => {
                    let done = result.unwrap();
                    assert!(!known.gone && known.status.is_settled());
                    let unanswered = known.role == Role::User && thread.versions(Some(row)).is_empty();
                    assert_eq!(done.after.is_some(), new && !unanswered);
                    if done.after.is_some() {
                        thread.leaf = Some(thread.push(id, known.parent, known.role, "rewritten"));
                        thread.last = thread.last.max(now);
                    } else {
                        let row = &mut thread.rows[row];
                        (row.text, row.status) = ("rewritten".into(), Status::Completed);
                    }
                }
            }
        }
        Step::GoOn(n, row) => {
            let Some(thread) = pick(&mut expected.threads, n) else { return };
            let Some(row) = thread.row(row) else { return };
            let known = thread.rows[row].clone();
            let (answer, run) = (known.id, new_run(now));
            match store.go_on(GoOn { user, thread: thread.id, answer, run, model: None, now }).await {
                Err(Error::Busy(run)) => assert!(thread.running && run == thread.run.0),
                Err(Error::NotFound) => assert!(thread.leaf != Some(row) || known.role == Role::User),
                result => {
                    let turn = result.unwrap();
                    assert!(!thread.running && thread.leaf == Some(row) && known.role == Role::Assistant);
                    (thread.run, thread.running) = ((turn.run, row), true);
                    let row = &mut thread.rows[row];
                    (row.status, row.base) = (Status::Running, row.text.clone());
                }
            }
        }
        Step::Show(n, row, version) => {
            let Some(thread) = pick(&mut expected.threads, n) else { return };
            let Some(row) = thread.row(row) else { return };
            let known = thread.rows[row].clone();
            let versions = thread.versions(known.parent);
            let chosen = (version as usize).checked_sub(1).and_then(|at| versions.get(at)).filter(|_| !known.gone);
            match store.show_version(user, thread.id, known.id, version, now).await {
                Err(Error::NotFound) => assert!(chosen.is_none()),
                result => {
                    let shown = result.unwrap();
                    let &chosen = chosen.unwrap();
                    assert_eq!(shown.row, thread.rows[chosen].id);
                    assert_eq!(shown.after.is_none(), thread.path().contains(&chosen));
                    if let Some(after) = shown.after {
                        let before = thread.path();
                        thread.leaf = Some(thread.newest_below(chosen));
                        let kept = before.iter().zip(thread.path()).take_while(|(a, b)| **a == *b).last();
                        assert_eq!(after, kept.map_or(0, |(row, _)| *row as i64 + 1), "what both ways have stays");
                        let path = thread.path();
                        let onward: Vec<_> = path.iter().filter(|row| **row as i64 + 1 > after).collect();
                        for (most, newest) in
                            [1, 3, 30].into_iter().flat_map(|most| [(most, None), (most, Some(shown.row))])
                        {
                            let told = store.onward(thread.id, after, newest, most).await.unwrap();
                            let ids: Vec<_> = told.rows.iter().map(|row| row.id).collect();
                            let (rows, rest) = onward.split_at(onward.len().min(most as usize));
                            assert_eq!(ids, rows.iter().map(|row| thread.rows[**row].id).collect::<Vec<_>>());
                            assert_eq!(told.next, rest.first().map(|row| **row as i64 + 1));
                        }
                    }
                }
            }
        }
        Step::Prune(n, row) => {
            let Some(thread) = pick(&mut expected.threads, n) else { return };
            let Some(row) = thread.row(row) else { return };
            let known = thread.rows[row].clone();
            let count = store.below(thread.id, known.id).await.unwrap().0;
            match store.prune(user, thread.id, known.id, now).await {
                Err(Error::NotFound) => assert!(known.gone),
                result => {
                    let pruned = result.unwrap();
                    let shown = thread.path().contains(&row);
                    let below = thread.below(row);
                    assert_eq!((pruned.rows, count), (below.len() as u64, below.len() as u64));
                    assert_eq!(
                        (pruned.shown, pruned.after),
                        (shown, known.parent.map_or(0, |parent| parent as i64 + 1))
                    );
                    below.iter().for_each(|&row| thread.rows[row].gone = true);
                    thread.running &= !below.contains(&thread.run.1);
                    if shown {
                        let left = thread.versions(known.parent).last().map(|&newest| thread.newest_below(newest));
                        thread.leaf = left.or(known.parent);
                    }
                }
            }
        }
        Step::Repair(n) => {
            let Some(thread) = pick(&mut expected.threads, n) else { return };
            let repaired = store.repair(thread.id).await.unwrap();
            assert_eq!((repaired.rows, repaired.orphans, repaired.leaf), (0, 0, false), "all is as it should be");
        }
        Step::Rename(n) => match pick(&mut expected.threads, n) {
            None => assert!(matches!(store.rename(user, fresh(), "x", now).await, Err(Error::NotFound))),
            Some(thread) => {
                store.rename(user, thread.id, "mine", now).await.unwrap();
                thread.title = "mine";
            }
        },
        Step::ModelTitle(n) => {
            let Some(thread) = pick(&mut expected.threads, n) else { return };
            let set = store.set_title(thread.id, "a model's", TitleSource::Model, now).await.unwrap();
            assert_eq!(set.is_some(), thread.title != "mine");
            if set.is_some() {
                thread.title = "a model's";
            }
        }
        Step::Delete(n) => {
            let at = n % (expected.threads.len() + 1);
            let id = expected.threads.get(at).map_or_else(fresh, |thread| thread.id);
            assert_eq!(store.delete(user, id).await.unwrap(), at < expected.threads.len());
            if at < expected.threads.len() {
                let mut thread = expected.threads.remove(at);
                thread.running = false;
                expected.gone.push(thread);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_store_does_what_its_model_does(
        steps in prop::collection::vec((step(), -1..3i64), 1..60),
        limit in 1..6u32,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let place = TestStore::sqlite().await;
            let user = place.store.test_user("ada").await.id;
            let mut expected = Expected::default();
            let mut now = 1000;
            for (step, later) in &steps {
                now += later;
                act(&place.store, user, &mut expected, step, now).await;
            }
            check(&place.store, user, &expected, limit).await;
            place.finish().await;
            Ok::<(), TestCaseError>(())
        })?;
    }
}
