//! What there is to talk to.

use leptos::{server, server_fn::codec::Json};

use crate::model::{Error, Models};

/// The models one can choose from; with `refresh`, every server is asked again.
#[server(prefix = "/rpc", endpoint = "models/list", input = Json)]
pub async fn list(refresh: bool) -> Result<Models, Error> {
    crate::server::call::models(refresh).await
}
