//! An answer that this tab asked for failed: said out loud, telling a time-out from a fault of the server.

use crate::ui::dynamic::shown;
use leptos::prelude::*;

use super::{Dialog, dialog::CloseButton};
use crate::{
    model::Failure,
    ui::words::{self, t},
};

/// The failure to tell about, if any. In the context of every chat page.
#[derive(Clone, Copy)]
pub struct FailedRun(pub RwSignal<Option<Failure>>);

impl Default for FailedRun {
    fn default() -> Self {
        Self(RwSignal::new(None))
    }
}

/// Tells about it. The failed row stays, with the same reason and a way to try again.
#[component]
pub fn FailedDialog() -> impl IntoView {
    let FailedRun(failed) = expect_context::<FailedRun>();
    let last = Memo::new(move |old: Option<&Option<Failure>>| failed.get().or_else(|| old.cloned().flatten()));
    let (timeout, own, server) = (t("failure.dialog.timeout"), t("failure.dialog.own"), t("failure.dialog.server"));
    let title = Signal::derive(move || {
        let title = match last.get().map(|failure| failure.kind) {
            Some(kind) if kind.is_timeout() => timeout,
            Some(kind) if kind.is_own() => own,
            _ => server,
        };
        title.to_owned()
    });
    let close = Callback::new(move |()| failed.set(None));
    view! {
        <Dialog id="failed-run" open=Signal::derive(move || failed.get().is_some()) title close>
            {shown(move || {
                last.get()
                    .map(|failure| {
                        view! {
                            <p>{words::failure(&failure)} " " {words::remedy(&failure)}</p>
                            {failure.detail.map(|detail| view! { <pre class="detail">{detail}</pre> })}
                        }
                    })
            })}
            <div class="dialog-actions">
                <CloseButton close/>
            </div>
        </Dialog>
    }
    .into_any()
}
