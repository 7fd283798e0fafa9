//! Payments, refunds and voids.

use std::time::Duration;

use proptest::prelude::*;
use quaymaster::domain::money::Cents;
use quaymaster::domain::transaction::State;
use quaymaster::quickstream::models::amount::Amount;
use quaymaster::quickstream::models::details::{
    CardDetails, Expiry, HolderName, NzAccountNumber, NzAccountSuffix, NzBankCode, NzBankDetails,
    NzBranchCode,
};
use quaymaster::quickstream::models::ids::{
    AccountToken, AgreementToken, CustomerId, ReceiptNumber, SingleUseTokenId,
};
use quaymaster::quickstream::models::texts::{Comment, Reference};
use quaymaster::quickstream::resources::transactions::model::{
    SummaryCode, Transaction, TransactionType,
};
use quaymaster::quickstream::resources::transactions::notes::{
    CardData, Eci, Entry, Metadata, Notes, PayerAddress, Usage,
};
use quaymaster::quickstream::resources::transactions::payment::{PayToPayment, Payment, Refund};
use quaymaster::quickstream::resources::transactions::source::{Source, Stored};
use quaymaster::quickstream::{Completion, Fault, FaultKind, Word};
use quaymaster::sandbox::{self, SANDBOX_CODE};
use serde_json::json;

use crate::bench::{
    AMEX, HIRE, MASTERCARD, VISA, VISA_DECLINED, Wire, bank_account, card, cents, code, kind,
    refused, stranger,
};
use crate::wire::all;

async fn from_card(wire: &Wire, number: &str, amount: i64) -> Payment {
    let mut payment = Payment::new(wire.stored(number).await, cents(amount));
    payment.business = Some(code(HIRE));
    payment.card.entry = Some(Entry::Manual(None));
    payment
}

async fn take(wire: &Wire, payment: &Payment) -> Result<Transaction, Fault> {
    let name = wire.name();
    let done = wire.client.take_payment(&wire.key, &name, payment).await?;
    assert_eq!(done.completion, Completion::Completed);
    Ok(done.value)
}

async fn refund(wire: &Wire, refund: &Refund) -> Result<Transaction, Fault> {
    let name = wire.name();
    Ok(wire.client.refund_payment(&wire.key, &name, refund).await?.value)
}

async fn read(wire: &Wire, receipt: &ReceiptNumber) -> Transaction {
    wire.client.transaction(&wire.key, receipt).await.unwrap()
}

#[tokio::test]
async fn a_payment_shows_all_that_was_sent_with_it() {
    let wire = Wire::start().await;
    let mut payment = from_card(&wire, VISA, 2_550).await;
    let address = PayerAddress::new("203.0.113.7".parse().unwrap()).unwrap();
    payment.card = CardData {
        eci: Some(Eci::Internet(Some(address))),
        entry: Some(Entry::Manual(Some(Usage::InitialStorage))),
        ..CardData::default()
    };
    payment.notes = Notes {
        customer_reference: Reference::new("CUST-77").ok(),
        payment_reference: Reference::new("INV-1009").ok(),
        comment: Comment::new("Boat").ok(),
        metadata: Metadata::new([("berth", "7")]).unwrap(),
    };
    let name = wire.name();
    let done = wire.client.take_payment(&wire.key, &name, &payment).await.unwrap();
    let paid = done.value;
    assert!(done.location.unwrap().ends_with(paid.receipt_number.as_str()));
    assert!(paid.rest.is_empty(), "{:?}", paid.rest);
    assert_eq!(paid.state(), Some(State::Approved));
    assert_eq!(paid.transaction_type, Some(Word::Known(TransactionType::Payment)));
    assert_eq!(paid.summary_code, Some(Word::Known(SummaryCode::Approved)));
    assert_eq!(paid.principal_amount.as_ref().unwrap().amount, Cents::new(2_550));
    assert_eq!(paid.surcharge_amount.as_ref().unwrap().amount, Cents::new(10));
    assert_eq!(paid.total_amount.as_ref().unwrap().amount, Cents::new(2_560));
    assert_eq!(paid.customer_reference_number.as_deref(), Some("CUST-77"));
    assert_eq!(paid.payment_reference_number.as_deref(), Some("INV-1009"));
    assert_eq!(paid.comment.as_deref(), Some("Boat"));
    assert_eq!(paid.metadata.as_ref().unwrap().get("berth").map(String::as_str), Some("7"));
    assert_eq!(paid.ip_address.as_ref().unwrap().as_str(), "203.0.113.7");
    assert_eq!(paid.supplier_business_code, Some(code(HIRE)));
    assert_eq!(paid.settlement_date.unwrap().to_string(), "2026-03-02");
    assert_eq!(paid.transaction_time, Some(wire.bank.clock().now()));
    assert_eq!(paid.voidable, Some(true));
    let shown = paid.credit_card.as_ref().unwrap();
    assert!(shown.rest.is_empty(), "{:?}", shown.rest);
    assert_eq!(read(&wire, &paid.receipt_number).await, paid);
}

/// A declined payment is an answer, and no fault.
#[tokio::test]
async fn a_payment_from_each_source() {
    let wire = Wire::start().await;
    for (number, state) in [
        (VISA, State::Approved),
        (MASTERCARD, State::Approved),
        (AMEX, State::Approved),
        (VISA_DECLINED, State::Declined),
    ] {
        let paid = take(&wire, &from_card(&wire, number, 1_000).await).await.unwrap();
        assert_eq!(paid.state(), Some(state), "{number}");
    }
    for (bsb, number, state) in
        [("032-999", "999994", State::Provisional), ("032-051", "111110", State::Provisional)]
    {
        let source = wire.stored_bank(bsb, number).await;
        let mut payment = Payment::new(source, cents(1_000));
        payment.business = Some(code(HIRE));
        let paid = take(&wire, &payment).await.unwrap();
        // Whether its bank returns it is known days later.
        let shown = paid.state().unwrap();
        assert!(shown == state || shown == State::Declined, "{bsb} {shown:?}");
    }
}

#[tokio::test]
async fn a_payment_from_raw_details() {
    let wire = Wire::start().await;
    let nz = NzBankDetails {
        holder: HolderName::new("Sam Test").unwrap(),
        bank: NzBankCode::new("15").unwrap(),
        branch: NzBranchCode::new("3900").unwrap(),
        number: NzAccountNumber::new("123416").unwrap(),
        suffix: NzAccountSuffix::new("01").unwrap(),
    };
    for (source, state) in [
        (Source::Card(card(VISA)), State::Approved),
        (Source::Card(card(VISA_DECLINED)), State::Declined),
        (Source::Bank(bank_account("032-999", "999994")), State::Provisional),
        (Source::NzBank(nz), State::Provisional),
    ] {
        let mut payment = Payment::new(source, cents(1_000));
        payment.business = Some(code(HIRE));
        let paid = take(&wire, &payment).await.unwrap();
        assert_eq!(paid.state(), Some(state), "{payment:?}");
        let accounts = [
            paid.credit_card.as_ref().is_some_and(|account| account.rest.is_empty()),
            paid.bank_account.as_ref().is_some_and(|account| account.rest.is_empty()),
            paid.nz_bank_account.as_ref().is_some_and(|account| account.rest.is_empty()),
        ];
        assert_eq!(accounts.iter().filter(|shown| **shown).count(), 1, "{paid:?}");
    }
    let expired = CardDetails { expiry: Expiry::new(2, 2026).unwrap(), ..card(VISA) };
    let mut payment = Payment::new(Source::Card(expired), cents(1_000));
    payment.business = Some(code(HIRE));
    let late = (FaultKind::Unprocessable, vec!["creditCard.expiryDateYear".to_owned()]);
    assert_eq!(refused(take(&wire, &payment).await), late);
}

#[tokio::test]
async fn what_no_payment_is_taken_from() {
    let wire = Wire::start().await;
    let unprocessable = |field: &str| (FaultKind::Unprocessable, vec![field.to_owned()]);
    let token = SingleUseTokenId::new("6a8f86e6-dfc0-4306-b07d-c7df137234aa").unwrap();
    for (stored, field) in [
        (Stored::SingleUseToken(token), "singleUseTokenId"),
        (Stored::Customer(CustomerId::new("999999999").unwrap()), "customerId"),
        (Stored::Account(AccountToken::new("SANDBOX-999999999").unwrap()), "accountToken"),
    ] {
        let mut payment = Payment::new(stored, cents(1_000));
        payment.business = Some(code(HIRE));
        let paid = take(&wire, &payment).await;
        assert_eq!(refused(paid), unprocessable(field));
    }
    let mut elsewhere = from_card(&wire, VISA, 1_000).await;
    elsewhere.business = Some(code("NONE"));
    assert_eq!(refused(take(&wire, &elsewhere).await), unprocessable("supplierBusinessCode"));

    let payment = from_card(&wire, VISA, 1_000).await;
    let (client, name) = (&wire.client, wire.name());
    let paid = client.take_payment(&stranger(), &name, &payment).await;
    assert_eq!(kind(paid), Some(FaultKind::Unauthorised));
    let (public, name) = (wire.publishable.key(), wire.name());
    assert_eq!(
        kind(client.take_payment(public, &name, &payment).await),
        Some(FaultKind::Forbidden)
    );
    let (restricted, name) = (wire.restricted_key(), wire.name());
    let paid = client.take_payment(&restricted, &name, &payment).await;
    assert_eq!(kind(paid), Some(FaultKind::Unprocessable));

    let of_bank = wire.stored_bank("032-999", "999994").await;
    // A facility that is not set up for a way of paying refuses it as a whole.
    let without = vec![sandbox::Capability::DirectDebit];
    wire.bank.control().without(SANDBOX_CODE, without).unwrap();
    let mut from_bank = Payment::new(of_bank, cents(1_000));
    from_bank.business = Some(code(HIRE));
    assert_eq!(kind(take(&wire, &from_bank).await), Some(FaultKind::Unprocessable));
    let agreement = AgreementToken::new("C00000000000042").unwrap();
    let (name, mut pay_to) = (wire.name(), PayToPayment::new(agreement, cents(1_000)));
    pay_to.business = Some(code(HIRE));
    let paid = client.take_payto_payment(&wire.key, &name, &pay_to).await;
    assert_eq!(refused(paid), unprocessable("payToData.agreementToken"));
}

#[tokio::test]
async fn a_transaction_that_is_not_there() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let nobody = ReceiptNumber::new("9999999999").unwrap();
    assert_eq!(kind(client.transaction(key, &nobody).await), Some(FaultKind::NotFound));
    let paid = take(&wire, &from_card(&wire, VISA, 1_000).await).await.unwrap().receipt_number;
    let restricted = wire.restricted_key();
    assert_eq!(kind(client.transaction(&restricted, &paid).await), Some(FaultKind::NotFound));
    let asked = client.transaction(wire.publishable.key(), &paid).await;
    assert_eq!(kind(asked), Some(FaultKind::Forbidden));
    let asked = client.transaction(&stranger(), &paid).await;
    assert_eq!(kind(asked), Some(FaultKind::Unauthorised));
}

/// The bank does once what is sent under one name, and answers the name and not what is sent.
#[tokio::test]
async fn a_name_that_was_used_before() {
    let wire = Wire::start().await;
    let (client, key, name) = (&wire.client, &wire.key, wire.name());
    let payment = from_card(&wire, VISA, 1_000).await;
    let first = client.take_payment(key, &name, &payment).await.unwrap();
    let again = client.take_payment(key, &name, &payment).await.unwrap();
    assert_eq!(first, again);
    let other =
        client.take_payment(key, &name, &from_card(&wire, VISA, 2_000).await).await.unwrap_err();
    assert_eq!((other.kind, other.status), (FaultKind::OtherReply, Some(201)));
    let refund = Refund::new(first.value.receipt_number.clone(), cents(1_000));
    let other = client.refund_payment(key, &name, &refund).await.unwrap_err();
    assert_eq!(other.kind, FaultKind::OtherReply);
    assert_eq!(all(client.recent_transactions(key, None)).await.unwrap().len(), 1);

    // After 22 hours the name is forgotten, and the next request under it is another payment.
    wire.pass(Duration::from_hours(22) + Duration::from_secs(1));
    let payment = from_card(&wire, VISA, 1_000).await;
    let later = client.take_payment(key, &name, &payment).await.unwrap();
    assert_ne!(later.value.receipt_number, first.value.receipt_number);
}

#[tokio::test]
async fn a_payment_whose_answer_was_lost_is_found_by_its_name() {
    let wire = Wire::start().await;
    let (client, key, name) = (&wire.client, &wire.key, wire.name());
    let fault =
        json!([{ "method": "POST", "path": "/transactions", "times": 1, "cut": "after_act" }]);
    let faults = serde_json::from_value(fault).or_else(|_| {
        serde_json::from_value(json!([{ "method": "POST", "path": "/transactions", "times": 1,
            "status": 502, "acted": true }]))
    });
    wire.bank.control().add_faults(faults.unwrap()).unwrap();
    let payment = from_card(&wire, VISA, 1_000).await;
    let lost = client.take_payment(key, &name, &payment).await.unwrap_err();
    assert!(lost.may_have_arrived(), "{lost}");
    let found = client.take_payment(key, &name, &payment).await.unwrap();
    assert_eq!(found.value.state(), Some(State::Approved));
    assert_eq!(all(client.recent_transactions(key, None)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_void_takes_a_payment_back_until_the_cut_off() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let paid = take(&wire, &from_card(&wire, VISA, 1_000).await).await.unwrap().receipt_number;
    let name = wire.name();
    let voided = client.void_transaction(key, &paid, &name).await.unwrap().unwrap();
    assert_eq!(voided.state(), Some(State::Voided));
    assert_eq!(voided.voidable, Some(false));
    assert_eq!(read(&wire, &paid).await.state(), Some(State::Voided));
    let name = wire.name();
    let again = client.void_transaction(key, &paid, &name).await;
    assert_eq!(kind(again), Some(FaultKind::Unprocessable));

    let (name, nobody) = (wire.name(), ReceiptNumber::new("9999999999").unwrap());
    let missing = client.void_transaction(key, &nobody, &name).await;
    assert_eq!(kind(missing), Some(FaultKind::NotFound));

    let paid = take(&wire, &from_card(&wire, VISA, 1_000).await).await.unwrap().receipt_number;
    wire.pass(Duration::from_hours(24));
    assert_eq!(read(&wire, &paid).await.voidable, Some(false));
    let name = wire.name();
    let late = client.void_transaction(key, &paid, &name).await;
    assert_eq!(kind(late), Some(FaultKind::Unprocessable));
}

#[tokio::test]
async fn refunds_full_and_partial() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let paid = take(&wire, &from_card(&wire, VISA, 1_000).await).await.unwrap();
    wire.pass(Duration::from_hours(24));
    let paid = read(&wire, &paid.receipt_number).await;
    assert_eq!(paid.refundable, Some(true));
    let part = Refund::partial(&paid, cents(400)).unwrap();
    let first = refund(&wire, &part).await.unwrap();
    assert_eq!(first.state(), Some(State::Approved));
    assert_eq!(first.transaction_type, Some(Word::Known(TransactionType::Refund)));
    assert_eq!(first.original_receipt_number.as_ref(), Some(&paid.receipt_number));
    let too_much = Refund::partial(&paid, cents(700)).unwrap();
    let wrong = refused(refund(&wire, &too_much).await);
    assert_eq!(wrong, (FaultKind::Unprocessable, vec!["principalAmount".to_owned()]));
    let rest = Refund::partial(&paid, cents(600)).unwrap();
    let second = refund(&wire, &rest).await.unwrap();
    let refunds = all(client.refunds(key, &paid.receipt_number)).await.unwrap();
    let mut receipts: Vec<_> = refunds.iter().map(|refund| refund.receipt_number.clone()).collect();
    receipts.sort();
    assert_eq!(receipts, [first.receipt_number, second.receipt_number]);
    let left = paid.surcharge_amount.as_ref().unwrap().amount;
    let left = Refund::new(paid.receipt_number.clone(), Amount::new(left).unwrap());
    refund(&wire, &left).await.unwrap();
    let none_left = refused(refund(&wire, &Refund::new(paid.receipt_number, cents(1))).await);
    assert_eq!(none_left.0, FaultKind::Unprocessable);

    let other = take(&wire, &from_card(&wire, MASTERCARD, 500).await).await.unwrap();
    wire.pass(Duration::from_hours(24));
    let other = read(&wire, &other.receipt_number).await;
    let whole = refund(&wire, &Refund::full(&other).unwrap()).await.unwrap();
    assert_eq!(whole.principal_amount.unwrap().amount, Cents::new(500));

    let nobody = ReceiptNumber::new("9999999999").unwrap();
    let missing = refused(refund(&wire, &Refund::new(nobody, cents(1))).await);
    assert_eq!(missing, (FaultKind::Unprocessable, vec!["originalReceiptNumber".to_owned()]));
    let declined = take(&wire, &from_card(&wire, VISA_DECLINED, 500).await).await.unwrap();
    let declined = refund(&wire, &Refund::new(declined.receipt_number, cents(1))).await;
    assert_eq!(kind(declined), Some(FaultKind::Unprocessable));
}

#[tokio::test]
async fn a_bank_account_may_be_returned_for_five_banking_days() {
    let wire = Wire::start().await;
    let source = wire.stored_bank("032-999", "999994").await;
    let mut payment = Payment::new(source, cents(1_000));
    payment.business = Some(code(HIRE));
    let paid = take(&wire, &payment).await.unwrap();
    assert_eq!(paid.state(), Some(State::Provisional));
    assert!(paid.bank_account.as_ref().unwrap().rest.is_empty());
    wire.pass(Duration::from_hours(24 * 10));
    assert_eq!(read(&wire, &paid.receipt_number).await.state(), Some(State::Approved));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is paid with whatever references, what is read later is what was sent, and the money
    /// adds up.
    #[test]
    fn what_was_paid_is_what_is_read(
        payments in proptest::collection::vec(
            (1_i64..1_000_000, "[ -~é]{0,40}", proptest::sample::select(vec![VISA, MASTERCARD, AMEX, VISA_DECLINED])),
            1..5,
        ),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let wire = Wire::start().await;
            for (amount, text, number) in payments {
                let mut payment = from_card(&wire, number, amount).await;
                payment.notes.payment_reference = Some(Reference::new(text.trim().to_owned() + "x").unwrap());
                let paid = take(&wire, &payment).await.unwrap();
                let shown = read(&wire, &paid.receipt_number).await;
                assert_eq!(shown, paid);
                let reference = payment.notes.payment_reference.as_ref().map(Reference::as_str);
                assert_eq!(shown.payment_reference_number.as_deref(), reference);
                let of = |money: &Option<quaymaster::quickstream::models::money::Money>| money.as_ref().unwrap().amount;
                let (principal, surcharge) = (of(&shown.principal_amount), of(&shown.surcharge_amount));
                assert_eq!(principal, Cents::new(amount));
                assert_eq!(principal.checked_add(surcharge), Some(of(&shown.total_amount)));
                assert!(shown.rest.is_empty());
                let wanted = if number == VISA_DECLINED { State::Declined } else { State::Approved };
                assert_eq!(shown.state(), Some(wanted));
            }
        });
    }
}
