//! A stored row as a viewer sees it.

use crate::{
    model::{Content, Message, Role, ThreadSummary},
    server::{
        render,
        store::{MessageRow, ThreadRow},
    },
};

/// Renders a row. A person's words are shown as they were typed, a model's are markdown.
pub fn message(row: MessageRow) -> Message {
    let text = match row.role {
        Role::User => render::plain(&row.content.text),
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
        },
        meta: row.meta,
        actions: Vec::new(),
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
