//! What a thread took, in numbers.

use super::{
    Viewer,
    gate::{self, Action},
};
use crate::{
    model::{Error, ThreadId, ThreadStatistics},
    server::app::App,
};

/// The statistics of a thread, as it is stored now: what is being written is not in them before it is settled.
pub async fn thread(app: &App, viewer: &Viewer, id: ThreadId) -> Result<ThreadStatistics, Error> {
    let thread = gate::thread(app, viewer, Action::View, id).await?;
    let mut models = app.store.models_asked(id).await?;
    if models.is_empty() {
        // What was copied from another thread was asked there.
        models.extend(thread.model);
    }
    Ok(ThreadStatistics {
        messages: u32::try_from(thread.message_count).unwrap_or_default(),
        tokens: u64::try_from(thread.token_total).unwrap_or_default(),
        models,
        context: app.store.context(id).await?,
    })
}
