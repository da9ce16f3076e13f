//! The time, in the form the store and the wire have it.

use std::{
    sync::LazyLock,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

/// Milliseconds since 1970, UTC. A clock before 1970 reads as 0.
pub fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis().min(i64::MAX as u128) as i64)
}

/// Milliseconds since some moment in this process's life. They go on whatever the clock is set to: for what is measured
/// here and kept nowhere.
pub fn elapsed_ms() -> i64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_millis().min(i64::MAX as u128) as i64
}

/// A new id of any of our kinds: UUIDv7, so that ids sort by when they were made.
pub fn fresh<T: From<uuid::Uuid>>() -> T {
    uuid::Uuid::now_v7().into()
}
