//! What is told of, and in which words.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Subject;
use crate::domain::payto_agreement::State;
use crate::domain::{pay_id, payto_amendment, transaction};
use crate::sandbox::merchant::Merchant;
use crate::sandbox::merchant::agreements::Agreement;
use crate::sandbox::merchant::transactions::{Transaction, TransactionType};

/// What happened, in the word of `eventType`. The documents show the first five; the others are
/// likely (the guess `webhook_events`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Happening {
    AgreementConfirmed,
    AgreementDeclined,
    AgreementExpired,
    AgreementRecalled,
    PaymentApproved,
    AgreementFailed,
    AgreementSuspended,
    AgreementResumed,
    AgreementCancelled,
    AgreementAmended,
    AmendmentDeclined,
    AmendmentExpired,
    AmendmentRecalled,
    PaymentDeclined,
    PaymentRefunded,
    PayIdRegistered,
    PayIdRejected,
    PayIdDeregistered,
    PayIdPaymentReceived,
}

impl Happening {
    /// Each with its word.
    pub(in crate::sandbox) const WORDS: &[(&str, Self)] = &[
        ("payto.agreement.confirmed", Self::AgreementConfirmed),
        ("payto.agreement.declined", Self::AgreementDeclined),
        ("payto.agreement.expired", Self::AgreementExpired),
        ("payto.agreement.recalled", Self::AgreementRecalled),
        ("payto.payment.approved", Self::PaymentApproved),
        ("payto.agreement.failed", Self::AgreementFailed),
        ("payto.agreement.suspended", Self::AgreementSuspended),
        ("payto.agreement.resumed", Self::AgreementResumed),
        ("payto.agreement.cancelled", Self::AgreementCancelled),
        ("payto.agreement.amended", Self::AgreementAmended),
        ("payto.agreement.amendment.declined", Self::AmendmentDeclined),
        ("payto.agreement.amendment.expired", Self::AmendmentExpired),
        ("payto.agreement.amendment.recalled", Self::AmendmentRecalled),
        ("payto.payment.declined", Self::PaymentDeclined),
        ("payto.payment.refunded", Self::PaymentRefunded),
        ("payid.registered", Self::PayIdRegistered),
        ("payid.rejected", Self::PayIdRejected),
        ("payid.deregistered", Self::PayIdDeregistered),
        ("payid.payment.received", Self::PayIdPaymentReceived),
    ];

    pub(in crate::sandbox) fn word(self) -> &'static str {
        let found = Self::WORDS.iter().find(|(_, happening)| *happening == self);
        found.map_or("", |(word, _)| word)
    }

    pub(in crate::sandbox) fn of_word(text: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(word, _)| *word == text).map(|(_, happening)| *happening)
    }
}

impl Serialize for Happening {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for Happening {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Self::of_word(&word).ok_or_else(|| {
            let words: Vec<&str> = Self::WORDS.iter().map(|(word, _)| *word).collect();
            serde::de::Error::custom(format!("an event is one of: {}", words.join(", ")))
        })
    }
}

/// Where an agreement stands, as far as anyone is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox::merchant) struct Stand {
    state: State,
    amendment: Option<payto_amendment::State>,
}

impl Stand {
    pub(in crate::sandbox::merchant) fn of(agreement: &Agreement) -> Self {
        let amendment = agreement.amendment.as_ref().map(|amendment| amendment.state);
        Self { state: agreement.state, amendment }
    }
}

/// What a move of an agreement is told as.
fn moved(from: State, to: State) -> Option<Happening> {
    if from == to {
        return None;
    }
    match (from, to) {
        (State::SuspendedByUs | State::SuspendedByOther, State::Active) => {
            Some(Happening::AgreementResumed)
        }
        (_, State::Active) => Some(Happening::AgreementConfirmed),
        (_, State::SuspendedByUs | State::SuspendedByOther) => Some(Happening::AgreementSuspended),
        (_, State::Declined) => Some(Happening::AgreementDeclined),
        (_, State::Recalled) => Some(Happening::AgreementRecalled),
        (_, State::Expired) => Some(Happening::AgreementExpired),
        (_, State::Failed) => Some(Happening::AgreementFailed),
        (_, State::Cancelled) => Some(Happening::AgreementCancelled),
        (_, State::Creating | State::Pending) => None,
    }
}

/// What the end of an amendment is told as.
fn amended(
    from: Option<payto_amendment::State>,
    to: Option<payto_amendment::State>,
) -> Option<Happening> {
    use payto_amendment::State;
    match (from, to) {
        (Some(State::Pending), Some(State::Completed)) => Some(Happening::AgreementAmended),
        (Some(State::Pending), Some(State::Declined)) => Some(Happening::AmendmentDeclined),
        (Some(State::Pending), Some(State::Expired)) => Some(Happening::AmendmentExpired),
        (Some(State::Pending), Some(State::Recalled)) => Some(Happening::AmendmentRecalled),
        _ => None,
    }
}

impl Merchant {
    /// Changes an agreement, and tells of what that made of it; `None` if there is none.
    pub(in crate::sandbox::merchant) fn change_agreement<R>(
        &mut self,
        now: Timestamp,
        number: u64,
        change: impl FnOnce(&mut Agreement) -> R,
    ) -> Option<R> {
        let before = Stand::of(self.agreements.get(number)?);
        let result = self.agreements.change(number, change)?;
        let after = Stand::of(self.agreements.get(number)?);
        if before.state != after.state {
            self.once_answered(now, number);
        }
        let told = [moved(before.state, after.state), amended(before.amendment, after.amendment)];
        for happening in told.into_iter().flatten() {
            self.tell_of_agreement(now, happening, number);
        }
        Some(result)
    }

    /// Tells of an agreement as it stands.
    pub(in crate::sandbox::merchant) fn tell_of_agreement(
        &mut self,
        now: Timestamp,
        happening: Happening,
        number: u64,
    ) {
        // Nobody pays for a copy that nobody wants.
        if self.webhooks.len() > 0
            && let Some(agreement) = self.agreements.get(number)
        {
            let subject = Subject::Agreement(Box::new(agreement.clone()));
            self.tell(now, happening, &subject);
        }
    }

    /// Tells what the payer's bank made of a PayTo payment.
    pub(in crate::sandbox::merchant) fn tell_of_payment(&mut self, now: Timestamp, receipt: u64) {
        if self.webhooks.len() > 0
            && let Some(payment) = self.transactions.get(receipt)
            && let Some(happening) = settled(payment)
        {
            let subject = Subject::Transaction(Box::new(payment.clone()));
            self.tell(now, happening, &subject);
        }
    }

    /// Has an event happen to a PayID, and tells of what that made of it; says whether its lifecycle
    /// let it, `None` if there is none.
    pub(in crate::sandbox::merchant) fn move_pay_id(
        &mut self,
        now: Timestamp,
        number: u64,
        event: pay_id::Event,
    ) -> Option<bool> {
        let before = self.pay_ids.get(number)?.state;
        let done = self.pay_ids.change(number, |pay_id| pay_id.happen(event))?;
        let pay_id = self.pay_ids.get(number)?;
        let happening = match pay_id.state {
            after if after == before => None,
            pay_id::State::Pending => None,
            pay_id::State::Active => Some(Happening::PayIdRegistered),
            pay_id::State::Rejected => Some(Happening::PayIdRejected),
            pay_id::State::Deregistered => Some(Happening::PayIdDeregistered),
        };
        if let Some(happening) = happening
            && self.webhooks.len() > 0
        {
            let subject = Subject::PayId(Box::new(pay_id.clone()));
            self.tell(now, happening, &subject);
        }
        Some(done)
    }

    /// Tells of a payment that came in by a PayID.
    pub(in crate::sandbox::merchant) fn tell_of_receipt(&mut self, now: Timestamp, receipt: u64) {
        if self.webhooks.len() > 0
            && let Some(payment) = self.transactions.get(receipt)
        {
            let subject = Subject::Transaction(Box::new(payment.clone()));
            self.tell(now, Happening::PayIdPaymentReceived, &subject);
        }
    }
}

fn settled(payment: &Transaction) -> Option<Happening> {
    match (payment.kind, payment.state) {
        (TransactionType::Refund, transaction::State::Approved) => Some(Happening::PaymentRefunded),
        (TransactionType::Payment, transaction::State::Approved) => {
            Some(Happening::PaymentApproved)
        }
        (TransactionType::Payment, transaction::State::Declined) => {
            Some(Happening::PaymentDeclined)
        }
        _ => None,
    }
}
