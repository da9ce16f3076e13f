//! MessageList: the rows of the thread.

use crate::ui::dynamic::dynamic;
use leptos::{ev::SubmitEvent, prelude::*};

use super::{ROWS, Running, clicks::clicks, forms::Forms, newer::NewerRows, older::OlderRows, row::MessageRow};
use crate::{
    browser,
    state::ThreadView,
    ui::{dynamic::effect, words::t},
};

/// All rows that are loaded, and above them the way to older ones. A row that changes changes by itself: the list is
/// gone through only when rows come or go.
#[component]
pub fn MessageList(thread: ThreadView) -> impl IntoView {
    let rows = thread.rows.clone();
    let forms = expect_context::<Forms>();
    let submit = move |event: SubmitEvent| forms.submitted(&event);
    let running = expect_context::<Running>();
    effect(|| browser::show_local_times(ROWS));
    view! {
        <OlderRows thread=thread.clone()/>
        <div
            id=ROWS
            class="rows"
            role="log"
            aria-live="off"
            aria-label=t("chat.log")
            data-running=dynamic(move || running.0.get().then_some(""))
            on:click=clicks()
            on:submit=submit
        >
            <For
                each=move || rows.get()
                key=|row| (row.id, row.edition)
                children=|row| view! { <MessageRow row/> }.into_any()
            />
        </div>
        <NewerRows thread/>
    }
    .into_any()
}
