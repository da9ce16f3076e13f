//! Why an answer failed, in words, and another try.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    api::messages::Regenerate,
    browser::at,
    model::{Failure, FailureKind, MessageId},
    ui::{
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
            {retry(id)}
        </div>
    }
}

/// Asks again, with the model that is chosen now. A real form, so that it also works before the page is alive.
fn retry(id: MessageId) -> AnyView {
    view! {
        <form class="retry" method="post" action=at(Regenerate::url()) data-model>
            <input type="hidden" name="id" value=id.to_string()/>
            <button type="submit" class="button">
                <Icon shape=Shape::Retry/>
                {t("action.retry")}
            </button>
        </form>
    }
    .into_any()
}
