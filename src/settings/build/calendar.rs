//! The calendar: each window and freeze is judged by the calendar itself, alone, so that a mistake in
//! one hides none in another.

use jiff::SignedDuration;

use super::Scope;
use crate::domain::calendar::{Calendar as Rules, CalendarMistake, FreezeRule, WindowRule};
use crate::settings::model::{Calendar, Freeze, Window};

/// Makes the calendar.
pub(super) fn calendar(scope: &Scope<'_>) -> Option<Calendar> {
    let zone = scope.text("time_zone");
    if let Some(zone) = zone
        && Rules::new(zone, &[], &[]).is_err()
    {
        scope.wrong("time_zone", "the time zone database has no such name");
    }
    let activation: Vec<_> = scope.items("activation").map(|item| window(&item)).collect();
    let freeze: Vec<_> = scope.items("freeze").map(|item| freeze(&item, zone)).collect();
    Some(Calendar {
        time_zone: zone?.to_owned(),
        activation: activation.into_iter().collect::<Option<_>>()?,
        freeze: freeze.into_iter().collect::<Option<_>>()?,
    })
}

fn window(scope: &Scope<'_>) -> Option<Window> {
    let (cron, duration) = (scope.text("cron"), scope.length("duration"));
    if let Some(cron) = cron {
        // A duration that is wrong is told already; the cron fields are judged all the same.
        let length = duration.and_then(|length| SignedDuration::try_from(length).ok());
        let length = length.unwrap_or(SignedDuration::from_hours(1));
        let rule = WindowRule { cron: cron.to_owned(), duration: length };
        tell(scope, Rules::new("UTC", &[rule], &[]).err());
    }
    Some(Window { cron: cron?.to_owned(), duration: duration? })
}

fn freeze(scope: &Scope<'_>, zone: Option<&str>) -> Option<Freeze> {
    let (from, until) = (scope.day("from"), scope.day("until"));
    if let (Some(from), Some(until)) = (from, until) {
        let rule = FreezeRule { from, until, reason: String::new() };
        let found = Rules::new(zone.unwrap_or("UTC"), &[], std::slice::from_ref(&rule)).err();
        // A zone that is wrong is told already.
        let found = found.map(|mistakes| {
            mistakes.into_iter().filter(|mistake| mistake.field.starts_with("freeze")).collect()
        });
        tell(scope, found);
    }
    Some(Freeze { from: from?, until: until?, reason: scope.text("reason")?.to_owned() })
}

/// Notes what the calendar found in the one rule it was given.
fn tell(scope: &Scope<'_>, found: Option<Vec<CalendarMistake>>) {
    for mistake in found.unwrap_or_default() {
        let field = mistake.field.rsplit_once('.').map_or("from", |(_, field)| field);
        scope.wrong(field, &mistake.problem);
    }
}
