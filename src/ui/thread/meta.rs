//! The small print of a row: model, tokens, speed, time.

use crate::ui::dynamic::dynamic;
use leptos::prelude::*;

use super::statistics;
use crate::{
    model::{Meta, Role, StopReason},
    state::Row,
    ui::{
        time::Time,
        words::{decimal, fill, plural, t},
    },
};

/// What is known about the row, at the far end of the line below it. An answer's opens all its statistics.
#[component]
pub fn RowMeta(row: Row) -> impl IntoView {
    let created = row.meta.with_untracked(|meta| meta.created_at);
    let answer = row.role == Role::Assistant;
    let (meta, id) = (row.meta, format!("stats-{}", row.id));
    let facts = dynamic(move || if answer { meta.with(|meta| print(meta, &id)) } else { ().into_any() });
    view! {
        <div class="row-meta">
            {facts} {(created > 0).then(|| view! { <Time ms=created/> })}
        </div>
    }
}

/// The small print of an answer; a button, once there is more to tell.
fn print(meta: &Meta, id: &str) -> AnyView {
    let facts = facts(meta).into_iter().map(|fact| view! { <span>{fact}</span> }).collect_view();
    if meta.usage.is_none() {
        return facts.into_any();
    }
    let id = id.to_owned();
    view! {
        <button type="button" class="row-print" popovertarget=id.clone() title=t("stats.answer")>
            {facts}
        </button>
        <section id=id class="row-stats" popover="auto" aria-label=t("stats.answer")>
            {statistics::answer(meta)}
        </section>
    }
    .into_any()
}

/// The facts in words, the most telling first.
fn facts(meta: &Meta) -> Vec<String> {
    let mut facts: Vec<String> = meta.model.iter().cloned().collect();
    if let Some(usage) = meta.usage {
        let tokens = plural("count.token", "count.tokens", usage.completion_tokens);
        facts.push(if usage.estimated { format!("≈ {tokens}") } else { tokens });
    }
    if let Some(speed) = speed(meta) {
        facts.push(fill("message.meta.speed", &[("speed", &decimal(&speed))]));
    }
    if meta.stop == Some(StopReason::Length) {
        facts.push(t("message.meta.length").to_owned());
    }
    facts
}

/// Tokens a second, as the provider counted or as they came; none where the time is too short to tell.
pub(super) fn speed(meta: &Meta) -> Option<String> {
    let timings = meta.timings?;
    let counted = || {
        let usage = meta.usage?;
        let ms = timings.generation_ms;
        (ms >= 200).then(|| usage.completion_tokens as f32 * 1000.0 / ms as f32)
    };
    timings.tokens_per_second.or_else(counted).and_then(tenths)
}

/// A figure with tenths below 10; none where it is none.
pub(super) fn tenths(figure: f32) -> Option<String> {
    if !figure.is_finite() || figure <= 0.0 {
        return None;
    }
    // In whole numbers: writing a float takes 20 KB of code.
    let tenths = (figure * 10.0).round() as u32;
    Some(match (tenths / 10, tenths % 10) {
        (whole @ 0..10, tenth) => format!("{whole}.{tenth}"),
        _ => (figure.round() as u32).to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Timings, Usage};

    fn meta(tokens_per_second: Option<f32>, generation_ms: u32, completion_tokens: u32) -> Meta {
        Meta {
            timings: Some(Timings { first_token_ms: 1, generation_ms, tokens_per_second, ..Timings::default() }),
            usage: Some(Usage { prompt_tokens: 1, completion_tokens, ..Usage::default() }),
            ..Meta::default()
        }
    }

    #[test]
    fn speed_is_the_providers_or_as_it_came() {
        assert_eq!(speed(&meta(Some(38.4), 1000, 1)).as_deref(), Some("38"));
        assert_eq!(speed(&meta(None, 2000, 9)).as_deref(), Some("4.5"));
        assert_eq!(speed(&meta(None, 199, 9)), None);
        assert_eq!(speed(&meta(Some(f32::NAN), 1000, 9)), None);
        assert_eq!(speed(&Meta::default()), None);
    }
}
