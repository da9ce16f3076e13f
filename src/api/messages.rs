//! Sending, stopping, and the tree of messages.

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

/// Asks for another answer beside a settled one or, named a person's message, for an answer to it. Where the thread is
/// being answered it is a `Conflict` with code `busy`.
#[server(prefix = "/rpc", endpoint = "messages/regenerate", output = Json)]
pub async fn regenerate(id: MessageId, model: Option<String>) -> Result<Started, Error> {
    crate::server::call::regenerate(id, model).await
}

/// Goes on with the thread's last answer, if it was stopped, failed or came to its limit: what comes is added to it. Any
/// other row is a `Conflict` with code `not_continuable`.
#[server(prefix = "/rpc", endpoint = "messages/continue", output = Json)]
pub async fn go_on(id: MessageId, model: Option<String>) -> Result<Started, Error> {
    crate::server::call::go_on(id, model).await
}

/// Lets a message say something else. `then` is `ask` (a person's message: as a new version, which is answered), `save`
/// (a person's: as a new version; an answer, or what is said to the model first: in its place) or `branch` (an answer: as
/// a new version). It is answered by `model`, or by the thread's. Returns the row that says it. One that is being written
/// is a `Conflict` with code `message_unfit`.
#[server(prefix = "/rpc", endpoint = "messages/edit", output = Json)]
pub async fn edit(id: MessageId, text: String, then: String, model: Option<String>) -> Result<MessageId, Error> {
    crate::server::call::edit(id, text, then, model).await
}

/// Shows another version of a message, by its number, and what came of it, in every tab. Returns the row that is shown.
#[server(name = ShowVersion, prefix = "/rpc", endpoint = "messages/show", output = Json)]
pub async fn show(id: MessageId, version: u32) -> Result<MessageId, Error> {
    crate::server::call::show_version(id, version).await
}

/// How many messages would be removed with this one, itself included.
#[server(name = CountBelow, prefix = "/rpc", endpoint = "messages/below", input = Json, output = Json)]
pub async fn below(id: MessageId) -> Result<u32, Error> {
    crate::server::call::below(id).await
}

/// Removes a message with all that came of it; an answer that is being written there is stopped.
#[server(name = RemoveMessage, prefix = "/rpc", endpoint = "messages/remove", output = Json)]
pub async fn remove(id: MessageId) -> Result<(), Error> {
    crate::server::call::remove_message(id).await
}

/// A row's text as it was written: what Copy copies.
#[server(prefix = "/rpc", endpoint = "messages/source", input = Json, output = Json)]
pub async fn source(id: MessageId) -> Result<String, Error> {
    crate::server::call::source(id).await
}
