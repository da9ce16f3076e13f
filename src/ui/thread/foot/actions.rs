//! What can be done with a row.

use leptos::server_fn::ServerFn;

use crate::{
    api::messages::{GoOn, Regenerate},
    browser::at,
    model::{MessageId, Role},
    ui::{
        markup::html,
        widgets::{Shape, push_icon},
        words::t,
    },
};

/// Copy, change, ask again, go on; and a menu of the rest.
pub fn actions(out: &mut String, id: MessageId, role: Role, can_go_on: bool) {
    let id = id.to_string();
    let copy = t("action.copy");
    html!(out, "<button type=\"button\" class=\"icon-button copy-row\" aria-label=\"" (copy)
        "\" title=\"" (copy) "\">");
    push_icon(out, Shape::Copy);
    push_icon(out, Shape::Check);
    html!(out, "</button><form method=\"get\">");
    button(out, "icon-button edit-row", ("edit", &id), t("action.edit"), Shape::Pencil);
    html!(out, "</form>");
    if role != Role::System {
        again(out, &id, role == Role::Assistant);
    }
    if can_go_on {
        html!(out, "<form class=\"again continue-row\" method=\"post\" action=\"" (at(GoOn::url())) "\">");
        button(out, "icon-button", ("id", &id), t("action.continue"), Shape::Continue);
        html!(out, "</form>");
    }
    let more = t("action.more");
    html!(out, "<details class=\"menu row-menu\"><summary class=\"icon-button\" aria-label=\"" (more)
        "\" title=\"" (more) "\">");
    push_icon(out, Shape::More);
    html!(out, "</summary><form class=\"menu-items\" method=\"get\">");
    if role == Role::Assistant {
        item(out, "again", &id, "again.open");
    }
    if role != Role::System {
        item(out, "fork", &id, "fork.open");
    }
    item(out, "remove", &id, "remove.open");
    html!(out, "</form></details>");
}

/// Another answer: beside this one, with its model; or to a message that has none, with the model that is chosen.
fn again(out: &mut String, id: &str, answers: bool) {
    html!(out, "<form method=\"post\" action=\"" (at(Regenerate::url())) "\" class=\"again");
    let words = match answers {
        true => "action.again",
        false => {
            html!(out, " answer-row\" data-model=\"");
            "action.answer"
        }
    };
    html!(out, "\">");
    button(out, "icon-button regenerate-row", ("id", id), t(words), Shape::Retry);
    html!(out, "</form>");
}

fn button(out: &mut String, class: &str, (name, value): (&str, &str), words: &str, shape: Shape) {
    html!(out, "<button type=\"submit\" class=\"" (class) "\" name=\"" (name) "\" value=\"" (value)
        "\" aria-label=\"" (words) "\" title=\"" (words) "\">");
    push_icon(out, shape);
    html!(out, "</button>");
}

/// Only a message's id is needed to ask about it.
fn item(out: &mut String, question: &str, id: &str, words: &str) {
    html!(out, "<button type=\"submit\" name=\"" (question) "\" value=\"" (id) "\"");
    if question == "remove" {
        html!(out, " data-danger");
    }
    html!(out, ">" (t(words)) "</button>");
}
