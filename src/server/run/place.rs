//! How many answers are written at a time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::model::UserId;

/// The places there are. Clones share them.
#[derive(Clone)]
pub(super) struct Places {
    per_person: u32,
    in_all: u32,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Default)]
struct Taken {
    by_person: HashMap<UserId, u32>,
    in_all: u32,
}

/// One place, free again when dropped.
pub struct Place {
    user: UserId,
    places: Places,
}

impl Places {
    pub(super) fn new(per_person: u32, in_all: u32) -> Self {
        Self { per_person, in_all, taken: Arc::default() }
    }

    pub(super) fn take(&self, user: UserId) -> Option<Place> {
        let mut taken = self.taken();
        let own = taken.by_person.get(&user).copied().unwrap_or(0);
        if own >= self.per_person || taken.in_all >= self.in_all {
            return None;
        }
        taken.by_person.insert(user, own + 1);
        taken.in_all += 1;
        Some(Place { user, places: self.clone() })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.in_all = taken.in_all.saturating_sub(1);
        if let Some(own) = taken.by_person.get_mut(&self.user) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                taken.by_person.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_when_it_is_left() {
        let [ada, ben, eve] = [1, 2, 3].map(|n| UserId(uuid::Uuid::from_u128(n)));
        let places = Places::new(2, 3);
        let first = places.take(ada).unwrap();
        let second = places.take(ada).unwrap();
        assert!(places.take(ada).is_none(), "a person has two");
        let third = places.take(ben).unwrap();
        assert!(places.take(eve).is_none(), "there are three in all");
        drop(first);
        let again = places.take(eve).unwrap();
        drop((second, third, again));
        assert!(places.taken().by_person.is_empty() && places.taken().in_all == 0);
    }
}
