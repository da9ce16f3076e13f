//! What waits to be sent while an answer is being written.

use leptos::server;

use super::Json;
use crate::model::{Error, MessageId};

/// Lets a message that waits say something else. One that was sent meanwhile is a `Conflict` with code `sent_already`.
#[server(name = EditQueued, prefix = "/rpc", endpoint = "queue/edit", output = Json)]
pub async fn edit(id: MessageId, text: String) -> Result<(), Error> {
    crate::server::call::edit_queued(id, text).await
}

/// Takes a message that waits back.
#[server(name = RemoveQueued, prefix = "/rpc", endpoint = "queue/remove", output = Json)]
pub async fn remove(id: MessageId) -> Result<(), Error> {
    crate::server::call::remove_queued(id).await
}

/// Sends a message that waits at once, before all others; the answer that is being written is stopped.
#[server(name = SendQueued, prefix = "/rpc", endpoint = "queue/send", output = Json)]
pub async fn send(id: MessageId) -> Result<(), Error> {
    crate::server::call::send_queued(id).await
}
