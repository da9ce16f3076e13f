//! How to connect a model: shown where there is none, or only the demo.

use crate::ui::dynamic::shown;
use leptos::prelude::*;

use super::{Dialog, dialog::CloseButton};
use crate::{
    model::{Models, Source, SourceState},
    ui::words::t,
};

/// What an operator types. Not a sentence, so the same in every language.
const COMMAND: &str = "OPENAI_API_BASE_URL=http://localhost:8080/v1 OPENAI_API_KEY=… skein serve";

/// Whether the help is open. In the context of every chat page.
#[derive(Clone, Copy)]
pub struct ModelHelp(pub RwSignal<bool>);

impl Default for ModelHelp {
    fn default() -> Self {
        Self(RwSignal::new(false))
    }
}

/// The help, with where Skein looked and what it found.
#[component]
pub fn ConnectModel(#[prop(into)] models: Signal<Models>) -> impl IntoView {
    let ModelHelp(open) = expect_context::<ModelHelp>();
    let close = Callback::new(move |()| open.set(false));
    view! {
        <Dialog id="connect-model" open title=t("help.models.title").to_owned() close>
            <p>{t("help.models.env")}</p>
            <pre class="detail">{COMMAND}</pre>
            <p>{t("help.models.local")}</p>
            {shown(move || {
                let sources = models.with(|models| models.sources.clone());
                (!sources.is_empty())
                    .then(|| {
                        view! {
                            <h3>{t("help.models.sources")}</h3>
                            <ul class="sources">{sources.into_iter().map(source).collect_view()}</ul>
                        }
                    })
            })}
            <p class="quiet">{t("help.models.demo")}</p>
            <div class="dialog-actions">
                <CloseButton close/>
            </div>
        </Dialog>
    }
    .into_any()
}

fn source(source: Source) -> impl IntoView {
    let (state, words) = match source.state {
        SourceState::Ready => ("ready", t("source.ready")),
        SourceState::Unreachable => ("unreachable", t("source.unreachable")),
        SourceState::Unauthorized => ("unauthorized", t("source.unauthorized")),
        SourceState::Failing => ("failing", t("source.failing")),
    };
    view! {
        <li data-state=state>
            <span>{source.label}</span>
            <code>{source.origin}</code>
            <span class="quiet">{words}</span>
        </li>
    }
}
