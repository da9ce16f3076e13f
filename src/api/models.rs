//! What there is to talk to.

use leptos::server;

use super::Json;
use crate::model::{Error, Models};

/// The models one can choose from; with `refresh`, every server is asked again.
#[server(prefix = "/rpc", endpoint = "models/list", input = Json, output = Json)]
pub async fn list(refresh: bool) -> Result<Models, Error> {
    crate::server::call::models(refresh).await
}
