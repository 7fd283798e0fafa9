//! Banking days and cut-offs: on which day a payment is settled.
//!
//! Banks settle in Sydney time, on weekdays that are no holiday both in Sydney and in Melbourne. A
//! payment after its cut-off, or on any other day, belongs to the next banking day.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// The zone by whose clock Westpac settles.
pub const SETTLEMENT_ZONE: &str = "Australia/Sydney";

/// What a cut-off is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CutOff {
    /// Visa, Mastercard and UnionPay payments: 6 pm.
    Card,
    /// Direct entry to and from bank accounts: 4 pm.
    BankAccount,
    /// PayTo and PayID, which settle at any hour of any day.
    None,
}

impl CutOff {
    const fn hour(self) -> Option<i8> {
        match self {
            Self::Card => Some(18),
            Self::BankAccount => Some(16),
            Self::None => None,
        }
    }
}

/// The zone of settlement; UTC if the system knows no such zone, which the bundled data rule out.
pub fn settlement_zone() -> TimeZone {
    TimeZone::get(SETTLEMENT_ZONE).unwrap_or(TimeZone::UTC)
}

/// The day on which a payment at `at` is settled, by the clock of `zone`.
pub fn settlement_date(at: Timestamp, cut_off: CutOff, zone: &TimeZone) -> Date {
    let local = zone.to_datetime(at);
    let Some(hour) = cut_off.hour() else { return local.date() };
    let in_time = local.hour() < hour;
    if in_time && is_banking_day(local.date()) {
        local.date()
    } else {
        next_banking_day(local.date())
    }
}

/// The first banking day after `date`.
pub fn next_banking_day(date: Date) -> Date {
    let mut day = date;
    while let Ok(next) = day.tomorrow() {
        day = next;
        if is_banking_day(day) {
            break;
        }
    }
    day
}

/// The banking day that is `days` banking days after `date`; at most so many steps as asked.
pub fn banking_days_after(date: Date, days: u32) -> Date {
    (0..days).fold(date, |day, _| next_banking_day(day))
}

/// Whether banks settle on this day.
pub fn is_banking_day(date: Date) -> bool {
    let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    !weekend && !is_holiday(date)
}

/// Whether it is a holiday, or stands in for one, in Sydney and in Melbourne alike.
fn is_holiday(date: Date) -> bool {
    let day = date.weekday();
    // A holiday at a weekend is kept on the Monday; Boxing Day next to Christmas, on the Tuesday.
    let monday = day == Weekday::Monday;
    let tuesday = day == Weekday::Tuesday;
    match (date.month(), date.day()) {
        (1, 1 | 26) | (4, 25) | (12, 25 | 26) => true,
        // The Mondays after New Year's and Australia Day; the King's Birthday.
        (1, 2 | 3 | 27 | 28) | (6, 8..=14) => monday,
        (12, 27 | 28) => monday || tuesday,
        (3 | 4, _) => {
            let sunday = easter_sunday(date.year());
            let good_friday = sunday.checked_sub(2.days()).ok();
            good_friday == Some(date) || sunday.tomorrow().ok() == Some(date)
        }
        _ => false,
    }
}

/// Easter Sunday of a year, by the anonymous Gregorian algorithm.
fn easter_sunday(year: i16) -> Date {
    let y = i32::from(year);
    let golden = y % 19;
    let (century, of_century) = (y / 100, y % 100);
    let correction = (century - (century + 8) / 25 + 1) / 3;
    let moon = (19 * golden + century - century / 4 - correction + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - moon - of_century % 4) % 7;
    let late = (golden + 11 * moon + 22 * weekday) / 451;
    let sum = moon + weekday - 7 * late + 114;
    let part = |number: i32| i8::try_from(number).unwrap_or(1);
    Date::new(year, part(sum / 31), part(sum % 31 + 1)).unwrap_or(Date::MIN)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn settled(at: &str, cut_off: CutOff) -> Date {
        settlement_date(at.parse().unwrap(), cut_off, &settlement_zone())
    }

    #[test]
    fn easter_falls_where_the_almanac_has_it() {
        for (year, month, day) in [
            (2000, 4, 23),
            (2008, 3, 23),
            (2011, 4, 24),
            (2024, 3, 31),
            (2025, 4, 20),
            (2026, 4, 5),
            (2027, 3, 28),
            (2038, 4, 25),
        ] {
            assert_eq!(easter_sunday(year), date(year, month, day));
        }
    }

    #[test]
    fn the_holidays_of_two_years_are_no_banking_days() {
        let holidays = |year: i16| -> Vec<Date> {
            let days = date(year, 1, 1).series(1.day()).take_while(|day| day.year() == year);
            let weekend = |d: &Date| matches!(d.weekday(), Weekday::Saturday | Weekday::Sunday);
            days.filter(|day| !weekend(day) && !is_banking_day(*day)).collect()
        };
        let days = |year, days: &[(i8, i8)]| -> Vec<Date> {
            days.iter().map(|&(month, day)| date(year, month, day)).collect()
        };
        let of_2026 = [(1, 1), (1, 26), (4, 3), (4, 6), (6, 8), (12, 25), (12, 28)];
        assert_eq!(holidays(2026), days(2026, &of_2026));
        let of_2022 = [(1, 3), (1, 26), (4, 15), (4, 18), (4, 25), (6, 13), (12, 26), (12, 27)];
        assert_eq!(holidays(2022), days(2022, &of_2022));
        let of_2021 = [(1, 1), (1, 26), (4, 2), (4, 5), (6, 14), (12, 27), (12, 28)];
        assert_eq!(holidays(2021), days(2021, &of_2021));
    }

    #[test]
    fn a_payment_settles_on_its_banking_day_or_the_next() {
        // Wednesday in winter (UTC+10) and in summer (UTC+11): the cut-off moves with the clock.
        assert_eq!(settled("2026-07-01T07:59:59Z", CutOff::Card), date(2026, 7, 1));
        assert_eq!(settled("2026-07-01T08:00:00Z", CutOff::Card), date(2026, 7, 2));
        assert_eq!(settled("2026-12-02T06:59:59Z", CutOff::Card), date(2026, 12, 2));
        assert_eq!(settled("2026-12-02T07:00:00Z", CutOff::Card), date(2026, 12, 3));
        assert_eq!(settled("2026-07-01T06:00:00Z", CutOff::BankAccount), date(2026, 7, 2));
        // The Thursday before Easter, after the cut-off: Tuesday is the next banking day.
        assert_eq!(settled("2026-04-02T08:00:00Z", CutOff::Card), date(2026, 4, 7));
        // A Saturday; PayTo does not mind.
        assert_eq!(settled("2026-07-04T02:00:00Z", CutOff::Card), date(2026, 7, 6));
        assert_eq!(settled("2026-07-04T02:00:00Z", CutOff::None), date(2026, 7, 4));
    }

    #[test]
    fn banking_days_are_counted_past_weekends_and_holidays() {
        assert_eq!(banking_days_after(date(2026, 12, 23), 4), date(2026, 12, 31));
        assert_eq!(banking_days_after(date(2026, 12, 23), 5), date(2027, 1, 4));
        assert_eq!(banking_days_after(date(2026, 12, 23), 0), date(2026, 12, 23));
    }
}
