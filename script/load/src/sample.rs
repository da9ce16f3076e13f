//! Many measurements of one thing, and what is said of them.

use serde_json::{Value, json};

/// Measurements, in whatever unit.
#[derive(Clone, Default, Debug)]
pub struct Sample(Vec<f64>);

impl Sample {
    pub fn add(&mut self, value: f64) {
        self.0.push(value);
    }

    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The value that `part` of all are not above; nothing is interpolated. 0 of none.
    pub fn at(&self, part: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let index = (part * sorted.len() as f64).ceil() as usize;
        sorted.get(index.saturating_sub(1)).copied().unwrap_or_default()
    }

    pub fn median(&self) -> f64 {
        self.at(0.5)
    }

    /// Median and spread.
    pub fn json(&self) -> Value {
        let round = |value: f64| (value * 1000.0).round() / 1000.0;
        json!({
            "n": self.len(),
            "min": round(self.at(0.0)),
            "p50": round(self.median()),
            "p95": round(self.at(0.95)),
            "p99": round(self.at(0.99)),
            "max": round(self.at(1.0)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let mut sample = Sample::default();
        (1..=100).rev().for_each(|value| sample.add(f64::from(value)));
        assert_eq!((sample.at(0.0), sample.median(), sample.at(0.99), sample.at(1.0)), (1.0, 50.0, 99.0, 100.0));
        assert_eq!(Sample::default().median(), 0.0);
    }
}
