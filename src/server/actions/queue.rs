//! What waits to be sent: saying something else, sending it now, taking it back.

use super::{
    Viewer,
    gate::{self, Action},
    messages, whole,
};
use crate::{
    model::{Change, Error, MessageId, ThreadId},
    server::{
        app::App,
        run::view,
        store::{QueueChange, QueuedRow},
    },
};

/// A message of the viewer's that waits. One that was sent meanwhile is a conflict, one that never was is not there.
async fn waiting(app: &App, viewer: &Viewer, id: MessageId) -> Result<QueuedRow, Error> {
    let Some(row) = app.store.queued(viewer.account.id, id).await? else {
        gate::message(app, viewer, Action::Write, id).await?;
        return Err(Error::conflict("sent_already"));
    };
    gate::thread(app, viewer, Action::Write, row.thread).await?;
    Ok(row)
}

async fn change(app: &App, viewer: &Viewer, id: MessageId, change: QueueChange) -> Result<QueuedRow, Error> {
    match app.store.change_queued(viewer.account.id, id, change).await {
        Err(crate::server::store::Error::NotFound) => Err(Error::conflict("sent_already")),
        other => Ok(other?),
    }
}

/// Lets a message that waits say something else. Returns its thread.
pub async fn edit(app: &App, viewer: &Viewer, id: MessageId, text: String) -> Result<ThreadId, Error> {
    let text = messages::text(app, &text)?;
    waiting(app, viewer, id).await?;
    let (app, viewer) = (app.clone(), viewer.clone());
    whole(async move {
        let row = change(&app, &viewer, id, QueueChange::Text(text)).await?;
        let thread = row.thread;
        app.hub.append(thread, Change::Replace { id, row: Box::new(view::queued(row)) });
        Ok(thread)
    })
    .await
}

/// Takes a message that waits back. Returns its thread.
pub async fn remove(app: &App, viewer: &Viewer, id: MessageId) -> Result<ThreadId, Error> {
    waiting(app, viewer, id).await?;
    let (app, viewer) = (app.clone(), viewer.clone());
    whole(async move {
        let row = change(&app, &viewer, id, QueueChange::Remove).await?;
        app.hub.append(row.thread, Change::Remove { id });
        Ok(row.thread)
    })
    .await
}

/// Sends a message that waits before all others, and at once: the answer that is being written is stopped. Returns its
/// thread.
pub async fn send_now(app: &App, viewer: &Viewer, id: MessageId) -> Result<ThreadId, Error> {
    let thread = waiting(app, viewer, id).await?.thread;
    let (app, viewer) = (app.clone(), viewer.clone());
    whole(async move {
        change(&app, &viewer, id, QueueChange::First).await?;
        if let Some(run) = app.store.active(thread).await? {
            // What waits is sent when it has ended.
            app.runs.stop(run).await;
        }
        // Where nothing ran, or not any more here; otherwise nothing happens.
        app.runs.send_next(thread).await;
        Ok(thread)
    })
    .await
}
