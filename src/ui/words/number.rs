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
