//! The one way into the database.

use std::time::{Duration, Instant};

use sqlx::AnyConnection;

use super::{Error, Store};
use crate::server::metrics::{Counter, Histogram};

/// How often a write is tried that another writer got in the way of.
const ATTEMPTS: u32 = 6;

/// Something that is written whole or not at all. It may be applied more than once, each time from the start.
pub(super) trait Write: Send + Sync + 'static {
    type Out: Send + 'static;
    /// Whether whoever asks has to know that the disk has it. Else they are told once it outlives this process; the disk
    /// is on its way.
    const KEPT: bool = true;

    /// Does it on a connection that is in a transaction. An error undoes all of it.
    fn apply(&self, db: &mut AnyConnection) -> impl Future<Output = Result<Self::Out, Error>> + Send;
}

/// Writes, in numbers.
#[derive(Default, Debug)]
pub struct Writes {
    /// From being asked for to being stored, whoever had to be waited for.
    pub whole: Histogram,
    /// Alone until the disk had it.
    pub commit: Histogram,
    /// Those the database could not do. That a row is not there, or taken, is an answer.
    pub failed: Counter,
}

impl Store {
    /// Writes, again where another writer was in the way. When it returns, the disk has it. On SQLite a write that was
    /// handed in is carried out even where whoever asked for it goes away, or it is not begun.
    pub(super) async fn write<W: Write>(&self, write: W) -> Result<W::Out, Error> {
        let begun = Instant::now();
        let result = match &self.group {
            Some(group) => group.write(write).await,
            None => self.alone(write).await,
        };
        self.writes.whole.record(begun.elapsed());
        self.writes.failed.add(u64::from(matches!(result, Err(Error::Unavailable(_)))));
        result
    }

    /// PostgreSQL: one transaction each.
    async fn alone<W: Write>(&self, write: W) -> Result<W::Out, Error> {
        let mut attempt = 1;
        loop {
            match self.attempt(&write).await {
                Err(error) if attempt < ATTEMPTS && error.is_passing() => {
                    tracing::debug!(attempt, %error, "a write is tried again");
                    tokio::time::sleep(Duration::from_millis(5 << attempt)).await;
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    async fn attempt<W: Write>(&self, write: &W) -> Result<W::Out, Error> {
        let mut transaction = self.writer.begin().await?;
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
