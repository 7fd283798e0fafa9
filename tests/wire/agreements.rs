//! PayTo agreements: asked for, answered by payers who do as their BSB says, changed, ended.

use std::time::Duration;

use jiff::civil::Date;
use proptest::prelude::*;
use quaymaster::domain::payto_agreement::{State, Status};
use quaymaster::domain::transaction::State as PaymentState;
use quaymaster::quickstream::models::details::{AccountNumber, Bsb};
use quaymaster::quickstream::models::ids::{AgreementToken, CustomerId};
use quaymaster::quickstream::models::texts::{Personal, Reference, Short};
use quaymaster::quickstream::resources::payto_agreements::AgreementSearch;
use quaymaster::quickstream::resources::payto_agreements::model::PayToAgreement;
use quaymaster::quickstream::resources::payto_agreements::payer::{Payer, PayerAccount, PayerType};
use quaymaster::quickstream::resources::payto_agreements::request::{
    BilateralAmendment, Creation, NewAgreement, NewTerms, Reason, StatusAmendment,
    UnilateralAmendment,
};
use quaymaster::quickstream::resources::payto_agreements::terms::{
    AgreementAmount, AgreementEnd, AgreementPeriod, AmountRange, AmountText, Frequency,
    PaymentDetails, PaymentTerms, Purpose, RespondBy,
};
use quaymaster::quickstream::resources::transactions::payment::{InAgreement, PayToPayment};
use quaymaster::quickstream::{Fault, FaultKind, Word};

use crate::wire::{Wire, all, amount, business, refused};

fn short<const CHARS: usize>(text: &str) -> Short<CHARS> {
    Short::new("a text", text).unwrap()
}

/// Up to 250 dollars a month from an account behind this BSB.
pub(crate) fn wanted(bsb: &str) -> NewAgreement {
    let range = AmountRange::new(Some(amount("80.00")), Some(amount("250.00"))).unwrap();
    NewAgreement {
        business: business(),
        creation: Creation::Authorised { payee_reference: Some(short("AGR-5")) },
        respond_by: Some(RespondBy::minutes(1440).unwrap()),
        details: PaymentDetails {
            purpose: Purpose::Retail,
            description: Some(short("Monthly hire")),
            period: AgreementPeriod::new(Date::constant(2026, 3, 2), AgreementEnd::Renews).unwrap(),
        },
        terms: PaymentTerms {
            frequency: Frequency::AdHoc,
            amount: AgreementAmount::Variable(range),
        },
        payer: Payer {
            payer_type: PayerType::Person,
            id: Some(short("CUST-77")),
            name: short("Sam Test"),
            reference: Some(short("HIRE-77")),
            account: PayerAccount::Bsb(
                Bsb::new(bsb).unwrap(),
                AccountNumber::new("123456").unwrap(),
            ),
        },
    }
}

impl Wire {
    async fn agreement(&self, wanted: &NewAgreement) -> PayToAgreement {
        let made = self.client.create_payto_agreement(&self.key, &self.name(), wanted).await;
        made.unwrap().value
    }

    async fn state(&self, token: &AgreementToken) -> Option<State> {
        self.client.payto_agreement(&self.key, token).await.unwrap().state()
    }

    /// The states an agreement goes through until nothing more becomes of it by itself, with the
    /// minutes after which each was first seen.
    async fn goes_through(&self, token: &AgreementToken) -> Vec<(State, u64)> {
        let mut seen: Vec<(State, u64)> = Vec::new();
        for minutes in (0..=7_230_u64).step_by(15) {
            let state = self.state(token).await.unwrap();
            if seen.last().is_none_or(|(last, _)| *last != state) {
                seen.push((state, minutes));
            }
            if !matches!(state, State::Creating | State::Pending) {
                break;
            }
            self.pass(Duration::from_mins(15));
        }
        seen
    }

    /// An agreement that the payer has approved.
    pub(crate) async fn active(&self) -> AgreementToken {
        let token = self.agreement(&wanted("032999")).await.agreement_token;
        assert_eq!(self.goes_through(&token).await.last().unwrap().0, State::Active);
        token
    }

    async fn pay(&self, token: &AgreementToken, dollars: &str) -> Result<PaymentState, Fault> {
        let mut payment = PayToPayment::new(token.clone(), amount(dollars));
        payment.business = Some(business());
        let paid = self.client.take_payto_payment(&self.key, &self.name(), &payment).await?.value;
        // What is pending is decided within the day.
        if paid.state() == Some(PaymentState::Pending) {
            self.pass(Duration::from_hours(1));
        }
        let paid = self.client.transaction(&self.key, &paid.receipt_number).await?;
        Ok(paid.state().unwrap())
    }
}

#[tokio::test]
async fn payers_do_as_their_bsb_says() {
    for (bsb, last) in [
        ("032001", State::Declined),
        ("032002", State::Recalled),
        ("032003", State::Failed),
        ("032004", State::Active),
        ("032005", State::Expired),
        ("032006", State::Active),
        ("032007", State::Active),
        ("032999", State::Active),
    ] {
        let wire = Wire::start().await;
        let made = wire.agreement(&wanted(bsb)).await;
        let seen = wire.goes_through(&made.agreement_token).await;
        let (state, minutes) = *seen.last().unwrap();
        assert_eq!(state, last, "{bsb}: {seen:?}");
        match bsb {
            // Not answered by the time that was given: a day.
            "032002" => assert!((1_425..=1_455).contains(&minutes), "{seen:?}"),
            "032006" => {
                assert_eq!(seen[0].0, State::Creating, "{seen:?}");
                let created = seen.iter().find(|(state, _)| *state != State::Creating).unwrap();
                assert!((15..=45).contains(&created.1), "{seen:?}");
            }
            "032007" => {
                let token = &made.agreement_token;
                assert_eq!(wire.pay(token, "80.00").await.unwrap(), PaymentState::Approved);
                wire.pass(Duration::from_hours(24));
                assert_eq!(wire.state(token).await, Some(State::Cancelled));
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn an_agreement_shows_what_was_asked_for() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let customer = wire.customer("CUST-77").await;
    let asked = wanted("032999");
    let made =
        client.create_customer_payto_agreement(key, &customer, &wire.name(), &asked).await.unwrap();
    let token = made.value.agreement_token.clone();
    assert!(made.location.unwrap().ends_with(&format!("/payto-agreements/{token}")));
    shows(&made.value, &asked);
    assert_eq!(made.value.customer_id.as_ref(), Some(&customer));
    assert_eq!(made.value.customer_number.as_deref(), Some("CUST-77"));
    assert_eq!(client.payto_agreement(key, &token).await.unwrap(), made.value);

    let unknown = CustomerId::new("999999999").unwrap();
    let made = client.create_customer_payto_agreement(key, &unknown, &wire.name(), &asked).await;
    assert_eq!(refused(made).0, FaultKind::NotFound);

    // Without a customer, one is made.
    let made = wire.agreement(&asked).await;
    let customer = made.customer_id.unwrap();
    client.customer(key, &customer).await.unwrap();
}

/// What an agreement shows of what was asked for.
fn shows(shown: &PayToAgreement, asked: &NewAgreement) {
    let (shown, asked) = (shown.to_value(), asked.to_value());
    for name in ["supplierBusinessCode", "payeeReference", "agreementCreationType"] {
        assert_eq!(shown.get(name), asked.get(name), "{name}");
    }
    for part in ["paymentDetails", "paymentTerms", "payerDetails"] {
        let (shown, asked) = (shown.get(part).unwrap(), asked.get(part).unwrap());
        for (name, value) in asked.as_object().unwrap() {
            // An account's number may come back masked.
            if name != "accountNumber" && name != "bsb" {
                assert_eq!(shown.get(name), Some(value), "{part}.{name}");
            }
        }
    }
}

#[tokio::test]
async fn only_what_waits_can_be_recalled() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let waits = wire.agreement(&wanted("032002")).await.agreement_token;
    // What waits cannot be suspended or cancelled.
    for amendment in
        [StatusAmendment::Suspend(Reason::merchant()), StatusAmendment::Cancel(Reason::merchant())]
    {
        let (kind, _) = refused(client.amend_payto_status(key, &waits, &amendment).await);
        assert!(matches!(kind, FaultKind::Unprocessable | FaultKind::Conflict), "{kind:?}");
    }
    client.recall_payto_agreement(key, &waits).await.unwrap();
    assert_eq!(wire.state(&waits).await, Some(State::Recalled));
    let active = wire.active().await;
    for token in [waits, active] {
        let (kind, _) = refused(client.recall_payto_agreement(key, &token).await);
        assert!(matches!(kind, FaultKind::Unprocessable | FaultKind::Conflict), "{kind:?}");
    }
}

#[tokio::test]
async fn it_is_suspended_resumed_and_ended_for_good() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let token = wire.active().await;
    let resume = StatusAmendment::Resume;
    for (amendment, state) in [
        (StatusAmendment::Suspend(Reason::merchant()), State::SuspendedByUs),
        (resume.clone(), State::Active),
        (StatusAmendment::Suspend(Reason::merchant()), State::SuspendedByUs),
        (StatusAmendment::Cancel(Reason::merchant()), State::Cancelled),
    ] {
        client.amend_payto_status(key, &token, &amendment).await.unwrap();
        assert_eq!(wire.state(&token).await, Some(state));
        if state != State::Active {
            // Nothing is taken: the request is refused, or the payment declined.
            match wire.pay(&token, "80.00").await {
                Ok(state) => assert_eq!(state, PaymentState::Declined),
                Err(fault) => assert_eq!(fault.kind, FaultKind::Unprocessable),
            }
        }
    }
    let (kind, _) = refused(client.amend_payto_status(key, &token, &resume).await);
    assert!(matches!(kind, FaultKind::Unprocessable | FaultKind::Conflict), "{kind:?}");
}

#[tokio::test]
async fn some_changes_hold_at_once_and_others_wait_for_the_payer() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let token = wire.active().await;
    let amendment = UnilateralAmendment::new(Some(short("AGR-6")), Some(short("Hire"))).unwrap();
    client.amend_payto_unilaterally(key, &token, &amendment).await.unwrap();
    let now = client.payto_agreement(key, &token).await.unwrap();
    assert_eq!(now.payee_reference.as_deref(), Some("AGR-6"));
    let description = now.payment_details.as_ref().unwrap().description.as_ref();
    assert_eq!(description.map(Personal::as_str), Some("Hire"));

    let amount_then = AgreementAmount::Fixed(amount("90.00"));
    let terms = PaymentTerms { frequency: Frequency::Weekly, amount: amount_then };
    let terms = NewTerms { terms: Some(terms), end: None };
    let amendment = BilateralAmendment::new(terms, RespondBy::minutes(60).ok()).unwrap();
    let usual = |agreement: &PayToAgreement| agreement.payment_terms.as_ref()?.payment_amount;
    client.amend_payto_bilaterally(key, &token, &amendment).await.unwrap();
    let now = client.payto_agreement(key, &token).await.unwrap();
    assert_eq!(now.state(), Some(State::Active));
    assert_eq!(usual(&now), Some(AmountText(amount("80.00").cents())), "the old terms hold");
    let pending = now.pending_amendment.as_ref().unwrap();
    let asked = pending.payment_terms.as_ref().unwrap().payment_amount;
    assert_eq!(asked, Some(AmountText(amount("90.00").cents())));
    // One at a time.
    let (kind, _) = refused(client.amend_payto_bilaterally(key, &token, &amendment).await);
    assert!(matches!(kind, FaultKind::Unprocessable | FaultKind::Conflict), "{kind:?}");

    client.recall_payto_amendment(key, &token).await.unwrap();
    let now = client.payto_agreement(key, &token).await.unwrap();
    assert_eq!(usual(&now), Some(AmountText(amount("80.00").cents())));
    let (kind, _) = refused(client.recall_payto_amendment(key, &token).await);
    assert!(matches!(kind, FaultKind::Unprocessable | FaultKind::Conflict), "{kind:?}");
    client.amend_payto_bilaterally(key, &token, &amendment).await.unwrap();
}

#[tokio::test]
async fn a_direct_debit_that_was_moved_need_not_be_approved() {
    let wire = Wire::start().await;
    let mut asked = wanted("032999");
    asked.creation = Creation::MigratedDirectDebit { lodgement_reference: short("DDR-1") };
    let made = wire.agreement(&asked).await;
    assert_eq!(made.state(), Some(State::Active));
    assert_eq!(made.payee_reference.as_deref(), Some("DDR-1"));
}

#[tokio::test]
async fn payments_keep_to_what_was_agreed() {
    let wire = Wire::start().await;
    let token = wire.active().await;
    assert_eq!(wire.pay(&token, "250.00").await.unwrap(), PaymentState::Approved);
    match wire.pay(&token, "250.01").await {
        Ok(state) => assert_eq!(state, PaymentState::Declined),
        Err(fault) => assert_eq!(fault.kind, FaultKind::Unprocessable),
    }
    // The last payment ends it, once it was made.
    let mut payment = PayToPayment::new(token.clone(), amount("10.00"));
    payment.business = Some(business());
    payment.place = Some(InAgreement::Last);
    wire.client.take_payto_payment(&wire.key, &wire.name(), &payment).await.unwrap();
    wire.pass(Duration::from_hours(1));
    assert_eq!(wire.state(&token).await, Some(State::Cancelled));
}

#[tokio::test]
async fn agreements_are_found_and_come_as_a_table() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let customer = wire.customer("CUST-77").await;
    let mut tokens = Vec::new();
    for number in 0..23 {
        let mut asked = wanted("032002");
        let reference = short(&format!("AGR-{number}"));
        asked.creation = Creation::Authorised { payee_reference: Some(reference) };
        let name = wire.name();
        let made = client.create_customer_payto_agreement(key, &customer, &name, &asked).await;
        tokens.push(made.unwrap().value.agreement_token);
    }
    client.recall_payto_agreement(key, &tokens[3]).await.unwrap();
    let found = |search: AgreementSearch| all(client.payto_agreements(key, &search));
    let any = AgreementSearch::default;
    assert_eq!(found(any()).await.unwrap().len(), 23);
    let recalled = AgreementSearch { status: Some(Status::Recalled), ..any() };
    let of_reference = AgreementSearch { payee_reference: Reference::new("AGR-3").ok(), ..any() };
    for search in [recalled.clone(), of_reference] {
        let found = found(search).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].agreement_token, tokens[3]);
        assert_eq!(found[0].word(), Some(&Word::Known(Status::Recalled)));
    }
    for search in [
        AgreementSearch { customer: Some(customer), ..any() },
        AgreementSearch { customer_number: Reference::new("CUST-77").ok(), ..any() },
        AgreementSearch { business: Some(business()), ..any() },
    ] {
        assert_eq!(found(search).await.unwrap().len(), 23);
    }
    let nobody = AgreementSearch { customer: CustomerId::new("999999999").ok(), ..any() };
    assert_eq!(found(nobody).await.unwrap(), []);

    let mut report = client.payto_agreements_report(key, &recalled).await.unwrap();
    let expected = ["Payee Reference", "Agreement Token", "Agreement Status", "Customer ID"];
    assert_eq!(report.columns()[..4], expected);
    let row = report.next().await.unwrap().unwrap();
    assert_eq!(row.cell("Agreement Token"), Some(tokens[3].as_str()));
    assert_eq!(row.cell("Agreement Status"), Some("RECALLED"));
    assert_eq!(report.next().await.unwrap(), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is agreed within the documents' limits, the bank takes it and shows it.
    #[test]
    fn what_is_asked_for_is_what_is_shown(
        usual in 1_i64..10_000_000,
        more in 0_i64..10_000_000,
        purpose in 0..Purpose::ALL.len(),
        frequency in 0..Frequency::ALL.len(),
        kind in 0..3,
        minutes in 1_u16..=7_200,
        days in proptest::option::of(1_i64..3_000),
        who in "[A-Za-z][A-Za-z' -]{0,100}[A-Za-z]",
        reference in "[A-Za-z0-9 ./-]{0,34}[A-Za-z0-9]",
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let wire = Wire::start().await;
            let mut asked = wanted("032999");
            asked.creation =
                Creation::Authorised { payee_reference: Some(short(reference.trim())) };
            asked.respond_by = RespondBy::minutes(minutes).ok();
            asked.details.purpose = Purpose::ALL[purpose];
            let start = Date::constant(2026, 3, 2);
            let end = days.map_or(AgreementEnd::Renews, |days| {
                AgreementEnd::On(start.checked_add(jiff::Span::new().days(days)).unwrap())
            });
            asked.details.period = AgreementPeriod::new(start, end).unwrap();
            asked.terms.frequency = Frequency::ALL[frequency];
            let cents = |cents: i64| amount(&format!("{}.{:02}", cents / 100, cents % 100));
            let range = AmountRange::new(Some(cents(usual)), Some(cents(usual + more))).unwrap();
            asked.terms.amount = match kind {
                0 => AgreementAmount::Fixed(cents(usual)),
                1 => AgreementAmount::Variable(range),
                _ => AgreementAmount::UsageBased(range),
            };
            asked.payer.name = short(&who);
            let made = wire.agreement(&asked).await;
            shows(&made, &asked);
            let read = wire.client.payto_agreement(&wire.key, &made.agreement_token).await.unwrap();
            assert_eq!(read, made);
        });
    }
}
