//! What a person chose: reading and changing it.

pub mod chord;
pub mod fields;

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Viewer, accounts,
    gate::{self, Action, Resource},
    whole,
};
use crate::{
    model::{Error, Preferences, Setting, Settings, SettingsPage, Visitor},
    server::{
        app::App,
        auth::{agent, password, token},
        clock::now_ms,
        store::{PersonChange, SessionRow},
    },
};

/// The account's name, which stands among the settings on their page but is none of them.
const NAME: &str = "name";

/// The settings that the operator fixed by configuration, and what they are.
fn fixed(app: &App) -> impl Iterator<Item = (&'static str, String)> {
    let settings = &app.settings;
    [
        ("language", settings.locale.map(|language| language.tag().to_owned())),
        ("model", settings.default_model.clone()),
        ("system_prompt", settings.system_prompt.clone()),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
}

/// What holds for a person: what they chose, but for what the operator fixed.
pub fn effective(app: &App, settings: &Settings) -> Settings {
    let mut settings = settings.clone();
    if app.settings.locale.is_some() {
        settings.language = app.settings.locale;
    }
    if app.settings.system_prompt.is_some() {
        settings.system_prompt = app.settings.system_prompt.clone();
    }
    // The list of models itself says which one is the operator's.
    if app.settings.default_model.is_some() {
        settings.model = None;
    }
    settings
}

/// What a page goes by, also where nobody is signed in.
pub fn preferences(app: &App, viewer: Option<&Viewer>) -> Preferences {
    let chosen = viewer.map(|viewer| viewer.settings.clone()).unwrap_or_default();
    effective(app, &chosen).into()
}

/// What the page of settings shows; `token` is that of the session that asks.
pub async fn page(app: &App, viewer: &Viewer, token: Option<&str>) -> Result<SettingsPage, Error> {
    gate::authorize(viewer, Action::View, &Resource::Account)?;
    let setting = |name: &str, value, fixed| Setting { name: name.to_owned(), value, fixed };
    let each = |name| match fixed(app).find(|(fixed, _)| *fixed == name) {
        Some((_, value)) => setting(name, value, true),
        None => setting(name, fields::get(&viewer.settings, name), false),
    };
    let account = setting(NAME, viewer.account.name.clone(), false);
    let settings = fields::names().map(each).chain([account]).collect();
    let current = token.map(token::hash);
    let session = |row: SessionRow| crate::model::Session {
        current: current.as_deref().is_some_and(|hash| SessionRow::id(hash) == row.id),
        id: row.id,
        agent: agent::words(&row.user_agent),
        last_used: row.last_seen_at,
    };
    let sessions = app.store.sessions(viewer.account.id, now_ms()).await?.into_iter().map(session).collect();
    Ok(SettingsPage { settings, sessions })
}

/// Takes over what was written in some controls, by name: all of it or, where one of them is refused, nothing.
/// Returns how the person is seen now.
///
/// # Errors
///
/// `Invalid` with the setting's name: a code of [`fields::CODES`] or of names, or `setting_fixed` where the operator
/// decided. A chord that something else has is `key_taken:` and the name of that.
pub async fn save(app: &App, viewer: &Viewer, written: BTreeMap<String, String>) -> Result<Visitor, Error> {
    gate::authorize(viewer, Action::Write, &Resource::Account)?;
    let mut tried = viewer.settings.clone();
    let mut name = None;
    for (setting, value) in &written {
        if setting == NAME {
            name = Some(password::name(value).map_err(|code| Error::invalid(NAME, code))?);
            continue;
        }
        fields::set(&mut tried, setting, value)?;
        if fixed(app).any(|(fixed, _)| fixed == setting) {
            return Err(Error::invalid(setting, "setting_fixed"));
        }
    }
    // A form without this program brings all of them; what counts is what is new.
    let is_new = |setting: &str| fields::get(&tried, setting) != fields::get(&viewer.settings, setting);
    if let Some((shortcut, other)) = chord::clash(&tried, is_new) {
        return Err(Error::invalid(shortcut.setting(), &format!("key_taken:{}", other.name())));
    }
    // One that was chosen before may have gone away since; it stays chosen.
    if let Some(model) = tried.model.as_ref().filter(|model| viewer.settings.model.as_ref() != Some(*model)) {
        let models = app.providers.models(false).await;
        if !models.models.iter().any(|known| known.id == *model) {
            return Err(Error::invalid("model", "model_unknown"));
        }
    }
    let (app, user) = (app.clone(), viewer.account.id);
    whole(async move {
        let take_over = move |settings: &mut Settings| {
            for (setting, value) in written.iter().filter(|(setting, _)| *setting != NAME) {
                // It was accepted above.
                let _ = fields::set(settings, setting, value);
            }
        };
        let person = app.store.change_person(PersonChange { user, name, settings: Arc::new(take_over) }).await?;
        Ok(accounts::tell(&app, person.into()))
    })
    .await
}
