//! One change of a thread's tree at a time: what is stored first is told first.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

use crate::model::ThreadId;

/// Above this many threads those that nobody changes are forgotten.
const MANY: usize = 1024;

/// Whose turn it is, by thread.
#[derive(Clone, Default)]
pub struct Order(Arc<Mutex<HashMap<ThreadId, Weak<Turn<()>>>>>);

impl Order {
    /// Waits for its turn, which lasts as long as what is returned: from before something is stored until it is told.
    pub async fn turn(&self, thread: ThreadId) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if turns.len() >= MANY {
                turns.retain(|_, turn| turn.strong_count() > 0);
            }
            let entry = turns.entry(thread).or_default();
            entry.upgrade().unwrap_or_else(|| {
                let turn = Arc::<Turn<()>>::default();
                *entry = Arc::downgrade(&turn);
                turn
            })
        };
        turn.lock_owned().await
    }
}
