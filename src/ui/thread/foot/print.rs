//! The small print of a row: model, tokens, speed, time. An answer's opens all its statistics.

use super::super::figures::{self, speed};
use crate::{
    model::{MessageId, Meta, Role, StopReason},
    ui::{
        markup::html,
        time::push_time,
        words::{decimal, fill, plural, t},
    },
};

/// What is known about the row, at the far end of the line below it.
pub fn print(out: &mut String, id: MessageId, role: Role, meta: &Meta) {
    if role == Role::Assistant {
        // A button, once there is more to tell.
        match meta.usage {
            Some(_) => with_statistics(out, &id.to_string(), meta),
            None => facts_of(out, meta),
        }
    }
    if meta.created_at > 0 {
        push_time(out, meta.created_at);
    }
}

fn with_statistics(out: &mut String, id: &str, meta: &Meta) {
    let words = t("stats.answer");
    html!(out, "<button type=\"button\" class=\"row-print\" popovertarget=\"stats-" (id) "\" title=\"" (words) "\">");
    facts_of(out, meta);
    html!(out, "</button><section id=\"stats-" (id) "\" class=\"row-stats\" popover \
        aria-label=\"" (words) "\">");
    figures::answer(out, meta);
    html!(out, "</section>");
}

fn facts_of(out: &mut String, meta: &Meta) {
    for fact in facts(meta) {
        html!(out, "<span>" (fact) "</span>");
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
