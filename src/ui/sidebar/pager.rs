//! The pages of the list. Links, so that they also turn without any script; the page that is looked at is the client's.

use crate::ui::dynamic::shown;
use leptos::{ev::MouseEvent, prelude::*};

use crate::{
    state::SidebarView,
    ui::{
        widgets::{Icon, Shape},
        words::{fill, t},
    },
};

/// Previous, `1 / 3`, next; nothing where there is one page.
#[component]
pub fn Pager(sidebar: SidebarView) -> impl IntoView {
    let (page, pages) = (sidebar.page.clone(), sidebar.pages.clone());
    let sidebar = StoredValue::new(sidebar);
    shown(move || {
        let (page, pages) = (page.get(), pages.get());
        (pages > 1).then(|| {
            let label = fill("sidebar.page", &[("page", &(page + 1).to_string()), ("pages", &pages.to_string())]);
            let name = label.clone();
            view! {
                <nav class="pager" aria-label=name>
                    <Turn sidebar to=page.checked_sub(1) shape=Shape::ChevronLeft label=t("sidebar.previous")/>
                    <span>{label}</span>
                    <Turn sidebar to=(page + 1 < pages).then_some(page + 1) shape=Shape::ChevronRight label=t("sidebar.next")/>
                </nav>
            }
        })
    })
}

/// A link to a page, or the place of one.
#[component]
fn Turn(sidebar: StoredValue<SidebarView>, to: Option<u32>, shape: Shape, label: &'static str) -> impl IntoView {
    let turn = move |event: MouseEvent| {
        event.prevent_default();
        if let Some(page) = to {
            sidebar.with_value(|sidebar| sidebar.turn(page));
        }
    };
    view! {
        <a
            class="icon-button"
            href=to.map(|page| format!("?page={}", page + 1))
            role="link"
            aria-disabled=to.is_none().then_some("true")
            aria-label=label
            title=label
            on:click=turn
        >
            <Icon shape/>
        </a>
    }
}
