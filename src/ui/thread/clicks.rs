//! What a click in a row does that no component of its own sees to.

use leptos::{ev::MouseEvent, prelude::*, task::spawn_local};

use crate::{
    api,
    browser::{self, Clicked},
    model::MessageId,
    ui::{overlay::Toasts, words::t},
};

/// The one listener for all rows.
pub fn clicks() -> impl Fn(MouseEvent) + 'static {
    let toasts = StoredValue::new(Toasts::here());
    move |event| match browser::clicked(&event) {
        Some(Clicked::Code(code)) => spawn_local(async move {
            // The button has said so already; where it fails there is nothing better to say.
            let _ = browser::copy(code).await;
        }),
        Some(Clicked::Row(article)) => {
            if let Some(id) = article.strip_prefix("row-").and_then(|id| id.parse().ok()) {
                spawn_local(copy(id, toasts));
            }
        }
        Some(Clicked::Image) | None => {}
    }
}

/// Copies the row's text as it was written, not as it is shown.
async fn copy(id: MessageId, toasts: StoredValue<Toasts>) {
    match api::messages::source(id).await {
        Ok(text) => {
            if browser::copy(text).await {
                browser::copied(&format!("#row-{id} .copy-row"), t("action.copied"));
            }
        }
        Err(error) => drop(toasts.try_with_value(|toasts| toasts.error(&error))),
    }
}
