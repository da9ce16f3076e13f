//! Which version of a message is shown, and the way to the others.

use leptos::server_fn::ServerFn;

use crate::{
    api::messages::ShowVersion,
    browser::at,
    model::{MessageId, Version},
    ui::{
        markup::html,
        widgets::{Shape, push_icon},
        words::{fill, t},
    },
};

/// `‹ 2/3 ›`; nothing where there is only one.
pub fn versions(out: &mut String, id: MessageId, Version { number, count, .. }: Version) {
    if count < 2 {
        return;
    }
    let (is, all) = (number.to_string(), count.to_string());
    let said = fill("version.of", &[("number", &is), ("count", &all)]);
    html!(out, "<form class=\"versions\" method=\"post\" action=\"" (at(ShowVersion::url())) "\">\
        <input type=\"hidden\" name=\"id\" value=\"" (id.to_string()) "\">");
    let to = (number > 1).then(|| number - 1);
    button(out, "version-prev", to, t("version.previous"), Shape::ChevronLeft);
    html!(out, "<span><span aria-hidden=\"true\">" (is) "/" (all) "</span>\
        <span class=\"visually-hidden\">" (said) "</span></span>");
    let to = (number < count).then(|| number + 1);
    button(out, "version-next", to, t("version.next"), Shape::ChevronRight);
    html!(out, "</form>");
}

fn button(out: &mut String, class: &str, to: Option<u32>, words: &str, shape: Shape) {
    html!(out, "<button type=\"submit\" class=\"icon-button " (class) "\" name=\"version\" aria-label=\"" (words)
        "\" title=\"" (words) "\"");
    match to {
        Some(to) => html!(out, " value=\"" (to.to_string()) "\">"),
        None => html!(out, " disabled>"),
    }
    push_icon(out, shape);
    html!(out, "</button>");
}
