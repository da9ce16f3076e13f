//! The one way into the database.

use std::time::{Duration, Instant};

use sqlx::AnyConnection;

use super::{Error, Store, open::Engine};
use crate::server::metrics::{Counter, Histogram};

/// How often a write is tried that another writer got in the way of.
const ATTEMPTS: u32 = 6;

/// Something that is written whole or not at all. It may be applied more than once, each time from the start.
pub(super) trait Write: Send + Sync {
    type Out: Send;

    /// Does it on a connection that is in a transaction. An error undoes all of it.
    fn apply(&self, db: &mut AnyConnection) -> impl Future<Output = Result<Self::Out, Error>> + Send;
}

/// Writes, in numbers.
#[derive(Default, Debug)]
pub struct Writes {
    /// From being asked for to being stored, whoever had to be waited for.
    pub whole: Histogram,
    /// The commit at its end alone.
    pub commit: Histogram,
    /// Those the database could not do. That a row is not there, or taken, is an answer.
    pub failed: Counter,
}

impl Store {
    /// Writes in one transaction, again where another writer was in the way.
    pub(super) async fn write<W: Write>(&self, write: W) -> Result<W::Out, Error> {
        let (mut attempt, begun) = (1, Instant::now());
        loop {
            match self.attempt(&write).await {
                Err(error) if attempt < ATTEMPTS && error.is_passing() => {
                    tracing::debug!(attempt, %error, "a write is tried again");
                    tokio::time::sleep(Duration::from_millis(5 << attempt)).await;
                    attempt += 1;
                }
                result => {
                    self.writes.whole.record(begun.elapsed());
                    self.writes.failed.add(u64::from(matches!(result, Err(Error::Unavailable(_)))));
                    return result;
                }
            }
        }
    }

    async fn attempt<W: Write>(&self, write: &W) -> Result<W::Out, Error> {
        // SQLite: the lock is taken at the start, where it can be waited for. A transaction that reads first and then
        // wants to write is refused at once when another wrote in between.
        let begin = match self.engine {
            Engine::Sqlite => "BEGIN IMMEDIATE",
            Engine::Postgres => "BEGIN",
        };
        let mut transaction = self.writer.begin_with(begin).await?;
        match write.apply(&mut transaction).await {
            Ok(out) => {
                let begun = Instant::now();
                transaction.commit().await?;
                self.writes.commit.record(begun.elapsed());
                Ok(out)
            }
            Err(error) => {
                // Dropping it would undo it too, but not before the next one asks for the connection.
                if let Err(error) = transaction.rollback().await {
                    tracing::warn!(%error, "could not undo a write");
                }
                Err(error)
            }
        }
    }
}
