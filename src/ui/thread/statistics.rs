//! Statistics in full: of one answer, behind its small print, and of a whole thread.

use crate::ui::dynamic::shown;
use leptos::prelude::*;

use super::meta::{speed, tenths};
use crate::{
    api,
    browser::at,
    model::{Context, Meta, ThreadId, ThreadStatistics, Usage},
    state::page_data,
    ui::{
        overlay::{CloseButton, Dialog},
        words::{self, count, decimal, fill, plural, t},
    },
};

/// What a figure is called, and the figure.
type Fact = (&'static str, String);

/// From where on a window is filling up, and from where on it is as good as full, in hundredths.
const FILLING: u64 = 75;
const FULL: u64 = 90;

/// All that is known about how an answer came, as a list, with a bar for its model's window.
pub fn answer(meta: &Meta) -> AnyView {
    let mut facts: Vec<Fact> = meta.model.iter().map(|model| (t("stats.model"), model.clone())).collect();
    if let Some(usage) = meta.usage {
        facts.push((t("stats.prompt"), tokens(usage, usage.prompt_tokens, "stats.cached", usage.cached_tokens)));
        let written = tokens(usage, usage.completion_tokens, "stats.thought", usage.reasoning_tokens);
        facts.push((t("stats.completion"), written));
    }
    let timings = meta.timings.unwrap_or_default();
    let per_second = |speed: String| fill("message.meta.speed", &[("speed", &decimal(&speed))]);
    if timings.first_token_ms + timings.generation_ms > 0 {
        facts.push((t("stats.first"), span(timings.first_token_ms)));
    }
    let read = || Some(timings.prompt_n? as f32 * 1000.0 / timings.prompt_ms.filter(|ms| *ms > 0)? as f32);
    if let Some(speed) = timings.prompt_per_second.or_else(read).and_then(tenths) {
        facts.push((t("stats.reading"), per_second(speed)));
    }
    if let Some(speed) = speed(meta) {
        facts.push((t("stats.writing"), per_second(speed)));
    }
    if timings.first_token_ms + timings.generation_ms > 0 {
        facts.push((t("stats.time"), span(timings.first_token_ms.saturating_add(timings.generation_ms))));
    }
    list(facts, meta.context())
}

/// Tokens, with so many of them of some kind; `≈` where they were counted from the text.
fn tokens(usage: Usage, number: u32, kind: &str, of_which: Option<u32>) -> String {
    let mut words = plural("count.token", "count.tokens", number);
    if usage.estimated {
        words.insert_str(0, "≈ ");
    }
    if let Some(part) = of_which.filter(|part| *part > 0) {
        words.push_str(&fill(kind, &[("count", &count(part))]));
    }
    words
}

/// A span in seconds, with tenths while they tell something.
fn span(ms: u32) -> String {
    // Never 0: something took that time.
    let seconds = tenths((ms.max(100) as f32) / 1000.0).unwrap_or_default();
    fill("stats.seconds", &[("seconds", &decimal(&seconds))])
}

fn list(mut facts: Vec<Fact>, context: Option<Context>) -> AnyView {
    facts.extend(context.map(|context| (t("stats.context"), filled(context))));
    let facts = facts.into_iter().map(|(name, figure)| view! { <dt>{name}</dt><dd>{figure}</dd> }).collect_view();
    view! {
        <dl class="facts">{facts}</dl>
        {context.map(gauge)}
    }
    .into_any()
}

/// How full a window is, in words.
fn filled(Context { used, total, estimated }: Context) -> String {
    let percent = (u64::from(used) * 100).div_ceil(u64::from(total.max(1))).to_string();
    let used = if estimated { format!("≈ {}", count(used)) } else { count(used) };
    fill("stats.filled", &[("used", &used), ("total", &count(total)), ("percent", &percent)])
}

/// The same as a bar, which the browser itself colours by where it stands.
fn gauge(Context { used, total, .. }: Context) -> AnyView {
    let at = |percent: u64| (u64::from(total) * percent / 100).to_string();
    view! {
        <meter
            class="gauge"
            aria-label=t("stats.context")
            min="0"
            max=total.to_string()
            low=at(FILLING)
            high=at(FULL)
            optimum="0"
            value=used.to_string()
        ></meter>
    }
    .into_any()
}

/// The statistics of a thread as they are now, loaded where this is put.
#[component]
fn ThreadNumbers(id: ThreadId) -> impl IntoView {
    let data = page_data(|| (), move |()| api::threads::statistics(id));
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(statistics) => thread(statistics),
                    Err(error) => view! { <p role="alert">{words::error(&error)}</p> }.into_any(),
                }
            })}
        </Suspense>
    }
    .into_any()
}

fn thread(statistics: ThreadStatistics) -> AnyView {
    let tokens = u32::try_from(statistics.tokens).unwrap_or(u32::MAX);
    let mut facts = vec![(t("stats.messages"), count(statistics.messages)), (t("stats.tokens"), count(tokens))];
    if !statistics.models.is_empty() {
        facts.push((t("stats.models"), statistics.models.join(", ")));
    }
    list(facts, statistics.context)
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
