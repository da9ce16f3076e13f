//! Whether the list follows its end. One owner decides: nothing else scrolls it.

use crate::browser::Metrics;

/// How near the end counts as being there, for one who scrolled back down (contract E.6).
const AT_END: f64 = 10.0;
/// How near the end a reader may be to be taken along by a new row (contract C.3).
const NEAR_END: f64 = 96.0;
/// How far from the end the button that leads back appears (contract C.3).
const FAR: f64 = 160.0;
/// Rounding of the browser, not movement.
const ROUNDING: f64 = 1.5;

/// Follows while the reader is at the end. Once they go up it stays where they are, also when an answer ends, until they
/// come back down, send something or ask for it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Follow {
    following: bool,
    /// The reader wants no following: they are led to the end by what they send and what comes when they are near it,
    /// and not along with what is being written.
    once: bool,
    /// How it stood when it was last looked at.
    last: Metrics,
}

impl Default for Follow {
    fn default() -> Self {
        Self { following: true, once: false, last: Metrics::default() }
    }
}

impl Follow {
    pub fn following(&self) -> bool {
        self.following
    }

    /// Whether to go along with what is being written.
    pub fn set_steady(&mut self, steady: bool) {
        self.once = !steady;
    }

    /// The list was scrolled, by the reader or because it had to. Only movement tells: up and away from the end ends
    /// following, down to the end begins it. Where the content changed its size as well, going up tells nothing: what
    /// shrinks takes the list along.
    pub fn scrolled(&mut self, at: Metrics) {
        let up = at.top < self.last.top - ROUNDING;
        let same = (at.height, at.view) == (self.last.height, self.last.view);
        if up && same && at.below() > ROUNDING {
            self.following = false;
        } else if at.top > self.last.top && at.below() <= AT_END {
            self.following = !self.once;
        }
        self.last = at;
    }

    /// The reader set out upwards: by wheel, finger or key. The list may not have moved yet.
    pub fn pushed_up(&mut self) {
        if self.last.height > self.last.view {
            self.following = false;
        }
    }

    /// The reader sent something, or asked to be led down.
    pub fn engage(&mut self) {
        self.following = true;
    }

    /// The reader turned to another version, and reads on from there.
    pub fn turned(&mut self) {
        self.following = false;
    }

    /// The end of the list is not the end of the thread: there is nothing to follow.
    pub fn release(&mut self, at: Metrics) {
        *self = Self { following: false, last: at, ..*self };
    }

    /// A row came at the end. What counts is how near the end was before it.
    pub fn appended(&mut self) {
        if self.last.below() <= NEAR_END {
            self.following = true;
        }
    }

    /// The content or the view changed its size: where to scroll to, if anywhere.
    pub fn resized(&mut self, at: Metrics) -> Option<f64> {
        let end = (at.height - at.view).max(0.0);
        let to = (self.following && at.below() > 0.0).then_some(end);
        self.last = Metrics { top: to.unwrap_or(at.top), ..at };
        self.following &= !(self.once && to.is_some());
        to
    }

    /// Text was added, before the browser has told of any movement: where to scroll to, if anywhere. Where the list is not
    /// as it was left, somebody moved it; what that means is seen when they are heard.
    pub fn grown(&mut self, at: Metrics) -> Option<f64> {
        let moved = (at.top - self.last.top).abs() > ROUNDING;
        (!moved).then(|| self.resized(at)).flatten()
    }

    /// Whether the reader needs a way back down.
    pub fn is_far(at: Metrics) -> bool {
        at.below() > FAR
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(top: f64, height: f64) -> Metrics {
        Metrics { top, view: 600.0, height }
    }

    fn at_end() -> Follow {
        let mut follow = Follow::default();
        assert_eq!(follow.resized(at(0.0, 2000.0)), Some(1400.0));
        follow.scrolled(at(1400.0, 2000.0));
        follow
    }

    #[test]
    fn it_follows_growth_at_the_end() {
        let mut follow = at_end();
        assert_eq!(follow.resized(at(1400.0, 2050.0)), Some(1450.0));
        follow.scrolled(at(1450.0, 2050.0));
        assert!(follow.following());
    }

    #[test]
    fn text_does_not_take_along_who_has_just_moved() {
        let mut follow = at_end();
        assert_eq!(follow.grown(at(1400.0, 2050.0)), Some(1450.0));
        // Led up by the focus, say; nobody was told yet.
        assert_eq!(follow.grown(at(1000.0, 2100.0)), None);
        follow.scrolled(at(1000.0, 2050.0));
        assert!(!follow.following());
    }

    #[test]
    fn going_up_ends_it_and_nothing_moves_any_more() {
        let mut follow = at_end();
        follow.scrolled(at(1395.0, 2000.0));
        assert!(!follow.following());
        assert_eq!(follow.resized(at(1395.0, 2400.0)), None);
        // The answer ends; its row grows by a line of facts.
        assert_eq!(follow.resized(at(1395.0, 2430.0)), None);
    }

    #[test]
    fn a_push_upwards_ends_it_before_anything_moved() {
        let mut follow = at_end();
        follow.pushed_up();
        assert_eq!(follow.resized(at(1400.0, 2050.0)), None);
        // A page that is not full has nowhere to go.
        let mut short = Follow::default();
        short.resized(at(0.0, 600.0));
        short.pushed_up();
        assert!(short.following());
    }

    #[test]
    fn content_that_shrinks_does_not_end_it() {
        let mut follow = at_end();
        follow.scrolled(at(1200.0, 1800.0));
        assert!(follow.following());
        // It shrank and grew again before anyone was told.
        follow.scrolled(at(1100.0, 1900.0));
        assert!(follow.following());
    }

    #[test]
    fn coming_back_down_begins_it() {
        let mut follow = at_end();
        follow.scrolled(at(1000.0, 2000.0));
        follow.scrolled(at(1380.0, 2000.0));
        assert!(!follow.following(), "20 px away is not the end");
        follow.scrolled(at(1392.0, 2000.0));
        assert!(follow.following());
    }

    #[test]
    fn a_new_row_takes_along_who_is_near_and_leaves_who_is_not() {
        for (top, taken) in [(1310.0, true), (1300.0, false)] {
            let mut follow = at_end();
            follow.scrolled(at(top, 2000.0));
            follow.appended();
            assert_eq!(follow.following(), taken);
        }
    }

    #[test]
    fn sending_begins_it() {
        let mut follow = at_end();
        follow.scrolled(at(0.0, 2000.0));
        follow.engage();
        assert_eq!(follow.resized(at(0.0, 2100.0)), Some(1500.0));
    }

    #[test]
    fn who_wants_no_following_is_led_down_once() {
        let mut follow = at_end();
        follow.set_steady(false);
        follow.engage();
        assert_eq!(follow.resized(at(1400.0, 2050.0)), Some(1450.0));
        assert_eq!(follow.resized(at(1450.0, 2100.0)), None);
        // Reaching the end by hand does not begin it either; the next row takes along who is near, once.
        follow.scrolled(at(1500.0, 2100.0));
        assert_eq!(follow.resized(at(1500.0, 2110.0)), None);
        follow.appended();
        assert_eq!(follow.resized(at(1500.0, 2200.0)), Some(1600.0));
        assert_eq!(follow.resized(at(1600.0, 2300.0)), None);
    }

    #[test]
    fn the_way_down_shows_when_it_is_needed() {
        assert!(!Follow::is_far(at(1240.0, 2000.0)));
        assert!(Follow::is_far(at(1239.0, 2000.0)));
    }
}
