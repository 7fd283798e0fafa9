//! Pre-authorisations: money held on a card, and the six things that become of it.
//!
//! Which of them a scheme takes part in is in the types of the holds (see `hold`). Seven actions share
//! one path; the documents do not show how a cancellation, an increase, an extension and a
//! re-authorisation are told apart. What is sent for them is decided in `names` and in each `act`
//! below, and nowhere else.

use serde_json::Value;

use crate::domain::pre_authorisation::{KnownTo, ev};
use crate::key::KeyText;
use crate::quickstream::ask::IdempotencyKey;
use crate::quickstream::client::Client;
use crate::quickstream::fault::Fault;
use crate::quickstream::models::amount::{Amount, Currency};
use crate::quickstream::models::form::Form;
use crate::quickstream::models::ids::{BusinessCode, ReceiptNumber};
use crate::quickstream::resources::transactions::act::{Act, Expected};
use crate::quickstream::resources::transactions::charge::Charge;
use crate::quickstream::resources::transactions::hold::Hold;
use crate::quickstream::resources::transactions::model::{
    AuthorisationType, CancellationType, Transaction, TransactionType,
};
use crate::quickstream::resources::transactions::notes::{CardData, Notes};
use crate::quickstream::resources::transactions::source::CardSource;
use crate::quickstream::typed::Done;

/// The names that the answers show, taken to be those of the requests.
mod names {
    pub(super) const ORIGINAL: &str = "originalReceiptNumber";
    pub(super) const AUTHORISATION: &str = "authorisationType";
    pub(super) const CANCELLATION: &str = "cancellationType";
}

/// Holds money on a card.
pub type PreAuthorisation = Charge<CardSource>;

impl PreAuthorisation {
    /// Holds so many Australian dollars.
    pub fn new(source: impl Into<CardSource>, amount: Amount) -> Self {
        Self::of(source.into(), amount, Currency::Aud)
    }

    /// The request's body.
    pub fn to_value(&self) -> Value {
        self.act().form.into_value()
    }

    fn act(&self) -> Act {
        self.asking(TransactionType::PreAuthorisation)
    }
}

/// Asks whether a Visa card or a Mastercard is good; takes and holds nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountVerification {
    /// Which card.
    pub source: CardSource,
    /// For which business.
    pub business: Option<BusinessCode>,
    /// What goes with a card.
    pub card: CardData,
    /// What the merchant writes on it.
    pub notes: Notes,
}

impl AccountVerification {
    /// Asks whether this card is good.
    pub fn new(source: impl Into<CardSource>) -> Self {
        let (card, notes) = (CardData::default(), Notes::default());
        Self { source: source.into(), business: None, card, notes }
    }

    /// The request's body.
    pub fn to_value(&self) -> Value {
        self.act().form.into_value()
    }

    fn act(&self) -> Act {
        let mut form = Form::new();
        form.put("transactionType", &TransactionType::AccountVerification);
        form.maybe("supplierBusinessCode", self.business.as_ref());
        self.source.write(&mut form);
        form.put("currency", &Currency::Aud);
        self.card.write(&mut form);
        self.notes.write(&mut form);
        Act { form, expected: Expected::of(TransactionType::AccountVerification) }
    }
}

/// The hold that a request is about, once its scheme was seen to know the request.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Held {
    receipt: ReceiptNumber,
    currency: Currency,
}

impl<C> From<&Hold<C>> for Held {
    fn from(hold: &Hold<C>) -> Self {
        Self { receipt: hold.receipt().clone(), currency: hold.currency() }
    }
}

/// Takes money that was held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    held: Held,
    amount: Amount,
    /// What the merchant writes on it.
    pub notes: Notes,
}

impl Capture {
    /// Takes so much, which is not more than is held.
    pub fn new<C>(hold: &Hold<C>, amount: Amount) -> Self
    where
        ev::Capture: KnownTo<C>,
    {
        Self { held: hold.into(), amount, notes: Notes::default() }
    }

    /// The request's body.
    pub fn to_value(&self) -> Value {
        self.act().form.into_value()
    }

    fn act(&self) -> Act {
        let mut form = Form::new();
        form.put("transactionType", &TransactionType::Capture);
        form.put(names::ORIGINAL, &self.held.receipt);
        form.put("principalAmount", &self.amount);
        form.put("currency", &self.held.currency);
        self.notes.write(&mut form);
        Act { form, expected: Expected::of(TransactionType::Capture).with_amount(self.amount) }
    }
}

/// Gives up money that was held: all of it, or a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancellation {
    held: Held,
    /// How much; all of it, if absent.
    part: Option<Amount>,
    /// What the merchant writes on it.
    pub notes: Notes,
}

impl Cancellation {
    /// Gives up all of it.
    pub fn full<C>(hold: &Hold<C>) -> Self
    where
        ev::Cancel: KnownTo<C>,
    {
        Self { held: hold.into(), part: None, notes: Notes::default() }
    }

    /// Gives up so much of it.
    pub fn partial<C>(hold: &Hold<C>, amount: Amount) -> Self
    where
        ev::Reduce: KnownTo<C>,
    {
        Self { held: hold.into(), part: Some(amount), notes: Notes::default() }
    }

    /// The request's body.
    pub fn to_value(&self) -> Value {
        self.act().form.into_value()
    }

    /// A guess: it is sent as a refund of the pre-authorisation, since no type of its own is known
    /// and the answers set `cancellationType` apart from what authorisations have.
    fn act(&self) -> Act {
        let mut form = Form::new();
        form.put("transactionType", &TransactionType::Refund);
        form.put(names::ORIGINAL, &self.held.receipt);
        match &self.part {
            None => form.put(names::CANCELLATION, &CancellationType::Full),
            Some(amount) => {
                form.put(names::CANCELLATION, &CancellationType::Partial);
                form.put("principalAmount", amount);
                form.put("currency", &self.held.currency);
            }
        }
        self.notes.write(&mut form);
        Act { form, expected: Expected::default() }
    }
}

/// Holds more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Increment {
    held: Held,
    amount: Amount,
    /// What the merchant writes on it.
    pub notes: Notes,
}

impl Increment {
    /// Holds so much more. That it is not the new total is a guess: look at the answer's
    /// `total_amount`.
    pub fn new<C>(hold: &Hold<C>, amount: Amount) -> Self
    where
        ev::TopUp: KnownTo<C>,
    {
        Self { held: hold.into(), amount, notes: Notes::default() }
    }

    /// The request's body.
    pub fn to_value(&self) -> Value {
        self.act().form.into_value()
    }

    fn act(&self) -> Act {
        let mut form = again(AuthorisationType::Incremental, &self.held);
        form.put("principalAmount", &self.amount);
        form.put("currency", &self.held.currency);
        self.notes.write(&mut form);
        Act { form, expected: Expected::of(TransactionType::PreAuthorisation) }
    }
}

/// Holds money on a Visa card for longer.
///
/// ```
/// use quaymaster::domain::pre_authorisation::scheme::Visa;
/// use quaymaster::quickstream::resources::transactions::{hold::Hold, preauth::Extension};
/// fn lawful(hold: &Hold<Visa>) -> Extension { Extension::new(hold) }
/// ```
///
/// No other scheme knows it:
///
/// ```compile_fail,E0277
/// use quaymaster::domain::pre_authorisation::scheme::Mastercard;
/// use quaymaster::quickstream::resources::transactions::{hold::Hold, preauth::Extension};
/// fn lawful(hold: &Hold<Mastercard>) -> Extension { Extension::new(hold) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    held: Held,
    /// What the merchant writes on it.
    pub notes: Notes,
}

impl Extension {
    /// Holds it longer.
    pub fn new<C>(hold: &Hold<C>) -> Self
    where
        ev::Extend: KnownTo<C>,
    {
        Self { held: hold.into(), notes: Notes::default() }
    }

    /// The request's body.
    pub fn to_value(&self) -> Value {
        self.act().form.into_value()
    }

    fn act(&self) -> Act {
        let mut form = again(AuthorisationType::Extension, &self.held);
        self.notes.write(&mut form);
        Act { form, expected: Expected::of(TransactionType::PreAuthorisation) }
    }
}

/// Authorises anew what is held on a Mastercard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reauthorisation {
    held: Held,
    /// What the merchant writes on it.
    pub notes: Notes,
}

impl Reauthorisation {
    /// Authorises it anew.
    pub fn new<C>(hold: &Hold<C>) -> Self
    where
        ev::Reauthorise: KnownTo<C>,
    {
        Self { held: hold.into(), notes: Notes::default() }
    }

    /// The request's body.
    pub fn to_value(&self) -> Value {
        self.act().form.into_value()
    }

    fn act(&self) -> Act {
        let mut form = again(AuthorisationType::Reauthorisation, &self.held);
        self.notes.write(&mut form);
        Act { form, expected: Expected::of(TransactionType::PreAuthorisation) }
    }
}

/// A later authorisation of the same hold.
fn again(what: AuthorisationType, held: &Held) -> Form {
    let mut form = Form::new();
    form.put("transactionType", &TransactionType::PreAuthorisation);
    form.put(names::ORIGINAL, &held.receipt);
    form.put(names::AUTHORISATION, &what);
    form
}

macro_rules! acts {
    ($( $(#[$doc:meta])+ $method:ident($request:ident); )+) => {
        impl Client {
            $(
                $(#[$doc])+
                ///
                /// # Errors
                ///
                /// See [`Fault`]; nothing is tried again. That the bank declined is its answer's
                /// status, and no fault.
                pub async fn $method(
                    &self,
                    key: &KeyText,
                    idempotency_key: &IdempotencyKey,
                    request: &$request,
                ) -> Result<Done<Transaction>, Fault> {
                    self.act(key, idempotency_key, request.act()).await
                }
            )+
        }
    };
}

acts! {
    /// `POST /transactions`: holds money on a card.
    pre_authorise(PreAuthorisation);
    /// `POST /transactions`: takes money that was held.
    capture_pre_authorisation(Capture);
    /// `POST /transactions`: asks whether a Visa card or a Mastercard is good.
    verify_account(AccountVerification);
    /// `POST /transactions`: gives up money that was held, all of it or a part.
    cancel_pre_authorisation(Cancellation);
    /// `POST /transactions`: holds more on a Visa card or a Mastercard.
    increase_pre_authorisation(Increment);
    /// `POST /transactions`: holds money on a Visa card for longer.
    extend_pre_authorisation(Extension);
    /// `POST /transactions`: authorises anew what is held on a Mastercard.
    reauthorise_pre_authorisation(Reauthorisation);
}
