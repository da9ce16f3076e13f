//! The small print of a row: model, tokens, speed, time.

use crate::ui::dynamic::dynamic;
use leptos::prelude::*;

use crate::{
    model::{Meta, Role, StopReason},
    state::Row,
    ui::{
        time::Time,
        words::{decimal, fill, plural, t},
    },
};

/// What is known about the row, at the far end of the line below it.
#[component]
pub fn RowMeta(row: Row) -> impl IntoView {
    let created = row.meta.with_untracked(|meta| meta.created_at);
    let answer = row.role == Role::Assistant;
    let meta = row.meta;
    let facts = dynamic(move || {
        let facts = if answer { meta.with(facts) } else { Vec::new() };
        facts.into_iter().map(|fact| view! { <span>{fact}</span> }).collect_view().into_any()
    });
    view! {
        <p class="row-meta">
            {facts} {(created > 0).then(|| view! { <Time ms=created/> })}
        </p>
    }
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
fn speed(meta: &Meta) -> Option<String> {
    let timings = meta.timings?;
    let counted = || {
        let usage = meta.usage?;
        let ms = timings.generation_ms;
        (ms >= 200).then(|| usage.completion_tokens as f32 * 1000.0 / ms as f32)
    };
    let speed = timings.tokens_per_second.or_else(counted).filter(|speed| speed.is_finite() && *speed > 0.0)?;
    // In whole numbers: writing a float takes 20 KB of code.
    let tenths = (speed * 10.0).round() as u32;
    Some(match (tenths / 10, tenths % 10) {
        (whole @ 0..10, tenth) => format!("{whole}.{tenth}"),
        _ => (speed.round() as u32).to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Timings, Usage};

    fn meta(tokens_per_second: Option<f32>, generation_ms: u32, completion_tokens: u32) -> Meta {
        Meta {
            timings: Some(Timings { first_token_ms: 1, generation_ms, tokens_per_second }),
            usage: Some(Usage { prompt_tokens: 1, completion_tokens, estimated: false }),
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
