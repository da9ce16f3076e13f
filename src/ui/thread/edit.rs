//! Changing what a message says, in its place.

use leptos::{ev::KeyboardEvent, prelude::*, server_fn::ServerFn};

use super::forms::Forms;
use crate::{
    api::messages::Edit,
    browser::{self, at},
    model::{MessageId, Role},
    ui::{dynamic::effect, words::t},
};

/// The field, and what can become of it. A real form, so that it also works before the page is alive.
#[component]
pub fn EditForm(id: MessageId, role: Role, source: String) -> impl IntoView {
    let forms = expect_context::<Forms>();
    let (field, save) = (format!("edit-{id}"), format!("edit-{id}-save"));
    let typed = forms.typed(id, &source);
    let shown = typed.clone();
    let cancel = {
        let field = field.clone();
        move || {
            let now = browser::value(&field).filter(|now| *now != source);
            forms.close(now.map(|now| (id, now)));
        }
    };
    let key = {
        let (cancel, save) = (cancel.clone(), save.clone());
        move |event: KeyboardEvent| match event.key().as_str() {
            "Enter" if event.ctrl_key() || event.meta_key() => {
                event.prevent_default();
                browser::press(&save);
            }
            "Escape" if !event.is_composing() => {
                event.prevent_default();
                event.stop_propagation();
                cancel();
            }
            _ => {}
        }
    };
    effect({
        let field = field.clone();
        move || browser::focus_end(&field)
    });
    let button = |then: &'static str, words: &'static str, id: Option<String>| {
        let primary = id.is_some().then_some("");
        view! {
            <button type="submit" class="button" name="then" value=then id=id data-primary=primary>
                {t(words)}
            </button>
        }
    };
    let buttons = match role {
        Role::User => (button("save", "edit.save.only", None), button("ask", "edit.ask", Some(save))).into_any(),
        Role::Assistant => {
            (button("branch", "edit.branch", None), button("save", "action.save", Some(save))).into_any()
        }
        _ => button("save", "action.save", Some(save)).into_any(),
    };
    view! {
        <form class="row-edit" method="post" action=at(Edit::url()) data-model=(role == Role::User).then_some("")>
            <input type="hidden" name="id" value=id.to_string()/>
            <textarea id=field name="text" rows="3" aria-label=t("edit.label") on:keydown=key prop:value=shown>
                {typed}
            </textarea>
            <div class="row-edit-buttons">
                // Without the program the page is asked to be as it was.
                <a class="button" href="?" on:click=move |event| {
                    event.prevent_default();
                    cancel();
                }>
                    {t("action.cancel")}
                </a>
                {buttons}
            </div>
        </form>
    }
    .into_any()
}
