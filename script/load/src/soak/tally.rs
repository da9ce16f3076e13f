//! What was done and seen, by everybody together.

use std::{
    fmt,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

/// Only goes up.
#[derive(Default)]
pub struct Count(AtomicU64);

impl Count {
    pub fn one(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

#[derive(Default)]
pub struct Tally {
    pub threads: Count,
    pub answers: Count,
    pub completed: Count,
    pub failed: Count,
    pub stopped: Count,
    pub retried: Count,
    pub deleted: Count,
    /// Answers whose text was compared with what the model said.
    pub texts: Count,
    pub connections: Count,
    pub resumed: Count,
    pub resets: Count,
    /// Views that were compared with the stored rows at the very same place.
    pub compared: Count,
    wrong: Mutex<Vec<String>>,
}

impl Tally {
    pub fn wrong(&self, what: String) {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }

    pub fn all_wrong(&self) -> Vec<String> {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} answers in {} threads ({} completed, {} failed, {} stopped, {} retried), {} texts compared; {} connections \
             of viewers, {} of them resumed, {} sent to a new page, {} views compared; {} wrong",
            self.answers.get(),
            self.threads.get(),
            self.completed.get(),
            self.failed.get(),
            self.stopped.get(),
            self.retried.get(),
            self.texts.get(),
            self.connections.get(),
            self.resumed.get(),
            self.resets.get(),
            self.compared.get(),
            self.all_wrong().len(),
        )
    }
}
