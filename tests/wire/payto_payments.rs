//! Payments under PayTo agreements and from registered accounts, as transactions like others.

use std::time::Duration;

use quaymaster::domain::money::Cents;
use quaymaster::domain::transaction::State;
use quaymaster::quickstream::FaultKind;
use quaymaster::quickstream::models::texts::Short;
use quaymaster::quickstream::resources::single_use_tokens::TokenAccount;
use quaymaster::quickstream::resources::transactions::lists::Narrow;
use quaymaster::quickstream::resources::transactions::payment::{
    InAgreement, PayToPayment, Payment, Refund,
};
use quaymaster::quickstream::resources::transactions::source::Stored;

use crate::bench::{ELSEWHERE, HIRE, VISA, Wire, card, cents, code, kind};
use crate::wire::all;

#[tokio::test]
async fn a_payto_payment_is_refunded_whole_or_not_at_all() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let agreement = wire.active().await;
    let payment = PayToPayment {
        business: Some(code(HIRE)),
        end_to_end_id: Short::new("endToEndId", "HIRE-77-0001").ok(),
        remittance_information: Short::new("remittanceInformation1", "March hire").ok(),
        place: Some(InAgreement::OneOfSeveral),
        ..PayToPayment::new(agreement, cents(8_000))
    };
    let name = wire.name();
    let taken = client.take_payto_payment(key, &name, &payment).await.unwrap();
    wire.pass(Duration::from_hours(1));
    let paid = client.transaction(key, &taken.value.receipt_number).await.unwrap();
    assert_eq!(paid.state(), Some(State::Approved));
    assert!(paid.rest.is_empty(), "{:?}", paid.rest);
    assert!(paid.pay_to_payer_account.is_some() && paid.credit_card.is_none());
    let surcharge = paid.surcharge_amount.as_ref().map(|money| money.amount);
    assert!(surcharge.is_none_or(|amount| amount == Cents::new(0)), "{surcharge:?}");

    assert!(Refund::partial(&paid, cents(1_000)).is_err());
    let part = Refund::new(paid.receipt_number.clone(), cents(1_000));
    let name = wire.name();
    let refused = client.refund_payment(key, &name, &part).await;
    assert_eq!(kind(refused), Some(FaultKind::Unprocessable));
    let (name, whole) = (wire.name(), Refund::full(&paid).unwrap());
    let refund = client.refund_payment(key, &name, &whole).await.unwrap().value;
    assert_eq!(refund.original_receipt_number, Some(paid.receipt_number));
    assert_eq!(refund.principal_amount.unwrap().amount, Cents::new(8_000));
}

#[tokio::test]
async fn the_payments_of_a_registered_account_are_listed() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let customer = wire.customer("CUST-77").await;
    let account = wire.account(&customer, TokenAccount::Card(card(VISA))).await.token;
    let mut made = Vec::new();
    for _ in 0..21 {
        let mut payment = Payment::new(Stored::Account(account.clone()), cents(1_000));
        payment.business = Some(code(HIRE));
        let name = wire.name();
        made.push(client.take_payment(key, &name, &payment).await.unwrap().value.receipt_number);
        wire.pass(Duration::from_secs(1));
    }
    made.reverse();
    let everyone = Narrow::default();
    let listed = all(client.transactions_for_account(key, &account, &everyone)).await.unwrap();
    let receipts: Vec<_> = listed.iter().map(|listed| listed.receipt_number.clone()).collect();
    assert_eq!(receipts, made);
    assert!(listed.iter().all(|listed| {
        let shown = listed.credit_card.as_ref();
        shown.is_some_and(|card| card.account_token.as_ref() == Some(&account))
    }));
    let elsewhere = Narrow { business: Some(code(ELSEWHERE)), month: None };
    let listed = all(client.transactions_for_account(key, &account, &elsewhere)).await.unwrap();
    assert_eq!(listed, []);
}
