//! What a [`Change`] does to a thread. The server keeps its live rows with this, the browser its signals, and a property
//! test holds that both end where the stored rows do.

use super::{BlockChange, Change, Message, MessageId, Part, RowPatch, ThreadProperty};

/// Something that holds the rows of a thread: a plain list on the server, rows of signals in the browser. The methods are
/// primitive; what a change means, and that applying it twice is harmless, is decided in [`fold()`].
pub trait Timeline {
    fn contains(&self, id: MessageId) -> bool;
    /// Whether this row is there and waits to be sent ([`Message::is_queued`]).
    fn is_queued(&self, id: MessageId) -> bool;
    /// Puts a row that is not there at the end; those that wait to be sent stay behind it, unless it waits itself.
    fn push_back(&mut self, row: Message);
    /// Takes a row that waits out of its place, and puts it at the end as what was sent.
    fn send(&mut self, row: Message);
    /// Puts rows that are not there at the beginning, in this order.
    fn push_front(&mut self, rows: Vec<Message>);
    /// Puts a row in the place of the one with the same id, which is there.
    fn replace(&mut self, row: Message);
    fn remove(&mut self, id: MessageId);
    /// Puts these rows in the place of all that come after this sequence, but before those that wait to be sent. `next` is
    /// the sequence of the row after them, where they are not all.
    fn path(&mut self, after: i64, rows: Vec<Message>, next: Option<i64>);
    fn clear(&mut self);
    /// Passes a change of text on to [`fold_blocks`] of the row, which is there.
    fn text(&mut self, id: MessageId, part: Part, change: BlockChange);
    fn patch(&mut self, id: MessageId, patch: RowPatch);
    fn property(&mut self, property: ThreadProperty);
}

/// Applies one change. A change to a row that is not there (it lies before the window, or was removed) does nothing.
pub fn fold(timeline: &mut impl Timeline, change: Change) {
    match change {
        Change::Append { rows } => rows.into_iter().for_each(|row| match timeline.contains(row.id) {
            true if timeline.is_queued(row.id) && !row.is_queued() => timeline.send(row),
            true => timeline.replace(row),
            // What a run is doing that writes a row which is not shown.
            false if row.is_transient() && !row.parent.is_some_and(|parent| timeline.contains(parent)) => {}
            false => timeline.push_back(row),
        }),
        Change::Path { after, rows, next } => timeline.path(after, rows, next),
        Change::Prepend { mut rows } => {
            rows.retain(|row| !timeline.contains(row.id));
            timeline.push_front(rows);
        }
        Change::Replace { id, row } => {
            if timeline.contains(id) {
                timeline.replace(*row);
            }
        }
        Change::Remove { id } => timeline.remove(id),
        Change::Set { rows } => {
            timeline.clear();
            timeline.push_front(rows);
        }
        Change::Text { id, part, change } => {
            if timeline.contains(id) {
                timeline.text(id, part, change);
            }
        }
        Change::Row { id, patch } => {
            if timeline.contains(id) {
                timeline.patch(id, *patch);
            }
        }
        Change::Thread { property } => timeline.property(property),
    }
}

/// Applies a change of text to blocks held as strings. One that does not fit them (a block that is not there) does
/// nothing: it is addressed to a text that was replaced since.
pub fn fold_blocks(blocks: &mut Vec<String>, change: BlockChange) {
    match change {
        BlockChange::Append { block, depth, html } => {
            if let Some(text) = blocks.get_mut(block as usize)
                && let Some(at) = insertion_point(text, depth)
            {
                make_room(text, html.len());
                text.insert_str(at, &html);
            }
        }
        BlockChange::Replace { from, blocks: new } => {
            blocks.truncate(from as usize);
            blocks.extend(new);
        }
    }
}

/// Makes room for so many bytes more in a text that grows by little at a time. A string would take twice its size each
/// time; there are many such texts at once, so this takes an eighth more.
pub fn make_room(text: &mut String, more: usize) {
    if text.capacity() - text.len() < more {
        text.reserve_exact(more.max(text.len() / 8));
    }
}

/// The byte before the last `depth` closing tags that end `html`, or none where it does not end in as many.
pub fn insertion_point(html: &str, depth: u8) -> Option<usize> {
    (0..depth).try_fold(html.len(), |end, _| {
        let open = html[..end].strip_suffix('>')?.rfind('<')?;
        html[open..end].starts_with("</").then_some(open)
    })
}

impl Timeline for Vec<Message> {
    fn contains(&self, id: MessageId) -> bool {
        self.iter().any(|row| row.id == id)
    }

    fn is_queued(&self, id: MessageId) -> bool {
        self.iter().any(|row| row.id == id && row.is_queued())
    }

    fn push_back(&mut self, row: Message) {
        let queued = if row.is_queued() { 0 } else { self.iter().rev().take_while(|row| row.is_queued()).count() };
        self.insert(self.len() - queued, row);
    }

    fn send(&mut self, row: Message) {
        Timeline::remove(self, row.id);
        self.push_back(row);
    }

    fn push_front(&mut self, rows: Vec<Message>) {
        self.splice(0..0, rows);
    }

    fn replace(&mut self, row: Message) {
        if let Some(place) = self.iter_mut().find(|old| old.id == row.id) {
            *place = row;
        }
    }

    fn remove(&mut self, id: MessageId) {
        self.retain(|row| row.id != id);
    }

    fn path(&mut self, after: i64, rows: Vec<Message>, _: Option<i64>) {
        self.retain(|row| row.sequence <= after || row.is_queued());
        rows.into_iter().for_each(|row| self.push_back(row));
    }

    fn clear(&mut self) {
        Vec::clear(self);
    }

    fn text(&mut self, id: MessageId, part: Part, change: BlockChange) {
        if let Some(row) = self.iter_mut().find(|row| row.id == id) {
            let blocks = match part {
                Part::Text => &mut row.content.text,
                Part::Reasoning => &mut row.content.reasoning,
            };
            fold_blocks(blocks, change);
        }
    }

    fn patch(&mut self, id: MessageId, patch: RowPatch) {
        if let Some(row) = self.iter_mut().find(|row| row.id == id) {
            row.status = patch.status.unwrap_or(row.status);
            if let Some(meta) = patch.meta {
                row.meta = meta;
            }
            if patch.failure.is_some() {
                row.content.failure = patch.failure;
            }
        }
    }

    fn property(&mut self, _: ThreadProperty) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_inserted_before_the_closing_tags() {
        let mut blocks = vec!["<ul>\n<li>one <em>t</em></li></ul>".to_owned()];
        fold_blocks(&mut blocks, BlockChange::Append { block: 0, depth: 3, html: "wo".into() });
        assert_eq!(blocks[0], "<ul>\n<li>one <em>two</em></li></ul>");
        fold_blocks(&mut blocks, BlockChange::Append { block: 0, depth: 2, html: "!".into() });
        assert_eq!(blocks[0], "<ul>\n<li>one <em>two</em>!</li></ul>");
    }

    #[test]
    fn a_change_that_does_not_fit_does_nothing() {
        let mut blocks = vec!["<p>x</p>".to_owned()];
        for (block, depth) in [(0, 2), (1, 0), (9, 1)] {
            fold_blocks(&mut blocks, BlockChange::Append { block, depth, html: "y".into() });
        }
        assert_eq!(blocks, ["<p>x</p>"]);
    }
}
