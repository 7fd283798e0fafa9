//! The ways out of dead ends and the leaked-key emergency. Both ignore windows and freezes.

use crate::domain::backoff::{self, CALLS_PER_DAY_MAX};
use crate::domain::history::{Deed, What};
use crate::domain::names::Fingerprint;
use crate::domain::secret_key::{Event, Origin, State};
use crate::domain::verdict::{self, Answer, Verdict};
use crate::key::KeyText;

use super::commands::{Answered, not_now, refused, report};
use super::facility::{Refused, RefusedKind, Report};
use super::leaks::attestation;
use super::renewal::{Renewal, Round, Source};

impl Renewal {
    /// Proves and promotes a key that a person made in the portal. It is proven before it is stored
    /// anywhere: the person still has it.
    pub(super) async fn install(
        &mut self,
        text: KeyText,
        dry_run: bool,
        round: &mut Round,
    ) -> Answered {
        let key = text.fingerprint(self.parts.book.salt());
        if self.places().current == Some(key) {
            return Ok(Ok(report(format!("nothing to do: key {key} is current already"))));
        }
        if self.ledger.leaked.contains(&key) {
            return Ok(Err(not_now(
                "leaked",
                "this key was reported as leaked; it is never used again",
            )));
        }
        if !backoff::may_call(&self.ledger.calls, self.time.now(), CALLS_PER_DAY_MAX) {
            let next = backoff::next_call_at(&self.ledger.calls, self.time.now());
            let sentence = format!(
                "the day's calls for the latest key are spent, so the key cannot be proven; try again after {next}"
            );
            return Ok(Err(not_now("calls_spent", sentence)));
        }
        let (answer, offer) = self.try_key(&text, round).await?;
        if let Err(refusal) = self.judge_installed(&text, &answer).await {
            self.tell(What::Did(Deed::InstallRefused), Some(key), None, refusal.label);
            return Ok(Err(refusal));
        }
        if dry_run {
            let mut done = report(format!("key {key} works; would make it current"));
            done.changes_pending = true;
            return Ok(Ok(done));
        }
        self.take_in_hand(text, Origin::Installed);
        let now = self.time.now();
        if let Some(record) = self.ledger.keys.get_mut(&key) {
            record.origin = Origin::Installed;
            record.proven_at = Some(now);
        }
        if let Some(offer) =
            offer.filter(|offer| offer.key.fingerprint(self.parts.book.salt()) == key)
        {
            self.ledger.offered(key, offer.name.as_ref(), offer.expires_at);
        }
        if let Answer::Works(code) = answer {
            self.ledger.community_code.get_or_insert(code);
        }
        // The bank let the key in to ask for the latest: what shut us out before is over.
        self.fetched_well();
        self.lasting.clear();
        // A pin was a person's word; so is this, and it is the later one.
        self.ledger.pin = None;
        // If this process dies once the key is stored, the next one must know that a person brought it.
        self.write().await;
        self.bring_forward(key, round).await?;
        if self.places().current == Some(key) {
            return Ok(Ok(report(format!("key {key} is now current"))));
        }
        let failed = self.lasting.get(&Source::Write(key)).or(round.troubles.first());
        let detail = failed.map_or("another change came first", |(_, detail)| detail);
        let sentence = format!(
            "the key works but is not current yet: {detail}. It is finished by itself if it is in the store; see quaymaster key status"
        );
        Ok(Err(refused(RefusedKind::Unclear, "not_current_yet", sentence)))
    }

    async fn judge_installed(&mut self, text: &KeyText, answer: &Answer) -> Result<(), Refused> {
        let old = match (answer, self.seen.current.as_ref().map(|held| held.key.clone())) {
            (Answer::Unauthorised, Some(old)) if old != *text => Some(self.try_root(&old).await),
            _ => None,
        };
        let (kind, label, sentence) = match verdict::judge(answer, old.as_ref()) {
            Verdict::Promote => return Ok(()),
            Verdict::NetworkIdentity if old.is_none() => (
                RefusedKind::Refused,
                "unknown_key",
                "the bank does not accept this key, and no other is held here that could tell why: check that it was copied whole and belongs to this environment, and that this machine's address is on the facility's white-list",
            ),
            Verdict::NotActive => (
                RefusedKind::Refused,
                "key_refused",
                "the bank does not accept this key, and accepts the present one from here: check that it was copied whole and belongs to this environment",
            ),
            Verdict::NetworkIdentity => (
                RefusedKind::Refused,
                "ip_refused",
                "the bank accepts neither this key nor the present one, so it is most likely not the key: check whether this machine's address is on the facility's white-list, then type this again",
            ),
            Verdict::WrongFacility => (
                RefusedKind::Refused,
                "wrong_facility",
                "this key belongs to another facility than expected_community_code says",
            ),
            Verdict::WrongKind => (
                RefusedKind::Refused,
                "wrong_kind",
                "this is a publishable key: take a secret key from the portal",
            ),
            Verdict::FacilityNotReady => (
                RefusedKind::Refused,
                "facility_not_ready",
                "the bank answers that the facility is not set up or not live",
            ),
            Verdict::NoVerdict => (
                RefusedKind::Unclear,
                "no_answer",
                "the bank gave no answer about this key: type this again in a minute",
            ),
        };
        Err(refused(kind, label, format!("{sentence}. Nothing was changed.")))
    }

    /// Stages and promotes a proven key now, whatever windows say; creates the secret if there is none.
    async fn bring_forward(
        &mut self,
        key: Fingerprint,
        round: &mut Round,
    ) -> Result<(), super::points::Died> {
        self.installing = Some(key);
        self.put_off.remove(&key);
        if !self.seen.exists {
            self.note(key, Event::Prove, "the bank accepts it for this facility");
            return self.create(key, round).await;
        }
        if self.places().previous == Some(key) {
            // It is stored already, and a store does not stage what it holds as previous.
            self.note(key, Event::Prove, "the bank accepts it for this facility");
            self.write().await;
            return self.promote(key, round).await;
        }
        if !self.places().pending.contains(&key) {
            self.stage(key, round).await?;
        }
        if self.places().pending.contains(&key) {
            self.note(key, Event::Prove, "the bank accepts it for this facility");
            self.write().await;
            self.promote(key, round).await?;
        }
        Ok(())
    }

    /// Declares a key leaked and does what can be done now; says what only a person can do.
    pub(super) async fn compromise(
        &mut self,
        key: Option<Fingerprint>,
        dry_run: bool,
        round: &mut Round,
    ) -> Answered {
        let current = self.places().current;
        let Some(key) = key.or(current) else {
            return Ok(Err(not_now("no_key", "no key is known that could have leaked")));
        };
        if self.ledger.key(key).is_none() {
            let sentence = format!("no key {key} is known here; see quaymaster key list");
            return Ok(Err(refused(RefusedKind::BadInput, "unknown_key", sentence)));
        }
        if self.ledger.state(key) == Some(State::Revoked) {
            return Ok(Ok(report(format!("nothing to do: the bank refuses key {key} already"))));
        }
        let mut done = report(String::new());
        done.next = leak_orders(current == Some(key));
        if dry_run {
            done.summary = format!("would declare key {key} leaked");
            done.changes_pending = true;
            return Ok(Ok(done));
        }
        self.ledger.leaked.insert(key);
        if current == Some(key) {
            // Whoever holds the leaked key could ask the bank for its successor, too, wherever that is.
            self.ledger.leaked.extend(self.places().pending);
            self.ledger.leaked.extend(self.unstored);
            let held = self.ledger.keys.values().filter(|key| key.state == State::Held);
            self.ledger.leaked.extend(held.map(|key| key.fingerprint));
        }
        self.write().await;
        done.next.extend(self.forgets());
        let beside = self.clear_rehearsal().await.err();
        self.watch_leaks(round).await;
        let mut answered = if current == Some(key) {
            done.summary = format!(
                "key {key} is declared leaked. It stays current, since no other key works yet: \
                 follow the steps below in this order"
            );
            Ok(done)
        } else {
            self.purge(key, done, round).await?
        };
        if let (Ok(done), Some(detail)) = (&mut answered, beside) {
            done.next.push(format!(
                "see that the rehearsal's store does not hold the key; it could not be cleared: {detail}"
            ));
        }
        Ok(answered)
    }

    /// Takes a leaked key that is not current out of every store and delivery, and says what was seen
    /// afterwards, not what was meant.
    async fn purge(&mut self, key: Fingerprint, mut done: Report, round: &mut Round) -> Answered {
        self.take_steps_now(round).await?;
        self.mirror(round).await?;
        self.hand_out(round).await?;
        self.watch_leaks(round).await;
        self.look(round).await;
        let places = self.places();
        let still = !round.looked
            || places.pending.contains(&key)
            || places.previous == Some(key)
            || self.mirrors.values().any(|(_, problem)| problem.is_some());
        if still {
            let detail = round.troubles.iter().map(|(_, detail)| detail.as_str());
            let detail = detail.collect::<Vec<_>>().join("; ");
            let sentence = format!(
                "key {key} is declared leaked, but could not be taken out of every store: {detail}. \
                 It is tried again by itself; to try at once, repeat the command"
            );
            return Ok(Err(refused(RefusedKind::Unclear, "still_stored", sentence)));
        }
        if self.ledger.state(key) == Some(State::Revoked) {
            done.next.clear();
            done.summary =
                format!("key {key} is out of every store and delivery, and the bank refuses it");
        } else {
            done.summary = format!(
                "key {key} is out of every store and delivery; the bank still accepts it, or could not be asked"
            );
            if !self.hand.contains_key(&key) {
                let order = "once it is deleted in the portal, since the bank cannot be asked";
                done.next.push(format!("{order}: {}", attestation(key)));
            }
        }
        Ok(Ok(done))
    }
}

/// The order in which a leak is closed. A live leaked key can fetch its successor from the bank, so a
/// successor is safe only if it was made after the revocation, or is one the bank never hands out.
fn leak_orders(is_current: bool) -> Vec<String> {
    let mut orders = Vec::new();
    if is_current {
        orders.push("in the portal, make a secret key restricted to a business: the bank never hands such a key to the holder of the leaked one".to_owned());
        orders.push("quaymaster key install --from-file FILE, with that key: the application goes on working".to_owned());
    }
    orders.push("in the portal, delete the leaked key".to_owned());
    orders
        .push("quaymaster key status, until its first line no longer says compromised".to_owned());
    if !is_current {
        orders.push(
            "the holder of the leaked key could ask the bank for the current one, too: in the portal, make a new secret key"
                .to_owned(),
        );
        orders.push("quaymaster key install --from-file FILE, with that key".to_owned());
    }
    if is_current {
        orders.push(
            "in the portal, make a new unrestricted secret key, which is renewed by itself again"
                .to_owned(),
        );
        orders.push("quaymaster key install --from-file FILE, with that key; then delete the restricted one in the portal".to_owned());
    }
    orders
}
