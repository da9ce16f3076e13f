//! The `Retry-After` header: seconds, or a date (RFC 9110, 10.2.3).

use std::time::{SystemTime, UNIX_EPOCH};

use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

/// How many seconds the server asked to wait. A date is counted from the server's own `Date`, since its clock need not
/// be ours; one that has passed is 0.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<u32> {
    let value = text(headers, RETRY_AFTER)?;
    if let Ok(seconds) = value.parse::<f64>() {
        // Some send fractions. The cast ends at both ends of the range by itself.
        return (seconds >= 0.0).then(|| seconds.ceil() as u32);
    }
    let until = parse_date(value)?;
    let now = text(headers, DATE).and_then(parse_date).or_else(clock)?;
    Some(u32::try_from(until.saturating_sub(now).max(0)).unwrap_or(u32::MAX))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn clock() -> Option<i64> {
    SystemTime::now().duration_since(UNIX_EPOCH).ok().and_then(|passed| i64::try_from(passed.as_secs()).ok())
}

/// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that may still be written.
fn parse_date(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, rest) = text.split_once(", ")?;
    let mut fields = rest.split_ascii_whitespace();
    let day: i64 = fields.next()?.parse().ok()?;
    let name = fields.next()?;
    let month = MONTHS.iter().position(|month| *month == name)? as i64 + 1;
    let year: i64 = fields.next()?.parse().ok()?;
    let mut clock = fields.next()?.split(':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let ranges = (1..=31).contains(&day)
        && (1970..=9999).contains(&year)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second);
    ranges.then(|| ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second)
}

/// Days from 1970-01-01, counted in years that begin in March, so that a leap day comes last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(parse_date(date), Some(784_111_777));
        assert_eq!(parse_date("Thu, 29 Feb 2024 23:59:59 GMT"), Some(1_709_251_199));
        let cases = [
            ("20", None, Some(20)),
            (" 1.2 ", None, Some(2)),
            ("99999999999999", None, Some(u32::MAX)),
            ("-1", None, None),
            ("NaN", None, None),
            ("soon", None, None),
            (date, Some("Sun, 06 Nov 1994 08:49:07 GMT"), Some(30)),
            (date, Some("Sun, 06 Nov 1994 09:49:07 GMT"), Some(0)),
            (date, None, Some(0)),
            ("Sun, 06 Nov 1994 08:49 GMT", None, None),
            ("Sun, 06 Nom 1994 08:49:37 GMT", None, None),
        ];
        for (value, now, seconds) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().unwrap());
            if let Some(now) = now {
                headers.insert(DATE, now.parse().unwrap());
            }
            assert_eq!(retry_after(&headers), seconds, "{value}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
