//! A hold on a card as the documents tell of it, and what no scheme and no state lets happen.

use quaymaster::domain::lifecycle::{At, Move};
use quaymaster::domain::pre_authorisation::{
    Event, KnownTo, OfScheme, Scheme, State, TABLE, at, ev, scheme,
};
use quaymaster::domain::transaction;

use crate::walks::{enums_follow_the_rows, guesses, walk, ways};

enums_follow_the_rows!(pre_authorisation);

#[test]
fn what_the_documents_tell_is_lawful() {
    for (events, end) in [
        // A hire car on a Visa: topped up, extended, part given back, the rest taken.
        (&["approve", "top_up", "extend", "reduce", "capture"][..], "captured"),
        // A hotel on a Mastercard.
        (&["approve", "reauthorise", "reauthorise", "top_up", "cancel"], "cancelled"),
        (&["decline"], "declined"),
        (&["approve", "expire"], "expired"),
        // The capture was a mistake, seen on the same day.
        (&["approve", "capture", "void_capture", "capture"], "captured"),
        (&["approve", "void"], "cancelled"),
    ] {
        assert_eq!(walk(&TABLE, "pending", events), Some(end), "{events:?}");
    }
}

#[test]
fn nothing_is_taken_that_is_not_held() {
    for state in State::ALL {
        let may = state.next(Event::Capture).is_some();
        assert_eq!(may, *state == State::Authorised, "{state:?}");
    }
    assert_eq!(walk(&TABLE, "pending", &["approve", "capture", "capture"]), None, "taken once");
    for gone in ["declined", "cancelled", "expired"] {
        assert_eq!(ways(&TABLE, gone), Vec::<&str>::new(), "{gone}");
    }
    // A hold that ran out is not revived: a new one has to be placed.
    for event in ["extend", "reauthorise", "top_up"] {
        assert_eq!(walk(&TABLE, "authorised", &["expire", event]), None, "{event}");
    }
    // What was captured is given back by a refund, which is a transaction's.
    assert_eq!(ways(&TABLE, "captured"), ["void_capture"]);
}

/// The reference's table of actions, scheme by scheme.
#[test]
fn each_scheme_knows_its_own_changes() {
    use Scheme::{Mastercard, Other, Visa};
    for (event, schemes) in [
        (Event::Capture, &[Visa, Mastercard, Other][..]),
        (Event::Cancel, &[Visa, Mastercard]),
        (Event::Reduce, &[Visa, Mastercard]),
        (Event::TopUp, &[Visa, Mastercard]),
        (Event::Extend, &[Visa]),
        (Event::Reauthorise, &[Mastercard]),
    ] {
        for scheme in Scheme::ALL {
            let known = schemes.contains(scheme);
            assert_eq!(scheme.knows(event), known, "{event:?} {scheme:?}");
        }
    }
    // What happens of itself happens to every card.
    for event in [Event::Approve, Event::Decline, Event::Expire, Event::Void, Event::VoidCapture] {
        assert!(Scheme::ALL.iter().all(|scheme| scheme.knows(event)), "{event:?}");
    }
}

/// Where both are known while writing, the types say what the values say.
#[test]
fn types_agree_with_values() {
    fn to<E, S, C>(_: E, _: S, _: C) -> (State, Scheme)
    where
        E: Move<S> + KnownTo<C>,
        E::To: At<State = State>,
        C: OfScheme,
    {
        (<E::To as At>::STATE, C::SCHEME)
    }
    assert_eq!(to(ev::Extend, at::Authorised, scheme::Visa), (State::Authorised, Scheme::Visa));
    assert_eq!(
        to(ev::Cancel, at::Authorised, scheme::Mastercard),
        (State::Cancelled, Scheme::Mastercard)
    );
    assert_eq!(to(ev::Capture, at::Authorised, scheme::Other), (State::Captured, Scheme::Other));
}

#[test]
fn a_hold_stands_where_its_transaction_says() {
    for (word, state) in [
        ("Approved", Some(State::Authorised)),
        ("approved", Some(State::Authorised)),
        ("Pending", Some(State::Pending)),
        ("Suspended", Some(State::Pending)),
        ("Declined", Some(State::Declined)),
        ("Voided", Some(State::Cancelled)),
        ("Approved*", None),
        ("authorised", None),
        ("Captured", None),
        ("", None),
    ] {
        assert_eq!(State::from_bank(word), state, "{word}");
    }
    // No word says more than how the hold began: what became of it is told by its children.
    for placed in transaction::State::ALL {
        let told = State::of_placed(*placed);
        assert!(!matches!(told, Some(State::Captured | State::Expired)), "{placed:?}");
    }
}

#[test]
fn schemes_are_read_from_the_banks_words() {
    for (word, scheme) in [
        ("VISA", Scheme::Visa),
        ("visa", Scheme::Visa),
        ("MASTERCARD", Scheme::Mastercard),
        ("AMEX", Scheme::Other),
        ("VISA DEBIT", Scheme::Other),
        ("", Scheme::Other),
    ] {
        assert_eq!(Scheme::from_bank(word), scheme, "{word}");
    }
}

#[test]
fn the_guesses_are_those_we_know_of() {
    assert_eq!(guesses(&TABLE), ["authorised void", "authorised expire", "captured void_capture"]);
}
