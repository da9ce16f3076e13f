//! What the forms of this folder share. They are real forms: they work before the page is alive, and without.

use leptos::prelude::*;

use crate::{
    model::Error,
    ui::{
        sent::sent_error,
        widgets::Brand,
        words::{self, t},
    },
};

/// The page around a form.
#[component]
pub fn Card(title: &'static str, text: Option<&'static str>, children: Children) -> impl IntoView {
    view! {
        <main class="account">
            <div class="account-card">
                <p class="account-brand">
                    <Brand/>
                    {t("app.name")}
                </p>
                <h1>{title}</h1>
                {text.map(|text| view! { <p class="quiet">{text}</p> })}
                {children()}
            </div>
        </main>
    }
    .into_any()
}

/// A field with its label, and what is wrong with it.
#[component]
pub fn Field(
    name: &'static str,
    label: &'static str,
    #[prop(default = "text")] kind: &'static str,
    autocomplete: &'static str,
    #[prop(optional)] hint: Option<&'static str>,
    #[prop(into)] error: Signal<Option<Error>>,
) -> impl IntoView {
    let wrong = move || match error.get() {
        Some(Error::Invalid { field, .. }) => (field == name).then_some("true"),
        // A taken address is the only conflict there is here.
        Some(Error::Conflict { .. }) => (name == "email").then_some("true"),
        _ => None,
    };
    let note = format!("{name}-note");
    view! {
        <label class="field">
            <span>{label}</span>
            <input
                type=kind
                name=name
                autocomplete=autocomplete
                required=true
                aria-invalid=wrong
                aria-describedby=hint.map(|_| note.clone())
            />
            {hint.map(|hint| view! { <small id=note class="quiet">{hint}</small> })}
        </label>
    }
    .into_any()
}

/// The button, and above it what went wrong.
#[component]
pub fn Submit(
    label: &'static str,
    #[prop(into)] busy: Signal<bool>,
    #[prop(into)] error: Signal<Option<Error>>,
) -> impl IntoView {
    view! {
        <p class="form-error" role="alert">
            {move || error.get().map(|error| words::error(&error))}
        </p>
        <button type="submit" class="button" data-primary disabled=busy>
            {label}
        </button>
    }
}

/// What the form's last try ended with: told by the action where the page is alive, by the address where the form was
/// sent without it.
pub fn outcome<T: Clone + Send + Sync + 'static>(
    function: &'static str,
    value: impl Fn() -> Option<Result<T, Error>> + Send + Sync + 'static,
) -> Signal<Option<Error>> {
    let sent = sent_error(function);
    Signal::derive(move || match value() {
        Some(result) => result.err(),
        None => sent.clone(),
    })
}
