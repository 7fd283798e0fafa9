//! Payments under an agreement: pending at first, and settled or refused by the payer's bank soon
//! after.

use jiff::{SignedDuration, Timestamp};

use super::script::ends_after_payment;
use super::{Agreement, Wanted, Who, after};
use crate::domain::payto_agreement::Event;
use crate::domain::transaction;
use crate::sandbox::guesses;
use crate::sandbox::merchant::Merchant;
use crate::sandbox::merchant::agenda::Due;
use crate::sandbox::merchant::instrument::{Instrument, PayToAccount};
use crate::sandbox::merchant::setting::Setting;
use crate::sandbox::merchant::transactions::{Details, Order, Transaction, TransactionType};

/// So many payments declined in a row suspend an agreement.
const DECLINED_MAX: u64 = 7;

impl Merchant {
    /// Notes when the payer's bank will have answered a payment.
    pub(in crate::sandbox) fn await_payer_bank(&mut self, setting: &Setting<'_>, receipt: u64) {
        let seconds = i64::from(setting.guesses.number(guesses::PAYTO_SETTLES));
        let at = after(setting.now, SignedDuration::from_secs(seconds));
        self.agenda.note(at, Due::PayToSettles, receipt);
    }

    /// Asks a payer for an agreement and for its one payment, which waits until they have answered;
    /// returns the number of the payment's receipt. The agreement is the customer's whose number the
    /// payment refers to, or a new one's.
    pub(in crate::sandbox) fn take_once(
        &mut self,
        setting: &Setting<'_>,
        wanted: Wanted,
        order: Order,
    ) -> u64 {
        let reference = order.details.customer_reference.as_deref();
        let known = reference.and_then(|number| self.customer_numbered(number));
        let known = known.filter(|customer| customer.business == wanted.business);
        let known = known.map(|customer| customer.id);
        let name = wanted.payer.payer_name.clone();
        let customer = known.unwrap_or_else(|| self.customer_for(&wanted.business, None, name));
        let payer = wanted.payer.clone();
        let number = self.agree(setting, customer, wanted);
        let payer = PayToAccount { agreement: Some(number), last: true, ..payer };
        let instrument = Instrument::PayTo(payer);
        let details = Details { customer: Some(customer), ..order.details };
        let receipt = self.take(setting, Order { instrument, details, ..order });
        self.agreements.change(number, |agreement| agreement.once = Some(receipt));
        receipt
    }

    /// A payer has answered: the payment that waits for it goes on.
    pub(in crate::sandbox) fn once_answered(&mut self, now: Timestamp, number: u64) {
        let answered = self.agreements.get(number).filter(|agreement| !agreement.is_asked());
        if let Some(receipt) = answered.and_then(|agreement| agreement.once) {
            self.agenda.note(now, Due::PayToSettles, receipt);
        }
    }

    /// The payer's bank answers.
    pub(in crate::sandbox) fn payto_settles(&mut self, setting: &Setting<'_>, receipt: u64) {
        let Some(payment) = self.transactions.get(receipt).cloned() else { return };
        if payment.state != transaction::State::Pending {
            return;
        }
        let Instrument::PayTo(payer) = payment.instrument.as_ref() else { return };
        let gives_back = payment.kind == TransactionType::Refund;
        let agreement = payer.agreement.and_then(|number| self.agreements.get(number));
        if agreement.is_some_and(|it| it.once == Some(receipt) && it.is_asked()) {
            return;
        }
        let refused = match agreement {
            Some(agreement) if !gives_back => refusal(agreement, &payment, setting),
            _ => None,
        };
        self.transactions.change(receipt, |payment| {
            if refused.is_some() {
                payment.happen(transaction::Event::Decline);
                "05".clone_into(&mut payment.response_code);
            } else {
                payment.happen(transaction::Event::Approve);
                "00".clone_into(&mut payment.response_code);
            }
        });
        self.tell_of_payment(setting.now, receipt);
        if refused.is_some() {
            self.instalment_failed(setting, receipt);
        }
        if let Some(number) = payer.agreement.filter(|_| !gives_back) {
            self.change_agreement(setting.now, number, |agreement| {
                counted(agreement, refused.is_some(), payer.last);
            });
        }
    }
}

/// What a payment's end makes of its agreement.
fn counted(agreement: &mut Agreement, refused: bool, last: bool) {
    if refused {
        agreement.declined = agreement.declined.saturating_add(1);
        if agreement.declined >= DECLINED_MAX && agreement.happen(Event::Pause, Some(Who::Payer)) {
            agreement.reason = Some(("MSUC".to_owned(), None));
        }
        return;
    }
    agreement.declined = 0;
    agreement.payments = agreement.payments.saturating_add(1);
    if ends_after_payment(agreement) && agreement.happen(Event::Cancel, Some(Who::Payer)) {
        agreement.reason = Some(("MD16".to_owned(), None));
    }
    if last && agreement.happen(Event::Finish, None) {
        agreement.reason = Some(("MCFC".to_owned(), None));
    }
}

/// Why the payer's bank refuses a payment, as a code of NPP (the guess `payto_rules`); `None` if it
/// pays.
pub(in crate::sandbox) fn refusal(
    agreement: &Agreement,
    payment: &Transaction,
    setting: &Setting<'_>,
) -> Option<&'static str> {
    let (today, terms) = (setting.today(), &agreement.wanted.terms);
    let amount = payment.principal;
    let not_fixed = terms.kind == "FIXE" && terms.amount.is_some_and(|fixed| fixed != amount);
    let too_much = terms.maximum.is_some_and(|maximum| amount > maximum);
    if !agreement.state.takes_payments() {
        Some("NACT")
    } else if agreement.blocked_until.is_some_and(|until| setting.now < until) {
        Some("MCGP")
    } else if today < agreement.wanted.start {
        Some("BVSD")
    } else if agreement.last_day().is_some_and(|last| today > last) {
        Some("AVED")
    } else if not_fixed || too_much {
        Some("NAUT")
    } else {
        None
    }
}
