//! The question before a thread is deleted, as a part of its page: for whoever has no dialog that opens by script.

use crate::ui::dynamic::dynamic;
use leptos::{prelude::*, server_fn::ServerFn};

use crate::{api::threads::Delete, browser::at, model::ThreadId, ui::words::t};

/// Asks, says what goes, and deletes by a form that the browser itself sends.
#[component]
pub fn AskDelete(id: ThreadId, title: Signal<String>) -> impl IntoView {
    let ask = t("chat.delete.title");
    view! {
        <form class="ask" method="post" action=at(Delete::url())>
            <input type="hidden" name="id" value=id.to_string()/>
            <h2>{dynamic(move || ask.replace("{title}", &title.get()))}</h2>
            <p>{t("chat.delete.text")}</p>
            <div class="dialog-actions">
                <a class="button" href=at(&format!("/chat/thread/{id}"))>
                    {t("action.cancel")}
                </a>
                <button type="submit" class="button" data-danger>
                    {t("action.delete")}
                </button>
            </div>
        </form>
    }
    .into_any()
}
