//! Turning to another way through the tree.

use sqlx::{AnyConnection, Row};

use super::{
    super::{
        Error, Store,
        sql::{id, maybe_id, sql, sql_as},
        thread::{self, ThreadRow},
        write::Write,
    },
    path::{Milestone, Spot, first, leads_through, leaf, select_spots, spot},
};
use crate::model::{MessageId, ThreadId, UserId};

/// A thread that shows a version of a message.
#[derive(Clone, PartialEq, Debug)]
pub struct Shown {
    pub thread: ThreadRow,
    /// The version that is shown.
    pub row: MessageId,
    /// The sequence of the last row that is shown as before, 0 if none is. None: it was shown already.
    pub after: Option<i64>,
}

impl Store {
    /// Shows another version of a message, and below it the newest versions down to the end. `NotFound`: this person's
    /// thread has no such message, or it no such version. Where it is shown already nothing changes.
    pub async fn show_version(
        &self,
        user: UserId,
        thread: ThreadId,
        message: MessageId,
        version: u32,
        now: i64,
    ) -> Result<Shown, Error> {
        self.write(Show { user, thread, message, version: version.into(), now }).await
    }
}

struct Show {
    user: UserId,
    thread: ThreadId,
    message: MessageId,
    version: i64,
    now: i64,
}

impl Write for Show {
    type Out = Shown;

    async fn apply(&self, db: &mut AnyConnection) -> Result<Self::Out, Error> {
        thread::lock(db, self.thread, Some(self.user)).await?;
        let named = spot(db, self.thread, self.message).await?;
        let text = select_spots!("WHERE m.group_id = $1 AND m.version = $2 AND m.thread_id = $3");
        let chosen = sql_as!(Spot, text, named.group.to_string(), self.version, self.thread.to_string());
        let chosen = chosen.fetch_optional(&mut *db).await?.ok_or(Error::NotFound)?;
        let (turn, after) = match leaf(db, self.thread).await? {
            Some(leaf) if leads_through(db, self.thread, &leaf, &chosen).await? => {
                let thread = thread::load(db, self.thread).await?;
                return Ok(Shown { thread, row: chosen.id, after: None });
            }
            _ => depart(db, self.thread, chosen.parent).await?,
        };
        let newest = versions(db, self.thread, chosen.parent).await? == chosen.version;
        let leaf = newest_below(db, chosen.id).await?;
        arrive(db, self.thread, Some(leaf), if newest { turn } else { chosen.sequence }, self.now).await?;
        Ok(Shown { thread: thread::load(db, self.thread).await?, row: chosen.id, after: Some(after) })
    }
}

/// How many rows have this parent, or are at the top.
async fn versions(db: &mut AnyConnection, thread: ThreadId, parent: Option<MessageId>) -> Result<i64, Error> {
    let count = match parent {
        Some(parent) => sql!("SELECT children AS versions FROM messages WHERE id = $1", parent.to_string()),
        None => sql!("SELECT roots AS versions FROM threads WHERE id = $1", thread.to_string()),
    };
    Ok(count.fetch_optional(db).await?.map(|row| row.try_get("versions")).transpose()?.unwrap_or(0))
}

/// The thread turns to a way that goes through `parent`, or to another beginning, and there to something new: the way
/// that it leaves is noted. Returns the thread's `turn` from then on, as far as it is known without what comes after the
/// parent, and the sequence of the last row that both ways have. The thread is locked.
pub(super) async fn depart(
    db: &mut AnyConnection,
    thread: ThreadId,
    parent: Option<MessageId>,
) -> Result<(i64, i64), Error> {
    let parent = match parent {
        Some(parent) => Some(spot(db, thread, parent).await?),
        None => None,
    };
    let turn = sql!("SELECT turn FROM threads WHERE id = $1", thread.to_string()).fetch_one(&mut *db).await?;
    let turn: i64 = turn.try_get("turn")?;
    let (depth, sequence) = parent.map_or((0, 0), |parent| (parent.depth, parent.sequence));
    let Some(end) = leaf(db, thread).await? else { return Ok((sequence, 0)) };
    let shared = match &parent {
        None => None,
        Some(parent) if leads_through(db, thread, &end, parent).await? => Some(*parent),
        // Nobody looks at the parent: both ways part somewhere above it.
        Some(parent) => last_shared(db, thread, &end, parent).await?,
    };
    let (common, after) = shared.map_or((0, 0), |row| (row.depth, row.sequence));
    if end.depth > common
        && let Some(left) = first(db, thread, end.id, Milestone::Depth(common + 1)).await?
    {
        // Below it there are newest versions only: who comes back that way gets to where it led.
        let tip = (turn <= left.sequence).then(|| end.id.to_string());
        sql!("UPDATE messages SET tip_id = $1 WHERE id = $2", tip, left.id.to_string()).execute(&mut *db).await?;
    }
    let turn = if common == depth { turn.min(sequence) } else { sequence };
    Ok((turn, after))
}

/// The last row on the way to both: looked for by halves.
async fn last_shared(db: &mut AnyConnection, thread: ThreadId, a: &Spot, b: &Spot) -> Result<Option<Spot>, Error> {
    let (mut low, mut high) = (0, a.depth.min(b.depth));
    let mut shared = None;
    while low < high {
        let middle = low + (high - low + 1) / 2;
        let on_a = first(db, thread, a.id, Milestone::Depth(middle)).await?;
        let on_b = first(db, thread, b.id, Milestone::Depth(middle)).await?;
        match on_a.filter(|row| on_b.is_some_and(|other| other.id == row.id)) {
            Some(row) => (low, shared) = (middle, Some(row)),
            None => high = middle - 1,
        }
    }
    Ok(shared)
}

/// The thread stands there from now on.
pub(super) async fn arrive(
    db: &mut AnyConnection,
    thread: ThreadId,
    leaf: Option<MessageId>,
    turn: i64,
    now: i64,
) -> Result<(), Error> {
    let leaf = leaf.map(|leaf| leaf.to_string());
    sql!(
        "UPDATE threads SET leaf_id = $1, turn = $2, updated_at = $3 WHERE id = $4",
        leaf,
        turn,
        now,
        thread.to_string()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Where one gets from a row who always goes on to the newest version.
pub(super) async fn newest_below(db: &mut AnyConnection, row: MessageId) -> Result<MessageId, Error> {
    let noted = sql!(
        "SELECT t.id FROM messages m JOIN messages t ON t.id = m.tip_id AND t.thread_id = m.thread_id \
         AND t.children = 0 WHERE m.id = $1",
        row.to_string(),
    );
    if let Some(noted) = noted.fetch_optional(&mut *db).await? {
        return Ok(id(&noted, "id")?);
    }
    // The cases keep a planner from going through the rest of the thread at each step, by the index of the sequence.
    let down = sql!(
        "WITH RECURSIVE down (id, thread_id, sequence, children, steps) AS (\
         SELECT m.id, m.thread_id, m.sequence, m.children, 0 FROM messages m WHERE m.id = $1 \
         UNION ALL SELECT m.id, m.thread_id, m.sequence, m.children, d.steps + 1 FROM down d \
         JOIN messages m ON m.parent_id = d.id AND m.version = d.children \
         AND CASE WHEN m.thread_id = d.thread_id AND m.sequence > d.sequence THEN 1 ELSE 0 END = 1) \
         SELECT id FROM down ORDER BY steps DESC LIMIT 1",
        row.to_string(),
    );
    let end = down.fetch_optional(db).await?;
    Ok(end.map(|end| maybe_id(&end, "id")).transpose()?.flatten().unwrap_or(row))
}
