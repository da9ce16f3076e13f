//! What there is to talk to.

use super::{
    Viewer,
    gate::{self, Action, Resource},
};
use crate::{
    model::{Error, Models},
    server::app::App,
};

/// The models one can choose from.
pub async fn list(app: &App, viewer: &Viewer, refresh: bool) -> Result<Models, Error> {
    gate::authorize(viewer, Action::View, &Resource::Threads)?;
    Ok(app.providers.models(refresh).await)
}
