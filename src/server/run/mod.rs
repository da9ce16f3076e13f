//! Runs: one generation each, from a submit until every row it makes is settled. A run belongs to the server; nobody has
//! to watch it.

mod engine;
mod numbers;
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
};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

pub use numbers::Numbers;
pub use writer::LEASE;

use crate::{
    model::{RunId, Sampling, ThreadId, UserId},
    server::{
        hub::Hub,
        provider::Providers,
        store::{self, MessageRow, Store},
    },
};

/// What runs need.
pub struct Context {
    pub store: Store,
    pub hub: Arc<Hub>,
    pub providers: Providers,
    /// How many earlier messages a model is sent at the most.
    pub history: u32,
    /// The process is about to end: what is stopped now was interrupted, not stopped by a person.
    pub closing: AtomicBool,
    pub numbers: Numbers,
}

/// One run to be made: its rows are stored and shown already.
#[derive(Clone, Debug)]
pub struct Job {
    pub run: RunId,
    pub thread: ThreadId,
    pub user: UserId,
    pub answer: MessageRow,
    /// None: there is no model to ask.
    pub model: Option<String>,
    pub asked: Asked,
    /// The size of what the model is sent, for estimates.
    pub prompt_bytes: usize,
}

/// What a person wants of every answer, as it stood when this one was asked for.
#[derive(Clone, Debug, Default)]
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
}

struct Handle {
    thread: ThreadId,
    cancel: CancellationToken,
    /// Closed when the run is settled.
    settled: watch::Receiver<()>,
}

impl Runs {
    pub fn new(context: Context) -> Self {
        Self { context: Arc::new(context), live: Arc::default() }
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

    /// Starts a run. It goes on by itself.
    pub fn start(&self, job: Job) {
        let cancel = CancellationToken::new();
        let (done, settled) = watch::channel(());
        let (run, live, context) = (job.run, self.live.clone(), self.context.clone());
        self.live().insert(run, Handle { thread: job.thread, cancel: cancel.clone(), settled });
        tokio::spawn(async move {
            // In a task of its own, so that even a panic in it ends with the run taken off the list.
            tracing::info!(%run, thread = %job.thread, "run started");
            // Whatever is logged on the way belongs to this run.
            let span = tracing::info_span!("run", %run, thread = %job.thread);
            let work = tokio::spawn(engine::drive(context.clone(), job.clone(), cancel).instrument(span));
            if work.await.is_err() {
                // What broke is in the log by then; its words could be the message's.
                tracing::error!(%run, thread = %job.thread, "a run broke off");
                recover::settle(&context, run, job.answer.id, job.thread, job.user).await;
            }
            live.lock().unwrap_or_else(PoisonError::into_inner).remove(&run);
            drop(done);
        });
    }

    /// Ends a run and waits until it is settled. One that is not running here is left alone: stopping twice is harmless.
    pub async fn stop(&self, run: RunId) {
        let handle = self.live().get(&run).map(|handle| (handle.cancel.clone(), handle.settled.clone()));
        if let Some((cancel, settled)) = handle {
            cancel.cancel();
            wait(settled).await;
        }
    }

    /// Ends whatever runs in a thread, likewise.
    pub async fn stop_thread(&self, thread: ThreadId) {
        let runs: Vec<RunId> =
            self.live().iter().filter(|(_, handle)| handle.thread == thread).map(|(run, _)| *run).collect();
        for run in runs {
            self.stop(run).await;
        }
    }

    /// Ends all runs: before the process ends.
    pub async fn stop_all(&self) {
        self.context.closing.store(true, Ordering::Relaxed);
        let handles: Vec<_> =
            self.live().values().map(|handle| (handle.cancel.clone(), handle.settled.clone())).collect();
        for (cancel, _) in &handles {
            cancel.cancel();
        }
        for (_, settled) in handles {
            wait(settled).await;
        }
    }

    /// Settles what nobody writes any more; with `node`, also everything an earlier life of that server began. Returns how
    /// many rows.
    pub async fn recover(&self, node: Option<&str>) -> Result<usize, store::Error> {
        recover::sweep(&self.context, node).await
    }
}

/// Waits until the sender is gone.
async fn wait(mut settled: watch::Receiver<()>) {
    while settled.changed().await.is_ok() {}
}
