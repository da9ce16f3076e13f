//! An answer while it grows. What was added since the last time is stored as a piece of its own, so that storing costs
//! what was added and not what is there; settling the answer stores it whole and removes the pieces.

use sqlx::{AnyConnection, Row};

use super::{
    Error, Store,
    message::{MessageRow, StoredContent},
    sql::{json, sql, to_json, word},
    write::Write,
};
use crate::model::{MessageId, Meta, RunId};

/// What is new about an answer.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Piece {
    /// How many bytes of it, text and reasoning together, earlier pieces have. A piece at the same place as an earlier
    /// one takes its place: what is not known to have been stored is stored again, and nothing is there twice.
    pub place: u64,
    /// What came after these.
    pub text: String,
    pub reasoning: String,
    /// None where it is as it was.
    pub meta: Option<Meta>,
}

impl Store {
    /// Stores what an answer has grown by, and that its run is alive. False, and nothing is stored: the run has ended or
    /// was deleted with its thread.
    pub async fn save(
        &self,
        run: RunId,
        answer: MessageId,
        piece: Piece,
        lease_until: i64,
        now: i64,
    ) -> Result<bool, Error> {
        let Piece { place, text, reasoning, meta } = piece;
        let content = StoredContent { text, reasoning, ..StoredContent::default() };
        let content = match content == StoredContent::default() {
            true => None,
            false => Some(to_json(&content)?),
        };
        let meta = meta.map(|meta| to_json(&meta)).transpose()?;
        let place = i64::try_from(place).unwrap_or(i64::MAX);
        match self.write(Save { run, answer, place, content, meta, lease_until, now }).await {
            Err(Error::NotFound) => Ok(false),
            other => other.map(|()| true),
        }
    }
}

struct Save {
    run: RunId,
    answer: MessageId,
    place: i64,
    content: Option<String>,
    meta: Option<String>,
    lease_until: i64,
    now: i64,
}

impl Write for Save {
    type Out = ();
    /// The next one comes anyway; a slow disk must not keep it.
    const KEPT: bool = false;
    const ASKS_FIRST: bool = true;

    async fn apply(&self, db: &mut AnyConnection) -> Result<(), Error> {
        let alive = sql!(
            "UPDATE runs SET lease_until = $1 WHERE id = $2 AND message_id = $3 AND state = 'running'",
            self.lease_until,
            self.run.to_string(),
            self.answer.to_string(),
        );
        // A run that is under way has an answer that is not settled: whoever changes the one changes the other.
        if alive.execute(&mut *db).await?.rows_affected() == 0 {
            return Err(Error::NotFound);
        }
        if let Some(content) = &self.content {
            let add = sql!(
                "INSERT INTO pieces (message_id, place, content) VALUES ($1, $2, $3) \
                 ON CONFLICT (message_id, place) DO UPDATE SET content = $3",
                self.answer.to_string(),
                self.place,
                content.as_str(),
            );
            add.execute(&mut *db).await?;
        }
        if let Some(meta) = &self.meta {
            let change = sql!(
                "UPDATE messages SET meta = $1, updated_at = $2 WHERE id = $3",
                meta.as_str(),
                self.now,
                self.answer.to_string(),
            );
            change.execute(db).await?;
        }
        Ok(())
    }
}

/// Puts together what is stored of the rows that are still growing. Each is read again with its pieces, by one
/// statement: it may have been settled since, and its pieces be gone.
pub(super) async fn whole(db: &mut AnyConnection, rows: &mut [MessageRow]) -> Result<(), Error> {
    const TEXT: &str = "SELECT m.status, m.content, m.meta, p.content AS piece FROM messages m \
                        LEFT JOIN pieces p ON p.message_id = m.id WHERE m.id = $1 ORDER BY p.place";
    for row in rows.iter_mut().filter(|row| !row.status.is_settled()) {
        for (number, stored) in sql!(TEXT, row.id.to_string()).fetch_all(&mut *db).await?.iter().enumerate() {
            if number == 0 {
                row.status = word(stored, "status")?;
                row.content = json(stored, "content")?;
                row.meta = json(stored, "meta")?;
            }
            if stored.try_get::<Option<&str>, _>("piece")?.is_some() {
                let piece: StoredContent = json(stored, "piece")?;
                row.content.text += &piece.text;
                row.content.reasoning += &piece.reasoning;
            }
        }
    }
    Ok(())
}

/// Forgets the pieces of an answer that is stored whole, or is gone. Its run has been ended before: nobody adds one.
pub(super) async fn forget(db: &mut AnyConnection, answer: &str) -> Result<(), Error> {
    sql!("DELETE FROM pieces WHERE message_id = $1", answer).execute(db).await?;
    Ok(())
}
