//! Another password.

use leptos::{ev::SubmitEvent, prelude::*, server_fn::ServerFn, task::spawn_local};

use super::{
    control::{Input, Row, State, fade, input, row},
    section,
};
use crate::{
    api::{self, accounts::ChangePassword},
    browser::{self, at},
    ui::{dynamic::dynamic, sent::sent_error, words::t},
};

const CURRENT: &str = "current";
const NEW: &str = "new";

/// The form: the current password and the new one. It says what else a new one does.
pub fn password() -> AnyView {
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
    // What it says stands below the last of the fields.
    let told = [(RwSignal::new(State::Quiet), ""), (state, t("account.password.hint"))];
    let fields = [
        (CURRENT, t("settings.password.current"), "current-password"),
        (NEW, t("settings.password.new"), "new-password"),
    ];
    let typed = Memo::new(|_| String::new());
    let field = |((id, label, autocomplete), (told, hint)): ((&'static str, &'static str, _), (_, &str))| {
        let about = Input {
            key: id.to_owned(),
            kind: "password",
            longest: "256",
            autocomplete,
            required: true,
            ..Input::default()
        };
        let input = input(id, about, state, typed, Box::new(|_| ()));
        let about = Row { id, label, hint: hint.to_owned(), saved: t("settings.password.changed"), wide: false };
        row(about, told, dynamic(|| false), Box::new(|| ()), input)
    };
    let rows = fields.into_iter().zip(told).map(field).collect();
    let words = (t("settings.password"), t("settings.password.text"), t("settings.password.change"));
    section(words, at(ChangePassword::url()), rows, Box::new(submit), false)
}
