//! What can be done with a row. The place for it is always there, so that nothing moves when it shows.

use crate::ui::dynamic::{dynamic, shown};
use leptos::{prelude::*, server_fn::ServerFn, task::spawn_local};

use super::{asked::asks, versions::versions};
use crate::{
    api::{
        self,
        messages::{GoOn, Regenerate},
    },
    browser::{self, at},
    model::{Action, MessageId, Role, Status, StopReason},
    state::Row,
    ui::{
        overlay::Toasts,
        widgets::{Icon, Shape},
        words::t,
    },
};

/// How long the button says that it copied, in milliseconds (contract C.3).
const COPIED_MS: i32 = 1200;

/// The other versions; copy, change, ask again; and a menu of the rest.
#[component]
pub fn RowActions(row: Row) -> impl IntoView {
    let (id, role) = (row.id, row.role);
    let (status, actions, version, meta, filled) =
        (row.status, row.actions, row.version, row.meta, row.text.filled.clone());
    let handler = use_context::<ActionHandler>();
    let more = shown(move || {
        handler.map(|handler| {
            let button = |action: Action| view! { <ActionButton id action handler/> };
            actions.get().into_iter().map(button).collect_view()
        })
    });
    if !matches!(role, Role::User | Role::Assistant | Role::System) || row.sequence < 0 {
        return view! { <div class="row-actions">{more}</div> }.into_any();
    }
    let length = Memo::new(move |_| meta.with(|meta| meta.stop == Some(StopReason::Length)));
    let own = dynamic(move || {
        let others = versions(id, version.get());
        let status = status.get();
        if !status.is_settled() {
            return others.into_any();
        }
        let early = matches!(status, Status::Failed | Status::Cancelled) || length.get();
        let continued = role == Role::Assistant && early && filled.get();
        let copy = view! { <CopyButton id/> };
        let edit = view! {
            <form method="get">
                <button
                    type="submit"
                    class="icon-button edit-row"
                    name="edit"
                    value=id.to_string()
                    aria-label=t("action.edit")
                    title=t("action.edit")
                >
                    <Icon shape=Shape::Pencil/>
                </button>
            </form>
        };
        let again = (role != Role::System).then(|| again(id, role));
        let continued = continued.then(|| go_on(id));
        let menu = view! {
            <details class="menu row-menu">
                <summary class="icon-button" aria-label=t("action.more") title=t("action.more")>
                    <Icon shape=Shape::More/>
                </summary>
                <div class="menu-items">
                    {(role == Role::Assistant).then(|| asks("again", id, "again.open", false))}
                    {(role != Role::System).then(|| asks("fork", id, "fork.open", false))}
                    {asks("remove", id, "remove.open", true)}
                </div>
            </details>
        };
        (others, copy, edit, again, continued, menu).into_any()
    });
    view! { <div class="row-actions">{own} {more}</div> }.into_any()
}

/// Another answer: beside this one, with its model; or to a message that has none, with the model that is chosen.
fn again(id: MessageId, role: Role) -> AnyView {
    let answers = role == Role::Assistant;
    let words = t(if answers { "action.again" } else { "action.answer" });
    view! {
        <form
            class=if answers { "again" } else { "again answer-row" }
            method="post"
            action=at(Regenerate::url())
            data-model=(!answers).then_some("")
        >
            <input type="hidden" name="id" value=id.to_string()/>
            <button type="submit" class="icon-button regenerate-row" aria-label=words title=words>
                <Icon shape=Shape::Retry/>
            </button>
        </form>
    }
    .into_any()
}

/// The rest of an answer that ended too early.
fn go_on(id: MessageId) -> AnyView {
    view! {
        <form class="again continue-row" method="post" action=at(GoOn::url())>
            <input type="hidden" name="id" value=id.to_string()/>
            <button type="submit" class="icon-button" aria-label=t("action.continue") title=t("action.continue")>
                <Icon shape=Shape::Continue/>
            </button>
        </form>
    }
    .into_any()
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
