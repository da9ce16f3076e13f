//! The way to older rows: they come by themselves when the reader nears the first, and by a link where nothing comes by
//! itself.

use crate::ui::dynamic::{dynamic, effect};
use leptos::{prelude::*, task::spawn_local};

use super::{ROWS, SCROLLER};
use crate::{
    api, browser,
    model::Error,
    state::ThreadView,
    ui::{
        widgets::Spinner,
        words::{self, t},
    },
};

/// The `id` of what tells that the reader comes near.
const SENTINEL: &str = "older";
/// How near, so that rows are there before they are needed.
const MARGIN: &str = "800px 0px 0px 0px";

/// Stands above the first row while there is more. The beginning of a thread says nothing.
#[component]
pub fn OlderRows(thread: ThreadView) -> impl IntoView {
    let older = thread.older.clone();
    let loading = RwSignal::new(false);
    let failed = RwSignal::new(None::<Error>);
    let id = thread.id;
    let thread = StoredValue::new(thread);
    let load = move || {
        let Some(before) = thread.with_value(|thread| thread.older.get_untracked()) else { return };
        if loading.get_untracked() {
            return;
        }
        loading.set(true);
        failed.set(None);
        spawn_local(async move {
            let read = api::threads::older(id, before).await;
            // The reader may be in another thread by now.
            let Some(thread) = thread.try_get_value() else { return };
            match read {
                Ok(older) => {
                    let held = thread.clone();
                    browser::keep_place(SCROLLER, ROWS, move || held.prepend(older));
                    bring(thread, loading);
                }
                Err(error) => {
                    failed.set(Some(error));
                    loading.set(false);
                }
            }
        });
    };
    // Watched anew after each load: a reader who is still near would not come near again.
    effect({
        let older = older.clone();
        move || {
            if older.get().is_some() && failed.get().is_none() {
                StoredValue::new_local(browser::on_near(SENTINEL, SCROLLER, MARGIN, load));
            }
        }
    });
    let state = dynamic(move || {
        if loading.get() {
            return view! { <Spinner label=t("chat.older.loading")/> }.into_any();
        }
        match failed.get() {
            Some(error) => view! {
                <span title=words::error(&error)>{t("chat.older.failed")}</span>
                <button type="button" class="button" on:click=move |_| load()>
                    {t("action.retry")}
                </button>
            }
            .into_any(),
            None => view! { <a href=format!("?before={}", older.get().unwrap_or_default())>{t("chat.older")}</a> }
                .into_any(),
        }
    });
    let more = thread.with_value(|thread| thread.older.clone());
    view! {
        <div id=SENTINEL class="older" hidden=dynamic(move || more.get().is_none())>
            {state}
        </div>
    }
    .into_any()
}

/// Brings what is still coming, some of it at a time; more is asked for when it is all there.
fn bring(thread: ThreadView, loading: RwSignal<bool>) {
    if !thread.is_coming() {
        loading.try_set(false);
        return;
    }
    // After the two frames in which the place is set right, and in none: what is brought is set right in the next one.
    browser::frame(move || {
        browser::frame(move || {
            browser::after(0, move || {
                let held = thread.clone();
                browser::keep_place(SCROLLER, ROWS, move || held.bring());
                bring(thread, loading);
            });
        });
    });
}
