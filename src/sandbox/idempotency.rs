//! The idempotency store: a POST sent again under the same key is answered as the first time,
//! whatever else is sent; while the first is in flight, 429.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a key is remembered, on the sandbox's clock.
pub(super) const REMEMBERED_FOR: SignedDuration = SignedDuration::from_hours(22);

/// The longest key, in ASCII characters.
pub(super) const KEY_CHARS_MAX: usize = 60;

/// Replies remembered at most; the oldest make room. A merchant's day at more than one POST every two
/// seconds, in about 70 MB.
const REPLIES_MAX: usize = 50_000;

/// So many make room at once, so that the oldest are seldom looked for among all.
const ROOM_AT_ONCE: usize = 500;

/// What is remembered, by scope and key.
#[derive(Debug, Default)]
pub(super) struct Store(HashMap<Place, Entry>);

/// A scope (a facility's code, or a key's id) and an Idempotency-Key.
pub(super) type Place = (String, String);

#[derive(Debug)]
enum Entry {
    InFlight,
    Done(Remembered),
}

/// A reply as it is replayed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Remembered {
    pub(super) at: Timestamp,
    pub(super) status: u16,
    pub(super) location: Option<String>,
    /// The body as it was sent, which takes a fraction of what it would as JSON; empty for none.
    #[serde(with = "as_json")]
    pub(super) body: Box<str>,
}

/// The data file holds bodies as the JSON they are.
mod as_json {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::Value;

    pub(super) fn serialize<S: Serializer>(body: &str, serializer: S) -> Result<S::Ok, S::Error> {
        let json: Value = serde_json::from_str(body).unwrap_or_default();
        json.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Box<str>, D::Error> {
        let json = Value::deserialize(deserializer)?;
        let text = if json.is_null() { String::new() } else { json.to_string() };
        Ok(text.into_boxed_str())
    }
}

/// A remembered reply with its place, as the data file keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    scope: String,
    key: String,
    reply: Remembered,
}

/// What a key means for the request that carries it.
#[derive(Debug, PartialEq)]
pub(super) enum Seen {
    /// It is new; the request is now in flight under it.
    First,
    /// The first request under it is not answered yet.
    InFlight,
    /// It was answered so.
    Before(Remembered),
}

impl Store {
    /// Looks a key up, and takes it if it is new or forgotten.
    pub(super) fn enter(&mut self, place: &Place, now: Timestamp) -> Seen {
        match self.0.get(place) {
            Some(Entry::InFlight) => return Seen::InFlight,
            Some(Entry::Done(reply)) if is_remembered(reply, now) => {
                return Seen::Before(reply.clone());
            }
            Some(Entry::Done(_)) | None => {}
        }
        self.make_room(now);
        self.0.insert(place.clone(), Entry::InFlight);
        Seen::First
    }

    /// The request under a key was answered: remembers the reply.
    pub(super) fn answered(&mut self, place: &Place, reply: Remembered) {
        self.0.insert(place.clone(), Entry::Done(reply));
    }

    /// The request under a key ended without a reply to remember: the key is free again.
    pub(super) fn gave_up(&mut self, place: &Place) {
        if matches!(self.0.get(place), Some(Entry::InFlight)) {
            self.0.remove(place);
        }
    }

    /// What survives a restart, in a fixed order.
    pub(super) fn kept(&self, now: Timestamp) -> Vec<Kept> {
        let kept = |((scope, key), entry): (&Place, &Entry)| match entry {
            Entry::Done(reply) if is_remembered(reply, now) => {
                Some(Kept { scope: scope.clone(), key: key.clone(), reply: reply.clone() })
            }
            Entry::Done(_) | Entry::InFlight => None,
        };
        let mut kept: Vec<Kept> = self.0.iter().filter_map(kept).collect();
        kept.sort_by(|one, other| (&one.scope, &one.key).cmp(&(&other.scope, &other.key)));
        kept
    }

    /// What a restart found.
    pub(super) fn from_kept(kept: Vec<Kept>) -> Self {
        let entry = |kept: Kept| ((kept.scope, kept.key), Entry::Done(kept.reply));
        Self(kept.into_iter().map(entry).collect())
    }

    fn make_room(&mut self, now: Timestamp) {
        if self.0.len() < REPLIES_MAX {
            return;
        }
        let wanted = |entry: &Entry| match entry {
            Entry::InFlight => true,
            Entry::Done(reply) => is_remembered(reply, now),
        };
        self.0.retain(|_, entry| wanted(entry));
        let left = self.0.len();
        let at = |entry: &Entry| match entry {
            Entry::InFlight => None,
            Entry::Done(reply) => Some(reply.at),
        };
        let mut by_age: Vec<(Timestamp, &Place)> =
            self.0.iter().filter_map(|(place, entry)| Some((at(entry)?, place))).collect();
        by_age.sort_unstable();
        let too_many = left.saturating_sub(REPLIES_MAX - ROOM_AT_ONCE);
        let oldest: Vec<Place> =
            by_age.into_iter().take(too_many).map(|(_, place)| place.clone()).collect();
        for place in oldest {
            self.0.remove(&place);
        }
    }
}

fn is_remembered(reply: &Remembered, now: Timestamp) -> bool {
    now.duration_since(reply.at) < REMEMBERED_FOR
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(scope: &str, key: &str) -> Place {
        (scope.to_owned(), key.to_owned())
    }

    fn reply(at: Timestamp) -> Remembered {
        Remembered { at, status: 201, location: Some("/there".into()), body: "\"made\"".into() }
    }

    #[test]
    fn a_key_is_replayed_for_22_hours() {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let after = |minutes| start + SignedDuration::from_mins(minutes);
        let (mut store, here) = (Store::default(), place("MAIN", "a"));
        assert_eq!(store.enter(&here, start), Seen::First);
        assert_eq!(store.enter(&here, after(1)), Seen::InFlight);
        store.answered(&here, reply(start));
        assert_eq!(store.enter(&here, after(22 * 60 - 1)), Seen::Before(reply(start)));
        assert_eq!(store.enter(&place("OTHER", "a"), after(1)), Seen::First);
        assert_eq!(store.enter(&here, after(22 * 60)), Seen::First);
    }

    #[test]
    fn a_request_that_gave_up_frees_its_key_but_no_remembered_reply() {
        let now = Timestamp::UNIX_EPOCH;
        let (mut store, here) = (Store::default(), place("MAIN", "a"));
        store.enter(&here, now);
        store.gave_up(&here);
        assert_eq!(store.enter(&here, now), Seen::First);
        store.answered(&here, reply(now));
        store.gave_up(&here);
        assert_eq!(store.enter(&here, now), Seen::Before(reply(now)));
    }

    #[test]
    fn the_oldest_replies_make_room_and_requests_in_flight_stay() {
        let start = Timestamp::UNIX_EPOCH;
        let (mut store, first) = (Store::default(), place("MAIN", "first"));
        store.enter(&first, start);
        let key = |number: usize| place("MAIN", &number.to_string());
        for number in 0..REPLIES_MAX {
            let at = start + SignedDuration::from_millis(i64::try_from(number).unwrap());
            store.enter(&key(number), at);
            store.answered(&key(number), reply(at));
        }
        assert!(store.0.len() <= REPLIES_MAX);
        let now = start + SignedDuration::from_hours(1);
        assert_eq!(store.enter(&first, now), Seen::InFlight);
        assert_eq!(store.enter(&key(0), now), Seen::First);
        assert!(matches!(store.enter(&key(ROOM_AT_ONCE + 1), now), Seen::Before(_)));
    }

    #[test]
    fn replies_survive_a_restart_and_requests_in_flight_do_not() {
        let now = Timestamp::UNIX_EPOCH;
        let (mut store, done) = (Store::default(), place("MAIN", "done"));
        store.enter(&done, now);
        store.answered(&done, reply(now));
        store.enter(&place("MAIN", "running"), now);
        let mut after = Store::from_kept(store.kept(now));
        assert_eq!(after.enter(&done, now), Seen::Before(reply(now)));
        assert_eq!(after.enter(&place("MAIN", "running"), now), Seen::First);
        assert_eq!(store.kept(now + REMEMBERED_FOR), []);
    }
}
