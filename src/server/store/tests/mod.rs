//! What the store promises, on both engines.

mod concurrent;
mod opening;
mod paths;
mod people;
mod property;
mod runs;
mod scale;
mod threads;
mod turns;
