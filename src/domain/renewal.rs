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
    /// A key that is in memory and in no store: the bootstrap key or one that was current until a
    /// person emptied the secret, while none is current; else one that the store did not take.
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
    // A key that waits is dropped for one that is current, or that a person chose and the bank knows;
    // never for one that may yet fail, and never while a peer could still make it current: the place
    // it is then taken from would be the previous one.
    let current = sight.places.current.and_then(|key| sight.ledger.key(key));
    let current = current.filter(|key| key.state == State::Current);
    let chosen = candidate(sight).filter(|key| is_chosen(sight.ledger, key));
    let chosen = chosen.filter(|key| key.state == State::Proven);
    let outdone = |key: &&KeyRecord| {
        let better = |other: &KeyRecord| {
            other.fingerprint != key.fingerprint && replaces(sight.ledger, other, key)
        };
        let waits = matches!(key.state, State::Staged | State::Proven);
        waits
            && Some(key.fingerprint) != sight.places.current
            && current.into_iter().chain(chosen).any(better)
    };
    let pending = sight.places.pending.iter().filter_map(|key| sight.ledger.key(*key));
    pending.into_iter().find(outdone).map(|key| Step::Note(key.fingerprint, Event::Drop))
}

/// Brings the best newer key one step forward.
fn forward(sight: &Sight<'_>) -> Option<Step> {
    if let Some(key) = stranger(sight) {
        return Some(Step::Prove(key));
    }
    if let Some(step) = unfinished_rollback(sight) {
        return Some(step);
    }
    let key = candidate(sight)?;
    let name = key.fingerprint;
    let open = sight.gate == Gate::Open || living(sight).is_none() || is_urgent(sight, key);
    // A key that waits for a window is not tried again and again meanwhile.
    if key.state == State::Proven && !open {
        return None;
    }
    let unstored = Some(name) == sight.in_hand && !holds(sight.places, name);
    // A key that only memory holds is stored first, unless it is the first of all: some stores make
    // that one current by themselves.
    if unstored && sight.places.current.is_some() {
        return Some(Step::Stage(name));
    }
    if !is_proven(key, sight.now) {
        return Some(Step::Prove(name));
    }
    if key.state != State::Proven {
        return Some(Step::Note(name, Event::Prove));
    }
    // A creation that was cut short may have left its key pending in a secret that does not exist yet.
    if !sight.places.exists {
        return Some(Step::Create(name));
    }
    Some(if unstored { Step::Stage(name) } else { Step::Promote(name) })
}

/// A rollback that is in the book and was never made at the store: a crash came between the two. One
/// that was made is not made again, since whoever moved on from it since meant to.
fn unfinished_rollback(sight: &Sight<'_>) -> Option<Step> {
    let pinned = sight.ledger.pinned(sight.now)?.fingerprint;
    let made = sight.ledger.intended == Some(pinned) || sight.places.current == Some(pinned);
    let stopped = sight.ledger.leaked.contains(&pinned) || sight.put_off.contains(&pinned);
    if made || stopped || !holds(sight.places, pinned) {
        return None;
    }
    let key = sight.ledger.key(pinned)?;
    match key.state {
        State::Previous | State::Proven if is_proven(key, sight.now) => Some(Step::Promote(pinned)),
        State::Previous | State::Proven => Some(Step::Prove(pinned)),
        State::Offered
        | State::Held
        | State::Staged
        | State::Current
        | State::SetAside
        | State::Rejected
        | State::Dropped
        | State::Compromised
        | State::Revoked
        | State::Expired => None,
    }
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

/// The key that should become current, if one should: the best of those that need not wait for
/// another try, so that one the bank does not accept yet holds up no other. None does while a pin
/// holds.
pub fn candidate<'a>(sight: &Sight<'a>) -> Option<&'a KeyRecord> {
    best(sight, |key| !sight.put_off.contains(&key.fingerprint))
}

fn best<'a>(sight: &Sight<'a>, allowed: impl Fn(&KeyRecord) -> bool) -> Option<&'a KeyRecord> {
    if sight.ledger.pinned(sight.now).is_some() {
        return None;
    }
    let living = living(sight);
    let places = sight.places.pending.iter().chain(&sight.places.previous);
    // What a person made current stays, whatever expires later, for as long as it works.
    let persons = living.is_some_and(|key| is_persons(sight.ledger, key));
    let usable = |key: &&KeyRecord| match key.state {
        // A newer key in the previous place: the secret was restored from a backup, or a rollback was
        // forgotten with the book.
        State::Staged | State::SetAside => true,
        State::Previous => !persons,
        State::Proven | State::Offered => {
            holds(sight.places, key.fingerprint) || Some(key.fingerprint) == sight.in_hand
        }
        State::Held
        | State::Current
        | State::Rejected
        | State::Dropped
        | State::Compromised
        | State::Revoked
        | State::Expired => false,
    };
    places
        .chain(&sight.in_hand)
        .filter_map(|key| sight.ledger.key(*key))
        .filter(usable)
        .filter(|key| allowed(key))
        .filter(|key| !sight.ledger.leaked.contains(&key.fingerprint))
        .filter(|key| Some(key.fingerprint) != sight.places.current)
        .filter(|key| living.is_none_or(|current| replaces(sight.ledger, key, current)))
        .reduce(|best, key| {
            // Where nothing says which of two is newer, the one whose expiry is known comes first.
            let surer = best.expires_at.is_none() && key.expires_at.is_some();
            let surer = surer && !is_chosen(sight.ledger, best);
            if surer || replaces(sight.ledger, key, best) { key } else { best }
        })
}

/// The current key, unless it has expired or the bank refused it: a dead key need not be outdone by
/// one that works, and no window is worth waiting for beside it.
fn living<'a>(sight: &Sight<'a>) -> Option<&'a KeyRecord> {
    let current = sight.places.current.and_then(|key| sight.ledger.key(key));
    current.filter(|key| key.state != State::Expired && !sight.current_refused)
}

/// Whether `key` should take `other`'s place: a key that waits on a person's word first, then the
/// later expiry.
fn replaces(ledger: &Ledger, key: &KeyRecord, other: &KeyRecord) -> bool {
    match (is_chosen(ledger, key), is_chosen(ledger, other)) {
        (true, false) => true,
        (false, true) => false,
        (true, true) => key.seq > other.seq,
        (false, false) => key.is_newer_than(other),
    }
}

/// Whether a person chose the key, and it has not been made current since.
fn is_chosen(ledger: &Ledger, key: &KeyRecord) -> bool {
    is_persons(ledger, key) && matches!(key.state, State::Staged | State::Proven)
}

/// Whether a person brought the key, or accepted it.
fn is_persons(ledger: &Ledger, key: &KeyRecord) -> bool {
    key.origin == Origin::Installed || ledger.accepted == Some(key.fingerprint)
}

/// Whether windows and freezes do not concern a key: one that a person brought, and any that would take
/// the place of a key that leaked.
fn is_urgent(sight: &Sight<'_>, key: &KeyRecord) -> bool {
    let leaked = sight.places.current.is_some_and(|key| sight.ledger.leaked.contains(&key));
    leaked || (key.origin == Origin::Installed && is_chosen(sight.ledger, key))
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
    let ready = candidate(sight).map(|key| key.fingerprint);
    let put_off = best(sight, |_| true).map(|key| key.fingerprint);
    Step::Rest(match (ready, sight.gate, put_off) {
        (Some(key), Gate::Until(at), _) => Waiting::Window(key, at),
        (None, _, Some(key)) => Waiting::Proof(key),
        (Some(_), Gate::Open, _) | (None, _, None) => Waiting::Nothing,
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
    places: &Places,
    unscheduled: Unscheduled,
    now: Timestamp,
) -> Offer {
    if places.current == Some(offered) {
        return Offer::Same;
    }
    if expires_at <= now || ledger.leaked.contains(&offered) {
        return Offer::Refuse;
    }
    match ledger.state(offered) {
        Some(State::Rejected | State::Compromised | State::Revoked | State::Expired) => {
            return Offer::Refuse;
        }
        // One that is gone from the store again is not on its way, whatever the ledger remembers.
        Some(State::Staged | State::Proven | State::SetAside | State::Previous)
            if holds(places, offered) =>
        {
            return Offer::Known;
        }
        _ => {}
    }
    let Some(current) = places.current.and_then(|key| ledger.key(key)) else { return Offer::Take };
    if ledger.accepted == Some(offered) {
        return Offer::Take;
    }
    if current.expires_at.is_some_and(|ours| expires_at < ours) {
        return Offer::Earlier;
    }
    // Where the present key's expiry is not known, a person who wants to be asked is asked.
    let far = current.time_left(now).is_none_or(|left| left > SCHEDULED_WITHIN);
    if far && unscheduled == Unscheduled::Hold { Offer::Hold } else { Offer::Take }
}

#[cfg(test)]
mod tests;
