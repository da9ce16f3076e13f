//! What stands below a row: the versions of it, what can be done with it, its small print. The place is always there, so
//! that nothing moves when it shows.
//!
//! It is HTML, written anew when what it tells of changes: each row of the list has it, most are never touched, and
//! forms do the rest (see [`Forms`](super::forms::Forms) and [`clicks`](super::clicks)).

mod actions;
mod print;
mod versions;

use leptos::prelude::*;

use crate::{
    model::{Role, StopReason},
    state::Row,
    ui::dynamic::dynamic,
};

/// The foot of a row.
#[component]
pub fn RowFoot(row: Row) -> impl IntoView {
    let version = row.version.clone();
    let versions = dynamic(move || version.with(|version| version.count > 1).then_some(""));
    let html = dynamic(move || foot(&row));
    view! { <footer class="row-foot" data-versions=versions inner_html=html></footer> }
}

/// Reads all that it tells of, so that it is written again when any of it changes.
fn foot(row: &Row) -> String {
    let mut html = String::with_capacity(4096);
    let (status, version) = (row.status.get(), row.version.get());
    html.push_str("<div class=\"row-actions\">");
    if matches!(row.role, Role::User | Role::Assistant | Role::System) && row.sequence >= 0 {
        versions::versions(&mut html, row.id, version);
        if status.is_settled() {
            let short = row.meta.with(|meta| meta.stop == Some(StopReason::Length));
            let can_go_on = row.role == Role::Assistant && row.text.filled.get() && (short || status.ended_early());
            actions::actions(&mut html, row.id, row.role, can_go_on);
        }
    }
    html.push_str("</div><div class=\"row-meta\">");
    row.meta.with(|meta| print::print(&mut html, row.id, row.role, meta));
    html.push_str("</div>");
    html
}
