//! The bank's spellings of dates and times, read tolerantly and written in one way.
//!
//! The documents give one pattern, `YYYY-MM-DDTHH:mm:ssZ`, and show two spellings of the offset:
//! `+00:00` and `+1000`. Both are read, and `Z`, and a fraction of a second; anything else is
//! refused rather than guessed at. Written is only the spelling of the documents' first sample.

use jiff::Timestamp;
use jiff::civil::{self, Date};
use jiff::tz::Offset;
use thiserror::Error;

/// Why a text is no date or time of the bank's. Never carries the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TimeError {
    /// The text is shaped otherwise.
    #[error("it is not of the shape {0}")]
    Shape(&'static str),
    /// The shape is right, but there is no such day, time or offset.
    #[error("there is no such date or time")]
    NoSuchTime,
}

/// The longest fraction of a second read, in digits.
const FRACTION_DIGITS_MAX: usize = 9;
/// The largest offset from UTC that any zone has had, in hours.
const OFFSET_HOURS_MAX: i32 = 15;

const DATE: &str = "YYYY-MM-DD";
const DATE_TIME: &str = "YYYY-MM-DDTHH:mm:ss with an offset";

/// Reads a `date`: `2022-01-02`.
///
/// # Errors
///
/// Refuses every other shape, and days that do not exist.
pub fn parse_date(text: &str) -> Result<Date, TimeError> {
    let mut reader = Reader { rest: text.as_bytes(), shape: DATE };
    let date = reader.date()?;
    reader.end()?;
    Ok(date)
}

/// Reads a `date-time`: `2022-01-02T03:48:40+00:00`, `2017-01-01T10:26:36+1000` or
/// `2017-01-01T00:26:36Z`.
///
/// # Errors
///
/// Refuses every other shape (a missing offset above all), and times that do not exist.
pub fn parse_date_time(text: &str) -> Result<Timestamp, TimeError> {
    let mut reader = Reader { rest: text.as_bytes(), shape: DATE_TIME };
    let date = reader.date()?;
    reader.literal(b'T')?;
    let time = reader.time()?;
    let offset = reader.offset()?;
    reader.end()?;
    let at = offset.to_timestamp(date.to_datetime(time)).map_err(|_| TimeError::NoSuchTime)?;
    // An offset may lead to a year before the first, which no spelling has.
    if Offset::UTC.to_datetime(at).year() < 0 { Err(TimeError::NoSuchTime) } else { Ok(at) }
}

/// Writes a `date-time` in UTC, to the second: `2022-01-02T03:48:40+00:00`.
pub fn format_date_time(at: Timestamp) -> String {
    Offset::UTC.to_datetime(at).strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

struct Reader<'a> {
    rest: &'a [u8],
    shape: &'static str,
}

impl Reader<'_> {
    fn date(&mut self) -> Result<Date, TimeError> {
        let year = self.number(4)?;
        self.literal(b'-')?;
        let month = self.number(2)?;
        self.literal(b'-')?;
        let day = self.number(2)?;
        Date::new(narrow(year)?, narrow(month)?, narrow(day)?).map_err(|_| TimeError::NoSuchTime)
    }

    fn time(&mut self) -> Result<civil::Time, TimeError> {
        let hour = self.number(2)?;
        self.literal(b':')?;
        let minute = self.number(2)?;
        self.literal(b':')?;
        let second = self.number(2)?;
        let nanosecond = self.fraction()?;
        civil::Time::new(narrow(hour)?, narrow(minute)?, narrow(second)?, nanosecond)
            .map_err(|_| TimeError::NoSuchTime)
    }

    /// The nanoseconds of `.123`, or none.
    fn fraction(&mut self) -> Result<i32, TimeError> {
        if self.rest.first() != Some(&b'.') {
            return Ok(0);
        }
        self.literal(b'.')?;
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 || digits > FRACTION_DIGITS_MAX {
            return Err(TimeError::Shape(self.shape));
        }
        let mut nanoseconds = self.number(digits)?;
        for _ in digits..FRACTION_DIGITS_MAX {
            nanoseconds *= 10;
        }
        Ok(nanoseconds)
    }

    fn offset(&mut self) -> Result<Offset, TimeError> {
        let (sign, rest) = self.rest.split_first().ok_or(TimeError::Shape(self.shape))?;
        self.rest = rest;
        let sign = match sign {
            b'Z' => return Ok(Offset::UTC),
            b'+' => 1,
            b'-' => -1,
            _ => return Err(TimeError::Shape(self.shape)),
        };
        let hours = self.number(2)?;
        if self.rest.first() == Some(&b':') {
            self.literal(b':')?;
        }
        let minutes = self.number(2)?;
        if hours > OFFSET_HOURS_MAX || minutes > 59 {
            return Err(TimeError::NoSuchTime);
        }
        Offset::from_seconds(sign * (hours * 3600 + minutes * 60))
            .map_err(|_| TimeError::NoSuchTime)
    }

    /// A number of exactly so many digits, at most nine.
    fn number(&mut self, digits: usize) -> Result<i32, TimeError> {
        let (taken, rest) =
            self.rest.split_at_checked(digits).ok_or(TimeError::Shape(self.shape))?;
        self.rest = rest;
        taken.iter().try_fold(0, |number, byte| match byte {
            b'0'..=b'9' => Ok(number * 10 + i32::from(byte - b'0')),
            _ => Err(TimeError::Shape(self.shape)),
        })
    }

    fn literal(&mut self, expected: u8) -> Result<(), TimeError> {
        match self.rest.split_first() {
            Some((byte, rest)) if *byte == expected => {
                self.rest = rest;
                Ok(())
            }
            _ => Err(TimeError::Shape(self.shape)),
        }
    }

    fn end(&self) -> Result<(), TimeError> {
        if self.rest.is_empty() { Ok(()) } else { Err(TimeError::Shape(self.shape)) }
    }
}

fn narrow<T: TryFrom<i32>>(number: i32) -> Result<T, TimeError> {
    T::try_from(number).map_err(|_| TimeError::NoSuchTime)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> String {
        match parse_date_time(text) {
            Ok(at) => format_date_time(at),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn both_spellings_of_the_offset_are_read_and_one_is_written() {
        assert_eq!(read("2022-01-02T03:48:40+00:00"), "2022-01-02T03:48:40+00:00");
        assert_eq!(read("2017-01-01T10:26:36+1000"), "2017-01-01T00:26:36+00:00");
        assert_eq!(read("2024-02-08T00:12:50+1100"), "2024-02-07T13:12:50+00:00");
        assert_eq!(read("2024-02-08T00:12:50+11:00"), "2024-02-07T13:12:50+00:00");
        assert_eq!(read("2024-02-08T00:12:50-0330"), "2024-02-08T03:42:50+00:00");
        assert_eq!(read("2028-03-01T02:15:00Z"), "2028-03-01T02:15:00+00:00");
        assert_eq!(read("2028-03-01T02:15:00.999Z"), "2028-03-01T02:15:00+00:00");
    }

    #[test]
    fn everything_else_is_refused() {
        let shape = "it is not of the shape YYYY-MM-DDTHH:mm:ss with an offset";
        for text in [
            "",
            "2028-03-01",
            "2028-03-01T02:15:00",
            "2028-03-01 02:15:00Z",
            "2028-03-01t02:15:00z",
            "2028-03-01T02:15Z",
            "2028-03-01T02:15:00+10",
            "2028-03-01T02:15:00+1:00",
            "2028-03-01T02:15:00.Z",
            "2028-03-01T02:15:00.1234567890Z",
            "2028-03-01T02:15:00Z ",
            "2028-03-01T02:15:00Z[Australia/Sydney]",
            "+028-03-01T02:15:00Z",
            "२०२८-03-01T02:15:00Z",
            "1835488500",
        ] {
            assert_eq!(read(text), shape, "{text}");
        }
        for text in [
            "2027-02-29T00:00:00Z",
            "2028-13-01T00:00:00Z",
            "2028-03-01T24:00:00Z",
            "2028-03-01T02:15:60Z",
            "2028-03-01T02:15:00+2500",
            "2028-03-01T02:15:00+1060",
            "0000-01-01T00:00:00+1000",
        ] {
            assert_eq!(read(text), "there is no such date or time", "{text}");
        }
    }

    #[test]
    fn a_date_is_read_strictly() {
        assert_eq!(parse_date("2022-01-02"), Ok(civil::date(2022, 1, 2)));
        assert_eq!(parse_date("2022-1-2"), Err(TimeError::Shape(DATE)));
        assert_eq!(parse_date("2022-02-30"), Err(TimeError::NoSuchTime));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(second in -62_135_596_800_i64..253_402_207_200) {
            let at = Timestamp::from_second(second).unwrap();
            prop_assert_eq!(parse_date_time(&format_date_time(at)), Ok(at));
        }

        #[test]
        fn no_text_makes_it_panic(text in "[-0-9T:.Z+é]{0,40}|.{0,40}") {
            if let Ok(at) = parse_date_time(&text) {
                prop_assert!(text.len() >= "2028-03-01T02:15:00Z".len(), "{} from {}", at, text);
            }
            prop_assert!(parse_date(&text).is_err() || text.len() == DATE.len());
        }
    }
}
