//! Threads: lists, pages, names, ends.

use leptos::server;

use super::Json;
use crate::model::{Error, MessageId, Older, SidebarPage, Snapshot, ThreadId, ThreadStatistics};

/// One page of the sidebar, from 0; clamped to the last there is.
#[server(prefix = "/rpc", endpoint = "threads/sidebar", input = Json, output = Json)]
pub async fn sidebar(page: u32) -> Result<SidebarPage, Error> {
    crate::server::call::sidebar(page).await
}

/// A thread as it stands now, and where to follow it from.
#[server(name = ReadSnapshot, prefix = "/rpc", endpoint = "threads/snapshot", input = Json, output = Json)]
pub async fn snapshot(id: ThreadId) -> Result<Snapshot, Error> {
    crate::server::call::snapshot(id).await
}

/// The 30 rows before the one whose sequence is `before` (`chat.load_older_messages`).
#[server(name = ReadOlder, prefix = "/rpc", endpoint = "threads/older", input = Json, output = Json)]
pub async fn older(id: ThreadId, before: i64) -> Result<Older, Error> {
    crate::server::call::older(id, before).await
}

/// The address of the page of a thread that begins with the row of this sequence, or with what was said from this `day`
/// on (`2026-11-21`), which begins `zone` minutes before UTC's, or with it; without either, with the first.
#[server(name = FindPlace, prefix = "/rpc", endpoint = "threads/place", output = Json)]
pub async fn place(id: ThreadId, from: Option<i64>, day: Option<String>, zone: Option<i32>) -> Result<String, Error> {
    crate::server::call::place(id, from, day, zone).await
}

/// What a thread took in all: messages, tokens, models, and how full its model's window is.
#[server(name = ReadStatistics, prefix = "/rpc", endpoint = "threads/statistics", input = Json, output = Json)]
pub async fn statistics(id: ThreadId) -> Result<ThreadStatistics, Error> {
    crate::server::call::statistics(id).await
}

/// `chat.rename_thread`.
#[server(prefix = "/rpc", endpoint = "threads/rename", output = Json)]
pub async fn rename(id: ThreadId, title: String) -> Result<(), Error> {
    crate::server::call::rename(id, title).await
}

/// `chat.delete_thread`: ends its run first, then removes everything it owned.
#[server(prefix = "/rpc", endpoint = "threads/delete", output = Json)]
pub async fn delete(id: ThreadId) -> Result<(), Error> {
    crate::server::call::delete(id).await
}

/// Makes a thread that begins as a copy of the way to a message. With an empty title it has the old one's.
#[server(prefix = "/rpc", endpoint = "threads/fork", output = Json)]
pub async fn fork(message: MessageId, title: String) -> Result<ThreadId, Error> {
    crate::server::call::fork(message, title).await
}

/// What a thread says to the model first; empty if it says nothing.
#[server(name = ReadSystem, prefix = "/rpc", endpoint = "threads/read_system", input = Json, output = Json)]
pub async fn system(id: ThreadId) -> Result<String, Error> {
    crate::server::call::system(id).await
}

/// Lets a thread say this to the model first, before everything else; an empty text nothing.
#[server(prefix = "/rpc", endpoint = "threads/system", output = Json)]
pub async fn set_system(id: ThreadId, text: String) -> Result<(), Error> {
    crate::server::call::set_system(id, text).await
}
