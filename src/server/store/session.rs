//! Who is signed in where. The token itself is never here, only its hash.

use sqlx::{AnyConnection, FromRow, Row, any::AnyRow};

use super::{
    Error, Person, Store,
    sql::{plain, sql, sql_as},
    write::Write,
};
use crate::model::UserId;

/// How exact the time is at which a session was last used, in milliseconds: each use would be a write otherwise.
const TOUCH_EVERY: i64 = 60_000;
/// The most sessions of a person that are listed.
const MOST_LISTED: i64 = 100;
/// How much of a token's hash names a session to its person: enough to tell them apart, and nothing to sign in with.
const ID_DIGITS: usize = 16;

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

/// A session as its person may see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionRow {
    /// The beginning of the token's hash.
    pub id: String,
    pub user_agent: String,
    /// Milliseconds since 1970.
    pub last_seen_at: i64,
}

impl SessionRow {
    /// The id of the session whose token has this hash.
    pub fn id(token_hash: &str) -> &str {
        token_hash.get(..ID_DIGITS).unwrap_or(token_hash)
    }
}

impl FromRow<'_, AnyRow> for SessionRow {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        let hash: String = row.try_get("token_hash")?;
        Ok(Self {
            id: Self::id(&hash).to_owned(),
            user_agent: row.try_get("user_agent")?,
            last_seen_at: row.try_get("last_seen_at")?,
        })
    }
}

/// Some of a person's sessions.
#[derive(Clone, Copy, Debug)]
pub enum Sessions<'a> {
    /// The one of this id.
    One(&'a str),
    /// All but the one of this id.
    Others(&'a str),
}

impl Store {
    /// Signs a person in.
    pub async fn create_session(&self, session: NewSession<'_>) -> Result<(), Error> {
        let NewSession { token_hash, user, user_agent, now, expires_at } = session;
        let (token_hash, user_agent) = (token_hash.to_owned(), plain(user_agent, 256));
        self.write(Begin { token_hash, user, user_agent, now, expires_at }).await
    }

    /// Whose session this is, unless it has expired.
    pub async fn session(&self, token_hash: &str, now: i64) -> Result<Option<Person>, Error> {
        let row = sql!(
            "SELECT u.id, u.email, u.name, u.role, u.settings, s.last_seen_at FROM sessions s JOIN users u ON u.id = s.user_id \
             WHERE s.token_hash = $1 AND s.expires_at > $2",
            token_hash,
            now,
        );
        let Some(row) = row.fetch_optional(&self.reader).await? else { return Ok(None) };
        let person = Person::from_row(&row)?;
        if row.try_get::<i64, _>("last_seen_at")? <= now - TOUCH_EVERY
            && let Err(error) = self.write(Touch { token_hash: token_hash.to_owned(), now }).await
        {
            // Nobody is to be kept out for this.
            tracing::warn!(%error, "could not note that a session is in use");
        }
        Ok(Some(person))
    }

    /// Signs a person out here. Returns whether they were in.
    pub async fn delete_session(&self, token_hash: &str) -> Result<bool, Error> {
        self.write(End { token_hash: token_hash.to_owned() }).await
    }

    /// Where a person is signed in, the latest used first.
    pub async fn sessions(&self, user: UserId, now: i64) -> Result<Vec<SessionRow>, Error> {
        let rows = sql_as!(
            SessionRow,
            "SELECT token_hash, user_agent, last_seen_at FROM sessions WHERE user_id = $1 AND expires_at > $2 \
             ORDER BY last_seen_at DESC, token_hash LIMIT $3",
            user.to_string(),
            now,
            MOST_LISTED,
        );
        Ok(rows.fetch_all(&self.reader).await?)
    }

    /// Signs a person out in some places. Returns in how many they were in.
    pub async fn end_sessions(&self, user: UserId, which: Sessions<'_>) -> Result<u64, Error> {
        let (this, id) = match which {
            Sessions::One(id) => (true, plain(id, 64)),
            Sessions::Others(id) => (false, plain(id, 64)),
        };
        self.write(EndSome { user, this, id }).await
    }

    /// Forgets sessions that have expired. Returns how many.
    pub async fn delete_expired_sessions(&self, now: i64) -> Result<u64, Error> {
        self.write(Expire { now }).await
    }
}

struct Begin {
    token_hash: String,
    user: UserId,
    user_agent: String,
    now: i64,
    expires_at: i64,
}

impl Write for Begin {
    type Out = ();

    async fn apply(&self, db: &mut AnyConnection) -> Result<(), Error> {
        sql!(
            "INSERT INTO sessions (token_hash, user_id, created_at, last_seen_at, expires_at, user_agent) \
             VALUES ($1, $2, $3, $3, $4, $5)",
            self.token_hash.as_str(),
            self.user.to_string(),
            self.now,
            self.expires_at,
            self.user_agent.as_str(),
        )
        .execute(db)
        .await?;
        Ok(())
    }
}

struct Touch {
    token_hash: String,
    now: i64,
}

impl Write for Touch {
    type Out = ();

    async fn apply(&self, db: &mut AnyConnection) -> Result<(), Error> {
        // Of many requests at once only the first finds it old enough.
        let touch = sql!(
            "UPDATE sessions SET last_seen_at = $1 WHERE token_hash = $2 AND last_seen_at <= $3",
            self.now,
            self.token_hash.as_str(),
            self.now - TOUCH_EVERY,
        );
        touch.execute(db).await?;
        Ok(())
    }
}

struct End {
    token_hash: String,
}

impl Write for End {
    type Out = bool;

    async fn apply(&self, db: &mut AnyConnection) -> Result<bool, Error> {
        let end = sql!("DELETE FROM sessions WHERE token_hash = $1", self.token_hash.as_str());
        Ok(end.execute(db).await?.rows_affected() > 0)
    }
}

struct EndSome {
    user: UserId,
    /// The one of this id, or all others.
    this: bool,
    id: String,
}

impl Write for EndSome {
    type Out = u64;

    async fn apply(&self, db: &mut AnyConnection) -> Result<u64, Error> {
        let text = match self.this {
            true => "DELETE FROM sessions WHERE user_id = $1 AND substr(token_hash, 1, $2) = $3",
            false => "DELETE FROM sessions WHERE user_id = $1 AND substr(token_hash, 1, $2) <> $3",
        };
        let end = sql!(text, self.user.to_string(), ID_DIGITS as i32, self.id.as_str());
        Ok(end.execute(db).await?.rows_affected())
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
