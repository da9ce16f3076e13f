//! One log: numbered events, bounded in count and bytes, and followers that wait for the next.

use std::{
    cell::Cell,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use serde::Serialize;
use tokio::sync::watch;

use super::kept::{Kept, Memory};
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
    inner: Mutex<Inner<S>>,
    /// The number of the newest event.
    newest: watch::Sender<u64>,
}

struct Inner<S> {
    epoch: u64,
    events: Kept,
    newest: u64,
    state: S,
    touched: Instant,
}

impl<S: State> Log<S> {
    pub(super) fn new(memory: Arc<Memory>) -> Self {
        let inner = Inner {
            // Never 0, which is the epoch of the default position, before any log.
            epoch: rand::random_range(1..=u64::MAX),
            events: Kept::new(memory),
            newest: 0,
            state: S::default(),
            touched: Instant::now(),
        };
        Self { inner: Mutex::new(inner), newest: watch::Sender::new(0) }
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
        let seq = Seq { epoch: inner.epoch, number: inner.newest };
        inner.events.push(data);
        inner.state.apply(event);
        // Sent under the lock, so that the numbers arrive in order.
        self.newest.send_replace(inner.newest);
        seq
    }

    pub(super) fn state(&self) -> (Seq, S) {
        let mut inner = self.inner();
        inner.touched = Instant::now();
        (Seq { epoch: inner.epoch, number: inner.newest }, inner.state.clone())
    }

    pub(super) fn follow(self: Arc<Self>, after: Seq) -> Follower<S> {
        Follower { newest: self.newest.subscribe(), log: self, after }
    }

    pub(super) fn is_followed(&self) -> bool {
        self.newest.receiver_count() > 0
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
        let passed = inner.passed(after)?;
        let mut bytes = 0;
        let goes = |entry: &Entry| {
            // A first one always goes.
            let goes = bytes == 0 || bytes + entry.data.len() <= AT_ONCE;
            bytes += entry.data.len();
            goes
        };
        let numbers = after.number + 1..;
        let entry = |(data, number)| Entry { seq: Seq { epoch: inner.epoch, number }, data };
        Some(match inner.events.recent(passed) {
            // The usual way, which has nothing to unpack.
            Some(recent) => recent.zip(numbers).map(entry).take_while(goes).collect(),
            None => inner.events.all(passed).zip(numbers).map(entry).take_while(goes).collect(),
        })
    }
}

impl<S> Inner<S> {
    /// How many of the events are not after a place; none if some that are after it are gone, or it is not of this log's
    /// life.
    fn passed(&self, after: Seq) -> Option<usize> {
        let oldest = self.newest - self.events.count() as u64;
        let is_here = after.epoch == self.epoch && after.number <= self.newest;
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
pub struct Follower<S> {
    log: Arc<Log<S>>,
    newest: watch::Receiver<u64>,
    after: Seq,
}

impl<S: State> Follower<S> {
    /// Where this follower stands.
    pub fn seq(&self) -> Seq {
        self.after
    }

    /// Whether the log still has everything after this place.
    pub fn is_held(&self) -> bool {
        self.log.inner().passed(self.after).is_some()
    }

    /// What there is after this place by now, if anything.
    pub fn ready(&mut self) -> Option<Next> {
        let Some(entries) = self.log.after(self.after) else { return Some(Next::Reset) };
        self.after = entries.last()?.seq;
        Some(Next::Events(entries))
    }

    /// Waits for events after this place. Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Next {
        loop {
            if let Some(next) = self.ready() {
                return next;
            }
            let number = self.after.number;
            // The sender lives in the log that this follower holds, so this cannot fail.
            let _ = self.newest.wait_for(|newest| *newest > number).await;
        }
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
