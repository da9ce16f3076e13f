//! The statistics of a whole thread.

use crate::ui::dynamic::shown;
use leptos::prelude::*;
use wasm_split_helpers::wasm_split;

use super::figures;
use crate::{
    api,
    browser::at,
    model::ThreadId,
    state::page_data,
    ui::{
        overlay::{CloseButton, Dialog},
        parts::{Missing, of_part, when_wanted},
        words::{self, t},
    },
};

/// The statistics of a thread as they are now, loaded where this is put.
#[component]
fn ThreadNumbers(id: ThreadId) -> impl IntoView {
    let data = page_data(|| (), move |()| api::threads::statistics(id));
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(statistics) => {
                        let mut html = String::new();
                        figures::thread(&mut html, &statistics);
                        view! { <div inner_html=html></div> }.into_any()
                    }
                    Err(error) => view! { <p role="alert">{words::error(&error)}</p> }.into_any(),
                }
            })}
        </Suspense>
    }
    .into_any()
}

/// A dialog with the statistics of a thread, read anew each time it opens. There once it was opened.
#[component]
pub fn StatisticsDialog(id: ThreadId, open: RwSignal<bool>) -> impl IntoView {
    let view = move || of_part(part(id, Some(open)));
    when_wanted(
        open.into(),
        || Box::pin(fetch()),
        view,
        move || {
            let _ = open.try_set(false);
        },
    )
}

/// The same as a part of the page: for whoever has no dialog that opens by script.
#[component]
pub fn PlainStatistics(id: ThreadId) -> impl IntoView {
    of_part(part(id, None))
}

/// What the browser fetches for either: a dialog that is open while `open` says so.
#[wasm_split(dialogs, fallible, preload(fetch))]
pub fn part(id: ThreadId, open: Option<RwSignal<bool>>) -> Result<AnyView, Missing> {
    Ok(match open {
        Some(open) => dialog(id, open),
        None => plain(id),
    })
}

fn dialog(id: ThreadId, open: RwSignal<bool>) -> AnyView {
    let close = Callback::new(move |()| open.set(false));
    view! {
        <Dialog id="thread-statistics" open title=t("stats.thread").to_owned() close>
            {shown(move || open.get().then(|| view! { <ThreadNumbers id/> }))}
            <div class="dialog-actions">
                <CloseButton close/>
            </div>
        </Dialog>
    }
    .into_any()
}

fn plain(id: ThreadId) -> AnyView {
    view! {
        <section class="ask" data-part="statistics" aria-label=t("stats.thread")>
            <h2>{t("stats.thread")}</h2>
            <ThreadNumbers id/>
            <div class="dialog-actions">
                <a class="button" href=at(&format!("/chat/thread/{id}"))>
                    {t("action.close")}
                </a>
            </div>
        </section>
    }
    .into_any()
}
