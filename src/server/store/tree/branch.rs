//! Turning to another way through the tree.

use sqlx::{AnyConnection, Row};

use super::{
    super::{
        Error, Store,
        sql::{sql, sql_as},
        thread::{self, ThreadRow},
        write::Write,
    },
    path::{Milestone, Spot, first, leaf, select_spots, spot},
    tips::{newest_below, noted_below},
    turns::{Turned, forget, unwind},
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
        let parent = match chosen.parent {
            Some(parent) => Some(spot(db, self.thread, parent).await?),
            None => None,
        };
        let way = Way::past(db, self.thread, parent.as_ref()).await?;
        if way.next.is_some_and(|next| next.id == chosen.id) {
            return Ok(Shown { thread: thread::load(db, self.thread).await?, row: chosen.id, after: None });
        }
        let (mut turn, after) = leave(db, self.thread, parent.as_ref(), way).await?;
        if chosen.version < versions(db, self.thread, parent.as_ref()).await? {
            sql!("UPDATE messages SET turn = $1 WHERE id = $2", turn, chosen.id.to_string()).execute(&mut *db).await?;
            turn = chosen.sequence;
        }
        let leaf = newest_below(db, chosen.id).await?;
        arrive(db, self.thread, Some(leaf), turn, self.now).await?;
        Ok(Shown { thread: thread::load(db, self.thread).await?, row: chosen.id, after: Some(after) })
    }
}

/// How many rows have this parent, or are at the top.
async fn versions(db: &mut AnyConnection, thread: ThreadId, parent: Option<&Spot>) -> Result<i64, Error> {
    let Some(parent) = parent else {
        let roots = sql!("SELECT roots FROM threads WHERE id = $1", thread.to_string());
        return Ok(roots.fetch_one(db).await?.try_get("roots")?);
    };
    Ok(parent.children)
}

/// The way to the leaf, seen from a row that it may lead through, or from the top.
struct Way {
    end: Option<Spot>,
    /// The row of the way that is as deep as the children of that row.
    next: Option<Spot>,
}

impl Way {
    async fn past(db: &mut AnyConnection, thread: ThreadId, row: Option<&Spot>) -> Result<Self, Error> {
        let depth = row.map_or(0, |row| row.depth) + 1;
        let end = leaf(db, thread).await?;
        let next = match &end {
            Some(end) if end.depth >= depth => first(db, thread, end.id, Milestone::Depth(depth)).await?,
            _ => None,
        };
        Ok(Self { end, next })
    }

    /// Whether it does lead through it.
    fn is_through(&self, row: Option<&Spot>) -> bool {
        let Some(row) = row else { return true };
        match (&self.next, &self.end) {
            (Some(next), _) => next.parent == Some(row.id),
            (None, end) => end.is_some_and(|end| end.id == row.id),
        }
    }
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
    let way = Way::past(db, thread, parent.as_ref()).await?;
    leave(db, thread, parent.as_ref(), way).await
}

async fn leave(db: &mut AnyConnection, thread: ThreadId, parent: Option<&Spot>, way: Way) -> Result<(i64, i64), Error> {
    let through = way.is_through(parent);
    let (shared, left) = match (&way.end, parent) {
        // Nobody looks at the parent: both ways part somewhere above it.
        (Some(end), Some(parent)) if !through => {
            let shared = last_shared(db, thread, end, parent).await?;
            let below = Milestone::Depth(shared.map_or(0, |row| row.depth) + 1);
            (shared, first(db, thread, end.id, below).await?)
        }
        _ => (parent.copied(), way.next),
    };
    if let (Some(end), Some(left)) = (way.end, left) {
        let (_, turned) = unwind(db, thread, left.sequence).await?;
        let tip = match turned {
            // Below it there are newest versions only: who comes back that way gets to where it led.
            Turned::Not => Some(end.id),
            // Who follows the newest goes on as before up to there.
            Turned::Below(parent) => noted_below(db, parent).await?,
            Turned::Unknown => None,
        };
        let tip = tip.map(|tip| tip.to_string());
        sql!("UPDATE messages SET tip_id = $1 WHERE id = $2", tip, left.id.to_string()).execute(&mut *db).await?;
    }
    let above = parent.map_or(0, |row| row.sequence);
    let turn = if through { unwind(db, thread, above).await?.0 } else { above };
    if !through {
        // How the parent was come to is not known.
        forget(db, thread, above).await?;
    }
    Ok((turn, shared.map_or(0, |row| row.sequence)))
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
