//! Slows down who tries passwords. Everything is in memory and bounded; times are handed in.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The time in which a limit refills, in milliseconds.
const WINDOW: i64 = 15 * 60 * 1000;
/// How many failed attempts in a row are let through: for one address with one name …
const PAIR: i64 = 10;
/// … for one address with whatever names (a whole office may share it, or everybody behind a proxy) …
const ADDRESS: i64 = 100;
/// … and for one name from wherever, which slows down many machines that work together.
const NAME: i64 = 100;
/// How many buckets are kept at the most; one takes some 30 bytes.
const MOST_BUCKETS: usize = 30_000;

/// Counts attempts to sign in. After as many as a limit allows in a row, one more is let through each time that the
/// limit's share of 15 minutes has passed.
#[derive(Debug)]
pub struct Throttle {
    /// Names are only kept as keyed hashes: that bounds their size, and nobody can aim at another's bucket.
    keys: RandomState,
    buckets: Mutex<HashMap<u64, i64>>,
}

/// One limit that an attempt counts against.
struct Bucket {
    key: u64,
    /// What one attempt costs, in milliseconds of the window.
    cost: i64,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { keys: RandomState::new(), buckets: Mutex::default() }
    }
}

impl Throttle {
    /// Counts an attempt as failed until [`success`](Self::success) says otherwise: so many at once cannot slip through.
    /// An error is that it may not be made, and the seconds to wait; it is not counted then. `now` is in milliseconds.
    pub fn attempt(&self, address: IpAddr, name: &str, now: i64) -> Result<(), u32> {
        let buckets = self.buckets_of(address, name);
        let mut all = self.lock();
        // A bucket holds the time at which it will be empty again.
        let level =
            |all: &HashMap<u64, i64>, key: u64| all.get(&key).map_or(now, |&until| until.clamp(now, now + WINDOW));
        let wait = buckets.iter().map(|bucket| level(&all, bucket.key) + bucket.cost - WINDOW - now).max();
        if let Some(wait) = wait.filter(|wait| *wait > 0) {
            return Err(u32::try_from((wait + 999) / 1000).unwrap_or(u32::MAX));
        }
        if all.len() + buckets.len() > MOST_BUCKETS {
            make_room(&mut all, now);
        }
        for bucket in buckets {
            let until = level(&all, bucket.key) + bucket.cost;
            all.insert(bucket.key, until);
        }
        Ok(())
    }

    /// Takes back what the last attempt counted, and forgets earlier failures of this address with this name.
    pub fn success(&self, address: IpAddr, name: &str, now: i64) {
        let [pair, rest @ ..] = self.buckets_of(address, name);
        let mut all = self.lock();
        all.remove(&pair.key);
        for bucket in rest {
            if let Some(until) = all.get_mut(&bucket.key) {
                *until -= bucket.cost;
                if *until <= now {
                    all.remove(&bucket.key);
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, i64>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn buckets_of(&self, address: IpAddr, name: &str) -> [Bucket; 3] {
        let from = network(address);
        let bucket = |key: u64, limit: i64| Bucket { key, cost: WINDOW / limit };
        [
            bucket(self.keys.hash_one((0u8, from, name)), PAIR),
            bucket(self.keys.hash_one((1u8, from)), ADDRESS),
            bucket(self.keys.hash_one((2u8, name)), NAME),
        ]
    }
}

/// What counts as one address: of IPv6 the half that a provider gives out, as the other half is the person's to choose.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        address => address,
    }
}

/// Drops the buckets that are empty and, if most are not, the emptier half: whoever floods the table with names loses
/// those, not the one that is being worked on.
fn make_room(all: &mut HashMap<u64, i64>, now: i64) {
    all.retain(|_, until| *until > now);
    if all.len() > MOST_BUCKETS / 2 {
        let mut times: Vec<i64> = all.values().copied().collect();
        let middle = times.len() / 2;
        let (_, &mut limit, _) = times.select_nth_unstable(middle);
        let mut spare = middle;
        // Of equal ones only as many as are needed.
        all.retain(|_, until| {
            let goes = *until <= limit && spare > 0;
            spare -= usize::from(goes);
            !goes
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000_000;

    fn address(n: u32) -> IpAddr {
        IpAddr::from(n.to_be_bytes())
    }

    #[test]
    fn ten_attempts_then_one_each_ninety_seconds() {
        let throttle = Throttle::default();
        for _ in 0..10 {
            assert_eq!(throttle.attempt(address(1), "ada", NOW), Ok(()));
        }
        assert_eq!(throttle.attempt(address(1), "ada", NOW), Err(90));
        assert_eq!(throttle.attempt(address(1), "ada", NOW + 89_500), Err(1));
        assert_eq!(throttle.attempt(address(1), "bob", NOW), Ok(()), "another name is another pair");
        assert_eq!(throttle.attempt(address(2), "ada", NOW), Ok(()), "another address too");
        assert_eq!(throttle.attempt(address(1), "ada", NOW + 90_000), Ok(()));
        assert_eq!(throttle.attempt(address(1), "ada", NOW + 90_000), Err(90));
        for _ in 0..10 {
            assert_eq!(throttle.attempt(address(1), "ada", NOW + 2 * WINDOW), Ok(()), "it is forgotten in time");
        }
    }

    #[test]
    fn success_forgets_failures() {
        let throttle = Throttle::default();
        for _ in 0..500 {
            for _ in 0..9 {
                assert_eq!(throttle.attempt(address(1), "ada", NOW), Ok(()));
                throttle.success(address(1), "ada", NOW);
            }
        }
        assert!(throttle.lock().is_empty(), "who signs in leaves nothing behind");
        for _ in 0..9 {
            throttle.attempt(address(1), "ada", NOW).unwrap();
        }
        throttle.attempt(address(1), "ada", NOW).unwrap();
        throttle.success(address(1), "ada", NOW);
        assert_eq!(throttle.attempt(address(1), "ada", NOW), Ok(()));
    }

    #[test]
    fn an_address_is_limited_whatever_names_it_tries() {
        let throttle = Throttle::default();
        let tried = (0..1000).take_while(|n| throttle.attempt(address(1), &format!("n{n}"), NOW).is_ok()).count();
        assert_eq!(tried, 100);
        assert_eq!(throttle.attempt(address(1), "ada", NOW), Err(9));
        assert_eq!(throttle.attempt(address(2), "ada", NOW), Ok(()));

        // The second half of an IPv6 address makes no new one.
        let v6 = |n: u16| IpAddr::from([0x2001, 0xdb8, 0, 7, n, n, n, n]);
        let tried = (0..1000).take_while(|n| throttle.attempt(v6(*n), &format!("m{n}"), NOW).is_ok()).count();
        assert_eq!(tried, 100);
        // An IPv4 address in IPv6's clothes is the same.
        assert_eq!(throttle.attempt("::ffff:0.0.0.1".parse().unwrap(), "ada", NOW), Err(9));
    }

    #[test]
    fn a_name_is_limited_whatever_addresses_try_it() {
        let throttle = Throttle::default();
        let tried = (0..1000).take_while(|n| throttle.attempt(address(*n), "ada", NOW).is_ok()).count();
        assert_eq!(tried, 100);
        assert_eq!(throttle.attempt(address(7), "bob", NOW), Ok(()));
    }

    #[test]
    fn a_flood_of_names_takes_no_more_memory_and_frees_nobody() {
        let throttle = Throttle::default();
        for _ in 0..10 {
            throttle.attempt(address(1), "ada", NOW).unwrap();
        }
        for n in 0..200_000 {
            let _ = throttle.attempt(address(1000 + n), &format!("{n}-{}", "x".repeat(50)), NOW + i64::from(n / 100));
            assert!(throttle.lock().len() <= MOST_BUCKETS);
        }
        assert!(throttle.attempt(address(1), "ada", NOW + 2000).is_err(), "who was limited still is");
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out() {
        let throttle = Throttle::default();
        for _ in 0..10 {
            throttle.attempt(address(1), "ada", NOW).unwrap();
        }
        let wait = throttle.attempt(address(1), "ada", NOW - 1000 * WINDOW).unwrap_err();
        assert!(wait <= 90, "{wait}");
    }
}
