//! The screen a person looks at first, possibly at three in the morning: what is the matter, what to
//! do, then the details.

use std::slice::from_ref;

use jiff::Timestamp;

use super::{Show, Wide, columns, keys, or_dash};
use crate::admin::shapes::{Facilities, Facility, Freezes, Status, Time};
use crate::cli::console::Console;
use crate::cli::units;

impl Show for Status {
    fn table(&self, console: Console, wide: Wide) -> String {
        let up = units::in_words(self.now.0.duration_since(self.started_at.0));
        let clock = units::both(self.now.0);
        let mut text = format!("quaymaster {}, up {up}, clock {clock}\n", self.version);
        for facility in &self.facilities {
            text.push('\n');
            text.push_str(&block(facility, self.now.0, console, wide));
        }
        if self.facilities.is_empty() {
            text.push_str("\nno facilities\n");
        }
        format!("{text}\n{}", self.freeze.table(console, wide))
    }

    fn names(&self) -> Vec<String> {
        self.facilities.iter().map(|facility| format!("facility/{}", facility.facility)).collect()
    }
}

impl Show for Facilities {
    fn table(&self, console: Console, wide: Wide) -> String {
        let head = ["NAME", "ENVIRONMENT", "ROLE", "CONDITION", "SINCE", "CURRENT KEY EXPIRES"];
        let rows = self.facilities.iter().map(|facility| {
            let expiry = keys::current_expiry(&facility.keys);
            [
                facility.facility.clone(),
                facility.environment.clone(),
                if facility.observer { "observer".to_owned() } else { facility.role.clone() },
                facility.condition.clone(),
                units::utc(facility.condition_since.0),
                or_dash(expiry.map(|at| keys::expiry(at, self.now.0))),
            ]
        });
        let mut text = columns(&head, rows);
        if wide == Wide::Yes {
            for facility in &self.facilities {
                text.push('\n');
                text.push_str(&block(facility, self.now.0, console, wide));
            }
        }
        text
    }

    fn names(&self) -> Vec<String> {
        self.facilities.iter().map(|facility| format!("facility/{}", facility.facility)).collect()
    }
}

/// One facility by the daemon's clock, for `facility show`.
#[derive(Clone, Debug, serde::Serialize)]
pub(in crate::cli) struct FacilityAt {
    /// The daemon's clock.
    pub(in crate::cli) now: Time,
    /// The facility.
    #[serde(flatten)]
    pub(in crate::cli) facility: Facility,
}

impl Show for FacilityAt {
    fn table(&self, console: Console, wide: Wide) -> String {
        block(&self.facility, self.now.0, console, wide)
    }

    fn names(&self) -> Vec<String> {
        vec![format!("facility/{}", self.facility.facility)]
    }
}

impl Show for Freezes {
    fn table(&self, _console: Console, _wide: Wide) -> String {
        let mut lines = Vec::new();
        match &self.by_hand {
            Some(freeze) => {
                let since = units::utc(freeze.since.0);
                let until = freeze.until.map_or_else(
                    || "until: quaymaster freeze off".to_owned(),
                    |until| format!("until {}", units::both(until.0)),
                );
                let reason = freeze.reason.as_deref().map(|why| format!(": {why}"));
                let why = reason.unwrap_or_default();
                lines.push(format!("ON since {since} {until}, by {}{why}", freeze.by));
            }
            None if self.frozen => lines.push("on, by the calendar".to_owned()),
            None => lines.push("off".to_owned()),
        }
        for freeze in &self.planned {
            let (from, until, why) = (&freeze.from, &freeze.until, &freeze.reason);
            lines.push(format!("planned from {from} to {until}: {why}"));
        }
        rows("freeze", &lines)
    }

    fn names(&self) -> Vec<String> {
        vec![format!("freeze/{}", if self.frozen { "on" } else { "off" })]
    }
}

/// Lines under one word at the left.
pub(super) fn rows(word: &str, lines: &[String]) -> String {
    let words = std::iter::once(word).chain(std::iter::repeat(""));
    lines.iter().zip(words).map(|(line, word)| format!("  {word:<9} {line}\n")).collect()
}

fn block(facility: &Facility, now: Timestamp, console: Console, wide: Wide) -> String {
    let code = or_dash(facility.community_code.as_deref());
    let part = if facility.observer { "observer" } else { facility.role.as_str() };
    let condition = console.urgent(&facility.condition, &facility.urgency);
    let since = units::utc(facility.condition_since.0);
    let mut text = format!(
        "{}  {condition} since {since}  ({}, {part}, {code})\n",
        facility.facility, facility.environment
    );
    // What to do comes first: the rest is for those who want to know why.
    text.push_str(&rows("do", from_ref(&facility.remedy)));
    let detail = Some(facility.detail.clone()).filter(|detail| !detail.is_empty());
    let because: Vec<String> = std::iter::once(facility.meaning.clone()).chain(detail).collect();
    text.push_str(&rows("because", &because));
    text.push_str(&keys::waiting(&facility.renewal, now));
    text.push_str(&rows("keys", &keys::lines(&facility.keys, now, wide)));
    if let Some(pin) = &facility.pin {
        text.push_str(&rows("pin", &[keys::pin(pin, now)]));
    }
    text.push_str(&rows("stores", &stores(facility)));
    text.push_str(&rows("delivery", &deliveries(facility, wide)));
    text.push_str(&rows("renewal", &keys::renewal(&facility.renewal, now, wide)));
    text.push_str(&rows("bank", &[bank(facility)]));
    if wide == Wide::Yes {
        text.push_str(&rows("seen", &[units::both(facility.as_of.0)]));
    }
    text
}

fn stores(facility: &Facility) -> Vec<String> {
    let lines = facility.stores.iter().map(|store| {
        let state = match store.in_sync {
            Some(true) => "in sync",
            Some(false) => "BEHIND",
            None => "not seen",
        };
        let authority = if store.authority { " (authority)" } else { "" };
        let problem = store.problem.as_ref().map(|what| format!(": {what}")).unwrap_or_default();
        format!("{state:<8}  {}{authority}{problem}", store.name)
    });
    lines.collect()
}

fn deliveries(facility: &Facility, wide: Wide) -> Vec<String> {
    if facility.deliveries.is_empty() {
        return vec!["no targets in the settings".to_owned()];
    }
    let lines = facility.deliveries.iter().map(|delivery| {
        let state = match delivery.delivered_at {
            _ if delivery.behind => "BEHIND",
            Some(_) => "given",
            None => "nothing yet",
        };
        let at = delivery.delivered_at.map(|at| match wide {
            Wide::Yes => format!(", last {}", units::both(at.0)),
            Wide::No => format!(", last {}", units::utc(at.0)),
        });
        let problem = delivery.problem.as_ref().map(|what| format!(": {what}")).unwrap_or_default();
        format!("{state:<8}  {}{}{problem}", delivery.target, at.unwrap_or_default())
    });
    lines.collect()
}

fn bank(facility: &Facility) -> String {
    let bank = &facility.bank;
    let state = if bank.available {
        "answers".to_owned()
    } else {
        format!("NOT AVAILABLE ({})", bank.reason)
    };
    match bank.skew_seconds {
        None | Some(0) => state,
        Some(ahead @ 1..) => format!("{state}; its clock is {ahead} s ahead of ours"),
        Some(behind) => format!("{state}; its clock is {} s behind ours", behind.unsigned_abs()),
    }
}
