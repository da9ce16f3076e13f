//! What can be done with a row. The place for it is always there, so that nothing moves when it shows.

use crate::ui::dynamic::{dynamic, shown};
use leptos::{prelude::*, task::spawn_local};

use super::failure::RetryForm;
use crate::{
    api, browser,
    model::{Action, MessageId, Role, Status},
    state::Row,
    ui::{
        overlay::Toasts,
        widgets::{Icon, Shape},
        words::t,
    },
};

/// How long the button says that it copied, in milliseconds (contract C.3).
const COPIED_MS: i32 = 1200;

/// Copy, and another try where one was stopped.
#[component]
pub fn RowActions(row: Row) -> impl IntoView {
    let id = row.id;
    let (status, actions) = (row.status, row.actions);
    let handler = use_context::<ActionHandler>();
    let more = shown(move || {
        handler.map(|handler| {
            let button = |action: Action| view! { <ActionButton id action handler/> };
            actions.get().into_iter().map(button).collect_view()
        })
    });
    let retry = {
        let status = status.clone();
        shown(move || {
            (row.role == Role::Assistant && status.get() == Status::Cancelled)
                .then(|| view! { <RetryForm answer=id small=true/> })
        })
    };
    let copy = shown(move || status.get().is_settled().then(|| view! { <CopyButton id/> }));
    view! { <div class="row-actions">{copy} {retry} {more}</div> }
}

/// Carries out the actions that messages bring with them (`actions[]`, contract C.1). Provided by whoever knows them;
/// without one they are not shown.
#[derive(Clone, Copy)]
pub struct ActionHandler(pub Callback<(MessageId, String)>);

#[component]
fn ActionButton(id: MessageId, action: Action, handler: ActionHandler) -> impl IntoView {
    let Action { label, action } = action;
    let name = action.clone();
    view! {
        <button type="button" class="button" data-action=name on:click=move |_| handler.0.run((id, action.clone()))>
            {label}
        </button>
    }
}

/// Copies the row's text as it was written, not as it is shown.
#[component]
fn CopyButton(id: MessageId) -> impl IntoView {
    let copied = RwSignal::new(false);
    let toasts = StoredValue::new(Toasts::here());
    let copy = move |_| {
        spawn_local(async move {
            match api::messages::source(id).await {
                Ok(text) => {
                    if browser::copy(text).await {
                        copied.set(true);
                        browser::after(COPIED_MS, move || {
                            let _ = copied.try_set(false);
                        });
                    }
                }
                Err(error) => toasts.with_value(|toasts| toasts.error(&error)),
            }
        });
    };
    let label = move || if copied.get() { t("action.copied") } else { t("action.copy") };
    view! {
        <button
            type="button"
            class="icon-button copy-row"
            aria-label=dynamic(label)
            title=dynamic(label)
            data-copied=dynamic(move || copied.get().then_some(""))
            on:click=copy
        >
            {dynamic(move || {
                let shape = if copied.get() { Shape::Check } else { Shape::Copy };
                view! { <Icon shape/> }.into_any()
            })}
        </button>
    }
}
