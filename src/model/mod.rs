//! The words both halves of the program share: what travels between server and browser, and the fold that says what a
//! change does to a thread. Serde only: no I/O, no Leptos, no clock, no randomness.

mod account;
mod base;
mod change;
mod error;
mod failure;
mod fold;
pub mod html;
mod id;
mod language;
mod message;
mod models;
mod seq;
mod settings;
mod shortcut;
mod thread;

pub use account::{Account, AuthMode, Role as AccountRole, Visitor};
pub use base::{Base, NotABase};
pub use change::{BlockChange, Change, Notice, Part, RowPatch, ThreadProperty};
pub use error::Error;
pub use failure::{Failure, FailureKind};
pub use fold::{Timeline, fold, fold_blocks, insertion_point};
pub use id::{MessageId, RunId, ThreadId, UserId};
pub use language::Language;
pub use message::{
    Action, Attachment, Content, Context, Kind, Message, Meta, Role, Status, StopReason, Timings, Usage, Version,
};
pub use models::{ModelInfo, Models, Source, SourceState};
pub use seq::{Position, Seq};
pub use settings::{Preferences, Sampling, Session, Setting, Settings, SettingsPage, Theme, Thoughts};
pub use shortcut::{Chord, Group, NONE as NO_CHORD, Shortcut};
pub use thread::{Mark, Older, Origin, SidebarPage, Snapshot, Started, ThreadHead, ThreadStatistics, ThreadSummary};
