//! Reading a thread: the path from a row up through its parents, a window at a time. What it costs depends on how many
//! rows are asked for, not on how many the thread has.
//!
//! A parent is followed only within the thread and only to a smaller sequence, as every sound row has it. So damaged
//! rows can neither lead in a circle nor into another person's thread.

use super::{
    Error, Store, grow,
    message::{MessageRow, message_columns},
    sql::sql_as,
};
use crate::model::{MessageId, ThreadId};

/// A part of a path.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Window {
    /// Oldest first.
    pub rows: Vec<MessageRow>,
    /// The sequence of the oldest row here, if the path goes on above it: what the next call passes as `before`.
    pub older: Option<i64>,
}

/// Walks up from the row that `$start` selects, `$2` rows at the most.
macro_rules! path {
    ($start:literal) => {
        concat!(
            "WITH RECURSIVE path (id, thread_id, parent_id, sequence, role, kind, status, content, meta, depth) AS (",
            "SELECT ",
            message_columns!("m"),
            ", 1 FROM messages m ",
            $start,
            " UNION ALL SELECT ",
            message_columns!("m"),
            ", p.depth + 1 FROM path p JOIN messages m ON m.id = p.parent_id AND m.thread_id = p.thread_id ",
            "AND m.sequence < p.sequence WHERE p.depth < $2) ",
            "SELECT ",
            message_columns!("path"),
            " FROM path ORDER BY depth DESC"
        )
    };
}

/// From the thread's leaf or, where that is missing or damaged, from its last row.
const FROM_LEAF: &str = path!(
    "WHERE m.id = COALESCE((SELECT l.id FROM threads t JOIN messages l ON l.id = t.leaf_id AND l.thread_id = t.id \
     WHERE t.id = $1), (SELECT g.id FROM messages g WHERE g.thread_id = $1 ORDER BY g.sequence DESC LIMIT 1))"
);
const FROM_PARENT: &str = path!(
    "JOIN messages b ON m.id = b.parent_id AND m.thread_id = b.thread_id AND m.sequence < b.sequence \
     WHERE b.thread_id = $1 AND b.sequence = $3"
);
const FROM_ROW: &str = path!("WHERE m.thread_id = $1 AND m.id = $3");

impl Store {
    /// The last `limit` rows of the path to the thread's leaf or, with `before`, those above the row with that sequence.
    /// A sequence that is not there has nothing above it.
    pub async fn window(&self, thread: ThreadId, before: Option<i64>, limit: u32) -> Result<Window, Error> {
        // One more than asked for tells whether there is more.
        let (id, most) = (thread.to_string(), i64::from(limit) + 1);
        let query = match before {
            None => sql_as!(MessageRow, FROM_LEAF, id, most),
            Some(before) => sql_as!(MessageRow, FROM_PARENT, id, most, before),
        };
        let mut db = self.reader.acquire().await?;
        let mut rows = query.fetch_all(&mut *db).await?;
        let more = rows.len() > limit as usize;
        if more {
            rows.remove(0);
        }
        grow::whole(&mut db, &mut rows).await?;
        let older = rows.first().filter(|_| more).map(|row| row.sequence);
        Ok(Window { rows, older })
    }

    /// The last `limit` rows of the path down to a row, that row included, oldest first: what a model is sent.
    pub async fn history(&self, thread: ThreadId, from: MessageId, limit: u32) -> Result<Vec<MessageRow>, Error> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let query = sql_as!(MessageRow, FROM_ROW, thread.to_string(), i64::from(limit), from.to_string());
        let mut db = self.reader.acquire().await?;
        let mut rows = query.fetch_all(&mut *db).await?;
        grow::whole(&mut db, &mut rows).await?;
        Ok(rows)
    }
}
