//! Forms that a browser sent by itself, without this program: what went wrong comes back in the page's address.

use leptos::{prelude::*, server_fn::error::ServerFnUrlError};
use leptos_router::hooks::use_query_map;

use super::words;
use crate::model::Error;

/// What the form for `function` (the end of its path) came back with, if it was one that brought us here.
pub fn sent_error(function: &str) -> Option<Error> {
    use_query_map().with_untracked(|query| {
        let path = query.get("__path").filter(|path| path.ends_with(function));
        path.and(query.get("__err")).map(|error| ServerFnUrlError::<Error>::decode_err(&error))
    })
}

/// Says what went wrong with the form that brought us here, whichever it was.
#[component]
pub fn SentError() -> impl IntoView {
    sent_error("").map(|error| view! { <p class="banner" role="alert">{words::error(&error)}</p> })
}
