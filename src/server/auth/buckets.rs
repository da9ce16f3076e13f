//! Counting against limits, in bounded memory. A bucket fills by what is done and empties with time; what would make it
//! run over has to wait. Times are handed in, in milliseconds, of a clock that nobody sets.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::{BuildHasher, Hash},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// How many buckets are kept at the most; one takes some 30 bytes.
pub(super) const MOST_BUCKETS: usize = 30_000;

/// Buckets by what they belong to.
#[derive(Debug)]
pub(super) struct Buckets {
    /// The time in which a full bucket empties.
    window: i64,
    /// Owners are only kept as keyed hashes: that bounds their size, and nobody can aim at another's bucket.
    keys: RandomState,
    /// The time at which each will be empty again.
    empty_at: Mutex<HashMap<u64, i64>>,
}

/// What one deed takes of one bucket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    key: u64,
    /// In milliseconds of the window.
    cost: i64,
}

impl Buckets {
    pub(super) fn new(window: i64) -> Self {
        Self { window, keys: RandomState::new(), empty_at: Mutex::default() }
    }

    /// The share of one deed where `limit` are let through at once.
    pub(super) fn share(&self, owner: impl Hash, limit: i64) -> Share {
        Share { key: self.keys.hash_one(owner), cost: (self.window / limit).max(1) }
    }

    /// Takes from all these buckets; or from none where one of them would run over, and says the seconds to wait.
    pub(super) fn take(&self, shares: &[Share], now: i64) -> Result<(), u32> {
        let mut all = self.lock();
        let level = |all: &HashMap<u64, i64>, key: u64| {
            // What no deed of this time could have filled is of another time: should the clock be set back nevertheless, it
            // must lock nobody out until that time comes again.
            all.get(&key).copied().filter(|empty_at| *empty_at <= now + self.window).map_or(now, |at| at.max(now))
        };
        let wait = shares.iter().map(|share| level(&all, share.key) + share.cost - self.window - now).max();
        if let Some(wait) = wait.filter(|wait| *wait > 0) {
            return Err(u32::try_from((wait + 999) / 1000).unwrap_or(u32::MAX));
        }
        if all.len() + shares.len() > MOST_BUCKETS {
            make_room(&mut all, now);
        }
        for share in shares {
            let empty_at = level(&all, share.key) + share.cost;
            all.insert(share.key, empty_at);
        }
        Ok(())
    }

    /// Undoes one taking.
    pub(super) fn give_back(&self, share: Share, now: i64) {
        let mut all = self.lock();
        if let Some(empty_at) = all.get_mut(&share.key) {
            *empty_at -= share.cost;
            if *empty_at <= now {
                all.remove(&share.key);
            }
        }
    }

    /// Empties a bucket.
    pub(super) fn clear(&self, share: Share) {
        self.lock().remove(&share.key);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, i64>> {
        self.empty_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drops the buckets that are empty and, if most are not, the emptier half: whoever floods the table with names loses
/// those, not the one that is being worked on.
fn make_room(all: &mut HashMap<u64, i64>, now: i64) {
    all.retain(|_, empty_at| *empty_at > now);
    if all.len() > MOST_BUCKETS / 2 {
        let mut times: Vec<i64> = all.values().copied().collect();
        let middle = times.len() / 2;
        let (_, &mut limit, _) = times.select_nth_unstable(middle);
        let mut spare = middle;
        // Of equal ones only as many as are needed.
        all.retain(|_, empty_at| {
            let goes = *empty_at <= limit && spare > 0;
            spare -= usize::from(goes);
            !goes
        });
    }
}
