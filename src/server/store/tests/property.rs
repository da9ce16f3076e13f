//! Whatever people and runs do, in whatever order: the store and a model of it in memory agree.

use proptest::{prelude::*, test_runner::TestCaseError};

use crate::{
    model::{MessageId, Meta, RunId, Status, ThreadId, Usage, UserId},
    server::store::{
        Error, NewAnswer, Retry, Store, TitleSource,
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
    Retry(usize, usize),
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
        4 => (0..6usize, 0..12usize).prop_map(|(thread, row)| Step::Retry(thread, row)),
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
    leaf: usize,
    /// The last run and the answer it writes.
    run: (RunId, usize),
    running: bool,
    tokens: i64,
    last: i64,
    title: &'static str,
}

#[derive(Clone)]
struct Row {
    id: MessageId,
    parent: Option<usize>,
    status: Status,
    text: String,
}

impl Thread {
    fn path(&self) -> Vec<usize> {
        let mut path: Vec<usize> = std::iter::successors(Some(self.leaf), |&row| self.rows[row].parent).collect();
        path.reverse();
        path
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
            let row = |id, parent, status, text: &str| Row { id, parent, status, text: text.into() };
            let rows = vec![
                row(turn.message.id, None, Status::Completed, "question"),
                row(turn.answer.id, Some(0), Status::Running, ""),
            ];
            let (id, run) = (turn.thread.id, (turn.run, 1));
            let thread = Thread { id, rows, leaf: 1, run, running: true, tokens: 0, last: now, title: "a title" };
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
                    let (at, parent) = (thread.rows.len(), Some(thread.leaf));
                    let (text, status) = ("more".to_owned(), Status::Completed);
                    thread.rows.push(Row { id: turn.message.id, parent, status, text });
                    let (text, status) = (String::new(), Status::Running);
                    thread.rows.push(Row { id: turn.answer.id, parent: Some(at), status, text });
                    (thread.leaf, thread.run, thread.running) = (at + 1, (turn.run, at + 1), true);
                    thread.last = thread.last.max(now);
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
            let answer = thread.rows[thread.run.1].id;
            let saved = store.save(thread.run.0, answer, grown(0, "partly"), now, now).await.unwrap();
            assert_eq!(saved, thread.running);
            if saved {
                thread.rows[thread.run.1].text = "partly".into();
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
                thread.rows[thread.run.1].status = status;
                thread.rows[thread.run.1].text = "done".into();
                thread.tokens += i64::from(tokens) + 1;
                thread.last = thread.last.max(now);
            }
        }
        Step::Retry(n, row) => {
            let Some(thread) = pick(&mut expected.threads, n) else { return };
            let row = row % thread.rows.len();
            let answer = NewAnswer { id: fresh(), meta };
            let (failed, run) = (thread.rows[row].id, new_run(now));
            let retry = Retry { user, thread: thread.id, failed, answer, run, model: None, now };
            match store.retry(retry).await {
                Err(Error::Busy(run)) => assert!(thread.running && run == thread.run.0),
                Err(Error::NotFound) => assert!(!thread.running && !is_answer(thread, row)),
                result => {
                    let turn = result.unwrap();
                    assert!(!thread.running && is_answer(thread, row));
                    let parent = thread.rows[row].parent;
                    thread.rows.push(Row { id: turn.answer.id, parent, status: Status::Running, text: String::new() });
                    thread.leaf = thread.rows.len() - 1;
                    (thread.run, thread.running) = ((turn.run, thread.leaf), true);
                    thread.last = thread.last.max(now);
                }
            }
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

/// A row is an answer where its text or status says so: questions are settled from the start and never change.
fn is_answer(thread: &Thread, row: usize) -> bool {
    !matches!(thread.rows[row].text.as_str(), "question" | "more")
}

async fn check(store: &Store, user: UserId, expected: &Expected, limit: u32) {
    for thread in &expected.threads {
        let stored = store.thread(user, thread.id).await.unwrap().unwrap();
        assert_eq!(stored.message_count, thread.rows.len() as i64);
        assert_eq!((stored.token_total, stored.last_message_at), (thread.tokens, thread.last));
        assert_eq!(stored.leaf, Some(thread.rows[thread.leaf].id));
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
        for (row, at) in seen.iter().zip(path) {
            let known = &thread.rows[at];
            assert_eq!((row.id, row.sequence), (known.id, at as i64 + 1), "rows are numbered as they came");
            assert_eq!(row.parent, known.parent.map(|parent| thread.rows[parent].id));
            assert_eq!((row.status, row.content.text.as_str()), (known.status, known.text.as_str()));
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
