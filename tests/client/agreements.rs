//! PayTo agreements: what may be asked for, how it is sent, and what is kept of the answers.

use jiff::civil::Date;
use proptest::prelude::*;
use quaymaster::domain::money::Cents;
use quaymaster::domain::payto_agreement::{State, Status};
use quaymaster::quickstream::json::Fields;
use quaymaster::quickstream::models::amount::Amount;
use quaymaster::quickstream::models::contact::Email;
use quaymaster::quickstream::models::details::{AccountNumber, Bsb};
use quaymaster::quickstream::models::ids::{AgreementToken, BusinessCode, CustomerId};
use quaymaster::quickstream::models::texts::{Personal, Reference, Short};
use quaymaster::quickstream::resources::payto_agreements::AgreementSearch;
use quaymaster::quickstream::resources::payto_agreements::model::{Party, PayToAgreement};
use quaymaster::quickstream::resources::payto_agreements::payer::{
    PayId, Payer, PayerAccount, PayerType,
};
use quaymaster::quickstream::resources::payto_agreements::request::{
    BilateralAmendment, Creation, NewAgreement, NewTerms, Reason, ReasonCode, StatusAmendment,
    UnilateralAmendment,
};
use quaymaster::quickstream::resources::payto_agreements::terms::{
    AgreementAmount, AgreementEnd, AgreementPeriod, AmountRange, AmountText, Frequency,
    PaymentDetails, PaymentTerms, Purpose, RespondBy,
};
use quaymaster::quickstream::{FaultKind, Word};
use serde_json::{Value, json};

use crate::bank::{Answer, Bank, key};
use crate::sent::{creating, name, named, sent, silent};

/// What is sent for an agreement, field by field.
const ASKED: &str = r#"{"respondByTimeMinutes":1440,"supplierBusinessCode":"SANDBOXHIRE","payeeReference":"AGR-5","agreementCreationType":"AUTHORISED","paymentDetails":{"purpose":"RETL","description":"Monthly hire","startDate":"2026-04-01","automaticRenewal":true},"paymentTerms":{"frequency":"MNTH","agreementType":"VARI","paymentAmount":"80.00","maximumPaymentAmount":"250.00","currency":"AUD"},"payerDetails":{"payerType":"PERS","payerId":"CUST-77","payerName":"SAM TEST","payerReference":"HIRE-77","bsb":"032999","accountNumber":"123456"}}"#;
const SHOWN: &str = r#"{"agreementToken":"C00000000000042","agreementStatus":"ACTIVE"}"#;

fn amount(cents: i64) -> Amount {
    Amount::new(Cents::new(cents)).unwrap()
}

fn short<const CHARS: usize>(text: &str) -> Short<CHARS> {
    Short::new("a text", text).unwrap()
}

fn token() -> AgreementToken {
    AgreementToken::new("C00000000000042").unwrap()
}

fn agreement(value: Value) -> PayToAgreement {
    PayToAgreement::of(Fields::of(value).unwrap()).unwrap()
}

fn wanted() -> NewAgreement {
    let start = Date::constant(2026, 4, 1);
    let range = AmountRange::new(Some(amount(8_000)), Some(amount(25_000))).unwrap();
    NewAgreement {
        business: BusinessCode::new("SANDBOXHIRE").unwrap(),
        creation: Creation::Authorised { payee_reference: Some(short("AGR-5")) },
        respond_by: Some(RespondBy::minutes(1440).unwrap()),
        details: PaymentDetails {
            purpose: Purpose::Retail,
            description: Some(short("Monthly hire")),
            period: AgreementPeriod::new(start, AgreementEnd::Renews).unwrap(),
        },
        terms: PaymentTerms {
            frequency: Frequency::Monthly,
            amount: AgreementAmount::Variable(range),
        },
        payer: Payer {
            payer_type: PayerType::Person,
            id: Some(short("CUST-77")),
            name: short("SAM TEST"),
            reference: Some(short("HIRE-77")),
            account: PayerAccount::Bsb(
                Bsb::new("032-999").unwrap(),
                AccountNumber::new("123456").unwrap(),
            ),
        },
    }
}

#[test]
fn an_agreement_is_asked_for_as_the_documents_show_it() {
    assert_eq!(wanted().to_value().to_string(), ASKED);
    let mut other = wanted();
    other.creation = Creation::MigratedDirectDebit { lodgement_reference: short("DDR 1") };
    other.respond_by = None;
    other.terms.amount = AgreementAmount::Fixed(amount(10_005));
    let start = Date::constant(2026, 4, 1);
    let last = AgreementEnd::On(Date::constant(2026, 4, 2));
    other.details.period = AgreementPeriod::new(start, last).unwrap();
    let email = Email::new("payId", "sam@example.com").unwrap();
    other.payer.account = PayerAccount::PayId(PayId::email(&email));
    let value = other.to_value();
    assert_eq!(value["agreementCreationType"], "MIGRATED_DDR");
    assert_eq!(value["payeeReference"], "DDR 1");
    assert_eq!(value.get("respondByTimeMinutes"), None);
    let terms = json!({"frequency":"MNTH","agreementType":"FIXE","paymentAmount":"100.05","currency":"AUD"});
    assert_eq!(value["paymentTerms"], terms);
    assert_eq!(value["paymentDetails"]["endDate"], "2026-04-02");
    assert_eq!(value["paymentDetails"]["automaticRenewal"], false);
    assert_eq!(value["payerDetails"]["payIdType"], "EMAL");
    assert_eq!(value["payerDetails"]["payId"], "sam@example.com");
    assert_eq!(value["payerDetails"].get("bsb"), None);
}

#[test]
fn what_cannot_be_meant_is_refused_with_a_sentence() {
    let start = Date::constant(2026, 4, 1);
    let long = "x".repeat(141);
    for (sentence, refused) in [
        ("be 1 to 7200", RespondBy::minutes(0).err()),
        ("be 1 to 7200", RespondBy::minutes(7_201).err()),
        ("be after the first day", AgreementPeriod::new(start, AgreementEnd::On(start)).err()),
        (
            "be no more than the maximum",
            AmountRange::new(Some(amount(101)), Some(amount(100))).err(),
        ),
        ("be more than 0.00 and at most 9999999999999.99", Amount::new(Cents::new(0)).err()),
        (
            "have 1 to 140 characters, none of them a control character",
            Short::<140>::new("description", long).err(),
        ),
        (
            "have 1 to 35 characters, none of them a control character",
            Short::<35>::new("payeeReference", "x".repeat(36)).err(),
        ),
        ("change something", UnilateralAmendment::new(None, None).err()),
        ("change something", BilateralAmendment::new(NewTerms::default(), None).err()),
        ("be four capital letters and digits", ReasonCode::new("md17").err()),
        ("be four capital letters and digits", ReasonCode::new("MD171").err()),
        ("have eleven digits", PayId::abn("5182475355").err()),
    ] {
        assert_eq!(refused.unwrap().rule, sentence);
    }
    for text in ["", "+61", "0400000000", "+61-", "+6100-1", "+61-40000000000000", "+61-4 0"] {
        assert!(PayId::phone(text).is_err(), "{text}");
    }
    assert!(PayId::phone("+61-400000000").is_ok() && PayId::abn("51824753556").is_ok());
    assert!(RespondBy::minutes(7_200).is_ok() && ReasonCode::new("SL11").is_ok());
}

#[tokio::test]
async fn both_ways_to_create_one() {
    let bank = creating(SHOWN).await;
    let client = bank.client();
    let customer = CustomerId::new("310000077").unwrap();
    let done = client.create_payto_agreement(&key(), &name(), &wanted()).await.unwrap();
    assert_eq!(done.value.agreement_token, token());
    let of_customer =
        client.create_customer_payto_agreement(&key(), &customer, &name(), &wanted()).await;
    assert_eq!(of_customer.unwrap(), done);
    let body: Value = serde_json::from_str(ASKED).unwrap();
    assert_eq!(
        sent(&bank),
        [
            ("POST /payto-agreements".to_owned(), body.clone()),
            ("POST /customers/310000077/payto-agreements".to_owned(), body),
        ]
    );
    assert_eq!(named(&bank), [true, true]);
}

#[tokio::test]
async fn the_answer_of_another_request_is_not_taken_for_its_outcome() {
    let customer = CustomerId::new("310000077").unwrap();
    for other in [
        r#"{"agreementToken":"C1","payeeReference":"AGR-6"}"#,
        r#"{"agreementToken":"C1","payeeReference":"AGR-5","customerId":"310000078"}"#,
    ] {
        let bank = creating(other).await;
        let client = bank.client();
        let created =
            client.create_customer_payto_agreement(&key(), &customer, &name(), &wanted()).await;
        assert_eq!(created.unwrap_err().kind, FaultKind::OtherReply, "{other}");
    }
}

#[tokio::test]
async fn five_changes_share_one_path() {
    let bank = silent().await;
    let (client, key, token) = (bank.client(), key(), token());
    client.recall_payto_agreement(&key, &token).await.unwrap();
    let because = Reason { code: ReasonCode::PAYER_ASKED, description: Some(short("Moved")) };
    for amendment in [
        StatusAmendment::Suspend(because),
        StatusAmendment::Resume,
        StatusAmendment::Cancel(Reason::merchant()),
    ] {
        client.amend_payto_status(&key, &token, &amendment).await.unwrap();
    }
    let amendment = UnilateralAmendment::new(Some(short("AGR-6")), Some(short("Hire"))).unwrap();
    client.amend_payto_unilaterally(&key, &token, &amendment).await.unwrap();
    let terms = PaymentTerms {
        frequency: Frequency::Weekly,
        amount: AgreementAmount::Fixed(amount(9_000)),
    };
    let terms = NewTerms { terms: Some(terms), end: Some(AgreementEnd::Renews) };
    let amendment = BilateralAmendment::new(terms, RespondBy::minutes(60).ok()).unwrap();
    client.amend_payto_bilaterally(&key, &token, &amendment).await.unwrap();
    client.recall_payto_amendment(&key, &token).await.unwrap();
    let (lines, bodies): (Vec<_>, Vec<_>) = sent(&bank).into_iter().unzip();
    assert!(lines.iter().all(|line| line == "PATCH /payto-agreements/C00000000000042"));
    let terms =
        json!({"frequency":"WEEK","agreementType":"FIXE","paymentAmount":"90.00","currency":"AUD"});
    assert_eq!(
        bodies,
        [
            json!({"agreementStatus":"RECALLED"}),
            json!({"agreementStatus":"SUSPENDED","reasonCode":"MD16","reasonDescription":"Moved"}),
            json!({"agreementStatus":"ACTIVE"}),
            json!({"agreementStatus":"CANCELLED","reasonCode":"MD17"}),
            json!({"payeeReference":"AGR-6","paymentDetails":{"description":"Hire"}}),
            json!({"respondByTimeMinutes":60,"paymentTerms":terms,"paymentDetails":{"automaticRenewal":true}}),
            json!({"amendmentStatus":"RECALLED"}),
        ]
    );
    assert_eq!(named(&bank), [false; 7]);
}

#[tokio::test]
async fn one_is_read_and_some_are_searched_for() {
    let page = format!(r#"{{"links":[],"data":[{SHOWN}]}}"#);
    let bank = Bank::playing(vec![Answer::json(SHOWN), Answer::json(page)]).await;
    let client = bank.client();
    let read = client.payto_agreement(&key(), &token()).await.unwrap();
    assert_eq!(read.state(), Some(State::Active));
    let search = AgreementSearch {
        status: Some(Status::Suspended),
        customer: CustomerId::new("7").ok(),
        customer_number: Reference::new("CUST-77").ok(),
        payee_reference: Reference::new("AGR 5").ok(),
        business: BusinessCode::new("SANDBOXHIRE").ok(),
    };
    let page = client.payto_agreements(&key(), &search).unwrap().next().await.unwrap().unwrap();
    assert_eq!(page.data, [read]);
    client.payto_agreements(&key(), &AgreementSearch::default()).unwrap().next().await.unwrap();
    let lines: Vec<_> = sent(&bank).into_iter().map(|(line, _)| line).collect();
    assert_eq!(
        lines,
        [
            "GET /payto-agreements/C00000000000042",
            "GET /payto-agreements?agreementStatus=SUSPENDED&customerId=7&customerNumber=CUST-77&payeeReference=AGR+5&supplierBusinessCode=SANDBOXHIRE",
            "GET /payto-agreements",
        ]
    );
}

#[tokio::test]
async fn an_agreement_that_stands_elsewhere_is_told_of() {
    let error = r#"{"status":"422","errors":[{"messages":["The agreement is not pending."],"fieldName":"agreementStatus","fieldValue":"RECALLED"}]}"#;
    let bank = Bank::saying(Answer::reply("422 Unprocessable Entity", &[], error)).await;
    let fault = bank.client().recall_payto_agreement(&key(), &token()).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unprocessable);
    let errors = fault.body.unwrap().errors;
    assert_eq!(errors[0].field_name.as_deref(), Some("agreementStatus"));
}

#[test]
fn who_paused_it_is_part_of_where_it_stands() {
    let paused = |by: Value| {
        let value =
            json!({"agreementToken":"C1","agreementStatus":"suspended","statusChangedBy":by});
        agreement(value).state()
    };
    assert_eq!(paused("PAYEE".into()), Some(State::SuspendedByUs));
    assert_eq!(paused("PAYER".into()), Some(State::SuspendedByOther));
    assert_eq!(paused(Value::Null), Some(State::SuspendedByOther));
    assert_eq!(paused("BANK".into()), Some(State::SuspendedByOther));
    let other = agreement(json!({"agreementToken":"C1","status":"Thinking"}));
    assert_eq!(other.word(), Some(&Word::Unknown("Thinking".to_owned())));
    assert_eq!(other.state(), None);
}

#[test]
fn an_answer_is_read_whole_and_the_payer_does_not_print() {
    let mut value: Value = serde_json::from_str(ASKED).unwrap();
    for (name, shown) in [
        ("agreementToken", "C09805698824154"),
        ("agreementStatus", "PENDING"),
        ("customerId", "310000077"),
        ("respondByTime", "2026-03-31T00:00:00+00:00"),
        ("statusReasonCode", "MD17"),
        ("statusChangedBy", "PAYEE"),
    ] {
        value[name] = shown.into();
    }
    value["pendingAmendment"] = json!({"amendmentStatus":"PENDING","paymentTerms":{"paymentAmount":"90.00","countPerPeriod":2}});
    value["settlement"] = json!({"bsb":"032000"});
    let read = agreement(value.clone());
    assert_eq!(read.rest.names().collect::<Vec<_>>(), ["settlement"]);
    assert_eq!(read.status_changed_by, Some(Word::Known(Party::Payee)));
    let terms = read.payment_terms.as_ref().unwrap();
    assert_eq!(terms.payment_amount, Some(AmountText(Cents::new(8_000))));
    assert_eq!(read.to_value(), value);
    let printed = format!("{read:?} {:?}", wanted());
    for word in ["SAM", "032999", "123456", "HIRE-77", "Monthly hire"] {
        assert!(!printed.contains(word), "{printed}");
    }
}

proptest! {
    /// What was asked for is what an answer that repeats it is read as.
    #[test]
    fn what_is_sent_reads_back(
        usual in 1_i64..100_000_000,
        more in 0_i64..100_000,
        minutes in 1_u16..=7_200,
        purpose in 0..Purpose::ALL.len(),
        frequency in 0..Frequency::ALL.len(),
        who in "[^\\p{Cc}]{1,140}",
        days in 1_i64..10_000,
    ) {
        let mut wanted = wanted();
        wanted.respond_by = RespondBy::minutes(minutes).ok();
        wanted.details.purpose = Purpose::ALL[purpose];
        let start = Date::constant(2026, 4, 1);
        let last = start.checked_add(jiff::Span::new().days(days)).unwrap();
        wanted.details.period = AgreementPeriod::new(start, AgreementEnd::On(last)).unwrap();
        wanted.terms.frequency = Frequency::ALL[frequency];
        let range = AmountRange::new(Some(amount(usual)), Some(amount(usual + more))).unwrap();
        wanted.terms.amount = AgreementAmount::UsageBased(range);
        wanted.payer.name = short(&who);
        let mut value = wanted.to_value();
        value["agreementToken"] = "C1".into();
        let read = agreement(serde_json::from_str(&value.to_string()).unwrap());
        prop_assert!(read.rest.is_empty());
        prop_assert_eq!(read.respond_by_time_minutes, Some(minutes.into()));
        let details = read.payment_details.as_ref().unwrap();
        prop_assert_eq!(details.end_date, Some(last));
        prop_assert_eq!(details.purpose.as_ref().and_then(Word::known), Some(Purpose::ALL[purpose]));
        let terms = read.payment_terms.as_ref().unwrap();
        prop_assert_eq!(terms.payment_amount, Some(AmountText(Cents::new(usual))));
        prop_assert_eq!(terms.maximum_payment_amount, Some(AmountText(Cents::new(usual + more))));
        let payer = read.payer_details.as_ref().unwrap();
        prop_assert_eq!(payer.payer_name.as_ref().map(Personal::as_str), Some(who.as_str()));
        prop_assert_eq!(read.to_value(), value);
    }
}
