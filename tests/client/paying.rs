//! Payments and their lists at a scripted bank: where they are sent, with which key, and which
//! answers are taken for the outcome.

use quaymaster::domain::money::Cents;
use quaymaster::domain::pre_authorisation::scheme::{Mastercard, Visa};
use quaymaster::key::KeyText;
use quaymaster::quickstream::models::amount::{Amount, Currency};
use quaymaster::quickstream::models::details::{
    AccountNumber, Bsb, CardNumber, NzAccountNumber, NzAccountSuffix, NzBankCode, NzBranchCode,
};
use quaymaster::quickstream::models::ids::{
    AccountToken, AgreementToken, BusinessCode, ReceiptNumber, SingleUseTokenId,
};
use quaymaster::quickstream::models::texts::Reference;
use quaymaster::quickstream::resources::credit_cards::CardBin;
use quaymaster::quickstream::resources::single_use_tokens::authentication::purchase::Reason;
use quaymaster::quickstream::resources::single_use_tokens::authentication::{Authentication, Use};
use quaymaster::quickstream::resources::transactions::hold::{AnyHold, Hold};
use quaymaster::quickstream::resources::transactions::lists::{Month, Narrow, NzAccountWanted};
use quaymaster::quickstream::resources::transactions::model::Transaction;
use quaymaster::quickstream::resources::transactions::payment::{PayToPayment, Payment, Refund};
use quaymaster::quickstream::resources::transactions::preauth::{
    AccountVerification, Cancellation, Capture, Extension, Increment, PreAuthorisation,
    Reauthorisation,
};
use quaymaster::quickstream::resources::transactions::report::TransactionsReport;
use quaymaster::quickstream::resources::transactions::source::Stored;
use quaymaster::quickstream::{Completion, FaultKind, Pager, Priority, PublishableKey};
use serde_json::{Value, json};

use crate::bank::{Answer, Bank, key};
use crate::sent::{creating, name, named, sent, silent};

const PUBLISHABLE: &str = "SANDBOX_PUB_7k2m4n6p8q2r4t6v8w2x";

fn publishable() -> PublishableKey {
    PublishableKey::parse(PUBLISHABLE).unwrap()
}

fn receipt(number: &str) -> ReceiptNumber {
    ReceiptNumber::new(number).unwrap()
}

fn amount(cents: i64) -> Amount {
    Amount::new(Cents::new(cents)).unwrap()
}

fn account() -> Stored {
    Stored::Account(AccountToken::new("A-1").unwrap())
}

fn payment(cents: i64) -> Payment {
    Payment::new(account(), amount(cents))
}

fn read(value: &Value) -> Transaction {
    let fields = quaymaster::quickstream::json::Fields::of(value.clone()).unwrap();
    Transaction::of(fields).unwrap()
}

#[tokio::test]
async fn every_action_is_one_post_with_its_key() {
    let bank = creating(r#"{"receiptNumber":"7","status":"Approved"}"#).await;
    let (client, key, name) = (bank.client(), key(), name());
    let visa: Hold<Visa> = Hold::known(receipt("1"), Currency::Aud);
    let mastercard: Hold<Mastercard> = Hold::known(receipt("2"), Currency::Aud);
    let pay_to = PayToPayment::new(AgreementToken::new("C1").unwrap(), amount(1));
    let done = client.take_payment(&key, &name, &payment(1)).await.unwrap();
    assert_eq!(done.value.receipt_number.as_str(), "7");
    assert_eq!(done.completion, Completion::Completed);
    assert_eq!(done.location.as_deref(), Some("/rest/v1/there"));
    client.take_payto_payment(&key, &name, &pay_to).await.unwrap();
    client.refund_payment(&key, &name, &Refund::new(receipt("9"), amount(1))).await.unwrap();
    let hold = PreAuthorisation::new(account(), amount(1));
    client.pre_authorise(&key, &name, &hold).await.unwrap();
    client.capture_pre_authorisation(&key, &name, &Capture::new(&visa, amount(1))).await.unwrap();
    client.verify_account(&key, &name, &AccountVerification::new(account())).await.unwrap();
    client.cancel_pre_authorisation(&key, &name, &Cancellation::full(&visa)).await.unwrap();
    let more = Increment::new(&mastercard, amount(1));
    client.increase_pre_authorisation(&key, &name, &more).await.unwrap();
    client.extend_pre_authorisation(&key, &name, &Extension::new(&visa)).await.unwrap();
    let anew = Reauthorisation::new(&mastercard);
    client.reauthorise_pre_authorisation(&key, &name, &anew).await.unwrap();
    let sent = sent(&bank);
    assert_eq!(sent.len(), 10);
    assert!(sent.iter().all(|(line, _)| line == "POST /transactions"), "{sent:?}");
    let types: Vec<&str> =
        sent.iter().map(|(_, body)| body["transactionType"].as_str().unwrap()).collect();
    assert_eq!(
        types,
        [
            "PAYMENT",
            "PAYMENT",
            "REFUND",
            "PREAUTH",
            "CAPTURE",
            "ACCOUNT_VERIFICATION",
            "REFUND",
            "PREAUTH",
            "PREAUTH",
            "PREAUTH"
        ]
    );
    assert_eq!(named(&bank), [true; 10]);
}

/// The bank answers a key that was used before with the answer of then, whatever is sent.
#[tokio::test]
async fn an_answer_that_belongs_to_another_request_is_no_outcome() {
    let money = |amount: f64| json!({"currency": "AUD", "amount": amount});
    for (answer, detail) in [
        (json!({"receiptNumber": "7", "transactionType": "REFUND"}), "another transactionType"),
        (
            json!({"receiptNumber": "7", "transactionType": "PAYMENT", "principalAmount": money(2.5)}),
            "another principalAmount",
        ),
    ] {
        let bank = creating(&answer.to_string()).await;
        let fault = bank.client().take_payment(&key(), &name(), &payment(1_000)).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::OtherReply);
        assert_eq!(fault.detail, format!("it shows {detail}"));
        assert_eq!(fault.status, Some(201));
    }
    let bank = creating(r#"{"receiptNumber":"7","originalReceiptNumber":"8"}"#).await;
    let refund = Refund::new(receipt("9"), amount(1));
    let fault = bank.client().refund_payment(&key(), &name(), &refund).await.unwrap_err();
    assert_eq!(fault.detail, "it shows another originalReceiptNumber");
    // Another resource's answer shows no receipt at all.
    let bank = creating(r#"{"customerId":"310000077"}"#).await;
    let fault = bank.client().take_payment(&key(), &name(), &payment(1)).await.unwrap_err();
    assert_eq!((fault.kind, fault.status), (FaultKind::WrongShape, Some(201)));
    // A word that we do not know is no contradiction.
    let bank = creating(r#"{"receiptNumber":"7","transactionType":"GIFT"}"#).await;
    bank.client().take_payment(&key(), &name(), &payment(1)).await.unwrap();
}

#[tokio::test]
async fn a_payment_that_is_not_decided_yet_is_named_by_its_location() {
    for (body, location) in [
        (
            r#"{"status":"Pending"}"#,
            "Location: https://bank.example/rest/v1/transactions/4000000017",
        ),
        ("", "Location: /rest/v1/transactions/4000000017"),
        (r#"{"receiptNumber":"4000000017"}"#, "X: y"),
    ] {
        let bank = Bank::saying(Answer::reply("202 Accepted", &[location], body)).await;
        let done = bank.client().take_payment(&key(), &name(), &payment(1)).await.unwrap();
        assert_eq!(done.completion, Completion::Accepted);
        assert_eq!(done.value.receipt_number.as_str(), "4000000017");
    }
    let bank = Bank::saying(Answer::reply("202 Accepted", &[], "{}")).await;
    let fault = bank.client().take_payment(&key(), &name(), &payment(1)).await.unwrap_err();
    assert_eq!((fault.kind, fault.status), (FaultKind::WrongShape, Some(202)));
}

#[tokio::test]
async fn a_void_has_no_body_and_may_have_no_answer() {
    let bank = silent().await;
    let receipt = receipt("40/../1");
    let voided = bank.client().void_transaction(&key(), &receipt, &name()).await.unwrap();
    assert_eq!(voided, None);
    assert_eq!(sent(&bank), [("POST /transactions/40%2F..%2F1/void".to_owned(), Value::Null)]);
    assert_eq!(named(&bank), [true]);
    let bank = Bank::saying(Answer::json(r#"{"receiptNumber":"1","status":"Voided"}"#)).await;
    let voided = bank.client().void_transaction(&key(), &receipt, &name()).await.unwrap();
    assert_eq!(voided.unwrap().state(), Some(quaymaster::domain::transaction::State::Voided));
}

async fn first<T: quaymaster::quickstream::Listed>(
    pager: Result<Pager<T>, quaymaster::quickstream::Fault>,
) {
    pager.unwrap().next().await.unwrap();
}

#[tokio::test]
async fn every_list_asks_for_what_it_is_called() {
    let bank = Bank::saying(Answer::json(r#"{"links":[],"data":[]}"#)).await;
    let (client, key) = (bank.client(), key());
    let business = BusinessCode::new("SHOP & CO").unwrap();
    let month = Some(Month::new(2022, 1).unwrap());
    let narrow = Narrow { business: Some(business.clone()), month };
    let all = Narrow::default();
    let day = jiff::civil::date(2022, 1, 2);
    let (bsb, number) = (Bsb::new("032-999").unwrap(), AccountNumber::new("999994").unwrap());
    let card = CardNumber::new("4242424242424242").unwrap();
    let reference = Reference::new("INV 1/9").unwrap();
    let token = AccountToken::new("A-1").unwrap();
    let nz = NzAccountWanted {
        bank: NzBankCode::new("15").unwrap(),
        branch: NzBranchCode::new("3900").unwrap(),
        number: NzAccountNumber::new("1234567").unwrap(),
        suffix: NzAccountSuffix::new("00").ok(),
    };
    first(client.recent_transactions(&key, None)).await;
    first(client.recent_transactions(&key, Some(&business))).await;
    first(client.transactions_for_reference(&key, &reference, &narrow)).await;
    first(client.transactions_for_settlement_date(&key, day, None)).await;
    first(client.transactions_for_account(&key, &token, &narrow)).await;
    first(client.transactions_for_card(&key, &card, &all)).await;
    first(client.transactions_for_bank_account(&key, &bsb, &number, &all)).await;
    first(client.transactions_for_nz_bank_account(&key, &nz, &all)).await;
    first(client.suspended_transactions(&key, None)).await;
    first(client.refunds(&key, &receipt("1"))).await;
    first(client.retries(&key, &receipt("1"))).await;
    first(client.businesses(&key)).await;
    let lines: Vec<String> = sent(&bank).into_iter().map(|(line, _)| line).collect();
    let shop = "supplierBusinessCode=SHOP+%26+CO";
    assert_eq!(
        lines,
        [
            "GET /transactions".to_owned(),
            format!("GET /transactions?{shop}"),
            format!("GET /transactions/for-reference-number?referenceNumber=INV+1%2F9&{shop}&month=2022-01"),
            "GET /transactions/for-settlement-date?settlementDate=2022-01-02".to_owned(),
            format!("GET /transactions/for-account-token/A-1?{shop}&month=2022-01"),
            "GET /transactions/for-credit-card?cardNumber=4242424242424242".to_owned(),
            "GET /transactions/for-bank-account?bsb=032999&accountNumber=999994".to_owned(),
            "GET /transactions/for-nz-bank-account?nzBankCode=15&nzBranchCode=3900&nzAccountNumber=1234567&nzAccountSuffix=00".to_owned(),
            "GET /transactions/suspended".to_owned(),
            "GET /transactions/1/refunds".to_owned(),
            "GET /transactions/1/retries".to_owned(),
            "GET /businesses".to_owned(),
        ]
    );
}

/// A secret key never goes where a browser's belongs, and the other way round.
#[tokio::test]
async fn each_resource_is_asked_with_its_kind_of_key() {
    let list =
        r#"{"links":[],"data":[{"cardScheme":"VISA"}],"cardScheme":"VISA","singleUseTokenId":"1"}"#;
    let bank = Bank::saying(Answer::json(list)).await;
    let (client, code) = (bank.client(), BusinessCode::new("HIRE").unwrap());
    let card = CardNumber::new("4242424242424242").unwrap();
    first(client.accepted_cards(&publishable(), &code)).await;
    first(client.card_surcharges(&publishable(), &code)).await;
    client.query_card_surcharge(&publishable(), &code, &name(), &card).await.unwrap();
    client.card_scheme(&publishable(), &CardBin::from(&card)).await.unwrap();
    let secret: KeyText = key();
    let request = Authentication::new(Use::Storing { billing: None }, Reason::AddCard);
    let token = SingleUseTokenId::new("6a8f").unwrap();
    let asked = client.authenticate_single_use_token(&secret, &token, &name(), &request).await;
    assert_eq!(asked.unwrap_err().kind, FaultKind::WrongShape);
    let lines: Vec<String> = sent(&bank).into_iter().map(|(line, _)| line).collect();
    assert_eq!(
        lines,
        [
            "GET /businesses/HIRE/accepted-cards",
            "GET /businesses/HIRE/card-surcharges",
            "POST /businesses/HIRE/query-card-surcharge",
            "GET /credit-cards/card-schemes/424242",
            "POST /single-use-tokens/6a8f/three-ds2-authentication",
        ]
    );
    let pair = |key: &str| {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.encode(format!("{key}:"))
    };
    let keys: Vec<bool> =
        bank.requests().iter().map(|request| request.contains(&pair(PUBLISHABLE))).collect();
    assert_eq!(keys, [true, true, true, true, false]);
}

#[test]
fn a_refund_is_checked_against_the_payment() {
    let payment = |more: Value| {
        let mut value = json!({"receiptNumber": "7", "refundable": true,
            "principalAmount": {"currency": "NZD", "amount": "25.50"}});
        for (name, field) in more.as_object().unwrap() {
            value[name] = field.clone();
        }
        read(&value)
    };
    let plain = payment(json!({}));
    let full = Refund::full(&plain).unwrap();
    assert_eq!((full.amount, full.currency), (amount(2_550), Currency::Nzd));
    assert_eq!(Refund::partial(&plain, amount(1)).unwrap().amount, amount(1));
    let refused =
        |refund: Result<Refund, quaymaster::quickstream::BadField>| refund.unwrap_err().to_string();
    assert_eq!(
        refused(Refund::partial(&plain, amount(2_551))),
        "principalAmount must be at most what was paid"
    );
    assert_eq!(
        refused(Refund::full(&payment(json!({"refundable": false})))),
        "originalReceiptNumber must be a payment that may be refunded"
    );
    assert_eq!(
        refused(Refund::full(&payment(json!({"principalAmount": null})))),
        "originalReceiptNumber must be a payment that shows its amount"
    );
    let pay_to = payment(json!({"payToData": {"agreementToken": "C1"}}));
    assert_eq!(
        refused(Refund::partial(&pay_to, amount(1))),
        "principalAmount must be all that was paid: a PayTo payment is refunded whole"
    );
    assert!(Refund::full(&pay_to).is_ok() && Refund::partial(&pay_to, amount(2_550)).is_ok());
}

#[test]
fn only_an_approved_first_pre_authorisation_is_a_hold() {
    let of = |scheme: &str, more: Value| {
        let mut value = json!({"receiptNumber": "7", "transactionType": "PREAUTH",
            "status": "Approved", "creditCard": {"cardScheme": scheme}});
        for (name, field) in more.as_object().unwrap() {
            value[name] = field.clone();
        }
        AnyHold::of(&read(&value))
    };
    assert!(matches!(of("VISA", json!({})), Some(AnyHold::Visa(_))));
    assert!(matches!(of("mastercard", json!({})), Some(AnyHold::Mastercard(_))));
    for scheme in ["AMEX", "ABACUS", ""] {
        assert!(matches!(of(scheme, json!({})), Some(AnyHold::Other(_))), "{scheme}");
    }
    for more in [
        json!({"transactionType": "PAYMENT"}),
        json!({"status": "Declined"}),
        json!({"status": "Pending"}),
        json!({"status": "Parked"}),
        json!({"status": "Approved*"}),
        json!({"authorisationType": "INCREMENTAL"}),
        json!({"cancellationType": "FULL"}),
        json!({"originalReceiptNumber": "6"}),
    ] {
        assert!(of("VISA", more.clone()).is_none(), "{more}");
    }
}

fn csv(body: &str) -> Answer {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/csv; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    Answer::Bytes(format!("{head}{body}").into_bytes())
}

fn wanted() -> TransactionsReport {
    TransactionsReport::of(jiff::civil::date(2022, 1, 2))
}

#[tokio::test]
async fn a_report_comes_row_by_row_under_its_columns() {
    let body = "Receipt Number,\"Comment\",Amount\r\n1,\"a,\r\n\"\"b\"\"\",10.00\r\n2,,0.50";
    let bank = Bank::saying(csv(body)).await;
    let columns = ["Receipt Number", "Amount"].map(|name| Reference::new(name).unwrap());
    let wanted = wanted().with_columns(columns.to_vec()).unwrap();
    let wanted = wanted.of_business(BusinessCode::new("HIRE").unwrap());
    let client = bank.client();
    let mut report = client.transactions_report(&key(), &wanted).await.unwrap();
    assert_eq!(report.columns(), ["Receipt Number", "Comment", "Amount"]);
    let row = report.next().await.unwrap().unwrap();
    assert_eq!((row.cell("Comment"), row.cell("Nothing")), (Some("a,\r\n\"b\""), None));
    assert!(!format!("{row:?}").contains("10.00"));
    let row = report.next().await.unwrap().unwrap();
    assert_eq!(row.cells(), ["2", "", "0.50"]);
    assert_eq!(report.next().await.unwrap(), None);
    assert_eq!(report.next().await.unwrap(), None);
    assert_eq!(client.in_flight(), 0);
    let request = &bank.requests()[0];
    assert!(request.starts_with(
        "GET /rest/v1/transactions?settlementDate=2022-01-02&supplierBusinessCode=HIRE&columns=Receipt+Number%2CAmount HTTP/1.1"
    ), "{request}");
    assert!(request.contains("accept: text/csv\r\n"), "{request}");
}

#[tokio::test]
async fn a_report_that_is_none_is_a_fault() {
    let report = |answer: Answer| async move {
        let bank = Bank::saying(answer).await;
        let mut report = bank.client().transactions_report(&key(), &wanted()).await?;
        while report.next().await?.is_some() {}
        Ok::<_, quaymaster::quickstream::Fault>(())
    };
    let fault = report(Answer::json(r#"{"data":[]}"#)).await.unwrap_err();
    assert_eq!(
        (fault.kind, fault.detail.as_str()),
        (FaultKind::WrongShape, "JSON came where CSV was asked for")
    );
    let fault = report(csv("")).await.unwrap_err();
    assert_eq!((fault.kind, fault.detail.as_str()), (FaultKind::WrongShape, "it is empty"));
    let fault = report(csv("A\r\n\"b")).await.unwrap_err();
    assert_eq!(fault.detail, "record 2 ends within quotes");
    let fault = report(Answer::reply("429 Too Many Requests", &[], "")).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Busy);
    let Answer::Bytes(mut cut) = csv("A,B\r\n1,2\r\n") else { return };
    cut.truncate(cut.len() - 4);
    assert_eq!(report(Answer::Bytes(cut)).await.unwrap_err().kind, FaultKind::BodyCut);
}

#[tokio::test]
async fn a_report_is_a_request_on_the_wire_until_it_is_read_or_dropped() {
    let bank = Bank::saying(csv("A\r\n1\r\n")).await;
    let client = bank.client().with_priority(Priority::Sweep);
    let report = client.transactions_report(&key(), &wanted()).await.unwrap();
    assert_eq!(client.in_flight(), 1);
    drop(report);
    assert_eq!(client.in_flight(), 0);
}
