//! Who is to be woken up by the next event of a log.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    task::Waker,
};

use slab::Slab;

/// The tasks that follow. Each has a place of its own for as long as it does: to wait for one event after another, which
/// it does with each token, nothing is to be entered or taken out.
#[derive(Default)]
pub(super) struct Followers(Mutex<Slab<Option<Waker>>>);

impl Followers {
    fn all(&self) -> MutexGuard<'_, Slab<Option<Waker>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more.
    pub(super) fn enter(&self) -> usize {
        self.all().insert(None)
    }

    pub(super) fn leave(&self, place: usize) {
        self.all().try_remove(place);
    }

    /// From now on this is what is woken up for who has this place.
    pub(super) fn set(&self, place: usize, waker: Waker) {
        if let Some(follower) = self.all().get_mut(place) {
            *follower = Some(waker);
        }
    }

    pub(super) fn wake(&self) {
        self.all().iter().filter_map(|(_, waker)| waker.as_ref()).for_each(Waker::wake_by_ref);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all().is_empty()
    }
}
