//! Why an answer failed, in words, and another try.

use leptos::{ev::SubmitEvent, prelude::*, server_fn::ServerFn, task::spawn_local};

use super::composer::MODEL;
use crate::{
    api::{self, messages::Regenerate},
    browser::{self, at},
    model::{Failure, FailureKind, MessageId},
    ui::{
        tab::Tab,
        widgets::{Icon, Shape},
        words::{self, t},
    },
};

/// The reason, what to do about it, the provider's own words behind Details, and a button that tries again.
#[component]
pub fn FailureNote(id: MessageId, failure: Option<Failure>) -> impl IntoView {
    // A row that failed and does not say why was left behind by something of ours.
    let failure = failure.unwrap_or_else(|| Failure::new(FailureKind::Internal));
    let (reason, remedy) = (words::failure(&failure), words::remedy(&failure));
    view! {
        <div class="failure" data-failure=failure.kind.as_str()>
            <Icon shape=Shape::Alert/>
            <div class="failure-text">
                <p>
                    <strong>{reason}</strong>
                    " "
                    {remedy}
                </p>
                {failure
                    .detail
                    .map(|detail| {
                        view! {
                            <details class="failure-detail">
                                <summary>{t("action.details")}</summary>
                                <pre class="detail">{detail}</pre>
                            </details>
                        }
                    })}
            </div>
            <RetryForm answer=id small=false/>
        </div>
    }
}

/// Asks again, with the model that is chosen now. A real form, so that it also works before the page is alive.
#[component]
pub fn RetryForm(answer: MessageId, small: bool) -> impl IntoView {
    // An item on its own stands on a page without any of this.
    let tab = StoredValue::new(use_context::<Tab>());
    let busy = RwSignal::new(false);
    let retry = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let model = browser::value(MODEL).filter(|model| !model.is_empty());
        spawn_local(async move {
            let started = api::messages::regenerate(answer, model).await;
            let _ = busy.try_set(false);
            tab.try_with_value(|tab| match (tab, started) {
                (Some(tab), Ok(started)) => started.answer.into_iter().for_each(|answer| tab.submits.add(answer)),
                (Some(tab), Err(error)) => tab.toasts.error(&error),
                (None, _) => (),
            });
        });
    };
    let label = t("action.retry");
    view! {
        <form class="retry" method="post" action=at(Regenerate::url()) on:submit=retry>
            <input type="hidden" name="id" value=answer.to_string()/>
            {match small {
                true => {
                    view! {
                        <button type="submit" class="icon-button" disabled=busy aria-label=label title=label>
                            <Icon shape=Shape::Retry/>
                        </button>
                    }
                        .into_any()
                }
                false => {
                    view! {
                        <button type="submit" class="button" disabled=busy>
                            <Icon shape=Shape::Retry/>
                            {label}
                        </button>
                    }
                        .into_any()
                }
            }}
        </form>
    }
}
