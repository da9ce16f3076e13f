//! The actions that messages bring with them (`actions[]`, contract C.1).

use leptos::prelude::*;

use crate::{
    model::{Action, MessageId},
    state::Row,
    ui::dynamic::shown,
};

/// Carries them out. Provided by whoever knows them; without one they are not shown.
#[derive(Clone, Copy)]
pub struct ActionHandler(pub Callback<(MessageId, String)>);

/// A button for each.
#[component]
pub fn Brought(row: Row, handler: ActionHandler) -> impl IntoView {
    let (id, actions) = (row.id, row.actions);
    let button = move |Action { label, action }: Action| {
        let name = action.clone();
        view! {
            <button type="button" class="button" data-action=name on:click=move |_| handler.0.run((id, action.clone()))>
                {label}
            </button>
        }
    };
    shown(move || {
        let actions = actions.get();
        (!actions.is_empty())
            .then(|| view! { <div class="row-brought">{actions.into_iter().map(button).collect_view()}</div> })
    })
}
