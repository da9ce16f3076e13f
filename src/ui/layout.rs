//! What stands around every chat page and the settings: the list of threads, and what lies over the page. It stays while pages change.

use crate::ui::dynamic::{dynamic, effect};
use leptos::prelude::*;
use leptos_router::{
    components::Outlet,
    hooks::{use_location, use_query_map},
};

use super::{
    keys::{ShortcutList, page_keys},
    lead::{Lead, use_lead},
    missing::NotLoaded,
    overlay::{ConfirmDelete, ConnectModel, FailedDialog, ToastList},
    preferences::follow_preferences,
    sent::SentError,
    sidebar::Sidebar,
    signs::Signs,
    tab::Tab,
    words::t,
};
use crate::{
    browser,
    state::{Desk, page_data},
};

/// The layout of `/chat`, everything below it, and `/settings`.
#[component]
pub fn ChatLayout() -> impl IntoView {
    let query = use_query_map();
    let page = query.with_untracked(|query| query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1));
    let page = u32::max(page, 1) - 1;
    let desk = page_data(|| (), move |()| Desk::load(page));
    let tab = Tab::provide(desk);
    let models = tab.models;
    let person = StoredValue::new(tab.person.clone());
    follow_preferences(&tab.person);

    let connection = tab.connection.clone();
    effect({
        let connection = connection.clone();
        move || {
            let connection = connection.clone();
            let focused = connection.clone();
            let guards = (
                browser::on_visibility(move |visible| connection.seen(visible)),
                browser::on_focus(move || focused.focused()),
                browser::menus_close(),
            );
            StoredValue::new_local(guards);
        }
    });
    leave_when_signed_out(connection.signed_out.clone());
    page_keys();
    expect_context::<Signs>().follow(&tab);
    on_cleanup(move || connection.end());

    view! {
        <a class="skip" href="#main" rel="external">
            {t("skip.main")}
        </a>
        <div class="layout">
            <Suspense>
                {move || Suspend::new(async move {
                    match desk.await {
                        Ok(Desk { visitor, sidebar: Some(sidebar), .. }) => {
                            person.with_value(|person| person.begin(&visitor));
                            view! { <Sidebar visitor page=sidebar/> }.into_any()
                        }
                        Ok(desk) => view! { <SignInFirst first=desk.visitor.first/> }.into_any(),
                        Err(error) => view! { <NotLoaded error/> }.into_any(),
                    }
                })}
            </Suspense>
            <main id="main" class="main" tabindex="-1">
                <Outlet/>
            </main>
        </div>
        <SentError/>
        <ConnectionBanner/>
        <ConfirmDelete/>
        <FailedDialog/>
        <ConnectModel models=Signal::derive(move || models.get().unwrap_or_default())/>
        <ShortcutList/>
        <ToastList/>
    }
    .into_any()
}

/// A session that ended, here or elsewhere, leads to where the next begins.
fn leave_when_signed_out(signed_out: ArcRwSignal<bool>) {
    let (lead, path) = (use_lead(), use_location().pathname);
    effect(move || {
        if signed_out.get() {
            lead(&format!("/login?next={}", path.get_untracked()), false);
        }
    });
}

/// Leads to where one signs in, or makes the first account, and from there back here.
#[component]
fn SignInFirst(first: bool) -> impl IntoView {
    if first {
        return view! { <Lead to="/signup"/> };
    }
    // The path of a thread stands in a query as it is.
    view! { <Lead to=format!("/login?next={}", use_location().pathname.get_untracked())/> }
}

/// Says that the server is away, once that takes longer than a moment.
#[component]
fn ConnectionBanner() -> impl IntoView {
    let connection = Tab::here().connection;
    let link = connection.link;
    let away = RwSignal::from(connection.away);
    let lost = t("connection.lost");
    view! {
        <p class="banner connection" role="status" data-connection=dynamic(move || link.get().as_str()) data-away=dynamic(move || away.get().then_some(""))>
            {dynamic(move || if away.get() { lost } else { "" })}
        </p>
    }
}
