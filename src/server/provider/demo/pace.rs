//! How fast the demo speaks.

use std::time::Duration;

/// The time between two tokens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pace {
    shortest: Duration,
    longest: Duration,
}

impl Pace {
    /// 15 to 30 ms a token, as a small model on a good machine.
    pub fn natural() -> Self {
        Self::between(Duration::from_millis(15), Duration::from_millis(30))
    }

    /// As fast as it is read.
    pub fn none() -> Self {
        Self::between(Duration::ZERO, Duration::ZERO)
    }

    pub fn between(shortest: Duration, longest: Duration) -> Self {
        Self { shortest, longest: longest.max(shortest) }
    }

    /// The wait before the token with this number. Uneven as real ones are, the same every time.
    pub(super) fn before(self, token: usize) -> Duration {
        (self.longest - self.shortest) * ((token * 7 % 16) as u32) / 15 + self.shortest
    }

    pub(super) fn times(self, factor: u32) -> Self {
        Self { shortest: self.shortest * factor, longest: self.longest * factor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_lie_between_the_limits() {
        let (shortest, longest) = (Duration::from_millis(15), Duration::from_millis(30));
        let waits: Vec<_> = (0..32).map(|token| Pace::natural().before(token)).collect();
        assert_eq!(waits.iter().min(), Some(&shortest));
        assert_eq!(waits.iter().max(), Some(&longest));
        assert!((0..32).all(|token| Pace::none().before(token).is_zero()));
    }
}
