//! People with accounts.

use sqlx::{AnyConnection, FromRow, Row, any::AnyRow};

use super::{
    Error, Person, Store,
    person::LONGEST_NAME,
    sql::{id, plain, sql, sql_as, word},
    write::Write,
};
use crate::model::{Account, AccountRole, UserId};

/// The e-mail address of the one person of a server without accounts: not one, so that nobody can have it.
const LOCAL: &str = "local";

/// An account to be made. Address, name and password were looked at by the caller.
#[derive(Clone)]
pub struct NewUser {
    pub id: UserId,
    /// Stored in lower case.
    pub email: String,
    pub name: String,
    /// A PHC string.
    pub password: String,
    pub now: i64,
}

pub(super) struct AccountRow(pub Account);

impl FromRow<'_, AnyRow> for AccountRow {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self(Account {
            id: id(row, "id")?,
            email: row.try_get("email")?,
            name: row.try_get("name")?,
            role: word(row, "role")?,
        }))
    }
}

impl Store {
    /// Makes an account. The first one ever is the administrator's, whatever `open` says, and however many are made at
    /// once exactly one is the first. Later ones are `Closed` unless `open`; `Taken`: the address has an account.
    pub async fn create_user(&self, user: NewUser, open: bool) -> Result<Account, Error> {
        self.write(CreateUser { user, open }).await
    }

    /// Whether anybody made an account yet (the local person of a server without accounts does not count).
    pub async fn any_user(&self) -> Result<bool, Error> {
        let row = sql!("SELECT value FROM flags WHERE key = 'first account'").fetch_optional(&self.reader).await?;
        Ok(row.is_some())
    }

    /// Who has this e-mail address, in whatever case, and their password's PHC string.
    pub async fn user_by_email(&self, email: &str) -> Result<Option<(Account, String)>, Error> {
        let row = sql!(
            "SELECT id, email, name, role, password FROM users WHERE email = $1 AND password <> ''",
            email_key(email)
        );
        let Some(row) = row.fetch_optional(&self.reader).await? else { return Ok(None) };
        Ok(Some((AccountRow::from_row(&row)?.0, row.try_get("password").map_err(Error::from)?)))
    }

    /// The one person of a server without accounts, made with this id when asked for the first time. Nobody can sign in
    /// as them.
    pub async fn local_user(&self, id: UserId, now: i64) -> Result<Person, Error> {
        // Every request asks; only the first one ever has to write.
        let mut connection = self.reader.acquire().await?;
        let known = local(&mut connection).await?;
        // Given back before another one is asked for: who holds one while waiting for one can wait for ever.
        drop(connection);
        match known {
            Some(person) => Ok(person),
            None => self.write(LocalUser { id, now }).await,
        }
    }
}

fn email_key(email: &str) -> String {
    plain(&email.trim().to_lowercase(), 320)
}

struct CreateUser {
    user: NewUser,
    open: bool,
}

impl Write for CreateUser {
    type Out = Account;

    async fn apply(&self, db: &mut AnyConnection) -> Result<Account, Error> {
        let NewUser { id, email, name, password, now } = &self.user;
        // Who puts the row there is the first; everybody else waits here until that is decided.
        let first = sql!(
            "INSERT INTO flags (key, value) VALUES ('first account', $1) ON CONFLICT (key) DO NOTHING",
            id.to_string()
        );
        let role = match first.execute(&mut *db).await?.rows_affected() {
            1 => AccountRole::Admin,
            _ if self.open => AccountRole::User,
            _ => return Err(Error::Closed),
        };
        let account = Account { id: *id, email: email_key(email), name: plain(name, LONGEST_NAME), role };
        let made = sql!(
            "INSERT INTO users (id, email, name, role, password, created_at) VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (email) DO NOTHING",
            id.to_string(),
            account.email.as_str(),
            account.name.as_str(),
            role.as_str(),
            password.as_str(),
            *now,
        );
        match made.execute(db).await?.rows_affected() {
            1 => Ok(account),
            _ => Err(Error::Taken),
        }
    }
}

struct LocalUser {
    id: UserId,
    now: i64,
}

impl Write for LocalUser {
    type Out = Person;

    async fn apply(&self, db: &mut AnyConnection) -> Result<Person, Error> {
        let made = sql!(
            "INSERT INTO users (id, email, name, role, password, created_at) VALUES ($1, $2, '', $3, '', $4) \
             ON CONFLICT (email) DO NOTHING",
            self.id.to_string(),
            LOCAL,
            AccountRole::Admin.as_str(),
            self.now,
        );
        made.execute(&mut *db).await?;
        local(db).await?.ok_or(Error::NotFound)
    }
}

async fn local(db: &mut AnyConnection) -> Result<Option<Person>, Error> {
    let row = sql_as!(Person, "SELECT id, email, name, role, settings FROM users WHERE email = $1", LOCAL);
    Ok(row.fetch_optional(db).await?)
}

/// Locks a person's row until the end of the transaction: what counts their threads takes this first.
pub(super) async fn lock(db: &mut AnyConnection, user: UserId) -> Result<(), Error> {
    let locked = sql!("UPDATE users SET thread_count = thread_count WHERE id = $1", user.to_string());
    match locked.execute(db).await?.rows_affected() {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

/// Notes that a person has so many threads more. Their row is locked.
pub(super) async fn count_threads(db: &mut AnyConnection, user: UserId, more: i64) -> Result<(), Error> {
    let count = sql!("UPDATE users SET thread_count = thread_count + $1 WHERE id = $2", more, user.to_string());
    count.execute(db).await?;
    Ok(())
}
