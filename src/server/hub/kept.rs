//! The events that a log remembers, bounded in count and bytes.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::packed::Packed;

/// How many events a log remembers at the least, unless they take too much.
pub(super) const MOST_EVENTS: usize = 4096;
/// How many of them are kept as they are sent, for those who follow closely, and how many of the others together.
pub(super) const RECENT: usize = 32;
pub(super) const TOGETHER: usize = 32;
/// The most bytes of events it remembers.
pub(super) const MOST_BYTES: usize = 1 << 20;
/// The same, while all logs together take more than they may.
const FEW_BYTES: usize = 16 << 10;

/// What all logs together take, and may take, in bytes of events.
#[derive(Debug)]
pub(super) struct Memory {
    taken: AtomicUsize,
    most: usize,
}

impl Memory {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { taken: AtomicUsize::new(0), most })
    }

    pub(super) fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }

    /// How much one log may keep just now.
    fn share(&self) -> usize {
        if self.taken() > self.most { FEW_BYTES } else { MOST_BYTES }
    }
}

/// The events of one log, encoded.
pub(super) struct Kept {
    /// The older ones, so many [`TOGETHER`] each but the last.
    packed: VecDeque<Packed>,
    recent: VecDeque<Arc<str>>,
    bytes: usize,
    memory: Arc<Memory>,
}

impl Kept {
    pub(super) fn new(memory: Arc<Memory>) -> Self {
        Self { packed: VecDeque::new(), recent: VecDeque::new(), bytes: 0, memory }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.old() + self.recent.len()
    }

    fn old(&self) -> usize {
        let last = self.packed.back().map_or(0, Packed::count);
        self.packed.len().saturating_sub(1) * TOGETHER + last
    }

    /// How much they take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds one, and drops the oldest where they are too many or too much.
    pub(super) fn push(&mut self, data: Arc<str>) {
        let before = self.bytes;
        self.bytes += data.len();
        self.recent.push_back(data);
        if self.recent.len() > RECENT
            && let Some(oldest) = self.recent.pop_front()
        {
            self.bytes -= oldest.len();
            self.pack(oldest);
        }
        self.note(before);
        while self.count() >= MOST_EVENTS + TOGETHER || (self.bytes > self.memory.share() && self.count() > 1) {
            let before = self.bytes;
            self.bytes -= match self.packed.pop_front() {
                Some(oldest) => oldest.size(),
                None => self.recent.pop_front().map_or(0, |oldest| oldest.len()),
            };
            self.note(before);
        }
    }

    fn pack(&mut self, event: Arc<str>) {
        if self.packed.back().is_none_or(|last| last.count() == TOGETHER) {
            self.packed.push_back(Packed::default());
        }
        if let Some(last) = self.packed.back_mut() {
            let before = last.size();
            last.push(event);
            if last.count() == TOGETHER {
                last.close();
            }
            self.bytes += last.size() - before;
        }
    }

    /// Takes note of how much it holds now, more or less than before.
    fn note(&self, before: usize) {
        // Less is a number that goes round, which the sum does too.
        self.memory.taken.fetch_add(self.bytes.wrapping_sub(before), Ordering::Relaxed);
    }

    /// Those after the first `passed`, if they are all among the newest.
    pub(super) fn recent(&self, passed: usize) -> Option<impl Iterator<Item = Arc<str>>> {
        Some(self.recent.iter().skip(passed.checked_sub(self.old())?).cloned())
    }

    /// Those after the first `passed`.
    pub(super) fn all(&self, passed: usize) -> impl Iterator<Item = Arc<str>> {
        let (skipped, rest) = match passed.checked_sub(self.old()) {
            None => (passed / TOGETHER, passed % TOGETHER),
            Some(rest) => (self.packed.len(), rest),
        };
        let old = self.packed.iter().skip(skipped).flat_map(Packed::events);
        old.chain(self.recent.iter().cloned()).skip(rest)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.memory.taken.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
