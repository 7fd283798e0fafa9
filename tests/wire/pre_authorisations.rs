//! Pre-authorisations, and the six things that become of them.

use std::time::Duration;

use proptest::prelude::*;
use quaymaster::domain::money::Cents;
use quaymaster::domain::pre_authorisation::scheme::{Mastercard, Other, Visa};
use quaymaster::domain::transaction::State;
use quaymaster::quickstream::models::amount::Currency;
use quaymaster::quickstream::models::ids::ReceiptNumber;
use quaymaster::quickstream::resources::transactions::hold::{AnyHold, Hold};
use quaymaster::quickstream::resources::transactions::model::{
    AuthorisationType, CancellationType, Transaction, TransactionType,
};
use quaymaster::quickstream::resources::transactions::notes::Entry;
use quaymaster::quickstream::resources::transactions::preauth::{
    AccountVerification, Cancellation, Capture, Extension, Increment, PreAuthorisation,
    Reauthorisation,
};
use quaymaster::quickstream::{Fault, FaultKind, Word};
use quaymaster::sandbox::{Capability, SANDBOX_CODE};
use serde_json::json;

use crate::bench::{AMEX, HIRE, MASTERCARD, VISA, VISA_DECLINED, Wire, cents, code, kind, refused};

async fn hold_on(wire: &Wire, number: &str, amount: i64) -> PreAuthorisation {
    let mut hold = PreAuthorisation::new(wire.stored(number).await, cents(amount));
    hold.business = Some(code(HIRE));
    hold.card.entry = Some(Entry::Manual(None));
    hold
}

async fn place(wire: &Wire, number: &str, amount: i64) -> Result<Transaction, Fault> {
    let (name, hold) = (wire.name(), hold_on(wire, number, amount).await);
    Ok(wire.client.pre_authorise(&wire.key, &name, &hold).await?.value)
}

async fn visa(wire: &Wire) -> Hold<Visa> {
    let placed = place(wire, VISA, 30_000).await.unwrap();
    Hold::known(placed.receipt_number, Currency::Aud)
}

async fn mastercard(wire: &Wire) -> Hold<Mastercard> {
    let placed = place(wire, MASTERCARD, 30_000).await.unwrap();
    Hold::known(placed.receipt_number, Currency::Aud)
}

async fn capture(wire: &Wire, request: Capture) -> Result<Transaction, Fault> {
    let name = wire.name();
    Ok(wire.client.capture_pre_authorisation(&wire.key, &name, &request).await?.value)
}

async fn cancel(wire: &Wire, request: Cancellation) -> Result<Transaction, Fault> {
    let name = wire.name();
    Ok(wire.client.cancel_pre_authorisation(&wire.key, &name, &request).await?.value)
}

async fn increase(wire: &Wire, request: Increment) -> Result<Transaction, Fault> {
    let name = wire.name();
    Ok(wire.client.increase_pre_authorisation(&wire.key, &name, &request).await?.value)
}

async fn extend(wire: &Wire, request: Extension) -> Result<Transaction, Fault> {
    let name = wire.name();
    Ok(wire.client.extend_pre_authorisation(&wire.key, &name, &request).await?.value)
}

async fn reauthorise(wire: &Wire, request: Reauthorisation) -> Result<Transaction, Fault> {
    let name = wire.name();
    Ok(wire.client.reauthorise_pre_authorisation(&wire.key, &name, &request).await?.value)
}

async fn verify(wire: &Wire, request: AccountVerification) -> Result<Transaction, Fault> {
    let name = wire.name();
    Ok(wire.client.verify_account(&wire.key, &name, &request).await?.value)
}

fn approved(transaction: &Transaction) {
    assert_eq!(transaction.state(), Some(State::Approved));
    assert!(transaction.rest.is_empty(), "{:?}", transaction.rest);
}

#[tokio::test]
async fn a_hold_is_placed_and_captured_once() {
    let wire = Wire::start().await;
    let placed = place(&wire, VISA, 30_000).await.unwrap();
    approved(&placed);
    assert_eq!(placed.transaction_type, Some(Word::Known(TransactionType::PreAuthorisation)));
    let authorisation = placed.authorisation_code.as_ref().unwrap();
    assert!((1..=6).contains(&authorisation.len()), "{authorisation}");
    let network = placed.network_transaction_id.as_ref().unwrap();
    assert!((1..=15).contains(&network.len()), "{network}");
    assert!(matches!(AnyHold::of(&placed), Some(AnyHold::Visa(_))));
    let hold: Hold<Visa> = Hold::known(placed.receipt_number.clone(), Currency::Aud);
    let captured = capture(&wire, Capture::new(&hold, cents(20_000))).await.unwrap();
    approved(&captured);
    assert_eq!(captured.transaction_type, Some(Word::Known(TransactionType::Capture)));
    assert_eq!(captured.original_receipt_number.as_ref(), Some(hold.receipt()));
    assert_eq!(captured.principal_amount.unwrap().amount, Cents::new(20_000));
    assert_eq!(captured.network_transaction_id, placed.network_transaction_id);
    let again = capture(&wire, Capture::new(&hold, cents(1))).await;
    assert_eq!(kind(again), Some(FaultKind::Unprocessable));
    let late = cancel(&wire, Cancellation::full(&hold)).await;
    assert_eq!(kind(late), Some(FaultKind::Unprocessable));
}

#[tokio::test]
async fn what_is_declined_or_not_offered_holds_nothing() {
    let wire = Wire::start().await;
    let declined = place(&wire, VISA_DECLINED, 30_000).await.unwrap();
    assert_eq!(declined.state(), Some(State::Declined));
    assert!(AnyHold::of(&declined).is_none());
    let hold: Hold<Visa> = Hold::known(declined.receipt_number, Currency::Aud);
    let captured = capture(&wire, Capture::new(&hold, cents(1))).await;
    assert_eq!(kind(captured), Some(FaultKind::Unprocessable));
    let nobody: Hold<Visa> = Hold::known(ReceiptNumber::new("9999999999").unwrap(), Currency::Aud);
    let captured = refused(capture(&wire, Capture::new(&nobody, cents(1))).await);
    assert_eq!(captured, (FaultKind::Unprocessable, vec!["originalReceiptNumber".to_owned()]));
    let without = vec![Capability::PreAuthorisation];
    wire.bank.control().without(SANDBOX_CODE, without).unwrap();
    let refused = place(&wire, VISA, 30_000).await;
    assert_eq!(kind(refused), Some(FaultKind::Unprocessable));
}

#[tokio::test]
async fn a_hold_is_increased_and_no_more_is_captured() {
    let wire = Wire::start().await;
    let hold = visa(&wire).await;
    let over = refused(capture(&wire, Capture::new(&hold, cents(30_001))).await);
    assert_eq!(over, (FaultKind::Unprocessable, vec!["principalAmount".to_owned()]));
    let more = increase(&wire, Increment::new(&hold, cents(7_500))).await.unwrap();
    approved(&more);
    assert_eq!(more.authorisation_type, Some(Word::Known(AuthorisationType::Incremental)));
    assert_eq!(more.original_receipt_number.as_ref(), Some(hold.receipt()));
    assert!(AnyHold::of(&more).is_none(), "it is not the first of its line");
    approved(&capture(&wire, Capture::new(&hold, cents(37_500))).await.unwrap());

    // The documents do not say whether the amount is added or the new total.
    wire.guess(&json!({ "incremental_amount": "new_total" }));
    let hold = mastercard(&wire).await;
    approved(&increase(&wire, Increment::new(&hold, cents(31_000))).await.unwrap());
    let over = capture(&wire, Capture::new(&hold, cents(31_001))).await;
    assert_eq!(kind(over), Some(FaultKind::Unprocessable));
}

#[tokio::test]
async fn a_hold_is_given_up_in_part_and_whole() {
    let wire = Wire::start().await;
    for cancelled_as in ["REFUND", "either"] {
        wire.guess(&json!({ "cancel_transaction_type": cancelled_as }));
        let hold = visa(&wire).await;
        let part = cancel(&wire, Cancellation::partial(&hold, cents(10_000))).await.unwrap();
        approved(&part);
        assert_eq!(part.cancellation_type, Some(Word::Known(CancellationType::Partial)));
        let over = capture(&wire, Capture::new(&hold, cents(20_001))).await;
        assert_eq!(kind(over), Some(FaultKind::Unprocessable));
        let too_much = cancel(&wire, Cancellation::partial(&hold, cents(20_001))).await;
        assert_eq!(kind(too_much), Some(FaultKind::Unprocessable));
        let whole = cancel(&wire, Cancellation::full(&hold)).await.unwrap();
        assert_eq!(whole.cancellation_type, Some(Word::Known(CancellationType::Full)));
        let captured = capture(&wire, Capture::new(&hold, cents(1))).await;
        assert_eq!(kind(captured), Some(FaultKind::Unprocessable));
        let again = cancel(&wire, Cancellation::full(&hold)).await;
        assert_eq!(kind(again), Some(FaultKind::Unprocessable));
    }
    // If the bank should want it as a pre-authorisation, our guess is refused and nothing happens.
    wire.guess(&json!({ "cancel_transaction_type": "PREAUTH" }));
    let hold = visa(&wire).await;
    let refused = cancel(&wire, Cancellation::full(&hold)).await;
    assert_eq!(kind(refused), Some(FaultKind::Unprocessable));
    approved(&capture(&wire, Capture::new(&hold, cents(30_000))).await.unwrap());
}

#[tokio::test]
async fn a_visa_hold_is_extended_and_a_mastercards_authorised_anew() {
    let wire = Wire::start().await;
    let (visa, mastercard) = (visa(&wire).await, mastercard(&wire).await);
    let lapsed = self::visa(&wire).await;
    wire.pass(Duration::from_hours(24 * 6));
    let longer = extend(&wire, Extension::new(&visa)).await.unwrap();
    approved(&longer);
    assert_eq!(longer.authorisation_type, Some(Word::Known(AuthorisationType::Extension)));
    wire.pass(Duration::from_hours(24 * 6));
    approved(&capture(&wire, Capture::new(&visa, cents(30_000))).await.unwrap());
    let late = extend(&wire, Extension::new(&lapsed)).await;
    assert_eq!(kind(late), Some(FaultKind::Unprocessable));
    let late = capture(&wire, Capture::new(&lapsed, cents(1))).await.unwrap();
    assert_eq!(late.state(), Some(State::Declined));

    wire.pass(Duration::from_hours(24 * 17));
    let anew = reauthorise(&wire, Reauthorisation::new(&mastercard)).await.unwrap();
    approved(&anew);
    assert_eq!(anew.authorisation_type, Some(Word::Known(AuthorisationType::Reauthorisation)));
    wire.pass(Duration::from_hours(24 * 29));
    approved(&capture(&wire, Capture::new(&mastercard, cents(30_000))).await.unwrap());
}

/// The types keep a caller from it who knows the scheme; the bank keeps one who is mistaken.
#[tokio::test]
async fn what_a_scheme_takes_no_part_in_is_refused() {
    let wire = Wire::start().await;
    let amex = place(&wire, AMEX, 30_000).await.unwrap();
    assert!(matches!(AnyHold::of(&amex), Some(AnyHold::Other(_))));
    let other: Hold<Other> = Hold::known(amex.receipt_number.clone(), Currency::Aud);
    let mistaken: Hold<Visa> = Hold::known(other.receipt().clone(), Currency::Aud);
    let wrong = extend(&wire, Extension::new(&mistaken)).await;
    assert_eq!(kind(wrong), Some(FaultKind::Unprocessable));
    let wrong = increase(&wire, Increment::new(&mistaken, cents(1))).await;
    assert_eq!(kind(wrong), Some(FaultKind::Unprocessable));
    let wrong = cancel(&wire, Cancellation::full(&mistaken)).await;
    assert_eq!(kind(wrong), Some(FaultKind::Unprocessable));
    let mistaken: Hold<Mastercard> =
        Hold::known(visa(&wire).await.receipt().clone(), Currency::Aud);
    let wrong = reauthorise(&wire, Reauthorisation::new(&mistaken)).await;
    assert_eq!(kind(wrong), Some(FaultKind::Unprocessable));
    approved(&capture(&wire, Capture::new(&other, cents(30_000))).await.unwrap());
}

#[tokio::test]
async fn a_card_is_verified_without_money() {
    let wire = Wire::start().await;
    for (number, state) in
        [(VISA, State::Approved), (MASTERCARD, State::Approved), (VISA_DECLINED, State::Declined)]
    {
        let mut request = AccountVerification::new(wire.stored(number).await);
        request.business = Some(code(HIRE));
        request.card.entry = Some(Entry::Manual(None));
        let answer = verify(&wire, request).await.unwrap();
        assert_eq!(answer.state(), Some(state), "{number}");
        let kind = Some(Word::Known(TransactionType::AccountVerification));
        assert_eq!(answer.transaction_type, kind);
        let money = answer.principal_amount.map(|money| money.amount);
        assert!(money.is_none_or(|amount| amount == Cents::new(0)), "{money:?}");
    }
    let mut request = AccountVerification::new(wire.stored(AMEX).await);
    request.business = Some(code(HIRE));
    assert_eq!(kind(verify(&wire, request).await), Some(FaultKind::Unprocessable));
}

/// One thing that is asked of a hold.
#[derive(Clone, Copy, Debug)]
enum Ask {
    More(i64),
    Less(i64),
    Capture(i64),
}

fn asks() -> impl Strategy<Value = Vec<Ask>> {
    let ask = prop_oneof![
        3 => (1_i64..20_000).prop_map(Ask::More),
        3 => (1_i64..30_000).prop_map(Ask::Less),
        1 => (1_i64..60_000).prop_map(Ask::Capture),
    ];
    proptest::collection::vec(ask, 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is asked of a hold in whatever order, no more is taken than is held, and after its
    /// end nothing is.
    #[test]
    fn no_more_is_taken_than_is_held(asks in asks()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let wire = Wire::start().await;
            let hold = visa(&wire).await;
            let (mut held, mut taken) = (30_000_i64, 0_i64);
            for ask in asks {
                let stands = held > 0 && taken == 0;
                let (outcome, lawful) = match ask {
                    Ask::More(more) => {
                        (increase(&wire, Increment::new(&hold, cents(more))).await, stands)
                    }
                    Ask::Less(less) => (
                        cancel(&wire, Cancellation::partial(&hold, cents(less))).await,
                        stands && less <= held,
                    ),
                    Ask::Capture(part) => (
                        capture(&wire, Capture::new(&hold, cents(part))).await,
                        stands && part <= held,
                    ),
                };
                let wanted = (!lawful).then_some(FaultKind::Unprocessable);
                assert_eq!(kind(outcome), wanted, "{ask:?} with {held} held and {taken} taken");
                match ask {
                    _ if !lawful => {}
                    Ask::More(more) => held += more,
                    Ask::Less(less) => held -= less,
                    Ask::Capture(part) => taken = part,
                }
            }
        });
    }
}
