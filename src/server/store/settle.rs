//! The one end of every run.

use sqlx::{AnyConnection, Row};

use super::{
    Error, Store, grow,
    message::StoredContent,
    sql::{id, plain, sql, to_json},
    thread::{self, LONGEST_SNIPPET, ThreadRow},
    write::Write,
};
use crate::model::{MessageId, Meta, RunId, Status, ThreadId};

impl Store {
    /// Ends a run and settles its answer, once: the first call does it, and returns the thread as it stands then; none
    /// means that it was done before or that the thread is gone. `status` is a settled one. Tokens are taken from
    /// `meta.usage`; an empty `snippet` leaves the thread's as it is.
    #[expect(clippy::too_many_arguments, reason = "they are the row")]
    pub async fn settle(
        &self,
        run: RunId,
        answer: MessageId,
        status: Status,
        content: &StoredContent,
        meta: &Meta,
        snippet: &str,
        now: i64,
    ) -> Result<Option<ThreadRow>, Error> {
        debug_assert!(status.is_settled());
        let tokens = tokens(meta);
        let settle = Settle {
            run,
            answer,
            status,
            content: to_json(content)?,
            meta: to_json(meta)?,
            snippet: plain(snippet, LONGEST_SNIPPET),
            tokens,
            now,
        };
        match self.write(settle).await {
            Err(Error::NotFound) => Ok(None),
            other => other.map(Some),
        }
    }
}

/// The tokens of an answer, read and written.
pub(super) fn tokens(meta: &Meta) -> i64 {
    meta.usage.map_or(0, |usage| i64::from(usage.prompt_tokens) + i64::from(usage.completion_tokens))
}

struct Settle {
    run: RunId,
    answer: MessageId,
    status: Status,
    content: String,
    meta: String,
    snippet: String,
    tokens: i64,
    now: i64,
}

impl Write for Settle {
    type Out = ThreadRow;

    async fn apply(&self, db: &mut AnyConnection) -> Result<ThreadRow, Error> {
        let run = sql!("SELECT thread_id, counted FROM runs WHERE id = $1", self.run.to_string());
        let run = run.fetch_optional(&mut *db).await?.ok_or(Error::NotFound)?;
        let (thread, counted): (ThreadId, i64) = (id(&run, "thread_id")?, run.try_get("counted")?);
        thread::lock(db, thread, None).await?;
        let ended = sql!(
            "UPDATE runs SET state = 'ended', ended_at = $1 WHERE id = $2 AND state = 'running'",
            self.now,
            self.run.to_string(),
        );
        if ended.execute(&mut *db).await?.rows_affected() == 0 {
            return Err(Error::NotFound);
        }
        let settled = sql!(
            "UPDATE messages SET status = $1, content = $2, meta = $3, updated_at = $4, tokens = $7 \
             WHERE id = $5 AND thread_id = $6 AND status IN ('pending', 'running')",
            self.status.as_str(),
            self.content.as_str(),
            self.meta.as_str(),
            self.now,
            self.answer.to_string(),
            thread.to_string(),
            self.tokens,
        );
        let settled = settled.execute(&mut *db).await?.rows_affected();
        grow::forget(db, &self.answer.to_string()).await?;
        if settled == 1 {
            let counted = sql!(
                "UPDATE threads SET token_total = token_total + $1, \
                 snippet = CASE WHEN $2 = '' THEN snippet ELSE $2 END, \
                 last_message_at = CASE WHEN last_message_at < $3 THEN $3 ELSE last_message_at END, updated_at = $3 \
                 WHERE id = $4",
                self.tokens - counted,
                self.snippet.as_str(),
                self.now,
                thread.to_string(),
            );
            counted.execute(&mut *db).await?;
        }
        thread::load(db, thread).await
    }
}
