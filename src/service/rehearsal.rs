//! Rehearsing the path that is used once in two years.
//!
//! Where the bank offers a second key (the vendor's own test: make two in the portal), the whole
//! renewal is run with it, in sandbox and support. In every environment the present key is staged,
//! proven and promoted in a store of the rehearsal's own; the real one is never moved for that.

use std::sync::Arc;

use crate::domain::names::Environment;
use crate::domain::secret_key::State;
use crate::domain::verdict::Answer;
use crate::key::KeyText;
use crate::secrets::{NewKey, Promotion, SecretStore, Snapshot, StoreError};

use super::commands::{Answered, not_now, refused, report};
use super::facility::RefusedKind;
use super::mirror;
use super::renewal::{Renewal, Round};

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
        let Some(text) = self.hand.get(&current.fingerprint).cloned() else {
            return Ok(Err(not_now("no_key", "the current key is not in memory")));
        };
        let new = NewKey { key: text.clone(), name: current.name, expires_at: current.expires_at };
        if let Err(detail) = self.exercise(&store, &new).await {
            return Ok(Err(refused(RefusedKind::Refused, "rehearsal_failed", detail)));
        }
        done.steps.push(format!("the present key was staged and made current in {}", store.name()));
        done.steps.push("it was read back unchanged".to_owned());
        if !matches!(self.try_root(&text).await, Answer::Works(_)) {
            let detail = "proving: the bank did not accept the present key";
            return Ok(Err(refused(RefusedKind::Refused, "rehearsal_failed", detail)));
        }
        done.steps.push("the bank accepts it for this facility".to_owned());
        self.ledger.rehearsed_at = Some(self.time.now());
        self.write().await;
        Ok(Ok(done))
    }

    /// Stages and promotes a key in the rehearsal's store and reads it back; says in a sentence what
    /// went wrong.
    async fn exercise(&self, store: &Arc<dyn SecretStore>, new: &NewKey) -> Result<(), String> {
        let reading = |error: StoreError| format!("reading the rehearsal's store: {error}");
        let holds = |held: &Snapshot| held.current.as_ref().is_some_and(|held| held.key == new.key);
        let mut held = store.read().await.map_err(reading)?;
        if holds(&held) {
            // It is there from the last rehearsal. A stand-in takes its place, so that staging and
            // promoting are exercised again.
            let text = format!("rehearsal-{}", self.time.now().as_second());
            let key = KeyText::parse(text).map_err(|error| error.to_string())?;
            let stand_in = NewKey { key, name: None, expires_at: None };
            swap(store, &held, &stand_in).await?;
            held = store.read().await.map_err(reading)?;
        }
        swap(store, &held, new).await?;
        let held = store.read().await.map_err(reading)?;
        if holds(&held) {
            Ok(())
        } else {
            Err("reading back: the store holds another key".to_owned())
        }
    }
}

async fn swap(store: &Arc<dyn SecretStore>, held: &Snapshot, new: &NewKey) -> Result<(), String> {
    match mirror::bring(store, held, new).await {
        Ok(Promotion::Promoted | Promotion::AlreadyCurrent) => Ok(()),
        Ok(Promotion::Lost { .. }) => Err("promoting: the store was changed meanwhile".to_owned()),
        Err(error) => Err(format!("staging and promoting: {error}")),
    }
}
