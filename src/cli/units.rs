//! Times and lengths as people write and read them.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::admin::shapes::REASON_CHARS_MAX;
use crate::clock::RATE_MAX;

/// The longest length understood: ten years of days.
const SECONDS_MAX: u64 = 10 * 366 * 24 * 3600;

/// Reads a reason, as the admin API takes it.
pub(super) fn reason(text: &str) -> Result<String, String> {
    if text.chars().count() > REASON_CHARS_MAX || text.chars().any(char::is_control) {
        return Err(format!("expected at most {REASON_CHARS_MAX} printable characters"));
    }
    Ok(text.to_owned())
}

/// Reads a length such as `90s`, `5m`, `36h` or `3d`; a bare number is seconds.
pub(super) fn length(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default();
    let of_unit = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 24 * 3600,
        _ => return Err("expected a length such as 90s, 5m, 36h or 3d".to_owned()),
    };
    let seconds = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(of_unit));
    match seconds {
        Some(seconds @ 1..=SECONDS_MAX) => Ok(Duration::from_secs(seconds)),
        Some(_) => Err("expected a length between one second and ten years".to_owned()),
        None => Err("expected a length such as 90s, 5m, 36h or 3d".to_owned()),
    }
}

/// Reads how fast a clock runs, as the settings do: from 0, standing still, to a week a second.
pub(super) fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| (0.0..=RATE_MAX).contains(rate));
    rate.ok_or_else(|| format!("expected a number from 0 to {RATE_MAX}"))
}

/// A time in UTC, to the minute.
pub(super) fn utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A time where the bank is, to the minute.
pub(super) fn sydney(at: Timestamp) -> String {
    // The zone is built in; without it the hours would be told in UTC, and say so.
    TimeZone::get("Australia/Sydney").map_or_else(
        |_| utc(at),
        |zone| at.to_zoned(zone).strftime("%Y-%m-%d %H:%M %Z").to_string(),
    )
}

/// A time in UTC and where the bank is.
pub(super) fn both(at: Timestamp) -> String {
    format!("{} ({})", utc(at), sydney(at))
}

/// A length in its two largest units, such as `215 d 3 h`.
pub(super) fn in_words(length: SignedDuration) -> String {
    let seconds = length.as_secs().unsigned_abs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let two = |large: u64, unit: &str, small: u64, sub: &str| match small {
        0 => format!("{large} {unit}"),
        _ => format!("{large} {unit} {small} {sub}"),
    };
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => two(hours, "h", minutes, "min"),
        (days @ 1..30, hours, _) => two(days, "d", hours, "h"),
        (days, ..) => format!("{days} d"),
    }
}

/// How a time lies to now, such as `in 3 d 4 h` or `20 min ago`.
pub(super) fn relative(at: Timestamp, now: Timestamp) -> String {
    let left = at.duration_since(now);
    let words = in_words(left);
    if left.is_negative() { format!("{words} ago") } else { format!("in {words}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_refused_before_it_is_sent_where_the_daemon_would() {
        let longest = "x".repeat(REASON_CHARS_MAX);
        assert_eq!(reason(&longest), Ok(longest.clone()));
        for wrong in [format!("{longest}x"), "two\nlines".to_owned(), "\u{1b}[31m".to_owned()] {
            assert!(reason(&wrong).unwrap_err().contains("printable"), "{wrong:?}");
        }
    }

    #[test]
    fn lengths_are_read() {
        assert_eq!(length("90"), Ok(Duration::from_secs(90)));
        assert_eq!(length("36h"), Ok(Duration::from_secs(36 * 3600)));
        assert_eq!(length("3d"), Ok(Duration::from_secs(3 * 86_400)));
        for wrong in ["", "h", "-1s", "1w", "0s", "99999999999999999999d", "400000d", "1.5h", "3 d"]
        {
            assert!(length(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_are_told_in_utc_and_where_the_bank_is() {
        let summer: Timestamp = "2026-12-31T13:30:00Z".parse().unwrap();
        assert_eq!(both(summer), "2026-12-31 13:30 UTC (2027-01-01 00:30 AEDT)");
        let winter: Timestamp = "2026-07-01T00:00:00Z".parse().unwrap();
        assert_eq!(sydney(winter), "2026-07-01 10:00 AEST");
    }

    #[test]
    fn lengths_are_told_in_two_units() {
        let words = |seconds| in_words(SignedDuration::from_secs(seconds));
        assert_eq!(words(0), "0 s");
        assert_eq!(words(61), "1 min");
        assert_eq!(words(7260), "2 h 1 min");
        assert_eq!(words(86_400), "1 d");
        assert_eq!(words(-90_000), "1 d 1 h");
        assert_eq!(words(100 * 86_400 + 7200), "100 d");
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(relative("2025-12-31T23:40:00Z".parse().unwrap(), now), "20 min ago");
    }
}
