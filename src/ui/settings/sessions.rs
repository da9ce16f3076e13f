//! Where the person is signed in, and signing out there.

use leptos::{ev::SubmitEvent, prelude::*, server_fn::ServerFn, task::spawn_local};

use crate::{
    api::{
        self,
        accounts::{EndSessions, SignOut},
    },
    browser::at,
    model::{Session, SettingsPage},
    ui::{
        dynamic::{dynamic, shown},
        overlay::Toasts,
        time::Time,
        words::{plural, t},
    },
};

/// The list, the one that looks first marked.
pub fn sessions(page: RwSignal<SettingsPage>) -> AnyView {
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
        let Session { id, agent, last_used, current } = session;
        let agent = if agent.is_empty() { t("settings.session.unknown").to_owned() } else { agent };
        let label = [t("account.logout"), ": ", &agent].concat();
        // Out of here the browser itself sends the form, as at the foot of the sidebar.
        let action = at(if current { SignOut::url() } else { EndSessions::url() });
        let other = (!current).then_some(id);
        let named = other.clone();
        let submit = move |event: SubmitEvent| {
            if other.is_some() {
                end(event, other.clone());
            }
        };
        let when = match current {
            true => t("settings.session.here").into_any(),
            false => (t("settings.session.used"), " ", view! { <Time ms=last_used/> }).into_any(),
        };
        view! {
            <li class="session" aria-current=current.then_some("true")>
                <span class="session-agent">{agent}</span>
                <span class="session-when">{when}</span>
                <form method="post" action=action on:submit=submit>
                    {named.map(|id| view! { <input type="hidden" name="id" value=id/> })}
                    <button type="submit" class="button" aria-label=label>
                        {t("account.logout")}
                    </button>
                </form>
            </li>
        }
    };
    let rows = dynamic(move || sessions.get().into_iter().map(row).collect_view().into_any());
    let others = shown(move || {
        let others = sessions.with(|sessions| sessions.iter().filter(|session| !session.current).count());
        let label =
            || plural("settings.sessions.end", "settings.sessions.end.all", others.try_into().unwrap_or(u32::MAX));
        (others > 0).then(|| {
            view! {
                <form method="post" action=at(EndSessions::url()) on:submit=move |event| end(event, None)>
                    <button type="submit" class="button">
                        {label()}
                    </button>
                </form>
            }
        })
    });
    view! {
        <section class="settings-section" aria-labelledby="sessions-title">
            <h2 id="sessions-title">{t("settings.sessions")}</h2>
            <ul class="sessions">{rows}</ul>
            {others}
        </section>
    }
    .into_any()
}
