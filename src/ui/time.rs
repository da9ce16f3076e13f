//! Moments. The page has them in UTC; the browser writes them as its reader does, once it is alive.

use crate::ui::dynamic::effect;
use leptos::prelude::*;

use super::{markup::html, words::language};
use crate::{browser, model::Language};

/// A moment, milliseconds since 1970.
#[component]
pub fn Time(ms: i64) -> impl IntoView {
    let text = RwSignal::new(plain(ms));
    effect(move || {
        if let Some(local) = browser::local_time(ms) {
            text.set(local);
        }
    });
    view! { <time datetime=iso(ms)>{text}</time> }
}

/// The same as a piece of HTML. In one that came from the server the browser writes it itself
/// ([`browser::show_local_times`]).
pub fn push_time(out: &mut String, ms: i64) {
    let text = browser::local_time(ms).unwrap_or_else(|| plain(ms));
    html!(out, "<time datetime=\"" (iso(ms)) "\">" (text) "</time>");
}

/// As machines read it: `2026-11-21T02:48:05Z`.
fn iso(ms: i64) -> String {
    let (year, month, day, seconds) = civil(ms);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// As anyone reads it: `2026-11-21 02:48 UTC`; in German `21.11.2026 02:48 UTC`.
fn plain(ms: i64) -> String {
    let (year, month, day, seconds) = civil(ms);
    let (hour, minute) = (seconds / 3600, seconds / 60 % 60);
    match language() {
        Language::English => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02} UTC"),
        Language::German => format!("{day:02}.{month:02}.{year:04} {hour:02}:{minute:02} UTC"),
    }
}

/// Year, month, day and seconds of the day. The calendar counts in eras of 400 years that begin in March, so that the
/// leap day is the last of its year.
fn civil(ms: i64) -> (i64, i64, i64, i64) {
    let seconds = ms.div_euclid(1000);
    let days = seconds.div_euclid(86_400) + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    (year, month, day, seconds.rem_euclid(86_400))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_is_right() {
        let cases = [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_709_251_199_999, "2024-02-29T23:59:59Z"),
            (1_795_229_285_000, "2026-11-21T02:48:05Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ];
        for (ms, text) in cases {
            assert_eq!(iso(ms), text);
        }
        assert_eq!(plain(1_795_229_285_000), "2026-11-21 02:48 UTC");
        Owner::new().with(|| {
            provide_context(Language::German);
            assert_eq!(plain(1_795_229_285_000), "21.11.2026 02:48 UTC");
        });
    }
}
