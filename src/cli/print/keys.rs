//! Keys, as people see them: never their text, and each time both in UTC and where the bank is.

use std::slice::from_ref;

use jiff::Timestamp;

use super::status::rows;
use super::{Show, Wide, columns, or_dash};
use crate::admin::shapes::{History, Key, Keys, Pin, Renewal, Time};
use crate::cli::console::Console;
use crate::cli::units;

/// The keys of several facilities, for `key list`.
#[derive(Clone, Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct KeyList {
    /// The daemon's clock.
    pub(in crate::cli) now: Time,
    /// The keys.
    pub(in crate::cli) keys: Vec<OwnedKey>,
}

/// A key and whose it is.
#[derive(Clone, Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct OwnedKey {
    /// The facility.
    pub(in crate::cli) facility: String,
    /// The key.
    #[serde(flatten)]
    pub(in crate::cli) key: Key,
}

impl Show for KeyList {
    fn table(&self, _console: Console, wide: Wide) -> String {
        let now = self.now.0;
        let mut head =
            vec!["FACILITY", "ROLE", "KEY", "NAME", "STATE", "EXPIRES", "EXPIRES (SYDNEY)", "LEFT"];
        if wide == Wide::Yes {
            head.extend(["ORIGIN", "PROVEN", "VERSION"]);
        }
        let rows = self.keys.iter().map(|OwnedKey { facility, key }| {
            let mut row = vec![
                facility.clone(),
                or_dash(key.role.as_deref()),
                key.fingerprint.clone(),
                or_dash(key.name.as_deref()),
                key.state.clone(),
                or_dash(key.expires_at.map(|at| units::utc(at.0))),
                or_dash(key.expires_at.map(|at| units::sydney(at.0))),
                or_dash(key.expires_at.map(|at| units::relative(at.0, now))),
            ];
            if wide == Wide::Yes {
                row.push(key.origin.clone());
                row.push(or_dash(key.proven_at.map(|at| units::utc(at.0))));
                row.push(or_dash(key.version.as_deref()));
            }
            row
        });
        columns(&head, rows)
    }

    fn names(&self) -> Vec<String> {
        self.keys.iter().map(|owned| format!("key/{}", owned.key.fingerprint)).collect()
    }
}

impl Show for Keys {
    fn table(&self, console: Console, wide: Wide) -> String {
        let now = self.now.0;
        let condition = console.urgent(&self.condition, &self.urgency);
        // Why nothing has happened yet is what most people come here to learn.
        let mut text = format!("{}  {condition}  ({})\n", self.facility, self.environment);
        text.push_str(&waiting(&self.renewal, now));
        text.push_str(&rows("do", from_ref(&self.remedy)));
        if !self.detail.is_empty() {
            text.push_str(&rows("because", from_ref(&self.detail)));
        }
        text.push_str(&rows("keys", &lines(&self.keys, now, wide)));
        if let Some(pin) = &self.pin {
            text.push_str(&rows("pin", &[self::pin(pin, now)]));
        }
        text + &rows("renewal", &renewal(&self.renewal, now, wide))
    }

    fn names(&self) -> Vec<String> {
        self.keys.iter().map(|key| format!("key/{}", key.fingerprint)).collect()
    }
}

impl Show for History {
    fn table(&self, _console: Console, wide: Wide) -> String {
        let head = ["AT", "EVENT", "KEY", "NAME", "STATE", "BY", "WHAT"];
        let rows = self.entries.iter().map(|entry| {
            let at = entry.at.0;
            let why = entry.reason.as_ref().map(|why| format!(" (reason: {why})"));
            [
                if wide == Wide::Yes { units::both(at) } else { units::utc(at) },
                entry.event.clone(),
                or_dash(entry.fingerprint.as_deref()),
                or_dash(entry.name.as_deref()),
                or_dash(entry.state.as_deref()),
                or_dash(entry.actor.as_deref()),
                format!("{}{}", entry.detail, why.unwrap_or_default()),
            ]
        });
        columns(&head, rows)
    }

    fn names(&self) -> Vec<String> {
        self.entries.iter().map(|entry| format!("event/{}", entry.event)).collect()
    }
}

/// When the current key expires, if there is one and it is known.
pub(super) fn current_expiry(keys: &[Key]) -> Option<Timestamp> {
    let current = keys.iter().find(|key| key.role.as_deref() == Some("current"))?;
    current.expires_at.map(|at| at.0)
}

/// An expiry in both zones, and how far off it is.
pub(super) fn expiry(at: Timestamp, now: Timestamp) -> String {
    let word = if at <= now { "EXPIRED " } else { "" };
    format!("{word}{}, {}", units::both(at), units::relative(at, now))
}

/// A line a key.
pub(super) fn lines(keys: &[Key], now: Timestamp, wide: Wide) -> Vec<String> {
    if keys.is_empty() {
        return vec!["none".to_owned()];
    }
    let lines = keys.iter().map(|key| {
        let role = or_dash(key.role.as_deref());
        // A state that only repeats the part it plays is left out.
        let over = key.state == "expired";
        let state =
            if role == key.state || over { String::new() } else { format!(" {}", key.state) };
        let name = key.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
        let expires = key.expires_at.map_or_else(
            || if over { "expired" } else { "expiry not known" }.to_owned(),
            |at| {
                let word = if at.0 <= now { "expired" } else { "expires" };
                format!("{word} {}, {}", units::both(at.0), units::relative(at.0, now))
            },
        );
        let mut line = format!("{role:<8}  {}{name}{state}, {expires}", key.fingerprint);
        if wide == Wide::Yes {
            let proven = key.proven_at.map(|at| units::utc(at.0));
            let (proven, version) = (or_dash(proven), or_dash(key.version.as_deref()));
            line = format!("{line}; {}, proven {proven}, version {version}", key.origin);
        }
        line
    });
    lines.collect()
}

/// What is waited for; nothing if nothing is.
pub(super) fn waiting(renewal: &Renewal, now: Timestamp) -> String {
    let mut lines = Vec::new();
    if !renewal.why_not_yet.is_empty() {
        lines.push(renewal.why_not_yet.clone());
    }
    if let Some(at) = renewal.activation_at {
        let when = units::relative(at.0, now);
        lines.push(format!("the next key is activated {}, {when}", units::both(at.0)));
    }
    rows("waiting", &lines)
}

/// How renewal goes.
pub(super) fn renewal(renewal: &Renewal, now: Timestamp, wide: Wide) -> Vec<String> {
    let told = |at: Option<Time>, none: &str| {
        at.map_or_else(
            || none.to_owned(),
            |at| match wide {
                Wide::Yes => format!("{}, {}", units::both(at.0), units::relative(at.0, now)),
                Wide::No => format!("{}, {}", units::utc(at.0), units::relative(at.0, now)),
            },
        )
    };
    let asked = told(renewal.last_attempt_at, "never");
    let mut lines = Vec::new();
    if renewal.last_attempt_at == renewal.last_success_at {
        lines.push(format!("last asked and answered {asked}"));
    } else {
        lines.push(format!("last asked {asked}"));
        lines.push(format!("last answered {}", told(renewal.last_success_at, "never")));
    }
    lines.push(format!(
        "asked next {}; {} of 24 calls in 24 hours",
        told(renewal.next_attempt_at, "not planned"),
        renewal.calls_in_24h
    ));
    if renewal.consecutive_failures > 0 {
        let times = match renewal.consecutive_failures {
            1 => "once".to_owned(),
            times => format!("{times} times"),
        };
        lines.push(format!("failed {times} since then"));
    }
    if wide == Wide::Yes || renewal.rehearsed_at.is_some() {
        lines.push(format!("rehearsed {}", told(renewal.rehearsed_at, "never")));
    }
    lines
}

/// A pin in one line.
pub(super) fn pin(pin: &Pin, now: Timestamp) -> String {
    let why = pin.reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let (until, left) = (units::both(pin.until.0), units::relative(pin.until.0, now));
    format!("{} stays until {until}, {left}, by {}{why}", pin.fingerprint, pin.by)
}
