//! The one connection a tab has to the server's events: of the open thread, and of the person.
//!
//! It follows from exactly where a page was read (`Position`), so that nothing is missed and nothing comes twice. A tab
//! that is hidden closes it and resumes when it is seen again. A browser has few connections, so the server tells a tab
//! to step back when too many others of it are seen: it then asks for what there is every second, until it is looked at
//! again. An event is folded in at once; those that come before the next frame are folded in with it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use leptos::prelude::*;

use super::{PersonView, SidebarView, ThreadView, row::set};
use crate::{
    browser::{self, Incoming},
    model::{Position, Seq, ThreadId},
};

mod catch_up;

/// The names of the events that the stream carries.
const NAMES: [&str; 4] = ["thread", "user", "reset", "yield"];
/// The first wait before connecting again, in milliseconds; it doubles up to the last.
const FIRST_WAIT_MS: i32 = 500;
const LAST_WAIT_MS: i32 = 15_000;
/// How long the stream may be down before anyone is told.
const PATIENCE_MS: i32 = 2_000;

/// How long a tab that stepped back waits until it asks again, in milliseconds.
const ASK_AGAIN_MS: i32 = 1_000;

/// How the connection stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Link {
    /// Not needed, or not needed now: nobody looks.
    Idle,
    /// On the way.
    Opening,
    Open,
    /// Down, and being tried again.
    Lost,
}

impl Link {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Opening => "opening",
            Self::Open => "open",
            Self::Lost => "lost",
        }
    }
}

/// The tab's connection. Clones are the same one.
#[derive(Clone)]
pub struct Connection {
    pub link: ArcRwSignal<Link>,
    /// It has been down for longer than a moment.
    pub away: ArcRwSignal<bool>,
    /// It is down because nobody is signed in any more.
    pub signed_out: ArcRwSignal<bool>,
    /// Whose connection it is.
    pub person: PersonView,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    sidebar: Option<SidebarView>,
    thread: Option<ThreadView>,
    position: Position,
    /// What this tab calls itself.
    tab: String,
    /// The server gave its place to another tab of the same browser.
    stepped_back: bool,
    /// Which opening of the stream is the current one; what an older one still says is not heard.
    turn: u32,
    /// Which of the planned openings is the one to carry out: the last.
    plan: u32,
    /// Which watching of a thread is the current one. Its events are folded in only as long as it is.
    watching: u32,
    /// How often in a row it failed.
    failures: u32,
    /// What came since the last one that was folded in at once.
    queue: Vec<Heard>,
    /// One was folded in since the last frame; the others wait for the next.
    framed: bool,
    /// A new snapshot is being read.
    resetting: bool,
}

struct Heard {
    watching: u32,
    name: &'static str,
    data: String,
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            link: ArcRwSignal::new(Link::Idle),
            away: ArcRwSignal::new(false),
            signed_out: ArcRwSignal::new(false),
            person: PersonView::default(),
            inner: Arc::default(),
        }
    }
}

impl Connection {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to follow the person's own channel, from where the list of threads was read.
    pub fn start(&self, sidebar: SidebarView, seq: Seq) {
        let mut inner = self.inner();
        inner.sidebar = Some(sidebar);
        inner.position.user = seq;
        drop(inner);
        self.plan(0);
    }

    /// Follows this thread, from where it was read, and no other.
    pub fn watch(&self, thread: ThreadView, seq: Seq) {
        let mut inner = self.inner();
        inner.thread = Some(thread);
        inner.position.thread = Some(seq);
        inner.stepped_back = false;
        inner.turn += 1;
        inner.watching += 1;
        drop(inner);
        self.plan(0);
    }

    /// Follows this thread no longer, if it still does.
    pub fn leave(&self, thread: &ThreadView) {
        let mut inner = self.inner();
        if inner.thread.as_ref().is_some_and(|open| open.is(thread)) {
            inner.thread = None;
            inner.position.thread = None;
            inner.turn += 1;
            inner.watching += 1;
            drop(inner);
            self.plan(0);
        }
    }

    /// The tab was hidden or shown.
    pub fn seen(&self, visible: bool) {
        if visible {
            let mut inner = self.inner();
            inner.failures = 0;
            inner.stepped_back = false;
            drop(inner);
            self.plan(0);
        } else {
            self.flush();
            self.inner().turn += 1;
            browser::close_events();
            set(&self.link, Link::Idle);
            set(&self.away, false);
        }
    }

    /// The tab is the one its person turned to: it comes first again.
    pub fn focused(&self) {
        if std::mem::take(&mut self.inner().stepped_back) {
            self.plan(0);
        }
    }

    /// A call did not get through: whether the stream still does is found out now, not when it next falls silent.
    pub fn doubt(&self) {
        if self.link.get_untracked() == Link::Open {
            self.plan(0);
        }
    }

    /// Ends following anything.
    pub fn end(&self) {
        let mut inner = self.inner();
        let (turn, plan) = (inner.turn + 1, inner.plan + 1);
        *inner = Inner { turn, plan, ..Inner::default() };
        drop(inner);
        browser::close_events();
        set(&self.link, Link::Idle);
    }

    /// Opens the stream a moment later, so that what is asked for in one go is asked of the server once.
    fn plan(&self, wait: i32) {
        let mut inner = self.inner();
        inner.plan += 1;
        let plan = inner.plan;
        drop(inner);
        let connection = self.clone();
        browser::after(wait, move || {
            if connection.inner().plan == plan {
                connection.open();
            }
        });
    }

    fn open(&self) {
        let mut inner = self.inner();
        if inner.sidebar.is_none() || inner.resetting || !browser::visible() {
            return;
        }
        inner.turn += 1;
        let turn = inner.turn;
        if inner.tab.is_empty() {
            inner.tab = browser::unique();
        }
        // What is gone is not asked for again, until the page is another one.
        let thread = inner.thread.as_ref().filter(|thread| !thread.gone.get_untracked());
        let stepped_back = inner.stepped_back;
        let url = address(inner.position, thread.map(|thread| thread.id), &inner.tab, stepped_back);
        drop(inner);
        // Who only asks is as good as connected in between.
        if self.link.get_untracked() != Link::Lost && !stepped_back {
            set(&self.link, Link::Opening);
        }
        let connection = self.clone();
        browser::open_events(&url, &NAMES, move |incoming| connection.hear(turn, incoming));
    }

    fn hear(&self, turn: u32, incoming: Incoming) {
        let mut inner = self.inner();
        if turn != inner.turn {
            return;
        }
        match incoming {
            Incoming::Open => {
                inner.failures = 0;
                drop(inner);
                set(&self.link, Link::Open);
                set(&self.away, false);
            }
            Incoming::Event { name: "reset", .. } => {
                inner.turn += 1;
                inner.queue.clear();
                drop(inner);
                browser::close_events();
                self.reset();
            }
            Incoming::Event { name: "yield", .. } => {
                // The server ends the stream with this; closing it first would cost the connection under it.
                inner.turn += 1;
                inner.stepped_back = true;
                drop(inner);
                self.plan(ASK_AGAIN_MS);
            }
            Incoming::Event { name, data, id } => {
                if let Ok(position) = id.parse() {
                    inner.position = position;
                }
                let watching = inner.watching;
                inner.queue.push(Heard { watching, name, data });
                let first = !std::mem::replace(&mut inner.framed, true);
                drop(inner);
                if first {
                    self.flush();
                    let connection = self.clone();
                    browser::frame(move || {
                        connection.inner().framed = false;
                        connection.flush();
                    });
                }
            }
            Incoming::Failed => {
                let wait = wait(inner.failures);
                inner.failures += 1;
                inner.turn += 1;
                let again = inner.failures == 2;
                drop(inner);
                self.lost(wait);
                if again {
                    self.ask_why();
                }
            }
        }
    }

    fn lost(&self, wait: i32) {
        set(&self.link, Link::Lost);
        let connection = self.clone();
        browser::after(PATIENCE_MS, move || {
            if connection.link.get_untracked() == Link::Lost {
                set(&connection.away, true);
            }
        });
        self.plan(wait);
    }
}

/// Where to follow from there.
fn address(position: Position, thread: Option<ThreadId>, tab: &str, stepped_back: bool) -> String {
    let mut address = browser::at(&format!("/events?after={position}&tab={tab}"));
    if stepped_back {
        address.push_str("&poll=true");
    }
    if let Some(thread) = thread {
        address.push_str(&format!("&thread={thread}"));
    }
    address
}

/// How long to wait after so many failures.
fn wait(failures: u32) -> i32 {
    (FIRST_WAIT_MS << failures.min(6)).min(LAST_WAIT_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_where_it_stands() {
        let user = Seq { epoch: 0xa, number: 3 };
        let thread = Seq { epoch: 0xb, number: 9 };
        assert_eq!(address(Position { thread: None, user }, None, "t", false), "/events?after=a-3&tab=t");
        let id: ThreadId = uuid::Uuid::from_u128(1).into();
        assert_eq!(
            address(Position { thread: Some(thread), user }, Some(id), "t", true),
            "/events?after=a-3~b-9&tab=t&poll=true&thread=00000000-0000-0000-0000-000000000001"
        );
    }

    #[test]
    fn it_waits_longer_each_time_but_not_for_ever() {
        let waits: Vec<_> = (0..8).map(wait).collect();
        assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
    }
}
