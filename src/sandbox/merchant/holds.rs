//! Pre-authorisations: money held on a card, and every change of a hold.
//!
//! A change is a transaction of its own that names the hold's first receipt or any later one. What
//! the card's bank declines changes nothing of the hold.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Merchant;
use super::agenda::Due;
use super::setting::Setting;
use super::shelf::Record;
use super::stored::{cents, hold_state};
use super::transactions::{
    AuthorisationType, CancellationType, Details, Order, Origin, Transaction, TransactionType,
};
use super::unfit::Unfit;
use crate::domain::money::Cents;
use crate::domain::pre_authorisation::{Event, Scheme, State};
use crate::domain::transaction;
use crate::sandbox::guesses;

/// A hold, under the receipt of the transaction that placed it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::sandbox) struct Hold {
    pub(in crate::sandbox) receipt: u64,
    #[serde(with = "hold_state")]
    pub(in crate::sandbox) state: State,
    /// What may still be captured, without any surcharge.
    #[serde(with = "cents")]
    pub(in crate::sandbox) held: Cents,
    pub(in crate::sandbox) ends: Timestamp,
}

impl Record for Hold {
    type Tag = ();

    fn number(&self) -> u64 {
        self.receipt
    }

    fn tags(&self, _note: &mut dyn FnMut((), &str)) {}
}

/// What is wanted of a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Change {
    Capture(Cents),
    /// More is held.
    TopUp(Cents),
    Extend,
    Reauthorise,
    /// A part is given back.
    Reduce(Cents),
    Cancel,
}

impl Change {
    const fn event(self) -> Event {
        match self {
            Self::Capture(_) => Event::Capture,
            Self::TopUp(_) => Event::TopUp,
            Self::Extend => Event::Extend,
            Self::Reauthorise => Event::Reauthorise,
            Self::Reduce(_) => Event::Reduce,
            Self::Cancel => Event::Cancel,
        }
    }

    /// The field that asks for it.
    const fn field(self) -> &'static str {
        match self {
            Self::Capture(_) => "transactionType",
            Self::TopUp(_) | Self::Extend | Self::Reauthorise => "authorisationType",
            Self::Reduce(_) | Self::Cancel => "cancellationType",
        }
    }

    const fn kind(self) -> TransactionType {
        match self {
            Self::Capture(_) => TransactionType::Capture,
            Self::TopUp(_) | Self::Extend | Self::Reauthorise => TransactionType::Preauth,
            Self::Reduce(_) | Self::Cancel => TransactionType::Refund,
        }
    }

    const fn authorisation(self) -> Option<AuthorisationType> {
        match self {
            Self::TopUp(_) => Some(AuthorisationType::Incremental),
            Self::Extend => Some(AuthorisationType::Extension),
            Self::Reauthorise => Some(AuthorisationType::Reauthorisation),
            Self::Capture(_) | Self::Reduce(_) | Self::Cancel => None,
        }
    }

    const fn cancellation(self) -> Option<CancellationType> {
        match self {
            Self::Reduce(_) => Some(CancellationType::Partial),
            Self::Cancel => Some(CancellationType::Full),
            Self::Capture(_) | Self::TopUp(_) | Self::Extend | Self::Reauthorise => None,
        }
    }
}

impl Merchant {
    /// Places a hold; returns the number of its receipt.
    pub(in crate::sandbox) fn hold(&mut self, setting: &Setting<'_>, order: Order) -> u64 {
        let held = order.principal;
        let receipt = self.take(setting, order);
        let placed = self.transactions.get(receipt);
        let state = placed.and_then(|placed| State::of_placed(placed.state));
        if let (Some(state), Some(ends)) = (state, placed.map(|placed| lasts(placed, setting))) {
            self.holds.put(Hold { receipt, state, held, ends });
            if state == State::Authorised {
                self.agenda.note(ends, Due::HoldOver, receipt);
            }
        }
        receipt
    }

    /// The hold a receipt belongs to: its own, or the one it changed.
    pub(in crate::sandbox) fn hold_of(&self, receipt: u64) -> Option<&Hold> {
        let original = self.transactions.get(receipt).and_then(|child| child.details.original);
        self.holds.get(receipt).or_else(|| self.holds.get(original?))
    }

    /// Changes a hold; returns the number of the change's receipt.
    ///
    /// # Errors
    ///
    /// The change is not lawful for the hold's state, its card's scheme or its amount; nothing was
    /// done.
    pub(in crate::sandbox) fn change_hold(
        &mut self,
        setting: &Setting<'_>,
        root: u64,
        change: Change,
        details: Details,
    ) -> Result<u64, Unfit> {
        let unknown = || Unfit("originalReceiptNumber", "There is no such transaction.".to_owned());
        let hold = self.holds.get(root).cloned().ok_or_else(unknown)?;
        let placed = self.transactions.get(root).cloned().ok_or_else(unknown)?;
        let late = check(&hold, &placed, change, setting)?;
        let amount = match change {
            Change::Capture(amount) | Change::TopUp(amount) | Change::Reduce(amount) => amount,
            Change::Cancel => hold.held,
            Change::Extend | Change::Reauthorise => Cents::default(),
        };
        let order = Order {
            kind: change.kind(),
            business: placed.business.clone(),
            principal: amount,
            instrument: placed.instrument.as_ref().clone(),
            origin: Origin::Api,
            details: Details {
                original: Some(root),
                authorisation: change.authorisation(),
                cancellation: change.cancellation(),
                account: placed.details.account,
                customer: details.customer.or(placed.details.customer),
                ..details
            },
        };
        let receipt = self.take(setting, order);
        // The scheme's name is one through the whole life of a hold.
        self.transactions.change(receipt, |transaction| transaction.network = placed.network);
        if late == Late::Yes {
            self.transactions.change(receipt, |transaction| {
                transaction.state = transaction::State::Declined;
                "12".clone_into(&mut transaction.response_code);
            });
        }
        let done = self.transactions.get(receipt).map(|done| done.state);
        if done == Some(transaction::State::Approved) {
            self.changed(&hold, &placed, change, setting);
        }
        Ok(receipt)
    }

    /// What an approved change makes of the hold.
    fn changed(
        &mut self,
        hold: &Hold,
        placed: &Transaction,
        change: Change,
        setting: &Setting<'_>,
    ) {
        let mut next = hold.clone();
        next.state = hold.state.next(change.event()).unwrap_or(hold.state);
        let anew = lasts(placed, setting);
        match change {
            Change::Capture(_) => {}
            Change::TopUp(amount) => {
                next.held = hold.held.checked_add(amount).unwrap_or(hold.held);
                if scheme_of(placed) == Scheme::Mastercard {
                    next.ends = anew;
                }
            }
            Change::Extend => {
                let days = setting.guesses.number(guesses::VISA_HOLD);
                next.ends = after(hold.ends, days);
            }
            Change::Reauthorise => next.ends = anew,
            Change::Reduce(amount) => {
                next.held = hold.held.checked_sub(amount).unwrap_or_default();
                if next.held == Cents::default() {
                    next.state = hold.state.next(Event::Cancel).unwrap_or(next.state);
                }
            }
            Change::Cancel => next.held = Cents::default(),
        }
        self.agenda.strike(hold.ends, Due::HoldOver, hold.receipt);
        if next.state == State::Authorised {
            self.agenda.note(next.ends, Due::HoldOver, next.receipt);
        }
        self.holds.put(next);
    }

    /// A transaction that placed or changed a hold was voided.
    pub(super) fn hold_voided(&mut self, voided: &Transaction) {
        let root = voided.details.original.unwrap_or(voided.receipt);
        let event = match voided.kind {
            TransactionType::Preauth if root == voided.receipt => Event::Void,
            TransactionType::Capture => Event::VoidCapture,
            TransactionType::Payment
            | TransactionType::Refund
            | TransactionType::Preauth
            | TransactionType::AccountVerification => return,
        };
        let Some(hold) = self.holds.get(root).cloned() else { return };
        let Some(state) = hold.state.next(event) else { return };
        self.agenda.strike(hold.ends, Due::HoldOver, root);
        if state == State::Authorised {
            self.agenda.note(hold.ends, Due::HoldOver, root);
        }
        self.holds.put(Hold { state, ..hold });
    }

    /// A hold's time has run out.
    pub(super) fn hold_ended(&mut self, receipt: u64) {
        self.holds.change(receipt, |hold| {
            hold.state = hold.state.next(Event::Expire).unwrap_or(hold.state);
        });
    }
}

/// Whether a change may be asked of the card's bank.
fn check(
    hold: &Hold,
    placed: &Transaction,
    change: Change,
    setting: &Setting<'_>,
) -> Result<Late, Unfit> {
    let unfit = |sentence: String| Err(Unfit(change.field(), sentence));
    let capture = matches!(change, Change::Capture(_));
    let declined = setting.guesses.is(guesses::LATE_CAPTURE, "declined");
    if hold.state == State::Expired && capture && declined {
        return Ok(Late::Yes);
    }
    if hold.state.next(change.event()).is_none() {
        let state = hold.state.label();
        return unfit(format!("The pre-authorisation is {state}; this cannot be done to it."));
    }
    let scheme = placed.instrument.card().map_or("", |card| card.number.scheme().word());
    if !Scheme::from_bank(scheme).knows(change.event()) {
        return unfit(format!("A card of scheme {scheme} does not support this."));
    }
    let (amount, what) = match change {
        Change::Capture(amount) => (amount, "captured"),
        Change::Reduce(amount) => (amount, "given back"),
        Change::TopUp(_) | Change::Extend | Change::Reauthorise | Change::Cancel => {
            return Ok(Late::No);
        }
    };
    if amount > hold.held {
        let sentence = format!("At most {} may be {what}.", hold.held);
        return Err(Unfit("principalAmount", sentence));
    }
    Ok(Late::No)
}

/// Whether a capture comes after the hold has run out and is the card's bank's to decline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Late {
    Yes,
    No,
}

fn scheme_of(placed: &Transaction) -> Scheme {
    let scheme = placed.instrument.card().map_or("", |card| card.number.scheme().word());
    Scheme::from_bank(scheme)
}

/// When a hold ends that is authorised now.
fn lasts(placed: &Transaction, setting: &Setting<'_>) -> Timestamp {
    let days = match scheme_of(placed) {
        Scheme::Visa => guesses::VISA_HOLD,
        Scheme::Mastercard => guesses::MASTERCARD_HOLD,
        Scheme::Other => guesses::OTHER_HOLD,
    };
    after(setting.now, setting.guesses.number(days))
}

fn after(at: Timestamp, days: u32) -> Timestamp {
    at.saturating_add(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(at)
}

#[cfg(test)]
mod tests;
