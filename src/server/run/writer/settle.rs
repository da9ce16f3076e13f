//! The one end of every run.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use super::{Outcome, Writer, millis};
use crate::{
    model::{Change, Failure, FailureKind, Notice, Part, RowPatch, Status, ThreadProperty},
    server::{
        clock::now_ms,
        run::view,
        store::{self, StoredContent},
    },
};

/// How long a store that fails is tried again while the process ends, and where it fails for no reason that could pass.
const LAST_TRIES: Duration = Duration::from_secs(4);
/// The longest pause between two tries to store a settled row.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

impl Writer {
    /// Shows the rest, stores the row, and only then tells that it is settled. Returns how it ended.
    pub async fn settle(mut self, outcome: Outcome) -> Status {
        let now = Instant::now();
        self.end_reasoning(now);
        self.flush().await;
        let (text, reasoning) = (self.text.finish(), self.reasoning.finish());
        self.show(Part::Reasoning, reasoning);
        self.show(Part::Text, text);
        self.hide_status();

        let empty = self.text.source().trim().is_empty();
        let (status, failure) = match outcome {
            // There was nothing to add.
            Outcome::Failed(Failure { kind: FailureKind::Empty, .. }) if self.is_continued() => {
                (Status::Completed, None)
            }
            Outcome::Completed if empty => (Status::Failed, Some(Failure::new(FailureKind::Empty))),
            Outcome::Completed => (Status::Completed, None),
            Outcome::Cancelled => match self.fault {
                Some(fault) => (Status::Failed, Some(Failure::because(FailureKind::Storage, fault.code()))),
                None => (Status::Cancelled, None),
            },
            Outcome::Failed(failure) => (Status::Failed, Some(failure)),
        };
        self.finish_meta(now);
        let row = self.store(status, self.content(failure.clone())).await;
        // Before it is told: who hears that it ended may begin another.
        self.place = None;
        self.context.numbers.settle(status, failure.as_ref(), &self.meta);
        let why = failure.as_ref().map(|failure| failure.kind.as_str());
        let patch = RowPatch { status: Some(status), meta: Some(self.meta.clone()), failure };
        self.append(Change::Row { id: self.job.answer.id, patch: Box::new(patch) });
        self.append(Change::Thread { property: ThreadProperty::Run(None) });
        if let Some(row) = view::marked(&self.context, row, status).await {
            self.context.hub.notify(self.job.user, Notice::Thread { summary: view::summary(&row) });
        }
        let (run, thread) = (self.job.run, self.job.thread);
        tracing::info!(%run, %thread, status = status.as_str(), failure = why, "run settled");
        status
    }

    /// What is known only at the end: times, and tokens where the provider did not count them.
    fn finish_meta(&mut self, now: Instant) {
        let timings = self.meta.timings.get_or_insert_default();
        if let Some(first) = self.first_token {
            timings.first_token_ms = millis(first - self.started);
            // Of all its runs, as are the tokens.
            let before = self.job.answer.meta.timings.map_or(0, |timings| timings.generation_ms);
            timings.generation_ms = millis(now - first).saturating_add(before);
        }
        let written = self.written();
        if let Some(usage) = self.usage.or_else(|| (written > 0).then(|| self.estimated(written))) {
            self.meta = self.counted(usage);
        }
        // Where nobody had asked for the list of models when it began.
        self.note_window();
    }

    /// Stores the settled row. Where the database does not do its work, everybody is told so and it is tried until it
    /// does: what was shown is not given up while somebody may still make room for it. None: the row is gone, or it could
    /// not be stored before the process ends; the next start then settles what was stored of it.
    async fn store(&mut self, status: Status, content: StoredContent) -> Option<store::ThreadRow> {
        let snippet = view::snippet(&content.text);
        let (mut pause, mut last_tries) = (Duration::from_millis(50), None);
        loop {
            let (run, answer) = (self.job.run, self.job.answer.id);
            let error =
                match self.context.store.settle(run, answer, status, &content, &self.meta, &snippet, now_ms()).await {
                    Ok(row) => {
                        self.hide_status();
                        return row;
                    }
                    Err(error) => error,
                };
            tracing::error!(run = %self.job.run, %error, "could not store a settled row");
            let fault = error.fault();
            if fault.is_none() || self.context.closing.load(Ordering::Relaxed) {
                let since = *last_tries.get_or_insert_with(Instant::now);
                if since.elapsed() >= LAST_TRIES {
                    return None;
                }
            }
            // A short one is nobody's business.
            if let Some(fault) = fault.filter(|_| pause > Duration::from_secs(1) && self.status_row.is_none()) {
                self.show_status("storing", Some(fault.code().to_owned()));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 3).min(LONGEST_PAUSE);
        }
    }
}
