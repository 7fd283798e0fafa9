//! The JSON of the admin API, for both its ends: the server writes these shapes and the command
//! line reads them.
//!
//! Names are camelCase and never change once released; times are RFC 3339 in UTC. Nothing here can
//! hold a key: a key goes in as the raw body of `keys/install` and never comes out.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

mod by_hand;

pub use by_hand::{ByHand, ByHandAnswer, ByHandFile};

/// The longest reason kept, in characters.
pub const REASON_CHARS_MAX: usize = 500;

/// A time as RFC 3339 text in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Time;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time such as 2026-03-01T02:00:00Z")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Time, E> {
                text.parse().map(Time).map_err(|_| E::custom("not an RFC 3339 time"))
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

/// `GET /v1/status`: everything a person looks at first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The daemon's release.
    pub version: String,
    /// The daemon's clock; what is left of a key is counted from here, not from the reader's clock.
    pub now: Time,
    /// When the daemon started.
    pub started_at: Time,
    /// The facilities the caller may see.
    pub facilities: Vec<Facility>,
    /// Whether activation is frozen, and when it will be.
    pub freeze: Freezes,
}

/// `GET /v1/facilities`: the facilities the caller may see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Facilities {
    /// The daemon's clock.
    pub now: Time,
    /// One entry a facility.
    pub facilities: Vec<Facility>,
}

/// `GET /v1/facilities/{f}`: one facility as of its last look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Facility {
    /// Its name in the settings.
    pub facility: String,
    /// sandbox, support or production.
    pub environment: String,
    /// renewer or reader.
    pub role: String,
    /// Whether it is only watched until a person adopts it.
    pub observer: bool,
    /// The bank's code of it, once known.
    pub community_code: Option<String>,
    /// The most urgent thing that holds; a word of `quaymaster explain`.
    pub condition: String,
    /// fine, passing, attention or stuck.
    pub urgency: String,
    /// Since when the condition holds.
    pub condition_since: Time,
    /// What the condition means, in general.
    pub meaning: String,
    /// What exactly is the matter; empty when nothing is.
    pub detail: String,
    /// What to do, ending in a command.
    pub remedy: String,
    /// Every key that is not at an end, newest first.
    pub keys: Vec<Key>,
    /// Every store, the authority first.
    pub stores: Vec<Store>,
    /// Every delivery target.
    pub deliveries: Vec<Delivery>,
    /// How renewal goes.
    pub renewal: Renewal,
    /// A rollback's pin, while it holds.
    pub pin: Option<Pin>,
    /// The bank as last seen.
    pub bank: Bank,
    /// Whether this process has delivered a usable key since it started.
    pub delivered_once: bool,
    /// When this was looked at.
    pub as_of: Time,
}

/// `GET /v1/facilities/{f}/keys`: what `key list` and `key status` show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Keys {
    /// The facility.
    pub facility: String,
    /// Where it lives.
    pub environment: String,
    /// The daemon's clock.
    pub now: Time,
    /// The most urgent thing that holds.
    pub condition: String,
    /// fine, passing, attention or stuck.
    pub urgency: String,
    /// What exactly is the matter; empty when nothing is.
    pub detail: String,
    /// What to do, ending in a command.
    pub remedy: String,
    /// Every key that is not at an end, newest first.
    pub keys: Vec<Key>,
    /// How renewal goes.
    pub renewal: Renewal,
    /// A rollback's pin, while it holds.
    pub pin: Option<Pin>,
}

/// One key; never its text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Key {
    /// current, previous or pending, if it plays a part.
    pub role: Option<String>,
    /// The install's short name for it.
    pub fingerprint: String,
    /// The bank's name for it.
    pub name: Option<String>,
    /// Where it stands in its lifecycle.
    pub state: String,
    /// fetched, installed, bootstrap or store.
    pub origin: String,
    /// When it expires.
    pub expires_at: Option<Time>,
    /// When the bank last accepted it.
    pub proven_at: Option<Time>,
    /// The authority's version that holds it.
    pub version: Option<String>,
}

/// One store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Store {
    /// Its kind and place.
    pub name: String,
    /// Whether it is the authority.
    pub authority: bool,
    /// Whether it holds the authority's current key; null before the first look.
    pub in_sync: Option<bool>,
    /// What went wrong there last, if it still is.
    pub problem: Option<String>,
}

/// One delivery target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Its kind and place.
    pub target: String,
    /// Whether it lacks the content it should have.
    pub behind: bool,
    /// When it was last given something new.
    pub delivered_at: Option<Time>,
    /// What went wrong there last, if it still is.
    pub problem: Option<String>,
}

/// How renewal goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Renewal {
    /// When the bank was last asked for the latest key.
    pub last_attempt_at: Option<Time>,
    /// When it last answered with one.
    pub last_success_at: Option<Time>,
    /// When it is asked next.
    pub next_attempt_at: Option<Time>,
    /// Failed attempts since the last success.
    pub consecutive_failures: u32,
    /// Calls for the latest key in the last 24 hours; at most 24.
    #[serde(rename = "callsIn24h")]
    pub calls_in_24h: u32,
    /// When a waiting key will be activated.
    pub activation_at: Option<Time>,
    /// Why nothing is being activated now; empty when nothing waits.
    pub why_not_yet: String,
    /// When the path was last rehearsed with success.
    pub rehearsed_at: Option<Time>,
}

/// A rollback's pin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pin {
    /// The key that stays.
    pub fingerprint: String,
    /// Until when.
    pub until: Time,
    /// Who pinned it.
    pub by: String,
    /// Why.
    pub reason: Option<String>,
}

/// The bank as last seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bank {
    /// Whether the last call was answered with sense.
    pub available: bool,
    /// Why not, as a fixed word; `ok` when it is.
    pub reason: String,
    /// The bank's clock less ours, in seconds.
    pub skew_seconds: Option<i64>,
}

/// `GET /v1/freeze`: whether activation stands still.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Freezes {
    /// Whether nothing is being activated now, by hand or by the calendar.
    pub frozen: bool,
    /// The freeze a person put on, if one holds.
    pub by_hand: Option<FreezeByHand>,
    /// The freezes of the settings' calendar.
    pub planned: Vec<FreezePlanned>,
}

/// A freeze a person put on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FreezeByHand {
    /// Since when.
    pub since: Time,
    /// Until when; null until it is taken off.
    pub until: Option<Time>,
    /// Who put it on.
    pub by: String,
    /// Why.
    pub reason: Option<String>,
}

/// A freeze of the settings' calendar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FreezePlanned {
    /// The first day, in the calendar's time zone.
    pub from: String,
    /// The last day, which is frozen too.
    pub until: String,
    /// Why.
    pub reason: String,
}

/// `GET /v1/facilities/{f}/keys/history`: what happened, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct History {
    /// The facility.
    pub facility: String,
    /// The daemon's clock.
    pub now: Time,
    /// What happened, newest first.
    pub entries: Vec<HistoryEntry>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    /// When.
    pub at: Time,
    /// An event of the lifecycle, a command, or another fixed word.
    pub event: String,
    /// The key it happened to.
    pub fingerprint: Option<String>,
    /// The bank's name for that key.
    pub name: Option<String>,
    /// The key's state afterwards.
    pub state: Option<String>,
    /// Who asked, or the program itself.
    pub actor: Option<String>,
    /// Why, in the asker's words.
    pub reason: Option<String>,
    /// What came of it, in a sentence.
    pub detail: String,
}

/// The options of a command; the body of every POST and DELETE but `keys/install`, which takes
/// `reason` and `dryRun` as query parameters because its body is the key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Ask {
    /// Why, kept in the history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Only say what would be done.
    pub dry_run: bool,
    /// `keys/renew`: end a rollback's pin before its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_pin: Option<bool>,
    /// `keys/rollback` and `freeze`: until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    /// `keys/compromise`: the leaked key's fingerprint; the current key if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// `keys/compromise`: the key of that fingerprint leaked before and was deleted in the portal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted: Option<bool>,
}

/// What a command came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The command's word.
    pub command: String,
    /// The facility, unless the command is for all of them.
    pub facility: Option<String>,
    /// Whether this only says what would be done.
    pub dry_run: bool,
    /// What is now true.
    pub summary: String,
    /// What was done, or would be, in order.
    pub steps: Vec<String>,
    /// Whether a dry run found anything to change.
    pub changes_pending: bool,
    /// What a person must still do, in order.
    pub next: Vec<String>,
}

/// An error, as `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Always `about:blank`: `label` is the word to act on.
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong, where, and what would be right.
    pub detail: String,
    /// The word for machines and `quaymaster explain`.
    pub label: String,
    /// What to do, ending in a command.
    pub remedy: String,
    /// This answer's number, as it stands in the daemon's log.
    pub id: String,
}
