//! The one place where the server's parts are put together.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::{
    auth::{password::Passwords, rate::Rate, throttle::Throttle},
    config::Settings,
    hub::{Hub, Places},
    metrics::{Counter, Gauge},
    provider::Providers,
    run::{Context, Limits, Numbers, Runs},
    store::{self, Store},
};
use crate::model::UserId;

/// How many sign-outs may wait for a stream to look at them; one that missed some takes it that it was meant.
const SIGN_OUTS: usize = 64;

/// Everything a request needs. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What an [`App`] is made of.
pub struct Parts {
    pub settings: Settings,
    pub store: Store,
    pub hub: Arc<Hub>,
    /// Which of a browser's tabs hold a stream open.
    pub places: Places,
    pub providers: Providers,
    pub runs: Runs,
    pub streams: Streams,
    pub passwords: Passwords,
    pub throttle: Throttle,
    /// How many messages a person may send.
    pub sends: Rate,
    /// Whoever ends a session, or takes a right away, says it here.
    pub sessions: SessionChanges,
    /// Cancelled when the process was told to stop: what runs may end, nothing new is begun.
    pub draining: CancellationToken,
    /// Cancelled when the process is about to end, so that open streams end too.
    pub closing: CancellationToken,
}

/// Whose sessions have changed: open streams of that person ask again at once whether theirs still holds.
pub struct SessionChanges {
    sender: broadcast::Sender<UserId>,
    count: AtomicU64,
}

impl Default for SessionChanges {
    fn default() -> Self {
        Self { sender: broadcast::Sender::new(SIGN_OUTS), count: AtomicU64::new(0) }
    }
}

impl SessionChanges {
    pub fn tell(&self, user: UserId) {
        // Nobody listens where nobody has a page open.
        let _ = self.sender.send(user);
        self.count.fetch_add(1, Ordering::Release);
    }

    pub fn subscribe(&self) -> broadcast::Receiver<UserId> {
        self.sender.subscribe()
    }

    /// How many there have been: each of these is there to be received.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }
}

/// The streams of events, in numbers.
#[derive(Default, Debug)]
pub struct Streams {
    /// Now.
    pub open: Gauge,
    pub opened: Counter,
    /// Opened at a place from which nothing was missing.
    pub resumed: Counter,
    /// Told to take a new page.
    pub resets: Counter,
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

fn limits(settings: &Settings) -> Limits {
    Limits {
        history: settings.history,
        per_person: settings.runs_per_person,
        in_all: settings.max_runs,
        answer: settings.max_answer as usize,
        busy: Duration::from_secs(settings.busy_wait),
    }
}

impl App {
    /// Puts the parts together and settles what an earlier process left behind.
    pub async fn new(settings: Settings, store: Store, providers: Providers) -> Result<Self, store::Error> {
        let hub = Arc::new(Hub::new(settings.log_memory as usize * (1 << 20)));
        let runs = Runs::new(Context {
            store: store.clone(),
            hub: hub.clone(),
            providers: providers.clone(),
            node: settings.node.clone(),
            limits: limits(&settings),
            closing: AtomicBool::new(false),
            numbers: Numbers::default(),
        });
        let interrupted = runs.recover(Some(&settings.node)).await?;
        if interrupted > 0 {
            tracing::warn!(interrupted, "settled answers that an earlier process left unfinished");
        }
        let sends = Rate::per_minute(settings.sends_per_minute);
        let places = Places::new(settings.streams);
        let app = Self(Arc::new(Parts {
            settings,
            store,
            hub,
            places,
            providers,
            runs,
            streams: Streams::default(),
            passwords: Passwords::default(),
            throttle: Throttle::default(),
            sends,
            sessions: SessionChanges::default(),
            draining: CancellationToken::new(),
            closing: CancellationToken::new(),
        }));
        tokio::spawn(app.clone().housekeeping());
        Ok(app)
    }

    /// Small duties once a minute, for as long as the process lives.
    async fn housekeeping(self) {
        let mut tick = tokio::time::interval(Duration::from_secs(60));
        tick.tick().await;
        loop {
            tokio::select! {
                () = self.closing.cancelled() => return,
                _ = tick.tick() => {}
            }
            self.hub.sweep();
            if let Err(error) = self.runs.recover(None).await {
                tracing::warn!(%error, "could not look for interrupted answers");
            }
            if let Err(error) = self.store.delete_expired_sessions(super::clock::now_ms()).await {
                tracing::warn!(%error, "could not remove expired sessions");
            }
        }
    }

    /// Takes no new messages, and waits until nothing runs any more. Streams stay open.
    pub async fn drain(&self) {
        self.draining.cancel();
        self.runs.all_settled().await;
    }

    /// Settles everything that runs, ends all streams once they have told it, and closes the store. Afterwards the process
    /// may exit.
    pub async fn close(&self) {
        self.draining.cancel();
        self.runs.stop_all().await;
        self.closing.cancel();
        self.store.close().await;
    }
}
