//! What can go wrong with the store.

use crate::model::RunId;

/// Why the store did not do what was asked. Whatever was begun is undone.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not there, or it is another person's.
    #[error("not found")]
    NotFound,
    /// The thread is being answered already, by this run.
    #[error("run {0} is under way in this thread")]
    Busy(RunId),
    /// As many messages as may wait in this thread wait already.
    #[error("the thread's queue is full")]
    QueueFull,
    /// There is an account with this e-mail address.
    #[error("the e-mail address is taken")]
    Taken,
    /// There is an account already, and nobody else may make one.
    #[error("sign-up is closed")]
    Closed,
    /// The address of the database cannot be used; why.
    #[error("{0}")]
    Address(String),
    /// The database's file or its folder cannot be made.
    #[error("cannot make {0}: {1}")]
    Place(std::path::PathBuf, std::io::Error),
    /// The tables could not be brought up to date: an older program on a newer database, for instance.
    #[error("cannot bring the database up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The database cannot be reached, is full, damaged or busy for too long.
    #[error("database: {0}")]
    Unavailable(#[from] sqlx::Error),
}

impl Error {
    /// Whether the same again has a chance at once: another writer was in the way, or came first with a row that must be
    /// unique (the second attempt then finds it).
    pub(super) fn is_passing(&self) -> bool {
        let inner = match self {
            Self::Unavailable(error) => error,
            Self::Migrate(sqlx::migrate::MigrateError::Execute(error)) => error,
            Self::Migrate(sqlx::migrate::MigrateError::ExecuteMigration(error, _)) => error,
            _ => return false,
        };
        let Some(error) = inner.as_database_error() else { return false };
        // PostgreSQL: serialization failure, deadlock. SQLite: busy and locked, with their extended codes.
        error.is_unique_violation()
            || matches!(error.code().as_deref(), Some("40001" | "40P01" | "5" | "6" | "261" | "262" | "517" | "773"))
    }
}
