//! Questions about the way to the leaf.

use sqlx::{AnyConnection, FromRow, Row, any::AnyRow};

use super::super::{
    Error,
    sql::{id, maybe_id, sql_as, word},
};
use crate::model::{MessageId, Role, ThreadId};

/// A row of the tree, without what it says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Spot {
    pub id: MessageId,
    pub parent: Option<MessageId>,
    pub sequence: i64,
    pub depth: i64,
    pub version: i64,
    pub group: MessageId,
    pub children: i64,
    pub role: Role,
}

impl FromRow<'_, AnyRow> for Spot {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        let own = id(row, "id")?;
        Ok(Self {
            id: own,
            parent: maybe_id(row, "parent_id")?,
            sequence: row.try_get("sequence")?,
            depth: row.try_get("depth")?,
            version: row.try_get("version")?,
            // Not numbered yet.
            group: id(row, "group_id").unwrap_or(own),
            children: row.try_get("children")?,
            role: word(row, "role")?,
        })
    }
}

macro_rules! select_spots {
    ($rest:literal) => {
        concat!(
            "SELECT m.id, m.parent_id, m.sequence, m.depth, m.version, m.group_id, m.children, m.role FROM messages m ",
            $rest
        )
    };
}

pub(super) use select_spots;

/// A row of this thread. `NotFound`: it is not there.
pub(super) async fn spot(db: &mut AnyConnection, thread: ThreadId, row: MessageId) -> Result<Spot, Error> {
    let text = select_spots!("WHERE m.id = $1 AND m.thread_id = $2 AND m.sequence > 0");
    sql_as!(Spot, text, row.to_string(), thread.to_string()).fetch_optional(db).await?.ok_or(Error::NotFound)
}

/// The row the thread stands at.
pub(super) async fn leaf(db: &mut AnyConnection, thread: ThreadId) -> Result<Option<Spot>, Error> {
    let text = select_spots!("JOIN threads t ON t.id = $1 AND m.id = t.leaf_id AND m.thread_id = t.id");
    Ok(sql_as!(Spot, text, thread.to_string()).fetch_optional(db).await?)
}

/// From a row up, as far as the rows have a column of at least so much, which must grow along every way. Jumps are taken
/// where they do not lead too far. It reads O(log n) rows: the cases keep a planner from going through the thread instead,
/// by the index of the sequence.
macro_rules! climb {
    ($column:literal) => {
        concat!(
            "WITH RECURSIVE up (id, parent_id, jump_id, sequence, steps) AS (",
            "SELECT m.id, m.parent_id, m.jump_id, m.sequence, 0 FROM messages m ",
            "WHERE m.id = $1 AND m.thread_id = $2 AND m.",
            $column,
            " >= $3 UNION ALL SELECT m.id, m.parent_id, m.jump_id, m.sequence, u.steps + 1 FROM up u ",
            "JOIN messages m ON m.id = CASE WHEN EXISTS (",
            "SELECT 1 FROM messages j WHERE j.id = u.jump_id AND j.sequence < u.sequence AND j.",
            $column,
            " >= $3) THEN u.jump_id ELSE u.parent_id END WHERE CASE WHEN m.thread_id = $2 AND m.sequence < u.sequence ",
            "AND m.",
            $column,
            " >= $3 THEN 1 ELSE 0 END = 1) SELECT m.id, m.parent_id, m.sequence, m.depth, m.version, m.group_id, m.children, m.role ",
            "FROM messages m WHERE m.id = (SELECT id FROM up ORDER BY steps DESC LIMIT 1)"
        )
    };
}

/// What a place on the way to the leaf is known by: the first row that has at least this.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Milestone {
    Depth(i64),
    Sequence(i64),
    /// When it was made, in milliseconds since 1970. Rows were made in their order and, where a clock was set back,
    /// nearly so.
    Time(i64),
}

/// The first row with this on the way to `leaf`; none if there is none.
pub(super) async fn first(
    db: &mut AnyConnection,
    thread: ThreadId,
    leaf: MessageId,
    from: Milestone,
) -> Result<Option<Spot>, Error> {
    let (text, least) = match from {
        Milestone::Depth(depth) => (climb!("depth"), depth),
        Milestone::Sequence(sequence) => (climb!("sequence"), sequence),
        Milestone::Time(time) => (climb!("created_at"), time),
    };
    Ok(sql_as!(Spot, text, leaf.to_string(), thread.to_string(), least).fetch_optional(db).await?)
}

/// Whether the way to `leaf` leads through this row.
pub(super) async fn leads_through(
    db: &mut AnyConnection,
    thread: ThreadId,
    leaf: &Spot,
    row: &Spot,
) -> Result<bool, Error> {
    let there = first(db, thread, leaf.id, Milestone::Depth(row.depth)).await?;
    Ok(there.is_some_and(|there| there.id == row.id))
}
