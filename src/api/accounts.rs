//! Signing up, in and out.

use leptos::server;

use super::Json;
use crate::model::{Error, Visitor};

/// Who is looking, and what may be done about it.
#[server(name = ReadVisitor, prefix = "/rpc", endpoint = "accounts/visitor", input = Json, output = Json)]
pub async fn visitor() -> Result<Visitor, Error> {
    crate::server::call::visitor().await
}

/// Makes an account and signs it in. The first one ever is the administrator's; later ones need `ENABLE_SIGNUP`.
#[server(prefix = "/rpc", endpoint = "accounts/sign_up", output = Json)]
pub async fn sign_up(name: String, email: String, password: String) -> Result<(), Error> {
    crate::server::call::sign_up(name, email, password).await
}

/// Signs in, and leads to `next` if that is a page of ours.
#[server(prefix = "/rpc", endpoint = "accounts/sign_in", output = Json)]
pub async fn sign_in(email: String, password: String, next: Option<String>) -> Result<(), Error> {
    crate::server::call::sign_in(email, password, next).await
}

/// Ends this session, on the server too.
#[server(prefix = "/rpc", endpoint = "accounts/sign_out", output = Json)]
pub async fn sign_out() -> Result<(), Error> {
    crate::server::call::sign_out().await
}

/// Another password; the current one is `Invalid` with code `password_wrong` where it is not. All other sessions end.
#[server(prefix = "/rpc", endpoint = "accounts/change_password", output = Json)]
pub async fn change_password(current: String, new: String) -> Result<(), Error> {
    crate::server::call::change_password(current, new).await
}

/// Ends one session, or without an id all but this one.
#[server(prefix = "/rpc", endpoint = "accounts/end_sessions", output = Json)]
pub async fn end_sessions(id: Option<String>) -> Result<(), Error> {
    crate::server::call::end_sessions(id).await
}
