//! A key for one business sees nothing of another, and time passes at the bank for both.

use std::time::Duration;

use quaymaster::domain::transaction::State;
use quaymaster::quickstream::FaultKind;
use quaymaster::quickstream::resources::single_use_tokens::TokenAccount;
use quaymaster::quickstream::resources::transactions::payment::Payment;
use quaymaster::quickstream::resources::transactions::source::Stored;

use crate::wire::{Wire, amount, bank_account, business, card, refused};

#[tokio::test]
async fn anothers_business_is_not_there() {
    let wire = Wire::start().await;
    let token = wire.token(TokenAccount::Card(card())).await;
    let mut payment = Payment::new(Stored::SingleUseToken(token.clone()), amount("25.50"));
    payment.business = Some(business());
    let restricted = wire.restricted_key();

    let outcome = wire.client.take_payment(&restricted, &wire.name(), &payment).await;
    let (kind, _) = refused(outcome);
    assert!(matches!(kind, FaultKind::NotFound | FaultKind::Unprocessable), "{kind:?}");

    let paid = wire.client.take_payment(&wire.key, &wire.name(), &payment).await.unwrap().value;
    assert_eq!(paid.state(), Some(State::Approved));
    let (kind, _) = refused(wire.client.transaction(&restricted, &paid.receipt_number).await);
    assert_eq!(kind, FaultKind::NotFound);

    // The token was spent by the payment that was made, and by no other.
    let again = wire.client.take_payment(&wire.key, &wire.name(), &payment).await;
    assert_eq!(refused(again), (FaultKind::Unprocessable, vec!["singleUseTokenId".to_owned()]));
}

#[tokio::test]
async fn a_bank_accounts_payment_is_final_after_its_days() {
    let wire = Wire::start().await;
    let token = wire.token(TokenAccount::Bank(bank_account())).await;
    let mut payment = Payment::new(Stored::SingleUseToken(token), amount("25.50"));
    payment.business = Some(business());
    let paid = wire.client.take_payment(&wire.key, &wire.name(), &payment).await.unwrap().value;
    assert_eq!(paid.state(), Some(State::Provisional));
    wire.pass(Duration::from_hours(24 * 14));
    let now = wire.client.transaction(&wire.key, &paid.receipt_number).await.unwrap();
    assert_eq!(now.state(), Some(State::Approved));
    assert_eq!(now.voidable, Some(false));
}
