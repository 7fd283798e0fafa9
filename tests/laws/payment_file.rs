//! A payment file as the documents tell of it.

use quaymaster::domain::lifecycle::Cause;
use quaymaster::domain::payment_file::{State, TABLE};

use crate::walks::{enums_follow_the_rows, guesses, walk, ways};

enums_follow_the_rows!(payment_file);

#[test]
fn what_the_documents_tell_is_lawful() {
    for (events, end) in [
        (&["start"][..], "processing"),
        (&["start", "reject"], "error"),
        // Cards only, and bank accounts among them.
        (&["start", "finish"], "complete"),
        (&["start", "await", "clear"], "complete"),
    ] {
        assert_eq!(walk(&TABLE, "queued", events), Some(end), "{events:?}");
    }
}

#[test]
fn what_is_over_stays_so() {
    for end in ["error", "complete"] {
        assert_eq!(ways(&TABLE, end), Vec::<&str>::new(), "{end}");
    }
    // Its form is judged before its payments are made, and never again.
    assert_eq!(walk(&TABLE, "queued", &["start", "await", "reject"]), None);
    assert_eq!(walk(&TABLE, "queued", &["finish"]), None);
}

/// Once it is uploaded nobody but the bank moves it.
#[test]
fn nothing_of_a_file_can_be_commanded() {
    assert!(TABLE.events.iter().all(|row| !row.causes.contains(&Cause::Ours)));
    assert_eq!(guesses(&TABLE), Vec::<String>::new(), "every state stands in the documents");
}

#[test]
fn the_banks_words_are_read_in_any_case_and_others_are_left() {
    for (word, state) in [
        ("QUEUED", State::Queued),
        ("PROCESSING", State::Processing),
        ("ERROR", State::Error),
        ("AWAITING_CLEARANCE", State::AwaitingClearance),
        ("COMPLETE", State::Complete),
    ] {
        assert_eq!(State::from_bank(word), Some(state), "{word}");
        assert_eq!(State::from_bank(&word.to_lowercase()), Some(state), "{word}");
        assert_eq!(state.bank_word(), word);
    }
    for word in ["COMPLETED", "AWAITING CLEARANCE", "REJECTED", ""] {
        assert_eq!(State::from_bank(word), None, "{word}");
    }
}
