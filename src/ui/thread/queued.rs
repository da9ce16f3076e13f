//! A message that waits for the end of an answer: it can be changed, sent at once or taken back.

use crate::ui::dynamic::dynamic;
use leptos::{prelude::*, server_fn::ServerFn};

use super::Running;
use crate::{
    api::queue::{EditQueued, RemoveQueued, SendQueued},
    browser::at,
    model::MessageId,
    state::Row,
    ui::{
        widgets::{Icon, Shape},
        words::t,
    },
};

/// Says that it waits, and has the forms; what they do the list sees to (see [`Forms`](super::forms::Forms)).
#[component]
pub fn Queued(row: Row) -> impl IntoView {
    let id = row.id;
    let field = format!("queued-{id}");
    let running = use_context::<Running>();
    let running = move || running.is_some_and(|running| running.0.get());
    let now = move || t(if running() { "queue.now.stops" } else { "queue.now" });
    let source = row.source;
    // For the page as it comes; a comment, as views have them around what changes, would be read as text in there.
    let typed = source.get_untracked().unwrap_or_default();
    view! {
        <div class="queued">
            <span class="queued-state">{dynamic(move || t(if running() { "queue.waits" } else { "queue.held" }))}</span>
            <details class="queued-edit">
                <summary class="icon-button" aria-label=t("queue.edit") title=t("queue.edit")>
                    <Icon shape=Shape::Pencil/>
                </summary>
                <form method="post" action=at(EditQueued::url())>
                    <HiddenId id/>
                    <textarea
                        id=field
                        name="text"
                        rows="2"
                        aria-label=t("queue.edit.label")
                        prop:value=dynamic(move || source.get().unwrap_or_default())
                    >
                        {typed}
                    </textarea>
                    <button type="submit" class="button">
                        {t("action.save")}
                    </button>
                </form>
            </details>
            <form method="post" action=at(RemoveQueued::url())>
                <HiddenId id/>
                <button type="submit" class="icon-button" aria-label=t("queue.remove") title=t("queue.remove")>
                    <Icon shape=Shape::Trash/>
                </button>
            </form>
            <form method="post" action=at(SendQueued::url())>
                <HiddenId id/>
                <button type="submit" class="icon-button" aria-label=dynamic(now) title=dynamic(now)>
                    <Icon shape=Shape::ArrowUp/>
                </button>
            </form>
        </div>
    }
    .into_any()
}

#[component]
fn HiddenId(id: MessageId) -> impl IntoView {
    view! { <input type="hidden" name="id" value=id.to_string()/> }
}
