//! Who is signed in where. The token itself is never here, only its hash.

use sqlx::{AnyConnection, FromRow, Row};

use super::{
    Error, Store,
    sql::{plain, sql},
    user::AccountRow,
    write::Write,
};
use crate::model::{Account, UserId};

/// How exact the time is at which a session was last used, in milliseconds: each use would be a write otherwise.
const TOUCH_EVERY: i64 = 60_000;

/// A session to be kept.
#[derive(Clone)]
pub struct NewSession<'a> {
    /// The hash of the token that the browser holds.
    pub token_hash: &'a str,
    pub user: UserId,
    /// What the browser calls itself; shortened.
    pub user_agent: &'a str,
    pub now: i64,
    pub expires_at: i64,
}

impl Store {
    /// Signs a person in.
    pub async fn create_session(&self, session: NewSession<'_>) -> Result<(), Error> {
        self.write(session).await
    }

    /// Whose session this is, unless it has expired.
    pub async fn session(&self, token_hash: &str, now: i64) -> Result<Option<Account>, Error> {
        let row = sql!(
            "SELECT u.id, u.email, u.name, u.role, s.last_seen_at FROM sessions s JOIN users u ON u.id = s.user_id \
             WHERE s.token_hash = $1 AND s.expires_at > $2",
            token_hash,
            now,
        );
        let Some(row) = row.fetch_optional(&self.reader).await? else { return Ok(None) };
        let account = AccountRow::from_row(&row)?.0;
        if row.try_get::<i64, _>("last_seen_at")? <= now - TOUCH_EVERY
            && let Err(error) = self.write(Touch { token_hash, now }).await
        {
            // Nobody is to be kept out for this.
            tracing::warn!(%error, "could not note that a session is in use");
        }
        Ok(Some(account))
    }

    /// Signs a person out here. Returns whether they were in.
    pub async fn delete_session(&self, token_hash: &str) -> Result<bool, Error> {
        self.write(End { token_hash }).await
    }

    /// Forgets sessions that have expired. Returns how many.
    pub async fn delete_expired_sessions(&self, now: i64) -> Result<u64, Error> {
        self.write(Expire { now }).await
    }
}

impl Write for NewSession<'_> {
    type Out = ();

    async fn apply(&self, db: &mut AnyConnection) -> Result<(), Error> {
        sql!(
            "INSERT INTO sessions (token_hash, user_id, created_at, last_seen_at, expires_at, user_agent) \
             VALUES ($1, $2, $3, $3, $4, $5)",
            self.token_hash,
            self.user.to_string(),
            self.now,
            self.expires_at,
            plain(self.user_agent, 256),
        )
        .execute(db)
        .await?;
        Ok(())
    }
}

struct Touch<'a> {
    token_hash: &'a str,
    now: i64,
}

impl Write for Touch<'_> {
    type Out = ();

    async fn apply(&self, db: &mut AnyConnection) -> Result<(), Error> {
        // Of many requests at once only the first finds it old enough.
        let touch = sql!(
            "UPDATE sessions SET last_seen_at = $1 WHERE token_hash = $2 AND last_seen_at <= $3",
            self.now,
            self.token_hash,
            self.now - TOUCH_EVERY,
        );
        touch.execute(db).await?;
        Ok(())
    }
}

struct End<'a> {
    token_hash: &'a str,
}

impl Write for End<'_> {
    type Out = bool;

    async fn apply(&self, db: &mut AnyConnection) -> Result<bool, Error> {
        let end = sql!("DELETE FROM sessions WHERE token_hash = $1", self.token_hash);
        Ok(end.execute(db).await?.rows_affected() > 0)
    }
}

struct Expire {
    now: i64,
}

impl Write for Expire {
    type Out = u64;

    async fn apply(&self, db: &mut AnyConnection) -> Result<u64, Error> {
        Ok(sql!("DELETE FROM sessions WHERE expires_at <= $1", self.now).execute(db).await?.rows_affected())
    }
}
