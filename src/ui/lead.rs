//! Going on to another page of ours.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, components::Redirect, hooks::use_navigate};

use crate::browser::at;

/// Leads there instead: on the server by its answer, in the browser without leaving the page.
#[component(transparent)]
pub fn Lead(#[prop(into)] to: String) -> impl IntoView {
    view! { <Redirect path=at(&to) options=ours()/> }
}

/// What leads there when it is called with a path of ours. `replace`: going back skips the page that led there.
pub fn use_lead() -> impl Fn(&str, bool) + Clone {
    let navigate = use_navigate();
    move |to, replace| navigate(&at(to), NavigateOptions { replace, ..ours() })
}

/// The router need not put anything before what [`at`] made.
fn ours() -> NavigateOptions {
    NavigateOptions { resolve: false, ..NavigateOptions::default() }
}
