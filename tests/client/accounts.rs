//! Registered accounts and recurring payments: what is sent for them, and what is kept.

use std::num::NonZeroU32;

use jiff::civil::Date;
use proptest::prelude::*;
use quaymaster::domain::money::Cents;
use quaymaster::domain::recurring_payment::State;
use quaymaster::quickstream::json::Fields;
use quaymaster::quickstream::models::amount::{Amount, Currency};
use quaymaster::quickstream::models::details::{
    AccountNumber, BankDetails, Bsb, CardDetails, CardNumber, Expiry, HolderName,
};
use quaymaster::quickstream::models::ids::{
    AccountToken, BusinessCode, CustomerId, PaymentScheduleId, SingleUseTokenId,
};
use quaymaster::quickstream::models::texts::{Comment, Reference};
use quaymaster::quickstream::resources::accounts::{
    Account, AccountChange, AccountKind, AccountSource, CardChange, NewAccount,
};
use quaymaster::quickstream::resources::recurring_payments::RecurringPayment;
use quaymaster::quickstream::resources::recurring_payments::schedule::{
    Schedule, ScheduleEnd, ScheduleFrequency,
};
use quaymaster::quickstream::{FaultKind, Listed as _, Word};
use serde_json::{Value, json};

use crate::bank::{Answer, Bank, key};
use crate::sent::{creating, name, named, sent};

const CARD: &str = r#"{"links":[],"accountType":"CREDIT_CARD","accountToken":"SANDBOX-100000451","customerId":"310000077","defaultAccount":true,"cardNumber":"424242...242","expiryDateMonth":"12","expiryDateYear":"29","cardScheme":"VISA","cardType":"CREDIT","cardholderName":"Sam Test","surchargePercentage":"0.400","maskedCardNumber4Digits":"424242...4242","panType":"FPAN"}"#;
const SCHEDULE: &str = r#"{"links":[],"paymentScheduleId":"710000012","paymentScheduleCode":"GOLD","status":"ACTIVE","frequency":"MONTHLY","scheduleType":"CONTINUE_UNTIL_FURTHER_NOTICE","startDate":"2026-04-01","nextPaymentDate":"2026-04-01","instalmentAmount":{"principalAmount":{"currency":"AUD","amount":100.00,"displayAmount":"$100.00"},"surchargeAmount":{"currency":"AUD","amount":0.40,"displayAmount":"$0.40"},"totalAmount":{"currency":"AUD","amount":100.40,"displayAmount":"$100.40"}}}"#;

fn value(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

fn account(json: &str) -> Account {
    Account::read(Fields::parse(json.as_bytes()).unwrap()).unwrap()
}

fn customer() -> CustomerId {
    CustomerId::new("310000077").unwrap()
}

fn holder() -> HolderName {
    HolderName::new("Sam Test").unwrap()
}

fn amount(cents: i64) -> Amount {
    Amount::new(Cents::new(cents)).unwrap()
}

const START: Date = Date::constant(2026, 4, 1);

#[test]
fn an_account_is_read_whole_whatever_it_is() {
    let read = account(CARD);
    assert!(matches!(&read.kind, AccountKind::Card(card) if card.rest.is_empty()));
    assert!(read.is_default());
    assert_eq!(read.customer(), Some(&customer()));
    assert_eq!(read.to_value(), value(CARD));
    let bank = r#"{"accountType":"DIRECT_DEBIT","accountToken":"A-1","bsb":"032xxx","accountNumber":"xxx994","accountName":"Sam Test","displayName":"Sam","currency":"AUD"}"#;
    let nz = r#"{"accountType":"DIRECT_DEBIT_NZ","accountToken":"A-2","nzBankCode":"15","nzAccountName":"Sam Test","currency":"NZD"}"#;
    let wallet = r#"{"accountType":"APPLE_PAY","accountToken":"A-3","walletProvider":"APPLE_PAY"}"#;
    let new = r#"{"accountType":"PAYTO","accountToken":"A-4","payId":"sam@example.com"}"#;
    for (json, fits) in [
        (bank, (|kind| matches!(kind, AccountKind::Bank(_))) as fn(&AccountKind) -> bool),
        (nz, |kind| matches!(kind, AccountKind::NzBank(_))),
        (wallet, |kind| matches!(kind, AccountKind::Card(_))),
        (new, |kind| matches!(kind, AccountKind::Other(_))),
    ] {
        let read = account(json);
        assert!(fits(&read.kind), "{json}");
        assert!(!read.is_default());
        assert_eq!(read.to_value(), value(json));
        assert!(!format!("{read:?}").contains("Sam"), "{read:?}");
    }
    let nameless = Fields::of(json!({"accountType":"CREDIT_CARD"})).unwrap();
    assert_eq!(Account::read(nameless), None);
}

#[tokio::test]
async fn accounts_are_registered_with_and_without_a_customer() {
    let bank = creating(CARD).await;
    let client = bank.client();
    let token = SingleUseTokenId::new("6a8f86e6-dfc0-4306-b07d-c7df137234aa").unwrap();
    let mut first = NewAccount::new(AccountSource::Token(token.clone()));
    first.business = BusinessCode::new("SANDBOXHIRE").ok();
    first.default = Some(true);
    let second = NewAccount::new(AccountSource::AuthenticatedToken(token));
    let card = CardDetails {
        holder: Some(holder()),
        number: CardNumber::new("4242424242424242").unwrap(),
        expiry: Expiry::new(2, 2029).unwrap(),
        cvn: None,
    };
    let third = NewAccount::new(AccountSource::Card(card));
    let done = client.register_account(&key(), &name(), &first).await.unwrap();
    assert_eq!(done.value, account(CARD));
    for wanted in [&second, &third] {
        client.register_customer_account(&key(), &customer(), &name(), wanted).await.unwrap();
    }
    let of_customer = "POST /customers/310000077/accounts".to_owned();
    let token = "6a8f86e6-dfc0-4306-b07d-c7df137234aa";
    let card = json!({"cardholderName":"Sam Test","cardNumber":"4242424242424242","expiryDateMonth":"02","expiryDateYear":"29"});
    assert_eq!(
        sent(&bank),
        [
            (
                "POST /accounts".to_owned(),
                json!({"supplierBusinessCode":"SANDBOXHIRE","singleUseTokenId":token,"defaultAccount":true}),
            ),
            (of_customer.clone(), json!({"singleUseTokenId":token,"threeDS2":true})),
            (of_customer, json!({"creditCard":card})),
        ]
    );
    assert_eq!(named(&bank), [true; 3]);
    assert!(!format!("{third:?}").contains("4242"));
}

#[tokio::test]
async fn the_answer_of_another_request_is_not_taken_for_its_outcome() {
    let wanted = NewAccount::new(AccountSource::Token(SingleUseTokenId::new("1").unwrap()));
    let bank = creating(&CARD.replace("310000077", "310000078")).await;
    let client = bank.client();
    let made = client.register_customer_account(&key(), &customer(), &name(), &wanted).await;
    assert_eq!(made.unwrap_err().kind, FaultKind::OtherReply);
    let end = ScheduleEnd::UntilFurtherNotice;
    let mut wanted = Schedule::new(amount(1), ScheduleFrequency::Daily, START, end).unwrap();
    wanted.code = Reference::new("SILVER").ok();
    let bank = creating(SCHEDULE).await;
    let client = bank.client();
    let made = client.create_recurring_payment(&key(), &customer(), &name(), &wanted).await;
    assert_eq!(made.unwrap_err().kind, FaultKind::OtherReply);
}

#[tokio::test]
async fn an_account_is_read_changed_listed_and_disabled() {
    let page = format!(r#"{{"links":[],"data":[{CARD}]}}"#);
    let gone = Answer::reply("204 No Content", &[], "");
    let script =
        vec![Answer::json(CARD), Answer::json(CARD), gone.clone(), gone, Answer::json(page)];
    let bank = Bank::playing(script).await;
    let (client, key) = (bank.client(), key());
    let token = AccountToken::new("SANDBOX-100000451").unwrap();
    assert_eq!(client.account(&key, &token).await.unwrap(), account(CARD));
    let change = CardChange::new(Some(holder()), Expiry::new(12, 2031).ok()).unwrap();
    let changed = client.update_account(&key, &token, &AccountChange::Card(change)).await;
    assert_eq!(changed.unwrap(), Some(account(CARD)));
    let changed = client.update_account(&key, &token, &AccountChange::Bank(holder())).await;
    assert_eq!(changed.unwrap(), None);
    client.disable_account(&key, &token).await.unwrap();
    let page = client.customer_accounts(&key, &customer()).unwrap().next().await.unwrap().unwrap();
    assert_eq!(page.data, [account(CARD)]);
    let place = "/accounts/SANDBOX-100000451";
    assert_eq!(
        sent(&bank),
        [
            (format!("GET {place}"), Value::Null),
            (
                format!("PATCH {place}"),
                json!({"cardholderName":"Sam Test","expiryDateMonth":"12","expiryDateYear":"31"}),
            ),
            (format!("PATCH {place}"), json!({"accountName":"Sam Test"})),
            (format!("DELETE {place}"), Value::Null),
            ("GET /customers/310000077/accounts".to_owned(), Value::Null),
        ]
    );
    let refused = CardChange::new(None, None).unwrap_err().to_string();
    assert_eq!(refused, "the account must be changed in something");
}

#[test]
fn bank_accounts_are_registered_by_the_documents_names() {
    let bank = BankDetails {
        holder: holder(),
        bsb: Bsb::new("032000").unwrap(),
        number: AccountNumber::new("123410").unwrap(),
    };
    let sent = NewAccount::new(AccountSource::Bank(bank)).to_value();
    let details = json!({"accountName":"Sam Test","bsb":"032-000","accountNumber":"123410"});
    assert_eq!(sent, json!({"bankAccount":details}));
    assert_eq!(AccountChange::NzBank(holder()).to_value(), json!({"nzAccountName":"Sam Test"}));
}

#[test]
fn a_recurring_payment_is_read_whole() {
    let read = RecurringPayment::of(Fields::parse(SCHEDULE.as_bytes()).unwrap()).unwrap();
    assert!(read.rest.is_empty());
    assert_eq!(read.status, Some(Word::Known(State::Active)));
    assert_eq!(read.to_value(), value(SCHEDULE));
    let total = read.instalment_amount.unwrap().total_amount.unwrap();
    assert_eq!(total.amount, Cents::new(10_040));
    let odd = json!({"paymentScheduleId":7,"status":"RESTING","instalmentAmount":100.00,"startDate":"soon"});
    let read = RecurringPayment::of(Fields::of(odd).unwrap()).unwrap();
    assert_eq!(read.status, Some(Word::Unknown("RESTING".to_owned())));
    assert_eq!(read.rest.names().collect::<Vec<_>>(), ["instalmentAmount", "startDate"]);
}

#[test]
fn an_end_that_is_none_is_refused() {
    let schedule =
        |end| Schedule::new(amount(10_000), ScheduleFrequency::Monthly, START, end).map(drop);
    let early = schedule(ScheduleEnd::OnDate(Date::constant(2026, 3, 31))).unwrap_err();
    assert_eq!(early.to_string(), "endDate must not be before the first day");
    let small = schedule(ScheduleEnd::AtTotal(amount(9_999))).unwrap_err();
    assert_eq!(small.to_string(), "totalAmount must be at least one instalment");
    assert!(schedule(ScheduleEnd::OnDate(START)).is_ok());
    assert!(schedule(ScheduleEnd::AtTotal(amount(10_000))).is_ok());
}

#[tokio::test]
async fn a_recurring_payment_is_created_replaced_read_and_stopped() {
    let gone = Answer::reply("204 No Content", &[], "");
    let page = Answer::json(format!(r#"{{"links":[],"data":[{SCHEDULE}]}}"#));
    let created = Answer::reply("201 Created", &[], SCHEDULE);
    let script = vec![created, Answer::json(SCHEDULE), gone, Answer::json(SCHEDULE), page];
    let bank = Bank::playing(script).await;
    let (client, key) = (bank.client(), key());
    let id = PaymentScheduleId::new("710000012").unwrap();
    let monthly = |end| Schedule::new(amount(10_000), ScheduleFrequency::Monthly, START, end);
    let mut wanted = monthly(ScheduleEnd::UntilFurtherNotice).unwrap();
    wanted.business = BusinessCode::new("SANDBOXHIRE").ok();
    wanted.account = AccountToken::new("SANDBOX-100000451").ok();
    wanted.code = Reference::new("GOLD").ok();
    wanted.description = Comment::new("Hire").ok();
    client.create_recurring_payment(&key, &customer(), &name(), &wanted).await.unwrap();
    let end = ScheduleEnd::AfterPayments {
        count: NonZeroU32::new(12).unwrap(),
        last: Some(amount(5_000)),
    };
    let wanted = monthly(end).unwrap().in_currency(Currency::Nzd);
    let changed = client.update_recurring_payment(&key, &id, &wanted).await.unwrap();
    assert!(changed.is_some());
    assert_eq!(client.stop_recurring_payment(&key, &id).await, Ok(None));
    client.recurring_payment(&key, &id).await.unwrap();
    let mut listed = client.customer_recurring_payments(&key, &customer()).unwrap();
    assert_eq!(listed.next().await.unwrap().unwrap().data.len(), 1);
    client.recurring_payment_transactions(&key, &id).unwrap().next().await.unwrap_err();
    let place = "/recurring-payments/710000012";
    assert_eq!(
        sent(&bank),
        [
            (
                "POST /customers/310000077/recurring-payments".to_owned(),
                json!({"supplierBusinessCode":"SANDBOXHIRE","accountToken":"SANDBOX-100000451","paymentScheduleCode":"GOLD","description":"Hire","frequency":"MONTHLY","scheduleType":"CONTINUE_UNTIL_FURTHER_NOTICE","startDate":"2026-04-01","regularPaymentAmount":value("100.00"),"currency":"AUD"}),
            ),
            (
                format!("PUT {place}"),
                json!({"frequency":"MONTHLY","scheduleType":"CONTINUE_FOR_NUMBER_OF_PAYMENTS","startDate":"2026-04-01","regularPaymentAmount":value("100.00"),"numberOfPayments":12,"finalPaymentAmount":value("50.00"),"currency":"NZD"}),
            ),
            (format!("PATCH {place}"), json!({"status":"STOPPED"})),
            (format!("GET {place}"), Value::Null),
            ("GET /customers/310000077/recurring-payments".to_owned(), Value::Null),
            (format!("GET {place}/transactions"), Value::Null),
        ]
    );
}

proptest! {
    #[test]
    fn a_schedule_reads_back(
        cents in 1_i64..1_000_000,
        frequency in 0..ScheduleFrequency::ALL.len(),
        kind in 0..4,
        more in 0_i64..1_000,
    ) {
        let end = match kind {
            0 => ScheduleEnd::UntilFurtherNotice,
            1 => ScheduleEnd::OnDate(START.checked_add(jiff::Span::new().days(more)).unwrap()),
            2 => ScheduleEnd::AfterPayments {
                count: NonZeroU32::new(u32::try_from(more).unwrap() + 1).unwrap(),
                last: None,
            },
            _ => ScheduleEnd::AtTotal(amount(cents + more)),
        };
        let frequency = ScheduleFrequency::ALL[frequency];
        let wanted = Schedule::new(amount(cents), frequency, START, end).unwrap();
        let mut value = wanted.to_value();
        value["paymentScheduleId"] = "1".into();
        let read = Fields::parse(value.to_string().as_bytes()).unwrap();
        let read = RecurringPayment::of(read).unwrap();
        prop_assert_eq!(read.frequency.as_ref().and_then(Word::known), Some(frequency));
        prop_assert_eq!(read.schedule_type.as_ref().and_then(Word::known), Some(end.kind()));
        prop_assert_eq!(read.start_date, Some(START));
        let amount = read.rest.clone().take::<Cents>("regularPaymentAmount");
        prop_assert_eq!(amount, Some(Cents::new(cents)));
        prop_assert_eq!(read.to_value(), value);
    }
}
