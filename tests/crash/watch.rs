//! What must hold whenever anyone looks: the rules R1, R2, R3 and R6 of the failure model, as far as
//! they can be seen from outside. Whether a person is waited for (R4) and where it all ends (R5) is
//! for the cases.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::SignedDuration;
use quaymaster::domain::backoff::CALLS_PER_DAY_MAX;
use quaymaster::secrets::file::FileHooks;
use serde_json::Value;

use crate::fake_aws::{FakeAws, Operation};
use crate::quay::file_store;
use crate::world::{Checked, Keys, SECRET, Stores, World};

/// What was seen before.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// The generation of the current key.
    generation: Option<usize>,
    /// Keys that were seen in the store and wait there.
    pending: BTreeSet<usize>,
    /// Whether a rollback was asked for, so that the current key may go back.
    pub(crate) may_go_back: bool,
}

/// What the authority holds, by texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) current: Option<String>,
    pub(crate) previous: Option<String>,
    pub(crate) pending: Vec<String>,
}

impl World {
    /// What the authority holds, seen past the process and past every fault.
    pub(crate) async fn held(&self) -> Held {
        match (self.stores, &self.aws) {
            (Stores::Aws | Stores::AwsAndFile, Some(aws)) => of_aws(aws),
            _ => self.file_held().await,
        }
    }

    /// What the store beside the authority has as its current key.
    pub(crate) async fn mirrored(&self) -> Option<String> {
        match (self.stores, &self.aws) {
            (Stores::AwsAndFile, _) => self.file_held().await.current,
            (Stores::FileAndAws, Some(aws)) => of_aws(aws).current,
            _ => None,
        }
    }

    async fn file_held(&self) -> Held {
        let store = file_store(self.quay.directory.path(), "store", FileHooks::default());
        let snapshot = store.read().await.unwrap();
        let text = |holding: &quaymaster::secrets::Holding| holding.key.expose().to_owned();
        Held {
            current: snapshot.current.as_ref().map(text),
            previous: snapshot.previous.as_ref().map(text),
            pending: snapshot.pending.iter().map(text).collect(),
        }
    }

    /// Looks at everything and holds it against the rules.
    pub(crate) async fn observe(&mut self) -> Checked {
        let held = self.held().await;
        let keys = self.keys();
        let mirrored = self.mirrored().await;
        let works = mirrored.is_none_or(|mirrored| keys.accepts(&mirrored));
        check(works, "R1: the store beside the authority holds a key that does not work")?;
        self.look_at_current(&held, &keys)
            .and_then(|()| self.look_at_pending(&held, &keys))
            .and_then(|()| self.look_at_previous(&held, &keys))
            .and_then(|()| self.look_at_delivery(&keys))
            .and_then(|()| self.look_at_versions(&held, &keys))
            .map_err(|wrong| {
                let at = self.quay.clock.now();
                let label = |text: &String| keys.generation(text).unwrap_or(99);
                let current = held.current.as_ref().map(label);
                let previous = held.previous.as_ref().map(label);
                let pending: Vec<_> = held.pending.iter().map(label).collect();
                format!("{wrong} (at {at}: {current:?} {previous:?} {pending:?})")
            })
    }

    /// R1: the current key works. R3: it never goes back.
    fn look_at_current(&mut self, held: &Held, keys: &Keys) -> Checked {
        let Some(current) = &held.current else {
            return check(self.watch.generation.is_none(), "R1: the current key is gone");
        };
        let Some(now) = keys.generation(current) else {
            return Err("R1: the current key is none of the bank's".to_owned());
        };
        let went_back = self.watch.generation.is_some_and(|before| now < before);
        self.watch.generation = Some(now);
        check(keys.accepts(current), "R1: the bank does not accept the current key")?;
        check(!went_back || self.watch.may_go_back, "R3: the current key went back")
    }

    /// R2: a key that was stored stays until it is current or outdone.
    fn look_at_pending(&mut self, held: &Held, keys: &Keys) -> Checked {
        let current = self.watch.generation.unwrap_or(0);
        let stored: BTreeSet<_> = [&held.current, &held.previous]
            .into_iter()
            .flatten()
            .chain(&held.pending)
            .filter_map(|text| keys.generation(text))
            .collect();
        let lost = self.watch.pending.iter().find(|key| **key > current && !stored.contains(key));
        if let Some(lost) = lost {
            return Err(format!("R2: key {lost} was stored and is lost"));
        }
        self.watch.pending = stored;
        Ok(())
    }

    /// R6: the key before the current one stays in the store while it works.
    fn look_at_previous(&self, held: &Held, keys: &Keys) -> Checked {
        let Some(current) = held.current.as_ref().and_then(|text| keys.generation(text)) else {
            return Ok(());
        };
        let Some(before) = current.checked_sub(1).and_then(|before| keys.get(before)) else {
            return Ok(());
        };
        let wanted = keys.accepts(before) && !self.watch.may_go_back;
        check(!wanted || held.previous.as_deref() == Some(before), "R6: the previous key is gone")
    }

    /// Delivered files belong together, and the key in them works.
    fn look_at_delivery(&self, keys: &Keys) -> Checked {
        let Some((current, previous)) = delivered(&self.quay.path("run"))? else { return Ok(()) };
        check(keys.accepts(&current), "R1: the delivered key does not work")?;
        let current = keys.generation(&current).ok_or("the delivered key is none of the bank's")?;
        let Some(before) = current.checked_sub(1).and_then(|before| keys.get(before)) else {
            return check(
                previous.is_none() || self.watch.may_go_back,
                "delivered files are mixed",
            );
        };
        if self.watch.may_go_back {
            return Ok(());
        }
        match &previous {
            Some(previous) => check(previous == before, "delivered files are mixed"),
            None => check(!keys.accepts(before), "R6: the previous key is not delivered"),
        }
    }

    /// No key is stored twice.
    fn look_at_versions(&self, held: &Held, keys: &Keys) -> Checked {
        let places = held.current.iter().chain(&held.previous).chain(&held.pending);
        let (mut texts, mut count) = (BTreeSet::new(), 0);
        for text in places {
            texts.insert(text);
            count += 1;
        }
        check(texts.len() == count, "a key is in two places")?;
        let Some(aws) = &self.aws else { return Ok(()) };
        let (mut texts, mut count) = (BTreeSet::new(), 0);
        for labels in aws.versions(SECRET).values().filter(|labels| !labels.is_empty()) {
            texts.extend(aws.text(SECRET, &labels[0]));
            count += 1;
        }
        check(texts.len() == count, "AWS holds a key in two versions")?;
        let puts = aws
            .log()
            .into_iter()
            .filter(|call| call.operation == Operation::Put && call.refused.is_none());
        let tokens: BTreeSet<_> =
            puts.map(|call| call.request["ClientRequestToken"].to_string()).collect();
        check(tokens.len() <= keys.len(), "more versions were stored than there are keys")
    }

    /// The bank is asked for the latest key at most 24 times in any 24 hours.
    pub(crate) fn look_at_calls(&self) -> Checked {
        let requests = self.quay.sandbox.control().requests();
        let latest = requests.iter().filter(|one| one.route == Some("/api-keys/latest"));
        let at: Vec<_> = latest.map(|one| one.at).collect();
        let day = SignedDuration::from_hours(24);
        let many = at
            .iter()
            .zip(at.iter().skip(CALLS_PER_DAY_MAX))
            .any(|(first, last)| last.duration_since(*first) < day);
        check(!many, "more than 24 calls for the latest key in 24 hours")
    }
}

/// The delivered current and previous key, read as a careful reader does.
pub(crate) fn delivered(run: &Path) -> Result<Option<(String, Option<String>)>, String> {
    let Ok(version) = std::fs::read_link(run.join("..data")) else { return Ok(None) };
    let version = run.join(version);
    let read = |name: &str| std::fs::read_to_string(version.join(name)).ok();
    let current = read("current").ok_or("a delivered version has no current key")?;
    let metadata = read("metadata.json").ok_or("a delivered version has no metadata")?;
    let metadata: Value = serde_json::from_str(&metadata).map_err(|error| error.to_string())?;
    let previous = read("previous");
    let named = |part: &str, text: Option<&String>| match (metadata[part]["keyName"].as_str(), text)
    {
        (Some(name), Some(text)) => text.ends_with(&name[name.len() - 7..]),
        (Some(_), None) => false,
        (None, _) => true,
    };
    check(
        named("current", Some(&current)) && named("previous", previous.as_ref()),
        "delivered files are mixed: the metadata speaks of other keys",
    )?;
    Ok(Some((current, previous)))
}

fn of_aws(aws: &FakeAws) -> Held {
    let mut held = Held {
        current: aws.text(SECRET, "AWSCURRENT"),
        previous: aws.text(SECRET, "AWSPREVIOUS"),
        pending: Vec::new(),
    };
    for labels in aws.versions(SECRET).values() {
        let placed = labels.iter().any(|label| label.starts_with("AWS"));
        let ours = labels.iter().find(|label| label.starts_with("QS-"));
        if let Some(label) = ours.filter(|_| !placed) {
            held.pending.extend(aws.text(SECRET, label));
        }
    }
    held
}

pub(crate) fn check(holds: bool, sentence: &str) -> Checked {
    if holds { Ok(()) } else { Err(sentence.to_owned()) }
}
