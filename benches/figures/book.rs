//! A hundred thousand transactions in a sandbox, by way of the merchant's own API: payment files,
//! uploaded, worked through on the sandbox's clock, and read back.
#![expect(clippy::indexing_slicing, reason = "what a JSON answer does not hold is null")]

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quaymaster::sandbox::SANDBOX_KEY;
use serde_json::{Value, json};

use crate::connection::Connection;

/// Where the API is.
pub(crate) const BASE: &str = "/rest/v1";

/// The transactions in the book.
pub(crate) const PAYMENTS: u64 = 100_000;

/// Payments in one file, which then has less than the mebibyte that an upload may have.
const IN_A_FILE: u64 = 10_000;

/// A transaction that was taken.
pub(crate) struct Payment {
    pub(crate) receipt: String,
    pub(crate) reference: String,
}

/// Uploads the files, lets the clock work through them, and returns what was taken, by the bank's own
/// report on each file.
pub(crate) async fn fill(address: SocketAddr) -> Vec<Payment> {
    let mut connection = Connection::open(address).await;
    let mut files = Vec::new();
    for first in (0..PAYMENTS).step_by(usize::try_from(IN_A_FILE).unwrap()) {
        let answer = connection.send(upload(first).as_bytes()).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let file: Value = serde_json::from_str(answer.body).unwrap();
        files.push(file["paymentFileId"].as_str().unwrap().to_owned());
    }
    let later = json!({ "advance": "1h" }).to_string();
    let answer =
        connection.send(post("/_sandbox/clock", "application/json", &later).as_bytes()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let mut payments = Vec::new();
    for file in files {
        let report = get(&format!("/payment-files/{file}/csv2"), "text/csv");
        let answer = connection.send(report.as_bytes()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let mut lines = answer.body.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let heading = lines.next().unwrap();
        let column = |name| heading.iter().position(|heading| *heading == name).unwrap();
        let (receipt, reference) = (column("Receipt Number"), column("Customer Reference Number"));
        payments.extend(lines.map(|fields| Payment {
            receipt: (*fields.get(receipt).unwrap()).to_owned(),
            reference: (*fields.get(reference).unwrap()).to_owned(),
        }));
    }
    payments
}

/// Reads every transaction once: all are there, each is its own, and none is another's.
pub(crate) async fn check(address: SocketAddr, payments: &[Payment]) {
    let mut connection = Connection::open(address).await;
    let mut seen = std::collections::BTreeSet::new();
    for (number, payment) in (0_u64..).zip(payments) {
        let request = get(&format!("/transactions/{}", payment.receipt), "application/json");
        let answer = connection.send(request.as_bytes()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let read: Value = serde_json::from_str(answer.body).unwrap();
        assert_eq!(read["receiptNumber"], *payment.receipt);
        assert_eq!(read["customerReferenceNumber"], *payment.reference);
        assert_eq!(payment.reference, reference(number));
        assert_eq!(read["principalAmount"]["amount"].to_string(), amount(number));
        assert!(seen.insert(&payment.receipt), "{} twice", payment.receipt);
    }
    assert_eq!(u64::try_from(seen.len()).unwrap(), PAYMENTS);
}

fn reference(number: u64) -> String {
    format!("BENCH-{number}")
}

/// Every payment is of another amount.
fn amount(number: u64) -> String {
    let cents = number + 1;
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// The request that uploads a file: records of cards, as the sandbox's guess `payment_file_layout` has
/// them.
fn upload(first: u64) -> String {
    let numbers = first..first + IN_A_FILE;
    let cents: u64 = numbers.clone().map(|number| number + 1).sum();
    let record = |number: u64| {
        let (amount, reference) = (amount(number), reference(number));
        format!(
            "C,SANDBOXHIRE,CAPTURE,{amount},{reference},,,,4242424242424242,12,29,Jane Smith\r\n"
        )
    };
    let records: String = numbers.map(record).collect();
    let content = format!(
        "H,SANDBOX,2026-03-02,2\r\n{records}T,{IN_A_FILE},{}.{:02}\r\n",
        cents / 100,
        cents % 100
    );
    let part = |disposition: &str, content: &str| {
        format!("--limit\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{content}\r\n")
    };
    let file = part(&format!("name=\"file\"; filename=\"run-{first}.csv\""), &content);
    let form = format!("{file}{}--limit--\r\n", part("name=\"format\"", "CSV2"));
    post(&format!("{BASE}/payment-files"), "multipart/form-data; boundary=limit", &form)
}

fn get(path: &str, accept: &str) -> String {
    let authorization = authorization();
    format!(
        "GET {BASE}{path} HTTP/1.1\r\nHost: localhost\r\n{authorization}Accept: {accept}\r\n\r\n"
    )
}

fn post(path: &str, content_type: &str, body: &str) -> String {
    let (authorization, length) = (authorization(), body.len());
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\n{authorization}Accept: application/json\r\n\
         Prevent-CSRF: true\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

fn authorization() -> String {
    format!("Authorization: Basic {}\r\n", STANDARD.encode(format!("{SANDBOX_KEY}:")))
}
