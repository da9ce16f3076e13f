//! `/settings`: one column of labelled rows. Each saves itself when it is changed; without this program each section is
//! a form with a button.

mod account;
mod control;
mod sessions;

use leptos::{prelude::*, server_fn::ServerFn, task::spawn_local};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use self::{
    account::Password,
    control::{Control, Kind},
    sessions::Sessions,
};
use super::{
    dynamic::effect,
    missing::NotLoaded,
    sidebar::DrawerButton,
    tab::Tab,
    words::{fill, t},
};
use crate::{
    api::{self, settings::SaveSettings},
    model::{AuthMode, Error, SettingsPage},
    state::{Desk, page_data},
};

/// The page.
#[component]
pub fn Settings() -> impl IntoView {
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
        <div class="settings-scroller">
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

    let row = move |name, label: &'static str, hint: &'static str, kind| {
        view! { <Control page name label hint=hint.to_owned() kind/> }
    };
    let choice = |options: &[(&str, &str)]| {
        Kind::Choice(options.iter().map(|(value, words)| ((*value).to_owned(), (*words).to_owned())).collect())
    };
    let switch = move || choice(&[("on", t("settings.on")), ("off", t("settings.off"))]);
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
    let number = move |name, label, hint| row(name, label, hint, Kind::Number);
    view! {
        <div class="settings">
            {saved.then(|| view! { <p class="settings-note" role="status">{t("settings.saved")}</p> })}
            <Section title=t("settings.general")>
                {row("theme", t("settings.theme"), t("settings.theme.hint"), choice(&themes))}
                {row("language", t("settings.language"), t("settings.language.hint"), choice(&languages))}
                {row("send_on_enter", t("settings.enter"), t("settings.enter.hint"), switch())}
                {row("auto_scroll", t("settings.scroll"), t("settings.scroll.hint"), switch())}
                {row("reasoning", t("settings.reasoning"), t("settings.reasoning.hint"), choice(&thoughts))}
            </Section>
            <Section title=t("settings.answers")>
                {row("model", t("settings.model"), t("settings.model.hint"), models)}
                {row("system_prompt", t("settings.prompt"), t("settings.prompt.hint"), Kind::Prose)}
            </Section>
            <Section title=t("settings.sampling") text=t("settings.sampling.text")>
                {number("temperature", t("settings.temperature"), t("settings.temperature.hint"))}
                {number("top_p", t("settings.top_p"), t("settings.top_p.hint"))}
                {number("top_k", t("settings.top_k"), t("settings.top_k.hint"))}
                {number("min_p", t("settings.min_p"), t("settings.min_p.hint"))}
                {number("max_tokens", t("settings.max_tokens"), t("settings.max_tokens.hint"))}
                {number("repeat_penalty", t("settings.repeat_penalty"), t("settings.repeat_penalty.hint"))}
                {number("presence_penalty", t("settings.presence_penalty"), t("settings.presence_penalty.hint"))}
                {number("frequency_penalty", t("settings.frequency_penalty"), t("settings.frequency_penalty.hint"))}
                {number("seed", t("settings.seed"), t("settings.seed.hint"))}
            </Section>
            <Section title=t("settings.account")>
                <Control page name="name" label=t("account.name") hint=name_hint kind=Kind::Name/>
            </Section>
            {password
                .then(|| {
                    view! {
                        <Password/>
                        <Sessions page/>
                    }
                })}
        </div>
    }
    .into_any()
}

/// Some rows under a title: a form, whose button is only there as long as the page is not alive.
#[component]
fn Section(title: &'static str, #[prop(optional)] text: &'static str, children: Children) -> impl IntoView {
    view! {
        <form
            class="settings-section"
            method="post"
            action=SaveSettings::url()
            on:submit=|event| event.prevent_default()
        >
            <h2>{title}</h2>
            {(!text.is_empty()).then(|| view! { <p class="quiet">{text}</p> })}
            {children()}
            <button type="submit" class="button settings-save">
                {t("action.save")}
            </button>
        </form>
    }
    .into_any()
}
