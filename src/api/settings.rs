//! What a person chose.

use std::collections::BTreeMap;

use leptos::server;

use super::Json;
use crate::model::{Error, SettingsPage, Visitor};

/// What the page of settings shows.
#[server(name = ReadSettings, prefix = "/rpc", endpoint = "settings/page", input = Json, output = Json)]
pub async fn page() -> Result<SettingsPage, Error> {
    crate::server::call::settings().await
}

/// Takes over what was written in some controls, by the settings' names; empty resets. All of it or nothing: `Invalid`
/// names the setting that was refused. Returns how the person is seen now.
#[server(name = SaveSettings, prefix = "/rpc", endpoint = "settings/save", output = Json)]
pub async fn save(values: BTreeMap<String, String>) -> Result<Visitor, Error> {
    crate::server::call::save_settings(values).await
}
