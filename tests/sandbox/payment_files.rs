//! Payment files: uploaded, worked through on the clock, and read over the wire.

use quaymaster::sandbox::SANDBOX_KEY;
use serde_json::{Value, json};

use super::support::{Bank, Reply, authorization, linked, names, wrong_fields};

#[path = "payment_files/reports.rs"]
mod reports;

const BASE: &str = "/rest/v1/payment-files";

/// A card that is approved.
const GOOD: &str = "4242424242424242,12,27,Jane Smith";
/// A card that is declined for want of funds.
const POOR: &str = "4111111111444496,12,27,Jane Smith";
/// A bank account that pays, and may send its payment back.
const ACCOUNT: &str = "032-999,999994,Jane Smith";

/// A whole file around these records, which come to this amount.
fn file(records: &[String], sum: &str) -> String {
    let count = records.len();
    let records = records.join("\r\n");
    format!("H,SANDBOX,2026-03-01,2\r\n{records}\r\nT,{count},{sum}\r\n")
}

fn card(business: &str, amount: &str, card: &str) -> String {
    format!("C,{business},CAPTURE,{amount},CUST-1,INV-1,,,{card}")
}

fn bank_account(business: &str, amount: &str) -> String {
    format!("B,{business},CAPTURE,{amount},,,,,{ACCOUNT}")
}

fn refund(receipt: &str, amount: &str) -> String {
    format!("C,SANDBOXHIRE,REFUND,{amount},,,{receipt}")
}

async fn send(bank: &Bank, key: &str, more: &[&str], body: &str) -> Reply {
    let mut lines = vec![authorization(key), "Accept: application/json".to_owned()];
    lines.extend(more.iter().map(|line| (*line).to_owned()));
    bank.ask("POST", BASE, &lines, body).await.expect("a reply")
}

const FORM: &str = "Content-Type: multipart/form-data; boundary=limit";
const CSRF: &str = "Prevent-CSRF: true";

fn part(disposition: &str, content: &str) -> String {
    format!("--limit\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{content}\r\n")
}

fn form(name: &str, format: &str, content: &str) -> String {
    let file = part(&format!("name=\"file\"; filename=\"{name}\""), content);
    format!("{file}{}--limit--\r\n", part("name=\"format\"", format))
}

async fn upload_with(bank: &Bank, key: &str, name: &str, content: &str) -> Reply {
    send(bank, key, &[FORM, CSRF], &form(name, "CSV2", content)).await
}

/// The path of a file that was uploaded.
async fn uploaded(bank: &Bank, name: &str, content: &str) -> String {
    let reply = upload_with(bank, SANDBOX_KEY, name, content).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let location = reply.header("location").unwrap();
    location.strip_prefix("http://bank.example").unwrap().to_owned()
}

async fn status(bank: &Bank, path: &str) -> String {
    bank.get(path).await.body["status"].as_str().unwrap().to_owned()
}

/// The path of the only batch of a file that is over.
async fn only_batch(bank: &Bank, file: &str) -> String {
    let batches = bank.get(&format!("{file}/payment-batches")).await;
    let batches = batches.body["data"].as_array().unwrap();
    assert_eq!(batches.len(), 1, "{batches:?}");
    linked(&batches[0], "self").unwrap().strip_prefix("http://bank.example").unwrap().to_owned()
}

/// The line and message of every error of a file.
async fn errors(bank: &Bank, file: &str) -> Vec<(u64, String)> {
    let reply = bank.get(&format!("{file}/errors")).await;
    let data = reply.body["data"].as_array().unwrap();
    let error = |error: &Value| {
        let message = error["message"].as_str().unwrap().to_owned();
        (error["lineNumber"].as_u64().unwrap(), message)
    };
    data.iter().map(error).collect()
}

/// Every member with this name in a list.
fn all<'a>(reply: &'a Reply, name: &str) -> Vec<&'a Value> {
    reply.body["data"].as_array().unwrap().iter().map(|item| &item[name]).collect()
}

#[tokio::test]
async fn a_file_of_cards_goes_from_queued_to_complete() {
    let bank = Bank::with_two_businesses().await;
    let records = [card("SANDBOXHIRE", "10.00", GOOD), card("SANDBOXHIRE", "20.50", POOR)];
    let content = file(&records, "30.50");
    let made = upload_with(&bank, SANDBOX_KEY, "run-1.csv", &content).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let expected = ["links", "paymentFileId", "fileName", "format", "status", "uploadedTime"];
    assert_eq!(names(&made.body), expected);
    assert_eq!(made.body["fileName"], "run-1.csv");
    assert_eq!(made.body["format"], "CSV2");
    assert_eq!(made.body["uploadedTime"], "2026-03-01T00:00:00+00:00");
    let path = format!("{BASE}/{}", made.body["paymentFileId"].as_str().unwrap());
    assert_eq!(made.header("location").unwrap(), format!("http://bank.example{path}"));

    assert_eq!(status(&bank, &path).await, "QUEUED");
    bank.minutes_pass(1);
    assert_eq!(status(&bank, &path).await, "PROCESSING");
    let none = bank.get(&format!("{path}/payment-batches")).await;
    assert_eq!(none.body, json!({ "links": [], "data": [] }));
    bank.minutes_pass(1);
    assert_eq!(status(&bank, &path).await, "COMPLETE");
    assert_eq!(errors(&bank, &path).await, []);

    let batch = only_batch(&bank, &path).await;
    let shown = bank.get(&batch).await;
    assert_eq!(shown.status, 200);
    assert_eq!(shown.body["status"], "COMPLETE");
    assert_eq!(shown.body["supplierBusinessCode"], "SANDBOXHIRE");
    assert_eq!(shown.body["currency"], "AUD");
    assert_eq!(shown.body["transactionCount"], 2);
    assert_eq!(shown.body["totalAmount"]["displayAmount"], "$30.50");

    let taken = bank.get(&format!("{batch}/transactions")).await;
    assert_eq!(all(&taken, "status"), ["Approved", "Declined"]);
    assert_eq!(all(&taken, "source"), ["QUICKBATCH"; 2]);
    assert_eq!(all(&taken, "transactionType"), ["PAYMENT"; 2]);
    assert_eq!(all(&taken, "customerReferenceNumber"), ["CUST-1"; 2]);
    let first = &taken.body["data"][0];
    assert_eq!(first["surchargeAmount"]["displayAmount"], "$0.00", "a file adds none");
    let receipt = first["receiptNumber"].as_str().unwrap();
    let alone = bank.get(&format!("/rest/v1/transactions/{receipt}")).await;
    assert_eq!(&alone.body, first);
}

#[tokio::test]
async fn lines_are_grouped_by_means_and_business_and_bank_accounts_take_days_to_clear() {
    let bank = Bank::with_two_businesses().await;
    let records = [
        bank_account("SANDBOXHIRE", "1.00"),
        card("OTHER", "2.00", GOOD),
        bank_account("OTHER", "4.00"),
        card("OTHER", "8.00", GOOD),
    ];
    let path = uploaded(&bank, "mixed", &file(&records, "15.00")).await;
    bank.minutes_pass(2);
    assert_eq!(status(&bank, &path).await, "AWAITING_CLEARANCE");
    let batches = bank.get(&format!("{path}/payment-batches")).await;
    let shown: Vec<String> = batches.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|batch| {
            let (code, status) = (&batch["supplierBusinessCode"], &batch["status"]);
            format!("{code} {} {status}", batch["totalAmount"]["amount"]).replace('"', "")
        })
        .collect();
    assert_eq!(
        shown,
        [
            "SANDBOXHIRE 1.00 AWAITING_CLEARANCE",
            "OTHER 10.00 COMPLETE",
            "OTHER 4.00 AWAITING_CLEARANCE",
        ]
    );
    // Sunday 1 March; settled on Monday the 2nd, returned until the end of Monday the 9th at most.
    bank.days_pass(7);
    assert_eq!(status(&bank, &path).await, "AWAITING_CLEARANCE");
    bank.days_pass(2);
    assert_eq!(status(&bank, &path).await, "COMPLETE");
}

#[tokio::test]
async fn a_file_waits_for_its_date() {
    let bank = Bank::with_two_businesses().await;
    let content = file(&[card("OTHER", "2.00", GOOD)], "2.00").replace("03-01", "03-03");
    let path = uploaded(&bank, "later", &content).await;
    bank.days_pass(1);
    assert_eq!(status(&bank, &path).await, "QUEUED");
    bank.days_pass(1);
    assert_eq!(status(&bank, &path).await, "COMPLETE");
}

#[tokio::test]
async fn a_registered_account_pays_by_its_token_and_is_refunded_by_file() {
    let bank = Bank::with_two_businesses().await;
    let body = json!({ "customerNumber": "7", "customerName": "Sam", "supplierBusinessCode": "SANDBOXHIRE" });
    let customer = bank.write(SANDBOX_KEY, "POST", "/rest/v1/customers", &body).await;
    let id = customer.body["customerId"].as_str().unwrap().to_owned();
    let body = json!({ "singleUseTokenId": bank.card_token(json!({})).await });
    let path = format!("/rest/v1/customers/{id}/accounts");
    let account = bank.write(SANDBOX_KEY, "POST", &path, &body).await;
    let paying = account.body["accountToken"].as_str().unwrap();
    let record = format!("C,SANDBOXHIRE,CAPTURE,10.00,,,,{paying}");
    let path = uploaded(&bank, "by-token", &file(&[record], "10.00")).await;
    bank.minutes_pass(2);
    assert_eq!(status(&bank, &path).await, "COMPLETE", "{:?}", errors(&bank, &path).await);
    let batch = only_batch(&bank, &path).await;
    let taken = bank.get(&format!("{batch}/transactions")).await;
    let receipt = taken.body["data"][0]["receiptNumber"].as_str().unwrap().to_owned();
    assert_eq!(taken.body["data"][0]["creditCard"]["accountToken"], paying);
    let history = bank.get(&format!("/rest/v1/customers/{id}/transactions")).await;
    assert_eq!(all(&history, "receiptNumber"), [receipt.as_str()]);

    // It can be voided still, and so not be refunded; then twice is too much.
    let path = uploaded(&bank, "too-soon", &file(&[refund(&receipt, "4.00")], "4.00")).await;
    bank.minutes_pass(2);
    assert_eq!(errors(&bank, &path).await[0].1, "The transaction is not refundable.");
    bank.days_pass(3);
    let twice = [refund(&receipt, "6.00"), refund(&receipt, "6.00")];
    let path = uploaded(&bank, "too-much", &file(&twice, "12.00")).await;
    bank.minutes_pass(2);
    assert_eq!(status(&bank, &path).await, "ERROR");
    assert_eq!(errors(&bank, &path).await, [(3, "At most 10.00 may be refunded.".to_owned())]);
    let path = uploaded(&bank, "right", &file(&[refund(&receipt, "6.00")], "6.00")).await;
    bank.minutes_pass(2);
    assert_eq!(status(&bank, &path).await, "COMPLETE");
    let batch = only_batch(&bank, &path).await;
    assert_eq!(bank.get(&batch).await.body["totalAmount"]["displayAmount"], "-$6.00");
    let given = bank.get(&format!("/rest/v1/transactions/{receipt}/refunds")).await;
    assert_eq!(all(&given, "source"), ["QUICKBATCH"]);
    assert_eq!(all(&given, "originalReceiptNumber"), [receipt.as_str()]);
}

#[tokio::test]
async fn a_file_with_a_wrong_line_is_rejected_whole() {
    let bank = Bank::with_two_businesses().await;
    let records = [
        card("SANDBOXHIRE", "10.00", GOOD),
        card("NOBODY", "-1", "4242424242424241,13,27"),
        "X,1".to_owned(),
        "B,OTHER,PAY,1.005,,,,,032,1".to_owned(),
        "P,OTHER,CAPTURE,1.00,,,,C00000000000009".to_owned(),
        "N,OTHER,CAPTURE,1.00,,,4000000001,,01,02,1234567,00,\"Smith, \"\"Jane\"\"\"".to_owned(),
    ];
    let content = format!("H,ELSE,2026-3-1,1\n{}\nT,1,1.00", records.join("\n"));
    let path = uploaded(&bank, "wrong", &content).await;
    assert_eq!(errors(&bank, &path).await, [], "not before it is rejected");
    bank.minutes_pass(2);
    assert_eq!(status(&bank, &path).await, "ERROR");
    let found = errors(&bank, &path).await;
    let lines: Vec<u64> = found.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [1, 1, 1, 3, 3, 3, 3, 4, 5, 5, 6, 7, 8], "{found:?}");
    assert!(found.iter().all(|(_, message)| !message.contains("4242")));
    let none = bank.get("/rest/v1/transactions").await;
    assert_eq!(none.body["data"], json!([]));
    for (name, content, message) in [
        ("empty", "", "The file is empty."),
        ("short", "H,SANDBOX,2026-03-01,2", "The last record must be the trailer, T."),
        ("sum", &file(&[card("OTHER", "2.00", GOOD)], "3.00"), "Amount: the records come to 2.00."),
    ] {
        let path = uploaded(&bank, name, content).await;
        bank.minutes_pass(2);
        assert_eq!(errors(&bank, &path).await[0].1, message);
    }
}

#[tokio::test]
async fn an_upload_is_checked_before_it_is_queued() {
    let bank = Bank::with_two_businesses().await;
    let content = file(&[card("OTHER", "2.00", GOOD)], "2.00");
    let whole = form("a.csv", "CSV2", &content);
    assert_eq!(send(&bank, SANDBOX_KEY, &[FORM], &whole).await.status, 400);
    let json = "Content-Type: application/json";
    assert_eq!(send(&bank, SANDBOX_KEY, &[json, CSRF], &whole).await.status, 415);
    let bare = "Content-Type: multipart/form-data";
    assert_eq!(send(&bank, SANDBOX_KEY, &[bare, CSRF], &whole).await.status, 400);
    assert_eq!(send(&bank, SANDBOX_KEY, &[FORM, CSRF], "--limit").await.status, 400);
    assert_eq!(send(&bank, SANDBOX_KEY, &[FORM, CSRF], "").await.status, 400);
    assert_eq!(send(&bank, &bank.publishable(), &[FORM, CSRF], &whole).await.status, 403);
    let nameless = format!("{}--limit--", part("name=\"file\"", &content));
    for (body, fields) in [
        ("--limit--".to_owned(), &["format", "file"][..]),
        (nameless, &["format", "file"]),
        (form("a.csv", "XML", &content), &["format"]),
        (form("", "CSV2", &content), &["file"]),
        (form(&"a".repeat(101), "CSV2", &content), &["file"]),
    ] {
        let refused = send(&bank, SANDBOX_KEY, &[FORM, CSRF], &body).await;
        assert_eq!((refused.status, wrong_fields(&refused)), (422, fields.to_vec()));
    }
    uploaded(&bank, "a.csv", &content).await;
    let again = upload_with(&bank, SANDBOX_KEY, "a.csv", &content).await;
    assert_eq!((again.status, wrong_fields(&again)), (422, vec!["file"]));
    for path in ["/payment-files/1", "/payment-files/1/errors", "/payment-batches/890000001"] {
        assert_eq!(bank.get(&format!("/rest/v1{path}")).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn other_formats_are_taken_and_rejected_unless_they_are_read_as_csv2() {
    let bank = Bank::with_two_businesses().await;
    let content = file(&[card("OTHER", "2.00", GOOD)], "2.00");
    for (switch, ends) in [("rejected", "ERROR"), ("read_as_csv2", "COMPLETE")] {
        let guesses = json!({ "payment_file_formats": switch });
        assert_eq!(bank.control("POST", "/guesses", guesses).await.status, 200);
        let body = form(switch, "FLAT_FILE_TOKENS", &content);
        let made = send(&bank, SANDBOX_KEY, &[FORM, CSRF], &body).await;
        assert_eq!((made.status, &made.body["format"]), (201, &json!("FLAT_FILE_TOKENS")));
        bank.minutes_pass(2);
        let path = format!("{BASE}/{}", made.body["paymentFileId"].as_str().unwrap());
        assert_eq!(status(&bank, &path).await, ends);
    }
}

#[tokio::test]
async fn lists_hold_a_year_and_come_by_the_twenty() {
    let bank = Bank::with_two_businesses().await;
    let one = file(&[card("OTHER", "2.00", GOOD)], "2.00");
    let old = uploaded(&bank, "old", &one).await;
    bank.days_pass(366);
    for number in 0..21 {
        uploaded(&bank, &format!("new-{number}"), "X").await;
    }
    let first = bank.get(BASE).await;
    assert_eq!(all(&first, "fileName").len(), 20);
    assert_eq!(all(&first, "fileName")[0], "new-20");
    assert_eq!(linked(&first.body, "next").unwrap(), format!("http://bank.example{BASE}?page=2"));
    let second = bank.get(&format!("{BASE}?page=2")).await;
    assert_eq!(all(&second, "fileName"), ["new-0"], "and none that is older than a year");
    assert_eq!(bank.get(&old).await.status, 200);

    let records = vec![card("OTHER", "1.00", "4242424242424242,12,30,Jane"); 23];
    let path = uploaded(&bank, "large", &file(&records, "23.00")).await;
    bank.minutes_pass(2);
    let batch = only_batch(&bank, &path).await;
    let page = bank.get(&format!("{batch}/transactions?page=2")).await;
    assert_eq!(all(&page, "status").len(), 3);
    assert!(linked(&page.body, "prev").is_some());
    let wrong = vec!["X".to_owned(); 21];
    let path = uploaded(&bank, "many-errors", &file(&wrong, "0.00")).await;
    bank.minutes_pass(2);
    assert!(linked(&bank.get(&format!("{path}/errors")).await.body, "next").is_some());
}

#[tokio::test]
async fn a_restricted_key_uploads_for_its_businesses_and_sees_no_others_files() {
    let bank = Bank::with_two_businesses().await;
    let (hire, other) = (bank.restricted_to("SANDBOXHIRE"), bank.restricted_to("OTHER"));
    let content = file(&[card("OTHER", "2.00", GOOD)], "2.00");
    let everyones = uploaded(&bank, "everyones", &content).await;
    let made = upload_with(&bank, &other, "others", &content).await;
    let path = format!("{BASE}/{}", made.body["paymentFileId"].as_str().unwrap());
    let refused = upload_with(&bank, &hire, "not-its-own", &content).await;
    let refused = format!("{BASE}/{}", refused.body["paymentFileId"].as_str().unwrap());
    bank.minutes_pass(2);
    assert_eq!(status(&bank, &path).await, "COMPLETE");
    let message = "supplierBusinessCode: There is no such business.".to_owned();
    assert_eq!(errors(&bank, &refused).await[0], (2, message));
    for (key, file, status) in [
        (&other, &path, 200),
        (&other, &everyones, 404),
        (&hire, &path, 404),
        (&hire, &refused, 200),
    ] {
        assert_eq!(bank.get_with(key, file).await.status, status, "{file}");
        let errors = bank.get_with(key, &format!("{file}/errors")).await;
        assert_eq!(errors.status, status, "{file}");
    }
    assert_eq!(all(&bank.get_with(&other, BASE).await, "fileName"), ["others"]);
    let batch = only_batch(&bank, &path).await;
    assert_eq!(bank.get_with(&other, &batch).await.status, 200);
    assert_eq!(bank.get_with(&hire, &batch).await.status, 404);
    assert_eq!(bank.get_with(&hire, &format!("{batch}/transactions")).await.status, 404);
}
