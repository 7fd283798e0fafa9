//! The instants at which one window opens, on a wall clock that is set forward and back.
//!
//! A window opens whenever the clock on the wall reaches its time: twice where the clock is set back
//! over it, and, where the clock is set forward past it, at the moment of setting. Between two changes
//! of the clock instants and wall times map one to one, so the search walks such stretches.

use croner::Cron;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// The smallest step of time, to look just before or just after an instant.
const INSTANT: SignedDuration = SignedDuration::from_nanos(1);

/// When one window opens, and how long it stays open.
#[derive(Clone, Debug)]
pub(super) struct Openings {
    pub(super) cron: Cron,
    pub(super) length: SignedDuration,
}

/// A stretch of time in which the clock is not changed.
struct Stretch {
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    offset: Offset,
}

impl Openings {
    /// The last opening at or before `at`, if it is not so old that the window has closed since.
    pub(super) fn covering(&self, zone: &TimeZone, at: Timestamp) -> Option<Timestamp> {
        let oldest = at.saturating_sub(self.length).unwrap_or(Timestamp::MIN);
        let mut look = at;
        loop {
            let stretch = Stretch::around(zone, look);
            let wall = stretch.offset.to_datetime(look);
            let found = self.cron.find_previous_occurrence(&wall, true).ok();
            let found = found.and_then(|wall| stretch.offset.to_timestamp(wall).ok());
            if let Some(found) = found
                && stretch.start.is_none_or(|start| found >= start)
            {
                return Some(found).filter(|found| *found > oldest);
            }
            let start = stretch.start.filter(|start| *start > oldest)?;
            if self.is_skipped_at(zone, start) {
                return Some(start);
            }
            look = start.saturating_sub(INSTANT).ok()?;
        }
    }

    /// The first opening after `after` and not after `limit`.
    pub(super) fn next(
        &self,
        zone: &TimeZone,
        after: Timestamp,
        limit: Timestamp,
    ) -> Option<Timestamp> {
        let (mut look, mut inclusive) = (after, false);
        loop {
            let stretch = Stretch::around(zone, look);
            let wall = stretch.offset.to_datetime(look);
            let found = self.cron.find_next_occurrence(&wall, inclusive).ok();
            let found = found.and_then(|wall| stretch.offset.to_timestamp(wall).ok());
            if let Some(found) = found
                && stretch.end.is_none_or(|end| found < end)
            {
                return Some(found).filter(|found| *found <= limit);
            }
            let end = stretch.end.filter(|end| *end <= limit)?;
            if self.is_skipped_at(zone, end) {
                return Some(end);
            }
            (look, inclusive) = (end, true);
        }
    }

    /// Whether the clock is set forward at `change`, past a time at which the window opens.
    fn is_skipped_at(&self, zone: &TimeZone, change: Timestamp) -> bool {
        let Ok(before) = change.checked_sub(INSTANT) else { return false };
        let from = zone.to_offset(before).to_datetime(change);
        let to = zone.to_offset(change).to_datetime(change);
        from < to && self.cron.find_next_occurrence(&from, true).is_ok_and(|wall| wall < to)
    }
}

impl Stretch {
    fn around(zone: &TimeZone, at: Timestamp) -> Self {
        let just_after = at.saturating_add(INSTANT).unwrap_or(at);
        Self {
            start: zone.preceding(just_after).next().map(|change| change.timestamp()),
            end: zone.following(at).next().map(|change| change.timestamp()),
            offset: zone.to_offset(at),
        }
    }
}
