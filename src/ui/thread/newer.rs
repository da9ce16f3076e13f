//! The way back down, where the reader went so far up that the end was let go of.

use leptos::{prelude::*, task::spawn_local};

use super::{ROWS, SCROLLER};
use crate::{
    api, browser,
    state::{Connection, ThreadView, thread::Cut},
    ui::{
        dynamic::{dynamic, effect},
        tab::Tab,
        widgets::Spinner,
        words::t,
    },
};

/// The `id` of what tells that the reader comes near.
const SENTINEL: &str = "newer";
/// How near, so that rows are there before they are needed.
const MARGIN: &str = "0px 0px 800px 0px";
/// How long to wait after a failure, in milliseconds.
const PAUSE_MS: i32 = 3_000;

/// Stands below the last row while the thread goes on after it.
#[component]
pub fn NewerRows(thread: ThreadView) -> impl IntoView {
    let connection = Tab::here().connection;
    let (edge, all) = (thread.edge.clone(), thread.clone());
    let again = RwSignal::new(());
    let busy = StoredValue::new(false);
    let load = {
        let thread = thread.clone();
        move || {
            if busy.try_get_value().unwrap_or(true) {
                return;
            }
            busy.set_value(true);
            let (thread, connection) = (thread.clone(), connection.clone());
            spawn_local(async move {
                let loaded = load_next(&thread, &connection).await;
                let _ = busy.try_set_value(false);
                match loaded {
                    Some(()) => {
                        let _ = again.try_set(());
                    }
                    None => browser::after(PAUSE_MS, move || {
                        let _ = again.try_set(());
                    }),
                }
            });
        }
    };
    // Watched anew after each load: a reader who is still near would not come near again.
    effect(move || {
        again.track();
        if thread.edge.get().is_some() && thread.next_cut().is_some() {
            StoredValue::new_local(browser::on_near(SENTINEL, SCROLLER, MARGIN, load.clone()));
        }
    });
    view! {
        <div id=SENTINEL class="newer" hidden=dynamic(move || edge.get().is_none() || all.next_cut().is_none())>
            <Spinner label=t("chat.newer.loading")/>
        </div>
    }
    .into_any()
}

/// Loads what comes next; none if that did not work.
async fn load_next(thread: &ThreadView, connection: &Connection) -> Option<()> {
    match thread.next_cut()? {
        Cut::Before(before) => {
            let read = api::threads::older(thread.id, before).await.ok()?;
            let thread = thread.clone();
            browser::keep_place(SCROLLER, ROWS, move || thread.extend(before, read.messages));
        }
        Cut::End => connection.rejoin(thread).await.ok()?,
    }
    Some(())
}
