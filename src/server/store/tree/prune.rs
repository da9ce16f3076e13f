//! Removing a message with all that came of it.

use sqlx::{AnyConnection, Row};

use super::{
    super::{
        Error, Store, message,
        sql::{maybe_id, plain, sql, sql_as},
        submit::snippet,
        thread::{self, LONGEST_SNIPPET, ThreadRow},
        write::Write,
    },
    branch::arrive,
    path::{Spot, leads_through, leaf, select_spots, spot},
    tips::newest_below,
    turns::unwind,
};
use crate::model::{MessageId, ThreadId, UserId};

/// A thread without a message.
#[derive(Clone, PartialEq, Debug)]
pub struct Pruned {
    pub thread: ThreadRow,
    /// The sequence of the last row that is shown as before: what comes after it is shown anew, or is one version less.
    pub after: i64,
    /// The way that is shown led there.
    pub shown: bool,
    /// How many rows went.
    pub rows: u64,
}

/// A row and all below it. A child comes after its parent, so damaged rows lead nowhere twice. The cases keep a
/// planner from looking for children by the index of the sequence, which goes through the rest of the thread for each row.
/// Where its rows are joined with their messages, the join is a cross join: SQLite then looks each up, instead of going
/// through all messages there are.
macro_rules! below {
    ($then:literal) => {
        concat!(
            "WITH RECURSIVE below (id, thread_id, sequence) AS (SELECT m.id, m.thread_id, m.sequence FROM messages m ",
            "WHERE m.id = $1 AND m.thread_id = $2 UNION ALL SELECT m.id, m.thread_id, m.sequence FROM below b ",
            "JOIN messages m ON m.parent_id = b.id ",
            "AND CASE WHEN m.thread_id = b.thread_id AND m.sequence > b.sequence THEN 1 ELSE 0 END = 1) ",
            $then
        )
    };
}

impl Store {
    /// How many rows there are from this one down, itself included; and the unsettled one among them, if there is one.
    pub async fn below(&self, thread: ThreadId, message: MessageId) -> Result<(u64, Option<MessageId>), Error> {
        const TEXT: &str = below!(
            "SELECT COUNT(*) AS rows_below, MAX(CASE WHEN m.status IN ('pending', 'running') THEN m.id END) AS open_row \
             FROM below b CROSS JOIN messages m WHERE m.id = b.id"
        );
        let row = sql!(TEXT, message.to_string(), thread.to_string()).fetch_one(&self.reader).await?;
        let count: i64 = row.try_get("rows_below")?;
        Ok((u64::try_from(count).unwrap_or(0), maybe_id(&row, "open_row")?))
    }

    /// Removes a message with all below it. Where the thread stood there it turns to the newest version that is left, else
    /// to the row above. `NotFound`: this person's thread has no such message. What is being written there should have
    /// been stopped before; else it finds its row gone.
    pub async fn prune(&self, user: UserId, thread: ThreadId, message: MessageId, now: i64) -> Result<Pruned, Error> {
        self.write(Prune { user, thread, message, now }).await
    }
}

struct Prune {
    user: UserId,
    thread: ThreadId,
    message: MessageId,
    now: i64,
}

impl Write for Prune {
    type Out = Pruned;

    async fn apply(&self, db: &mut AnyConnection) -> Result<Pruned, Error> {
        const COUNT: &str = below!(
            "SELECT COUNT(*) AS rows_below, CAST(COALESCE(SUM(m.tokens), 0) AS BIGINT) AS tokens \
             FROM below b CROSS JOIN messages m WHERE m.id = b.id"
        );
        const RUNS: &str = below!("UPDATE runs SET state = 'ended' WHERE message_id IN (SELECT id FROM below)");
        const PIECES: &str = below!("DELETE FROM pieces WHERE message_id IN (SELECT id FROM below)");
        const ROWS: &str = below!("DELETE FROM messages WHERE id IN (SELECT id FROM below)");
        thread::lock(db, self.thread, Some(self.user)).await?;
        let row = spot(db, self.thread, self.message).await?;
        let (key, thread) = (row.id.to_string(), self.thread.to_string());
        let shown = match leaf(db, self.thread).await? {
            Some(leaf) => leads_through(db, self.thread, &leaf, &row).await?,
            None => false,
        };
        let parent = match row.parent {
            Some(parent) => Some(spot(db, self.thread, parent).await?),
            None => None,
        };
        let after = parent.map_or(0, |parent| parent.sequence);
        // Before what it turned to may be gone.
        let turn = if shown { unwind(db, self.thread, after).await?.0 } else { 0 };
        let counted = sql!(COUNT, key.as_str(), thread.as_str()).fetch_one(&mut *db).await?;
        let (rows, tokens): (i64, i64) = (counted.try_get("rows_below")?, counted.try_get("tokens")?);
        // Runs first: whoever is storing a piece is waited for, and nobody stores another.
        for text in [RUNS, PIECES, ROWS] {
            sql!(text, key.as_str(), thread.as_str()).execute(&mut *db).await?;
        }
        close_up(db, self.thread, &row).await?;
        sql!(
            "UPDATE threads SET message_count = message_count - $1, token_total = token_total - $2 WHERE id = $3",
            rows,
            tokens,
            thread.as_str(),
        )
        .execute(&mut *db)
        .await?;
        if shown {
            let leaf = self.next(db, &row).await?.or(row.parent);
            // From the parent on there are newest versions only.
            arrive(db, self.thread, leaf, turn, self.now).await?;
            self.tell_snippet(db, leaf).await?;
        }
        let rows = u64::try_from(rows).unwrap_or(0);
        Ok(Pruned { thread: thread::load(db, self.thread).await?, after, shown, rows })
    }
}

impl Prune {
    /// The end of the newest version that is left.
    async fn next(&self, db: &mut AnyConnection, gone: &Spot) -> Result<Option<MessageId>, Error> {
        let text = select_spots!("WHERE m.group_id = $1 AND m.thread_id = $2 ORDER BY m.version DESC LIMIT 1");
        let newest = sql_as!(Spot, text, gone.group.to_string(), self.thread.to_string());
        match newest.fetch_optional(&mut *db).await? {
            Some(newest) => newest_below(db, newest.id).await.map(Some),
            None => Ok(None),
        }
    }

    /// The sidebar does not go on showing what is gone.
    async fn tell_snippet(&self, db: &mut AnyConnection, leaf: Option<MessageId>) -> Result<(), Error> {
        let text = match leaf {
            Some(leaf) => message::load(db, self.thread, leaf).await?.map(|row| snippet(&row.content)),
            None => None,
        };
        let text = plain(&text.unwrap_or_default(), LONGEST_SNIPPET);
        sql!("UPDATE threads SET snippet = $1 WHERE id = $2", text, self.thread.to_string()).execute(db).await?;
        Ok(())
    }
}

/// The versions after one that is gone move up.
async fn close_up(db: &mut AnyConnection, thread: ThreadId, gone: &Spot) -> Result<(), Error> {
    match gone.parent {
        Some(parent) => {
            sql!("UPDATE messages SET children = children - 1 WHERE id = $1", parent.to_string())
                .execute(&mut *db)
                .await?;
        }
        None => {
            sql!("UPDATE threads SET roots = roots - 1 WHERE id = $1", thread.to_string()).execute(&mut *db).await?;
        }
    }
    sql!(
        "UPDATE messages SET version = version - 1 WHERE group_id = $1 AND version > $2 AND thread_id = $3",
        gone.group.to_string(),
        gone.version,
        thread.to_string(),
    )
    .execute(db)
    .await?;
    Ok(())
}
