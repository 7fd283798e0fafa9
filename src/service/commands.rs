//! What people ask for. A command runs in the facility's own task, between two cycles, so it never
//! meets a renewal half-way; what it leaves is brought to its end by the cycle that follows.

use jiff::{SignedDuration, Timestamp};

use crate::domain::condition::{Condition, Urgency};
use crate::domain::history::What;
use crate::domain::ledger::Pin;
use crate::domain::names::{ActorName, Fingerprint};
use crate::domain::renewal::Waiting;
use crate::domain::secret_key::{Event, State};
use crate::domain::verdict::Answer;
use crate::settings::model::Role;

use super::facility::{Asked, Command, Refused, RefusedKind, Report};
use super::points::Died;
use super::renewal::{Renewal, Round, Why, later};

pub(super) type Answered = Result<Result<Report, Refused>, Died>;

/// A pin ends at least so long before the pinned key's expiry, so that there is time to go forward.
const PIN_MARGIN: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn refused(
    kind: RefusedKind,
    label: &'static str,
    sentence: impl Into<String>,
) -> Refused {
    Refused { label, sentence: sentence.into(), kind }
}

pub(super) fn not_now(label: &'static str, sentence: impl Into<String>) -> Refused {
    refused(RefusedKind::NotNow, label, sentence)
}

pub(super) fn report(summary: impl Into<String>) -> Report {
    Report { summary: summary.into(), steps: Vec::new(), changes_pending: false, next: Vec::new() }
}

impl Renewal {
    /// Answers one request and returns when the next cycle is due.
    pub(super) async fn answer(&mut self, asked: Asked) -> Result<Timestamp, Died> {
        let Asked { command, actor, reason, dry_run, reply } = asked;
        let word = command.word();
        let facility = self.parts.settings.name.clone();
        if !dry_run {
            tracing::info!(%facility, event = word.label(), actor = %actor, reason, "a command came in");
        }
        self.acting = Some((actor, reason));
        if !dry_run {
            self.tell(What::Asked(word), None, None, "asked for");
        }
        let mut round = Round { why: Why::Asked, ..Round::default() };
        // The bank's time and the store's state first: every command judges by them.
        self.look(&mut round).await;
        self.greet().await;
        self.read_freeze().await;
        let answered = self.obey(command, dry_run, &mut round).await;
        let answered = match answered {
            Ok(answered) => answered,
            Err(Died) => return Err(Died),
        };
        self.acting = None;
        self.installing = None;
        let wake_at = self.cycle(&mut Round::default()).await?;
        // A caller that has gone away needs no answer; the history has it.
        drop(reply.send(answered));
        Ok(wake_at)
    }

    async fn obey(&mut self, command: Command, dry_run: bool, round: &mut Round) -> Answered {
        if self.role() == Role::Reader {
            let sentence =
                "this process only reads the store and delivers; ask the renewer instead";
            return Ok(Err(not_now("reader", sentence)));
        }
        if !round.looked {
            let trouble = round.troubles.first();
            let (condition, detail) = trouble
                .map_or((Condition::StoreUnavailable, ""), |(condition, detail)| {
                    (*condition, detail.as_str())
                });
            let sentence =
                format!("the secret store cannot be read, so nothing was done: {detail}");
            return Ok(Err(refused(RefusedKind::Refused, condition.label(), sentence)));
        }
        let needs_adoption = !matches!(command, Command::Adopt | Command::Renew { .. });
        if self.is_observer() && needs_adoption && !dry_run {
            let sentence = "this facility is only watched until a person takes it over: \
                            quaymaster facility adopt";
            return Ok(Err(not_now("observer", sentence)));
        }
        match command {
            Command::Renew { end_pin } => self.renew(end_pin, dry_run, round).await,
            Command::Install { key } => self.install(key, dry_run, round).await,
            Command::Accept => self.accept(dry_run, round).await,
            Command::Rehearse => self.rehearse(dry_run, round).await,
            Command::Rollback { until } => self.rollback(until, dry_run, round).await,
            Command::Compromise { fingerprint } => {
                self.compromise(fingerprint, dry_run, round).await
            }
            Command::CloseLeak { fingerprint } => {
                Ok(self.close_leak(fingerprint, dry_run, round).await)
            }
            Command::Adopt => self.adopt(dry_run, round).await,
        }
    }

    async fn renew(&mut self, end_pin: bool, dry_run: bool, round: &mut Round) -> Answered {
        let pinned = self.ledger.pinned(self.time.now()).cloned();
        if dry_run {
            let mut report = report("would look at the stores and ask the bank for the latest key");
            report.steps.extend(
                pinned
                    .filter(|_| end_pin)
                    .map(|pin| format!("would end the pin on key {}", pin.fingerprint)),
            );
            report.changes_pending = !report.steps.is_empty();
            return Ok(Ok(report));
        }
        if end_pin {
            self.ledger.pin = None;
        }
        self.put_off.clear();
        self.deliver_now();
        let before = self.places().current;
        self.take_steps_now(round).await?;
        round.troubles.extend(self.lasting.values().cloned());
        let summary = self.how_renewal_went(before, round);
        let grave = |(condition, _): &&(Condition, String)| {
            condition.urgency() >= Urgency::Attention && *condition != Condition::Observer
        };
        let held_up = (self.places().current == before).then(|| round.troubles.first()).flatten();
        let trouble = round.troubles.iter().find(grave).or(held_up);
        if let Some((condition, _)) = trouble {
            let waits = matches!(condition, Condition::Held | Condition::EarlierOffer);
            let kind = if waits { RefusedKind::Unclear } else { RefusedKind::Refused };
            return Ok(Err(refused(kind, condition.label(), summary)));
        }
        if !round.fetched && round.waiting == Some(Waiting::Nothing) {
            let current = self.places().current;
            let leaked = current.is_some_and(|key| self.ledger.leaked.contains(&key));
            let condition = if leaked { Condition::Compromised } else { Condition::CallsSpent };
            return Ok(Err(not_now(condition.label(), summary)));
        }
        let mut done = report(summary);
        done.steps.append(&mut round.would);
        if matches!(round.waiting, Some(Waiting::Pin(_))) {
            done.next.push("to go forward earlier: quaymaster key renew --end-pin".to_owned());
        }
        // What the bank's answer leaves as it was: a key near its end, with none to follow it.
        let mut standing = Round::default();
        if let Some(key) = self.places().current.and_then(|key| self.ledger.key(key)) {
            self.standing_of_current(key, &self.places(), &mut standing);
        }
        standing.troubles.retain(|(condition, _)| condition.urgency() >= Urgency::Attention);
        let troubles = round.troubles.iter().chain(&standing.troubles);
        done.next.extend(troubles.map(|(condition, _)| condition.remedy().to_owned()));
        Ok(Ok(done))
    }

    fn how_renewal_went(&self, before: Option<Fingerprint>, round: &Round) -> String {
        let now = self.places().current;
        if let Some(key) = now.filter(|_| now != before) {
            return format!("key {key} is now current");
        }
        if let Some(Waiting::Window(key, at)) = round.waiting {
            return format!("key {key} is proven and waits; it is made current at {at}");
        }
        if let Some(Waiting::Pin(until)) = round.waiting {
            return format!("nothing changed: a rollback's pin holds until {until}");
        }
        if let Some((_, detail)) = round.troubles.first() {
            return format!("nothing changed: {detail}");
        }
        if !round.fetched {
            let leaked = now.is_some_and(|key| self.ledger.leaked.contains(&key));
            return if now.is_none() {
                "nothing changed: no key is current, so there is none to ask the bank with"
                    .to_owned()
            } else if leaked {
                "nothing changed: the current key leaked, so no successor is fetched with it"
                    .to_owned()
            } else {
                "nothing changed: the bank could not be asked for the latest key now".to_owned()
            };
        }
        let previous = self.places().previous.and_then(|key| self.ledger.key(key));
        let current = now.and_then(|key| self.ledger.key(key));
        if let Some((newer, _)) = previous.zip(current).filter(|(a, b)| a.is_newer_than(b)) {
            let newer = newer.fingerprint;
            return format!(
                "nothing changed: the present key stays, since a person chose it over the newer key {newer}"
            );
        }
        "nothing changed: the bank's latest key is the current one".to_owned()
    }

    async fn accept(&mut self, dry_run: bool, round: &mut Round) -> Answered {
        let held = self.ledger.keys.values().filter(|key| key.state == State::Held);
        let Some(held) = held.max_by_key(|key| key.seq).map(|key| key.fingerprint) else {
            return Ok(Err(not_now("nothing_held", "no key waits to be accepted")));
        };
        let summary = format!("key {held} is accepted");
        if dry_run {
            let mut report = report(format!("would accept key {held}, which the bank offers"));
            report.changes_pending = true;
            return Ok(Ok(report));
        }
        self.ledger.accepted = Some(held);
        self.note(held, Event::Accept, "a person accepted it");
        let before = self.places().current;
        self.take_steps_now(round).await?;
        round.troubles.extend(self.lasting.values().cloned());
        let mut done = report(summary);
        done.steps.push(self.how_renewal_went(before, round));
        self.write().await;
        done.next.extend(self.forgets());
        Ok(Ok(done))
    }

    async fn rollback(
        &mut self,
        until: Option<Timestamp>,
        dry_run: bool,
        round: &mut Round,
    ) -> Answered {
        let places = self.places();
        let previous = places.previous.and_then(|key| self.ledger.key(key)).cloned();
        let Some(previous) = previous.filter(|key| key.state == State::Previous) else {
            let sentence = "there is no previous key to go back to";
            return Ok(Err(not_now("no_previous", sentence)));
        };
        let now = self.time.now();
        let last = previous.expires_at.map_or(Timestamp::MAX, |at| later(at, -PIN_MARGIN));
        let until = until.unwrap_or(last);
        if until <= now || until > last || previous.expires_at.is_none() {
            let sentence = format!(
                "the pin must end after now and a day before the previous key's expiry, so no later than {last}"
            );
            return Ok(Err(refused(RefusedKind::BadInput, "pin_too_long", sentence)));
        }
        if self.ledger.leaked.contains(&previous.fingerprint) {
            return Ok(Err(not_now("leaked", "the previous key leaked; it is never used again")));
        }
        let key = previous.fingerprint;
        if dry_run {
            let mut report = report(format!("would go back to key {key} until {until}"));
            report.steps = vec![
                format!("would try key {key} at the bank"),
                format!("would pin it: no newer key is made current before {until}"),
                "would make it current in every store and give it to every reader".to_owned(),
            ];
            report.changes_pending = true;
            return Ok(Ok(report));
        }
        let Some(text) = self.hand.get(&key).cloned() else {
            return Ok(Err(not_now("no_previous", "the previous key is not in memory; try again")));
        };
        if let Err(refused) = previous_works(&self.try_root(&text).await) {
            return Ok(Err(refused));
        }
        if let Some(record) = self.ledger.keys.get_mut(&key) {
            record.proven_at = Some(now);
        }
        let (by, reason) = self.on_behalf_of();
        self.ledger.pin = Some(Pin { fingerprint: key, until, by, reason });
        // The pin is in the book before the store moves: a crash between the two finds it and goes on.
        self.write().await;
        self.promote(key, round).await?;
        if !round.looked {
            let sentence = "the store gave no answer, so it is not known whether the rollback was \
                            made; it is finished by itself, or see quaymaster key status";
            return Ok(Err(refused(RefusedKind::Unclear, "store_unavailable", sentence)));
        }
        if self.places().current != Some(key) {
            self.ledger.pin = None;
            let sentence = "the store did not go back to the previous key; look again and repeat";
            return Ok(Err(refused(RefusedKind::Unclear, "lost_race", sentence)));
        }
        let mut done = report(format!("key {key} is current again, until {until}"));
        done.next.push("to go forward earlier: quaymaster key renew --end-pin".to_owned());
        done.next.extend(self.forgets());
        Ok(Ok(done))
    }

    async fn adopt(&mut self, dry_run: bool, round: &mut Round) -> Answered {
        if !self.is_observer() {
            return Ok(Ok(report("nothing to do: quaymaster writes for this facility already")));
        }
        // What would be written is found by taking the steps as an observer, from the first on.
        self.put_off.clear();
        self.take_steps_now(round).await?;
        let mut steps = std::mem::take(&mut round.would);
        if dry_run {
            let mut done = report("would take the facility over");
            done.steps.append(&mut steps);
            done.changes_pending = true;
            return Ok(Ok(done));
        }
        let (by, _) = self.on_behalf_of();
        self.ledger.adopted = Some((self.time.now(), by));
        self.put_off.clear();
        self.write().await;
        let mut again = Round::default();
        self.look(&mut again).await;
        self.take_steps_now(&mut again).await?;
        let mut done = report("the facility is taken over: from now on its keys are kept current");
        done.steps = steps;
        done.next.extend(self.forgets());
        Ok(Ok(done))
    }

    /// Who acts now, and why: a person whose command runs, or the program itself.
    pub(super) fn on_behalf_of(&self) -> (ActorName, Option<String>) {
        self.acting.clone().unwrap_or_else(|| (self.itself(), None))
    }
}

/// Refuses to go back to a key that the bank does not answer to.
fn previous_works(answer: &Answer) -> Result<(), Refused> {
    match answer {
        Answer::Works(_) => Ok(()),
        Answer::Nothing => {
            let sentence = "the bank gave no answer about the previous key; nothing was done";
            Err(refused(RefusedKind::Unclear, "no_answer", sentence))
        }
        Answer::OtherFacility(_) | Answer::WrongKind | Answer::Unauthorised | Answer::NotReady => {
            let sentence = "the bank does not accept the previous key; nothing was done";
            Err(refused(RefusedKind::Refused, "previous_refused", sentence))
        }
    }
}
