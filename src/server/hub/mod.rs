//! The logs of what happens, for whoever is watching: one of each live thread, one of each person who has a tab open.
//!
//! A log is kept in memory and bounded; it wakes and carries, the store is the truth. A follower that is from another
//! life of a log, or too far behind, is told to begin anew ([`Next::Reset`]).

mod followers;
mod kept;
mod live;
mod log;
mod packed;
mod places;

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

pub use live::Live;
pub use log::{Entry, Follower, Next};
pub use places::{Place, Places};

use crate::model::{Change, Notice, Seq, ThreadId, UserId};
use kept::Memory;
use log::Log;

/// How long a log that nobody follows and nothing happens in is kept, so that a hidden tab can come back to it.
const IDLE: Duration = Duration::from_secs(300);
/// Above this many logs of a kind, idle ones are dropped at once.
const MANY: usize = 10_000;

/// The hub of one process.
pub struct Hub {
    threads: Mutex<Logs<ThreadId, Live>>,
    users: Mutex<Logs<UserId, ()>>,
}

impl Hub {
    /// All its logs together remember about so many bytes of events.
    pub fn new(most_bytes: usize) -> Self {
        let memory = Memory::new(most_bytes);
        Self { threads: Mutex::new(Logs::new(memory.clone())), users: Mutex::new(Logs::new(memory)) }
    }

    /// The log of a thread. It is used when that of all of them is not locked any more: one thread waits for no other.
    fn thread(&self, thread: ThreadId) -> Arc<Log<Live>> {
        lock(&self.threads).get(thread)
    }

    fn user(&self, user: UserId) -> Arc<Log<()>> {
        lock(&self.users).get(user)
    }

    /// A thread's log at hand, for who appends much to it.
    pub fn pen(&self, thread: ThreadId) -> Pen {
        Pen(self.thread(thread))
    }

    /// Makes a change of a thread known to everyone who follows it.
    pub fn append(&self, thread: ThreadId, change: Change) -> Seq {
        self.thread(thread).append(change)
    }

    /// The same with a change that is made of the rows that are not settled, as they are at its very place in the log.
    /// None: it is not to be made.
    pub fn append_with(&self, thread: ThreadId, make: impl FnOnce(&Live) -> Option<Change>) -> Option<Seq> {
        self.thread(thread).append_with(make)
    }

    /// Tells all tabs of one person.
    pub fn notify(&self, user: UserId, notice: Notice) -> Seq {
        self.user(user).append(notice)
    }

    /// Where a thread's log stands, and the rows in it that are not settled yet, as of that very place. Rows that are
    /// not among them are to be read from the store *after* this call; together they are what a snapshot is.
    pub fn live(&self, thread: ThreadId) -> (Seq, Live) {
        self.thread(thread).state()
    }

    /// Where a person's own log stands. Lists are to be read after this call.
    pub fn user_seq(&self, user: UserId) -> Seq {
        self.user(user).state().0
    }

    /// Drops logs that nobody has needed for a while. To be called once in a while.
    pub fn sweep(&self) {
        lock(&self.threads).sweep(IDLE);
        lock(&self.users).sweep(IDLE);
    }

    /// How much is held, for whoever operates the server.
    pub fn held(&self) -> AllHeld {
        AllHeld { threads: lock(&self.threads).held(), users: lock(&self.users).held() }
    }

    /// Follows a thread from just after `after`.
    pub fn follow(&self, thread: ThreadId, after: Seq) -> Follower<Live> {
        self.thread(thread).follow(after)
    }

    /// Whether anybody follows a thread just now.
    pub fn is_watched(&self, thread: ThreadId) -> bool {
        lock(&self.threads).find(thread).is_some_and(|log| log.is_followed())
    }

    /// Follows a person's own log from just after `after`.
    pub fn follow_user(&self, user: UserId, after: Seq) -> Follower<()> {
        self.user(user).follow(after)
    }
}

/// Appends to the log of one thread, which stays as long as this does.
pub struct Pen(Arc<Log<Live>>);

impl Pen {
    /// As [`Hub::append`].
    pub fn append(&self, change: Change) -> Seq {
        self.0.append(change)
    }
}

/// What the logs of one kind hold together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Held {
    pub logs: usize,
    pub events: usize,
    /// Of the events' data.
    pub bytes: usize,
}

/// What all logs hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AllHeld {
    pub threads: Held,
    pub users: Held,
}

/// The logs of one kind, by their owner.
struct Logs<K, S> {
    all: HashMap<K, Arc<Log<S>>>,
    memory: Arc<Memory>,
}

impl<K: Eq + Hash + Copy, S: log::State> Logs<K, S> {
    fn new(memory: Arc<Memory>) -> Self {
        Self { all: HashMap::new(), memory }
    }

    fn get(&mut self, owner: K) -> Arc<Log<S>> {
        if let Some(log) = self.all.get(&owner) {
            return log.clone();
        }
        if self.all.len() >= MANY {
            self.sweep(Duration::ZERO);
        }
        let log = Arc::new(Log::new(self.memory.clone()));
        self.all.insert(owner, log.clone());
        log
    }

    fn find(&self, owner: K) -> Option<&Arc<Log<S>>> {
        self.all.get(&owner)
    }

    fn held(&self) -> Held {
        self.all.values().fold(Held { logs: self.all.len(), ..Held::default() }, |all, log| {
            let (events, bytes) = log.held();
            Held { events: all.events + events, bytes: all.bytes + bytes, ..all }
        })
    }

    fn sweep(&mut self, idle: Duration) {
        self.all.retain(|_, log| Arc::strong_count(log) > 1 || !log.is_idle(idle));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
