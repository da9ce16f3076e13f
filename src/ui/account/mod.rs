//! Signing in and making an account. The browser fetches both pages when somebody goes to one of them.

mod form;
mod login;
mod signup;

use leptos::prelude::*;
use wasm_split_helpers::wasm_split;

use super::parts::{Missing, of_part};

/// `/login`: signs in, and leads on to where one wanted to go.
#[component]
pub fn Login() -> impl IntoView {
    of_part(part(false))
}

/// `/signup`: makes an account, if one can be made.
#[component]
pub fn Signup() -> impl IntoView {
    of_part(part(true))
}

/// What is fetched for both; `fetch` does only that.
#[wasm_split(account, fallible, preload(fetch))]
pub fn part(signup: bool) -> Result<AnyView, Missing> {
    Ok(if signup { view! { <signup::Page/> }.into_any() } else { view! { <login::Page/> }.into_any() })
}
