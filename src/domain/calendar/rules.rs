//! How windows and freezes are set, and the checks they pass before anything relies on them.

use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use thiserror::Error;

use super::openings::Openings;

/// The shortest and the longest window: cron speaks of minutes, and what is open for longer than a
/// year is no window.
const WINDOW_MIN: SignedDuration = SignedDuration::from_mins(1);
const WINDOW_MAX: SignedDuration = SignedDuration::from_hours(366 * 24);

/// More windows or freezes than this are a mistake of whoever generated them.
const RULES_MAX: usize = 256;

/// A window as it is set: when it opens, as five cron fields, and how long it stays open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowRule {
    /// Minute, hour, day of month, month, day of week.
    pub cron: String,
    /// How long it stays open, in hours that pass, whatever is done to the clock meanwhile.
    pub duration: SignedDuration,
}

/// A freeze as it is set: whole days of the calendar's time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreezeRule {
    /// The first day.
    pub from: Date,
    /// The last day, which is frozen too.
    pub until: Date,
    /// Why, in the words of whoever set it.
    pub reason: String,
}

/// One mistake in a calendar: the field's place below `calendar`, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("calendar.{field}: {problem}")]
pub struct CalendarMistake {
    /// Such as `activation[0].cron`.
    pub field: String,
    /// What is wrong and what would be right; never the value.
    pub problem: String,
}

/// A freeze as two instants: from the first, until just before the second.
#[derive(Clone, Debug)]
pub(super) struct Frozen {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) reason: String,
}

/// Collects mistakes with their places.
#[derive(Default)]
pub(super) struct Mistakes(Vec<CalendarMistake>);

impl Mistakes {
    pub(super) fn add(&mut self, field: impl Into<String>, problem: impl Into<String>) {
        self.0.push(CalendarMistake { field: field.into(), problem: problem.into() });
    }

    pub(super) fn limit(&mut self, field: &str, count: usize) {
        if count > RULES_MAX {
            self.add(field, format!("at most {RULES_MAX} entries are accepted"));
        }
    }

    /// What was checked, if nothing was wrong.
    pub(super) fn or<T>(self, checked: T) -> Result<T, Vec<CalendarMistake>> {
        if self.0.is_empty() { Ok(checked) } else { Err(self.0) }
    }
}

/// Checks a window.
pub(super) fn window(nth: usize, rule: &WindowRule, mistakes: &mut Mistakes) -> Option<Openings> {
    if !(WINDOW_MIN..=WINDOW_MAX).contains(&rule.duration) {
        let field = format!("activation[{nth}].duration");
        mistakes.add(field, "must be from one minute to 366 days");
    }
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    let field = format!("activation[{nth}].cron");
    let fields: Vec<&str> = rule.cron.split_whitespace().collect();
    if fields.len() != 5 {
        let right = "minute, hour, day of month, month, day of week";
        mistakes.add(field, format!("must have five fields: {right}"));
        return None;
    }
    let Ok(cron) = parser.parse(&rule.cron) else {
        mistakes.add(field, wrong_field(parser, &fields));
        return None;
    };
    // The search goes on for centuries before it gives up, so a day that comes only in leap years is
    // found and 30 February is not.
    if cron.find_next_occurrence(&date(2024, 1, 1).at(0, 0, 0, 0), true).is_err() {
        mistakes.add(field, "never opens: no such day exists");
        return None;
    }
    Some(Openings { cron, length: rule.duration })
}

/// Which of the five fields is wrong, found by trying each alone.
fn wrong_field(parser: CronParser, fields: &[&str]) -> String {
    let names = [
        "the minute (0-59)",
        "the hour (0-23)",
        "the day of month (1-31)",
        "the month (1-12 or JAN-DEC)",
        "the day of week (0-7 or SUN-SAT)",
    ];
    let alone = |nth: usize, field: &str| {
        let mut pattern = ["*"; 5];
        pattern.iter_mut().skip(nth).take(1).for_each(|place| *place = field);
        parser.parse(&pattern.join(" ")).is_err()
    };
    let wrong = fields.iter().zip(names).enumerate();
    let wrong = wrong.filter(|(nth, (field, _))| alone(*nth, field)).map(|(_, (_, name))| name);
    let wrong = wrong.collect::<Vec<_>>().join(" and ");
    if wrong.is_empty() {
        "the five fields cannot be used together".to_owned()
    } else {
        format!("{wrong} cannot be read: numbers, names, '*', lists, ranges and steps are accepted")
    }
}

/// Checks a freeze and turns its days into instants.
pub(super) fn frozen(
    nth: usize,
    rule: &FreezeRule,
    zone: &TimeZone,
    mistakes: &mut Mistakes,
) -> Option<Frozen> {
    if rule.until < rule.from {
        mistakes.add(format!("freeze[{nth}].until"), "must not be before `from`");
        return None;
    }
    // A day begins at midnight, or where the clock skips midnight, at the moment it is set forward.
    let begins = |day: Date| {
        day.to_zoned(zone.clone()).and_then(|day| day.start_of_day()).map(|day| day.timestamp())
    };
    let after = rule.until.checked_add(1.day()).and_then(begins);
    let (Ok(from), Ok(until)) = (begins(rule.from), after) else {
        mistakes.add(format!("freeze[{nth}]"), "lies outside the years the calendar knows");
        return None;
    };
    Some(Frozen { from, until, reason: rule.reason.clone() })
}
