//! Whatever people and runs do, in whatever order: the store and a model of it in memory agree.

use proptest::{prelude::*, test_runner::TestCaseError};

use crate::{
    model::{MessageId, Meta, Role, RunId, Status, ThreadId, Usage, UserId},
    server::store::{
        About, Ask, Error, GoOn, Milestone, NewAnswer, Rewrite, Store, Stretch, TitleSource,
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

#[derive(Default)]
struct Expected {
    threads: Vec<Thread>,
    /// What was deleted, to be asked for again.
    gone: Vec<Thread>,
}

#[derive(Clone)]
struct Thread {
    id: ThreadId,
    rows: Vec<Row>,
    leaf: Option<usize>,
    /// The last run and the answer it writes.
    run: (RunId, usize),
    running: bool,
    last: i64,
    title: &'static str,
}

#[derive(Clone)]
struct Row {
    id: MessageId,
    parent: Option<usize>,
    role: Role,
    status: Status,
    text: String,
    /// What of it had been said before the run that writes it.
    base: String,
    tokens: i64,
    /// It was removed.
    gone: bool,
}

impl Thread {
    fn path(&self) -> Vec<usize> {
        let mut path: Vec<usize> = std::iter::successors(self.leaf, |&row| self.rows[row].parent).collect();
        path.reverse();
        path
    }

    /// Those with this parent, the oldest first.
    fn versions(&self, parent: Option<usize>) -> Vec<usize> {
        (0..self.rows.len()).filter(|&row| !self.rows[row].gone && self.rows[row].parent == parent).collect()
    }

    fn newest_below(&self, row: usize) -> usize {
        self.versions(Some(row)).last().map_or(row, |&child| self.newest_below(child))
    }

    fn below(&self, row: usize) -> Vec<usize> {
        let mut all = vec![row];
        self.versions(Some(row)).into_iter().for_each(|child| all.extend(self.below(child)));
        all
    }

    fn push(&mut self, id: MessageId, parent: Option<usize>, role: Role, text: &str) -> usize {
        let status = if role == Role::User || !text.is_empty() { Status::Completed } else { Status::Running };
        let (text, base) = (text.to_owned(), String::new());
        self.rows.push(Row { id, parent, role, status, text, base, tokens: 0, gone: false });
        self.rows.len() - 1
    }

    fn answered_by(&mut self, run: RunId, answer: usize, now: i64) {
        (self.leaf, self.run, self.running) = (Some(answer), (run, answer), true);
        self.last = self.last.max(now);
    }

    /// One of the rows, or one that was removed, or none.
    fn row(&self, n: usize) -> Option<usize> {
        (!self.rows.is_empty()).then(|| n % self.rows.len())
    }
}

fn pick<T>(all: &mut [T], n: usize) -> Option<&mut T> {
    // One in so many is nobody.
    let at = n % (all.len() + 1);
    all.get_mut(at)
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

async fn check(store: &Store, user: UserId, expected: &Expected, limit: u32) {
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
