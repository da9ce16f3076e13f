//! `/settings`: one column of labelled rows. Each saves itself when it is changed; without this program each section is
//! a form with a button.

mod account;
mod control;
mod sessions;

use leptos::{ev::SubmitEvent, prelude::*, server_fn::ServerFn, task::spawn_local};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use wasm_split_helpers::wasm_split;

use self::{
    control::{Kind, control},
    sessions::sessions,
};
use super::{
    dynamic::effect,
    keys,
    missing::NotLoaded,
    parts::{Missing, of_part},
    sidebar::DrawerButton,
    tab::Tab,
    words::{fill, t},
};
use crate::{
    api::{self, settings::SaveSettings},
    browser::at,
    model::{AuthMode, Error, SettingsPage, Shortcut},
    state::{Desk, page_data},
};

/// The page. The browser fetches it when somebody goes there.
#[component]
pub fn Settings() -> impl IntoView {
    of_part(part())
}

/// What is fetched; `fetch` does only that.
#[wasm_split(settings, fallible, preload(fetch))]
pub fn part() -> Result<AnyView, Missing> {
    Ok(view! { <Page/> }.into_any())
}

#[component]
fn Page() -> impl IntoView {
    let data = page_data(|| (), |()| api::settings::page());
    let desk = Tab::here().desk;
    view! {
        <Title text=t("settings.title")/>
        <header class="bar">
            <DrawerButton/>
            <div class="bar-heading">
                <h1>{t("settings.title")}</h1>
            </div>
        </header>
        <div class="settings-scroller" data-part="settings">
            <Suspense>
                {move || Suspend::new(async move {
                    match (data.await, desk.await) {
                        (Ok(page), Ok(desk)) => view! { <Sections page desk/> }.into_any(),
                        // The layout leads to where one signs in.
                        (Err(Error::Unauthorized), _) => ().into_any(),
                        (Err(error), _) | (_, Err(error)) => view! { <NotLoaded error/> }.into_any(),
                    }
                })}
            </Suspense>
        </div>
    }
    .into_any()
}

#[component]
fn Sections(page: SettingsPage, desk: Desk) -> impl IntoView {
    let tab = Tab::here();
    tab.person.begin(&desk.visitor);
    let page = RwSignal::new(page);
    let edition = tab.person.edition.clone();
    // Whatever changed, in this tab or another: the page is read again, and each row shows what is new about it.
    let mut before = edition.get_untracked();
    effect(move || {
        let now = edition.get();
        if std::mem::replace(&mut before, now) != now {
            spawn_local(async move {
                if let Ok(read) = api::settings::page().await {
                    let _ = page.try_set(read);
                }
            });
        }
    });
    // A form that was sent without this program says here that it was carried out; what failed is said by the layout.
    let saved = use_query_map().with_untracked(|query| query.get("saved").is_some() && query.get("__err").is_none());
    let password = desk.visitor.auth == AuthMode::Password;
    let email = desk.visitor.account.as_ref().filter(|_| password).map(|account| account.email.clone());
    let name_hint = email.map(|email| fill("settings.name.hint", &[("email", &email)])).unwrap_or_default();

    let row = move |name, label, hint: &str, kind| control(page, name, label, hint.to_owned(), kind);
    let choice = |options: &[(&str, &str)]| {
        Kind::Choice(options.iter().map(|(value, words)| ((*value).to_owned(), (*words).to_owned())).collect())
    };
    let switch = [("on", t("settings.on")), ("off", t("settings.off"))];
    let themes = [
        ("system", t("settings.theme.system")),
        ("light", t("settings.theme.light")),
        ("dark", t("settings.theme.dark")),
    ];
    let languages = [("", t("settings.language.auto")), ("en", t("language.en")), ("de", t("language.de"))];
    let thoughts = [
        ("auto", t("settings.reasoning.auto")),
        ("open", t("settings.reasoning.open")),
        ("closed", t("settings.reasoning.closed")),
    ];
    let models = tab.models.get_untracked().unwrap_or(desk.models).models.into_iter();
    let first = (String::new(), t("settings.default").to_owned());
    let models = Kind::Choice([first].into_iter().chain(models.map(|model| (model.id, model.name))).collect());
    let numbers = [
        ("temperature", t("settings.temperature"), t("settings.temperature.hint")),
        ("top_p", t("settings.top_p"), t("settings.top_p.hint")),
        ("top_k", t("settings.top_k"), t("settings.top_k.hint")),
        ("min_p", t("settings.min_p"), t("settings.min_p.hint")),
        ("max_tokens", t("settings.max_tokens"), t("settings.max_tokens.hint")),
        ("repeat_penalty", t("settings.repeat_penalty"), t("settings.repeat_penalty.hint")),
        ("presence_penalty", t("settings.presence_penalty"), t("settings.presence_penalty.hint")),
        ("frequency_penalty", t("settings.frequency_penalty"), t("settings.frequency_penalty.hint")),
        ("seed", t("settings.seed"), t("settings.seed.hint")),
    ];
    let general = vec![
        row("theme", t("settings.theme"), t("settings.theme.hint"), choice(&themes)),
        row("language", t("settings.language"), t("settings.language.hint"), choice(&languages)),
        row("send_on_enter", t("settings.enter"), t("settings.enter.hint"), choice(&switch)),
        row("auto_scroll", t("settings.scroll"), t("settings.scroll.hint"), choice(&switch)),
        row("reasoning", t("settings.reasoning"), t("settings.reasoning.hint"), choice(&thoughts)),
        row("thread_list", t("settings.sidebar"), t("settings.sidebar.hint"), choice(&switch)),
    ];
    let answers = vec![
        row("model", t("settings.model"), t("settings.model.hint"), models),
        row("system_prompt", t("settings.prompt"), t("settings.prompt.hint"), Kind::Prose),
    ];
    let sampling = numbers.into_iter().map(|(name, label, hint)| row(name, label, hint, Kind::Number)).collect();
    let account = vec![row("name", t("account.name"), &name_hint, Kind::Name)];
    let keys =
        Shortcut::ALL.iter().map(|shortcut| row(shortcut.setting(), keys::about(*shortcut), "", Kind::Keys(*shortcut)));
    let all = row("shortcuts", t("settings.shortcuts"), t("settings.shortcuts.hint"), choice(&switch));
    let keys = std::iter::once(all).chain(keys).collect();
    let save = |title, text, rows| {
        section(
            (title, text, t("action.save")),
            at(SaveSettings::url()),
            rows,
            Box::new(|event| event.prevent_default()),
            true,
        )
    };
    let mut sections = vec![
        save(t("settings.general"), "", general),
        save(t("settings.answers"), "", answers),
        save(t("settings.sampling"), t("settings.sampling.text"), sampling),
        save(t("keys.title"), t("settings.keys.text"), keys),
        save(t("settings.account"), "", account),
    ];
    if password {
        sections.extend([account::password(), sessions(page)]);
    }
    view! {
        <div class="settings">
            <p class="settings-note" role="status" hidden=!saved>
                {t("settings.saved")}
            </p>
            {sections}
        </div>
    }
    .into_any()
}

/// Some rows under a title, and perhaps a text: a form, and the words on its button. Where the rows save themselves the
/// button is only there as long as the page is not alive.
fn section(
    (title, text, button): (&'static str, &'static str, &'static str),
    action: String,
    rows: Vec<AnyView>,
    submit: Box<dyn FnMut(SubmitEvent)>,
    by_itself: bool,
) -> AnyView {
    view! {
        <form class="settings-section" method="post" action=action data-live-rows=by_itself.then_some("") on:submit=submit>
            <h2>{title}</h2>
            <p class="quiet" hidden=text.is_empty()>
                {text}
            </p>
            {rows}
            <button type="submit" class="button">
                {button}
            </button>
        </form>
    }
    .into_any()
}
