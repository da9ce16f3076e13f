//! Slows down who tries passwords. Everything is in memory and bounded; times are handed in.

use std::net::IpAddr;

use super::buckets::{Buckets, Share};

/// The time in which a limit refills, in milliseconds.
const WINDOW: i64 = 15 * 60 * 1000;
/// How many failed attempts in a row are let through: for one address with one name …
const PAIR: i64 = 10;
/// … for one address with whatever names (a whole office may share it, or everybody behind a proxy) …
const ADDRESS: i64 = 100;
/// … and for one name from wherever, which slows down many machines that work together.
const NAME: i64 = 100;

/// Counts attempts to sign in. After as many as a limit allows in a row, one more is let through each time that the
/// limit's share of 15 minutes has passed.
#[derive(Debug)]
pub struct Throttle {
    buckets: Buckets,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { buckets: Buckets::new(WINDOW) }
    }
}

impl Throttle {
    /// Counts an attempt as failed until [`success`](Self::success) says otherwise: so many at once cannot slip through.
    /// An error is that it may not be made, and the seconds to wait; it is not counted then. `now` is in milliseconds.
    pub fn attempt(&self, address: IpAddr, name: &str, now: i64) -> Result<(), u32> {
        self.buckets.take(&self.shares(address, name), now)
    }

    /// Takes back what the last attempt counted, and forgets earlier failures of this address with this name.
    pub fn success(&self, address: IpAddr, name: &str, now: i64) {
        let [pair, rest @ ..] = self.shares(address, name);
        self.buckets.clear(pair);
        for share in rest {
            self.buckets.give_back(share, now);
        }
    }

    fn shares(&self, address: IpAddr, name: &str) -> [Share; 3] {
        let from = network(address);
        [
            self.buckets.share((0u8, from, name), PAIR),
            self.buckets.share((1u8, from), ADDRESS),
            self.buckets.share((2u8, name), NAME),
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

#[cfg(test)]
mod tests {
    use super::{super::buckets::MOST_BUCKETS, *};

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
        assert!(throttle.buckets.len() == 0, "who signs in leaves nothing behind");
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
            assert!(throttle.buckets.len() <= MOST_BUCKETS);
        }
        assert!(throttle.attempt(address(1), "ada", NOW + 2000).is_err(), "who was limited still is");
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out() {
        let throttle = Throttle::default();
        for _ in 0..10 {
            throttle.attempt(address(1), "ada", NOW).unwrap();
        }
        for earlier in [1000 * WINDOW, 10 * WINDOW, 2 * WINDOW] {
            assert_eq!(throttle.attempt(address(1), "ada", NOW - earlier), Ok(()));
        }
    }
}
