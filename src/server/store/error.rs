//! What can go wrong with the store.

use std::sync::Arc;

use sqlx::migrate::MigrateError;

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
    /// The database's file or its folder cannot be made or written.
    #[error("cannot write {0}: {1}")]
    Place(std::path::PathBuf, std::io::Error),
    /// The tables could not be brought up to date: an older program on a newer database, for instance.
    #[error("cannot bring the database up to date: {0}")]
    Migrate(#[from] MigrateError),
    /// The database cannot be reached, is full, damaged or busy for too long. Shared by all writes that it hit at once.
    #[error("database: {0}")]
    Unavailable(Arc<sqlx::Error>),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable(Arc::new(error))
    }
}

/// What is the matter with a database that does not do its work, where somebody can do something about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The disk, or what may be used of it, is full.
    Full,
    /// Another program holds the database.
    Locked,
    /// It may not be written.
    ReadOnly,
    /// It cannot be reached, read or written.
    Unreachable,
}

impl Fault {
    /// Stable: the words for people are under `error.<code>` and `storage.<code>`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Full => "disk_full",
            Self::Locked => "database_locked",
            Self::ReadOnly => "database_read_only",
            Self::Unreachable => "database_unavailable",
        }
    }
}

impl Error {
    fn inner(&self) -> Option<&sqlx::Error> {
        match self {
            Self::Unavailable(error) => Some(error),
            Self::Migrate(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) => Some(error),
            _ => None,
        }
    }

    /// Whether the same again has a chance at once: another writer was in the way, or came first with a row that must be
    /// unique (the second attempt then finds it).
    pub(super) fn is_passing(&self) -> bool {
        let Some(error) = self.inner().and_then(sqlx::Error::as_database_error) else { return false };
        // PostgreSQL: serialization failure, deadlock. SQLite: busy and locked, with their extended codes.
        error.is_unique_violation()
            || matches!(error.code().as_deref(), Some("40001" | "40P01" | "5" | "6" | "261" | "262" | "517" | "773"))
    }

    /// What is the matter with the database; none where it is something else, a fault of ours for instance.
    pub fn fault(&self) -> Option<Fault> {
        let error = match self.inner()? {
            sqlx::Error::Database(error) => error,
            sqlx::Error::PoolTimedOut => return Some(Fault::Locked),
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                return Some(Fault::Unreachable);
            }
            _ => return None,
        };
        let code = error.code()?;
        if code.len() == 5 {
            return match &*code {
                "53100" => Some(Fault::Full),
                "55P03" => Some(Fault::Locked),
                "25006" => Some(Fault::ReadOnly),
                "53300" | "57P01" | "57P02" | "57P03" => Some(Fault::Unreachable),
                code => code.starts_with("08").then_some(Fault::Unreachable),
            };
        }
        // SQLite's; an extended code has the plain one in its last byte.
        match code.parse::<u32>().ok()? & 0xff {
            5 | 6 => Some(Fault::Locked),
            8 => Some(Fault::ReadOnly),
            13 => Some(Fault::Full),
            10 | 14 => Some(Fault::Unreachable),
            _ => None,
        }
    }
}
