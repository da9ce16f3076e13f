//! Numbers for whoever operates the server: what they are made of, and how they are written for Prometheus.
//!
//! Each part of the server owns its own numbers and counts by itself; nothing here is global, so that two servers in one
//! process do not count for each other. What can be asked when somebody looks is asked then and costs nothing before.

use std::{
    fmt::{Display, Write},
    sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
    time::Duration,
};

/// Goes up only.
#[derive(Default, Debug)]
pub struct Counter(AtomicU64);

impl Counter {
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// How many there are now.
#[derive(Default, Debug)]
pub struct Gauge(AtomicI64);

impl Gauge {
    pub fn add(&self, count: i64) {
        self.0.fetch_add(count, Relaxed);
    }

    pub fn get(&self) -> i64 {
        self.0.load(Relaxed)
    }
}

/// Upper bounds of what a histogram tells apart, in seconds: from what a write takes to what a large model takes to read
/// a long prompt.
const BOUNDS: [f64; 15] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0];

/// How long something took, by the bounds that many are compared by.
#[derive(Default, Debug)]
pub struct Histogram {
    /// How many were within each bound and above the one before; the last is for those above all.
    within: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
}

impl Histogram {
    pub fn record(&self, time: Duration) {
        let seconds = time.as_secs_f64();
        let place = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        self.within[place].fetch_add(1, Relaxed);
        self.micros.fetch_add(u64::try_from(time.as_micros()).unwrap_or(u64::MAX), Relaxed);
    }
}

/// The text that Prometheus reads (exposition format 0.0.4), family by family.
#[derive(Default)]
pub struct Page(String);

impl Page {
    /// The content type of [`text`](Self::text).
    pub const KIND: &'static str = "text/plain; version=0.0.4; charset=utf-8";

    /// One that only goes up; its name ends in `_total`.
    pub fn counter<'a>(&'a mut self, name: &'a str, help: &str) -> Family<'a> {
        self.family(name, help, "counter")
    }

    /// One that goes up and down.
    pub fn gauge<'a>(&'a mut self, name: &'a str, help: &str) -> Family<'a> {
        self.family(name, help, "gauge")
    }

    /// Times, in seconds.
    pub fn histogram(&mut self, name: &str, help: &str, histogram: &Histogram) {
        let mut family = self.family(name, help, "histogram");
        let mut count = 0;
        for (place, within) in histogram.within.iter().enumerate() {
            count += within.load(Relaxed);
            let bound = BOUNDS.get(place).map_or("+Inf".to_owned(), f64::to_string);
            family.line("_bucket", &[("le", &bound)], count);
        }
        family.line("_sum", &[], Duration::from_micros(histogram.micros.load(Relaxed)).as_secs_f64());
        family.line("_count", &[], count);
    }

    fn family<'a>(&'a mut self, name: &'a str, help: &str, kind: &str) -> Family<'a> {
        // Writing to a string cannot fail, here and below.
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
        Family { page: &mut self.0, name }
    }

    pub fn text(self) -> String {
        self.0
    }
}

/// The values of one name.
pub struct Family<'a> {
    page: &'a mut String,
    name: &'a str,
}

impl Family<'_> {
    /// A value. Labels are names of ours, with nothing in them that would have to be escaped.
    pub fn value(&mut self, labels: &[(&str, &str)], value: impl Display) -> &mut Self {
        self.line("", labels, value);
        self
    }

    fn line(&mut self, end: &str, labels: &[(&str, &str)], value: impl Display) {
        let _ = write!(self.page, "{}{end}", self.name);
        for (place, (name, value)) in labels.iter().enumerate() {
            let _ = write!(self.page, "{}{name}=\"{value}\"", if place == 0 { '{' } else { ',' });
        }
        let _ = writeln!(self.page, "{} {value}", if labels.is_empty() { "" } else { "}" });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_counted_within_every_bound_above_them() {
        let histogram = Histogram::default();
        for millis in [1, 2, 400, 500_000] {
            histogram.record(Duration::from_millis(millis));
        }
        let mut page = Page::default();
        page.histogram("wait_seconds", "A wait.", &histogram);
        let text = page.text();
        for line in [
            "# TYPE wait_seconds histogram",
            r#"wait_seconds_bucket{le="0.001"} 1"#,
            r#"wait_seconds_bucket{le="0.0025"} 2"#,
            r#"wait_seconds_bucket{le="0.25"} 2"#,
            r#"wait_seconds_bucket{le="0.5"} 3"#,
            r#"wait_seconds_bucket{le="120"} 3"#,
            r#"wait_seconds_bucket{le="+Inf"} 4"#,
            "wait_seconds_sum 500.403",
            "wait_seconds_count 4",
        ] {
            assert!(text.lines().any(|own| own == line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn values_have_their_labels() {
        let mut page = Page::default();
        page.counter("ends_total", "Ends.").value(&[("how", "well"), ("why", "")], 3).value(&[], 0.5);
        assert_eq!(
            page.text(),
            "# HELP ends_total Ends.\n# TYPE ends_total counter\nends_total{how=\"well\",why=\"\"} 3\nends_total 0.5\n"
        );
    }
}
