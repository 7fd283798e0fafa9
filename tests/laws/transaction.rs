//! A transaction as the documents tell of it, and what must never be said of one.

use quaymaster::domain::transaction::{BANK_WORDS, State, TABLE};

use crate::walks::{enums_follow_the_rows, guesses, walk, ways};

enums_follow_the_rows!(transaction);

#[test]
fn what_the_documents_tell_is_lawful() {
    for (events, end) in [
        // A card's payment, and its refund a week later in two parts.
        (&["approve", "refund", "refund"][..], "approved"),
        (&["decline"], "declined"),
        // Undone on the same settlement day.
        (&["approve", "void"], "voided"),
        // A bank account's payment that stands, and one that its bank sends back days later.
        (&["accept", "clear"], "approved"),
        (&["accept", "return"], "declined"),
        (&["accept", "clear", "refund"], "approved"),
        // Held by Fraud Guard, then looked at.
        (&["suspend", "release"], "approved"),
        (&["suspend", "decline"], "declined"),
        (&["suspend", "void"], "voided"),
    ] {
        assert_eq!(walk(&TABLE, "pending", events), Some(end), "{events:?}");
    }
}

#[test]
fn money_that_never_came_is_not_given_back() {
    for state in ["pending", "declined", "voided", "suspended"] {
        assert_eq!(walk(&TABLE, state, &["refund"]), None, "{state}");
    }
}

#[test]
fn what_is_final_stays_so() {
    assert_eq!((ways(&TABLE, "declined"), ways(&TABLE, "voided")), (vec![], vec![]));
    assert_eq!(ways(&TABLE, "approved"), ["void", "refund"], "the bank takes nothing back");
    assert_eq!(walk(&TABLE, "approved", &["void", "refund"]), None);
    // Once the days to return it are over, it cannot come back.
    assert_eq!(walk(&TABLE, "pending", &["accept", "clear", "return"]), None);
    assert_eq!(walk(&TABLE, "pending", &["approve", "return"]), None);
}

/// The API can void and refund; it cannot let go what Fraud Guard holds, nor make an outcome.
#[test]
fn no_outcome_is_ours_to_make() {
    use quaymaster::domain::lifecycle::Cause;
    let ours = TABLE.events.iter().filter(|row| row.causes.contains(&Cause::Ours));
    assert_eq!(ours.map(|row| row.label).collect::<Vec<_>>(), ["void", "refund"]);
}

#[test]
fn the_banks_words_are_read_in_any_case_and_others_are_left() {
    for (word, state) in [
        ("Approved", State::Approved),
        ("Approved*", State::Provisional),
        ("approved*", State::Provisional),
        ("PENDING", State::Pending),
        ("Declined", State::Declined),
        ("Voided", State::Voided),
        ("Suspended", State::Suspended),
    ] {
        assert_eq!(State::from_bank(word), Some(state), "{word}");
    }
    // A sibling product has the first; none is read as what it is near to.
    for word in ["refunded", "Approved ", "Approved**", "provisional", ""] {
        assert_eq!(State::from_bank(word), None, "{word}");
    }
    assert_eq!(BANK_WORDS.len(), State::ALL.len());
    for state in State::ALL {
        assert_eq!(State::from_bank(state.bank_word()), Some(*state));
    }
}

/// What is asked again until it is known, and what is not.
#[test]
fn an_open_outcome_is_one_the_bank_may_still_change() {
    use quaymaster::domain::lifecycle::Cause;
    for state in State::ALL {
        let changes = TABLE.rows().any(|[from, event, to]| {
            let row = TABLE.events.iter().find(|row| row.label == event).unwrap();
            let fact = !row.causes.contains(&Cause::Ours);
            from == state.label() && from != to && fact
        });
        assert_eq!(state.is_open(), changes, "{state:?}");
    }
}

#[test]
fn the_guesses_are_those_we_know_of() {
    let known = [
        "provisional clear",
        "provisional void",
        "provisional refund",
        "suspended release",
        "suspended decline",
        "suspended void",
    ];
    assert_eq!(guesses(&TABLE), known);
}
