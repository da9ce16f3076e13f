//! The list of threads, to the left; a drawer on a phone, which opens without any script.

mod account;
mod pager;
mod row;

use crate::ui::dynamic::{effect, shown};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use self::{account::AccountFoot, pager::Pager, row::ThreadRow};
use super::{
    tab::Tab,
    widgets::{Brand, Icon, Shape},
    words::{self, t},
};
use crate::{
    browser::{self, at},
    model::{SidebarPage, Visitor},
    state::SidebarView,
};

/// The `id` of the drawer.
const SIDEBAR: &str = "sidebar";

/// The list, with what stands above and below it.
#[component]
pub fn Sidebar(visitor: Visitor, page: SidebarPage) -> impl IntoView {
    let seq = page.seq;
    let sidebar = SidebarView::new(page);
    let tab = Tab::here();
    effect({
        let sidebar = sidebar.clone();
        move || {
            tab.connection.start(sidebar.clone(), seq);
            tab.sidebar.set(Some(sidebar.clone()));
        }
    });
    let path = use_location().pathname;
    effect(move || {
        path.track();
        browser::hide_popover(SIDEBAR);
    });
    let (rows, failed) = (sidebar.rows.clone(), sidebar.failed.clone());
    let empty = {
        let rows = rows.clone();
        shown(move || {
            rows.with(Vec::is_empty).then(|| view! { <p class="sidebar-empty quiet">{t("sidebar.empty")}</p> })
        })
    };
    view! {
        <aside id=SIDEBAR class="sidebar" popover="auto" aria-label=t("sidebar.label")>
            <a class="brand" href=at("/chat")>
                <Brand/>
                {t("app.name")}
            </a>
            <a class="button new-chat" href=at("/chat")>
                <Icon shape=Shape::Plus/>
                {t("chat.new")}
            </a>
            <nav class="threads" aria-label=t("sidebar.label")>
                {empty}
                <ul>
                    <For
                        each=move || rows.get()
                        key=|row| row.id
                        children=move |row| view! { <ThreadRow row path/> }.into_any()
                    />
                </ul>
                {shown(move || {
                    failed
                        .get()
                        .map(|error| {
                            view! {
                                <p class="sidebar-failed" role="status" title=words::error(&error)>
                                    {t("sidebar.failed")}
                                </p>
                            }
                        })
                })}
            </nav>
            <Pager sidebar/>
            <AccountFoot visitor/>
        </aside>
    }
    .into_any()
}

/// Opens the drawer, on a phone.
#[component]
pub fn DrawerButton() -> impl IntoView {
    view! {
        <button type="button" class="icon-button drawer-button" popovertarget=SIDEBAR aria-label=t("chat.open_list")>
            <Icon shape=Shape::Menu/>
        </button>
    }
}
