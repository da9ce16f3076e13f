//! What is shown where there is no page, or where it could not be loaded.

use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    status::set_status,
    words::{self, t},
};
use crate::browser::at;
use crate::model::Error;

/// There is no such page, with the status that says so.
#[component]
pub fn NoSuchPage() -> impl IntoView {
    set_status(404);
    view! {
        <Title text=t("page.not_found.title")/>
        <div class="notice-page">
            <h1>{t("page.not_found.title")}</h1>
            <p>{t("page.not_found.text")}</p>
            <a class="button" href=at("/chat")>
                {t("page.not_found.home")}
            </a>
        </div>
    }
    .into_any()
}

/// The page could not be loaded.
#[component]
pub fn NotLoaded(error: Error) -> impl IntoView {
    set_status(error.status());
    view! {
        <Title text=t("page.error.title")/>
        <div class="notice-page">
            <h1>{t("page.error.title")}</h1>
            <p>{words::error(&error)}</p>
            // The same page again, by the browser itself: whatever broke, that works.
            <a class="button" href="" rel="external">
                {t("page.error.again")}
            </a>
        </div>
    }
    .into_any()
}
