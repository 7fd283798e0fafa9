//! A PayID as the documents tell of it: submitted, registered or refused, paid to, and given up.

use quaymaster::domain::lifecycle::Cause;
use quaymaster::domain::pay_id::{BANK_WORDS, State, TABLE};

use crate::walks::{enums_follow_the_rows, guesses, walk, ways};

enums_follow_the_rows!(pay_id);

#[test]
fn what_the_documents_tell_is_lawful() {
    for (events, end) in [
        // STATIC stays until it is asked to go.
        (&["register", "receive", "receive"][..], "active"),
        (&["register", "receive", "deregister"], "deregistered"),
        // SINGLE goes with its one payment.
        (&["register", "spend"], "deregistered"),
        (&["reject"], "rejected"),
    ] {
        assert_eq!(walk(&TABLE, "pending", events), Some(end), "{events:?}");
    }
}

/// A deregistered PayID cannot take payments; neither can one that is not registered yet.
#[test]
fn payments_come_only_to_what_is_registered() {
    for state in State::ALL {
        let pays = ways(&TABLE, state.label());
        let pays = pays.iter().any(|event| ["receive", "spend"].contains(event));
        assert_eq!(pays, *state == State::Active, "{state:?}");
    }
}

#[test]
fn what_we_can_command_is_to_give_it_up() {
    let ours = TABLE.events.iter().filter(|row| row.causes.contains(&Cause::Ours));
    assert_eq!(ours.map(|row| row.label).collect::<Vec<_>>(), ["deregister"]);
    assert_eq!(guesses(&TABLE), ["pending deregister"]);
}

#[test]
fn the_banks_words_are_read_in_any_case_and_others_are_left() {
    assert_eq!(BANK_WORDS.len(), State::ALL.len());
    for state in State::ALL {
        assert_eq!(State::from_bank(state.bank_word()), Some(*state));
        assert_eq!(State::from_bank(&state.bank_word().to_lowercase()), Some(*state));
    }
    for word in ["REGISTERED", "ACTIVE ", ""] {
        assert_eq!(State::from_bank(word), None, "{word}");
    }
}
