//! A pre-authorisation: money held on a card, to be captured or given back.
//!
//! The bank has no word for its state: it has transactions, the one that placed the hold and those
//! that changed it since. Which changes a card's scheme knows is no state either but a second thing
//! that is known of a hold, as a value ([`Scheme`]) and as a type ([`scheme`]).

use super::transaction;

crate::lifecycle! {
    "pre_authorisation"
    states {
        /// Asked for; the card's bank has not answered yet.
        Pending = "pending",
        /// The money is held.
        Authorised = "authorised",
        /// The card's bank said no; nothing is held.
        Declined = "declined",
        /// Taken, in full or in part; what was not taken is free again.
        Captured = "captured",
        /// The whole hold was given back.
        Cancelled = "cancelled",
        /// The hold ran out before it was captured.
        Expired = "expired",
    }
    events {
        /// The card's bank held the money.
        Approve = "approve" by Bank,
        /// The card's bank refused.
        Decline = "decline" by Bank,
        /// The held amount was raised.
        TopUp = "top_up" by Ours,
        /// The end of a Visa hold was moved.
        Extend = "extend" by Ours,
        /// A Mastercard hold was authorised anew.
        Reauthorise = "reauthorise" by Ours,
        /// A part of the hold was given back.
        Reduce = "reduce" by Ours,
        /// The whole hold was given back.
        Cancel = "cancel" by Ours,
        /// The transaction that placed the hold was voided.
        Void = "void" by Ours | Bank,
        /// The money was taken, once.
        Capture = "capture" by Ours,
        /// The capture was voided; the hold stands again.
        VoidCapture = "void_capture" by Ours | Bank,
        /// The hold's time ran out.
        Expire = "expire" by Clock,
    }
    moves {
        Pending    on Approve     => Authorised,
        Pending    on Decline     => Declined,
        Authorised on TopUp       => Authorised,
        Authorised on Extend      => Authorised,
        Authorised on Reauthorise => Authorised,
        Authorised on Reduce      => Authorised,
        Authorised on Cancel      => Cancelled,
        Authorised on Void        => Cancelled (Unknown),
        Authorised on Capture     => Captured,
        Authorised on Expire      => Expired (Inferred),
        Captured   on VoidCapture => Authorised (Inferred),
    }
}

impl State {
    /// Where a hold stands whose transaction has the bank's status `word` and was not followed by
    /// another; `None` for a word we do not know, and for one no hold can have.
    pub fn from_bank(word: &str) -> Option<Self> {
        transaction::State::from_bank(word).and_then(Self::of_placed)
    }

    /// The same, from the state of the transaction that placed it.
    pub const fn of_placed(placed: transaction::State) -> Option<Self> {
        match placed {
            // Fraud Guard holds the answer back, and no money is held until it gives it.
            transaction::State::Pending | transaction::State::Suspended => Some(Self::Pending),
            transaction::State::Approved => Some(Self::Authorised),
            transaction::State::Declined => Some(Self::Declined),
            transaction::State::Voided => Some(Self::Cancelled),
            // Only a bank account's payment can come back, and a hold is on a card.
            transaction::State::Provisional => None,
        }
    }
}

/// What of a card's scheme matters to a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Visa.
    Visa,
    /// Mastercard.
    Mastercard,
    /// Any other: a hold is placed, captured or left to run out, and never changed.
    Other,
}

/// Each scheme as a type.
pub mod scheme {
    /// Visa.
    #[derive(Clone, Copy, Debug)]
    pub struct Visa;
    /// Mastercard.
    #[derive(Clone, Copy, Debug)]
    pub struct Mastercard;
    /// Any other.
    #[derive(Clone, Copy, Debug)]
    pub struct Other;
}

/// A scheme as a type, tied to the same scheme as a value.
pub trait OfScheme {
    /// The same scheme as a value.
    const SCHEME: Scheme;
}

/// Event `Self` can happen to a hold on a card of scheme `C`. Beside
/// [`Move`](super::lifecycle::Move), which says the same of a state:
///
/// ```
/// use quaymaster::domain::lifecycle::Move;
/// use quaymaster::domain::pre_authorisation::{KnownTo, at, ev, scheme};
/// fn lawful<E: Move<S> + KnownTo<C>, S, C>(_: E, _: S, _: C) {}
/// lawful(ev::Extend, at::Authorised, scheme::Visa);
/// lawful(ev::Reauthorise, at::Authorised, scheme::Mastercard);
/// ```
///
/// A Mastercard hold cannot be extended:
///
/// ```compile_fail,E0277
/// use quaymaster::domain::lifecycle::Move;
/// use quaymaster::domain::pre_authorisation::{KnownTo, at, ev, scheme};
/// fn lawful<E: Move<S> + KnownTo<C>, S, C>(_: E, _: S, _: C) {}
/// lawful(ev::Extend, at::Authorised, scheme::Mastercard);
/// ```
///
/// A captured hold cannot be captured again, whatever the card:
///
/// ```compile_fail,E0277
/// use quaymaster::domain::lifecycle::Move;
/// use quaymaster::domain::pre_authorisation::{KnownTo, at, ev, scheme};
/// fn lawful<E: Move<S> + KnownTo<C>, S, C>(_: E, _: S, _: C) {}
/// lawful(ev::Capture, at::Captured, scheme::Visa);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot happen to a hold on a card of scheme `{C}`",
    label = "not a change this scheme knows"
)]
pub trait KnownTo<C> {}

macro_rules! schemes {
    ($( $event:ident $( $scheme:ident )+; )+) => {
        $( $( impl KnownTo<scheme::$scheme> for ev::$event {} )+ )+

        impl Scheme {
            /// Whether `event` can happen to a hold on a card of this scheme.
            pub const fn knows(self, event: Event) -> bool {
                match event { $( Event::$event => matches!(self, $( Self::$scheme )|+), )+ }
            }
        }
    };
}

schemes! {
    Approve     Visa Mastercard Other;
    Decline     Visa Mastercard Other;
    TopUp       Visa Mastercard;
    Extend      Visa;
    Reauthorise      Mastercard;
    Reduce      Visa Mastercard;
    Cancel      Visa Mastercard;
    Void        Visa Mastercard Other;
    Capture     Visa Mastercard Other;
    VoidCapture Visa Mastercard Other;
    Expire      Visa Mastercard Other;
}

impl Scheme {
    /// Every scheme.
    pub const ALL: &[Self] = &[Self::Visa, Self::Mastercard, Self::Other];

    /// The scheme the bank calls `word`; every word but two is [`Scheme::Other`].
    pub fn from_bank(word: &str) -> Self {
        if word.eq_ignore_ascii_case("VISA") {
            Self::Visa
        } else if word.eq_ignore_ascii_case("MASTERCARD") {
            Self::Mastercard
        } else {
            Self::Other
        }
    }

    /// The word stored and shown.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Visa => "visa",
            Self::Mastercard => "mastercard",
            Self::Other => "other",
        }
    }
}

impl OfScheme for scheme::Visa {
    const SCHEME: Scheme = Scheme::Visa;
}

impl OfScheme for scheme::Mastercard {
    const SCHEME: Scheme = Scheme::Mastercard;
}

impl OfScheme for scheme::Other {
    const SCHEME: Scheme = Scheme::Other;
}
