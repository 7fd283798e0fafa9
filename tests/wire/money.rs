//! What becomes of money that was taken or held: voids, refunds, holds that are made longer, cards
//! that are only looked at.

use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;
use quaymaster::domain::money::Cents;
use quaymaster::domain::pre_authorisation::scheme::{Mastercard, Visa};
use quaymaster::domain::transaction::State;
use quaymaster::quickstream::models::amount::Currency;
use quaymaster::quickstream::models::ids::ReceiptNumber;
use quaymaster::quickstream::models::money::Money;
use quaymaster::quickstream::resources::transactions::hold::Hold;
use quaymaster::quickstream::resources::transactions::model::Transaction;
use quaymaster::quickstream::resources::transactions::payment::{Payment, Refund};
use quaymaster::quickstream::resources::transactions::preauth::{
    AccountVerification, Capture, Extension, PreAuthorisation, Reauthorisation,
};
use quaymaster::quickstream::resources::transactions::source::{CardSource, Source};
use quaymaster::quickstream::{Fault, FaultKind};

use crate::bench::{AMEX, HIRE, MASTERCARD, VISA, Wire, bank_account, card, cents, code, kind};
use crate::searches::nz;
use crate::wire::{all, case, cases};

/// What is tried with a payment.
#[derive(Clone, Copy, Debug)]
enum Act {
    Void,
    Refund(i64),
    /// Of all that is left.
    RefundRest,
    Wait(u64),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        1 => Just(Act::Void),
        3 => (1_i64..3_000).prop_map(Act::Refund),
        1 => Just(Act::RefundRest),
        // Hours: the day's cut-off is seven hours after the start.
        2 => prop_oneof![1_u64..5, 5_u64..40].prop_map(Act::Wait),
    ];
    prop::collection::vec(act, 1..12)
}

fn of(money: Option<&Money>) -> i64 {
    money.unwrap().amount.get()
}

/// What is known of the payment without asking.
struct Expected {
    /// Hours since it was made, on a Monday at eleven in Sydney.
    hours: u64,
    voided: bool,
    left: i64,
    refunds: Vec<ReceiptNumber>,
}

impl Expected {
    /// Cards settle at six in the evening, and until then a payment may be taken back.
    fn may_be_voided(&self) -> bool {
        !self.voided && self.hours < 7
    }

    /// After that it may be refunded, as far as something is left of it.
    fn may_be_refunded(&self) -> bool {
        !self.voided && self.hours >= 7 && self.left > 0
    }

    fn holds(&self, shown: &Transaction, refunds: &[Transaction]) {
        let wanted = if self.voided { State::Voided } else { State::Approved };
        assert_eq!(shown.state(), Some(wanted));
        assert_eq!(shown.voidable, Some(self.may_be_voided()));
        assert_eq!(shown.refundable, Some(self.may_be_refunded()), "{} left", self.left);
        let receipts = refunds.iter().rev().map(|refund| refund.receipt_number.clone());
        assert_eq!(receipts.collect::<Vec<_>>(), self.refunds, "newest first");
    }
}

async fn paid_by(wire: &Wire, source: Source, amount: i64) -> Transaction {
    let mut payment = Payment::new(source, cents(amount));
    payment.business = Some(code(HIRE));
    let name = wire.name();
    wire.client.take_payment(&wire.key, &name, &payment).await.unwrap().value
}

proptest! {
    #![proptest_config(cases(48))]

    /// No more goes back than was paid, a payment is taken back whole or not at all, and what the bank
    /// says may be done is what can be done.
    #[test]
    fn no_more_goes_back_than_was_paid(amount in 1_i64..3_000, acts in acts()) {
        case(async {
            let wire = Wire::start().await;
            let (client, key) = (&wire.client, &wire.key);
            let paid = paid_by(&wire, Source::Card(card(MASTERCARD)), amount).await;
            let receipt = paid.receipt_number.clone();
            let left = of(paid.total_amount.as_ref());
            let mut now = Expected { hours: 0, voided: false, left, refunds: Vec::new() };
            for act in acts {
                let act = if let Act::RefundRest = act { Act::Refund(now.left.max(1)) } else { act };
                let lawful = match act {
                    Act::RefundRest => continue,
                    Act::Wait(hours) => {
                        wire.pass(Duration::from_hours(hours));
                        now.hours += hours;
                        true
                    }
                    Act::Void => {
                        let name = wire.name();
                        let lawful = now.may_be_voided();
                        let done = client.void_transaction(key, &receipt, &name).await;
                        assert_eq!(kind(done), (!lawful).then_some(FaultKind::Unprocessable));
                        now.voided |= lawful;
                        lawful
                    }
                    Act::Refund(back) => {
                        let lawful = now.may_be_refunded() && back <= now.left;
                        let (name, back) = (wire.name(), cents(back));
                        let wanted = Refund::new(receipt.clone(), back);
                        match client.refund_payment(key, &name, &wanted).await {
                            Ok(done) => {
                                assert!(lawful, "{act:?} with {} left", now.left);
                                let done = done.value;
                                assert_eq!(done.original_receipt_number.as_ref(), Some(&receipt));
                                assert_eq!(of(done.principal_amount.as_ref()), back.cents().get());
                                now.left -= back.cents().get();
                                now.refunds.push(done.receipt_number);
                            }
                            Err(fault) => {
                                assert!(!lawful, "{act:?} with {} left: {fault:?}", now.left);
                                assert_eq!(fault.kind, FaultKind::Unprocessable);
                            }
                        }
                        lawful
                    }
                };
                let shown = client.transaction(key, &receipt).await.unwrap();
                let refunds = all(client.refunds(key, &receipt)).await.unwrap();
                now.holds(&shown, &refunds);
                // What was refused left no trace.
                let count = all(client.recent_transactions(key, None)).await.unwrap().len();
                assert_eq!(count, 1 + now.refunds.len(), "{act:?} {lawful}");
            }
        });
    }

    /// By its ending a test card is approved or declined, whatever else it is; looking at it takes no
    /// money, and only Visa and Mastercard can be looked at.
    #[test]
    fn a_card_is_looked_at_for_nothing(
        number in select(VERIFIED), month in 1_u8..=12, year in 2027_u16..2045,
    ) {
        case(async {
            let wire = Wire::start().await;
            let expiry = quaymaster::quickstream::models::details::Expiry::new(month, year).unwrap();
            let details = quaymaster::quickstream::models::details::CardDetails {
                expiry,
                ..card(number)
            };
            let mut request = AccountVerification::new(CardSource::Card(details));
            request.business = Some(code(HIRE));
            let name = wire.name();
            let told = wire.client.verify_account(&wire.key, &name, &request).await;
            if !number.starts_with(['2', '4', '5']) {
                assert_eq!(kind(told), Some(FaultKind::Unprocessable));
                return;
            }
            let told = told.unwrap().value;
            let declined = number.as_bytes()[number.len() - 2] == b'9';
            let wanted = if declined { State::Declined } else { State::Approved };
            assert_eq!(told.state(), Some(wanted));
            for money in [&told.principal_amount, &told.total_amount] {
                assert!(money.as_ref().is_none_or(|money| money.amount == Cents::new(0)));
            }
            assert_eq!((told.voidable, told.refundable), (Some(false), Some(false)));
        });
    }

    /// A bank account's payment is taken back until four in the afternoon.
    #[test]
    fn a_void_comes_in_time_or_not_at_all(
        by_card in any::<bool>(), minutes in 0_u64..4_000,
    ) {
        case(async {
            let wire = Wire::start().await;
            let source = if by_card {
                Source::Card(card(VISA))
            } else {
                Source::Bank(bank_account("032-999", "999994"))
            };
            let receipt = paid_by(&wire, source, 1_000).await.receipt_number;
            wire.pass(Duration::from_mins(minutes));
            let name = wire.name();
            let done = wire.client.void_transaction(&wire.key, &receipt, &name).await;
            let lawful = minutes < if by_card { 7 * 60 } else { 5 * 60 };
            assert_eq!(kind(done), (!lawful).then_some(FaultKind::Unprocessable));
            let shown = wire.client.transaction(&wire.key, &receipt).await.unwrap();
            assert_eq!(shown.state() == Some(State::Voided), lawful);
        });
    }
}

/// What came from a bank account goes back to it, in its money, once it can no longer be taken back.
#[tokio::test]
async fn a_bank_accounts_payment_is_refunded_to_it() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    for source in [Source::Bank(bank_account("032-999", "999994")), Source::NzBank(nz("01"))] {
        let paid = paid_by(&wire, source, 1_000).await;
        let early = client
            .refund_payment(key, &wire.name(), &Refund::new(paid.receipt_number.clone(), cents(1)))
            .await;
        assert_eq!(kind(early), Some(FaultKind::Unprocessable));
        wire.pass(Duration::from_hours(24 * 14));
        let paid = client.transaction(key, &paid.receipt_number).await.unwrap();
        assert_eq!((paid.state(), paid.refundable), (Some(State::Approved), Some(true)));
        let part = Refund::partial(&paid, cents(400)).unwrap();
        let back = client.refund_payment(key, &wire.name(), &part).await.unwrap().value;
        assert_eq!(of(back.principal_amount.as_ref()), 400);
        let currency = |of: &Transaction| of.principal_amount.as_ref().unwrap().currency.clone();
        assert_eq!(currency(&back), currency(&paid));
        assert_eq!(back.bank_account.is_some(), paid.bank_account.is_some());
        assert_eq!(back.nz_bank_account.is_some(), paid.nz_bank_account.is_some());
        let listed = all(client.refunds(key, &paid.receipt_number)).await.unwrap();
        assert_eq!(listed, [back]);
        let over = Refund::new(paid.receipt_number.clone(), cents(601));
        let over = Refund { currency: part.currency, ..over };
        let over = client.refund_payment(key, &wire.name(), &over).await;
        assert_eq!(kind(over), Some(FaultKind::Unprocessable));
    }
}

/// Test cards of the documents: approved and declined ones, and of schemes that verify none.
const VERIFIED: &[&str] = &[
    VISA,
    "4111111111111111",
    "4111111117444490",
    "4111111118444499",
    MASTERCARD,
    "2224000000031118",
    "5100000000404390",
    "2710000000011897",
    AMEX,
    "340000000075290",
    "3530000000000003",
    "6250947000000014",
];

async fn held(wire: &Wire, number: &str) -> Result<ReceiptNumber, Fault> {
    let mut hold = PreAuthorisation::new(CardSource::Card(card(number)), cents(30_000));
    hold.business = Some(code(HIRE));
    let name = wire.name();
    Ok(wire.client.pre_authorise(&wire.key, &name, &hold).await?.value.receipt_number)
}

/// An hour and a minute for each, so that no sum of them is a whole number of days.
fn waits() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(1_u64..24 * 20, 1..8)
}

proptest! {
    #![proptest_config(cases(32))]

    /// Each extension of a Visa hold adds seven days to its end, as long as that has not passed; then
    /// nothing more can be done with it, and a capture is declined.
    #[test]
    fn a_visa_hold_lasts_as_long_as_it_was_extended(waits in waits()) {
        case(async {
            let wire = Wire::start().await;
            let receipt = held(&wire, VISA).await.unwrap();
            let hold: Hold<Visa> = Hold::known(receipt, Currency::Aud);
            let (mut minutes, mut ends) = (0, 7 * 24 * 60);
            for hours in waits {
                wire.pass(Duration::from_mins(hours * 60 + 1));
                minutes += hours * 60 + 1;
                let name = wire.name();
                let longer = Extension::new(&hold);
                let done = wire.client.extend_pre_authorisation(&wire.key, &name, &longer).await;
                let stands = minutes < ends;
                assert_eq!(kind(done), (!stands).then_some(FaultKind::Unprocessable));
                if stands {
                    ends += 7 * 24 * 60;
                }
            }
            let stands = minutes < ends;
            captured(&wire, Capture::new(&hold, cents(30_000)), stands).await;
        });
    }

    /// A Mastercard's hold lasts thirty days from its last authorisation.
    #[test]
    fn a_mastercards_hold_lasts_from_its_last_authorisation(waits in waits()) {
        case(async {
            let wire = Wire::start().await;
            let receipt = held(&wire, MASTERCARD).await.unwrap();
            let hold: Hold<Mastercard> = Hold::known(receipt, Currency::Aud);
            let (mut minutes, mut ends) = (0, 30 * 24 * 60);
            for hours in waits {
                // Longer waits, some of them longer than a hold.
                wire.pass(Duration::from_mins(hours * 120 + 1));
                minutes += hours * 120 + 1;
                let name = wire.name();
                let anew = Reauthorisation::new(&hold);
                let done = wire.client.reauthorise_pre_authorisation(&wire.key, &name, &anew).await;
                let stands = minutes < ends;
                assert_eq!(kind(done), (!stands).then_some(FaultKind::Unprocessable));
                if stands {
                    ends = minutes + 30 * 24 * 60;
                }
            }
            let stands = minutes < ends;
            captured(&wire, Capture::new(&hold, cents(30_000)), stands).await;
        });
    }
}

async fn captured(wire: &Wire, wanted: Capture, stands: bool) {
    let name = wire.name();
    let done = wire.client.capture_pre_authorisation(&wire.key, &name, &wanted).await;
    let state = if stands { State::Approved } else { State::Declined };
    assert_eq!(done.unwrap().value.state(), Some(state));
}
