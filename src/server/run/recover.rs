//! Settles rows whose run is no more: after a crash, and should a run ever break off.

use super::{Context, view};
use crate::{
    model::{
        Change, Failure, FailureKind, MessageId, Notice, RowPatch, RunId, Status, ThreadId, ThreadProperty, UserId,
    },
    server::{clock::now_ms, store},
};

/// Settles every run that nobody writes any more, as `failed` with what was stored of it: those whose lease ran out, and
/// while this server starts, all that an earlier life of it (`node`) began. Returns how many.
pub async fn sweep(context: &Context, node: Option<&str>) -> Result<usize, store::Error> {
    let stale = context.store.stale(now_ms(), node).await?;
    let count = stale.len();
    for run in stale {
        settle(context, run.id, run.answer, run.thread, run.user).await;
    }
    Ok(count)
}

/// Settles one such run.
pub async fn settle(context: &Context, run: RunId, answer: MessageId, thread: ThreadId, user: UserId) {
    if let Err(error) = try_settle(context, run, answer, thread, user).await {
        tracing::error!(%run, %error, "could not settle an interrupted run");
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
        let mut content = row.content;
        content.failure = Some(failure.clone());
        let snippet = view::snippet(&content.text);
        let row = context.store.settle(run, answer, Status::Failed, &content, &row.meta, &snippet, now_ms()).await?;
        // None: whoever wrote it settled it after all.
        let Some(row) = view::marked(context, row, Status::Failed).await else { return Ok(()) };
        context.hub.notify(user, Notice::Thread { summary: view::summary(&row) });
    }
    let patch = RowPatch { status: Some(Status::Failed), failure: Some(failure), ..RowPatch::default() };
    context.hub.append(thread, Change::Row { id: answer, patch: Box::new(patch) });
    context.hub.append(thread, Change::Thread { property: ThreadProperty::Run(None) });
    Ok(())
}
