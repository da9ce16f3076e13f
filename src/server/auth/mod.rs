//! Passwords, sessions, limits and origin check: pure parts that know neither the database nor HTTP. Times are handed
//! in.

pub mod agent;
mod buckets;
pub mod cookie;
pub mod origin;
pub mod password;
pub mod proxy;
pub mod rate;
mod rules;
pub mod throttle;
pub mod token;
