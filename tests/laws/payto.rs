//! A PayTo agreement and its amendments as the documents and PayTo's rules tell of them, and what no
//! side can do.

use quaymaster::domain::lifecycle::Cause;
use quaymaster::domain::payto_agreement::{self as agreement, Side, State, Status};
use quaymaster::domain::payto_amendment as amendment;

use crate::walks::{enums_follow_the_rows, guesses, walk, ways};

mod of_agreements {
    super::enums_follow_the_rows!(payto_agreement);
}

mod of_amendments {
    super::enums_follow_the_rows!(payto_amendment);
}

#[test]
fn what_the_documents_tell_of_agreements_is_lawful() {
    for (events, end) in [
        (&["register", "approve"][..], "active"),
        (&["register", "decline"], "declined"),
        (&["register", "recall"], "recalled"),
        (&["register", "expire"], "expired"),
        // The vendor's test payers: ineligible; late, then approved; cancelled after a payment.
        (&["fail"], "failed"),
        (&["register", "approve", "cancel"], "cancelled"),
        // A direct debit moved over needs no answer.
        (&["migrate"], "active"),
        // A payer who pauses and comes back, and an agreement of ours over the holidays.
        (&["register", "approve", "pause", "unpause"], "active"),
        (&["register", "approve", "suspend", "resume"], "active"),
        // New terms may be sent while it is paused, by whomever.
        (&["register", "approve", "amend", "revise"], "active"),
        (&["register", "approve", "suspend", "amend"], "suspended_by_us"),
        (&["register", "approve", "pause", "amend", "unpause"], "active"),
        // Its end date passes, whether it is paused or not.
        (&["register", "approve", "finish"], "cancelled"),
        (&["register", "approve", "pause", "finish"], "cancelled"),
        (&["register", "approve", "suspend", "cancel"], "cancelled"),
    ] {
        assert_eq!(walk(&agreement::TABLE, "creating", events), Some(end), "{events:?}");
    }
}

#[test]
fn only_the_side_that_paused_ends_the_pause() {
    assert_eq!(walk(&agreement::TABLE, "active", &["pause", "resume"]), None);
    assert_eq!(walk(&agreement::TABLE, "active", &["suspend", "unpause"]), None);
    let by = |event: &str| {
        let row = agreement::TABLE.events.iter().find(|row| row.label == event).unwrap();
        row.causes.contains(&Cause::Ours)
    };
    assert!(by("suspend") && by("resume"));
    assert!(!by("pause") && !by("unpause"), "the payer's pause is a fact");
}

#[test]
fn an_unanswered_agreement_is_recalled_and_nothing_else() {
    assert_eq!(ways(&agreement::TABLE, "pending"), ["approve", "decline", "recall", "expire"]);
    for state in State::ALL {
        let may = state.next(agreement::Event::Recall).is_some();
        assert_eq!(may, *state == State::Pending, "{state:?}: PENDING only, says the reference");
    }
}

#[test]
fn what_has_ended_stays_ended() {
    for end in ["declined", "recalled", "expired", "failed", "cancelled"] {
        assert_eq!(ways(&agreement::TABLE, end), Vec::<&str>::new(), "{end}");
    }
}

#[test]
fn payments_need_an_active_agreement() {
    let takes: Vec<_> = State::ALL.iter().filter(|state| state.takes_payments()).collect();
    assert_eq!(takes, [&State::Active]);
}

/// No answer of the payer's, and no end but our own, is ours to give.
#[test]
fn what_we_can_command_is_what_the_reference_lists() {
    let ours = |table: &'static quaymaster::domain::lifecycle::Table| -> Vec<&str> {
        let ours = table.events.iter().filter(|row| row.causes.contains(&Cause::Ours));
        ours.map(|row| row.label).collect()
    };
    let commands = ["recall", "revise", "amend", "suspend", "resume", "cancel"];
    assert_eq!(ours(&agreement::TABLE), commands);
    assert_eq!(ours(&amendment::TABLE), ["recall"]);
}

#[test]
fn an_amendment_is_answered_once() {
    for (event, end) in [
        ("approve", "completed"),
        ("decline", "declined"),
        ("expire", "expired"),
        ("recall", "recalled"),
        ("lapse", "lapsed"),
    ] {
        assert_eq!(walk(&amendment::TABLE, "pending", &[event]), Some(end));
        assert_eq!(ways(&amendment::TABLE, end), Vec::<&str>::new(), "{end}");
    }
    // Wherever an amendment can be started, its agreement goes on under the old terms.
    for state in State::ALL {
        let after = state.next(agreement::Event::Amend);
        assert!(after.is_none_or(|after| after == *state), "{state:?}");
        assert_eq!(after.is_some(), state.next(agreement::Event::Cancel).is_some(), "{state:?}");
    }
}

#[test]
fn a_pause_is_ours_only_where_somebody_says_so() {
    let read = |word, side| State::from_bank(word, side);
    assert_eq!(read("SUSPENDED", Some(Side::Payee)), Some(State::SuspendedByUs));
    assert_eq!(read("suspended", Some(Side::Payer)), Some(State::SuspendedByOther));
    assert_eq!(read("SUSPENDED", None), Some(State::SuspendedByOther));
    for side in [None, Some(Side::Payee), Some(Side::Payer)] {
        assert_eq!(read("ACTIVE", side), Some(State::Active));
        assert_eq!(read("Pending", side), Some(State::Pending));
        assert_eq!(read("INELIGIBLE", side), Some(State::Failed));
        for word in ["PAUSED", "CANCELED", "ACTIVE ", "suspended_by_us", ""] {
            assert_eq!(read(word, side), None, "{word}");
        }
    }
    assert_eq!(Status::from_bank("suspended"), Some(Status::Suspended));
}

#[test]
fn what_is_written_is_read_back() {
    for state in State::ALL {
        assert_eq!(State::from_bank(state.bank_word(), state.suspended_by()), Some(*state));
    }
    for state in amendment::State::ALL {
        assert_eq!(amendment::State::from_bank(state.bank_word()), Some(*state));
        assert_eq!(amendment::State::from_bank(&state.bank_word().to_lowercase()), Some(*state));
    }
    assert_eq!(amendment::State::from_bank("APPROVED"), None);
}

#[test]
fn the_guesses_are_those_we_know_of() {
    // All that the documents say of an agreement once it is active is that it can be amended.
    let stated: Vec<_> = agreement::TABLE
        .rows()
        .map(|[from, event, _]| format!("{from} {event}"))
        .filter(|row| !guesses(&agreement::TABLE).contains(row))
        .collect();
    let known = [
        "creating register",
        "pending approve",
        "pending decline",
        "pending recall",
        "pending expire",
        "active revise",
        "active amend",
    ];
    assert_eq!(stated, known);
    assert_eq!(guesses(&amendment::TABLE), ["pending decline", "pending expire", "pending lapse"]);
    let stated = |words: &[&'static str], guessed: &[&str]| -> Vec<&'static str> {
        words.iter().copied().filter(|word| !guessed.contains(word)).collect()
    };
    let words: Vec<_> = agreement::BANK_WORDS.iter().map(|(word, _)| *word).collect();
    assert_eq!(stated(&words, agreement::GUESSED_WORDS), ["PENDING", "ACTIVE"]);
    let words: Vec<_> = amendment::BANK_WORDS.iter().map(|(word, _)| *word).collect();
    assert_eq!(stated(&words, amendment::GUESSED_WORDS), ["PENDING"]);
}
