//! What to do next for a facility's keys. One function decides for every start, every cycle and
//! after every crash, from what is seen now; it keeps no thread of its own.
//!
//! The order is: end the lives that ended, clear the places they held, bring the best newer key
//! forward (prove, then promote), ask the bank for the latest, rest. Each step can be repeated.

use jiff::{SignedDuration, Timestamp};

use super::ledger::Ledger;
use super::names::Fingerprint;
use super::secret_key::{Event, KeyRecord, Origin, State};

/// A proof older than this is made again before a promotion: addresses and white-lists change.
pub const PROOF_LASTS: SignedDuration = SignedDuration::from_mins(10);

/// A new key seen while the present one has more than this left was not made by the bank's schedule:
/// someone made it in the portal.
pub const SCHEDULED_WITHIN: SignedDuration = SignedDuration::from_hours(60 * 24);

/// What the authority's places hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Whether the secret exists.
    pub exists: bool,
    /// The key readers are given.
    pub current: Option<Fingerprint>,
    /// The key before it.
    pub previous: Option<Fingerprint>,
    /// Keys no reader looks at.
    pub pending: Vec<Fingerprint>,
}

/// When a waiting key may be made current.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Now.
    Open,
    /// Not before this time.
    Until(Timestamp),
}

/// Everything a decision looks at.
#[derive(Clone, Debug)]
pub struct Sight<'a> {
    /// What is remembered.
    pub ledger: &'a Ledger,
    /// What the authority holds.
    pub places: &'a Places,
    /// A key that is in no store, while none is current: the bootstrap key, or one that was current
    /// until a person emptied the secret.
    pub in_hand: Option<Fingerprint>,
    /// The best estimate of the bank's time.
    pub now: Timestamp,
    /// The bank's own time, if it has told us in this run; only this may end a key's life.
    pub bank_time: Option<Timestamp>,
    /// Whether windows and freezes let a key be made current.
    pub gate: Gate,
    /// Keys that were tried in this cycle without success, or wait for their next try.
    pub put_off: &'a [Fingerprint],
    /// Whether the bank refused the current key in this cycle.
    pub current_refused: bool,
    /// Whether the bank may and should be asked for the latest key now.
    pub fetch_due: bool,
}

/// The next thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Follow a row of the table; nothing else happens.
    Note(Fingerprint, Event),
    /// Take a key out of the authority's previous or pending place.
    Remove(Fingerprint),
    /// Ask the bank whether a key works for this facility.
    Prove(Fingerprint),
    /// Create the secret with a proven key in it.
    Create(Fingerprint),
    /// Put a key that is in hand into the pending place.
    Stage(Fingerprint),
    /// Make a proven key current.
    Promote(Fingerprint),
    /// Ask the bank for the latest key.
    Fetch,
    /// Nothing now.
    Rest(Waiting),
}

/// What a rest waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// The next daily look.
    Nothing,
    /// A window, for this key.
    Window(Fingerprint, Timestamp),
    /// The end of a pin.
    Pin(Timestamp),
    /// A key that could not be proven; it is tried again.
    Proof(Fingerprint),
}

/// Decides the next step.
pub fn next_step(sight: &Sight<'_>) -> Step {
    ended(sight)
        .or_else(|| cleared(sight))
        .or_else(|| forward(sight))
        .unwrap_or_else(|| if sight.fetch_due { Step::Fetch } else { rest(sight) })
}

/// A key whose life ended by the bank's own time.
fn ended(sight: &Sight<'_>) -> Option<Step> {
    let now = sight.bank_time?;
    let over = |key: &&KeyRecord| key.has_expired(now) && key.state.next(Event::Expire).is_some();
    sight.ledger.keys.values().find(over).map(|key| Step::Note(key.fingerprint, Event::Expire))
}

/// A place that holds a key nobody should find there. The current place is never cleared: a key
/// leaves it only for another one.
fn cleared(sight: &Sight<'_>) -> Option<Step> {
    let places = sight.places.pending.iter().chain(&sight.places.previous);
    let useless = |key: &&Fingerprint| match sight.ledger.state(**key) {
        Some(
            State::Rejected | State::Dropped | State::Compromised | State::Revoked | State::Expired,
        ) => Some(**key) != sight.places.current,
        _ => false,
    };
    if let Some(key) = places.clone().find(useless) {
        return Some(Step::Remove(*key));
    }
    let best = candidate(sight)?;
    let outdone = |key: &&KeyRecord| {
        let waits = matches!(key.state, State::Staged | State::Proven);
        waits && key.fingerprint != best.fingerprint && replaces(sight.ledger, best, key)
    };
    let pending = sight.places.pending.iter().filter_map(|key| sight.ledger.key(*key));
    pending.into_iter().find(outdone).map(|key| Step::Note(key.fingerprint, Event::Drop))
}

/// Brings the best newer key one step forward.
fn forward(sight: &Sight<'_>) -> Option<Step> {
    if let Some(key) = stranger(sight) {
        return Some(Step::Prove(key));
    }
    let key = candidate(sight)?;
    let name = key.fingerprint;
    if sight.put_off.contains(&name) {
        return None;
    }
    if !is_proven(key, sight.now) {
        return Some(Step::Prove(name));
    }
    if key.state != State::Proven {
        return Some(Step::Note(name, Event::Prove));
    }
    if Some(name) == sight.in_hand && !holds(sight.places, name) {
        return Some(if sight.places.exists { Step::Stage(name) } else { Step::Create(name) });
    }
    let open = sight.gate == Gate::Open || sight.current_refused || sight.places.current.is_none();
    open.then_some(Step::Promote(name))
}

/// A pending key another replica or a person put there, whose expiry only the bank can tell.
fn stranger(sight: &Sight<'_>) -> Option<Fingerprint> {
    let unknown = |key: &&KeyRecord| {
        let waits = key.state == State::Staged && key.expires_at.is_none();
        let tried = sight.put_off.contains(&key.fingerprint);
        waits && !tried && !sight.ledger.leaked.contains(&key.fingerprint)
    };
    let pending = sight.places.pending.iter().filter_map(|key| sight.ledger.key(*key));
    pending.into_iter().find(unknown).map(|key| key.fingerprint)
}

/// The key that should become current, if one should. None does while a pin holds.
pub fn candidate<'a>(sight: &Sight<'a>) -> Option<&'a KeyRecord> {
    if sight.ledger.pinned(sight.now).is_some() {
        return None;
    }
    let current = sight.places.current.and_then(|key| sight.ledger.key(key));
    let places = sight.places.pending.iter().chain(&sight.places.previous);
    let in_hand = sight.in_hand.iter().filter(|_| current.is_none());
    let usable = |key: &&KeyRecord| match key.state {
        State::Staged | State::SetAside => true,
        State::Proven | State::Offered => {
            holds(sight.places, key.fingerprint) || Some(key.fingerprint) == sight.in_hand
        }
        // A newer key in the previous place: the secret was restored from a backup.
        State::Previous => sight.ledger.intended == Some(key.fingerprint),
        State::Held
        | State::Current
        | State::Rejected
        | State::Dropped
        | State::Compromised
        | State::Revoked
        | State::Expired => false,
    };
    places
        .chain(in_hand)
        .filter_map(|key| sight.ledger.key(*key))
        .filter(usable)
        .filter(|key| !sight.ledger.leaked.contains(&key.fingerprint))
        .filter(|key| current.is_none_or(|current| replaces(sight.ledger, key, current)))
        .reduce(|best, key| if replaces(sight.ledger, key, best) { key } else { best })
}

/// Whether `key` should take `other`'s place: a key that waits on a person's word first, then the
/// later expiry.
fn replaces(ledger: &Ledger, key: &KeyRecord, other: &KeyRecord) -> bool {
    let waits = |key: &KeyRecord| {
        let chosen = key.origin == Origin::Installed || ledger.accepted == Some(key.fingerprint);
        chosen && matches!(key.state, State::Staged | State::Proven)
    };
    match (waits(key), waits(other)) {
        (true, false) => true,
        (false, true) => false,
        (true, true) => key.seq > other.seq,
        (false, false) => key.is_newer_than(other),
    }
}

fn is_proven(key: &KeyRecord, now: Timestamp) -> bool {
    let fresh = |at: Timestamp| {
        let age = now.duration_since(at);
        age >= -PROOF_LASTS && age <= PROOF_LASTS
    };
    key.proven_at.is_some_and(fresh)
}

fn holds(places: &Places, key: Fingerprint) -> bool {
    places.pending.contains(&key) || places.current == Some(key) || places.previous == Some(key)
}

fn rest(sight: &Sight<'_>) -> Step {
    if let Some(pin) = sight.ledger.pinned(sight.now) {
        return Step::Rest(Waiting::Pin(pin.until));
    }
    Step::Rest(match (candidate(sight), sight.gate) {
        (Some(key), _) if sight.put_off.contains(&key.fingerprint) => {
            Waiting::Proof(key.fingerprint)
        }
        (Some(key), Gate::Until(at)) => Waiting::Window(key.fingerprint, at),
        (_, Gate::Open) | (None, Gate::Until(_)) => Waiting::Nothing,
    })
}

/// What the bank's answer to "which is the latest key?" means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Offer {
    /// It is the key we use.
    Same,
    /// It is on its way already.
    Known,
    /// Stage it.
    Take,
    /// It is newer than needed: wait for a person.
    Hold,
    /// It expires before the key we use: wait for a person.
    Earlier,
    /// It has expired already, or was rejected or leaked: never use it.
    Refuse,
}

/// Whether unscheduled keys wait for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unscheduled {
    /// They are used.
    Adopt,
    /// They wait for `key accept`.
    Hold,
}

/// Judges an offered key against the current one.
pub fn judge_offer(
    ledger: &Ledger,
    offered: Fingerprint,
    expires_at: Timestamp,
    current: Option<&KeyRecord>,
    unscheduled: Unscheduled,
    now: Timestamp,
) -> Offer {
    if current.is_some_and(|key| key.fingerprint == offered) {
        return Offer::Same;
    }
    if expires_at <= now || ledger.leaked.contains(&offered) {
        return Offer::Refuse;
    }
    match ledger.state(offered) {
        Some(State::Rejected | State::Compromised | State::Revoked | State::Expired) => {
            return Offer::Refuse;
        }
        Some(State::Staged | State::Proven | State::SetAside) => return Offer::Known,
        _ => {}
    }
    let Some(current) = current else { return Offer::Take };
    if ledger.accepted == Some(offered) {
        return Offer::Take;
    }
    if current.expires_at.is_some_and(|ours| expires_at < ours) {
        return Offer::Earlier;
    }
    let far = current.time_left(now).is_some_and(|left| left > SCHEDULED_WITHIN);
    if far && unscheduled == Unscheduled::Hold { Offer::Hold } else { Offer::Take }
}
