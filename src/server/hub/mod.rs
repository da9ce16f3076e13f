//! The logs of what happens, for whoever is watching: one of each live thread, one of each person who has a tab open.
//!
//! A log is kept in memory and bounded; it wakes and carries, the store is the truth. A follower that is from another
//! life of a log, or too far behind, is told to begin anew ([`Next::Reset`]).

mod live;
mod log;
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
use log::Log;

/// How long a log that nobody follows and nothing happens in is kept, so that a hidden tab can come back to it.
const IDLE: Duration = Duration::from_secs(300);
/// Above this many logs of a kind, idle ones are dropped at once.
const MANY: usize = 10_000;

/// The hub of one process.
#[derive(Default)]
pub struct Hub {
    threads: Mutex<Logs<ThreadId, Live>>,
    users: Mutex<Logs<UserId, ()>>,
}

impl Hub {
    /// Makes a change of a thread known to everyone who follows it.
    pub fn append(&self, thread: ThreadId, change: Change) -> Seq {
        lock(&self.threads).get(thread).append(change)
    }

    /// Tells all tabs of one person.
    pub fn notify(&self, user: UserId, notice: Notice) -> Seq {
        lock(&self.users).get(user).append(notice)
    }

    /// Where a thread's log stands, and the rows in it that are not settled yet, as of that very place. Rows that are
    /// not among them are to be read from the store *after* this call; together they are what a snapshot is.
    pub fn live(&self, thread: ThreadId) -> (Seq, Live) {
        lock(&self.threads).get(thread).state()
    }

    /// Where a person's own log stands. Lists are to be read after this call.
    pub fn user_seq(&self, user: UserId) -> Seq {
        lock(&self.users).get(user).state().0
    }

    /// Drops logs that nobody has needed for a while. To be called once in a while.
    pub fn sweep(&self) {
        lock(&self.threads).sweep(IDLE);
        lock(&self.users).sweep(IDLE);
    }

    /// Follows a thread from just after `after`.
    pub fn follow(&self, thread: ThreadId, after: Seq) -> Follower<Live> {
        lock(&self.threads).get(thread).follow(after)
    }

    /// Follows a person's own log from just after `after`.
    pub fn follow_user(&self, user: UserId, after: Seq) -> Follower<()> {
        lock(&self.users).get(user).follow(after)
    }
}

/// The logs of one kind, by their owner.
struct Logs<K, S>(HashMap<K, Arc<Log<S>>>);

impl<K, S> Default for Logs<K, S> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash + Copy, S: log::State> Logs<K, S> {
    fn get(&mut self, owner: K) -> Arc<Log<S>> {
        if let Some(log) = self.0.get(&owner) {
            return log.clone();
        }
        if self.0.len() >= MANY {
            self.sweep(Duration::ZERO);
        }
        self.0.entry(owner).or_default().clone()
    }

    fn sweep(&mut self, idle: Duration) {
        self.0.retain(|_, log| Arc::strong_count(log) > 1 || !log.is_idle(idle));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
