//! Rows in SQLite or PostgreSQL: one set of SQL for both.
//!
//! - Nothing here reads a clock or makes an id: times (milliseconds since 1970) and ids are handed in.
//! - Everything that writes goes through [`Store::write`](write) and takes its locks in one order: user, thread, run,
//!   message. So writers wait for each other, but never in a circle. On SQLite writes that come together share one
//!   transaction and one sync of the disk ([`group`]); on PostgreSQL, which does so itself, each has its own.
//! - A write is done once the disk has it.
//! - Another person's thread, message or run is as good as none. Reads that take no user are for callers who asked before.
//! - A thread's rows are a tree. What is read is the path from a leaf up through the parents, never the whole.

mod delete;
mod error;
mod group;
mod grow;
mod history;
mod message;
mod open;
mod person;
mod queue;
mod run;
mod session;
mod settle;
mod sidebar;
mod sql;
mod statistics;
mod submit;
#[cfg(test)]
pub mod testing;
#[cfg(test)]
mod tests;
mod thread;
mod title;
mod tree;
mod turn;
mod user;
mod write;

pub use error::{Error, Fault};
pub use grow::Piece;
pub use history::Window;
pub use message::{MessageRow, StoredContent};
pub use open::{Engine, Options, Store};
pub use person::{Person, PersonChange};
pub use queue::{QueueChange, QueuedRow, SentNext};
pub use run::RunRow;
pub use session::{NewSession, SessionRow, Sessions};
pub use sidebar::SidebarRows;
pub use submit::Submitted;
pub use thread::{ThreadRow, TitleSource};
pub use tree::{
    About, Ask, Fork, Forked, GoOn, Milestone, Onward, Pruned, Repaired, Rewrite, Rewritten, Shown, Stretch, SystemSet,
};
pub use turn::{NewAnswer, NewMessage, NewRun, NewTurn, Turn, TurnThread};
pub use user::NewUser;
pub use write::Writes;
