//! Runs: one generation each, from a submit until every row it makes is settled. A run belongs to the server; nobody has
//! to watch it.

mod begin;
mod engine;
mod numbers;
mod order;
mod path;
mod place;
mod prompt;
mod recover;
pub mod title;
pub mod view;
mod writer;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedMutexGuard, watch};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

pub use numbers::Numbers;
pub use place::Place;
pub use writer::LEASE;

use crate::{
    model::{RunId, Sampling, Status, ThreadId, UserId},
    server::{
        hub::Hub,
        provider::Providers,
        store::{self, MessageRow, Store},
    },
};

/// How much runs may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many earlier messages a model is sent at the most.
    pub history: u32,
    /// How many answers may be written for one person at a time.
    pub per_person: u32,
    /// How many in all.
    pub in_all: u32,
    /// The longest answer, its reasoning included, in bytes.
    pub answer: usize,
    /// How long a provider that is too busy is asked again, before an answer has begun.
    pub busy: Duration,
}

/// What runs need.
pub struct Context {
    pub store: Store,
    pub hub: Arc<Hub>,
    pub providers: Providers,
    /// The name of this server, under which its runs are stored.
    pub node: String,
    pub limits: Limits,
    /// The process is about to end: what is stopped now was interrupted, not stopped by a person.
    pub closing: AtomicBool,
    pub numbers: Numbers,
}

/// How long whoever stops a run waits for it to be stored.
const LONGEST_STOP: Duration = Duration::from_secs(10);
/// The same while the process ends: what cannot be stored gives up before, and the next start settles it.
const LONGEST_CLOSE: Duration = Duration::from_secs(60);

/// One run to be made: its rows are stored and shown already.
#[derive(Clone, Debug)]
pub struct Job {
    pub run: RunId,
    pub thread: ThreadId,
    pub user: UserId,
    /// What it says already is gone on with.
    pub answer: MessageRow,
    /// None: there is no model to ask.
    pub model: Option<String>,
    pub asked: Asked,
    /// The size of what the model is sent, for estimates.
    pub prompt_bytes: usize,
}

/// What a person wants of every answer, as it stood when this one was asked for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Asked {
    /// Said to the model before everything else.
    pub system_prompt: Option<String>,
    pub sampling: Sampling,
}

/// The runs of this process.
#[derive(Clone)]
pub struct Runs {
    context: Arc<Context>,
    live: Arc<Mutex<HashMap<RunId, Handle>>>,
    places: place::Places,
    order: order::Order,
}

struct Handle {
    thread: ThreadId,
    cancel: CancellationToken,
    /// What waits in the thread is not to be sent after this run.
    last: Arc<AtomicBool>,
    /// Closed when the run is settled.
    settled: watch::Receiver<()>,
}

impl Handle {
    /// How to end it, and how to hear of its end.
    fn ends(&self) -> (CancellationToken, watch::Receiver<()>) {
        (self.cancel.clone(), self.settled.clone())
    }
}

impl Runs {
    pub fn new(context: Context) -> Self {
        let places = place::Places::new(context.limits.per_person, context.limits.in_all);
        Self { context: Arc::new(context), live: Arc::default(), places, order: order::Order::default() }
    }

    fn live(&self) -> MutexGuard<'_, HashMap<RunId, Handle>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many there are now.
    pub fn active(&self) -> usize {
        self.live().len()
    }

    /// What became of those there were.
    pub fn numbers(&self) -> &Numbers {
        &self.context.numbers
    }

    /// Waits for the caller's turn to change a thread's tree, which is kept until everybody was told.
    pub async fn turn(&self, thread: ThreadId) -> OwnedMutexGuard<()> {
        self.order.turn(thread).await
    }

    /// A place for one more run of a person's; none where there are as many as may be.
    pub fn place(&self, user: UserId) -> Option<Place> {
        self.places.take(user)
    }

    /// Starts a run. It goes on by itself, and what waits in its thread is sent after it, unless it failed: a provider
    /// that fails would fail that too.
    fn start(&self, job: Job, place: Option<Place>) {
        let cancel = CancellationToken::new();
        let (done, settled) = watch::channel(());
        let last = Arc::new(AtomicBool::new(false));
        let (run, runs) = (job.run, self.clone());
        let handle = Handle { thread: job.thread, cancel: cancel.clone(), last: last.clone(), settled };
        self.live().insert(run, handle);
        tokio::spawn(async move {
            tracing::info!(%run, thread = %job.thread, "run started");
            // Whatever is logged on the way belongs to this run.
            let span = tracing::info_span!("run", %run, thread = %job.thread);
            // What comes after it is boxed, so that a run does not hold the room for it all the time.
            // In a task of its own, so that even a panic in it ends with the run taken off the list.
            let work = tokio::spawn(engine::drive(runs.context.clone(), job.clone(), place, cancel).instrument(span));
            // What broke is in the log by then; its words could be the message's.
            let ended = match work.await {
                Ok(status) => status,
                Err(_) => {
                    tracing::error!(%run, thread = %job.thread, "a run broke off");
                    Box::pin(recover::settle(&runs.context, run, job.answer.id, job.thread, job.user)).await;
                    Status::Failed
                }
            };
            let closing = runs.context.closing.load(Ordering::Relaxed);
            if ended != Status::Failed && !closing && !last.load(Ordering::Relaxed) {
                Box::pin(runs.send_next(job.thread)).await;
            }
            // Only now, so that whoever ends what a thread does finds either this run or the next.
            runs.live().remove(&run);
            drop(done);
        });
    }

    /// Ends a run and waits until it is settled. One that is not running here is left alone: stopping twice is harmless.
    pub async fn stop(&self, run: RunId) {
        let handle = self.live().get(&run).map(Handle::ends);
        if let Some((cancel, settled)) = handle {
            cancel.cancel();
            // One that cannot be stored is not waited for: it is told in the thread, and settles when it can be.
            let _ = tokio::time::timeout(LONGEST_STOP, wait(settled)).await;
        }
    }

    /// The same, and what waits in its thread is not sent after it.
    pub async fn stop_last(&self, run: RunId) {
        if let Some(handle) = self.live().get(&run) {
            handle.last.store(true, Ordering::Relaxed);
        }
        self.stop(run).await;
    }

    /// Ends whatever runs in a thread, likewise, and sends nothing after it: before the thread is removed.
    pub async fn stop_thread(&self, thread: ThreadId) {
        let last = |handle: &Handle| {
            let here = handle.thread == thread;
            handle.last.fetch_or(here, Ordering::Relaxed);
            here
        };
        self.end(last, LONGEST_STOP).await;
    }

    /// Ends those that are picked, all at once, and waits for each so long.
    async fn end(&self, picks: impl Fn(&Handle) -> bool, patience: Duration) {
        // One that had ended already may just be beginning the next; that one begins no other.
        for _ in 0..2 {
            let picked = self.live().values().filter(|handle| picks(handle)).map(Handle::ends).collect::<Vec<_>>();
            picked.iter().for_each(|(cancel, _)| cancel.cancel());
            for (_, settled) in picked {
                let _ = tokio::time::timeout(patience, wait(settled)).await;
            }
        }
    }

    /// Waits until nothing runs.
    pub async fn all_settled(&self) {
        loop {
            let next = self.live().values().next().map(|handle| handle.settled.clone());
            match next {
                Some(settled) => wait(settled).await,
                None => return,
            }
        }
    }

    /// Ends all runs: before the process ends.
    pub async fn stop_all(&self) {
        self.context.closing.store(true, Ordering::Relaxed);
        self.end(|_| true, LONGEST_CLOSE).await;
    }

    /// Settles what nobody writes any more; with `node`, also everything an earlier life of that server began. Returns how
    /// many rows.
    pub async fn recover(&self, node: Option<&str>) -> Result<usize, store::Error> {
        recover::sweep(&self.context, node, |run| self.live().contains_key(&run)).await
    }
}

/// Waits until the sender is gone.
async fn wait(mut settled: watch::Receiver<()>) {
    while settled.changed().await.is_ok() {}
}
