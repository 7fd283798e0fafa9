//! Laws of every lifecycle table, written once against the tables' plain data, and the laws that the
//! keys' own table must keep besides.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use quaymaster::domain::LIFECYCLES;
use quaymaster::domain::condition::{Condition, OBSTACLES};
use quaymaster::domain::history::{Deed, Request};
use quaymaster::domain::lifecycle::{Cause, Table};
use quaymaster::domain::names::{Environment, KeyRole};
use quaymaster::domain::pre_authorisation::Scheme;
use quaymaster::domain::secret_key::{self, Event, Origin};
use quaymaster::domain::verdict::Verdict;

#[path = "laws/pay_id.rs"]
mod of_pay_ids;
#[path = "laws/payment_file.rs"]
mod of_payment_files;
#[path = "laws/payto.rs"]
mod of_payto;
#[path = "laws/pre_authorisation.rs"]
mod of_pre_authorisations;
#[path = "laws/recurring_payment.rs"]
mod of_recurring_payments;
#[path = "laws/secret_key.rs"]
mod of_secret_keys;
#[path = "laws/transaction.rs"]
mod of_transactions;
#[path = "laws/walks.rs"]
mod walks;

fn top(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn is_snake_case(word: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.chars().all(inner)
        && !word.ends_with('_')
        && !word.contains("__")
}

/// The words that a table breaks a law with.
fn bad_words(table: &Table) -> Vec<&'static str> {
    let states: Vec<_> = table.states.iter().map(|row| row.label).collect();
    let events: Vec<_> = table.events.iter().map(|row| row.label).collect();
    let mut bad = Vec::new();
    for words in [&states, &events] {
        let mut seen = BTreeSet::new();
        bad.extend(words.iter().filter(|word| !seen.insert(**word) || !is_snake_case(word)));
    }
    bad
}

#[test]
fn labels_are_distinct_snake_case_words() {
    let mut names = BTreeSet::new();
    for table in LIFECYCLES {
        assert!(names.insert(table.name) && is_snake_case(table.name), "{}", table.name);
        assert_eq!(bad_words(table), Vec::<&str>::new(), "{}", table.name);
    }
    for word in ["Current", "", "a__b", "a_", "_a", "1a", "not ready"] {
        assert!(!is_snake_case(word), "{word}");
    }
}

#[test]
fn every_event_has_a_row_and_every_row_is_distinct() {
    for table in LIFECYCLES {
        for (index, event) in table.events.iter().enumerate() {
            let used = table.moves.iter().any(|row| usize::from(row.1) == index);
            assert!(used, "{}: {} moves nothing", table.name, event.label);
        }
        let starts: BTreeSet<_> = table.moves.iter().map(|row| (row.0, row.1)).collect();
        assert_eq!(starts.len(), table.moves.len(), "{}: an event with two outcomes", table.name);
    }
}

#[test]
fn the_ends_are_the_ends_we_mean() {
    let ends: Vec<_> =
        LIFECYCLES.iter().map(|table| (table.name, table.ends().collect::<Vec<_>>())).collect();
    let meant = [
        ("secret_key", vec!["revoked", "expired"]),
        ("transaction", vec!["declined", "voided"]),
        ("pre_authorisation", vec!["declined", "cancelled", "expired"]),
        ("payto_agreement", vec!["declined", "recalled", "expired", "failed", "cancelled"]),
        ("payto_amendment", vec!["completed", "declined", "expired", "recalled", "lapsed"]),
        ("recurring_payment", vec!["stopped", "completed"]),
        ("payment_file", vec!["error", "complete"]),
        ("pay_id", vec!["rejected", "deregistered"]),
    ];
    assert_eq!(ends, meant);
}

/// Where two rows join the same two states, the states alone cannot tell which happened. A new pair
/// fails here until someone has thought about what to record for it. For keys the history says it, for a
/// hold its children; an agreement's end may have a reason code, and its amendments are a record of
/// their own; a PayID that was paid to has a payment.
#[test]
fn ambiguous_pairs_are_known() {
    let mut pairs = BTreeSet::new();
    for table in LIFECYCLES {
        let mut seen = BTreeSet::new();
        for [from, _, to] in table.rows() {
            if !seen.insert((from, to)) {
                pairs.insert((table.name, from, to));
            }
        }
    }
    let known = [
        ("pay_id", "active", "deregistered"),
        ("payto_agreement", "active", "active"),
        ("payto_agreement", "active", "cancelled"),
        ("payto_agreement", "suspended_by_other", "cancelled"),
        ("payto_agreement", "suspended_by_other", "suspended_by_other"),
        ("payto_agreement", "suspended_by_us", "cancelled"),
        ("payto_agreement", "suspended_by_us", "suspended_by_us"),
        ("pre_authorisation", "authorised", "authorised"),
        ("pre_authorisation", "authorised", "cancelled"),
        ("recurring_payment", "active", "active"),
        ("secret_key", "compromised", "revoked"),
        ("secret_key", "dropped", "staged"),
        ("secret_key", "held", "offered"),
        ("secret_key", "held", "staged"),
        ("secret_key", "offered", "staged"),
        ("secret_key", "previous", "current"),
        ("secret_key", "proven", "current"),
        ("secret_key", "proven", "proven"),
        ("secret_key", "set_aside", "staged"),
    ];
    assert_eq!(pairs.into_iter().collect::<Vec<_>>(), known);
}

#[test]
fn every_state_and_event_is_explained() {
    for table in LIFECYCLES {
        for state in table.states {
            let text = table.explain(state.label).unwrap();
            assert!(is_sentence(state.meaning), "{}: {}", table.name, state.label);
            assert!(text.contains(state.meaning.trim()), "{text}");
            for [_, event, to] in table.rows().filter(|[from, ..]| *from == state.label) {
                assert!(text.contains(event) && text.contains(&format!("-> {to}")), "{text}");
            }
        }
        for event in table.events {
            let text = table.explain(event.label).unwrap();
            assert!(is_sentence(event.meaning), "{}: {}", table.name, event.label);
            assert!(text.contains(event.meaning.trim()), "{text}");
            assert!(!event.causes.is_empty(), "{}: nobody causes {}", table.name, event.label);
        }
        assert_eq!(table.explain("no_such_word"), None);
    }
}

/// What the documents do not say is told apart wherever a row is shown.
#[test]
fn guesses_are_marked_where_rows_are_shown() {
    let mut guesses = 0;
    for table in LIFECYCLES {
        assert_eq!(table.grades.len(), table.moves.len(), "{}", table.name);
        let drawn = table.mermaid();
        for ([from, event, to], grade) in table.graded() {
            let guess = grade.is_guess();
            guesses += usize::from(guess);
            let mark = if guess { " (guess)" } else { "" };
            let line = format!("{from} --> {to}: {event}{mark}\n");
            assert!(drawn.contains(&line), "{}: {line}", table.name);
            let (told, of_event) = (table.explain(from).unwrap(), table.explain(event).unwrap());
            assert!(told.contains(&format!("{event:<12} -> {to}{mark}\n")), "{told}");
            assert!(of_event.contains(&format!("  {from} -> {to}{mark}\n")), "{of_event}");
        }
    }
    assert!(guesses > 0, "no row is a guess");
    assert!(secret_key::TABLE.graded().all(|(_, grade)| !grade.is_guess()));
}

fn is_sentence(text: &str) -> bool {
    let text = text.trim();
    text.ends_with('.') && text.starts_with(|c: char| c.is_uppercase())
}

/// Only what is ours can be commanded: a command whose event belongs to the bank or to time would
/// promise what nobody here can do.
#[test]
fn every_command_is_ours_to_give() {
    for event in [Event::Install, Event::Accept, Event::Rollback, Event::Compromise, Event::Stage] {
        let row = &secret_key::TABLE.events[event as usize];
        assert_eq!(row.label, event.label());
        assert!(row.causes.contains(&Cause::Ours), "{}", row.label);
    }
    for event in [Event::Refuse, Event::Revoke, Event::Expire, Event::Release] {
        let row = &secret_key::TABLE.events[event as usize];
        assert!(!row.causes.contains(&Cause::Ours), "{} is a fact", row.label);
    }
}

/// Rewrites the diagrams with `UPDATE_DOCS=1`; otherwise they must be current, and none left over.
#[test]
fn diagrams_are_current() {
    let folder = top("docs/lifecycles");
    for table in LIFECYCLES {
        let path = folder.join(format!("{}.mmd", table.name));
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(&path, table.mermaid()).unwrap();
        }
        let drawn = fs::read_to_string(&path).unwrap_or_default();
        assert!(drawn == table.mermaid(), "{}: UPDATE_DOCS=1 cargo test --test laws", table.name);
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), LIFECYCLES.len(), "a diagram of no table");
}

/// The words that stand in books, metrics and replies of releases. Changing one here breaks whoever
/// reads them, so it is typed by hand and never rewritten.
#[test]
fn released_words_stay() {
    let mut words = String::new();
    let mut add = |set: &str, sayings: Vec<&str>| {
        for saying in sayings {
            writeln!(words, "{set} {saying}").unwrap();
        }
    };
    for table in LIFECYCLES {
        let (states, events) = (table.states.iter(), table.events.iter());
        add(&format!("{} state", table.name), states.map(|row| row.label).collect());
        add(&format!("{} event", table.name), events.map(|row| row.label).collect());
    }
    add("origin", Origin::ALL.iter().map(|one| one.label()).collect());
    add("card scheme", Scheme::ALL.iter().map(|one| one.label()).collect());
    add("key role", KeyRole::ALL.iter().map(|one| one.label()).collect());
    add("environment", Environment::ALL.iter().map(|one| one.label()).collect());
    add("condition", Condition::ALL.iter().map(|one| one.label()).collect());
    add("obstacle", OBSTACLES.iter().map(|one| one.label).collect());
    add("verdict", Verdict::ALL.iter().map(|one| one.label()).collect());
    add("request", Request::ALL.iter().map(|one| one.label()).collect());
    add("deed", Deed::ALL.iter().map(|one| one.label()).collect());
    let golden = fs::read_to_string(top("tests/golden/words.txt")).unwrap();
    let (now, released): (BTreeSet<_>, BTreeSet<_>) =
        (words.lines().collect(), golden.lines().collect());
    let gone: Vec<_> = released.difference(&now).collect();
    assert!(gone.is_empty(), "released words are gone: {gone:?}");
    let new: Vec<_> = now.difference(&released).collect();
    assert!(new.is_empty(), "new words; add them to tests/golden/words.txt if meant: {new:?}");
}

#[test]
fn words_read_back_as_what_they_were() {
    for origin in Origin::ALL {
        assert_eq!(Origin::from_label(origin.label()), Some(*origin));
    }
    for condition in Condition::ALL {
        assert_eq!(Condition::from_label(condition.label()), Some(*condition));
    }
    assert_eq!(Origin::from_label("x"), None);
}
