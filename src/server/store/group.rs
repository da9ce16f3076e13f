//! Group commit for SQLite: writes that come while others are being written share the next transaction, and transactions
//! that are committed while the disk is being synced share the next sync. Nobody is told of a write before the disk has
//! it, and none waits for company: one that comes alone is committed alone, at once.
//!
//! The log file is synced here, and copied into the database by another connection ([`checkpoint`]): SQLite by itself
//! would hold the database for both. So what is committed outlives this process at once, however slow the disk is, and
//! the next transaction need not wait for it.
//!
//! Each write of a group is undone by itself where it fails, as if it had never been there; where the group as a whole
//! fails, each of its writes is tried again alone, so that one that the disk has no room for takes no other with it.
//!
//! Transactions are spoken by hand: SQLite ends one by itself when the disk is full, and sqlx would believe for ever that
//! it is still open.

use std::{collections::VecDeque, fs::File, panic::AssertUnwindSafe, path::PathBuf, sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use sqlx::{Any, AnyConnection, AnyPool, pool::PoolConnection};
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use super::{
    Error,
    write::{Write, Writes},
};

/// The most writes of one transaction, and the longest that the first of them waits for the others to be applied.
const MOST: usize = 128;
const LONGEST: Duration = Duration::from_millis(20);
/// How long a write is tried that another program is in the way of, from when it was asked for.
const PATIENCE: Duration = Duration::from_secs(4);
/// After how many transactions the log is copied into the database.
const COPIED_AFTER: u32 = 50;
/// How often it is tried that another writer came before with a row that must be unique.
const ATTEMPTS: u32 = 6;

/// A write in the queue, whatever it writes.
trait Member: Send {
    /// Does it, and keeps what came of it. An error has to be undone.
    fn apply<'a>(&'a mut self, db: &'a mut AnyConnection) -> BoxFuture<'a, Result<(), Verdict>>;
    /// See [`Write::KEPT`].
    fn is_kept(&self) -> bool;
    /// Whoever asked for it is gone.
    fn is_abandoned(&self) -> bool;
    /// Tells whoever asked what came of it.
    fn tell(self: Box<Self>);
    /// Tells them that it could not be done.
    fn refuse(self: Box<Self>, error: Error);
}

/// What an error of one write means for it.
enum Verdict {
    /// It is to be told.
    Final,
    /// The same again has a chance.
    Passing,
}

struct Entry<W: Write> {
    write: W,
    out: Option<Result<W::Out, Error>>,
    reply: oneshot::Sender<Result<W::Out, Error>>,
}

impl<W: Write> Member for Entry<W> {
    fn apply<'a>(&'a mut self, db: &'a mut AnyConnection) -> BoxFuture<'a, Result<(), Verdict>> {
        async move {
            self.out = None;
            // One that breaks must not take the others with it, nor all that come later.
            let Ok(out) = AssertUnwindSafe(self.write.apply(db)).catch_unwind().await else {
                return Err(Verdict::Final);
            };
            let verdict = match &out {
                Ok(_) => Ok(()),
                Err(error) if error.is_passing() => Err(Verdict::Passing),
                Err(_) => Err(Verdict::Final),
            };
            self.out = Some(out);
            verdict
        }
        .boxed()
    }

    fn is_kept(&self) -> bool {
        W::KEPT
    }

    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn tell(self: Box<Self>) {
        if let Some(out) = self.out {
            let _ = self.reply.send(out);
        }
    }

    fn refuse(self: Box<Self>, error: Error) {
        let _ = self.reply.send(Err(error));
    }
}

struct Waiting {
    member: Box<dyn Member>,
    since: Instant,
    attempts: u32,
    /// A group with it failed as a whole.
    alone: bool,
}

/// The queue of the one that writes. Cheap to clone; the task behind it ends with the last of them.
#[derive(Clone, Debug)]
pub(super) struct Group(mpsc::UnboundedSender<Waiting>);

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Waiting").field("since", &self.since).finish_non_exhaustive()
    }
}

impl Group {
    /// Writes go to the one connection of this pool, whose log is in this file; any of the others copies it.
    pub(super) fn new(writer: AnyPool, reader: AnyPool, log: PathBuf, writes: Arc<Writes>) -> Self {
        let (sender, queue) = mpsc::unbounded_channel();
        let (committed, unsynced) = mpsc::unbounded_channel();
        tokio::spawn(Worker { writer, queue, waiting: VecDeque::new(), committed }.work());
        let (grown, due) = mpsc::channel(1);
        tokio::spawn(checkpoint(reader, due));
        tokio::spawn(sync(log, unsynced, grown, writes));
        Self(sender)
    }

    pub(super) async fn write<W: Write>(&self, write: W) -> Result<W::Out, Error> {
        let (reply, told) = oneshot::channel();
        let member = Box::new(Entry { write, out: None, reply });
        let gone = || Error::from(sqlx::Error::WorkerCrashed);
        self.0.send(Waiting { member, since: Instant::now(), attempts: 0, alone: false }).map_err(|_| gone())?;
        told.await.map_err(|_| gone())?
    }
}

struct Worker {
    writer: AnyPool,
    queue: mpsc::UnboundedReceiver<Waiting>,
    /// What was taken from the queue and goes before it.
    waiting: VecDeque<Waiting>,
    /// What is committed and not yet known to be on the disk.
    committed: mpsc::UnboundedSender<Vec<Waiting>>,
}

impl Worker {
    async fn work(mut self) {
        loop {
            let first = match self.waiting.pop_front() {
                Some(first) => first,
                None => match self.queue.recv().await {
                    Some(first) => first,
                    None => return,
                },
            };
            if !first.member.is_abandoned() {
                self.group(first).await;
            }
        }
    }

    /// The next that may come into a group.
    fn next(&mut self) -> Option<Waiting> {
        loop {
            let next = match self.waiting.front() {
                Some(next) if next.alone => return None,
                Some(_) => self.waiting.pop_front(),
                None => self.queue.try_recv().ok(),
            }?;
            if !next.member.is_abandoned() {
                return Some(next);
            }
        }
    }

    async fn group(&mut self, first: Waiting) {
        let mut db = match begin(&self.writer).await {
            Ok(db) => db,
            Err(error) => {
                self.refuse_old(&error);
                return self.again(first, error).await;
            }
        };
        let (began, alone) = (Instant::now(), first.alone);
        let mut done: Vec<Waiting> = Vec::new();
        let mut next = Some(first);
        while let Some(mut one) = next.take() {
            one.attempts += 1;
            // The first has nothing before it that would have to stay.
            let guarded = !done.is_empty();
            let mut sound = !guarded || run(&mut db, "SAVEPOINT one").await.is_ok();
            if sound {
                match one.member.apply(&mut db).await {
                    Ok(()) => {
                        sound = !guarded || run(&mut db, "RELEASE one").await.is_ok();
                        done.push(one);
                    }
                    Err(verdict) if guarded => {
                        sound = run(&mut db, "ROLLBACK TO one; RELEASE one").await.is_ok();
                        self.settle(one, verdict).await;
                    }
                    Err(verdict) => {
                        undo(db).await;
                        return self.settle(one, verdict).await;
                    }
                }
            } else {
                done.push(one);
            }
            if !sound {
                undo(db).await;
                return self.split(done);
            }
            if !alone && done.len() < MOST && began.elapsed() < LONGEST {
                next = self.next();
            }
        }
        match run(&mut db, "COMMIT").await {
            Ok(()) => {
                // Given back before anybody is told, who may want to write again at once.
                drop(db);
                let (kept, told): (Vec<_>, Vec<_>) = done.into_iter().partition(|one| one.member.is_kept());
                told.into_iter().for_each(|one| one.member.tell());
                let _ = self.committed.send(kept);
            }
            Err(error) => {
                undo(db).await;
                match <[Waiting; 1]>::try_from(done) {
                    Ok([one]) => self.again(one, error).await,
                    Err(done) => self.split(done),
                }
            }
        }
    }

    /// What becomes of one that was undone.
    async fn settle(&mut self, one: Waiting, verdict: Verdict) {
        match verdict {
            Verdict::Passing if one.attempts < ATTEMPTS && one.since.elapsed() < PATIENCE => {
                self.waiting.push_back(one);
            }
            _ => one.member.tell(),
        }
    }

    /// What becomes of one that could not be begun or committed, for a reason that is not its own.
    async fn again(&mut self, one: Waiting, error: Error) {
        match error.is_passing() && one.since.elapsed() < PATIENCE {
            true => {
                self.waiting.push_front(one);
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            false => one.member.refuse(error),
        }
    }

    /// Who has waited for another program to give the database back as long as anybody should is told so, all at once:
    /// each would wait anew otherwise.
    fn refuse_old(&mut self, error: &Error) {
        let Error::Unavailable(cause) = error else { return };
        if error.is_passing() {
            self.waiting.extend(std::iter::from_fn(|| self.queue.try_recv().ok()));
            let (old, young) = self.waiting.drain(..).partition(|one| one.since.elapsed() >= PATIENCE);
            self.waiting = young;
            let old: VecDeque<Waiting> = old;
            old.into_iter().for_each(|one| one.member.refuse(Error::Unavailable(cause.clone())));
        }
    }

    /// All of them are done again, each alone, before whatever came later.
    fn split(&mut self, done: Vec<Waiting>) {
        tracing::debug!(writes = done.len(), "a group of writes is done one by one");
        for mut one in done.into_iter().rev() {
            one.alone = true;
            self.waiting.push_front(one);
        }
    }
}

/// Tells of what was committed once the disk has it; whatever is committed meanwhile shares the next sync.
async fn sync(
    path: PathBuf,
    mut committed: mpsc::UnboundedReceiver<Vec<Waiting>>,
    grown: mpsc::Sender<()>,
    writes: Arc<Writes>,
) {
    let (mut file, mut groups) = (None, 0);
    while let Some(mut all) = committed.recv().await {
        groups += 1;
        while let Ok(more) = committed.try_recv() {
            all.extend(more);
            groups += 1;
        }
        if groups >= COPIED_AFTER {
            groups = 0;
            // One that is due already will do.
            let _ = grown.try_send(());
        }
        let begun = Instant::now();
        let (path, open) = (path.clone(), file.take());
        // It is there since the first commit, and stays as long as the database is open. No lock is ever on this one, so
        // another handle to it does no harm.
        let synced = tokio::task::spawn_blocking(move || {
            let file = match open {
                Some(file) => file,
                None => File::open(&path)?,
            };
            #[cfg(test)]
            let until = super::tests::written(&path);
            file.sync_data()?;
            #[cfg(test)]
            super::tests::synced(&path, until);
            Ok(file)
        });
        match synced.await.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
            Ok(same) => {
                file = Some(same);
                writes.commit.record(begun.elapsed());
                all.into_iter().for_each(|one| one.member.tell());
            }
            Err(error) => {
                tracing::error!(%error, "the disk does not keep what is written");
                let error = Arc::new(sqlx::Error::Io(error));
                all.into_iter().for_each(|one| one.member.refuse(Error::Unavailable(error.clone())));
            }
        }
    }
}

/// Copies the log into the database, beside whoever writes. The log begins anew once all of it is copied and nobody reads
/// in it; until then it grows.
async fn checkpoint(reader: AnyPool, mut due: mpsc::Receiver<()>) {
    while due.recv().await.is_some() {
        if let Err(error) = sqlx::raw_sql("PRAGMA wal_checkpoint(PASSIVE)").execute(&reader).await {
            tracing::debug!(%error, "the log is not copied yet");
        }
    }
}

/// Begins a transaction. The lock is taken at the start, where it can be waited for: one that reads first and then wants
/// to write is refused at once when another program wrote in between.
async fn begin(writer: &AnyPool) -> Result<PoolConnection<Any>, Error> {
    let mut db = writer.acquire().await?;
    match run(&mut db, "BEGIN IMMEDIATE").await {
        Ok(()) => Ok(db),
        Err(error) => {
            undo(db).await;
            Err(error)
        }
    }
}

async fn run(db: &mut AnyConnection, text: &'static str) -> Result<(), Error> {
    sqlx::raw_sql(text).execute(db).await?;
    Ok(())
}

/// Undoes what is open. A connection that refuses even that has ended its transaction by itself, or is broken: another
/// takes its place.
async fn undo(mut db: PoolConnection<Any>) {
    if run(&mut db, "ROLLBACK").await.is_err()
        && let Err(error) = db.close().await
    {
        tracing::debug!(%error, "closing a connection");
    }
}
