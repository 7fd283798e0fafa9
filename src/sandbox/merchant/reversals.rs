//! Voids and refunds: what undoes a transaction before its cut-off, and what gives money back after.

use super::Merchant;
use super::instrument::Instrument;
use super::setting::Setting;
use super::transactions::{By, Details, Order, Origin, Transaction, TransactionType};
use super::unfit::Unfit;
use crate::domain::money::Cents;
use crate::domain::pre_authorisation::Event as HoldEvent;
use crate::domain::transaction::{Event, State};
use crate::sandbox::guesses::newer;

impl Merchant {
    /// Whether a transaction may be voided (the guess `voidable`): before it settles, if money moves by
    /// it, or while it holds money. A change of a hold is undone by another change of it.
    pub(in crate::sandbox) fn is_voidable(
        &self,
        transaction: &Transaction,
        setting: &Setting<'_>,
    ) -> bool {
        let undone = match transaction.kind {
            TransactionType::Payment | TransactionType::Capture => true,
            TransactionType::Refund => transaction.details.cancellation.is_none(),
            TransactionType::Preauth => {
                let own = self.holds.get(transaction.receipt);
                own.is_some_and(|hold| hold.state.next(HoldEvent::Void).is_some())
            }
            TransactionType::AccountVerification => false,
        };
        undone && transaction.is_unsettled(setting)
    }

    /// Voids a transaction.
    ///
    /// # Errors
    ///
    /// It is not voidable.
    pub(in crate::sandbox) fn void(
        &mut self,
        setting: &Setting<'_>,
        receipt: u64,
    ) -> Result<(), Unfit> {
        let found = self.transactions.get(receipt);
        if !found.is_some_and(|it| self.is_voidable(it, setting)) {
            let sentence = "The transaction is not voidable.".to_owned();
            return Err(Unfit("receiptNumber", sentence));
        }
        self.transactions.change(receipt, |transaction| transaction.happen(Event::Void));
        if let Some(voided) = self.transactions.get(receipt).cloned() {
            self.hold_voided(&voided);
        }
        Ok(())
    }

    /// What of a transaction was not given back yet, surcharge included.
    pub(in crate::sandbox) fn left_to_refund(&self, transaction: &Transaction) -> Cents {
        let refunds = self.refunds_of(transaction.receipt);
        let counts =
            |refund: &&Transaction| !matches!(refund.state, State::Declined | State::Voided);
        let refunded = refunds.filter(counts).map(|refund| refund.principal.get()).sum();
        transaction.total().checked_sub(Cents::new(refunded)).unwrap_or_default()
    }

    /// Whether some of a transaction may be refunded now.
    pub(in crate::sandbox) fn is_refundable(
        &self,
        transaction: &Transaction,
        setting: &Setting<'_>,
    ) -> bool {
        transaction.is_refundable(setting) && self.left_to_refund(transaction).get() > 0
    }

    /// The refunds of a transaction, oldest first.
    pub(in crate::sandbox) fn refunds_of(
        &self,
        receipt: u64,
    ) -> impl DoubleEndedIterator<Item = &Transaction> {
        let children = self.transactions.found(By::Original, &receipt.to_string());
        children.filter(|child| {
            child.kind == TransactionType::Refund && child.details.cancellation.is_none()
        })
    }

    /// The automatic retries of an instalment that was declined, oldest first.
    pub(in crate::sandbox) fn retries_of(
        &self,
        receipt: u64,
    ) -> impl DoubleEndedIterator<Item = &Transaction> {
        let children = self.transactions.found(By::Original, &receipt.to_string());
        children.filter(|child| {
            child.kind == TransactionType::Payment && child.origin == Origin::Recurring
        })
    }

    /// Gives money back; returns the number of the refund's receipt.
    ///
    /// # Errors
    ///
    /// The transaction is not refundable, or not by that much.
    pub(in crate::sandbox) fn refund(
        &mut self,
        setting: &Setting<'_>,
        receipt: u64,
        amount: Cents,
        details: Details,
    ) -> Result<u64, Unfit> {
        let unfit = |field, sentence: &str| Unfit(field, sentence.to_owned());
        let unknown = || unfit("originalReceiptNumber", "There is no such transaction.");
        let original = self.transactions.get(receipt).cloned().ok_or_else(unknown)?;
        if !original.is_refundable(setting) {
            let sentence = "The transaction is not refundable.";
            return Err(unfit("originalReceiptNumber", sentence));
        }
        let left = self.left_to_refund(&original);
        if amount > left {
            let sentence = format!("At most {left} may be refunded.");
            return Err(Unfit("principalAmount", sentence));
        }
        if refunds_whole(&original.instrument, setting) && amount != original.total() {
            let sentence = "A payment by PayTo or PayID is refunded in full.";
            return Err(unfit("principalAmount", sentence));
        }
        let order = Order {
            kind: TransactionType::Refund,
            business: original.business.clone(),
            principal: amount,
            instrument: original.instrument.as_ref().clone(),
            origin: details.batch.map_or(Origin::Api, |_| Origin::File),
            details: Details {
                original: Some(receipt),
                account: original.details.account,
                customer: details.customer.or(original.details.customer),
                ..details
            },
        };
        let refund = self.take(setting, order);
        self.transactions.change(receipt, |original| original.happen(Event::Refund));
        Ok(refund)
    }
}

/// Whether what was paid so is given back whole or not at all.
fn refunds_whole(instrument: &Instrument, setting: &Setting<'_>) -> bool {
    match instrument {
        Instrument::PayTo(_) => true,
        Instrument::PayId(_) => setting.guesses.is(newer::PAY_ID_REFUNDS, "whole"),
        Instrument::Card(_)
        | Instrument::Bank(_)
        | Instrument::NzBank(_)
        | Instrument::Wallet(_) => false,
    }
}
