//! Rehearsing the path that is used once in two years.
//!
//! Where the bank offers a second key (the vendor's own test: make two in the portal), the whole
//! renewal is run with it, in sandbox and support. In every environment the present key is staged,
//! promoted, read back and proven in a store of the rehearsal's own, and delivered to places of the
//! rehearsal's own; the real ones are never moved for that. Afterwards the key is taken out of both: a
//! place that is only looked at once in two years must not hold a key that works.

use std::sync::Arc;

use crate::deliver::{Deliverable, Rehearsed};
use crate::domain::backoff::{self, CALLS_PER_DAY_MAX};
use crate::domain::condition::Condition;
use crate::domain::names::Environment;
use crate::domain::secret_key::State;
use crate::domain::verdict::Answer;
use crate::key::KeyText;
use crate::secrets::{Holding, NewKey, Place, Promotion, SecretStore, Snapshot, StoreError};

use super::commands::{Answered, not_now, refused, report};
use super::facility::RefusedKind;
use super::mirror;
use super::points::Died;
use super::prove::told;
use super::renewal::{Renewal, Round, Source};

impl Renewal {
    pub(super) async fn rehearse(&mut self, dry_run: bool, round: &mut Round) -> Answered {
        let now = self.time.now();
        if self.frozen.as_ref().is_some_and(|freeze| freeze.holds(now)) {
            return Ok(Err(not_now("frozen", "a freeze is on; see quaymaster freeze show")));
        }
        let Some(store) = self.parts.rehearsal.clone() else {
            let sentence = "this store has no place to rehearse in";
            return Ok(Err(not_now("no_rehearsal_store", sentence)));
        };
        let mut done = report("the renewal path works");
        if dry_run {
            done.summary = format!("would rehearse in {}", store.name());
            done.changes_pending = true;
            return Ok(Ok(done));
        }
        if self.parts.settings.environment != Environment::Production {
            let before = self.places().current;
            self.take_steps_now(round).await?;
            if let Some((condition, detail)) = self.lasting.get(&Source::Fetch)
                && !matches!(condition, Condition::Held | Condition::EarlierOffer)
            {
                let detail = format!("renewing: {detail}");
                return Ok(Err(refused(RefusedKind::Refused, "rehearsal_failed", detail)));
            }
            let after = self.places().current;
            done.steps.push(match after.filter(|_| after != before) {
                Some(key) => {
                    format!("the bank's second key {key} was staged, proven and made current")
                }
                None => "the bank offers no second key; make one in the portal to rehearse with it"
                    .to_owned(),
            });
        }
        let current = self.places().current.and_then(|key| self.ledger.key(key)).cloned();
        let Some(current) = current.filter(|key| key.state == State::Current) else {
            return Ok(Err(not_now("no_key", "there is no current key to rehearse with")));
        };
        if self.ledger.leaked.contains(&current.fingerprint) {
            let sentence = "the current key leaked, so it is not written anywhere else";
            return Ok(Err(not_now("leaked", sentence)));
        }
        let text = self.hand.get(&current.fingerprint).cloned();
        let Some((text, what)) = text.zip(self.deliverable(round)) else {
            return Ok(Err(not_now("no_key", "the current key is not in memory")));
        };
        if !backoff::may_call(&self.ledger.calls, self.time.now(), CALLS_PER_DAY_MAX) {
            let sentence = "the day's calls for the latest key are spent, so nothing can be proven";
            return Ok(Err(not_now("calls_spent", sentence)));
        }
        let new = NewKey { key: text, name: current.name, expires_at: current.expires_at };
        let tried = self.exercise(&store, &new, &what, &mut done.steps, round).await?;
        let emptied = empty(&store, &self.stand_in()).await;
        if let Err(detail) = tried.and(emptied) {
            return Ok(Err(refused(RefusedKind::Refused, "rehearsal_failed", detail)));
        }
        done.steps.push(format!("the key was taken out of {} again", store.name()));
        self.ledger.rehearsed_at = Some(self.time.now());
        self.write().await;
        Ok(Ok(done))
    }

    /// Takes a key through the rehearsal's own places and says in `steps` what was done; says in a
    /// sentence what went wrong.
    async fn exercise(
        &mut self,
        store: &Arc<dyn SecretStore>,
        new: &NewKey,
        what: &Deliverable,
        steps: &mut Vec<String>,
        round: &mut Round,
    ) -> Result<Result<(), String>, Died> {
        let copy = match stored(store, new, &self.stand_in()).await {
            Ok(copy) => copy,
            Err(detail) => return Ok(Err(detail)),
        };
        steps.push(format!("the present key was staged and made current in {}", store.name()));
        steps.push("it was read back unchanged".to_owned());
        let (answer, _) = self.try_key(&copy, round).await?;
        if !matches!(answer, Answer::Works(_)) {
            return Ok(Err(format!("proving: {}", told(&answer))));
        }
        steps.push("the bank accepts it for this facility, and as a secret key".to_owned());
        for target in &self.parts.targets {
            let rehearsed = self.pulse.within(target.limit(), target.rehearse(what)).await;
            let name = target.name();
            steps.push(match rehearsed {
                Some(Ok(Rehearsed::Delivered)) => {
                    format!("{name}: delivered beside the real files, compared and removed again")
                }
                Some(Ok(Rehearsed::NotTried)) => {
                    format!("{name}: not tried, since that would disturb its reader")
                }
                Some(Err(error)) => return Ok(Err(format!("delivering: {error}"))),
                None => return Ok(Err(format!("delivering: {name} did not end in time"))),
            });
        }
        Ok(Ok(()))
    }

    /// Takes leaked keys out of the rehearsal's store, where a rehearsal that was cut short may have
    /// left one; says in a sentence why it cannot.
    pub(super) async fn clear_rehearsal(&self) -> Result<(), String> {
        let Some(store) = self.parts.rehearsal.clone() else { return Ok(()) };
        let held = match store.read().await {
            // Whoever never rehearses need not let us into the rehearsal's store.
            Err(StoreError::Denied { .. }) if self.ledger.rehearsed_at.is_none() => return Ok(()),
            held => held.map_err(|error| error.to_string())?,
        };
        let salt = self.parts.book.salt();
        let leaked = |held: &Holding| self.ledger.leaked.contains(&held.key.fingerprint(salt));
        if holdings(&held).any(leaked) { empty(&store, &self.stand_in()).await } else { Ok(()) }
    }

    /// What takes a key's place in the rehearsal's store, where a store must hold something.
    fn stand_in(&self) -> Result<NewKey, String> {
        let text = format!("rehearsal-{}", self.time.now().as_second());
        let key = KeyText::parse(text).map_err(|error| error.to_string())?;
        Ok(NewKey { key, name: None, expires_at: None })
    }
}

/// Stages and promotes a key in the rehearsal's store, and gives what is read back.
async fn stored(
    store: &Arc<dyn SecretStore>,
    new: &NewKey,
    stand_in: &Result<NewKey, String>,
) -> Result<KeyText, String> {
    let stand_in = stand_in.as_ref().map_err(Clone::clone)?;
    let held = read(store).await?;
    // A key is only staged and promoted where another one is current.
    let there = held.current.as_ref().is_some_and(|held| held.key == new.key);
    if there || held.basis.is_none() {
        swap(store, &held, stand_in).await?;
    }
    swap(store, &read(store).await?, new).await?;
    let held = read(store).await?.current.filter(|held| held.key == new.key);
    held.map(|held| held.key).ok_or_else(|| "reading back: the store holds another key".to_owned())
}

/// Takes every key out of the rehearsal's store.
async fn empty(
    store: &Arc<dyn SecretStore>,
    stand_in: &Result<NewKey, String>,
) -> Result<(), String> {
    let stand_in = stand_in.as_ref().map_err(Clone::clone)?;
    let before = read(store).await?;
    if !before.exists {
        return Ok(());
    }
    swap(store, &before, stand_in).await?;
    let after = read(store).await?;
    let is_key = |held: &Holding| held.key != stand_in.key;
    // What was current is previous now, even if a stale read does not say so.
    let was_current = before.current.iter().map(|held| (held, Place::Previous));
    for (held, place) in was_current.chain(after.removable()).filter(|(held, _)| is_key(held)) {
        let removed = store.remove(&held.version, place).await;
        removed.map_err(|error| format!("taking the key out again: {error}"))?;
    }
    if holdings(&read(store).await?).any(is_key) {
        return Err(format!("taking the key out again: {} still holds it", store.name()));
    }
    Ok(())
}

fn holdings(held: &Snapshot) -> impl Iterator<Item = &Holding> {
    held.current.iter().chain(&held.previous).chain(&held.pending)
}

async fn read(store: &Arc<dyn SecretStore>) -> Result<Snapshot, String> {
    store.read().await.map_err(|error| format!("reading the rehearsal's store: {error}"))
}

async fn swap(store: &Arc<dyn SecretStore>, held: &Snapshot, new: &NewKey) -> Result<(), String> {
    match mirror::bring(store, held, new).await {
        Ok(Promotion::Promoted | Promotion::AlreadyCurrent) => Ok(()),
        Ok(Promotion::Lost { .. }) => Err("promoting: the store was changed meanwhile".to_owned()),
        Err(error) => Err(format!("staging and promoting: {error}")),
    }
}
