//! What stands around every chat page: the list of threads, and what lies over the page. It stays while pages change.

use leptos::prelude::*;
use leptos_router::{
    components::{Outlet, Redirect},
    hooks::{use_location, use_query_map},
};

use super::{
    missing::NotLoaded,
    overlay::{ConfirmDelete, ConnectModel, FailedDialog, ToastList},
    sidebar::Sidebar,
    tab::Tab,
    words::t,
};
use crate::{browser, state::Desk};

/// The layout of `/chat` and everything below it.
#[component]
pub fn ChatLayout() -> impl IntoView {
    let query = use_query_map();
    let page = query.with_untracked(|query| query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1));
    let page = u32::max(page, 1) - 1;
    let desk = Resource::new_blocking(|| (), move |()| Desk::load(page));
    let tab = Tab::provide(desk);
    let models = tab.models;

    let connection = tab.connection.clone();
    Effect::new({
        let connection = connection.clone();
        move |_| {
            let connection = connection.clone();
            let guards = (browser::on_visibility(move |visible| connection.seen(visible)), browser::menus_close());
            StoredValue::new_local(guards);
        }
    });
    on_cleanup(move || connection.end());

    view! {
        <a class="skip" href="#composer-text">
            {t("skip.composer")}
        </a>
        <div class="layout">
            <Suspense>
                {move || Suspend::new(async move {
                    match desk.await {
                        Ok(Desk { visitor, sidebar: Some(sidebar), .. }) => {
                            view! { <Sidebar visitor page=sidebar/> }.into_any()
                        }
                        Ok(desk) => view! { <SignInFirst first=desk.visitor.first/> }.into_any(),
                        Err(error) => view! { <NotLoaded error/> }.into_any(),
                    }
                })}
            </Suspense>
            <main class="main">
                <Outlet/>
            </main>
        </div>
        <ConnectionBanner/>
        <ConfirmDelete/>
        <FailedDialog/>
        <ConnectModel models=Signal::derive(move || models.get().unwrap_or_default())/>
        <ToastList/>
    }
    .into_any()
}

/// Leads to where one signs in, or makes the first account, and from there back here.
#[component]
fn SignInFirst(first: bool) -> impl IntoView {
    let location = use_location();
    let path = if first {
        "/signup".to_owned()
    } else {
        // The path of a thread is made of letters that stand in a query as they are.
        format!("/login?next={}", location.pathname.get_untracked())
    };
    view! { <Redirect path/> }
}

/// Says that the server is away, once that takes longer than a moment.
#[component]
fn ConnectionBanner() -> impl IntoView {
    let connection = Tab::here().connection;
    let link = connection.link;
    let away = RwSignal::from(connection.away);
    view! {
        <p class="connection" role="status" data-connection=move || link.get().as_str() data-away=move || away.get().then_some("")>
            {move || away.get().then(|| t("connection.lost"))}
        </p>
    }
}
