//! A person with what they chose: settings, name, password.

use std::sync::Arc;

use sqlx::{AnyConnection, FromRow, Row, any::AnyRow};

use super::{
    Error, Store,
    sql::{plain, sql, sql_as, to_json},
    user::{self, AccountRow},
    write::Write,
};
use crate::model::{Account, Settings, UserId};

/// The longest name, in characters.
pub(super) const LONGEST_NAME: usize = 200;

/// An account, and what its person chose.
#[derive(Clone, PartialEq, Debug)]
pub struct Person {
    pub account: Account,
    pub settings: Settings,
}

impl FromRow<'_, AnyRow> for Person {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        let AccountRow(account) = AccountRow::from_row(row)?;
        let settings = serde_json::from_str(row.try_get("settings")?).unwrap_or_else(|error| {
            // Nobody is to be kept out for this; what was chosen can be chosen again.
            tracing::warn!(user = %account.id, %error, "settings that cannot be read count as none");
            Settings::default()
        });
        Ok(Self { account, settings })
    }
}

/// What is to change about a person.
pub struct PersonChange {
    pub user: UserId,
    /// Another name. It was looked at by the caller.
    pub name: Option<String>,
    /// Changes the settings. May be called more than once, each time with what is stored.
    pub settings: Arc<dyn Fn(&mut Settings) + Send + Sync>,
}

impl Store {
    /// Changes what a person chose, whatever else changes it at the same time. Returns what it is now.
    pub async fn change_person(&self, change: PersonChange) -> Result<Person, Error> {
        self.write(change).await
    }

    /// A person's password as a PHC string; none where nobody can sign in as them.
    pub async fn password(&self, user: UserId) -> Result<Option<String>, Error> {
        let row = sql!("SELECT password FROM users WHERE id = $1 AND password <> ''", user.to_string());
        let row = row.fetch_optional(&self.reader).await?;
        row.map(|row| row.try_get("password").map_err(Error::from)).transpose()
    }

    /// Gives a person another password, a PHC string, and ends all their sessions but the one of this token's hash.
    pub async fn set_password(&self, user: UserId, password: &str, kept: &str) -> Result<(), Error> {
        self.write(NewPassword { user, password: password.to_owned(), kept: kept.to_owned() }).await
    }
}

impl Write for PersonChange {
    type Out = Person;

    async fn apply(&self, db: &mut AnyConnection) -> Result<Person, Error> {
        // Whoever else changes the same person waits here, and then changes what we leave behind.
        user::lock(db, self.user).await?;
        let id = self.user.to_string();
        let person = sql_as!(Person, "SELECT id, email, name, role, settings FROM users WHERE id = $1", id.as_str());
        let mut person = person.fetch_one(&mut *db).await?;
        (self.settings)(&mut person.settings);
        if let Some(name) = &self.name {
            person.account.name = plain(name, LONGEST_NAME);
        }
        let (settings, name) = (to_json(&person.settings)?, person.account.name.as_str());
        sql!("UPDATE users SET settings = $1, name = $2 WHERE id = $3", settings, name, id).execute(db).await?;
        Ok(person)
    }
}

struct NewPassword {
    user: UserId,
    password: String,
    kept: String,
}

impl Write for NewPassword {
    type Out = ();

    async fn apply(&self, db: &mut AnyConnection) -> Result<(), Error> {
        let id = self.user.to_string();
        let changed = sql!("UPDATE users SET password = $1 WHERE id = $2", self.password.as_str(), id.as_str());
        if changed.execute(&mut *db).await?.rows_affected() == 0 {
            return Err(Error::NotFound);
        }
        let end = sql!("DELETE FROM sessions WHERE user_id = $1 AND token_hash <> $2", id, self.kept.as_str());
        end.execute(db).await?;
        Ok(())
    }
}
