//! Payment files: the form they come in, and what stands in them.

use quaymaster::domain::money::Cents;
use serde_json::Value;

use super::bank::{Asked, Bank, basic, with_bank};
use super::sessions::split;
use super::tables;

/// The words for a file's format.
const FORMATS: &[&str] =
    &["CSV2", "CSV", "CSV_TOKENS", "FLAT_FILE", "FLAT_FILE_TOKENS", "MTS", "MTS_TOKENS"];
/// How long the bank has for a file.
const A_WEEK: u64 = 7 * 86_400;
/// The reports on a file.
const REPORTS: &[&str] = &["csv2", "csv", "flat-file", "mts-rejects"];

/// A form as it may be: the line of its `Content-Type`, then its bytes.
pub(super) fn multipart(data: &[u8]) {
    let (content_type, body) = split(data, b"\n");
    with_bank(|bank| {
        upload(bank, content_type, body.to_vec());
    });
}

/// A file as it may be, in a form as it should be: the first byte says which format it claims to have.
/// Its batches come to what its records say, and each of its reports is a table of them.
pub(super) fn payment_files(data: &[u8]) {
    let Some((format, file)) = data.split_first() else { return };
    let format = FORMATS[usize::from(*format) % FORMATS.len()];
    let boundary = "quay2f6b9d1c";
    if file.windows(boundary.len()).any(|window| window == boundary.as_bytes()) {
        return;
    }
    let mut body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"format\"\r\n\r\n{format}\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(file);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    let content_type = format!("multipart/form-data; boundary={boundary}");
    with_bank(|bank| {
        let Some(id) = upload(bank, content_type.as_bytes(), body) else { return };
        bank.pass(A_WEEK);
        judge(bank, &id, file);
    });
}

/// Uploads, and gives the number of the file if it was taken.
fn upload(bank: &Bank, content_type: &[u8], body: Vec<u8>) -> Option<String> {
    let headers = vec![
        (&b"authorization"[..], basic(quaymaster::sandbox::SANDBOX_KEY)),
        (b"accept", b"application/json".to_vec()),
        (b"content-type", content_type.to_vec()),
        (b"idempotency-key", b"file".to_vec()),
        (b"prevent-csrf", b"true".to_vec()),
    ];
    let asked = Asked { method: "POST", target: "/rest/v1/payment-files", headers, body };
    let reply = bank.ask(&asked)?;
    let made: Value = serde_json::from_slice(&reply.body).ok()?;
    reply.status.is_success().then(|| made["paymentFileId"].as_str().unwrap().to_owned())
}

fn judge(bank: &Bank, id: &str, file: &[u8]) {
    let status = get(bank, &format!("/payment-files/{id}"))["status"].as_str().unwrap().to_owned();
    let errors = get(bank, &format!("/payment-files/{id}/errors"));
    let batches = get(bank, &format!("/payment-files/{id}/payment-batches"));
    let errors = errors["data"].as_array().unwrap().len();
    let batches = batches["data"].as_array().unwrap();
    let shown = || format!("{status}: {}", String::from_utf8_lossy(file));
    assert!(errors == 0 || batches.is_empty(), "{}", shown());
    // A file of a later day waits for it.
    assert!(errors > 0 || !batches.is_empty() || status == "QUEUED", "{}", shown());
    let records = String::from_utf8_lossy(file);
    let records = records.lines().filter(|line| !line.trim().is_empty()).count().saturating_sub(2);
    let counts = batches.iter().map(|batch| batch["transactionCount"].as_u64().unwrap());
    assert!(batches.is_empty() || counts.sum::<u64>() == records as u64);
    for batch in batches.iter().take(3) {
        let amount = batch["totalAmount"]["amount"].to_string();
        assert!(Cents::parse(&amount).is_ok(), "{amount}");
        let id = batch["paymentBatchId"].as_str().unwrap();
        get(bank, &format!("/payment-batches/{id}/transactions"));
    }
    for report in REPORTS {
        let reply = ask(bank, &format!("/payment-files/{id}/{report}"), "text/csv, text/plain");
        if reply.status.is_success() && *report == "csv2" {
            tables::read(&[&reply.body]).unwrap();
        }
    }
}

fn ask(bank: &Bank, path: &str, accept: &str) -> quaymaster::http::Reply {
    let headers = vec![
        (&b"authorization"[..], basic(quaymaster::sandbox::SANDBOX_KEY)),
        (b"accept", accept.as_bytes().to_vec()),
    ];
    let target = format!("/rest/v1{path}");
    bank.ask(&Asked { method: "GET", target: &target, headers, body: Vec::new() }).unwrap()
}

fn get(bank: &Bank, path: &str) -> Value {
    serde_json::from_slice(&ask(bank, path, "application/json").body).unwrap()
}
