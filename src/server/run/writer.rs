//! Turns what a provider sends into events and stored rows.
//!
//! Text goes out at once; the more of it is ready at a time, the more goes into one event. What it grew by is stored every
//! half a second, and the whole row when it settles.

mod settle;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::task::JoinHandle;

use super::{Context, Job, Place};
use crate::{
    model::{
        BlockChange, Change, Content, Failure, Kind, Message, MessageId, Meta, Part, Role, RowPatch, Seq, Status,
        Usage, Version,
    },
    server::{
        clock::{fresh, now_ms},
        hub::Pen,
        provider::Chunk,
        render::Document,
        store::{self, Fault, Piece, StoredContent},
    },
};

/// How often what a row grew by is stored. After a crash at most a second of it may be missing: this, and what the store
/// takes.
const SAVE_EVERY: Duration = Duration::from_millis(500);
/// How soon it is looked again whether something is stored that was not when it was time to store more.
const STILL_SAVING: Duration = Duration::from_millis(100);
/// How long a run goes on that cannot be stored, since nobody can keep what it writes.
const UNSTORED: Duration = Duration::from_secs(5);
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
    pen: Pen,
    /// Its place among the runs there may be, until it has ended.
    place: Option<Place>,
    text: Document,
    reasoning: Document,
    /// What was taken and not yet shown, in the order it came.
    pending: Vec<(Part, String)>,
    meta: Meta,
    /// What this run used, as the provider counted it.
    usage: Option<Usage>,
    /// The transient row that says what is being waited for.
    status_row: Option<MessageId>,
    /// It is as long as an answer may be.
    full: bool,
    started: Instant,
    first_token: Option<Instant>,
    first_reasoning: Option<Instant>,
    saved: Instant,
    unsaved: bool,
    saving: Option<Saving>,
    /// How much of the text and of the reasoning is stored, in bytes, and what of the rest of the row.
    stored: (usize, usize),
    stored_meta: Meta,
    /// Since when nothing can be stored.
    failing: Option<Instant>,
    /// Why the run was given up: it could not be stored for too long.
    fault: Option<Fault>,
}

/// Storing progress, in the background.
struct Saving {
    task: JoinHandle<Result<bool, store::Error>>,
    /// What is stored when it is done.
    stored: (usize, usize),
    meta: Meta,
}

impl Writer {
    /// Shows that the run waits for its model.
    pub fn new(context: Arc<Context>, job: Job, place: Option<Place>) -> Self {
        let now = Instant::now();
        let (text, reasoning) = (begun(&job.answer.content.text), begun(&job.answer.content.reasoning));
        let stored = (text.source().len(), reasoning.source().len());
        let mut writer = Self {
            meta: job.answer.meta.clone(),
            stored_meta: job.answer.meta.clone(),
            pen: context.hub.pen(job.thread),
            context,
            job,
            place,
            text,
            reasoning,
            usage: None,
            pending: Vec::new(),
            status_row: None,
            full: false,
            started: now,
            first_token: None,
            first_reasoning: None,
            saved: now,
            unsaved: false,
            saving: None,
            stored,
            failing: None,
            fault: None,
        };
        writer.note_window();
        writer.show_status("waiting", None);
        writer
    }

    /// Notes how much the model holds, if that is known now.
    fn note_window(&mut self) {
        let window = self.job.model.as_ref().and_then(|model| self.context.providers.window(model));
        self.meta.context_window = window.or(self.meta.context_window);
    }

    pub fn job(&self) -> &Job {
        &self.job
    }

    /// Notes how much the model is sent, for estimates.
    pub fn set_prompt_size(&mut self, bytes: usize) {
        self.job.prompt_bytes = bytes;
    }

    fn append(&self, change: Change) -> Seq {
        self.pen.append(change)
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
            version: Version::only(id),
            is_fork_origin: false,
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
            Chunk::Usage(usage) => self.usage = Some(usage),
            // Our own times are put there at the end.
            Chunk::Timings(timings) => self.meta.timings = Some(timings),
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
        if self.first_token.is_none() {
            self.first_token = Some(now);
            self.context.numbers.first_token.record(now - self.started);
        }
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

    /// Stores what is new, in the background, when it is due; never waits for the store. False: the row or the run is
    /// gone, or nothing could be stored for too long.
    pub async fn save(&mut self) -> bool {
        if let Some(saving) = self.saving.take_if(|saving| saving.task.is_finished())
            && !self.saved(saving).await
        {
            return false;
        }
        let due = if self.unsaved { SAVE_EVERY } else { HEARTBEAT };
        if self.saving.is_none() && self.saved.elapsed() >= due {
            self.saved = Instant::now();
            self.unsaved = false;
            let (context, run, answer, now) = (self.context.clone(), self.job.run, self.job.answer.id, now_ms());
            let (piece, meta) = self.piece();
            let stored = (self.text.source().len(), self.reasoning.source().len());
            let task = tokio::spawn(async move {
                let lease = now + LEASE.as_millis() as i64;
                context.store.save(run, answer, piece, lease, now).await
            });
            self.saving = Some(Saving { task, stored, meta });
        }
        true
    }

    /// When [`save`](Self::save) may have something to do if nothing comes until then. What comes after a longer pause is
    /// stored at once, so that nothing waits longer than this.
    pub fn next_save(&self) -> Instant {
        let (due, now) = (self.saved + SAVE_EVERY, Instant::now());
        match due > now {
            true => due,
            false if self.saving.is_some() => now + STILL_SAVING,
            false => now + SAVE_EVERY,
        }
    }

    /// What is not known to be stored, and the meta that belongs to it: with an estimate of what the prompt cost, should
    /// nobody come to count it.
    fn piece(&self) -> (Piece, Meta) {
        // An estimate for the whole of one that is gone on with; else whoever settles it estimates what it wrote.
        let written = if self.is_continued() { self.written() } else { 0 };
        let usage = self.usage.unwrap_or_else(|| self.estimated(written));
        let meta = self.counted(usage);
        let (text, reasoning) = self.stored;
        let piece = Piece {
            place: (text + reasoning) as u64,
            text: self.text.source()[text..].to_owned(),
            reasoning: self.reasoning.source()[reasoning..].to_owned(),
            meta: (meta != self.stored_meta).then(|| meta.clone()),
        };
        (piece, meta)
    }

    /// Whether the answer had been begun by an earlier run.
    fn is_continued(&self) -> bool {
        !self.job.answer.content.text.is_empty()
    }

    /// How much this run wrote, in bytes.
    fn written(&self) -> usize {
        let StoredContent { text, reasoning, .. } = &self.job.answer.content;
        self.size() - text.len() - reasoning.len()
    }

    /// What this run used, where nobody counted.
    fn estimated(&self, written: usize) -> Usage {
        let (prompt_tokens, completion_tokens) = (estimate(self.job.prompt_bytes), estimate(written));
        Usage { prompt_tokens, completion_tokens, estimated: true, ..Usage::default() }
    }

    /// What is known of the answer, with what this run used; of earlier runs too, if there were any.
    fn counted(&self, usage: Usage) -> Meta {
        let Some(before) = self.job.answer.meta.usage else {
            return Meta { usage: Some(usage), ..self.meta.clone() };
        };
        let sum = |one: Option<u32>, other: Option<u32>| match (one, other) {
            (None, None) => None,
            (one, other) => Some(one.unwrap_or(0).saturating_add(other.unwrap_or(0))),
        };
        let in_all = Usage {
            prompt_tokens: before.prompt_tokens.saturating_add(usage.prompt_tokens),
            completion_tokens: before.completion_tokens.saturating_add(usage.completion_tokens),
            estimated: before.estimated || usage.estimated,
            cached_tokens: sum(before.cached_tokens, usage.cached_tokens),
            reasoning_tokens: sum(before.reasoning_tokens, usage.reasoning_tokens),
        };
        Meta { usage: Some(in_all), context_used: Some(usage.total()), ..self.meta.clone() }
    }

    /// Takes note of how storing went. False as above.
    async fn saved(&mut self, saving: Saving) -> bool {
        match saving.task.await {
            Ok(Ok(false)) => return false,
            Ok(Ok(true)) => (self.stored, self.stored_meta, self.failing) = (saving.stored, saving.meta, None),
            Ok(Err(error)) => {
                tracing::warn!(run = %self.job.run, %error, "could not store progress");
                self.unsaved = true;
                let since = *self.failing.get_or_insert(self.saved);
                self.fault = error.fault().filter(|_| since.elapsed() >= UNSTORED);
            }
            Err(error) => {
                tracing::error!(run = %self.job.run, %error, "storing progress broke off");
                self.unsaved = true;
            }
        }
        self.fault.is_none()
    }
}

/// A text that an earlier run wrote, or none.
fn begun(text: &str) -> Document {
    let mut document = Document::new();
    if !text.is_empty() {
        document.push(text);
        document.finish();
    }
    document
}

fn millis(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}

/// Tokens of a text where nobody counted them: four bytes each, the field's usual guess for English.
pub(super) fn estimate(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(4)).unwrap_or(u32::MAX)
}
