//! The one gate: whether a viewer may do a thing to a thing.

use super::Viewer;
use crate::{
    model::{AccountRole, Error, MessageId, ThreadId},
    server::{
        app::App,
        store::{MessageRow, ThreadRow},
    },
};

/// What somebody wants to do (contract B.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// `chat.view`
    View,
    /// `chat.write`
    Write,
}

/// What it is to be done to.
pub enum Resource<'a> {
    /// A person's own list of threads.
    Threads,
    /// A person's own account, settings and sessions.
    Account,
    Thread(&'a ThreadRow),
}

/// Whether the viewer may. Another person's thing is not forbidden but not there.
pub fn authorize(viewer: &Viewer, action: Action, resource: &Resource<'_>) -> Result<(), Error> {
    let allowed = match (viewer.account.role, action) {
        (AccountRole::Admin | AccountRole::User, Action::View | Action::Write) => true,
    };
    match resource {
        Resource::Thread(thread) if thread.user != viewer.account.id => Err(Error::NotFound),
        _ if !allowed => Err(Error::Forbidden),
        _ => Ok(()),
    }
}

/// A thread the viewer may do this to.
pub async fn thread(app: &App, viewer: &Viewer, action: Action, id: ThreadId) -> Result<ThreadRow, Error> {
    let thread = app.store.thread(viewer.account.id, id).await?.ok_or(Error::NotFound)?;
    authorize(viewer, action, &Resource::Thread(&thread))?;
    Ok(thread)
}

/// A message of a thread the viewer may do this to, with the thread.
pub async fn message(
    app: &App,
    viewer: &Viewer,
    action: Action,
    id: MessageId,
) -> Result<(ThreadRow, MessageRow), Error> {
    let message = app.store.message(viewer.account.id, id).await?.ok_or(Error::NotFound)?;
    let thread = thread(app, viewer, action, message.thread).await?;
    Ok((thread, message))
}
