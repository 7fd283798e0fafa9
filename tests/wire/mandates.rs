//! PayTo agreements by property: a random walk of either side's steps against the documents' rules,
//! searches against a plain filter, and payments against what was agreed.

use std::time::Duration;

use jiff::Span;
use jiff::civil::Date;
use proptest::prelude::*;
use proptest::sample::select;
use quaymaster::domain::payto_agreement::{State, Status};
use quaymaster::domain::payto_amendment;
use quaymaster::domain::transaction::State as PaymentState;
use quaymaster::quickstream::models::amount::Amount;
use quaymaster::quickstream::models::ids::AgreementToken;
use quaymaster::quickstream::models::texts::{Reference, Short};
use quaymaster::quickstream::resources::payto_agreements::AgreementSearch;
use quaymaster::quickstream::resources::payto_agreements::model::{Amendment, PayToAgreement};
use quaymaster::quickstream::resources::payto_agreements::request::{
    BilateralAmendment, Creation, NewAgreement, NewTerms, Reason, StatusAmendment,
    UnilateralAmendment,
};
use quaymaster::quickstream::resources::payto_agreements::terms::{
    AgreementAmount, AgreementEnd, AgreementPeriod, AmountRange, AmountText, Frequency,
    PaymentTerms,
};
use quaymaster::quickstream::resources::transactions::payment::{PayToPayment, Refund};
use quaymaster::quickstream::{Completion, Fault, FaultKind, Word};
use serde_json::json;

use crate::agreements::wanted;
use crate::bench::{ELSEWHERE, HIRE, Wire, cents, code, refused};
use crate::wire::{all, case, cases};

/// A step of ours, or some minutes for the payer's.
#[derive(Clone, Copy, Debug)]
enum Step {
    Recall,
    Suspend,
    Resume,
    Cancel,
    Rename,
    Propose,
    Withdraw,
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        1 => Just(Step::Recall),
        2 => Just(Step::Suspend),
        2 => Just(Step::Resume),
        1 => Just(Step::Cancel),
        2 => Just(Step::Rename),
        4 => Just(Step::Propose),
        2 => Just(Step::Withdraw),
        5 => (1_u64..90).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..25)
}

/// Minutes after which the payer approves what waits for them.
const ANSWERS: u64 = 60;

/// What is known of an agreement without asking.
struct Expected {
    state: State,
    reference: String,
    usual: i64,
    /// What was proposed, and the minutes it has waited.
    proposed: Option<(i64, u64)>,
    waited: u64,
    number: i64,
}

impl Expected {
    /// The documents' rules: what may be done now, and what it does.
    fn may(&mut self, step: Step) -> bool {
        let stands = matches!(self.state, State::Active | State::SuspendedByUs);
        let lawful = match step {
            Step::Recall => self.state == State::Pending,
            Step::Suspend => self.state == State::Active,
            Step::Resume => self.state == State::SuspendedByUs,
            Step::Cancel | Step::Rename => stands,
            Step::Propose => stands && self.proposed.is_none(),
            Step::Withdraw => stands && self.proposed.is_some(),
            Step::Wait(_) => true,
        };
        if !lawful {
            return false;
        }
        self.number += 1;
        match step {
            Step::Recall => self.state = State::Recalled,
            Step::Suspend => self.state = State::SuspendedByUs,
            Step::Resume => self.state = State::Active,
            Step::Cancel => (self.state, self.proposed) = (State::Cancelled, None),
            Step::Rename => self.reference = format!("AGR-{}", self.number),
            Step::Propose => self.proposed = Some((10_000 + self.number, 0)),
            Step::Withdraw => self.proposed = None,
            Step::Wait(minutes) => self.wait(minutes),
        }
        true
    }

    fn wait(&mut self, minutes: u64) {
        self.waited += minutes;
        if self.state == State::Pending && self.waited >= ANSWERS {
            self.state = State::Active;
        }
        if let Some((usual, waited)) = self.proposed {
            self.proposed = Some((usual, waited + minutes));
            if waited + minutes >= ANSWERS {
                (self.usual, self.proposed) = (usual, None);
            }
        }
    }

    fn is_shown(&self, shown: &PayToAgreement) {
        assert_eq!(shown.state(), Some(self.state));
        assert_eq!(shown.payee_reference.as_deref(), Some(self.reference.as_str()));
        let usual = |amount: i64| Some(AmountText(cents(amount).cents()));
        let terms = shown.payment_terms.as_ref().unwrap();
        assert_eq!(terms.payment_amount, usual(self.usual));
        // The last one stays to be seen, with what became of it.
        let waits = |it: &&Amendment| {
            it.amendment_status == Some(Word::Known(payto_amendment::State::Pending))
        };
        let proposed = shown.pending_amendment.as_ref().filter(waits);
        let proposed = proposed.and_then(|it| it.payment_terms.as_ref()?.payment_amount);
        assert_eq!(proposed, self.proposed.and_then(|(amount, _)| usual(amount)));
    }
}

fn fixed(amount: i64) -> PaymentTerms {
    PaymentTerms { frequency: Frequency::AdHoc, amount: AgreementAmount::Fixed(cents(amount)) }
}

async fn take(
    wire: &Wire,
    token: &AgreementToken,
    step: Step,
    now: &Expected,
) -> Result<(), Fault> {
    let (client, key) = (&wire.client, &wire.key);
    let status = match step {
        Step::Wait(minutes) => {
            wire.pass(Duration::from_mins(minutes));
            return Ok(());
        }
        Step::Recall => return client.recall_payto_agreement(key, token).await.map(drop),
        Step::Withdraw => return client.recall_payto_amendment(key, token).await.map(drop),
        Step::Rename => {
            let reference = Short::new("payeeReference", format!("AGR-{}", now.number + 1));
            let change = UnilateralAmendment::new(reference.ok(), None).unwrap();
            return client.amend_payto_unilaterally(key, token, &change).await.map(drop);
        }
        Step::Propose => {
            let terms = NewTerms { terms: Some(fixed(10_001 + now.number)), end: None };
            let change = BilateralAmendment::new(terms, None).unwrap();
            return client.amend_payto_bilaterally(key, token, &change).await.map(drop);
        }
        Step::Suspend => StatusAmendment::Suspend(Reason::merchant()),
        Step::Resume => StatusAmendment::Resume,
        Step::Cancel => StatusAmendment::Cancel(Reason::merchant()),
    };
    client.amend_payto_status(key, token, &status).await.map(drop)
}

proptest! {
    #![proptest_config(cases(32))]

    /// Every step is taken or refused as the rules have it, and what was refused changed nothing.
    #[test]
    fn an_agreement_goes_only_where_the_rules_lead(steps in steps(), switched in any::<bool>()) {
        case(async {
            let wire = Wire::start().await;
            let (wrong_state, kind) =
                if switched { ("409", FaultKind::Conflict) } else { ("422", FaultKind::Unprocessable) };
            wire.guess(&json!({
                "payto_payer_answers_minutes": ANSWERS, "payto_wrong_state": wrong_state,
            }));
            let (client, key) = (&wire.client, &wire.key);
            let mut asked = wanted("032999");
            asked.terms = fixed(8_000);
            let made = client.create_payto_agreement(key, &wire.name(), &asked).await.unwrap().value;
            let token = made.agreement_token.clone();
            let (state, reference) = (State::Pending, "AGR-5".to_owned());
            let mut now =
                Expected { state, reference, usual: 8_000, proposed: None, waited: 0, number: 0 };
            now.is_shown(&made);
            for step in steps {
                let done = take(&wire, &token, step, &now).await;
                let was = now.state;
                let wanted = if now.may(step) { None } else { Some(kind) };
                assert_eq!(done.err().map(|fault| fault.kind), wanted, "{step:?} in {was:?}");
                now.is_shown(&client.payto_agreement(key, &token).await.unwrap());
            }
        });
    }

}

proptest! {
    #![proptest_config(cases(16))]

    /// Every search and the table find what a plain filter does.
    #[test]
    fn agreements_are_found_by_what_they_are(
        made in prop::collection::vec((0_usize..3, any::<bool>(), select(vec!["A-1", "A-2", "B,\"3\""]), any::<bool>()), 1..30),
    ) {
        case(async {
            let wire = Wire::start().await;
            wire.guess(&json!({ "payto_payer_answers_minutes": 60 }));
            let (client, key) = (&wire.client, &wire.key);
            let mut customers = Vec::new();
            for number in 0..3 {
                customers.push(wire.customer(&format!("CUST-{number}")).await);
            }
            let mut tokens = Vec::new();
            for (customer, hire, reference, recalled) in &made {
                let mut asked: NewAgreement = wanted("032999");
                asked.business = code(if *hire { HIRE } else { ELSEWHERE });
                let payee_reference = Short::new("payeeReference", *reference).ok();
                asked.creation = Creation::Authorised { payee_reference };
                let name = wire.name();
                let of = &customers[*customer];
                let done = client.create_customer_payto_agreement(key, of, &name, &asked).await;
                let token = done.unwrap().value.agreement_token;
                if *recalled {
                    client.recall_payto_agreement(key, &token).await.unwrap();
                }
                tokens.push(token);
            }
            let any = AgreementSearch::default;
            let searches = [
                any(),
                AgreementSearch { status: Some(Status::Recalled), ..any() },
                AgreementSearch { customer: Some(customers[1].clone()), ..any() },
                AgreementSearch { customer_number: Reference::new("CUST-2").ok(), ..any() },
                AgreementSearch { payee_reference: Reference::new("B,\"3\"").ok(), ..any() },
                AgreementSearch { business: Some(code(HIRE)), status: Some(Status::Pending), ..any() },
            ];
            for (number, search) in searches.iter().enumerate() {
                let mut wanted: Vec<AgreementToken> = made.iter().zip(&tokens).filter(|(made, _)| {
                    let (customer, hire, reference, recalled) = made;
                    match number {
                        0 => true,
                        1 => *recalled,
                        2 => *customer == 1,
                        3 => *customer == 2,
                        4 => *reference == "B,\"3\"",
                        _ => *hire && !recalled,
                    }
                }).map(|(_, token)| token.clone()).collect();
                let listed = all(client.payto_agreements(key, search)).await.unwrap();
                let mut found: Vec<_> = listed.iter().map(|one| one.agreement_token.clone()).collect();
                let mut rows = Vec::new();
                let mut report = client.payto_agreements_report(key, search).await.unwrap();
                while let Some(row) = report.next().await.unwrap() {
                    let token = AgreementToken::new(row.cell("Agreement Token").unwrap()).unwrap();
                    let of = listed.iter().find(|one| one.agreement_token == token).unwrap();
                    assert_eq!(row.cell("Payee Reference"), of.payee_reference.as_deref());
                    let recalled = of.word() == Some(&Word::Known(Status::Recalled));
                    let state = if recalled { "RECALLED" } else { "PENDING" };
                    assert_eq!(row.cell("Agreement Status"), Some(state));
                    assert_eq!(row.cell("Customer Number"), of.customer_number.as_deref());
                    rows.push(token);
                }
                assert_eq!(found.len(), rows.len());
                for list in [&mut wanted, &mut found, &mut rows] {
                    list.sort();
                }
                assert_eq!(found, wanted, "{search:?}");
                assert_eq!(rows, wanted, "{search:?}");
            }
        });
    }
}

#[tokio::test]
async fn what_no_agreement_is_made_of() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let customer = wire.customer("CUST-77").await;
    let mut nowhere = wanted("032999");
    nowhere.business = code("NONE");
    let mut late = wanted("032999");
    let yesterday = Date::constant(2026, 3, 1);
    late.details.period = AgreementPeriod::new(yesterday, AgreementEnd::Renews).unwrap();
    for (asked, field) in [(nowhere, "supplierBusinessCode"), (late, "paymentDetails.startDate")] {
        let made = client.create_payto_agreement(key, &wire.name(), &asked).await;
        assert_eq!(refused(made), (FaultKind::Unprocessable, vec![field.to_owned()]));
        let name = wire.name();
        let made = client.create_customer_payto_agreement(key, &customer, &name, &asked).await;
        assert_eq!(refused(made), (FaultKind::Unprocessable, vec![field.to_owned()]));
    }
    assert!(
        all(client.payto_agreements(key, &AgreementSearch::default())).await.unwrap().is_empty()
    );
}

/// What was agreed, in cents and days from today.
#[derive(Clone, Copy, Debug)]
struct Agreed {
    fixed: bool,
    usual: i64,
    most: i64,
    starts: i64,
    ends: Option<i64>,
    migrated: bool,
}

fn agreed() -> impl Strategy<Value = Agreed> {
    let days = (0_i64..6, prop::option::of(1_i64..20));
    (any::<bool>(), 1_000_i64..5_000, 0_i64..5_000, days, any::<bool>()).prop_map(
        |(fixed, usual, more, (starts, lasts), migrated)| Agreed {
            fixed,
            usual,
            most: usual + more,
            starts,
            ends: lasts.map(|days| starts + days),
            migrated,
        },
    )
}

fn amount(cents_of: i64) -> Amount {
    cents(cents_of)
}

impl Agreed {
    fn request(self) -> NewAgreement {
        let mut asked = wanted("032999");
        let today = Date::constant(2026, 3, 2);
        let on = |days: i64| today.checked_add(Span::new().days(days)).unwrap();
        let end = self.ends.map_or(AgreementEnd::Renews, |days| AgreementEnd::On(on(days)));
        asked.details.period = AgreementPeriod::new(on(self.starts), end).unwrap();
        let range = AmountRange::new(Some(amount(self.usual)), Some(amount(self.most))).unwrap();
        asked.terms.amount = if self.fixed {
            AgreementAmount::Fixed(amount(self.usual))
        } else {
            AgreementAmount::Variable(range)
        };
        if self.migrated {
            let lodgement_reference = Short::new("payeeReference", "DDR-1").unwrap();
            asked.creation = Creation::MigratedDirectDebit { lodgement_reference };
        }
        asked
    }

    /// Whether the payer's bank pays this much on this day; at eleven in the morning, like the first.
    fn pays(self, cents: i64, day: i64) -> bool {
        let fits = if self.fixed { cents == self.usual } else { cents <= self.most };
        let in_time = day >= self.starts && self.ends.is_none_or(|last| day <= last);
        fits && in_time && !(self.migrated && day < 5)
    }
}

proptest! {
    #![proptest_config(cases(32))]

    /// A payer's bank pays what was agreed and nothing else, and what it paid is refunded whole or
    /// not at all.
    #[test]
    fn only_what_was_agreed_is_paid(
        agreed in agreed(),
        payments in prop::collection::vec((0_i64..4, prop_oneof![Just(None), (1_i64..12_000).prop_map(Some)]), 1..7),
    ) {
        case(async {
            let wire = Wire::start().await;
            let (client, key) = (&wire.client, &wire.key);
            let made = client.create_payto_agreement(key, &wire.name(), &agreed.request()).await;
            let token = made.unwrap().value.agreement_token;
            wire.pass(Duration::from_mins(2));
            let mut day = 0;
            for (days, other) in payments {
                wire.pass(Duration::from_hours(24) * u32::try_from(days).unwrap());
                day += days;
                let shown = client.payto_agreement(key, &token).await.unwrap();
                let over = agreed.ends.is_some_and(|last| day > last);
                assert_eq!(shown.state() == Some(State::Active), !over, "day {day} {:?}", shown.state());
                let cents = other.unwrap_or(agreed.usual);
                let mut payment = PayToPayment::new(token.clone(), amount(cents));
                payment.business = Some(code(HIRE));
                let taken = client.take_payto_payment(key, &wire.name(), &payment).await.unwrap();
                assert_eq!(taken.completion, Completion::Accepted, "202");
                assert_eq!(taken.value.state(), Some(PaymentState::Pending));
                wire.pass(Duration::from_secs(31));
                let paid = client.transaction(key, &taken.value.receipt_number).await.unwrap();
                let wanted = if agreed.pays(cents, day) { PaymentState::Approved } else { PaymentState::Declined };
                assert_eq!(paid.state(), Some(wanted), "{cents} on day {day} of {agreed:?}");
                let back = client.refund_payment(key, &wire.name(), &Refund::new(paid.receipt_number.clone(), amount(cents))).await;
                let refused = (wanted == PaymentState::Declined).then_some(FaultKind::Unprocessable);
                assert_eq!(back.err().map(|fault| fault.kind), refused);
            }
        });
    }
}
