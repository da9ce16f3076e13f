//! What the store promises, on both engines.

pub use power::{synced, written};

mod concurrent;
mod group;
mod grow;
mod opening;
mod paths;
mod people;
mod power;
mod property;
mod runs;
mod scale;
mod threads;
mod tree;
mod turns;
