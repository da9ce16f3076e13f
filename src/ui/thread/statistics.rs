//! The statistics of a whole thread.

use crate::ui::dynamic::shown;
use leptos::prelude::*;

use super::figures;
use crate::{
    api,
    browser::at,
    model::ThreadId,
    state::page_data,
    ui::{
        overlay::{CloseButton, Dialog},
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

/// A dialog with the statistics of a thread, read anew each time it opens.
#[component]
pub fn StatisticsDialog(id: ThreadId, open: RwSignal<bool>) -> impl IntoView {
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

/// The same as a part of the page: for whoever has no dialog that opens by script.
#[component]
pub fn PlainStatistics(id: ThreadId) -> impl IntoView {
    view! {
        <section class="ask" aria-label=t("stats.thread")>
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
