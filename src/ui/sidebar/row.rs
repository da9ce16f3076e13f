//! One thread in the list.

use crate::ui::dynamic::{dynamic, shown};
use leptos::prelude::*;

use crate::{
    browser::at,
    model::Mark,
    state::SidebarRow,
    ui::{
        rename::RenameField,
        tab::Tab,
        widgets::{Icon, Ring, Shape},
        words::t,
    },
};

/// The `id` of the field in which a title is changed. There is one at a time.
const FIELD: &str = "sidebar-rename";

/// Title and snippet, a ring while it runs, a dot where something ended unseen, and what can be done with it.
#[component]
pub fn ThreadRow(row: SidebarRow, path: Memo<String>) -> impl IntoView {
    let SidebarRow { id, summary } = row;
    let doomed = Tab::here().doomed;
    let href = at(&format!("/chat/thread/{id}"));
    let tools = href.clone();
    let renaming = RwSignal::new(false);
    let current = {
        let href = href.clone();
        Memo::new(move |_| path.with(|path| *path == href))
    };
    let untitled = t("chat.thread.untitled");
    let title = Memo::new({
        let summary = summary.clone();
        move |_| summary.with(|summary| summary.title.clone())
    });
    let label = move || title.get().unwrap_or_else(|| untitled.to_owned());
    let running = Memo::new({
        let summary = summary.clone();
        move |_| summary.with(|summary| summary.running)
    });
    let snippet = {
        let summary = summary.clone();
        dynamic(move || summary.with(|summary| summary.snippet.clone()))
    };
    let done = Callback::new(move |_| renaming.set(false));
    let ring = shown(move || {
        running.get().then(|| view! { <Ring/><span class="visually-hidden">{t("sidebar.running")}</span> })
    });
    let mark = Memo::new(move |_| summary.with(|summary| summary.mark));
    let dot = shown(move || {
        mark.get().filter(|_| !running.get()).map(|mark| {
            let words = match mark {
                Mark::Unread => t("sidebar.unread"),
                Mark::Failed => t("sidebar.failed"),
            };
            view! { <span class="thread-mark" data-mark=mark.as_str() title=words><span class="visually-hidden">{words}</span></span> }
        })
    });
    let rename = shown(move || {
        renaming
            .get()
            .then(|| view! { <RenameField id title=title.get_untracked().unwrap_or_default() field=FIELD done/> })
    });
    view! {
        <li class="thread-row" data-renaming=dynamic(move || renaming.get().then_some(""))>
            <a href=href aria-current=dynamic(move || current.get().then_some("page"))>
                <span class="thread-title">
                    <span>{dynamic(label)}</span>
                    {ring}
                    {dot}
                </span>
                <span class="thread-snippet">{snippet}</span>
            </a>
            {rename}
            // Without the program the thread's page asks.
            <form class="thread-tools" action=tools>
                <button
                    type="submit"
                    name="rename"
                    class="icon-button"
                    title=t("action.rename")
                    aria-label=dynamic(move || format!("{}: {}", t("action.rename"), label()))
                    on:click=move |event| {
                        event.prevent_default();
                        renaming.set(true);
                    }
                >
                    <Icon shape=Shape::Pencil/>
                </button>
                <button
                    type="submit"
                    name="delete"
                    class="icon-button"
                    title=t("action.delete")
                    aria-label=dynamic(move || format!("{}: {}", t("action.delete"), label()))
                    on:click=move |event| {
                        event.prevent_default();
                        doomed.ask(id, title.get_untracked());
                    }
                >
                    <Icon shape=Shape::Trash/>
                </button>
            </form>
        </li>
    }
    .into_any()
}
