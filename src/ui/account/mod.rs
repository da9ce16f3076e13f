//! Signing in and making an account. The forms are fetched by the browser when somebody goes there.

mod form;
mod login;
mod signup;

use leptos::prelude::*;
use wasm_split_helpers::wasm_split;

pub use self::{login::Login, signup::Signup};
use self::{
    login::LoginForm,
    signup::{Closed, SignupForm},
};
use super::parts::Missing;

/// What one of the pages shows.
pub enum Shown {
    /// Signing in; whether an account can be made instead.
    Login { signup: bool },
    /// Making an account; whether it is the server's first.
    Signup { first: bool },
    /// That no account can be made.
    Closed,
}

/// What is on the pages of this folder; `fetch` only fetches it.
#[wasm_split(account, fallible, preload(fetch))]
pub fn part(shown: Shown) -> Result<AnyView, Missing> {
    Ok(match shown {
        Shown::Login { signup } => view! { <LoginForm signup/> }.into_any(),
        Shown::Signup { first } => view! { <SignupForm first/> }.into_any(),
        Shown::Closed => view! { <Closed/> }.into_any(),
    })
}
