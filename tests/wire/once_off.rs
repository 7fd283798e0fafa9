//! Once-off payments by PayTo: agreement and payment in one, by a payer who is told or by a token.

use std::time::Duration;

use proptest::prelude::*;
use quaymaster::domain::payto_agreement::State as AgreementState;
use quaymaster::domain::transaction::State;
use quaymaster::quickstream::FaultKind;
use quaymaster::quickstream::models::details::{AccountNumber, Bsb};
use quaymaster::quickstream::models::ids::SingleUseTokenId;
use quaymaster::quickstream::models::texts::{Reference, Short};
use quaymaster::quickstream::resources::payto_agreements::AgreementSearch;
use quaymaster::quickstream::resources::payto_agreements::model::PayToAgreement;
use quaymaster::quickstream::resources::payto_agreements::payer::{Payer, PayerAccount, PayerType};
use quaymaster::quickstream::resources::payto_agreements::terms::{Purpose, RespondBy};
use quaymaster::quickstream::resources::single_use_tokens::TokenAccount;
use quaymaster::quickstream::resources::transactions::notes::Notes;
use quaymaster::quickstream::resources::transactions::once_off::{OnceOffPayer, OnceOffPayment};
use quaymaster::quickstream::resources::transactions::payment::{Payment, Refund};
use quaymaster::quickstream::resources::transactions::source::Stored;
use quaymaster::sandbox::{Capability, SANDBOX_CODE};

use crate::bench::cents;
use crate::wire::{Wire, all, amount, business, card, refused};

fn account(bsb: &str) -> PayerAccount {
    PayerAccount::Bsb(Bsb::new(bsb).unwrap(), AccountNumber::new("123456").unwrap())
}

fn payment(payer: OnceOffPayer) -> OnceOffPayment {
    OnceOffPayment {
        payer,
        amount: amount("80.00"),
        business: business(),
        purpose: Purpose::Retail,
        description: Short::new("description", "A bicycle").ok(),
        payee_reference: Short::new("payeeReference", "ORDER-5").ok(),
        respond_by: RespondBy::minutes(60).ok(),
        notes: Notes::default(),
    }
}

/// A payment by the payer behind this token.
pub(crate) fn once(token: SingleUseTokenId) -> OnceOffPayment {
    payment(OnceOffPayer::Token(token))
}

fn told(bsb: &str) -> OnceOffPayment {
    payment(OnceOffPayer::Told(Payer {
        payer_type: PayerType::Person,
        id: None,
        name: Short::new("payerName", "Sam Test").unwrap(),
        reference: None,
        account: account(bsb),
    }))
}

impl Wire {
    async fn payto_token(&self, bsb: &str) -> SingleUseTokenId {
        let name = Short::new("payerName", "Sam Test").unwrap();
        self.token(TokenAccount::PayTo(name, account(bsb))).await
    }

    async fn agreements(&self) -> Vec<PayToAgreement> {
        all(self.client.payto_agreements(&self.key, &AgreementSearch::default())).await.unwrap()
    }
}

#[tokio::test]
async fn the_payment_waits_for_the_payer_and_ends_the_agreement() {
    for (bsb, state, agreement) in [
        ("032999", State::Approved, AgreementState::Cancelled),
        ("032001", State::Declined, AgreementState::Declined),
        ("032002", State::Declined, AgreementState::Recalled),
        ("032003", State::Declined, AgreementState::Failed),
        ("032006", State::Approved, AgreementState::Cancelled),
    ] {
        for by_token in [false, true] {
            let wire = Wire::start().await;
            let (client, key) = (&wire.client, &wire.key);
            let wanted = if by_token { once(wire.payto_token(bsb).await) } else { told(bsb) };
            let done = client.take_once_off_payment(key, &wire.name(), &wanted).await.unwrap();
            assert_eq!(done.value.state(), Some(State::Pending));
            assert!(done.value.rest.is_empty(), "{:?}", done.value.rest);
            let asked = wire.agreements().await;
            let [shown] = asked.as_slice() else { panic!("one agreement: {asked:?}") };
            assert_eq!(shown.payee_reference.as_deref(), Some("ORDER-5"));
            let terms = shown.payment_terms.as_ref().unwrap().to_value();
            let said = ["frequency", "agreementType", "paymentAmount"].map(|name| &terms[name]);
            assert_eq!(said, ["ADHO", "FIXE", "80.00"]);
            // The payer's bank has had time, the payer has not.
            wire.pass(Duration::from_secs(45));
            let receipt = &done.value.receipt_number;
            let waits = client.transaction(key, receipt).await.unwrap();
            assert_eq!(waits.state(), Some(State::Pending), "{bsb}");
            wire.pass(Duration::from_hours(2));
            let ended = client.transaction(key, receipt).await.unwrap();
            assert_eq!(ended.state(), Some(state), "{bsb} {by_token}");
            assert_eq!(wire.agreements().await[0].state(), Some(agreement), "{bsb} {by_token}");
            if state == State::Approved {
                let whole = Refund::full(&ended).unwrap();
                client.refund_payment(key, &wire.name(), &whole).await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn a_payers_token_pays_alone_and_once() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let customer = wire.customer("CUST-77").await;
    let token = wire.payto_token("032999").await;
    let mut alone = Payment::new(Stored::SingleUseToken(token.clone()), amount("10.00"));
    alone.business = Some(business());
    alone.notes.customer_reference = Reference::new("CUST-77").ok();
    let done = client.take_payment(key, &wire.name(), &alone).await.unwrap().value;
    assert_eq!(done.state(), Some(State::Pending));
    wire.pass(Duration::from_hours(1));
    let paid = client.transaction(key, &done.receipt_number).await.unwrap();
    assert_eq!(paid.state(), Some(State::Approved));
    assert_eq!(wire.agreements().await[0].customer_id.as_ref(), Some(&customer));
    assert_eq!(all(client.customer_transactions(key, &customer)).await.unwrap().len(), 1);
    let again = refused(client.take_once_off_payment(key, &wire.name(), &once(token)).await);
    assert_eq!(again, (FaultKind::Unprocessable, vec!["singleUseTokenId".to_owned()]));
}

#[tokio::test]
async fn what_is_no_payer_is_refused() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let of_card = wire.token(TokenAccount::Card(card())).await;
    let wrong = refused(client.take_once_off_payment(key, &wire.name(), &once(of_card)).await);
    assert_eq!(wrong, (FaultKind::Unprocessable, vec!["payToAgreement".to_owned()]));
    wire.bank.control().without(SANDBOX_CODE, vec![Capability::PayTo]).unwrap();
    let wrong = refused(client.take_once_off_payment(key, &wire.name(), &told("032999")).await);
    assert_eq!(wrong, (FaultKind::Unprocessable, vec!["payToAgreement".to_owned()]));
    assert_eq!(wire.agreements().await, []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever is asked of whomever: who agrees pays all of it, and nobody else anything.
    #[test]
    fn all_of_it_is_paid_or_nothing(
        asked in 1_i64..10_000_000,
        at in 0_usize..5,
        by_token in any::<bool>(),
        minutes in 1_u16..7_200,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let wire = Wire::start().await;
            let (client, key) = (&wire.client, &wire.key);
            let bsb = ["032999", "032001", "032002", "032003", "032005"][at];
            let payer = if by_token { once(wire.payto_token(bsb).await) } else { told(bsb) };
            let (amount, respond_by) = (cents(asked), RespondBy::minutes(minutes).ok());
            let wanted = OnceOffPayment { amount, respond_by, ..payer };
            let done = client.take_once_off_payment(key, &wire.name(), &wanted).await.unwrap();
            wire.pass(Duration::from_hours(6 * 24));
            let ended = client.transaction(key, &done.value.receipt_number).await.unwrap();
            let state = if bsb == "032999" { State::Approved } else { State::Declined };
            assert_eq!(ended.state(), Some(state), "{bsb}");
            assert_eq!(ended.principal_amount.unwrap().amount.get(), asked);
            assert_eq!(wire.agreements().await.len(), 1);
        });
    }
}
