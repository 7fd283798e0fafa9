//! Lengths of time as people write them: `"3h"`, `"90s"`, `"1h30m"`, `"250ms"`.

use std::fmt::Write as _;
use std::time::Duration;

/// The units, longest first, each in milliseconds.
const UNITS: [(&str, u64); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Reads a length such as `1h30m`; `None` for anything else, and for lengths past 2^64 ms.
pub(crate) fn read_length(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, tail) = rest.split_at_checked(digits)?;
        let letters = tail.len() - tail.trim_start_matches(|c: char| c.is_ascii_lowercase()).len();
        let (unit, tail) = tail.split_at_checked(letters)?;
        let (_, size) = UNITS.iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(*size)?)?;
        rest = tail;
    }
    (!text.is_empty()).then(|| Duration::from_millis(total))
}

/// Writes a length in the fewest units that say it exactly, to the millisecond.
pub(crate) fn write_length(length: Duration) -> String {
    let mut left = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
    if left == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (name, size) in UNITS {
        if left >= size {
            // Writing to a String cannot fail.
            write!(text, "{}{name}", left / size).unwrap_or_default();
            left %= size;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_read_back() {
        for text in ["0s", "250ms", "90s", "3h", "1h30m", "14d", "1d2h3m4s5ms"] {
            let length = read_length(text).unwrap();
            assert_eq!(read_length(&write_length(length)), Some(length), "{text}");
        }
        assert_eq!(read_length("90s"), Some(Duration::from_secs(90)));
        assert_eq!(write_length(Duration::from_secs(90)), "1m30s");
    }

    #[test]
    fn what_is_no_length_is_refused() {
        for text in ["", "3", "h", "3 h", "3H", "-1s", "1.5h", "3hours", "99999999999999999999s"] {
            assert_eq!(read_length(text), None, "{text}");
        }
    }
}
