//! The bank's days, written down from the documents: card payments settle on the same banking day
//! until 6 pm, bank accounts until 4 pm; banking days are no weekends and no holidays. The holidays are
//! listed, not computed, for the two years that a sequence can reach.

use jiff::civil::{Date, Time, Weekday, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// The weekdays of 2026 and 2027 on which neither Sydney nor Melbourne works.
const HOLIDAYS: &[(i16, i8, i8)] = &[
    (2026, 1, 1),
    (2026, 1, 26),
    (2026, 4, 3),
    (2026, 4, 6),
    (2026, 6, 8),
    (2026, 12, 25),
    (2026, 12, 28),
    (2027, 1, 1),
    (2027, 1, 26),
    (2027, 3, 26),
    (2027, 3, 29),
    (2027, 6, 14),
    (2027, 12, 27),
    (2027, 12, 28),
];

/// How many banking days a payment from a bank account may come back.
const RETURN_DAYS: usize = 5;

/// By when a payment has to come in to settle on the same day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CutOff {
    /// 6 pm.
    Cards,
    /// 4 pm.
    BankAccounts,
    /// PayTo: every day is its own.
    Never,
}

impl CutOff {
    const fn hour(self) -> Option<i8> {
        match self {
            Self::Cards => Some(18),
            Self::BankAccounts => Some(16),
            Self::Never => None,
        }
    }
}

fn sydney() -> TimeZone {
    TimeZone::get("Australia/Sydney").expect("the bundled zones")
}

/// The date in Sydney.
pub(crate) fn today(now: Timestamp) -> Date {
    sydney().to_datetime(now).date()
}

/// When it is this hour in Sydney on this day.
pub(crate) fn at_hour(day: Date, hour: i8) -> Timestamp {
    let time = Time::new(hour, 0, 0, 0).unwrap();
    day.to_datetime(time).to_zoned(sydney()).unwrap().timestamp()
}

fn is_banking_day(day: Date) -> bool {
    let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    let holiday = HOLIDAYS.iter().any(|&(year, month, of)| day == date(year, month, of));
    assert!((2026..2028).contains(&day.year()), "the holidays of {day} are not listed");
    !weekend && !holiday
}

fn following(day: Date) -> Date {
    let mut next = day.tomorrow().unwrap();
    while !is_banking_day(next) {
        next = next.tomorrow().unwrap();
    }
    next
}

/// The day on which what is taken now settles.
pub(crate) fn settles(now: Timestamp, cut_off: CutOff) -> Date {
    let local = sydney().to_datetime(now);
    let in_time =
        cut_off.hour().is_none_or(|hour| local.hour() < hour && is_banking_day(local.date()));
    if in_time { local.date() } else { following(local.date()) }
}

/// The moment from which what settled on this day can no longer come back.
pub(crate) fn cannot_return(settled: Date) -> Timestamp {
    let last = (0..RETURN_DAYS).fold(settled, |day, _| following(day));
    at_hour(last.checked_add(1.day()).unwrap(), 0)
}

/// A moment as replies write it.
pub(crate) fn written(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}
