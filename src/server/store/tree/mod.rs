//! The shape of a thread: its rows are a tree, in which the way down to the leaf is what is shown.
//!
//! - Rows with one parent are versions of each other, numbered in the order in which they were made.
//! - Every row knows a row further up (skew-binary jump pointers, Myers 1983), so that each question about the way to
//!   the leaf costs O(log n): whether a row is on it, which row is at some depth, or the first since some time.
//! - The row where a way was left notes where it led ([`tips`]), so that coming back costs nothing.
//! - What is said to the model first (role `system`) is no part of the tree: it has the sequence 0, and stands above.

mod ask;
mod branch;
mod fork;
mod go_on;
mod onward;
mod path;
mod place;
mod prune;
mod repair;
mod rewrite;
mod system;
mod tips;
mod turns;

pub use ask::{About, Ask};
pub use branch::Shown;
pub use fork::{Fork, Forked};
pub use go_on::GoOn;
pub use onward::{Onward, Stretch};
pub use path::Milestone;
pub use prune::Pruned;
pub use repair::Repaired;
pub use rewrite::{Rewrite, Rewritten};
pub use system::SystemSet;

pub(super) use place::{Place, take};
pub(super) use system::load as system;
