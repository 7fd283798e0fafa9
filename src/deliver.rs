//! Delivery: how readers are given the key that is current. Each target turns that into its own act:
//! files in a directory, or a word to a reader that the files have changed (a command, a signal, an
//! HTTP request), which never carries the key.
//!
//! What a target was given is known by a [`Digest`] of the content, made from fingerprints and never
//! from a key's text, so that a restart gives nothing twice. It knows nothing of banks, stores and
//! calendars: whoever calls has decided that these keys are to be delivered now.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use thiserror::Error;
use tokio::task::JoinSet;

use crate::domain::names::{CommunityCode, Environment, FacilityName, Fingerprint, KeyName};
use crate::key::KeyText;
use crate::metrics::labels::TargetKind;
use crate::settings::model::Target;

pub mod command;
mod digest;
pub mod files;
pub mod signal;
pub mod webhook;

pub use digest::Digest;

/// How long a target may take that has no time-out of its own: a few files, flushed to a slow disk.
const LIMIT: Duration = Duration::from_mins(1);

/// What a target with a time-out of its own is given besides: it ends by itself and says why.
pub(crate) const BESIDES: Duration = Duration::from_secs(10);

/// The keys a facility's readers are to have.
#[derive(Clone, Debug)]
pub struct Deliverable {
    /// The facility.
    pub facility: FacilityName,
    /// Where it lives.
    pub environment: Environment,
    /// The bank's code of it, once known.
    pub community_code: Option<CommunityCode>,
    /// The key to use.
    pub current: DeliveredKey,
    /// The key before it, while the bank accepts it.
    pub previous: Option<DeliveredKey>,
}

/// One key on its way to readers.
#[derive(Clone, Debug)]
pub struct DeliveredKey {
    /// The key.
    pub key: KeyText,
    /// The install's short name for it.
    pub fingerprint: Fingerprint,
    /// The bank's name for it, if known.
    pub name: Option<KeyName>,
    /// When the bank stops accepting it, if known.
    pub expires_at: Option<Timestamp>,
}

/// Why a target was not given what it should have. `detail` is text for people, without any secret.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{target}: {detail}")]
pub struct DeliverError {
    /// The target.
    pub target: String,
    /// What kind of trouble it is.
    pub kind: Trouble,
    /// What is wrong, and what would be right.
    pub detail: String,
}

/// The kinds of trouble a caller can tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// What is set cannot work, whenever it is tried: a file system without links, a bad address.
    Settings,
    /// We are refused: a directory, a group, a process of another user.
    Denied,
    /// It may work later: no space, nobody listening, no such process yet.
    Unavailable,
    /// It was done, and the other side says that it failed: an exit code, an HTTP status.
    Failed,
}

impl Trouble {
    /// The word in logs.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Denied => "denied",
            Self::Unavailable => "unavailable",
            Self::Failed => "failed",
        }
    }
}

/// One thing `config check --live` tried at a target, changing nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// What was tried.
    pub what: String,
    /// How it went: `Ok` with what was seen, `Err` with what is wrong and what would be right.
    pub outcome: Result<String, String>,
}

/// What a rehearsal came to at a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rehearsed {
    /// Everything was delivered where no reader looks, compared, and taken away again.
    Delivered,
    /// Nothing was tried: it would have disturbed a reader.
    NotTried,
}

/// Someone who is given keys, or told that they changed.
#[async_trait]
pub trait DeliveryTarget: Send + Sync + fmt::Debug {
    /// The target's kind and place, such as `file:/run/quickstream`; unique within a facility and
    /// fit for logs: of an address only its host is shown.
    fn name(&self) -> &str;

    /// What kind of target it is. Files are delivered before anyone is told of them.
    fn kind(&self) -> TargetKind;

    /// What the target would have after a delivery of `what`: for all but files the news of which key
    /// is current.
    fn digest(&self, what: &Deliverable) -> Digest {
        Digest::of_news(what)
    }

    /// The shortest time between two deliveries; zero where a repeat disturbs nobody.
    fn debounce(&self) -> Duration {
        Duration::ZERO
    }

    /// How long one look and one delivery may take together, in real time.
    fn limit(&self) -> Duration {
        LIMIT
    }

    /// Whether the target lacks something. Files are looked at as they are (a volume in memory is
    /// empty after a restart of its pod); of all others only what was `remembered` is known.
    ///
    /// # Errors
    ///
    /// The target could not be looked at.
    async fn needs(
        &self,
        what: &Deliverable,
        remembered: Option<&Digest>,
    ) -> Result<bool, DeliverError> {
        Ok(remembered != Some(&self.digest(what)))
    }

    /// Gives the target what it should have; a repeat does no harm.
    ///
    /// # Errors
    ///
    /// Readers have what they had before, or what they should have; never a mixture.
    async fn deliver(&self, what: &Deliverable) -> Result<(), DeliverError>;

    /// Delivers to a place of its own beside the real one, where no reader looks, and leaves nothing
    /// behind.
    ///
    /// # Errors
    ///
    /// A delivery would fail here; what could be taken away again was.
    async fn rehearse(&self, _what: &Deliverable) -> Result<Rehearsed, DeliverError> {
        Ok(Rehearsed::NotTried)
    }

    /// Tries what can be tried without changing anything or disturbing anyone.
    async fn check(&self) -> Vec<Tried>;
}

/// Makes the targets of one facility, files first. Nothing is touched yet.
///
/// # Errors
///
/// An address or its time-outs cannot be made into an HTTP client.
pub fn open(targets: &[Target]) -> Result<Vec<Arc<dyn DeliveryTarget>>, DeliverError> {
    let mut opened: Vec<Arc<dyn DeliveryTarget>> = Vec::with_capacity(targets.len());
    for target in targets {
        opened.push(match target {
            Target::Files(target) => Arc::new(files::Files::open(target, files::Hooks::default())),
            Target::Command(target) => Arc::new(command::Hook::open(target)),
            Target::Signal(target) => Arc::new(signal::Wake::open(target)),
            Target::Webhook(target) => Arc::new(webhook::Webhook::open(target)?),
        });
    }
    opened.sort_by_key(|target| target.kind() != TargetKind::File);
    Ok(opened)
}

/// When a target that is told things is told next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// It was told already.
    No,
    /// At once.
    Now,
    /// Then: it was told something else only a moment ago.
    At(Timestamp),
}

/// Decides when a target is told: only what it was not told yet, and never twice within `debounce`.
/// What changes meanwhile is told once, as it is then.
pub fn due(
    remembered: Option<&Digest>,
    digest: &Digest,
    last_delivered_at: Option<Timestamp>,
    now: Timestamp,
    debounce: Duration,
) -> Due {
    if remembered == Some(digest) {
        return Due::No;
    }
    let debounce = SignedDuration::try_from(debounce).unwrap_or(SignedDuration::MAX);
    // A delivery in the future is a clock that was set back; it holds nobody up.
    let last = last_delivered_at.filter(|last| *last <= now);
    match last.map(|last| last.saturating_add(debounce).unwrap_or(Timestamp::MAX)) {
        Some(at) if at > now => Due::At(at),
        _ => Due::Now,
    }
}

/// What a round came to for one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The target.
    pub target: String,
    /// Its kind.
    pub kind: TargetKind,
    /// What it came to.
    pub result: Delivery,
}

/// What a round came to for one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It has what it should have; nothing was done.
    Unchanged,
    /// It was given this; to be remembered with the time.
    Done(Digest),
    /// It is told at this time, having been told something else a moment ago.
    Later(Timestamp),
    /// It was not told, since the files it would read are not in place.
    Waits,
    /// It failed, and is tried again.
    Failed(DeliverError),
}

/// Brings every target up to date: all files first, and only if they are in place the others, side by
/// side. `remembered` holds, for each target's name, the digest last delivered and when.
pub async fn round(
    targets: &[Arc<dyn DeliveryTarget>],
    what: &Deliverable,
    remembered: &BTreeMap<String, (String, Timestamp)>,
    now: Timestamp,
) -> Vec<Outcome> {
    let mut results: Vec<Option<Delivery>> = vec![None; targets.len()];
    let is_file = |target: &Arc<dyn DeliveryTarget>| target.kind() == TargetKind::File;
    for (target, result) in targets.iter().zip(&mut results).filter(|(target, _)| is_file(target)) {
        *result = Some(bring(&**target, what, None, None, now).await);
    }
    let files_failed = results.iter().any(|result| matches!(result, Some(Delivery::Failed(_))));
    let mut telling = JoinSet::new();
    for (nth, target) in targets.iter().enumerate().filter(|(_, target)| !is_file(target)) {
        let (target, what) = (Arc::clone(target), what.clone());
        let known = remembered.get(target.name());
        let (digest, at) = (known.map(|(digest, _)| Digest::from_book(digest)), known.map(|k| k.1));
        telling.spawn(async move {
            if files_failed && digest.as_ref() != Some(&target.digest(&what)) {
                return (nth, Delivery::Waits);
            }
            (nth, bring(&*target, &what, digest.as_ref(), at, now).await)
        });
    }
    while let Some(told) = telling.join_next().await {
        if let Ok((nth, delivery)) = told
            && let Some(result) = results.get_mut(nth)
        {
            *result = Some(delivery);
        }
    }
    let named = targets.iter().zip(results).map(|(target, result)| {
        let result = result.unwrap_or_else(|| Delivery::Failed(stopped(target.name())));
        Outcome { target: target.name().to_owned(), kind: target.kind(), result }
    });
    named.collect()
}

/// The longest a [`round`] can take: files one after the other, the others side by side.
pub fn longest(targets: &[Arc<dyn DeliveryTarget>]) -> Duration {
    let (mut files, mut others) = (Duration::ZERO, Duration::ZERO);
    for target in targets {
        match target.kind() {
            TargetKind::File => files = files.saturating_add(target.limit()),
            TargetKind::Command | TargetKind::Signal | TargetKind::Webhook => {
                others = others.max(target.limit());
            }
        }
    }
    files.saturating_add(others)
}

/// Brings one target up to date, or gives up on it when its time is over.
async fn bring(
    target: &dyn DeliveryTarget,
    what: &Deliverable,
    remembered: Option<&Digest>,
    last_delivered_at: Option<Timestamp>,
    now: Timestamp,
) -> Delivery {
    let work = bring_at_length(target, what, remembered, last_delivered_at, now);
    let limit = target.limit();
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| {
        let detail = format!("it did not end within {limit:?}; it is tried again");
        let target = target.name().to_owned();
        Delivery::Failed(DeliverError { target, kind: Trouble::Unavailable, detail })
    })
}

async fn bring_at_length(
    target: &dyn DeliveryTarget,
    what: &Deliverable,
    remembered: Option<&Digest>,
    last_delivered_at: Option<Timestamp>,
    now: Timestamp,
) -> Delivery {
    match target.needs(what, remembered).await {
        Ok(false) => return Delivery::Unchanged,
        Ok(true) => {}
        Err(error) => return Delivery::Failed(error),
    }
    let digest = target.digest(what);
    if let Due::At(at) = due(remembered, &digest, last_delivered_at, now, target.debounce()) {
        return Delivery::Later(at);
    }
    match target.deliver(what).await {
        Ok(()) => Delivery::Done(digest),
        Err(error) => Delivery::Failed(error),
    }
}

/// A delivery whose task ended without an answer, as when the program stops.
fn stopped(target: &str) -> DeliverError {
    let detail = "the delivery was cut short; it is tried again".to_owned();
    DeliverError { target: target.to_owned(), kind: Trouble::Unavailable, detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_once_and_not_too_often() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (one, two) = (Digest::from_book("one"), Digest::from_book("two"));
        let now = at("2026-01-01T00:00:30Z");
        let minute = Duration::from_mins(1);
        let told = Some(at("2026-01-01T00:00:00Z"));
        assert_eq!(due(None, &one, None, now, minute), Due::Now);
        assert_eq!(due(Some(&one), &one, told, now, minute), Due::No);
        assert_eq!(due(Some(&one), &two, told, now, minute), Due::At(at("2026-01-01T00:01:00Z")));
        assert_eq!(due(Some(&one), &two, told, at("2026-01-01T00:01:00Z"), minute), Due::Now);
        let ahead = Some(at("2030-01-01T00:00:00Z"));
        assert_eq!(due(Some(&one), &two, ahead, now, minute), Due::Now, "the clock was set back");
    }
}
