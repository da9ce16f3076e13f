//! What the forms of this folder share. They are real forms: they work before the page is alive, and without.

use crate::ui::dynamic::dynamic;
use leptos::{prelude::*, task::spawn_local};

use crate::{
    browser,
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
        <main class="account" data-part="account">
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
    form: FormState,
) -> impl IntoView {
    let wrong = dynamic(move || match form.error.get() {
        Some(Error::Invalid { field, .. }) => (field == name).then_some("true"),
        // A taken address is the only conflict there is here.
        Some(Error::Conflict { .. }) => (name == "email").then_some("true"),
        _ => None,
    });
    let note = format!("{name}-note");
    view! {
        <label class="field">
            <span>{label}</span>
            <input
                id=name
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
pub fn Submit(label: &'static str, form: FormState) -> impl IntoView {
    view! {
        <p class="form-error" role="alert">
            {dynamic(move || form.error.get().map(|error| words::error(&error)))}
        </p>
        <button type="submit" class="button" data-primary disabled=form.busy>
            {label}
        </button>
    }
}

/// Where a form stands: on its way, and what its last try ended with. That is told by the call where the page is alive,
/// by the address where the form was sent without it.
#[derive(Clone, Copy)]
pub struct FormState {
    busy: RwSignal<bool>,
    error: RwSignal<Option<Error>>,
}

impl FormState {
    pub fn new(function: &str) -> Self {
        Self { busy: RwSignal::new(false), error: RwSignal::new(sent_error(function)) }
    }

    /// Carries out the call, one at a time. What was entered stays.
    pub fn send(self, call: impl Future<Output = Result<(), Error>> + 'static) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        spawn_local(async move {
            let error = call.await.err();
            // A call that succeeds leads to another page.
            let _ = (self.busy.try_set(false), self.error.try_set(error));
        });
    }
}

/// What is in a field, by its `id`.
pub fn entered(field: &str) -> String {
    browser::value(field).unwrap_or_default()
}
