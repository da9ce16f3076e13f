//! One row of the open thread. What can change about it is a signal, so that a change touches that row alone.

use leptos::prelude::*;

use super::Blocks;
use crate::model::{
    Action, Attachment, Failure, Kind, Message, MessageId, Meta, Part, Role, RowPatch, Status, Version,
};

/// One row of a timeline. Clones are the same row.
#[derive(Clone)]
pub struct Row {
    pub id: MessageId,
    pub parent: Option<MessageId>,
    pub sequence: i64,
    pub role: Role,
    pub kind: Kind,
    pub attachments: Vec<Attachment>,
    pub status: ArcRwSignal<Status>,
    pub meta: ArcRwSignal<Meta>,
    pub failure: ArcRwSignal<Option<Failure>>,
    pub title: ArcRwSignal<Option<String>>,
    /// What a transient row says besides its title: a figure, which is no HTML and not patched.
    pub figure: ArcRwSignal<Option<String>>,
    pub actions: ArcRwSignal<Vec<Action>>,
    pub version: ArcRwSignal<Version>,
    /// A thread began as a copy of the way to this row.
    pub is_fork_origin: ArcRwSignal<bool>,
    /// What was typed, of a message that waits to be sent.
    pub source: ArcRwSignal<Option<String>>,
    pub text: Blocks,
    pub reasoning: Blocks,
    /// Whether the reader opened or closed the reasoning; until then the row itself decides.
    pub reasoning_open: ArcRwSignal<Option<bool>>,
    /// Counts how often this row was made anew in its place, because something about it changed that is no signal.
    pub edition: u32,
}

impl Row {
    pub fn new(message: Message) -> Self {
        Self::edition(message, 0)
    }

    fn edition(message: Message, edition: u32) -> Self {
        let figure = figure(&message);
        let Message { id, parent, sequence, role, kind, status, content, meta, actions, version, is_fork_origin } =
            message;
        // The edition is part of the name, so that a row made anew does not patch the page's old one.
        let element = |part| match edition {
            0 => format!("{part}-{id}"),
            edition => format!("{part}-{id}-{edition}"),
        };
        Self {
            id,
            parent,
            sequence,
            role,
            kind,
            attachments: content.attachments,
            status: ArcRwSignal::new(status),
            meta: ArcRwSignal::new(meta),
            failure: ArcRwSignal::new(content.failure),
            title: ArcRwSignal::new(content.title),
            figure: ArcRwSignal::new(figure),
            actions: ArcRwSignal::new(actions),
            version: ArcRwSignal::new(version),
            is_fork_origin: ArcRwSignal::new(is_fork_origin),
            source: ArcRwSignal::new(content.source),
            text: Blocks::new(element("text"), content.text),
            reasoning: Blocks::new(element("reasoning"), content.reasoning),
            reasoning_open: ArcRwSignal::new(None),
            edition,
        }
    }

    /// A row that tells what a run is doing and is never stored.
    pub fn is_transient(&self) -> bool {
        self.role == Role::System && self.kind == Kind::Task
    }

    /// Whether it waits to be sent.
    pub fn is_queued(&self) -> bool {
        self.role == Role::User && self.status.get_untracked() == Status::Pending
    }

    /// Whether the model is thinking, and has not begun to answer.
    pub fn is_thinking(&self) -> bool {
        let thinking = self.meta.with(|meta| meta.reasoning_ms.is_none());
        !self.status.get().is_settled() && self.reasoning.filled.get() && thinking
    }

    /// Takes over what `message` says. Returns the row to hold from now on: this one, or one made anew where the message
    /// is of another make.
    pub(super) fn assign(&self, message: Message) -> Self {
        let same = self.parent == message.parent
            && self.sequence == message.sequence
            && self.role == message.role
            && self.kind == message.kind
            && self.attachments == message.content.attachments;
        if !same {
            return Self::edition(message, self.edition + 1);
        }
        set(&self.figure, figure(&message));
        set(&self.status, message.status);
        set(&self.meta, message.meta);
        set(&self.failure, message.content.failure);
        set(&self.title, message.content.title);
        set(&self.actions, message.actions);
        set(&self.version, message.version);
        set(&self.is_fork_origin, message.is_fork_origin);
        set(&self.source, message.content.source);
        self.text.set(message.content.text);
        self.reasoning.set(message.content.reasoning);
        self.clone()
    }

    pub(super) fn patch(&self, patch: RowPatch) {
        if let Some(meta) = patch.meta {
            set(&self.meta, meta);
        }
        if patch.failure.is_some() {
            set(&self.failure, patch.failure);
        }
        // Last, so that whoever waits for a row to settle finds the rest of it settled.
        if let Some(status) = patch.status {
            set(&self.status, status);
        }
    }

    pub(super) fn blocks(&self, part: Part) -> &Blocks {
        match part {
            Part::Text => &self.text,
            Part::Reasoning => &self.reasoning,
        }
    }

    /// The row as a message again, with the text as far as it is held.
    #[cfg(test)]
    pub(super) fn message(&self) -> Message {
        Message {
            id: self.id,
            parent: self.parent,
            sequence: self.sequence,
            role: self.role,
            kind: self.kind,
            status: self.status.get_untracked(),
            content: crate::model::Content {
                text: self.text.strings(),
                reasoning: self.reasoning.strings(),
                attachments: self.attachments.clone(),
                title: self.title.get_untracked(),
                failure: self.failure.get_untracked(),
                source: self.source.get_untracked(),
            },
            meta: self.meta.get_untracked(),
            actions: self.actions.get_untracked(),
            version: self.version.get_untracked(),
            is_fork_origin: self.is_fork_origin.get_untracked(),
        }
    }
}

/// The figure of a transient row: its text, which no element shows.
fn figure(message: &Message) -> Option<String> {
    message.content.text.first().filter(|_| message.is_transient()).cloned()
}

/// Sets a signal where that changes something.
pub(super) fn set<T: PartialEq + Send + Sync + 'static>(signal: &ArcRwSignal<T>, value: T) {
    if signal.with_untracked(|old| *old != value) {
        signal.set(value);
    }
}
