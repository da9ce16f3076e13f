//! Places where a script waits until a test lets it go on.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{Semaphore, watch};

const MAX_GATES: usize = 1_000;
const MAX_RELEASES: usize = 1_000_000;

/// All gates, by name. One exists while a script or a test has to do with it.
#[derive(Default)]
pub(super) struct Gates(Mutex<HashMap<String, Arc<Gate>>>);

/// A gate. Each release lets one step through, also one that comes later.
pub(super) struct Gate {
    open: Semaphore,
    arrived: watch::Sender<u32>,
}

impl Gates {
    pub(super) fn get(&self, name: &str) -> Arc<Gate> {
        let mut gates = self.lock();
        // Names come from prompts, so those that nobody holds and nobody released must not pile up.
        gates.retain(|_, gate| Arc::strong_count(gate) > 1 || gate.open.available_permits() > 0);
        let new = || Arc::new(Gate { open: Semaphore::new(0), arrived: watch::Sender::new(0) });
        gates.entry(name.to_owned()).or_insert_with(new).clone()
    }

    pub(super) fn release(&self, name: &str) {
        let gate = self.get(name);
        // Far from what a test needs, and from where it would be too many for memory or for the semaphore.
        if self.lock().len() <= MAX_GATES && gate.open.available_permits() < MAX_RELEASES {
            gate.open.add_permits(1);
        }
    }

    pub(super) async fn reached(&self, name: &str, times: u32) {
        let gate = self.get(name);
        // The sender lives in the gate held here, so this cannot fail.
        let _ = gate.arrived.subscribe().wait_for(|arrived| *arrived >= times).await;
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Gate>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gate {
    /// Arrives, and waits for a release.
    pub(super) async fn pass(&self) {
        self.arrived.send_modify(|arrived| *arrived += 1);
        // Never closed.
        if let Ok(permit) = self.open.acquire().await {
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_release_before_the_arrival_counts() {
        let gates = Gates::default();
        gates.release("a");
        let gate = gates.get("a");
        gate.pass().await;
        gates.reached("a", 1).await;
        let second = tokio::spawn(async move { gate.pass().await });
        gates.reached("a", 2).await;
        assert!(!second.is_finished());
        gates.release("a");
        second.await.unwrap();
    }

    #[test]
    fn gates_nobody_holds_are_gone() {
        let gates = Gates::default();
        let held = gates.get("held");
        (0..100).for_each(|number| drop(gates.get(&number.to_string())));
        assert_eq!(gates.lock().len(), 2);
        drop(held);
        gates.get("other");
        assert_eq!(gates.lock().len(), 1);
    }
}
