//! Settles rows whose run is no more: after a crash, and should a run ever break off.

use super::{Context, view, writer::estimate};
use crate::{
    model::{
        Change, Failure, FailureKind, MessageId, Notice, RowPatch, RunId, Status, ThreadId, ThreadProperty, UserId,
    },
    server::{clock::now_ms, store},
};

/// Settles every run that nobody writes any more, as `failed` with what was stored of it: those whose lease ran out, and
/// while this server starts, all that an earlier life of it (`node`) began. What this process itself runs (`is_live`) is
/// left alone whatever the clock says, which may have been set. Returns how many.
pub async fn sweep(
    context: &Context,
    node: Option<&str>,
    is_live: impl Fn(RunId) -> bool,
) -> Result<usize, store::Error> {
    let mut stale = context.store.stale(now_ms(), node).await?;
    stale.retain(|run| !is_live(run.id));
    let count = stale.len();
    for run in stale {
        settle(context, run.id, run.answer, run.thread, run.user).await;
    }
    Ok(count)
}

/// Settles one such run.
pub async fn settle(context: &Context, run: RunId, answer: MessageId, thread: ThreadId, user: UserId) {
    if let Err(error) = try_settle(context, run, answer, thread, user).await {
        tracing::error!(%run, %thread, %error, "could not settle an interrupted run");
    }
}

async fn try_settle(
    context: &Context,
    run: RunId,
    answer: MessageId,
    thread: ThreadId,
    user: UserId,
) -> Result<(), store::Error> {
    let failure = Failure::new(FailureKind::Interrupted);
    if let Some(row) = context.store.message(user, answer).await? {
        let (mut content, mut meta) = (row.content, row.meta);
        content.failure = Some(failure.clone());
        // What the model wrote was not counted when it was stored.
        let written = content.text.len() + content.reasoning.len();
        meta.usage = meta.usage.filter(|usage| written > 0 || !usage.estimated);
        if let Some(usage) = meta.usage.as_mut().filter(|usage| usage.estimated && usage.completion_tokens == 0) {
            usage.completion_tokens = estimate(written);
        }
        let snippet = view::snippet(&content.text);
        let row = context.store.settle(run, answer, Status::Failed, &content, &meta, &snippet, now_ms()).await?;
        // None: whoever wrote it settled it after all.
        let Some(row) = view::marked(context, row, Status::Failed).await else { return Ok(()) };
        context.numbers.settle(Status::Failed, Some(&failure), &meta);
        tracing::info!(%run, %thread, status = "failed", failure = failure.kind.as_str(), "run settled: nobody wrote it");
        context.hub.notify(user, Notice::Thread { summary: view::summary(&row) });
    }
    let patch = RowPatch { status: Some(Status::Failed), failure: Some(failure), ..RowPatch::default() };
    context.hub.append(thread, Change::Row { id: answer, patch: Box::new(patch) });
    context.hub.append(thread, Change::Thread { property: ThreadProperty::Run(None) });
    Ok(())
}
