//! How long what did not get through waits until it is tried again.

use leptos::prelude::*;

use crate::browser;

/// The first wait, in milliseconds; it doubles up to the last.
const FIRST_MS: i32 = 2_000;
const LAST_MS: i32 = 10_000;

/// Whether something waits, and the clock for it. Only the latest wait ends in anything.
#[derive(Clone, Copy)]
pub struct Wait {
    /// How long the present wait is.
    pause: RwSignal<Option<i32>>,
    turn: StoredValue<u32>,
}

impl Wait {
    pub fn new() -> Self {
        Self { pause: RwSignal::new(None), turn: StoredValue::new(0) }
    }

    /// Something waits.
    pub fn is_on(self) -> bool {
        self.pause.get().is_some()
    }

    /// The same, for one who only looks; none waits where the page is gone.
    pub fn is_on_now(self) -> bool {
        self.pause.try_get_untracked().flatten().is_some()
    }

    /// It is tried now: a clock that still runs is not heard any more.
    pub fn touch(self) {
        self.turn.try_update_value(|turn| *turn += 1);
    }

    /// Nothing waits any more.
    pub fn end(self) {
        self.touch();
        if self.is_on_now() {
            let _ = self.pause.try_set(None);
        }
    }

    /// Waits, longer than the last time, and then runs `again`.
    pub fn longer(self, again: impl FnOnce() + 'static) {
        let pause = next(self.pause.try_get_untracked().flatten());
        let _ = self.pause.try_set(Some(pause));
        self.touch();
        let turn = self.turn.try_get_value();
        browser::after(pause, move || {
            if turn.is_some() && self.turn.try_get_value() == turn {
                again();
            }
        });
    }
}

/// The wait after this one.
fn next(pause: Option<i32>) -> i32 {
    pause.map_or(FIRST_MS, |pause| (pause * 2).min(LAST_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_waits_longer_each_time_but_not_for_ever() {
        let waits: Vec<_> = std::iter::successors(Some(next(None)), |pause| Some(next(Some(*pause)))).take(5).collect();
        assert_eq!(waits, [2_000, 4_000, 8_000, 10_000, 10_000]);
    }

    #[test]
    fn what_has_ended_waits_no_more() {
        let owner = Owner::new();
        owner.set();
        let wait = Wait::new();
        assert!(!wait.is_on_now());
        wait.longer(|| ());
        assert!(wait.is_on_now());
        wait.end();
        assert!(!wait.is_on_now());
    }
}
