//! How much one person may do in a minute.

use super::buckets::Buckets;
use crate::model::UserId;

/// The time in which a limit refills, in milliseconds.
const WINDOW: i64 = 60_000;

/// A limit for each person: as many at once as a minute allows, then one each time its share of the minute has passed.
#[derive(Debug)]
pub struct Rate {
    limit: i64,
    buckets: Buckets,
}

impl Rate {
    /// `limit` is per minute, and at least 1.
    pub fn per_minute(limit: u32) -> Self {
        Self { limit: i64::from(limit.max(1)), buckets: Buckets::new(WINDOW) }
    }

    /// Counts one deed. An error is that it may not be done, and the seconds to wait; it is not counted then. `now` is in
    /// milliseconds.
    pub fn take(&self, user: UserId, now: i64) -> Result<(), u32> {
        self.buckets.take(&[self.buckets.share(user, self.limit)], now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000_000;

    #[test]
    fn of_ten_thousand_in_a_second_a_minutes_worth_passes() {
        let rate = Rate::per_minute(300);
        let (ada, eve) = (UserId(uuid::Uuid::from_u128(1)), UserId(uuid::Uuid::from_u128(2)));
        let passed = (0..10_000).filter(|n| rate.take(ada, NOW + n / 10).is_ok()).count();
        assert_eq!(passed, 304, "five more became free in that second, but for what the last of them lacks");
        assert_eq!(rate.take(ada, NOW + 999), Err(1));
        assert_eq!(rate.take(eve, NOW), Ok(()), "each has their own");
        assert_eq!(rate.take(ada, NOW + 2 * WINDOW), Ok(()));
    }

    #[test]
    fn the_wait_is_as_long_as_it_says() {
        let rate = Rate::per_minute(2);
        let ada = UserId(uuid::Uuid::from_u128(1));
        assert_eq!([rate.take(ada, NOW), rate.take(ada, NOW), rate.take(ada, NOW)], [Ok(()), Ok(()), Err(30)]);
        assert_eq!(rate.take(ada, NOW + 29_000), Err(1));
        assert_eq!(rate.take(ada, NOW + 30_000), Ok(()));
    }
}
