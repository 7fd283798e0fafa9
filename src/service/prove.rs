//! Trying keys at the bank, and learning its time on the way.
//!
//! A key is proven by two calls: `GET /` must know it for this facility, and `GET /api-keys/latest`
//! must let it in, since the first accepts a publishable key, too.

use jiff::Timestamp;
use tokio::time::Instant;

use crate::domain::backoff::{self, CALLS_PER_DAY_MAX, Failure};
use crate::domain::condition::Condition;
use crate::domain::history::What;
use crate::domain::names::{CommunityCode, Fingerprint};
use crate::domain::secret_key::{Event, State};
use crate::domain::verdict::{self, Answer, Verdict};
use crate::key::KeyText;
use crate::metrics::labels::Stage;
use crate::quickstream::{Fault, FaultKind, Offer};
use crate::settings::model::Role;

use super::points::{Died, Point};
use super::pulse::BANK_ANSWERS_WITHIN;
use super::renewal::{AtBank, Renewal, Round, Source};

/// After so many such answers a key is of the wrong kind.
const DOUBTS_MAX: u8 = 3;

impl Renewal {
    /// Asks the bank what time it is, if that is not known or the wall clock jumped, and with that
    /// whether it knows the current key for this facility.
    pub(super) async fn greet(&mut self) {
        let was_sure = self.time.sure().is_some();
        let was_odd = self.time.is_odd();
        self.exchange_greetings().await;
        if self.time.is_odd() && !was_odd {
            // A time that nothing bears out is asked for once more before anything is done by it; not
            // at each look, if the bank is away by then.
            self.exchange_greetings().await;
        }
        // By a wall clock that may be wrong, calls of today would be forgotten or never end.
        let Some(now) = self.time.sure() else { return };
        self.ledger.tidy_times(now);
        if !was_sure {
            self.put_off.clear();
        }
    }

    async fn exchange_greetings(&mut self) {
        let shut_out = self.lasting.get(&Source::Fetch).is_some_and(|(condition, _)| {
            matches!(
                condition,
                Condition::IpRefused | Condition::UnknownKey | Condition::FacilityNotReady
            )
        });
        if self.role() == Role::Reader || !(self.time.is_doubtful() || shut_out) {
            return;
        }
        let current = self.places().current;
        let current = current.and_then(|key| Some((key, self.hand.get(&key)?.clone())));
        let Some((key, text)) = current else { return };
        match self.try_root(&text).await {
            Answer::Works(code) => {
                let now = self.time.now();
                if let Some(record) = self.ledger.keys.get_mut(&key) {
                    record.proven_at = Some(now);
                }
                self.ledger.community_code.get_or_insert(code);
                let belongs = self.lasting.remove(&Source::Proof(key));
                if belongs.is_some_and(|(condition, _)| condition == Condition::WrongFacility) {
                    self.unfit = None;
                }
                if shut_out {
                    // Let in again: what failed is tried now and not after hours of back-off.
                    self.ledger.next_attempt_at = Some(now);
                }
            }
            Answer::OtherFacility(code) => {
                self.unfit = Some(key);
                let detail = format!("the current key belongs to facility {code}");
                self.lasts(Source::Proof(key), Condition::WrongFacility, detail);
            }
            Answer::Unauthorised if !shut_out => {
                let condition = self.meaning_of_401(Some(key));
                self.refused_at_the_door(condition, "the bank does not accept the current key");
            }
            Answer::NotReady if !shut_out => {
                let condition = Condition::FacilityNotReady;
                self.refused_at_the_door(condition, "the bank answers 403 to the current key");
            }
            Answer::Unauthorised | Answer::NotReady | Answer::WrongKind | Answer::Nothing => {}
        }
    }

    /// The current key was refused before anything else was asked. That is found out properly by
    /// asking for the latest key, at once unless a back-off holds that up; until then it is said.
    fn refused_at_the_door(&mut self, condition: Condition, detail: &str) {
        if self.ledger.failures == 0 {
            self.ledger.next_attempt_at = Some(self.time.now());
        } else if !self.lasting.contains_key(&Source::Fetch) {
            self.lasts(Source::Fetch, condition, detail);
        }
    }

    /// Tries a key at the bank, beside the current one if the bank refuses it, and notes the verdict.
    pub(super) async fn prove(&mut self, key: Fingerprint, round: &mut Round) -> Result<(), Died> {
        let Some(text) = self.hand.get(&key).cloned() else {
            self.put_off_for_an_hour(key, round);
            return Ok(());
        };
        let now = self.time.now();
        if !backoff::may_call(&self.ledger.calls, now, CALLS_PER_DAY_MAX) {
            // Nothing can be proven today, and the bank has nothing to do with it.
            let again = backoff::next_call_at(&self.ledger.calls, now);
            self.put_off.insert(key, again);
            round.again(again);
            let detail = format!("key {key} is tried at {again}, when the bank may be asked again");
            self.lasts(Source::Proof(key), Condition::CallsSpent, detail);
            return Ok(());
        }
        let started = Instant::now();
        let (answer, offer) = self.try_key(&text, round).await?;
        let old = match (&answer, self.seen.current.as_ref().map(|held| held.key.clone())) {
            (Answer::Unauthorised, Some(old)) if old != text => Some(self.try_root(&old).await),
            _ => None,
        };
        if old == Some(Answer::Unauthorised) {
            round.current = AtBank::Refused;
        }
        let verdict = verdict::judge(&answer, old.as_ref());
        self.parts.points.at(Point::BankProved)?;
        self.parts.metrics.stage_took(Stage::Prove, started.elapsed());
        if let Some(offer) = offer {
            self.proof_offers(key, offer, round).await?;
        }
        match (verdict, answer) {
            (Verdict::Promote, Answer::Works(code)) => self.proved(key, code).await?,
            (verdict, answer) => self.not_proved(key, verdict, &answer, round),
        }
        self.write().await;
        Ok(())
    }

    /// What a proof's second call offered: most often the very key, whose expiry is thereby known.
    async fn proof_offers(
        &mut self,
        key: Fingerprint,
        offer: Offer,
        round: &mut Round,
    ) -> Result<(), Died> {
        if offer.key.fingerprint(self.parts.book.salt()) == key {
            self.ledger.offered(key, offer.name.as_ref(), offer.expires_at);
            return Ok(());
        }
        // A newer key still; staging needs a secret to be staged in.
        if self.seen.exists { self.take_offer(offer, round).await } else { Ok(()) }
    }

    async fn proved(&mut self, key: Fingerprint, code: CommunityCode) -> Result<(), Died> {
        let now = self.time.now();
        if let Some(record) = self.ledger.keys.get_mut(&key) {
            record.proven_at = Some(now);
        }
        self.ledger.community_code.get_or_insert(code);
        self.lasting.remove(&Source::Proof(key));
        self.misses.proofs = 0;
        self.note(key, Event::Prove, "the bank accepts it for this facility");
        self.say("key proven", key);
        self.write().await;
        self.parts.points.at(Point::Proven)
    }

    fn not_proved(
        &mut self,
        key: Fingerprint,
        verdict: Verdict,
        answer: &Answer,
        round: &mut Round,
    ) {
        let answer = told(answer);
        self.tell(What::Judged(verdict), Some(key), None, answer.clone());
        let stored = self.places().pending.contains(&key);
        let condition = match verdict {
            Verdict::WrongKind => {
                self.note(key, Event::Refuse, verdict.label());
                Condition::WrongKind
            }
            Verdict::WrongFacility => {
                // The bootstrap key is kept: it may be the settings that name the wrong facility.
                if stored {
                    self.note(key, Event::Refuse, verdict.label());
                }
                Condition::WrongFacility
            }
            Verdict::NotActive => Condition::NotActive,
            Verdict::NetworkIdentity => {
                let proven = self.ledger.keys.values().any(|key| key.proven_at.is_some());
                if proven { Condition::IpRefused } else { Condition::UnknownKey }
            }
            Verdict::FacilityNotReady => Condition::FacilityNotReady,
            Verdict::NoVerdict | Verdict::Promote => {
                let again = self.after_no_verdict();
                self.put_off.insert(key, again);
                round.again(again);
                let detail = format!("key {key} could not be tried: {answer}");
                self.lasts(Source::Proof(key), Condition::BankUnavailable, detail);
                return;
            }
        };
        self.put_off_for_an_hour(key, round);
        let detail = format!("key {key} was tried: {answer}");
        // A key the bank itself offered, and which is of no use, says so until it offers another.
        let offered = stored && self.ledger.state(key) == Some(State::Rejected);
        self.lasts(if offered { Source::Fetch } else { Source::Proof(key) }, condition, detail);
    }

    fn after_no_verdict(&mut self) -> Timestamp {
        self.misses.proofs = self.misses.proofs.saturating_add(1);
        let chance = self.parts.chance.draw();
        backoff::after_failure(self.time.now(), Failure::Passing, self.misses.proofs, chance)
    }

    /// Both calls of a proof. The second is left out where the first says enough, and where the day's
    /// calls are spent: then there is no verdict.
    pub(super) async fn try_key(
        &mut self,
        text: &KeyText,
        round: &mut Round,
    ) -> Result<(Answer, Option<Offer>), Died> {
        let root = self.try_root(text).await;
        if !matches!(root, Answer::Works(_)) {
            return Ok((root, None));
        }
        if !backoff::may_call(&self.ledger.calls, self.time.now(), CALLS_PER_DAY_MAX) {
            return Ok((Answer::Nothing, None));
        }
        let next = self.ledger.next_attempt_at;
        let latest = self.latest(text, round).await?;
        self.ledger.next_attempt_at = next;
        Ok(match latest {
            Ok(offer) => (root, Some(offer)),
            Err(fault) if fault.kind == FaultKind::Forbidden => (Answer::WrongKind, None),
            Err(fault) if fault.kind == FaultKind::Unauthorised => (self.doubt(text), None),
            Err(_) => (Answer::Nothing, None),
        })
    }

    /// What a 401 to the second call means after the first was answered. The documents say that a key
    /// of the wrong kind is answered so, too; but a key is not put away for good on one answer.
    fn doubt(&mut self, text: &KeyText) -> Answer {
        let key = text.fingerprint(self.parts.book.salt());
        let doubts = self.doubts.entry(key).or_insert(0);
        *doubts = doubts.saturating_add(1);
        if *doubts < DOUBTS_MAX { Answer::Unauthorised } else { Answer::WrongKind }
    }

    /// Waits for the bank's answer. The client has its own limit for an exchange; this one is for the
    /// turn it waits for besides.
    pub(super) async fn hear_bank<T>(
        &self,
        call: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Fault> {
        let answer = self.pulse.within(BANK_ANSWERS_WITHIN, call).await;
        answer.unwrap_or_else(|| Err(Fault::new(FaultKind::Timeout, "no turn came")))
    }

    pub(super) async fn try_root(&mut self, text: &KeyText) -> Answer {
        let answer = self.hear_bank(self.parts.bank.root(text)).await;
        self.time.hear(self.parts.bank.heard());
        match answer {
            Ok(root) => {
                let settings = self.parts.settings.expected_community_code.as_ref();
                let expected = settings.or(self.ledger.community_code.as_ref());
                if expected.is_none_or(|expected| *expected == root.community_code) {
                    Answer::Works(root.community_code)
                } else {
                    Answer::OtherFacility(root.community_code)
                }
            }
            Err(fault) if fault.kind == FaultKind::Unauthorised => Answer::Unauthorised,
            Err(fault) if fault.kind == FaultKind::Forbidden => Answer::NotReady,
            Err(_) => Answer::Nothing,
        }
    }
}

/// The bank's answer to a key, in a sentence.
pub(super) fn told(answer: &Answer) -> String {
    match answer {
        Answer::Works(_) => "it works".to_owned(),
        Answer::OtherFacility(code) => format!("it belongs to facility {code}"),
        Answer::WrongKind => "it is a publishable key".to_owned(),
        Answer::Unauthorised => "the bank does not accept it (401)".to_owned(),
        Answer::NotReady => "the facility is not set up or not live (403)".to_owned(),
        Answer::Nothing => "the bank gave no answer that says anything of it".to_owned(),
    }
}
