//! When a key may be activated: windows that open again and again, freezes, and the one rule above
//! both, that no wait may let the old key expire.
//!
//! It knows times and time zones, and nothing of keys but when the old one expires and since when the
//! new one waits. Fetching, staging and proving never wait; only activation asks here.

use std::fmt;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

mod openings;
mod rules;
#[cfg(test)]
mod tests;

use openings::Openings;
pub use rules::{CalendarMistake, FreezeRule, WindowRule};
use rules::{Frozen, Mistakes};

/// How long before the old key's expiry a new one is activated whatever the calendar says: two days,
/// so that a person who is told on a Friday evening can still act, and readers that cache a key for a
/// day have let go of it.
pub const MARGIN: SignedDuration = SignedDuration::from_hours(48);

/// For keys whose successor is known only shortly before they expire the margin is this part of that
/// time, so that some of it is left to wait for a window.
const MARGIN_PART: i32 = 4;

/// How long before a key's expiry its successor is expected: the bank writes to people then. Its
/// documents do not say when `latest` begins to answer the new key.
pub const OFFER_LEAD: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How far ahead an opening is looked for; a key lives two years.
const LOOK_AHEAD: SignedDuration = SignedDuration::from_hours(5 * 366 * 24);

/// A freeze a person switched on with `freeze on`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManualFreeze {
    /// When it ends by itself, if ever.
    pub until: Option<Timestamp>,
    /// Why.
    pub reason: String,
}

/// What binds an activation: the old key's expiry, and since when there is a new key to activate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MustBy {
    /// When the old key expires.
    pub expires_at: Timestamp,
    /// When the new key was first known; it fixes the margin of a key that is known late.
    pub known_since: Timestamp,
}

impl MustBy {
    /// The latest moment at which the new key is activated, whatever the calendar says. It is fixed:
    /// it does not move as time passes.
    pub fn latest(self) -> Timestamp {
        let lead = self.expires_at.duration_since(self.known_since).max(SignedDuration::ZERO);
        let margin = MARGIN.min(lead / MARGIN_PART);
        self.expires_at.saturating_sub(margin).unwrap_or(Timestamp::MIN)
    }
}

/// When to activate, and why then, in a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Now, as the calendar allows.
    Now {
        /// Why now.
        why: String,
    },
    /// Later, when the calendar allows it.
    At {
        /// When; later than the asking.
        at: Timestamp,
        /// What is waited for.
        why: String,
    },
    /// Against the calendar, since waiting for it would let the old key expire.
    Forced {
        /// When; the time of asking if the latest moment has passed.
        at: Timestamp,
        /// What stands against it, and why it is done nevertheless.
        why: String,
    },
    /// Not until a person ends a freeze or changes the calendar: nothing is known that binds.
    Waits {
        /// What is waited for.
        why: String,
    },
}

impl Activation {
    /// The sentence.
    pub fn why(&self) -> &str {
        match self {
            Self::Now { why }
            | Self::At { why, .. }
            | Self::Forced { why, .. }
            | Self::Waits { why } => why,
        }
    }

    /// When it happens, if that is known; `now` is the time that was asked for.
    pub fn at(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Now { .. } => Some(now),
            Self::At { at, .. } | Self::Forced { at, .. } => Some(*at),
            Self::Waits { .. } => None,
        }
    }

    /// Whether it is to be done at the time that was asked for.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.at(now).is_some_and(|at| at <= now)
    }
}

/// A stretch in which nothing may be activated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Its first moment.
    pub from: Timestamp,
    /// Its end; `None` if none was found.
    pub until: Option<Timestamp>,
}

/// No window opens where one is needed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{sentence}")]
pub struct Unreachable {
    /// When the key would be replaced instead.
    pub forced_at: Timestamp,
    /// The whole of it for people.
    pub sentence: String,
}

/// The checked calendar.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
    windows: Vec<Openings>,
    freezes: Vec<Frozen>,
}

/// What stands against activating at a moment.
enum Bar<'a> {
    Frozen { until: Option<Timestamp>, reason: &'a str },
    NoWindow,
}

impl Calendar {
    /// Checks and takes a calendar: an IANA time zone, windows (none means always) and freezes.
    ///
    /// # Errors
    ///
    /// Every mistake, each with its field.
    pub fn new(
        time_zone: &str,
        windows: &[WindowRule],
        freezes: &[FreezeRule],
    ) -> Result<Self, Vec<CalendarMistake>> {
        let mut mistakes = Mistakes::default();
        let zone = TimeZoneDatabase::bundled().get(time_zone).unwrap_or_else(|_| {
            mistakes.add("time_zone", "no such IANA time zone, such as Australia/Sydney");
            TimeZone::UTC
        });
        mistakes.limit("activation", windows.len());
        mistakes.limit("freeze", freezes.len());
        let windows = windows.iter().enumerate();
        let windows =
            windows.filter_map(|(nth, rule)| rules::window(nth, rule, &mut mistakes)).collect();
        let freezes = freezes.iter().enumerate();
        let freezes = freezes
            .filter_map(|(nth, rule)| rules::frozen(nth, rule, &zone, &mut mistakes))
            .collect();
        mistakes.or(Self { zone, windows, freezes })
    }

    /// A calendar that allows everything at any time.
    pub fn always() -> Self {
        Self { zone: TimeZone::UTC, windows: Vec::new(), freezes: Vec::new() }
    }

    /// When a key that is ready at `now` is activated. `must_by` is `None` if the old key's expiry is
    /// not known, or there is no old key.
    pub fn activation(
        &self,
        now: Timestamp,
        must_by: Option<MustBy>,
        manual: Option<&ManualFreeze>,
    ) -> Activation {
        let Some(bar) = self.bar(now, manual) else {
            return Activation::Now { why: self.open(now) };
        };
        let bar = self.say(&bar);
        let next = self.next_open(now, manual);
        let latest = must_by.map(MustBy::latest);
        match (next, latest) {
            (Some(at), Some(latest)) if at > latest => self.forced(now, latest, &bar),
            (Some(at), _) => Activation::At {
                at,
                why: format!("{bar}; activation is next allowed at {}", self.local(at)),
            },
            (None, Some(latest)) => self.forced(now, latest, &bar),
            (None, None) => Activation::Waits {
                why: format!("{bar}, nothing in the calendar ends that, and no expiry presses"),
            },
        }
    }

    /// Whether the calendar lets a key that expires at `expires_at` be replaced in time: whether some
    /// moment is open between its successor's expected offer (or `from`, if that is later) and the
    /// moment at which the calendar is overruled.
    ///
    /// # Errors
    ///
    /// Says when the key would be replaced against the calendar.
    pub fn reachability(&self, from: Timestamp, expires_at: Timestamp) -> Result<(), Unreachable> {
        let offered = expires_at.saturating_sub(OFFER_LEAD).unwrap_or(Timestamp::MIN).max(from);
        let latest = MustBy { expires_at, known_since: offered }.latest();
        if self.next_open(offered, None).is_some_and(|open| open <= latest) {
            return Ok(());
        }
        let sentence = format!(
            "no activation window opens outside the freezes between {} and {}, so the key that \
             expires at {} would be replaced at {} against the calendar",
            self.local(offered),
            self.local(latest),
            self.local(expires_at),
            self.local(latest),
        );
        Err(Unreachable { forced_at: latest, sentence })
    }

    /// The longest stretch between `from` and `until` in which nothing may be activated, to within a
    /// day; `None` if none lasts a day. For whoever plans a calendar.
    pub fn longest_closed(&self, from: Timestamp, until: Timestamp) -> Option<Closed> {
        let day = SignedDuration::from_hours(24);
        let mut longest: Option<(SignedDuration, Closed)> = None;
        let mut look = from;
        while look < until {
            let open = self.next_open(look, None);
            let length = open.unwrap_or(until).duration_since(look);
            if length >= day && longest.as_ref().is_none_or(|(known, _)| length > *known) {
                longest = Some((length, Closed { from: look, until: open }));
            }
            look = open.unwrap_or(until).saturating_add(day).unwrap_or(until);
        }
        longest.map(|(_, closed)| closed)
    }

    /// What stands against activating at `at`; `None` if it is allowed.
    fn bar<'a>(&'a self, at: Timestamp, manual: Option<&'a ManualFreeze>) -> Option<Bar<'a>> {
        if let Some(freeze) = manual.filter(|freeze| freeze.until.is_none_or(|until| at < until)) {
            return Some(Bar::Frozen { until: freeze.until, reason: &freeze.reason });
        }
        let frozen = self.freezes.iter().filter(|freeze| freeze.from <= at && at < freeze.until);
        if let Some(freeze) = frozen.max_by_key(|freeze| freeze.until) {
            return Some(Bar::Frozen { until: Some(freeze.until), reason: &freeze.reason });
        }
        let open = self.windows.is_empty() || self.opened(at).is_some();
        if open { None } else { Some(Bar::NoWindow) }
    }

    /// The first moment at or after `from` that is allowed.
    fn next_open(&self, from: Timestamp, manual: Option<&ManualFreeze>) -> Option<Timestamp> {
        let limit = from.saturating_add(LOOK_AHEAD).unwrap_or(Timestamp::MAX);
        let mut look = from;
        // Every freeze is left behind at most once, and an opening is either allowed or frozen.
        for _ in 0..=2 * (self.freezes.len() + 2) {
            look = match self.bar(look, manual) {
                None => return Some(look),
                Some(Bar::Frozen { until, .. }) => until?,
                Some(Bar::NoWindow) => {
                    let openings = self.windows.iter();
                    openings.filter_map(|window| window.next(&self.zone, look, limit)).min()?
                }
            };
        }
        None
    }

    /// The open window that stays open longest: when it opened and when it closes.
    fn opened(&self, at: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let open = self.windows.iter().filter_map(|window| {
            let opened = window.covering(&self.zone, at)?;
            Some((opened, opened.saturating_add(window.length).unwrap_or(Timestamp::MAX)))
        });
        open.max_by_key(|(_, closes)| *closes)
    }

    fn forced(&self, now: Timestamp, latest: Timestamp, bar: &str) -> Activation {
        let why = format!(
            "{bar}, and waiting for what the calendar allows would bring the old key too near its \
             expiry; the new one is activated at {} against the calendar",
            self.local(latest.max(now)),
        );
        Activation::Forced { at: latest.max(now), why }
    }

    fn open(&self, now: Timestamp) -> String {
        match self.opened(now) {
            None => "no activation windows are set, and nothing is frozen".to_owned(),
            Some((opened, closes)) => format!(
                "the activation window of {} is open until {}",
                self.local(opened),
                self.local(closes)
            ),
        }
    }

    fn say(&self, bar: &Bar<'_>) -> String {
        match bar {
            Bar::NoWindow => "no activation window is open".to_owned(),
            Bar::Frozen { until: None, reason } => format!("frozen until lifted ({reason})"),
            Bar::Frozen { until: Some(until), reason } => {
                format!("frozen until {} ({reason})", self.local(*until))
            }
        }
    }

    /// A moment on the calendar's wall, to the minute.
    fn local(&self, at: Timestamp) -> impl fmt::Display {
        at.to_zoned(self.zone.clone()).strftime("%a %Y-%m-%d %H:%M %Z").to_string()
    }
}
