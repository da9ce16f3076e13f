//! Removing a thread with everything it owned.

use sqlx::{AnyConnection, Row};

use super::{Error, Store, grow, sql::sql, thread, user, write::Write};
use crate::model::{ThreadId, UserId};

impl Store {
    /// Removes a thread, its runs and its rows, in one transaction and in the contract's order (B.7). Returns whether it
    /// was there. A run that is under way should be stopped before; one that is not finds its rows gone and can store
    /// nothing any more.
    pub async fn delete(&self, user: UserId, thread: ThreadId) -> Result<bool, Error> {
        match self.write(Delete { user, thread }).await {
            Err(Error::NotFound) => Ok(false),
            other => other.map(|()| true),
        }
    }
}

struct Delete {
    user: UserId,
    thread: ThreadId,
}

impl Write for Delete {
    type Out = ();

    async fn apply(&self, db: &mut AnyConnection) -> Result<(), Error> {
        user::lock(db, self.user).await?;
        thread::lock(db, self.thread, Some(self.user)).await?;
        let thread = self.thread.to_string();
        sql!("DELETE FROM queue WHERE thread_id = $1", thread.as_str()).execute(&mut *db).await?;
        // Ended first: whoever is storing a piece is waited for, and nobody stores another.
        let ended = sql!(
            "UPDATE runs SET state = 'ended' WHERE thread_id = $1 AND state = 'running' RETURNING message_id",
            thread.as_str(),
        );
        for run in ended.fetch_all(&mut *db).await? {
            grow::forget(db, run.try_get("message_id")?).await?;
        }
        sql!("DELETE FROM runs WHERE thread_id = $1", thread.as_str()).execute(&mut *db).await?;
        sql!("DELETE FROM messages WHERE thread_id = $1", thread.as_str()).execute(&mut *db).await?;
        let origin = "UPDATE messages SET forks = forks - 1 WHERE forks > 0 \
                      AND id = (SELECT origin_message FROM threads WHERE id = $1)";
        sql!(origin, thread.as_str()).execute(&mut *db).await?;
        sql!("DELETE FROM threads WHERE id = $1", thread.as_str()).execute(&mut *db).await?;
        user::count_threads(db, self.user, -1).await
    }
}
