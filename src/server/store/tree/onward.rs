//! What comes on the way to the leaf, from some row on.

use sqlx::{AnyConnection, Row};

use super::{
    super::{
        Error, Store, grow, history,
        message::MessageRow,
        sql::{id, sql},
    },
    path::{Milestone, first, leaf},
};
use crate::model::{MessageId, ThreadId};

/// A part of the way to a thread's leaf, or of another way down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stretch {
    pub first: MessageId,
    pub last: MessageId,
    /// The sequence of the row behind it; none where the way ends with it.
    pub next: Option<i64>,
}

/// The same with its rows, oldest first.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Onward {
    pub rows: Vec<MessageRow>,
    pub next: Option<i64>,
}

impl Store {
    /// From the first row with this on the way to the thread's leaf, so many rows at the most, at least one. None: there
    /// is no such row.
    pub async fn stretch(&self, thread: ThreadId, from: Milestone, most: u32) -> Result<Option<Stretch>, Error> {
        climb(&mut *self.reader.acquire().await?, thread, from, most).await
    }

    /// What comes after this sequence on the way to the thread's leaf, so many rows at the most. `newest` is a row below
    /// which the way has newest versions only: if it is the first, the others are found from there down, and no more is
    /// read than these.
    pub async fn onward(
        &self,
        thread: ThreadId,
        after: i64,
        newest: Option<MessageId>,
        most: u32,
    ) -> Result<Onward, Error> {
        // All on one connection: what it has read it need not read again.
        let mut db = self.reader.acquire().await?;
        let below = match newest {
            Some(newest) => down(&mut db, newest, Some((thread, after)), most).await?,
            None => None,
        };
        let stretch = match below {
            Some(stretch) => Some(stretch),
            None => climb(&mut db, thread, Milestone::Sequence(after + 1), most).await?,
        };
        let last = stretch.map(|stretch| stretch.last);
        let mut rows = history::up_to(&mut db, thread, last, most.into()).await?;
        rows.retain(|row| row.sequence > after);
        grow::whole(&mut db, &mut rows).await?;
        Ok(Onward { rows, next: stretch.and_then(|stretch| stretch.next) })
    }
}

/// From the leaf up.
async fn climb(db: &mut AnyConnection, thread: ThreadId, from: Milestone, most: u32) -> Result<Option<Stretch>, Error> {
    let Some(leaf) = leaf(db, thread).await? else { return Ok(None) };
    let Some(start) = first(db, thread, leaf.id, from).await? else { return Ok(None) };
    let behind = start.depth + i64::from(most.max(1));
    let next = match behind <= leaf.depth {
        true => first(db, thread, leaf.id, Milestone::Depth(behind)).await?,
        false => None,
    };
    let last = next.map_or(Some(leaf.id), |next| next.parent).unwrap_or(start.id);
    Ok(Some(Stretch { first: start.id, last, next: next.map(|next| next.sequence) }))
}

/// Down from the row that `$start` selects by newest versions, `$2` rows at the most, and the one behind them. The cases
/// keep a planner from going through the rest of the thread at each step, by the index of the sequence.
macro_rules! down {
    ($start:literal) => {
        concat!(
            "WITH RECURSIVE down (id, thread_id, sequence, children, steps) AS (",
            "SELECT m.id, m.thread_id, m.sequence, m.children, 1 FROM messages m ",
            $start,
            " UNION ALL SELECT m.id, m.thread_id, m.sequence, m.children, d.steps + 1 FROM down d ",
            "JOIN messages m ON m.parent_id = d.id AND m.version = d.children ",
            "AND CASE WHEN m.thread_id = d.thread_id AND m.sequence > d.sequence THEN 1 ELSE 0 END = 1 ",
            "WHERE d.steps <= $2) SELECT id, sequence, steps FROM down ORDER BY steps DESC LIMIT 2"
        )
    };
}

const FROM_ROW: &str = down!("WHERE m.id = $1");
const FROM_FIRST: &str = down!(
    "LEFT JOIN messages p ON p.id = m.parent_id WHERE m.id = $1 AND m.thread_id = $3 AND COALESCE(p.sequence, 0) = $4"
);

/// From a row down by newest versions, so many rows at the most, at least one. With `after` only where it is the first
/// row of this thread after this sequence. None: it is not, or there is no such row.
pub(super) async fn down(
    db: &mut AnyConnection,
    row: MessageId,
    after: Option<(ThreadId, i64)>,
    most: u32,
) -> Result<Option<Stretch>, Error> {
    let (key, most) = (row.to_string(), i64::from(most.max(1)));
    let walk = match after {
        None => sql!(FROM_ROW, key, most),
        Some((thread, after)) => sql!(FROM_FIRST, key, most, thread.to_string(), after),
    };
    let ends = walk.fetch_all(db).await?;
    let Some(end) = ends.first() else { return Ok(None) };
    let is_behind = end.try_get::<i64, _>("steps")? > most;
    let last = if is_behind { ends.get(1).unwrap_or(end) } else { end };
    let next = is_behind.then(|| end.try_get("sequence")).transpose()?;
    Ok(Some(Stretch { first: row, last: id(last, "id")?, next }))
}
