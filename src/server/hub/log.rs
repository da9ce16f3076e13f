//! One log: numbered events, bounded in count and bytes, and followers that wait for the next.

use std::{
    cell::Cell,
    future::poll_fn,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use serde::Serialize;

use super::{
    followers::Followers,
    kept::{Kept, Memory},
};
use crate::model::{Notice, Seq};

/// The most bytes of events a follower is given at once, unless a single one is larger: what a slow viewer holds.
const AT_ONCE: usize = 64 << 10;

/// What a log keeps up to date by its own events.
pub trait State: Clone + Default {
    type Event: Serialize;

    fn apply(&mut self, event: Self::Event);

    /// Nothing in here would be missed.
    fn is_idle(&self) -> bool {
        true
    }
}

impl State for () {
    type Event = Notice;

    fn apply(&mut self, _: Notice) {}
}

/// An event as it goes to every viewer: encoded once.
#[derive(Clone, Debug)]
pub struct Entry {
    pub seq: Seq,
    /// JSON on one line.
    pub data: Arc<str>,
}

/// What a follower gets.
#[derive(Debug)]
pub enum Next {
    /// What came since the last call, in order, as much as goes at once; never empty.
    Events(Vec<Entry>),
    /// Events were missed for ever: take a new snapshot and follow from there.
    Reset,
}

pub(super) struct Log<S> {
    epoch: u64,
    inner: Mutex<Inner<S>>,
    /// The number of the newest event. It is changed under the lock, and may be read without.
    newest: AtomicU64,
    followers: Followers,
}

struct Inner<S> {
    events: Kept,
    newest: u64,
    state: S,
    touched: Instant,
}

impl<S: State> Log<S> {
    pub(super) fn new(memory: Arc<Memory>) -> Self {
        let (events, state) = (Kept::new(memory), S::default());
        let inner = Inner { events, newest: 0, state, touched: Instant::now() };
        Self {
            // Never 0, which is the epoch of the default position, before any log.
            epoch: rand::random_range(1..=u64::MAX),
            inner: Mutex::new(inner),
            newest: AtomicU64::new(0),
            followers: Followers::default(),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner<S>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn append(&self, event: S::Event) -> Seq {
        let data = encode(&event);
        self.put(self.inner(), event, data)
    }

    /// Appends what is made of the state as it is just before.
    pub(super) fn append_with(&self, make: impl FnOnce(&S) -> Option<S::Event>) -> Option<Seq> {
        let inner = self.inner();
        let event = make(&inner.state)?;
        let data = encode(&event);
        Some(self.put(inner, event, data))
    }

    fn put(&self, mut inner: MutexGuard<'_, Inner<S>>, event: S::Event, data: Arc<str>) -> Seq {
        inner.newest += 1;
        inner.touched = Instant::now();
        let seq = self.seq(&inner);
        inner.events.push(data);
        inner.state.apply(event);
        self.newest.store(inner.newest, Ordering::Release);
        // Nobody who is woken up has to wait for who woke them.
        drop(inner);
        self.followers.wake();
        seq
    }

    fn seq(&self, inner: &Inner<S>) -> Seq {
        Seq { epoch: self.epoch, number: inner.newest }
    }

    pub(super) fn state(&self) -> (Seq, S) {
        let mut inner = self.inner();
        inner.touched = Instant::now();
        (self.seq(&inner), inner.state.clone())
    }

    pub(super) fn follow(self: Arc<Self>, after: Seq) -> Follower<S> {
        Follower { place: self.followers.enter(), log: self, after, waker: None }
    }

    pub(super) fn is_followed(&self) -> bool {
        !self.followers.is_empty()
    }

    pub(super) fn is_idle(&self, since: Duration) -> bool {
        let inner = self.inner();
        inner.state.is_idle() && inner.touched.elapsed() >= since
    }

    /// How many events it remembers, and of how many bytes.
    pub(super) fn held(&self) -> (usize, usize) {
        let inner = self.inner();
        (inner.events.count(), inner.events.bytes())
    }

    /// The events just after a place; none if some of them are gone or the place is not of this log's life.
    fn after(&self, after: Seq) -> Option<Vec<Entry>> {
        let inner = self.inner();
        let passed = self.passed(&inner, after)?;
        let mut bytes = 0;
        let goes = |entry: &Entry| {
            // A first one always goes.
            let goes = bytes == 0 || bytes + entry.data.len() <= AT_ONCE;
            bytes += entry.data.len();
            goes
        };
        let numbers = after.number + 1..;
        let entry = |(data, number)| Entry { seq: Seq { epoch: self.epoch, number }, data };
        Some(match inner.events.recent(passed) {
            // The usual way, which has nothing to unpack.
            Some(recent) => recent.zip(numbers).map(entry).take_while(goes).collect(),
            None => inner.events.all(passed).zip(numbers).map(entry).take_while(goes).collect(),
        })
    }

    /// How many of the events are not after a place; none if some that are after it are gone, or it is not of this log's
    /// life.
    fn passed(&self, inner: &Inner<S>, after: Seq) -> Option<usize> {
        let oldest = inner.newest - inner.events.count() as u64;
        let is_here = after.epoch == self.epoch && after.number <= inner.newest;
        after.number.checked_sub(oldest).filter(|_| is_here).map(|passed| passed as usize)
    }
}

/// Our own types of plain data: encoding them cannot fail. It is done in room that the next one on this thread has too.
fn encode(event: &impl Serialize) -> Arc<str> {
    thread_local!(static ROOM: Cell<Vec<u8>> = const { Cell::new(Vec::new()) });
    let mut room = ROOM.take();
    let written = serde_json::to_writer(&mut room, event);
    let data = str::from_utf8(&room).ok().filter(|_| written.is_ok()).unwrap_or_default().into();
    room.clear();
    room.shrink_to(AT_ONCE);
    ROOM.set(room);
    data
}

/// Reads a log from some place on. Holds no events itself: a slow one costs nothing and delays nobody.
pub struct Follower<S: State> {
    log: Arc<Log<S>>,
    place: usize,
    after: Seq,
    /// What is woken up by the next event.
    waker: Option<Waker>,
}

impl<S: State> Follower<S> {
    /// Where this follower stands.
    pub fn seq(&self) -> Seq {
        self.after
    }

    /// Whether the log still has everything after this place.
    pub fn is_held(&self) -> bool {
        self.log.passed(&self.log.inner(), self.after).is_some()
    }

    /// What there is after this place by now, if anything.
    pub fn ready(&mut self) -> Option<Next> {
        let newest = Seq { epoch: self.log.epoch, number: self.log.newest.load(Ordering::Acquire) };
        if self.after == newest {
            return None;
        }
        let Some(entries) = self.log.after(self.after) else { return Some(Next::Reset) };
        self.after = entries.last()?.seq;
        Some(Next::Events(entries))
    }

    /// The same; if there is nothing, the task is woken up when there is. It stays so for all that come later: a task that
    /// goes on to do something else may be woken up for nothing.
    pub fn poll_next(&mut self, task: &Context<'_>) -> Poll<Next> {
        // Before it is looked: what comes right after that wakes it up.
        if !self.waker.as_ref().is_some_and(|waker| waker.will_wake(task.waker())) {
            self.log.followers.set(self.place, task.waker().clone());
            self.waker = Some(task.waker().clone());
        }
        self.ready().map_or(Poll::Pending, Poll::Ready)
    }

    /// Waits for events after this place. Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Next {
        poll_fn(|task| self.poll_next(task)).await
    }
}

impl<S: State> Drop for Follower<S> {
    fn drop(&mut self) {
        self.log.followers.leave(self.place);
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::kept::{MOST_BYTES, MOST_EVENTS, RECENT, TOGETHER},
        *,
    };
    use crate::model::ThreadId;

    fn log() -> Arc<Log<()>> {
        Arc::new(Log::new(Memory::new(usize::MAX)))
    }

    #[test]
    fn all_logs_together_take_no_more_than_they_may_for_long() {
        let memory = Memory::new(100 << 10);
        let logs: Vec<_> = (0..4).map(|_| Log::<()>::new(memory.clone())).collect();
        for n in 0..4000 {
            // Not like each other, or they would take too little.
            logs[n % 4].append(removed((n as u128).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)));
        }
        assert!(memory.taken() > 50 << 10, "{}", memory.taken());
        let largest = logs.iter().map(|log| log.held().1).max().unwrap();
        assert!(memory.taken() <= (100 << 10) + (1 << 10), "{}", memory.taken());
        assert!(largest < MOST_BYTES && logs.iter().all(|log| log.held().0 > 0));
        drop(logs);
        assert_eq!(memory.taken(), 0, "a log that is gone takes nothing");
    }

    fn removed(n: u128) -> Notice {
        Notice::Removed { id: ThreadId(uuid::Uuid::from_u128(n)) }
    }

    #[tokio::test]
    async fn every_follower_gets_every_event_after_its_place_once_and_in_order() {
        let log = log();
        let start = log.state().0;
        for n in 0..10 {
            log.append(removed(n));
        }
        let mut whole = log.clone().follow(start);
        let mut late = log.clone().follow(Seq { number: 7, ..start });
        let numbers = |next| match next {
            Next::Events(entries) => entries.iter().map(|entry| entry.seq.number).collect::<Vec<_>>(),
            Next::Reset => panic!("reset"),
        };
        assert_eq!(numbers(whole.next().await), (1..=10).collect::<Vec<_>>());
        assert_eq!(numbers(late.next().await), [8, 9, 10]);
        let waiting = tokio::spawn(async move { numbers(late.next().await) });
        log.append(removed(10));
        assert_eq!(waiting.await.unwrap(), [11]);
        assert_eq!(numbers(whole.next().await), [11]);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_follower_sleeps_through_an_event() {
        const EVENTS: u64 = 5000;
        let log = log();
        let start = log.state().0;
        let last = async |mut follower: Follower<()>| {
            while follower.seq().number < EVENTS {
                assert!(matches!(follower.next().await, Next::Events(_)));
                tokio::task::yield_now().await;
            }
        };
        let followers: Vec<_> = (0..3).map(|_| tokio::spawn(last(log.clone().follow(start)))).collect();
        for n in 0..EVENTS {
            log.append(removed(n.into()));
            // Now and then all of them are asleep.
            if n % 50 == 0 {
                tokio::task::yield_now().await;
            }
        }
        for follower in followers {
            follower.await.unwrap();
        }
        assert!(!log.is_followed(), "those that are gone have left");
    }

    #[tokio::test]
    async fn from_any_place_on_everything_is_as_it_was_appended() {
        let log = log();
        let start = log.state().0;
        let events: Vec<Notice> = (0..(3 * TOGETHER + RECENT / 2) as u128).map(removed).collect();
        for event in &events {
            log.append(event.clone());
        }
        for passed in 0..events.len() {
            let Next::Events(entries) = log.clone().follow(Seq { number: passed as u64, ..start }).next().await else {
                panic!("reset");
            };
            let wanted: Vec<_> = events[passed..].iter().map(encode).collect();
            assert_eq!(entries.iter().map(|entry| entry.data.clone()).collect::<Vec<_>>(), wanted);
            assert_eq!((entries[0].seq.number, entries.len()), (passed as u64 + 1, wanted.len()));
        }
    }

    #[tokio::test]
    async fn what_is_much_comes_in_parts_and_what_was_dropped_meanwhile_is_not_passed_over() {
        let log = log();
        let start = log.state().0;
        for n in 0..MOST_EVENTS as u128 {
            log.append(removed(n));
        }
        let mut follower = log.clone().follow(start);
        let mut parts = Vec::new();
        while let Some(Next::Events(entries)) = follower.ready() {
            parts.push(entries);
        }
        assert!(parts.len() > 1);
        assert!(parts.iter().all(|part| part.iter().map(|entry| entry.data.len()).sum::<usize>() <= AT_ONCE));
        let numbers: Vec<u64> = parts.iter().flatten().map(|entry| entry.seq.number).collect();
        assert_eq!(numbers, (1..=MOST_EVENTS as u64).collect::<Vec<_>>());
        // A second one has the first part when the log moves on.
        let mut slow = log.clone().follow(start);
        assert!(matches!(slow.ready(), Some(Next::Events(_))));
        for n in 0..MOST_EVENTS as u128 {
            log.append(removed(n));
        }
        assert!(matches!(slow.ready(), Some(Next::Reset)));
    }

    #[tokio::test]
    async fn a_place_that_is_gone_or_foreign_means_reset() {
        let log = log();
        let start = log.state().0;
        for n in 0..(MOST_EVENTS + TOGETHER) as u128 {
            log.append(removed(n));
        }
        let foreign = Seq { epoch: start.epoch ^ 1, number: 1 };
        let ahead = Seq { number: u64::MAX, ..start };
        for place in [start, Seq::default(), foreign, ahead] {
            assert!(matches!(log.clone().follow(place).next().await, Next::Reset), "{place:?}");
        }
        let oldest = TOGETHER as u64;
        let within = Seq { number: oldest, ..start };
        assert!(matches!(log.follow(within).next().await, Next::Events(first) if first[0].seq.number == oldest + 1));
    }
}
