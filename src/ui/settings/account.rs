//! Another password.

use leptos::{ev::SubmitEvent, prelude::*, server_fn::ServerFn, task::spawn_local};

use super::control::{State, fade, row, told};
use crate::{
    api::{self, accounts::ChangePassword},
    browser,
    ui::{dynamic::dynamic, sent::sent_error, words::t},
};

const CURRENT: &str = "current";
const NEW: &str = "new";

/// The form: the current password and the new one. It says what else a new one does.
#[component]
pub fn Password() -> impl IntoView {
    let sent = sent_error("accounts/change_password").map(State::Refused);
    let state = RwSignal::new(sent.unwrap_or(State::Quiet));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if state.get_untracked() == State::Saving {
            return;
        }
        state.set(State::Saving);
        let typed = |id| browser::value(id).unwrap_or_default();
        let (current, new) = (typed(CURRENT), typed(NEW));
        spawn_local(async move {
            let changed = api::accounts::change_password(current, new).await;
            if state.try_get_untracked().is_none() {
                return;
            }
            match changed {
                Ok(()) => {
                    browser::set_value(CURRENT, "");
                    browser::set_value(NEW, "");
                    state.set(State::Saved);
                    fade(state);
                }
                Err(error) => state.set(State::Refused(error)),
            }
        });
    };
    let field = move |id: &'static str, label: &'static str, autocomplete: &'static str| {
        let wrong = dynamic(move || state.with(|state| state.wrong(id)));
        let input = view! {
            <input
                id=id
                name=id
                type="password"
                autocomplete=autocomplete
                maxlength="256"
                required=true
                aria-describedby="password-note"
                aria-invalid=wrong
            />
        };
        row(id, label, false, ().into_any(), input.into_any(), ().into_any())
    };
    let hint = t("account.password.hint").to_owned();
    let told = told("password-note".to_owned(), hint, state, t("settings.password.changed"));
    view! {
        <form class="settings-section" method="post" action=ChangePassword::url() on:submit=submit>
            <h2>{t("settings.password")}</h2>
            <p class="quiet">{t("settings.password.text")}</p>
            {field(CURRENT, t("settings.password.current"), "current-password")}
            {field(NEW, t("settings.password.new"), "new-password")}
            {told}
            <button type="submit" class="button">
                {t("settings.password.change")}
            </button>
        </form>
    }
    .into_any()
}
