//! A schedule as the documents tell of it: it runs, it ends or is stopped, and is never started again.

use quaymaster::domain::lifecycle::Cause;
use quaymaster::domain::recurring_payment::{BANK_WORDS, GUESSED_WORDS, State, TABLE};

use crate::walks::{enums_follow_the_rows, guesses, walk, ways};

enums_follow_the_rows!(recurring_payment);

#[test]
fn what_the_documents_tell_is_lawful() {
    for (events, end) in [
        // Until further notice, with a declined instalment that was asked for again.
        (&["collect", "retry", "collect", "update", "collect"][..], "active"),
        (&["collect", "stop"], "stopped"),
        // Stopped before its first instalment.
        (&["stop"], "stopped"),
        // A number of payments, the last of them retried.
        (&["collect", "collect", "retry", "complete"], "completed"),
    ] {
        assert_eq!(walk(&TABLE, "active", events), Some(end), "{events:?}");
    }
}

#[test]
fn nothing_is_taken_by_a_schedule_that_is_over() {
    for end in ["stopped", "completed"] {
        assert_eq!(ways(&TABLE, end), Vec::<&str>::new(), "{end}");
    }
}

/// Instalments belong to the bank's clock; what we can do is replace the terms and stop.
#[test]
fn what_we_can_command_is_what_the_reference_lists() {
    let ours = TABLE.events.iter().filter(|row| row.causes.contains(&Cause::Ours));
    assert_eq!(ours.map(|row| row.label).collect::<Vec<_>>(), ["update", "stop"]);
}

#[test]
fn the_banks_words_are_read_in_any_case_and_others_are_left() {
    for state in State::ALL {
        assert_eq!(State::from_bank(state.bank_word()), Some(*state));
        assert_eq!(State::from_bank(&state.bank_word().to_lowercase()), Some(*state));
    }
    for word in ["SUSPENDED", "ENABLED", "DISABLED", "ACTIVE ", ""] {
        assert_eq!(State::from_bank(word), None, "{word}");
    }
}

#[test]
fn the_guesses_are_those_we_know_of() {
    assert_eq!(guesses(&TABLE), ["active complete"]);
    let stated = BANK_WORDS.iter().filter(|(word, _)| !GUESSED_WORDS.contains(word));
    assert_eq!(stated.map(|(word, _)| *word).collect::<Vec<_>>(), ["ACTIVE"]);
}
