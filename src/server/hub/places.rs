//! Who may hold a stream open. A browser allows six connections to a host over HTTP/1.1, over all its tabs, and every
//! page and call needs one too: so the tabs of one browser share a few places, and the others ask again and again.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio_util::sync::CancellationToken;

/// The places of all browsers. Clones are the same ones.
#[derive(Clone)]
pub struct Places {
    /// How many each browser has; at least one.
    most: usize,
    held: Arc<Mutex<HashMap<String, Vec<Held>>>>,
}

/// A place that is held, the oldest of a browser first.
struct Held {
    tab: String,
    lost: CancellationToken,
}

/// A tab's place. It is free again when this is dropped.
pub struct Place {
    places: Places,
    browser: String,
    lost: CancellationToken,
}

impl Places {
    pub fn new(most: u32) -> Self {
        Self { most: most.max(1) as usize, held: Arc::default() }
    }

    /// A place for a tab that its person looks at. Where there is none left, the tab that has had one for the longest
    /// loses it. A tab has one place, the one it asked for last.
    pub fn take(&self, browser: &str, tab: &str) -> Place {
        let mut held = self.held();
        let of_browser = held.entry(browser.to_owned()).or_default();
        give_up(of_browser, tab);
        while of_browser.len() >= self.most {
            of_browser.remove(0).lost.cancel();
        }
        self.hold(of_browser, browser, tab)
    }

    /// A place for a tab that stepped back, if one is free.
    pub fn take_free(&self, browser: &str, tab: &str) -> Option<Place> {
        let mut held = self.held();
        let of_browser = held.entry(browser.to_owned()).or_default();
        give_up(of_browser, tab);
        (of_browser.len() < self.most).then(|| self.hold(of_browser, browser, tab))
    }

    fn hold(&self, of_browser: &mut Vec<Held>, browser: &str, tab: &str) -> Place {
        let lost = CancellationToken::new();
        of_browser.push(Held { tab: tab.to_owned(), lost: lost.clone() });
        Place { places: self.clone(), browser: browser.to_owned(), lost }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<String, Vec<Held>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a tab asks for anew it does not hold any more: its earlier connection is about to end, if it has not already.
fn give_up(of_browser: &mut Vec<Held>, tab: &str) {
    of_browser.retain(|held| {
        if held.tab == tab {
            held.lost.cancel();
        }
        held.tab != tab
    });
}

impl Place {
    /// Waits until another tab has it.
    pub async fn lost(&self) {
        self.lost.cancelled().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Cancelled here too, which is how it is told from the others.
        self.lost.cancel();
        let mut held = self.places.held();
        if let Some(of_browser) = held.get_mut(&self.browser) {
            of_browser.retain(|held| !held.lost.is_cancelled());
            if of_browser.is_empty() {
                held.remove(&self.browser);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_lost(place: &Place) -> bool {
        place.lost.is_cancelled()
    }

    #[test]
    fn the_oldest_of_the_same_browser_steps_back() {
        let places = Places::new(2);
        let (one, two) = (places.take("ada", "1"), places.take("ada", "2"));
        let other = places.take("bob", "1");
        let three = places.take("ada", "3");
        assert_eq!([&one, &two, &three, &other].map(is_lost), [true, false, false, false]);
        assert!(places.take_free("ada", "4").is_none());
        // Its connection ends, which frees nothing: the place is another's already.
        drop(one);
        assert!(places.take_free("ada", "1").is_none());
        drop(two);
        let again = places.take_free("ada", "1").unwrap();
        assert!(places.take_free("ada", "4").is_none());
        assert!(!is_lost(&three) && !is_lost(&again));
        drop((three, again, other));
        assert!(places.held().is_empty(), "nothing is kept of browsers that left");
    }

    #[test]
    fn a_tab_that_asks_anew_takes_its_own_place() {
        let places = Places::new(2);
        let (one, two) = (places.take("ada", "1"), places.take("ada", "2"));
        let moved = places.take("ada", "2");
        assert_eq!([&one, &two, &moved].map(is_lost), [false, true, false]);
        drop(two);
        assert!(places.take_free("ada", "3").is_none());
        // One that steps back by itself counts as having done so.
        assert!(places.take_free("ada", "2").is_some());
        assert!(is_lost(&moved));
    }
}
