//! Finding a place in a long thread. What it costs grows with the logarithm of the thread at the most.

use super::{
    Error, Store,
    sql::{id, sql},
};
use crate::model::{MessageId, ThreadId};

/// A row that others can be counted from: with a newer one beside it, it is no longer on the way to the thread's leaf.
macro_rules! on_the_way {
    ($rest:literal) => {
        concat!(
            "SELECT m.id, m.sequence FROM messages m WHERE m.thread_id = $1 AND m.sequence >= $2 AND NOT EXISTS (SELECT 1 \
             FROM messages s WHERE s.parent_id = m.parent_id AND s.thread_id = m.thread_id AND s.sequence > m.sequence) \
             ORDER BY m.sequence LIMIT 1 ",
            $rest
        )
    };
}

impl Store {
    /// The row that is `skip` rows after the first one whose sequence is `from` or more: its id and its sequence.
    pub async fn row_from(&self, thread: ThreadId, from: i64, skip: u32) -> Result<Option<(MessageId, i64)>, Error> {
        use sqlx::Row;
        let query = sql!(on_the_way!("OFFSET $3"), thread.to_string(), from, i64::from(skip));
        let row = query.fetch_optional(&self.reader).await?;
        Ok(row.map(|row| Ok::<_, sqlx::Error>((id(&row, "id")?, row.try_get("sequence")?))).transpose()?)
    }

    /// The sequence of the first row that was made at this time or later, in milliseconds since 1970. Rows are looked
    /// for by halves: they were made in their order, and where a clock was set back, nearly so.
    pub async fn sequence_at(&self, thread: ThreadId, time: i64) -> Result<Option<i64>, Error> {
        const LAST: &str = "SELECT m.sequence FROM messages m WHERE m.thread_id = $1 ORDER BY m.sequence DESC LIMIT 1";
        const MADE: &str = "SELECT m.created_at FROM messages m WHERE m.thread_id = $1 AND m.sequence >= $2 \
                            ORDER BY m.sequence LIMIT 1";
        use sqlx::Row;
        let last = sql!(LAST, thread.to_string()).fetch_optional(&self.reader).await?;
        let Some(last) = last.map(|row| row.try_get::<i64, _>("sequence")).transpose()? else { return Ok(None) };
        let (mut low, mut high) = (0, last + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            let made = sql!(MADE, thread.to_string(), middle).fetch_optional(&self.reader).await?;
            let later =
                made.map(|row| row.try_get::<i64, _>("created_at")).transpose()?.is_none_or(|made| made >= time);
            match later {
                true => high = middle,
                false => low = middle + 1,
            }
        }
        Ok((low <= last).then_some(low))
    }
}
