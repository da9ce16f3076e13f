//! A stored row as a viewer sees it.

use super::Context;
use crate::{
    model::{Content, Kind, Mark, Message, Meta, Role, Status, ThreadSummary, Version},
    server::{
        render,
        store::{MessageRow, QueuedRow, ThreadRow},
    },
};

/// Renders a row. A person's words are shown as they were typed, a model's are markdown.
pub fn message(row: MessageRow) -> Message {
    let text = match row.role {
        Role::User | Role::System => render::plain(&row.content.text),
        _ => render::render(&row.content.text),
    };
    Message {
        id: row.id,
        parent: row.parent,
        sequence: row.sequence,
        role: row.role,
        kind: row.kind,
        status: row.status,
        content: Content {
            text,
            reasoning: render::render(&row.content.reasoning),
            attachments: row.content.attachments,
            title: row.content.title,
            failure: row.content.failure,
            source: None,
        },
        meta: row.meta,
        actions: Vec::new(),
        version: Version {
            group: row.group,
            number: u32::try_from(row.version).unwrap_or(u32::MAX),
            count: u32::try_from(row.versions).unwrap_or(u32::MAX),
            is_latest: row.version == row.versions,
        },
        is_fork_origin: row.forks > 0,
    }
}

/// A thread as a row of the sidebar.
pub fn summary(row: &ThreadRow) -> ThreadSummary {
    ThreadSummary {
        id: row.id,
        title: row.title.clone(),
        snippet: row.snippet.clone(),
        last_message_at: row.last_message_at,
        running: row.running.is_some(),
        mark: row.mark,
    }
}

/// The sequence of the first message that waits: behind all that are sent, and still a number that browsers can hold.
const QUEUED: i64 = 1 << 52;

/// A message that waits to be sent.
pub fn queued(row: QueuedRow) -> Message {
    Message {
        id: row.id,
        parent: None,
        sequence: QUEUED + row.position,
        role: Role::User,
        kind: Kind::Text,
        status: Status::Pending,
        content: Content {
            text: render::plain(&row.content.text),
            attachments: row.content.attachments,
            source: Some(row.content.text),
            ..Content::default()
        },
        meta: Meta { created_at: row.created_at, model: row.model, ..Meta::default() },
        actions: Vec::new(),
        version: Version::only(row.id),
        is_fork_origin: false,
    }
}

/// The thread of a run that ended so, with a mark if nobody looked.
pub(super) async fn marked(context: &Context, thread: Option<ThreadRow>, status: Status) -> Option<ThreadRow> {
    let thread = thread?;
    let mark = match status {
        Status::Completed => Mark::Unread,
        Status::Failed => Mark::Failed,
        // Whoever stopped it knows.
        _ => return Some(thread),
    };
    if context.hub.is_watched(thread.id) {
        return Some(thread);
    }
    let mut marked = context.store.mark(thread.id, Some(mark)).await;
    // Whoever came to look meanwhile may have found no mark to take away.
    if context.hub.is_watched(thread.id) {
        marked = context.store.mark(thread.id, None).await;
    }
    match marked {
        Ok(marked) => Some(marked.unwrap_or(thread)),
        Err(error) => {
            tracing::warn!(thread = %thread.id, %error, "could not mark a thread");
            Some(thread)
        }
    }
}

/// The first 120 characters of a text on one line, without the marks of markdown that only get in the way: what the
/// sidebar shows of it (contract B.7).
pub fn snippet(text: &str) -> String {
    let mut out = String::new();
    let mut count = 0;
    for word in text.split_whitespace() {
        let word: String =
            word.trim_matches(['#', '>', '|', '_']).chars().filter(|c| !matches!(c, '*' | '`')).collect();
        if word.chars().all(|c| matches!(c, '-' | ':' | '|' | '=')) {
            continue;
        }
        if count > 0 {
            out.push(' ');
            count += 1;
        }
        for c in word.chars() {
            if count >= 120 {
                return out;
            }
            out.push(c);
            count += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_is_one_short_line_of_plain_words() {
        assert_eq!(snippet("## Title\n\n- **bold** `x`\n\n| a | b |\n|---|---|"), "Title bold x a b");
        assert_eq!(snippet(&"ä".repeat(500)).chars().count(), 120);
    }
}
