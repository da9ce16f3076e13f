//! MessageList: the rows of the thread.

use crate::ui::dynamic::dynamic;
use leptos::{
    ev::{MouseEvent, SubmitEvent},
    prelude::*,
    task::spawn_local,
};

use super::{ROWS, Running, forms::Forms, newer::NewerRows, older::OlderRows, row::MessageRow};
use crate::{
    browser::{self, Clicked},
    state::ThreadView,
    ui::words::t,
};

/// All rows that are loaded, and above them the way to older ones. A row that changes changes by itself: the list is
/// gone through only when rows come or go.
#[component]
pub fn MessageList(thread: ThreadView) -> impl IntoView {
    let rows = thread.rows.clone();
    // One listener for all that the server put into the rows' text.
    let click = |event: MouseEvent| {
        if let Some(Clicked::Code(code)) = browser::clicked(&event) {
            spawn_local(async move {
                // The button has said so already; where it fails there is nothing better to say.
                let _ = browser::copy(code).await;
            });
        }
    };
    let forms = expect_context::<Forms>();
    let submit = move |event: SubmitEvent| forms.submitted(&event);
    let running = expect_context::<Running>();
    view! {
        <OlderRows thread=thread.clone()/>
        <div
            id=ROWS
            class="rows"
            role="log"
            aria-live="off"
            aria-label=t("chat.log")
            data-running=dynamic(move || running.0.get().then_some(""))
            on:click=click
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
