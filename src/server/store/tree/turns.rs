//! Where a thread turned to anything but the newest version. The thread knows the last such row of its way (`turn`), and
//! each such row what the thread knew before: a stack, of which only what is above a row is ever needed. What is below
//! the last of them leads to its end by newest versions alone, and so its end can be noted ([`super::tips`]).

use sqlx::{AnyConnection, Row};

use super::super::{
    Error,
    sql::{maybe_id, sql},
};
use crate::model::{MessageId, ThreadId};

/// Where a thread last turned to anything but the newest version, below some row of its way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Turned {
    Not,
    /// The uppermost such turn was to a child of this row.
    Below(MessageId),
    Unknown,
}

/// How many turns are taken back at once; a thread that turned more often is taken to have turned anywhere.
const TURNS: usize = 64;

/// The thread's `turn` as it is without anything below the row with this sequence, which its way leads through.
pub(super) async fn unwind(db: &mut AnyConnection, thread: ThreadId, above: i64) -> Result<(i64, Turned), Error> {
    let turn = sql!("SELECT turn FROM threads WHERE id = $1", thread.to_string()).fetch_one(&mut *db).await?;
    let (mut turn, mut turned): (i64, _) = (turn.try_get("turn")?, Turned::Not);
    for _ in 0..TURNS {
        if turn <= above {
            return Ok((turn, turned));
        }
        let text = "SELECT turn, parent_id FROM messages WHERE thread_id = $1 AND sequence = $2";
        let Some(row) = sql!(text, thread.to_string(), turn).fetch_optional(&mut *db).await? else { break };
        match (row.try_get::<Option<i64>, _>("turn")?, maybe_id(&row, "parent_id")?) {
            (Some(before), Some(parent)) if before < turn => (turn, turned) = (before, Turned::Below(parent)),
            _ => break,
        }
    }
    forget(db, thread, above).await?;
    Ok((above, Turned::Unknown))
}

/// A thread whose `turn` becomes this, without having turned there: what the row knows is of another time.
pub(super) async fn forget(db: &mut AnyConnection, thread: ThreadId, sequence: i64) -> Result<(), Error> {
    let text = "UPDATE messages SET turn = NULL WHERE thread_id = $1 AND sequence = $2 AND turn IS NOT NULL";
    sql!(text, thread.to_string(), sequence).execute(db).await?;
    Ok(())
}
