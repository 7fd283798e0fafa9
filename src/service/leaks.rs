//! After a leak: the leaked key leaves every place, and the bank is asked until it refuses it.

use jiff::SignedDuration;

use crate::domain::condition::Condition;
use crate::domain::names::Fingerprint;
use crate::domain::secret_key::{Event, State};
use crate::domain::verdict::Answer;
use crate::key::KeyText;

use super::commands::{not_now, refused, report};
use super::facility::{Refused, RefusedKind, Report};
use super::renewal::{Renewal, Round, later};

/// How often the bank is asked whether a leaked key is dead.
const ASK_EVERY: SignedDuration = SignedDuration::from_mins(5);

impl Renewal {
    /// Follows every key that was reported as leaked to its end.
    pub(super) async fn watch_leaks(&mut self, round: &mut Round) {
        let current = self.places().current;
        for key in self.ledger.leaked.clone() {
            match self.ledger.state(key) {
                None | Some(State::Revoked | State::Expired) => continue,
                Some(State::Compromised) => {}
                Some(_) if Some(key) == current => {}
                Some(_) => self.note(key, Event::Compromise, "it leaked"),
            }
            let again = later(self.time.now(), ASK_EVERY);
            round.again(again);
            if Some(key) == current {
                let detail = format!("key {key} leaked and is still the current one");
                round.trouble(Condition::Compromised, detail);
            } else if !self.hand.contains_key(&key) {
                let detail = format!(
                    "key {key} leaked and is out of use here. Its text is gone from here, so the bank \
                     cannot be asked whether it is dead: delete it in the portal, then: {}",
                    attestation(key)
                );
                round.trouble(Condition::Compromised, detail);
            } else if !self.is_dead(key).await {
                let detail =
                    format!("key {key} leaked, is out of use here, and is not yet revoked");
                round.trouble(Condition::Compromised, detail);
            }
        }
    }

    /// A person says that a leaked key was deleted in the portal. Where its text is still here the bank
    /// is asked and has the last word; where it is gone, as after a restart, the person has.
    pub(super) async fn close_leak(
        &mut self,
        key: Fingerprint,
        dry_run: bool,
        round: &mut Round,
    ) -> Result<Report, Refused> {
        if !self.ledger.leaked.contains(&key) {
            let sentence = format!("key {key} was not reported as leaked");
            return Err(not_now("not_leaked", sentence));
        }
        if matches!(self.ledger.state(key), Some(State::Revoked | State::Expired)) {
            return Ok(report(format!("nothing to do: the leak of key {key} is closed")));
        }
        if self.places().current == Some(key) {
            let sentence = format!(
                "key {key} is still the current one, and the application works with it: first make \
                 another key current, as quaymaster key compromise --dry-run says"
            );
            return Err(not_now(Condition::Compromised.label(), sentence));
        }
        if let Some(text) = self.hand.get(&key).cloned() {
            return self.close_by_the_bank(key, &text).await;
        }
        if dry_run {
            let mut done = report(format!("would take your word that key {key} was deleted"));
            done.changes_pending = true;
            return Ok(done);
        }
        self.watch_leaks(round).await;
        self.note(key, Event::Attest, "a person says that it was deleted in the portal");
        self.write().await;
        Ok(report(format!(
            "the leak of key {key} is closed on your word: its text is gone from here, so the bank was \
             not asked"
        )))
    }

    async fn close_by_the_bank(
        &mut self,
        key: Fingerprint,
        text: &KeyText,
    ) -> Result<Report, Refused> {
        if self.is_dead(key).await {
            self.write().await;
            return Ok(report(format!("the leak of key {key} is closed: the bank refuses it")));
        }
        if matches!(self.try_root(text).await, Answer::Works(_) | Answer::OtherFacility(_)) {
            let sentence = format!("the bank still accepts key {key}: delete it in the portal");
            return Err(refused(RefusedKind::Refused, "still_accepted", sentence));
        }
        let sentence = format!("the bank gave no answer that says anything of key {key}");
        Err(refused(RefusedKind::Unclear, "no_answer", sentence))
    }

    /// Whether the bank refuses a leaked key. A 401 counts only while the current key is accepted from
    /// the same address; a key whose text is gone from memory cannot be asked about.
    async fn is_dead(&mut self, key: Fingerprint) -> bool {
        let Some(text) = self.hand.get(&key).cloned() else { return false };
        if self.try_root(&text).await != Answer::Unauthorised {
            return false;
        }
        let current = self.seen.current.as_ref().map(|held| held.key.clone());
        let Some(current) = current.filter(|current| *current != text) else { return false };
        if !matches!(self.try_root(&current).await, Answer::Works(_)) {
            return false;
        }
        self.note(key, Event::Revoke, "the bank answers 401 to it");
        self.hand.remove(&key);
        tracing::info!(facility = %self.parts.settings.name, key = %key, "the leaked key is dead");
        true
    }
}

/// What a person types when the bank cannot be asked.
pub(super) fn attestation(key: Fingerprint) -> String {
    format!("quaymaster key compromise --key {key} --deleted")
}
