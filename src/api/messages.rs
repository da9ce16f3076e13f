//! Sending, stopping, trying again.

use leptos::server;

use super::Json;
use crate::model::{Error, MessageId, RunId, Started, ThreadId};

/// `chat.start_thread`: makes a thread of the first message, starts its run and leads to its page. `client` is an id the
/// sender made up: the same one sent twice makes one thread.
#[server(prefix = "/rpc", endpoint = "messages/start_thread", output = Json)]
pub async fn start_thread(text: String, model: Option<String>, client: Option<String>) -> Result<Started, Error> {
    crate::server::call::start_thread(text, model, client).await
}

/// `chat.submit_message`. While the thread is being answered the message waits, and is sent when that has ended; where
/// too many wait it is a `Conflict` with code `queue_full`. A missing thread is `Invalid` with code `conversation_id_required`, an empty text with code
/// `chat_message_empty`; nothing is stored then.
#[server(prefix = "/rpc", endpoint = "messages/submit", output = Json)]
pub async fn submit(
    thread: Option<ThreadId>,
    text: String,
    model: Option<String>,
    client: Option<String>,
) -> Result<Started, Error> {
    crate::server::call::submit(thread, text, model, client).await
}

/// `chat.stop_generation`: returns once the run is settled. Without a run, or with one that has ended, nothing happens.
#[server(prefix = "/rpc", endpoint = "messages/stop", output = Json)]
pub async fn stop(run: Option<RunId>) -> Result<(), Error> {
    crate::server::call::stop(run).await
}

/// Asks again for an answer that failed or was stopped, as a new row beside it.
#[server(prefix = "/rpc", endpoint = "messages/retry", output = Json)]
pub async fn retry(answer: MessageId, model: Option<String>) -> Result<Started, Error> {
    crate::server::call::retry(answer, model).await
}

/// A row's text as it was written: what Copy copies.
#[server(prefix = "/rpc", endpoint = "messages/source", input = Json, output = Json)]
pub async fn source(id: MessageId) -> Result<String, Error> {
    crate::server::call::source(id).await
}
