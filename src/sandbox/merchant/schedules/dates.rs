//! The dates of a schedule: each is counted from the first one, so that a schedule of the 31st falls
//! on the last day of a shorter month and on the 31st again after it. No day is left out: instalments
//! are taken on weekends and holidays too.

use jiff::Span;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// How often an instalment is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sandbox) enum Frequency {
    Daily,
    Weekly,
    Fortnightly,
    FourWeekly,
    Monthly,
    Quarterly,
    HalfYearly,
    Yearly,
}

/// A step from one date to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Days(i64),
    Months(i64),
}

impl Frequency {
    /// Every frequency with its word; only `MONTHLY` is documented (the guess
    /// `recurring_frequencies`).
    pub(in crate::sandbox) const WORDS: &[(&str, Self)] = &[
        ("DAILY", Self::Daily),
        ("WEEKLY", Self::Weekly),
        ("FORTNIGHTLY", Self::Fortnightly),
        ("FOUR_WEEKLY", Self::FourWeekly),
        ("MONTHLY", Self::Monthly),
        ("QUARTERLY", Self::Quarterly),
        ("HALF_YEARLY", Self::HalfYearly),
        ("YEARLY", Self::Yearly),
    ];

    /// The word in `frequency`.
    pub(in crate::sandbox) fn word(self) -> &'static str {
        let found = Self::WORDS.iter().find(|(_, frequency)| *frequency == self);
        found.map_or("", |(word, _)| word)
    }

    const fn step(self) -> Step {
        match self {
            Self::Daily => Step::Days(1),
            Self::Weekly => Step::Days(7),
            Self::Fortnightly => Step::Days(14),
            Self::FourWeekly => Step::Days(28),
            Self::Monthly => Step::Months(1),
            Self::Quarterly => Step::Months(3),
            Self::HalfYearly => Step::Months(6),
            Self::Yearly => Step::Months(12),
        }
    }

    /// The date that is `turn` steps after the first; `None` where the calendar ends.
    pub(in crate::sandbox) fn date(self, first: Date, turn: u32) -> Option<Date> {
        let turn = i64::from(turn);
        let span = match self.step() {
            Step::Days(days) => Span::new().try_days(days.checked_mul(turn)?).ok()?,
            Step::Months(months) => Span::new().try_months(months.checked_mul(turn)?).ok()?,
        };
        first.checked_add(span).ok()
    }

    /// The first turn whose date is on or after `day`.
    pub(in crate::sandbox) fn turn_from(self, first: Date, day: Date) -> Option<u32> {
        // No month is longer than 31 days, so the turn is never guessed too far.
        let longest = match self.step() {
            Step::Days(days) => days,
            Step::Months(months) => 31 * months,
        };
        let between = i64::from(first.until(day).ok()?.get_days()).max(0);
        let mut turn = u32::try_from(between / longest).ok()?;
        while self.date(first, turn)? < day {
            turn += 1;
        }
        Some(turn)
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn series(frequency: Frequency, first: Date, count: u32) -> Vec<String> {
        let dates = (0..count).map(|turn| frequency.date(first, turn).unwrap());
        dates.map(|date| date.strftime("%y%m%d").to_string()).collect()
    }

    #[test]
    fn the_31st_is_the_last_day_of_a_shorter_month_and_the_31st_again_after_it() {
        let dates = series(Frequency::Monthly, date(2027, 12, 31), 7);
        assert_eq!(dates, ["271231", "280131", "280229", "280331", "280430", "280531", "280630"]);
        let dates = series(Frequency::Monthly, date(2027, 1, 30), 4);
        assert_eq!(dates, ["270130", "270228", "270330", "270430"]);
        let dates = series(Frequency::Quarterly, date(2026, 8, 31), 4);
        assert_eq!(dates, ["260831", "261130", "270228", "270531"]);
        let dates = series(Frequency::HalfYearly, date(2027, 8, 31), 3);
        assert_eq!(dates, ["270831", "280229", "280831"]);
    }

    #[test]
    fn a_leap_day_comes_on_the_28th_until_there_is_one_again() {
        let dates = series(Frequency::Yearly, date(2096, 2, 29), 9);
        let (first, rest) = dates.split_first().unwrap();
        assert_eq!(first, "960229");
        // 2100 is no leap year.
        let expected = ["970228", "980228", "990228", "000228", "010228", "020228", "030228"];
        assert_eq!(rest[..7], expected);
        assert_eq!(rest[7], "040229");
    }

    #[test]
    fn days_are_counted_over_month_ends_and_weekends() {
        let dates = series(Frequency::Daily, date(2028, 2, 27), 4);
        assert_eq!(dates, ["280227", "280228", "280229", "280301"]);
        let dates = series(Frequency::Fortnightly, date(2026, 12, 25), 3);
        assert_eq!(dates, ["261225", "270108", "270122"]);
        assert_eq!(series(Frequency::FourWeekly, date(2026, 3, 7), 2), ["260307", "260404"]);
        assert_eq!(series(Frequency::Weekly, date(2026, 3, 7), 2), ["260307", "260314"]);
        assert_eq!(Frequency::Yearly.date(date(9999, 1, 1), 1), None);
        assert_eq!(Frequency::Daily.date(date(2026, 1, 1), u32::MAX), None);
    }

    fn frequencies() -> impl Strategy<Value = Frequency> {
        let all: Vec<_> = Frequency::WORDS.iter().map(|(_, frequency)| *frequency).collect();
        proptest::sample::select(all)
    }

    proptest! {
        /// Held against a walk day by day: a monthly date is the first's day of the month, or the
        /// last day of a month that has no such day.
        #[test]
        fn months_keep_the_day_of_the_first_or_their_last(
            frequency in frequencies(),
            first in (0_i32..40_000).prop_map(|days| date(1970, 1, 1) + days.days()),
            turns in 1_u32..24,
        ) {
            let (mut day, mut met, mut months) = (first, 0_u32, 0_i64);
            while met < turns {
                day = day.tomorrow().unwrap();
                months += i64::from(day.day() == 1);
                let falls = match frequency.step() {
                    Step::Days(days) => (day - first).get_days() % i32::try_from(days).unwrap() == 0,
                    Step::Months(step) => {
                        months % step == 0 && day.day() == first.day().min(day.days_in_month())
                    }
                };
                if falls {
                    met += 1;
                    prop_assert_eq!(frequency.date(first, met), Some(day));
                }
            }
        }

        #[test]
        fn the_turn_from_a_day_is_the_first_that_is_not_before_it(
            frequency in frequencies(),
            first in (0_i32..40_000).prop_map(|days| date(1970, 1, 1) + days.days()),
            later in -400_i32..40_000,
        ) {
            let day = first + later.days();
            let turn = frequency.turn_from(first, day).unwrap();
            prop_assert!(frequency.date(first, turn).unwrap() >= day);
            prop_assert!(turn == 0 || frequency.date(first, turn - 1).unwrap() < day);
        }
    }
}
