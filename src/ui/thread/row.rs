//! One row of the list.

use crate::ui::dynamic::{dynamic, shown};
use leptos::prelude::*;

use super::{
    attachments::Attachments,
    blocks::BlockList,
    brought::{ActionHandler, Brought},
    edit::EditForm,
    failure::FailureNote,
    foot::RowFoot,
    forms::Forms,
    queued::Queued,
    reasoning::Reasoning,
};
use crate::{
    model::{Role, Status},
    state::Row,
    ui::{
        widgets::Ring,
        words::{fill, t},
    },
};

/// A row, by its role, kind and status; the style sheet does the rest.
#[component]
pub fn MessageRow(row: Row) -> impl IntoView {
    if row.is_transient() {
        return view! { <StatusRow row/> }.into_any();
    }
    let who = match row.role {
        Role::User => t("message.user"),
        Role::Assistant => t("message.assistant"),
        Role::Task | Role::Tool => t("message.task"),
        Role::System => t("system.title"),
    };
    let anchor = format!("row-{}", row.id);
    let (role, kind, status) = (row.role.as_str(), row.kind.as_str(), row.status.clone());
    let task = (row.role == Role::Task).then(|| {
        let title = row.title.clone();
        view! { <p class="task-title">{dynamic(move || title.get().unwrap_or_default())}</p> }
    });
    let forms = use_context::<Forms>();
    let (id, asked) = (row.id, row.role);
    let edit = shown(move || {
        let source = forms?.opened.with(|opened| {
            let (edited, source) = opened.as_ref()?.edited()?;
            (edited == id).then(|| source.to_owned())
        })?;
        Some(view! { <EditForm id role=asked source/> })
    });
    let reasoning = (row.role == Role::Assistant).then(|| view! { <Reasoning row=row.clone()/> });
    let brought = use_context::<ActionHandler>().map(|handler| view! { <Brought row=row.clone() handler/> });
    view! {
        <article
            id=anchor
            class="row"
            data-role=role
            data-kind=kind
            data-status=dynamic(move || status.get().as_str())
        >
            <h2 class=if row.role == Role::System { "row-label" } else { "visually-hidden" }>{who}</h2>
            {reasoning}
            {task}
            {edit}
            <BlockList blocks=row.text.clone()/>
            {(!row.attachments.is_empty()).then(|| view! { <Attachments files=row.attachments.clone()/> })}
            <Outcome row=row.clone()/>
            {row.is_queued().then(|| view! { <Queued row=row.clone()/> })}
            {brought}
            <RowFoot row/>
        </article>
    }
    .into_any()
}

/// How it ended, where it did not end well.
#[component]
fn Outcome(row: Row) -> impl IntoView {
    let (id, status, failure) = (row.id, row.status, row.failure);
    dynamic(move || match status.get() {
        Status::Failed => view! { <FailureNote id failure=failure.get()/> }.into_any(),
        Status::Cancelled => view! { <p class="row-stopped">{t("message.cancelled")}</p> }.into_any(),
        _ => ().into_any(),
    })
}

/// What a run is doing before its answer begins. It is quiet, and it goes.
#[component]
fn StatusRow(row: Row) -> impl IntoView {
    let (title, figure) = (row.title, row.figure);
    let words = dynamic(move || {
        title.with(|code| match code.as_deref() {
            Some("reading") => fill("status.reading", &[("figure", &figure.get().unwrap_or_default())]),
            Some("busy") => fill("status.busy", &[("figure", &figure.get().unwrap_or_default())]),
            Some("storing") => t("status.storing").to_owned(),
            Some("waiting") | None => t("status.waiting").to_owned(),
            Some(other) => other.to_owned(),
        })
    });
    view! {
        <article class="row" data-role="system" data-kind="task" data-status="running" data-transient>
            <p class="status-line">
                <Ring/>
                <span>{words}</span>
            </p>
        </article>
    }
}
