//! Turns what a provider sends into events and stored rows.
//!
//! Text goes out at once; the more of it is ready at a time, the more goes into one event. The row is stored at most every
//! second while it grows, and when it settles.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::task::JoinHandle;

use super::{Context, Job, view};
use crate::{
    model::{
        BlockChange, Change, Content, Failure, FailureKind, Kind, Message, MessageId, Meta, Notice, Part, Role,
        RowPatch, Seq, Status, ThreadProperty, Usage,
    },
    server::{
        clock::{fresh, now_ms},
        provider::Chunk,
        render::Document,
        store::{self, StoredContent},
    },
};

/// How often a growing row is stored. After a crash at most this much of it is missing.
const SAVE_EVERY: Duration = Duration::from_secs(1);
/// How long a run is believed to be alive after it last said so.
pub const LEASE: Duration = Duration::from_secs(30);
/// How often a run says so.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// How a run ended.
#[derive(Debug)]
pub enum Outcome {
    Completed,
    Cancelled,
    Failed(Failure),
}

/// Writes one answer.
pub struct Writer {
    context: Arc<Context>,
    job: Job,
    text: Document,
    reasoning: Document,
    /// What was taken and not yet shown, in the order it came.
    pending: Vec<(Part, String)>,
    meta: Meta,
    /// The transient row that says what is being waited for.
    status_row: Option<MessageId>,
    full: bool,
    started: Instant,
    first_token: Option<Instant>,
    first_reasoning: Option<Instant>,
    saved: Instant,
    unsaved: bool,
    saving: Option<JoinHandle<Result<bool, store::Error>>>,
}

impl Writer {
    /// Shows that the run waits for its model.
    pub fn new(context: Arc<Context>, job: Job) -> Self {
        let now = Instant::now();
        let mut writer = Self {
            meta: job.answer.meta.clone(),
            context,
            job,
            text: Document::new(),
            reasoning: Document::new(),
            pending: Vec::new(),
            status_row: None,
            full: false,
            started: now,
            first_token: None,
            first_reasoning: None,
            saved: now,
            unsaved: false,
            saving: None,
        };
        writer.show_status("waiting", None);
        writer
    }

    pub fn job(&self) -> &Job {
        &self.job
    }

    /// Notes how much the model is sent, for estimates.
    pub fn set_prompt_size(&mut self, bytes: usize) {
        self.job.prompt_bytes = bytes;
    }

    fn append(&self, change: Change) -> Seq {
        self.context.hub.append(self.job.thread, change)
    }

    /// Puts the status row there, or changes what it says: a code the viewer's language has words for, and a figure.
    pub fn show_status(&mut self, code: &str, figure: Option<String>) {
        let new = self.status_row.is_none();
        let id = *self.status_row.get_or_insert_with(fresh);
        let row = Message {
            id,
            parent: Some(self.job.answer.id),
            sequence: self.job.answer.sequence,
            role: Role::System,
            kind: Kind::Task,
            status: Status::Running,
            content: Content { title: Some(code.into()), text: figure.into_iter().collect(), ..Content::default() },
            meta: Meta { created_at: now_ms(), model: self.meta.model.clone(), ..Meta::default() },
            actions: Vec::new(),
        };
        self.append(match new {
            true => Change::Append { rows: vec![row] },
            false => Change::Replace { id, row: Box::new(row) },
        });
    }

    fn hide_status(&mut self) {
        if let Some(id) = self.status_row.take() {
            self.append(Change::Remove { id });
        }
    }

    /// Takes one piece. Nothing of it is shown before [`flush`](Self::flush).
    pub fn take(&mut self, chunk: Chunk) {
        match chunk {
            Chunk::Text(text) => self.take_text(Part::Text, text),
            Chunk::Reasoning(text) => self.take_text(Part::Reasoning, text),
            Chunk::Model(_) => {}
            Chunk::Usage(usage) => self.meta.usage = Some(usage),
            Chunk::Speed(speed) => self.meta.timings.get_or_insert_default().tokens_per_second = Some(speed),
            Chunk::Stop(reason) => self.meta.stop = Some(reason),
            Chunk::Progress { processed, total } => {
                if self.first_token.is_none() && total > 0 {
                    let percent = (u64::from(processed) * 100 / u64::from(total)).min(100);
                    self.show_status("reading", Some(percent.to_string()));
                }
            }
        }
    }

    fn take_text(&mut self, part: Part, mut text: String) {
        let room = self.context.limits.answer.saturating_sub(self.size() + self.waiting());
        if text.len() > room {
            self.full = true;
            text.truncate(text.floor_char_boundary(room));
        }
        if text.is_empty() {
            return;
        }
        let now = Instant::now();
        self.first_token.get_or_insert(now);
        match part {
            Part::Reasoning => {
                self.first_reasoning.get_or_insert(now);
                self.meta.reasoning_chars =
                    self.meta.reasoning_chars.saturating_add(u32::try_from(text.chars().count()).unwrap_or(u32::MAX));
            }
            Part::Text => self.end_reasoning(now),
        }
        match self.pending.last_mut() {
            Some((last, pending)) if *last == part => pending.push_str(&text),
            _ => self.pending.push((part, text)),
        }
    }

    /// Notes how long the model thought, once it has begun to speak or is over.
    fn end_reasoning(&mut self, now: Instant) {
        if let (Some(since), None) = (self.first_reasoning, self.meta.reasoning_ms) {
            self.meta.reasoning_ms = Some(millis(now - since));
            let patch = RowPatch { meta: Some(self.meta.clone()), ..RowPatch::default() };
            self.append(Change::Row { id: self.job.answer.id, patch: Box::new(patch) });
        }
    }

    /// How long the answer is that was shown, its reasoning included, in bytes.
    fn size(&self) -> usize {
        self.text.source().len() + self.reasoning.source().len()
    }

    /// Whether the answer is as long as one may be; what comes after that is not taken.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// How many bytes wait to be shown.
    pub fn waiting(&self) -> usize {
        self.pending.iter().map(|(_, text)| text.len()).sum()
    }

    /// Shows what was taken, and stores it if the last time is long enough ago. False: the row is gone, stop.
    pub async fn flush(&mut self) -> bool {
        if !self.pending.is_empty() {
            self.hide_status();
            self.unsaved = true;
        }
        for (part, text) in std::mem::take(&mut self.pending) {
            let changes = match part {
                Part::Text => self.text.push(&text),
                Part::Reasoning => self.reasoning.push(&text),
            };
            self.show(part, changes);
        }
        self.save().await
    }

    fn show(&self, part: Part, changes: Vec<BlockChange>) {
        for change in changes {
            self.append(Change::Text { id: self.job.answer.id, part, change });
        }
    }

    fn content(&self, failure: Option<Failure>) -> StoredContent {
        StoredContent {
            text: self.text.source().to_owned(),
            reasoning: self.reasoning.source().to_owned(),
            failure,
            ..StoredContent::default()
        }
    }

    /// Stores the row in the background when it is due; never waits for the store. False: the row or the run is gone.
    pub async fn save(&mut self) -> bool {
        if let Some(saving) = self.saving.take_if(|saving| saving.is_finished()) {
            match saving.await {
                Ok(Ok(false)) => return false,
                Ok(Ok(true)) => {}
                Ok(Err(error)) => {
                    tracing::warn!(run = %self.job.run, %error, "could not store progress");
                    self.unsaved = true;
                }
                Err(error) => tracing::error!(run = %self.job.run, %error, "storing progress broke off"),
            }
        }
        let due = if self.unsaved { SAVE_EVERY } else { HEARTBEAT };
        if self.saving.is_none() && self.saved.elapsed() >= due {
            self.saved = Instant::now();
            self.unsaved = false;
            let (context, run, answer) = (self.context.clone(), self.job.run, self.job.answer.id);
            let (content, meta, now) = (self.content(None), self.meta.clone(), now_ms());
            self.saving = Some(tokio::spawn(async move {
                let lease = now + LEASE.as_millis() as i64;
                context.store.save(run, answer, &content, &meta, lease, now).await
            }));
        }
        true
    }

    /// The one end of every run: shows the rest, stores the row, and only then tells that it is settled. Returns how it
    /// ended.
    pub async fn settle(mut self, outcome: Outcome) -> Status {
        let now = Instant::now();
        self.end_reasoning(now);
        self.flush().await;
        let (text, reasoning) = (self.text.finish(), self.reasoning.finish());
        self.show(Part::Reasoning, reasoning);
        self.show(Part::Text, text);
        self.hide_status();
        if let Some(saving) = self.saving.take() {
            let _ = saving.await;
        }

        let empty = self.text.source().trim().is_empty();
        let (status, failure) = match outcome {
            Outcome::Completed if empty => (Status::Failed, Some(Failure::new(FailureKind::Empty))),
            Outcome::Completed => (Status::Completed, None),
            Outcome::Cancelled => (Status::Cancelled, None),
            Outcome::Failed(failure) => (Status::Failed, Some(failure)),
        };
        self.finish_meta(now);
        let row = self.store(status, self.content(failure.clone())).await;
        let patch = RowPatch { status: Some(status), meta: Some(self.meta.clone()), failure };
        self.append(Change::Row { id: self.job.answer.id, patch: Box::new(patch) });
        self.append(Change::Thread { property: ThreadProperty::Run(None) });
        if let Some(row) = view::marked(&self.context, row, status).await {
            self.context.hub.notify(self.job.user, Notice::Thread { summary: view::summary(&row) });
        }
        tracing::info!(run = %self.job.run, thread = %self.job.thread, status = status.as_str(), "run settled");
        status
    }

    /// What is known only at the end: times, and tokens where the provider did not count them.
    fn finish_meta(&mut self, now: Instant) {
        let timings = self.meta.timings.get_or_insert_default();
        if let Some(first) = self.first_token {
            timings.first_token_ms = millis(first - self.started);
            timings.generation_ms = millis(now - first);
        }
        let written = self.size();
        if self.meta.usage.is_none() && written > 0 {
            self.meta.usage = Some(Usage {
                prompt_tokens: estimate(self.job.prompt_bytes),
                completion_tokens: estimate(written),
                estimated: true,
            });
        }
    }

    /// Stores the settled row. A store that fails is tried again for a while; the sweep settles what even then could
    /// not be. None: the row is gone, or could not be stored.
    async fn store(&self, status: Status, content: StoredContent) -> Option<store::ThreadRow> {
        let snippet = view::snippet(&content.text);
        for pause in [50, 200, 1000, 3000, 0] {
            let (run, answer) = (self.job.run, self.job.answer.id);
            match self.context.store.settle(run, answer, status, &content, &self.meta, &snippet, now_ms()).await {
                Ok(row) => return row,
                Err(error) => tracing::error!(run = %self.job.run, %error, "could not store a settled row"),
            }
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        None
    }
}

fn millis(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}

/// Tokens of a text where nobody counted them: four bytes each, the field's usual guess for English.
fn estimate(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(4)).unwrap_or(u32::MAX)
}
