//! What became of the requests.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::watch;

use crate::server::provider::Secret;

/// The most requests and the most bytes of each that are kept.
const KEPT: usize = 16;
const KEPT_BYTES: usize = 64 << 10;

/// How many answers were begun, and what became of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Still playing.
    pub open: u32,
    /// Played to the end of the script, which may be an error or a cut connection.
    pub finished: u32,
    /// Left by who asked before the script ended.
    pub aborted: u32,
}

/// A request as it came to the server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recorded {
    /// `GET /v1/models` and the like.
    pub route: String,
    pub authorization: Option<Secret>,
    pub body: String,
}

#[derive(Default)]
pub(super) struct Records {
    counts: Arc<watch::Sender<Counts>>,
    requests: Mutex<VecDeque<Recorded>>,
}

impl Records {
    pub(super) fn counts(&self) -> Counts {
        *self.counts.borrow()
    }

    pub(super) async fn until(&self, wanted: impl FnMut(&Counts) -> bool) -> Counts {
        // The sender lives as long as `self`, so this cannot fail.
        self.counts.subscribe().wait_for(wanted).await.map(|counts| *counts).unwrap_or_default()
    }

    pub(super) fn requests(&self) -> Vec<Recorded> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    pub(super) fn keep(&self, route: &str, authorization: Option<&str>, body: &[u8]) {
        let body = String::from_utf8_lossy(&body[..body.len().min(KEPT_BYTES)]).into_owned();
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if requests.len() == KEPT {
            requests.pop_front();
        }
        requests.push_back(Recorded { route: route.into(), authorization: authorization.map(Secret::new), body });
    }

    pub(super) fn open(&self) -> Open {
        self.counts.send_modify(|counts| counts.open += 1);
        Open { counts: self.counts.clone(), finished: false }
    }
}

/// An answer that is playing. Dropped before it finished, it counts as aborted.
pub(super) struct Open {
    counts: Arc<watch::Sender<Counts>>,
    finished: bool,
}

impl Open {
    pub(super) fn finish(&mut self) {
        if !std::mem::replace(&mut self.finished, true) {
            self.counts.send_modify(|counts| {
                counts.open -= 1;
                counts.finished += 1;
            });
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if !self.finished {
            self.counts.send_modify(|counts| {
                counts.open -= 1;
                counts.aborted += 1;
            });
        }
    }
}
