//! Figures, written the same on the server and in the browser, as the reader's language writes them.

use super::t;

/// A count with its thousands apart: `1,204`.
pub fn count(number: u32) -> String {
    grouped(number, t("number.group"))
}

fn grouped(number: u32, mark: &str) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut groups: Vec<&str> = Vec::new();
    if first > 0 {
        groups.push(&digits[..first]);
    }
    groups.extend((first..digits.len()).step_by(3).map(|at| &digits[at..at + 3]));
    groups.join(mark)
}

/// A number written with a point, with the language's own mark in its place: `4.5`.
pub fn decimal(number: &str) -> String {
    number.replace('.', t("number.decimal"))
}

/// A span in seconds: `0.4`, `6`, `75`. Tenths only where they tell something.
pub fn seconds(ms: u32) -> String {
    match ms {
        0..950 => decimal(&format!("0.{}", (ms + 50) / 100)),
        _ => ((ms + 500) / 1000).to_string(),
    }
}

/// A size in bytes: `980 B`, `12 KB`, `3.4 MB`; a KB is 1,000 bytes, as with file managers.
pub fn size(bytes: u64) -> String {
    let (unit, scale) = match bytes {
        0..1_000 => return format!("{bytes} B"),
        1_000..999_500 => ("KB", 1e3),
        999_500..999_950_000 => ("MB", 1e6),
        _ => ("GB", 1e9),
    };
    let exact = bytes as f64 / scale;
    let tenths = (exact * 10.0).round() as u64;
    match (tenths / 10, tenths % 10) {
        (whole @ 0..10, tenth @ 1..) => format!("{}{}{tenth} {unit}", whole, t("number.decimal")),
        _ => format!("{} {unit}", exact.round() as u64),
    }
}

#[cfg(test)]
mod tests {
    use leptos::prelude::{Owner, provide_context};

    use super::*;
    use crate::model::Language;

    #[test]
    fn thousands_stand_apart() {
        let cases = [(0, "0"), (999, "999"), (1204, "1,204"), (12_345, "12,345"), (1_234_567, "1,234,567")];
        for (number, words) in cases {
            assert_eq!(count(number), words);
        }
    }

    #[test]
    fn sizes_have_two_figures_at_least() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1 KB"),
            (1_249, "1.2 KB"),
            (1_251, "1.3 KB"),
            (9_999, "10 KB"),
            (12_400, "12 KB"),
            (999_499, "999 KB"),
            (999_500, "1 MB"),
            (3_449_000, "3.4 MB"),
            (999_950_000, "1 GB"),
            (7_000_000_000, "7 GB"),
        ];
        for (bytes, words) in cases {
            assert_eq!(size(bytes), words, "{bytes}");
        }
        assert!(size(u64::MAX).ends_with(" GB"));
    }

    #[test]
    fn short_spans_have_tenths() {
        for (ms, words) in
            [(0, "0.0"), (40, "0.0"), (380, "0.4"), (949, "0.9"), (950, "1"), (6400, "6"), (75_000, "75")]
        {
            assert_eq!(seconds(ms), words);
        }
    }

    #[test]
    fn each_language_has_its_own_marks() {
        let owner = Owner::new();
        owner.with(|| {
            provide_context(Language::German);
            assert_eq!((count(1_234_567).as_str(), decimal("4.5").as_str()), ("1.234.567", "4,5"));
            assert_eq!(seconds(380), "0,4");
        });
    }
}
