//! The title of the thread, and what can be done with the thread.

use crate::ui::dynamic::{dynamic, shown};
use leptos::{
    ev::{Event, MouseEvent},
    prelude::*,
    server_fn::ServerFn,
};
use leptos_router::hooks::use_query_map;

use super::forms::Forms;
use super::statistics::{PlainStatistics, StatisticsDialog};
use crate::{
    api::threads::FindPlace,
    browser::{self, at},
    model::Shortcut,
    state::ThreadView,
    ui::{
        keys::hint,
        rename::RenameField,
        sidebar::DrawerButton,
        tab::Tab,
        widgets::{Icon, Shape},
        words::t,
    },
};

/// The `id` of the field in which the title is changed.
const FIELD: &str = "title-rename";

/// The `id`s of the menu, and in it of the way to the first message and of the field for a day.
pub const MENU: &str = "thread-menu";
pub const BEGINNING: &str = "to-beginning";
pub const DAY: &str = "to-day";

/// Stands above the rows and does not scroll with them.
#[component]
pub fn Header(thread: ThreadView, title: Signal<String>) -> impl IntoView {
    let id = thread.id;
    let doomed = Tab::here().doomed;
    let asked = use_query_map().with_untracked(|query| query.get("rename").is_some());
    let renaming = RwSignal::new(asked);
    let own = StoredValue::new(thread.title);
    let done = Callback::new(move |new: Option<String>| {
        renaming.set(false);
        // It also comes by the stream, to every tab; here it need not wait for that.
        if new.is_some() {
            own.with_value(|title| title.set(new));
        }
    });
    let rename = move |event: MouseEvent| {
        event.prevent_default();
        renaming.set(true);
    };
    let forms = expect_context::<Forms>();
    let system = move |event: MouseEvent| {
        event.prevent_default();
        forms.ask("system", "");
    };
    let delete = move |event: MouseEvent| {
        event.prevent_default();
        doomed.ask(id, own.with_value(|title| title.get_untracked()));
    };
    let statistics = RwSignal::new(false);
    let show = move |event: MouseEvent| {
        event.prevent_default();
        statistics.set(true);
    };
    let zone = RwSignal::new(0);
    let chosen = move |event: Event| zone.set(browser::zone(&event_target_value(&event)));
    let query = use_query_map();
    let told = Memo::new(move |_| query.with(|query| query.get("statistics").is_some()));
    let heading = dynamic(move || match renaming.get() {
        true => {
            let title = own.with_value(|title| title.get_untracked()).unwrap_or_default();
            view! { <RenameField id title field=FIELD done/> }.into_any()
        }
        false => view! {
            <h1>
                <span class="bar-title" on:dblclick=rename>
                    {title}
                </span>
            </h1>
            <form class="bar-rename">
                <button
                    type="submit"
                    name="rename"
                    class="icon-button"
                    aria-label=t("action.rename")
                    title=t("action.rename")
                    on:click=rename
                >
                    <Icon shape=Shape::Pencil/>
                </button>
            </form>
        }
        .into_any(),
    });
    view! {
        <header class="bar">
            <DrawerButton/>
            <div class="bar-heading">{heading}</div>
            <details class="menu">
                <summary id=MENU class="icon-button" aria-label=t("chat.menu") title=t("chat.menu")>
                    <Icon shape=Shape::More/>
                </summary>
                <div class="menu-items">
                <form method="post" action=at(FindPlace::url())>
                    <input type="hidden" name="id" value=id.to_string()/>
                    <button id=BEGINNING type="submit" name="from" value="0">
                        <Icon shape=Shape::ArrowUp/>
                        {t("chat.beginning")}
                        {hint(Shortcut::Beginning)}
                    </button>
                </form>
                <form class="menu-day" method="post" action=at(FindPlace::url())>
                    <input type="hidden" name="id" value=id.to_string()/>
                    <label>
                        {t("chat.day")}
                        <input id=DAY type="date" name="day" required min="1970-01-01" on:input=chosen/>
                    </label>
                    // A day begins where its reader is; in UTC, where nobody knows where that is.
                    <input type="hidden" name="zone" value=dynamic(move || zone.get().to_string())/>
                    <button type="submit" class="button" aria-label=t("chat.day.go")>
                        <Icon shape=Shape::ChevronRight/>
                    </button>
                </form>
                // Without the program the page is asked to ask.
                <form>
                    <button type="submit" name="system" value="show" on:click=system>
                        <Icon shape=Shape::Settings/>
                        {t("system.open")}
                    </button>
                    <button type="submit" name="rename" on:click=rename>
                        <Icon shape=Shape::Pencil/>
                        {t("action.rename")}
                    </button>
                    <button type="submit" name="statistics" on:click=show>
                        <Icon shape=Shape::Chart/>
                        {t("stats.menu")}
                    </button>
                    <button type="submit" name="delete" data-danger on:click=delete>
                        <Icon shape=Shape::Trash/>
                        {t("action.delete")}
                    </button>
                </form>
                </div>
            </details>
        </header>
        <StatisticsDialog id open=statistics/>
        {shown(move || told.get().then(|| view! { <PlainStatistics id/> }))}
    }
    .into_any()
}
