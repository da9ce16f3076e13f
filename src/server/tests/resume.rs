//! Resuming, exactly: whatever happens to a thread, to its viewers and to the server, every viewer gets each event after
//! its place once and in order, or is told to begin anew; and when all is quiet it shows what is stored.

mod steps;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use proptest::prelude::*;

use self::steps::{Deed, Step, What, step};
use super::TestApp;
use crate::{
    model::{Change, Error, Message, MessageId, Position, Role, Seq, ThreadId, fold},
    server::{
        actions::{
            Viewer,
            events::{self, Events, Sent},
            messages::{self, Draft},
            threads,
            tree::{self, Then},
        },
        store::testing::TestStore,
    },
};

const THREADS: usize = 2;
const VIEWERS: usize = 4;

/// A tab: what it shows of a thread, and where it stands.
struct Tab {
    thread: ThreadId,
    rows: Vec<Message>,
    title: Option<String>,
    position: Position,
    events: Option<Events>,
    resets: usize,
}

struct World {
    app: TestApp,
    viewer: Viewer,
    threads: Vec<ThreadId>,
    tabs: HashMap<usize, Tab>,
    sent: usize,
    resets: usize,
    /// Every row that was ever seen, with its parent; and those that were removed.
    seen: HashMap<MessageId, Option<MessageId>>,
    removed: HashSet<MessageId>,
}

impl World {
    async fn begin() -> Self {
        let app = TestApp::with(Arc::new(TestStore::sqlite().await), &["--log-memory", "0"]).await;
        app.admin().await;
        let person = app.app.store.user_by_email("ada@example.org").await.unwrap().unwrap().0;
        let viewer = Viewer { account: person, settings: Default::default() };
        let mut world = Self {
            app,
            viewer,
            threads: Vec::new(),
            tabs: HashMap::new(),
            sent: 0,
            resets: 0,
            seen: HashMap::new(),
            removed: HashSet::new(),
        };
        for _ in 0..THREADS {
            let started =
                messages::start_thread(&world.app.app, &world.viewer, draft("echo a beginning")).await.unwrap();
            world.threads.push(started.thread);
        }
        world
    }

    async fn act(&mut self, step: &Step) {
        let app = self.app.app.clone();
        match *step {
            Step::Send { thread, kind } if self.sent < 10 => {
                self.sent += 1;
                let text =
                    ["step words one two three four five six", "code", "long 12", "table error", "reasoning"][kind];
                let _ = messages::submit(&app, &self.viewer, Some(self.threads[thread]), draft(text)).await;
            }
            Step::Send { .. } => {}
            Step::Stop { thread } => {
                let run = app.store.active(self.threads[thread]).await.unwrap();
                messages::stop(&app, &self.viewer, run).await.unwrap();
            }
            Step::Rename { thread } => {
                threads::rename(&app, &self.viewer, self.threads[thread], format!("Name {}", self.sent)).await.unwrap();
            }
            Step::Open { viewer, thread } => {
                let tab = self.open(self.threads[thread]).await;
                self.tabs.insert(viewer, tab);
            }
            Step::Read { viewer, times } => {
                for _ in 0..times {
                    tokio::task::yield_now().await;
                    self.read(viewer).await;
                }
            }
            Step::Leave { viewer } => {
                if let Some(tab) = self.tabs.get_mut(&viewer) {
                    tab.events = None;
                }
            }
            Step::Return { viewer } => self.come_back(viewer).await,
            Step::Words { number } => (0..number).for_each(|_| self.app.demo.release("words")),
            Step::Restart => self.restart().await,
            Step::Tree { one, other } if self.sent < 10 => {
                self.sent += 1;
                let rows = [one, other].map(|deed| (self.row(&deed), deed.what));
                for (row, what) in &rows {
                    if let (Some(row), What::Remove) = (row, what) {
                        self.removed.insert(row.id);
                    }
                }
                let [one, other] = rows.map(|(row, what)| self.change(row, what));
                tokio::join!(one, other);
            }
            Step::Tree { .. } => {}
        }
        for tab in self.tabs.values() {
            // What waits has no place yet.
            let placed = |row: &&Message| !row.is_transient() && !row.is_queued() && row.role != Role::System;
            for row in tab.rows.iter().filter(placed) {
                self.seen.insert(row.id, row.parent);
            }
        }
    }

    /// The row that somebody would press a button of.
    fn row(&self, deed: &Deed) -> Option<Message> {
        let rows = &self.tabs.get(&deed.viewer)?.rows;
        rows.get(deed.row % rows.len().max(1)).cloned()
    }

    /// What is refused is refused whole; anything else would show.
    async fn change(&self, row: Option<Message>, what: What) {
        let Some(row) = row.filter(|row| !row.is_transient()) else { return };
        let (app, viewer, id) = (&self.app.app, &self.viewer, row.id);
        let thread = match app.store.message(viewer.account.id, id).await.unwrap() {
            Some(row) => row.thread,
            None => return,
        };
        let text = "echo otherwise";
        let done = match what {
            What::Regenerate => tree::regenerate(app, viewer, id, None).await.map(drop),
            What::Ask => tree::edit(app, viewer, id, text, Then::Ask, None).await.map(drop),
            What::Save => tree::edit(app, viewer, id, text, Then::Save, None).await.map(drop),
            What::Branch => tree::edit(app, viewer, id, text, Then::Branch, None).await.map(drop),
            What::GoOn => tree::go_on(app, viewer, id, None).await.map(drop),
            What::Show(version) => tree::show(app, viewer, id, version).await.map(drop),
            What::Remove => tree::remove(app, viewer, id).await.map(drop),
            What::Fork => tree::fork(app, viewer, id, None).await.map(drop),
            What::System(some) => tree::set_system(app, viewer, thread, if some { text } else { "" }).await,
        };
        match done {
            Ok(()) | Err(Error::Conflict { .. } | Error::NotFound) => {}
            Err(other) => panic!("{what:?}: {other:?}"),
        }
    }

    /// Whatever was seen and not removed, itself or with what it came of, is there and can be shown.
    async fn nothing_is_lost(&self) {
        let (app, user) = (&self.app.app, self.viewer.account.id);
        for &id in self.seen.keys() {
            let above = std::iter::successors(Some(id), |id| self.seen.get(id).copied().flatten());
            let removed = above.into_iter().any(|id| self.removed.contains(&id));
            let Some(row) = app.store.message(user, id).await.unwrap() else {
                assert!(removed, "{id} is gone");
                continue;
            };
            let mut way = vec![row];
            while let Some(parent) = way.last().unwrap().parent {
                way.push(app.store.message(user, parent).await.unwrap().unwrap());
            }
            for row in way.iter().rev() {
                tree::show(app, &self.viewer, row.id, u32::try_from(row.version).unwrap()).await.unwrap();
            }
            let shown = threads::snapshot(app, &self.viewer, way[0].thread).await.unwrap();
            assert!(shown.messages.iter().any(|row| row.id == id), "{id} cannot be shown");
        }
    }

    async fn open(&self, thread: ThreadId) -> Tab {
        let app = &self.app.app;
        let user = app.hub.user_seq(self.viewer.account.id);
        let page = threads::snapshot(app, &self.viewer, thread).await.unwrap();
        let position = Position { user, thread: Some(page.seq) };
        let events = events::follow(app, &self.viewer, Some(thread), position).await.unwrap();
        Tab { thread, rows: page.messages, title: page.head.title, position, events: Some(events), resets: 0 }
    }

    async fn come_back(&mut self, viewer: usize) {
        if let Some(tab) = self.tabs.get_mut(&viewer).filter(|tab| tab.events.is_none()) {
            let events = events::follow(&self.app.app, &self.viewer, Some(tab.thread), tab.position).await.unwrap();
            tab.events = Some(events);
        }
    }

    /// Takes in what is there now; false if there was nothing.
    async fn read(&mut self, viewer: usize) -> bool {
        let Some(tab) = self.tabs.get_mut(&viewer) else { return false };
        let Some(events) = &mut tab.events else { return false };
        let Poll::Ready(sent) = events.poll_next(&Context::from_waker(Waker::noop())) else { return false };
        match sent {
            Sent::Thread(entries) => {
                for (position, data) in entries {
                    follows(tab.position.thread.unwrap(), position.thread.unwrap());
                    tab.position = position;
                    let change: Change = serde_json::from_str(&data).unwrap();
                    if let Change::Thread { property: crate::model::ThreadProperty::Title(title) } = &change {
                        tab.title = title.clone();
                    }
                    fold(&mut tab.rows, change);
                }
            }
            Sent::User(entries) => {
                for (position, _) in entries {
                    follows(tab.position.user, position.user);
                    tab.position = position;
                }
            }
            Sent::Reset => {
                self.resets += 1;
                let (thread, resets) = (tab.thread, tab.resets + 1);
                let anew = self.open(thread).await;
                self.tabs.insert(viewer, Tab { resets, ..anew });
            }
        }
        true
    }

    /// The process ends and another begins with the same data; tabs lose their connections and come back by themselves.
    async fn restart(&mut self) {
        self.app.app.close().await;
        for tab in self.tabs.values_mut() {
            tab.events = None;
        }
        let database = self.app.database.clone();
        let old = std::mem::replace(&mut self.app, TestApp::with(database, &["--log-memory", "0"]).await);
        drop(old);
    }

    /// Until nothing runs and nothing waits, and every tab has taken everything in.
    async fn rest(&mut self) {
        let app = self.app.app.clone();
        for &thread in &self.threads {
            loop {
                // In this order: what leaves the queue is a run at that very moment.
                let empty = app.store.queue(thread).await.unwrap().is_empty();
                if empty && app.store.active(thread).await.unwrap().is_none() {
                    break;
                }
                // What waits after a failure is sent by its person.
                app.runs.send_next(thread).await;
                self.app.demo.release("words");
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
        for viewer in 0..VIEWERS {
            self.come_back(viewer).await;
            // Nothing more happens but the last words of a run that the store knows to be over.
            while let Some(tab) = self.tabs.get(&viewer) {
                let quiet = app.hub.live(tab.thread).1 == Default::default();
                if !self.read(viewer).await {
                    let tab = &self.tabs[&viewer];
                    if quiet && tab.position.thread == Some(app.hub.live(tab.thread).0) {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
            }
        }
    }
}

/// Each event is the one after the last.
fn follows(last: Seq, next: Seq) {
    assert_eq!((next.epoch, next.number), (last.epoch, last.number + 1), "an event is missing or came twice");
}

fn draft(text: &str) -> Draft {
    Draft { text: text.into(), model: None, client: None }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_viewer_ends_with_what_is_stored(steps in prop::collection::vec(step(), 10..50)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let mut world = World::begin().await;
            for step in &steps {
                world.act(step).await;
            }
            world.rest().await;
            for tab in world.tabs.values() {
                let stored = threads::snapshot(&world.app.app, &world.viewer, tab.thread).await.unwrap();
                assert_eq!(tab.rows, stored.messages);
                assert_eq!(tab.title, stored.head.title);
                assert!(stored.head.run.is_none());
            }
            world.nothing_is_lost().await;
            world.app.app.close().await;
        });
    }
}

/// As many as the tests have time for, or as many as are asked for.
fn cases() -> u32 {
    std::env::var("SKEIN_TEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(24)
}
