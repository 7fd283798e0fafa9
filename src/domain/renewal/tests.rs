//! Decisions case by case; the first ones are shortest ways to harm that the model found once.

use super::*;

mod liveness;
mod random;

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn key(byte: u8) -> Fingerprint {
    Fingerprint::from_bytes([byte; 8])
}

fn day(number: i32) -> Timestamp {
    Timestamp::UNIX_EPOCH + DAY * number
}

/// A ledger of keys, met in this order: number, state, and the day on which each expires, if known.
fn ledger(keys: &[(u8, State, Option<i32>)]) -> Ledger {
    let mut ledger = Ledger::default();
    for (byte, state, expires) in keys {
        let record = ledger.meet(key(*byte), Origin::Store, day(0));
        record.state = *state;
        record.expires_at = expires.map(day);
    }
    ledger
}

fn places(current: u8, previous: Option<u8>, pending: &[u8]) -> Places {
    Places {
        exists: true,
        current: Some(key(current)),
        previous: previous.map(key),
        pending: pending.iter().copied().map(key).collect(),
    }
}

/// A look on day 1, at which everything may be done.
fn sight<'a>(ledger: &'a Ledger, places: &'a Places) -> Sight<'a> {
    Sight {
        ledger,
        places,
        in_hand: None,
        now: day(1),
        bank_time: Some(day(1)),
        gate: Gate::Open,
        put_off: &[],
        current_refused: false,
        fetch_due: false,
    }
}

fn prove_now(ledger: &mut Ledger, byte: u8) {
    let record = ledger.keys.get_mut(&key(byte)).unwrap();
    (record.state, record.proven_at) = (State::Proven, Some(day(1)));
}

/// Key 2 works and key 3 does not yet. Dropping 2 for 3 would leave nothing when 1 expires.
#[test]
fn a_key_that_works_is_not_dropped_for_one_that_may_not() {
    let mut ledger = ledger(&[
        (1, State::Current, Some(30)),
        (2, State::Staged, Some(400)),
        (3, State::Staged, Some(500)),
    ]);
    let places = places(1, None, &[2, 3]);
    assert_eq!(next_step(&sight(&ledger, &places)), Step::Prove(key(3)));
    prove_now(&mut ledger, 3);
    // Even proven it may lose the race to a peer who promotes 2, and then 2 is the previous key.
    assert_eq!(next_step(&sight(&ledger, &places)), Step::Promote(key(3)));
}

#[test]
fn a_key_the_bank_does_not_accept_yet_holds_up_no_other() {
    let ledger = ledger(&[
        (1, State::Current, Some(30)),
        (2, State::Staged, Some(400)),
        (3, State::Staged, Some(500)),
    ]);
    let places = places(1, None, &[2, 3]);
    let put_off = [key(3)];
    let seen = Sight { put_off: &put_off, ..sight(&ledger, &places) };
    assert_eq!(next_step(&seen), Step::Prove(key(2)));
    let put_off = [key(3), key(2)];
    let seen = Sight { put_off: &put_off, ..sight(&ledger, &places) };
    assert_eq!(next_step(&seen), Step::Rest(Waiting::Proof(key(3))));
}

/// What the current key outdoes is dropped, and taken out after that: no peer can make it current any
/// more from here, so it is not a reader's previous key by then.
#[test]
fn an_older_pending_key_is_dropped_once_a_newer_one_is_current() {
    let mut ledger = ledger(&[
        (1, State::Previous, Some(30)),
        (2, State::Proven, Some(400)),
        (3, State::Current, Some(500)),
    ]);
    let places = places(3, Some(1), &[2]);
    assert_eq!(next_step(&sight(&ledger, &places)), Step::Note(key(2), Event::Drop));
    ledger.step(key(2), Event::Drop).unwrap();
    assert_eq!(next_step(&sight(&ledger, &places)), Step::Remove(key(2)));
}

/// AWS keeps no expiry: key 2 was found current after 3 was met, so nothing says that 3 is newer, and
/// yet 2 is dead and 3 works.
#[test]
fn beside_a_dead_current_key_any_that_works_will_do() {
    let ledger = ledger(&[(3, State::Staged, Some(500)), (2, State::Current, None)]);
    let places = places(2, None, &[3]);
    assert_eq!(next_step(&sight(&ledger, &places)), Step::Rest(Waiting::Nothing));
    let refused = Sight { current_refused: true, ..sight(&ledger, &places) };
    assert_eq!(next_step(&refused), Step::Prove(key(3)));
}

#[test]
fn of_two_ways_out_the_one_whose_expiry_is_known_comes_first() {
    let keys =
        [(1, State::Expired, Some(0)), (3, State::SetAside, Some(500)), (2, State::Proven, None)];
    let ledger = ledger(&keys);
    let places = places(1, Some(3), &[2]);
    assert_eq!(next_step(&sight(&ledger, &places)), Step::Prove(key(3)));
}

/// The bank's word that a key is the latest counts for more than the order in which keys were met.
#[test]
fn the_key_the_bank_calls_the_latest_is_newer() {
    let mut ledger = ledger(&[(3, State::Staged, None), (2, State::Current, None)]);
    ledger.offered(key(3), None, day(500));
    let places = places(2, None, &[3]);
    assert_eq!(next_step(&sight(&ledger, &places)), Step::Prove(key(3)));
    let seq = ledger.key(key(3)).unwrap().seq;
    ledger.offered(key(3), None, day(500));
    assert_eq!(ledger.key(key(3)).unwrap().seq, seq);
}

/// A current key that has expired is waited beside by no window and no freeze.
#[test]
fn no_window_is_waited_for_beside_a_dead_key() {
    let mut ledger = ledger(&[(1, State::Current, Some(30)), (2, State::Staged, Some(400))]);
    prove_now(&mut ledger, 2);
    let places = places(1, None, &[2]);
    let shut = Sight { gate: Gate::Until(day(90)), ..sight(&ledger, &places) };
    assert_eq!(next_step(&shut), Step::Rest(Waiting::Window(key(2), day(90))));
    assert_eq!(next_step(&Sight { current_refused: true, ..shut.clone() }), Step::Promote(key(2)));
    ledger.step(key(1), Event::Expire).unwrap();
    let expired = Sight { gate: Gate::Until(day(90)), ..sight(&ledger, &places) };
    assert_eq!(next_step(&expired), Step::Promote(key(2)));
}

/// A key proven once is not tried again and again while it waits: each proof costs one of the day's
/// calls, and none would be left to ask for the latest key.
#[test]
fn a_key_that_waits_for_a_window_is_not_proven_again_meanwhile() {
    let mut ledger = ledger(&[(1, State::Current, Some(30)), (2, State::Staged, Some(400))]);
    prove_now(&mut ledger, 2);
    let places = places(1, None, &[2]);
    let late = Sight { now: day(5), bank_time: Some(day(5)), ..sight(&ledger, &places) };
    let shut = Sight { gate: Gate::Until(day(9)), fetch_due: true, ..late.clone() };
    assert_eq!(next_step(&shut), Step::Fetch);
    assert_eq!(next_step(&late), Step::Prove(key(2)));
}

/// After a rollback whose pin was lost with the book, the newer key stands in the previous place.
/// As after an installation that was cut short, or a leak.
#[test]
fn a_key_that_a_person_brought_or_that_follows_a_leaked_one_waits_for_no_window() {
    let mut ledger = ledger(&[(1, State::Current, Some(40)), (2, State::Staged, Some(50))]);
    let places = places(1, None, &[2]);
    let frozen = |ledger: &Ledger| {
        next_step(&Sight { gate: Gate::Until(day(30)), ..sight(ledger, &places) })
    };
    prove_now(&mut ledger, 2);
    assert_eq!(frozen(&ledger), Step::Rest(Waiting::Window(key(2), day(30))));
    let mut leak = ledger.clone();
    leak.leaked.insert(key(1));
    assert_eq!(frozen(&leak), Step::Promote(key(2)));
    ledger.keys.get_mut(&key(2)).unwrap().origin = Origin::Installed;
    assert_eq!(frozen(&ledger), Step::Promote(key(2)));
}

#[test]
fn a_newer_previous_key_is_gone_forward_to() {
    let ledger = ledger(&[(2, State::Current, Some(300)), (3, State::Previous, Some(400))]);
    let places = places(2, Some(3), &[]);
    assert_eq!(next_step(&sight(&ledger, &places)), Step::Prove(key(3)));
}

/// Second guards that the model cannot tell from the first ones, tried here by themselves.
#[test]
fn an_older_key_is_never_a_candidate() {
    for (current, pending) in [(Some(500), Some(400)), (Some(400), None), (None, None)] {
        let mut ledger = ledger(&[(2, State::Current, current), (1, State::Staged, pending)]);
        prove_now(&mut ledger, 1);
        let places = places(2, None, &[1]);
        assert_eq!(candidate(&sight(&ledger, &places)), None, "{current:?} {pending:?}");
    }
}

#[test]
fn a_key_staged_beside_a_newer_one_stays_behind_it() {
    for order in [[2, 3], [3, 2]] {
        let ledger = ledger(&[
            (1, State::Current, Some(30)),
            (3, State::Staged, Some(500)),
            (2, State::Staged, Some(400)),
        ]);
        let places = places(1, None, &order);
        let best = candidate(&sight(&ledger, &places)).map(|best| best.fingerprint);
        assert_eq!(best, Some(key(3)));
    }
}

/// A key that could not be stored is only in memory; the bank is asked for it again.
/// As after a crash between the first key's file and the pointer to it.
#[test]
fn a_creation_cut_short_is_done_again() {
    let mut ledger = ledger(&[(1, State::Staged, Some(90))]);
    let places = Places { pending: vec![key(1)], ..Places::default() };
    prove_now(&mut ledger, 1);
    let seen = Sight { in_hand: Some(key(1)), ..sight(&ledger, &places) };
    assert_eq!(next_step(&seen), Step::Create(key(1)));
    // Without the bootstrap file, too.
    assert_eq!(next_step(&sight(&ledger, &places)), Step::Create(key(1)));
}

/// As after a write that failed: the bank need not be asked again.
#[test]
fn a_key_that_the_store_did_not_take_is_staged_again() {
    let mut ledger = ledger(&[(1, State::Current, Some(90)), (2, State::Offered, Some(190))]);
    let places = places(1, None, &[]);
    let seen = Sight { in_hand: Some(key(2)), ..sight(&ledger, &places) };
    assert_eq!(next_step(&seen), Step::Stage(key(2)));
    assert_eq!(next_step(&sight(&ledger, &places)), Step::Rest(Waiting::Nothing));
    ledger.leaked.insert(key(2));
    let seen = Sight { in_hand: Some(key(2)), ..sight(&ledger, &places) };
    assert_eq!(next_step(&seen), Step::Rest(Waiting::Nothing));
}

#[test]
fn a_key_that_was_not_stored_is_taken_when_it_is_offered_again() {
    let ledger = ledger(&[(1, State::Current, Some(30)), (2, State::Offered, Some(400))]);
    let places = places(1, None, &[]);
    assert_eq!(candidate(&sight(&ledger, &places)), None);
    let due = Sight { fetch_due: true, ..sight(&ledger, &places) };
    assert_eq!(next_step(&due), Step::Fetch);
    let offer = judge_offer(&ledger, key(2), day(400), &places, Unscheduled::Hold, day(1));
    assert_eq!(offer, Offer::Take);
}

/// A pending version that a person deleted is not on its way, whatever the ledger remembers.
#[test]
fn a_key_that_is_gone_from_the_store_is_taken_again() {
    for state in [State::Staged, State::Proven, State::SetAside, State::Previous] {
        let ledger = ledger(&[(1, State::Current, Some(30)), (2, state, Some(400))]);
        let judge = |places: &Places| {
            judge_offer(&ledger, key(2), day(400), places, Unscheduled::Hold, day(1))
        };
        assert_eq!(judge(&places(1, None, &[2])), Offer::Known, "{state:?}");
        assert_eq!(judge(&places(1, Some(2), &[])), Offer::Known, "{state:?}");
        assert_eq!(judge(&places(1, None, &[])), Offer::Take, "{state:?}");
    }
}

/// An offer of a key that expires on the given day, beside a current key that expires on day 30.
fn judge(state: Option<State>, expires: Timestamp, policy: Unscheduled, now: Timestamp) -> Offer {
    let mut keys = vec![(1, State::Current, Some(30))];
    keys.extend(state.map(|state| (2, state, None)));
    judge_offer(&ledger(&keys), key(2), expires, &places(1, None, &[]), policy, now)
}

#[test]
fn offers_are_judged_by_expiry_history_and_schedule() {
    let (now, hold) = (day(1), Unscheduled::Hold);
    for (state, expires, offer) in [
        (None, 400, Offer::Take),
        (None, 30, Offer::Take),
        (None, 29, Offer::Earlier),
        (None, 1, Offer::Refuse),
        (None, 0, Offer::Refuse),
        (Some(State::Offered), 400, Offer::Take),
        (Some(State::Held), 400, Offer::Take),
        (Some(State::Dropped), 400, Offer::Take),
        (Some(State::Rejected), 400, Offer::Refuse),
        (Some(State::Compromised), 400, Offer::Refuse),
        (Some(State::Revoked), 400, Offer::Refuse),
        (Some(State::Expired), 400, Offer::Refuse),
    ] {
        assert_eq!(judge(state, day(expires), hold, now), offer, "{state:?} {expires}");
    }
    // Far from the present key's expiry: by policy, and at exactly the limit not yet.
    let early = day(30) - SCHEDULED_WITHIN;
    let sooner = early - SignedDuration::from_nanos(1);
    assert_eq!(judge(None, day(400), hold, early), Offer::Take);
    assert_eq!(judge(None, day(400), hold, sooner), Offer::Hold);
    assert_eq!(judge(None, day(400), Unscheduled::Adopt, sooner), Offer::Take);
    assert_eq!(judge(None, day(29), Unscheduled::Adopt, sooner), Offer::Earlier);
}

#[test]
fn the_current_key_a_leaked_one_and_an_accepted_one_are_known_as_such() {
    let mut known = ledger(&[(1, State::Current, Some(300)), (2, State::Offered, None)]);
    let places = places(1, None, &[]);
    let judge = |ledger: &Ledger, byte, expires| {
        judge_offer(ledger, key(byte), expires, &places, Unscheduled::Hold, day(1))
    };
    assert_eq!(judge(&known, 1, day(300)), Offer::Same);
    assert_eq!(judge(&known, 2, day(400)), Offer::Hold);
    assert_eq!(judge(&known, 2, day(200)), Offer::Earlier);
    known.accepted = Some(key(2));
    assert_eq!(judge(&known, 2, day(400)), Offer::Take);
    assert_eq!(judge(&known, 2, day(200)), Offer::Take);
    known.leaked.insert(key(2));
    assert_eq!(judge(&known, 2, day(400)), Offer::Refuse);
}

#[test]
fn notafter_in_past() {
    assert_eq!(judge(None, day(0), Unscheduled::Adopt, day(1)), Offer::Refuse);
}

#[test]
fn notafter_before_now_by_1ns() {
    let just = SignedDuration::from_nanos(1);
    assert_eq!(judge(None, day(1) - just, Unscheduled::Adopt, day(1)), Offer::Refuse);
    assert_eq!(judge(None, day(30) + just, Unscheduled::Adopt, day(1)), Offer::Take);
}

/// A key that a peer put into the pending place, or that a crash left there, never keeps the bank from
/// being asked: at worst it waits beside what comes.
#[test]
fn pending_label_blocks_next() {
    let ledger = ledger(&[(1, State::Current, Some(30)), (2, State::Staged, Some(400))]);
    let places = places(1, None, &[2]);
    let put_off = [key(2)];
    let seen = Sight { put_off: &put_off, fetch_due: true, ..sight(&ledger, &places) };
    assert_eq!(next_step(&seen), Step::Fetch);
}

/// An expiry at this very moment has passed; one a nanosecond later has not.
#[test]
fn ttl_zero_window() {
    let mut ledger = ledger(&[(1, State::Previous, Some(1)), (2, State::Current, Some(400))]);
    let places = places(2, Some(1), &[]);
    assert_eq!(next_step(&sight(&ledger, &places)), Step::Note(key(1), Event::Expire));
    ledger.learn(key(1), None, Some(day(1) + SignedDuration::from_nanos(1)));
    assert_eq!(next_step(&sight(&ledger, &places)), Step::Rest(Waiting::Nothing));
}
