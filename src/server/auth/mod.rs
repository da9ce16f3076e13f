//! Passwords, sessions, throttle and origin check: pure parts that know neither the database nor HTTP. Times are handed
//! in.

pub mod agent;
pub mod cookie;
pub mod origin;
pub mod password;
mod rules;
pub mod throttle;
pub mod token;
