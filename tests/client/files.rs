//! Payment files and PayIDs: what is sent for them, and what is kept of the answers.

use proptest::prelude::*;
use quaymaster::domain::money::Cents;
use quaymaster::domain::pay_id;
use quaymaster::domain::payment_file::State;
use quaymaster::quickstream::json::Fields;
use quaymaster::quickstream::models::amount::Amount;
use quaymaster::quickstream::models::contact::Email;
use quaymaster::quickstream::models::ids::{
    BusinessCode, CustomerId, PaymentBatchId, PaymentFileId,
};
use quaymaster::quickstream::models::texts::Reference;
use quaymaster::quickstream::resources::pay_ids::{NewPayId, PayIdLife, PayIdUse, RegisteredPayId};
use quaymaster::quickstream::resources::payment_files::{
    FileFormat, FileReport, PaymentBatch, PaymentFile,
};
use quaymaster::quickstream::resources::payto_agreements::AgreementSearch;
use quaymaster::quickstream::upload::FileContent;
use quaymaster::quickstream::{FaultKind, Word};
use serde_json::{Value, json};

use crate::bank::{Answer, Bank, key};
use crate::sent::{creating, name, named, sent};

const FILE: &str = r#"{"links":[],"paymentFileId":"880000004","fileName":"run-20260302.csv","format":"CSV2","status":"QUEUED"}"#;

fn file_id() -> PaymentFileId {
    PaymentFileId::new("880000004").unwrap()
}

fn payment_file(value: Value) -> PaymentFile {
    PaymentFile::of(Fields::of(value).unwrap()).unwrap()
}

#[test]
fn a_file_and_its_batches_are_read_whole() {
    let shown: Value = serde_json::from_str(FILE).unwrap();
    let read = payment_file(shown.clone());
    assert_eq!(read.status, Some(Word::Known(State::Queued)));
    assert_eq!(read.format, Some(Word::Known(FileFormat::Csv2)));
    assert!(read.rest.is_empty());
    assert_eq!(read.to_value(), shown);
    for (word, known) in [
        ("PROCESSING", Some(State::Processing)),
        ("ERROR", Some(State::Error)),
        ("AWAITING_CLEARANCE", Some(State::AwaitingClearance)),
        ("COMPLETE", Some(State::Complete)),
        ("LOST", None),
    ] {
        let read = payment_file(json!({"paymentFileId":1,"status":word,"format":"PAIN008"}));
        assert_eq!(read.status.as_ref().and_then(Word::known), known);
        assert_eq!(read.format, Some(Word::Unknown("PAIN008".to_owned())));
    }
    let batch = json!({"links":[],"paymentBatchId":"9","status":"COMPLETE","supplierBusinessCode":"SANDBOXHIRE","currency":"AUD","transactionCount":2,"totalAmount":{"currency":"AUD","amount":10.5,"displayAmount":"$10.50"},"recordType":"C"});
    let read = PaymentBatch::of(Fields::of(batch).unwrap()).unwrap();
    assert_eq!(read.transaction_count, Some(2));
    assert_eq!(read.total_amount.unwrap().amount, Cents::new(1_050));
    assert_eq!(read.rest.names().collect::<Vec<_>>(), ["recordType"]);
}

#[tokio::test]
async fn a_file_is_handed_in_as_a_form() {
    let bank = creating(FILE).await;
    let file = FileContent::new("run-20260302.csv", "H,SANDBOX,2026-03-02,2\r\nT,0").unwrap();
    let done = bank.client().upload_payment_file(&key(), &name(), &file, FileFormat::Csv2).await;
    assert_eq!(done.unwrap().value.payment_file_id, file_id());
    assert_eq!(named(&bank), [true]);
    let request = &bank.requests()[0];
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /rest/v1/payment-files HTTP/1.1\r\n"), "{head}");
    let has = |line: &str| head.lines().any(|sent| sent.eq_ignore_ascii_case(line));
    assert!(has("prevent-csrf: true") && has("accept: application/json"), "{head}");
    let media = head.lines().find_map(|line| line.strip_prefix("content-type: ")).unwrap();
    let boundary = media.strip_prefix("multipart/form-data; boundary=").unwrap();
    let parts: Vec<&str> = body.split(&format!("--{boundary}")).collect();
    assert_eq!(parts.len(), 4);
    assert!(parts[1].contains("name=\"file\"; filename=\"run-20260302.csv\"\r\n"));
    assert!(parts[1].ends_with("\r\n\r\nH,SANDBOX,2026-03-02,2\r\nT,0\r\n"));
    assert!(parts[2].ends_with("name=\"format\"\r\n\r\nCSV2\r\n"));
    assert_eq!(parts[3], "--\r\n");
}

#[tokio::test]
async fn everything_about_a_file_has_its_place() {
    let page = |item: &str| Answer::json(format!(r#"{{"links":[],"data":[{item}]}}"#));
    let batch = r#"{"paymentBatchId":"9"}"#;
    let script = vec![
        Answer::json(FILE),
        page(FILE),
        page(r#"{"lineNumber":3,"message":"Jane Smith has no card","code":7}"#),
        page(batch),
        Answer::json(batch),
        page(r#"{"receiptNumber":"1234567890"}"#),
    ];
    let bank = Bank::playing(script).await;
    let (client, key, id) = (bank.client(), key(), file_id());
    let batch = PaymentBatchId::new("9").unwrap();
    client.payment_file(&key, &id).await.unwrap();
    client.payment_files(&key).unwrap().next().await.unwrap().unwrap();
    let errors = client.payment_file_errors(&key, &id).unwrap().next().await.unwrap().unwrap();
    assert_eq!(errors.data[0].line_number, Some(3));
    assert_eq!(errors.data[0].rest.names().collect::<Vec<_>>(), ["code"]);
    assert!(!format!("{errors:?}").contains("Jane"));
    client.payment_batches(&key, &id).unwrap().next().await.unwrap().unwrap();
    client.payment_batch(&key, &batch).await.unwrap();
    let mut paid = client.payment_batch_transactions(&key, &batch).unwrap();
    assert_eq!(paid.next().await.unwrap().unwrap().data.len(), 1);
    let lines: Vec<_> = sent(&bank).into_iter().map(|(line, _)| line).collect();
    assert_eq!(
        lines,
        [
            "GET /payment-files/880000004",
            "GET /payment-files",
            "GET /payment-files/880000004/errors",
            "GET /payment-files/880000004/payment-batches",
            "GET /payment-batches/9",
            "GET /payment-batches/9/transactions",
        ]
    );
}

#[tokio::test]
async fn the_four_reports_come_as_they_are() {
    for (report, path, accept) in [
        (FileReport::Csv2, "csv2", "text/csv"),
        (FileReport::Csv, "csv", "text/csv"),
        (FileReport::FlatFile, "flat-file", "text/plain"),
        (FileReport::MtsRejects, "mts-rejects", "text/plain"),
    ] {
        let lines = [b"1\r\n\xff\0 2".repeat(20_000)].concat();
        let bank = Bank::saying(Answer::reply("200 OK", &["Content-Type: text/x"], &lines)).await;
        let client = bank.client();
        let mut download = client.payment_file_report(&key(), &file_id(), report).await.unwrap();
        assert_eq!((download.media_type(), client.in_flight()), (Some("text/x"), 1));
        let mut read = Vec::new();
        while let Some(chunk) = download.chunk().await.unwrap() {
            read.extend_from_slice(&chunk);
        }
        assert_eq!(read, lines);
        assert_eq!(client.in_flight(), 0);
        let request = &bank.requests()[0];
        assert!(request.starts_with(&format!("GET /rest/v1/payment-files/880000004/{path} ")));
        assert!(request.contains(&format!("\r\naccept: {accept}\r\n")), "{request}");
    }
    assert_eq!(FileReport::ALL.len(), 4);
}

#[tokio::test]
async fn agreements_come_as_a_table() {
    let table = "Payee Reference,Agreement Token,Agreement Status,New\r\nYOUR_REFERENCE,C09805698824154,ACTIVE,\"a \"\"b\"\", c\"";
    let csv = Answer::reply("200 OK", &["Content-Type: text/csv; charset=UTF-8"], table);
    let bank = Bank::playing(vec![csv, Answer::json(r#"{"data":[]}"#)]).await;
    let search = AgreementSearch { business: BusinessCode::new("A").ok(), ..Default::default() };
    let mut report = bank.client().payto_agreements_report(&key(), &search).await.unwrap();
    let row = report.next().await.unwrap().unwrap();
    assert_eq!(row.cell("Agreement Token"), Some("C09805698824154"));
    assert_eq!(row.cell("New"), Some("a \"b\", c"));
    assert_eq!(report.next().await.unwrap(), None);
    let fault = bank.client().payto_agreements_report(&key(), &search).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::WrongShape);
    let request = &bank.requests()[0];
    assert!(request.starts_with("GET /rest/v1/payto-agreements?supplierBusinessCode=A HTTP"));
    assert!(request.contains("\r\naccept: text/csv\r\n"));
}

#[tokio::test]
async fn a_pay_id_is_registered_read_and_deregistered() {
    let shown = r#"{"links":[],"payId":"a+b@hire.example","type":"SINGLE","status":"PENDING","paymentAmount":"80.00","since":"now"}"#;
    let gone = Answer::reply("204 No Content", &[], "");
    let created = Answer::reply("201 Created", &[], shown);
    let page = Answer::json(format!(r#"{{"links":[],"data":[{shown}]}}"#));
    let bank = Bank::playing(vec![created, Answer::json(shown), page, gone]).await;
    let (client, key) = (bank.client(), key());
    let customer = CustomerId::new("310000077").unwrap();
    let pay_id = Email::new("payId", "a+b@hire.example").unwrap();
    let wanted = NewPayId {
        pay_id: pay_id.clone(),
        usage: PayIdUse::Single(Amount::new(Cents::new(8_000)).ok()),
        business: BusinessCode::new("SANDBOXHIRE").unwrap(),
        customer_number: Reference::new("CUST-77").ok(),
        registration_priority: None,
    };
    let done = client.register_pay_id(&key, &customer, &name(), &wanted).await.unwrap();
    let read = client.pay_id(&key, &pay_id).await.unwrap();
    assert_eq!(done.value, read);
    assert_eq!(read.life, Some(Word::Known(PayIdLife::Single)));
    assert_eq!(read.status, Some(Word::Known(pay_id::State::Pending)));
    assert_eq!(read.rest.names().collect::<Vec<_>>(), ["since"]);
    assert!(!format!("{read:?}{wanted:?}").contains("hire.example"));
    client.customer_pay_ids(&key, &customer).unwrap().next().await.unwrap().unwrap();
    client.deregister_pay_id(&key, &pay_id).await.unwrap();
    let of_customer = "/customers/310000077/payids";
    let one = "/payids/a%2Bb%40hire.example";
    assert_eq!(
        sent(&bank),
        [
            (
                format!("POST {of_customer}"),
                json!({"payId":"a+b@hire.example","type":"SINGLE","supplierBusinessCode":"SANDBOXHIRE","paymentAmount":"80.00","customerNumber":"CUST-77"}),
            ),
            (format!("GET {one}"), Value::Null),
            (format!("GET {of_customer}"), Value::Null),
            (format!("DELETE {one}"), Value::Null),
        ]
    );
    let plain = NewPayId { usage: PayIdUse::Static, ..wanted };
    assert_eq!(plain.to_value().get("paymentAmount"), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the file holds and is called, the form can be taken apart again.
    #[test]
    fn a_form_can_be_taken_apart(
        content in "[^\\p{Cc}]{1,80}(\r\n--quaymaster-0{16}.{0,9})?",
        called in "[^\\p{Cc}\"/\\\\]{1,40}",
        format in prop_oneof![Just(FileFormat::Csv), Just(FileFormat::MtsTokens)],
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let request = runtime.block_on(async {
            let bank = creating(r#"{"paymentFileId":"1"}"#).await;
            let file = FileContent::new(called.as_str(), content.clone()).unwrap();
            bank.client().upload_payment_file(&key(), &name(), &file, format).await.unwrap();
            bank.requests()[0].clone()
        });
        let boundary = request.split("boundary=").nth(1).unwrap().lines().next().unwrap();
        let (_, body) = request.split_once("\r\n\r\n").unwrap();
        let parts: Vec<&str> = body.split(&format!("--{boundary}")).collect();
        prop_assert_eq!(parts.len(), 4);
        let (head, shown) = parts[1].split_once("\r\n\r\n").unwrap();
        let filename = format!("filename=\"{called}\"");
        prop_assert!(head.contains(&filename));
        prop_assert_eq!(shown.strip_suffix("\r\n").unwrap(), content);
        let ending = format!("\r\n\r\n{}\r\n", format.as_str());
        prop_assert!(parts[2].ends_with(&ending));
    }

    #[test]
    fn a_pay_id_reads_back(cents in proptest::option::of(1_i64..1_000_000), who in "[a-z]{1,20}") {
        let pay_id = Email::new("payId", format!("{who}@hire.example")).unwrap();
        let amount = cents.map(|cents| Amount::new(Cents::new(cents)).unwrap());
        let wanted = NewPayId {
            pay_id: pay_id.clone(),
            usage: PayIdUse::Single(amount),
            business: BusinessCode::new("A").unwrap(),
            customer_number: None,
            registration_priority: None,
        };
        let value = wanted.to_value();
        let read = RegisteredPayId::of(Fields::of(value.clone()).unwrap()).unwrap();
        prop_assert_eq!(read.pay_id.as_str(), pay_id.as_str());
        prop_assert_eq!(read.payment_amount.map(|amount| amount.0.get()), cents);
        prop_assert!(read.rest.is_empty());
        prop_assert_eq!(read.to_value(), value);
    }
}
