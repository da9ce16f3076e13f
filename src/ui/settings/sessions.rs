//! Where the person is signed in, and signing out there.

use leptos::{ev::SubmitEvent, prelude::*, server_fn::ServerFn, task::spawn_local};

use crate::{
    api::{
        self,
        accounts::{EndSessions, SignOut},
    },
    model::{Session, SettingsPage},
    ui::{
        overlay::Toasts,
        time::Time,
        words::{plural, t},
    },
};

/// The list, the one that looks first marked.
#[component]
pub fn Sessions(page: RwSignal<SettingsPage>) -> impl IntoView {
    let sessions = Memo::new(move |_| page.with(|page| page.sessions.clone()));
    let toasts = StoredValue::new(Toasts::here());
    // That it ended comes by the person's channel, here and in every other tab.
    let end = move |event: SubmitEvent, id: Option<String>| {
        event.prevent_default();
        spawn_local(async move {
            if let Err(error) = api::accounts::end_sessions(id).await {
                toasts.try_with_value(|toasts| toasts.error(&error));
            }
        });
    };
    let row = move |session: Session| {
        let agent = match session.agent.is_empty() {
            true => t("settings.session.unknown").to_owned(),
            false => session.agent,
        };
        let label = [t("account.logout"), ": ", &agent].concat();
        let button = view! {
            <button type="submit" class="button" aria-label=label>
                {t("account.logout")}
            </button>
        };
        let when = match session.current {
            true => view! { <span class="session-here">{t("settings.session.here")}</span> }.into_any(),
            false => view! { <span class="quiet">{t("settings.session.used")} " " <Time ms=session.last_used/></span> }
                .into_any(),
        };
        let form = match session.current {
            // The browser itself sends it, as at the foot of the sidebar.
            true => view! { <form method="post" action=SignOut::url()>{button}</form> }.into_any(),
            false => {
                let id = session.id.clone();
                view! {
                    <form method="post" action=EndSessions::url() on:submit=move |event| end(event, Some(id.clone()))>
                        <input type="hidden" name="id" value=session.id/>
                        {button}
                    </form>
                }
                .into_any()
            }
        };
        view! {
            <li class="session" aria-current=session.current.then_some("true")>
                <span class="session-agent">{agent}</span>
                {when}
                {form}
            </li>
        }
        .into_any()
    };
    let others = move || {
        let others = sessions.with(|sessions| sessions.iter().filter(|session| !session.current).count());
        (others > 0).then(|| {
            let label =
                plural("settings.sessions.end", "settings.sessions.end.all", others.try_into().unwrap_or(u32::MAX));
            view! {
                <form method="post" action=EndSessions::url() on:submit=move |event| end(event, None)>
                    <button type="submit" class="button">
                        {label}
                    </button>
                </form>
            }
            .into_any()
        })
    };
    view! {
        <section class="settings-section" aria-labelledby="sessions-title">
            <h2 id="sessions-title">{t("settings.sessions")}</h2>
            <ul class="sessions">{move || sessions.get().into_iter().map(row).collect_view()}</ul>
            {others}
        </section>
    }
    .into_any()
}
