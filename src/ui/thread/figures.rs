//! Figures of an answer and of a thread, as a list.

use crate::{
    model::{Context, Meta, ThreadStatistics, Usage},
    ui::{
        markup::html,
        words::{count, decimal, fill, plural, t},
    },
};

/// What a figure is called, and the figure.
type Fact = (&'static str, String);

/// From where on a window is filling up, and from where on it is as good as full, in hundredths.
const FILLING: u64 = 75;
const FULL: u64 = 90;

/// All that is known about how an answer came, as a list, with a bar for its model's window.
pub fn answer(out: &mut String, meta: &Meta) {
    let mut facts: Vec<Fact> = meta.model.iter().map(|model| (t("stats.model"), model.clone())).collect();
    if let Some(usage) = meta.usage {
        facts.push((t("stats.prompt"), tokens(usage, usage.prompt_tokens, "stats.cached", usage.cached_tokens)));
        let written = tokens(usage, usage.completion_tokens, "stats.thought", usage.reasoning_tokens);
        facts.push((t("stats.completion"), written));
    }
    let timings = meta.timings.unwrap_or_default();
    let whole = timings.first_token_ms.saturating_add(timings.generation_ms);
    let per_second = |speed: String| fill("message.meta.speed", &[("speed", &decimal(&speed))]);
    if whole > 0 {
        facts.push((t("stats.first"), span(timings.first_token_ms)));
    }
    let read = || Some(timings.prompt_n? as f32 * 1000.0 / timings.prompt_ms.filter(|ms| *ms > 0)? as f32);
    if let Some(speed) = timings.prompt_per_second.or_else(read).and_then(tenths) {
        facts.push((t("stats.reading"), per_second(speed)));
    }
    if let Some(speed) = speed(meta) {
        facts.push((t("stats.writing"), per_second(speed)));
    }
    if whole > 0 {
        facts.push((t("stats.time"), span(whole)));
    }
    list(out, facts, meta.context());
}

/// All that is known about a thread.
pub fn thread(out: &mut String, statistics: &ThreadStatistics) {
    let tokens = u32::try_from(statistics.tokens).unwrap_or(u32::MAX);
    let mut facts = vec![(t("stats.messages"), count(statistics.messages)), (t("stats.tokens"), count(tokens))];
    if !statistics.models.is_empty() {
        facts.push((t("stats.models"), statistics.models.join(", ")));
    }
    list(out, facts, statistics.context);
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

fn list(out: &mut String, mut facts: Vec<Fact>, context: Option<Context>) {
    facts.extend(context.map(|context| (t("stats.context"), filled(context))));
    html!(out, "<dl class=\"facts\">");
    for (name, figure) in facts {
        html!(out, "<dt>" (name) "</dt><dd>" (figure) "</dd>");
    }
    html!(out, "</dl>");
    if let Some(context) = context {
        gauge(out, context);
    }
}

/// How full a window is, in words.
fn filled(Context { used, total, estimated }: Context) -> String {
    let percent = (u64::from(used) * 100).div_ceil(u64::from(total.max(1))).to_string();
    let used = if estimated { format!("≈ {}", count(used)) } else { count(used) };
    fill("stats.filled", &[("used", &used), ("total", &count(total)), ("percent", &percent)])
}

/// The same as a bar, which the browser itself colours by where it stands.
fn gauge(out: &mut String, Context { used, total, .. }: Context) {
    let at = |percent: u64| (u64::from(total) * percent / 100).to_string();
    html!(out, "<meter class=\"gauge\" aria-label=\"" (t("stats.context")) "\" min=\"0\" max=\"" (total.to_string())
        "\" low=\"" (at(FILLING)) "\" high=\"" (at(FULL)) "\" optimum=\"0\" value=\"" (used.to_string()) "\"></meter>");
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
fn tenths(figure: f32) -> Option<String> {
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
