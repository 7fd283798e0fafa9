//! The reports of payment files, and the switches of what no document says of them.

use quaymaster::sandbox::SANDBOX_KEY;
use serde_json::json;

use super::super::payto_agreements::agreed;
use super::super::support::{Bank, authorization};
use super::{
    CSRF, FORM, GOOD, POOR, all, card, file, form, only_batch, send, status, upload_with, uploaded,
};

#[tokio::test]
async fn the_reports_tell_what_was_taken_each_in_its_format() {
    let bank = Bank::with_two_businesses().await;
    let records = [
        card("SANDBOXHIRE", "10.00", GOOD),
        "B,OTHER,CAPTURE,4.00,\"A, B\",,,,032-051,111110,Jane Smith".to_owned(),
        card("OTHER", "2.00", POOR),
    ];
    let path = uploaded(&bank, "a", &file(&records, "16.00")).await;
    let report = async |key: &str, name: &str, accept: &str| {
        let lines = [authorization(key), format!("Accept: {accept}")];
        bank.ask("GET", &format!("{path}/{name}"), &lines, "").await.expect("a reply")
    };
    let names = [
        ("csv2", "text/csv"),
        ("csv", "text/csv"),
        ("flat-file", "text/plain"),
        ("mts-rejects", "text/plain"),
    ];
    for (name, media) in names {
        assert_eq!(report(SANDBOX_KEY, name, media).await.status, 404, "{name}: not yet");
        assert_eq!(report(SANDBOX_KEY, name, "text/html").await.status, 406, "{name}");
    }
    bank.minutes_pass(2);
    for (name, media) in names {
        let reply = report(SANDBOX_KEY, name, media).await;
        assert_eq!(reply.status, 200, "{name}: {}", reply.text);
        assert!(reply.header("content-type").unwrap().starts_with(media), "{name}");
        assert_eq!(report(&bank.publishable(), name, media).await.status, 403, "{name}");
        let other = bank.restricted_to("OTHER");
        assert_eq!(report(&other, name, media).await.status, 404, "{name}");
    }
    let second = report(SANDBOX_KEY, "csv2", "text/csv").await.text;
    let lines: Vec<&str> = second.split("\r\n").collect();
    assert_eq!(lines.len(), 4, "{second}");
    assert!(lines[0].starts_with("Supplier Business Code,Receipt Number,Transaction Type,"));
    let first = "SANDBOXHIRE,4000000001,PAYMENT,CREDIT_CARD,Approved,0,";
    assert!(lines[1].starts_with(first), "{second}");
    assert!(lines[2].starts_with("OTHER,4000000002,PAYMENT,DIRECT_DEBIT,Declined,1,"), "{second}");
    assert!(lines[2].contains(",AUD,4.00,\"A, B\","), "{second}");
    let version_1 = report(SANDBOX_KEY, "csv", "text/csv").await.text;
    assert!(version_1.starts_with("Community Code,Business Code,Business Name,Source,"));
    assert!(version_1.contains("\r\nSANDBOX,OTHER,"), "{version_1}");
    let flat = report(SANDBOX_KEY, "flat-file", "text/plain").await.text;
    let lines: Vec<&str> = flat.split("\r\n").collect();
    assert!(lines.iter().all(|line| line.chars().count() == 121), "{flat}");
    assert_eq!((&lines[0][..1], lines.len(), lines[4].trim_end()), ("H", 5, "T000003"));
    let rejects = report(SANDBOX_KEY, "mts-rejects", "text/plain").await.text;
    assert!(rejects.starts_with("032-051   1111100000000400Jane Smith "), "{rejects}");
    assert_eq!((rejects.lines().count(), rejects.len()), (1, 88));

    let guesses = json!({ "payment_file_report_too_early": "empty" });
    assert_eq!(bank.control("POST", "/guesses", guesses).await.status, 200);
    let path = uploaded(&bank, "b", "").await;
    let lines = [authorization(SANDBOX_KEY), "Accept: text/csv".to_owned()];
    let early = bank.ask("GET", &format!("{path}/csv2"), &lines, "").await.expect("a reply");
    assert_eq!((early.status, early.text.lines().count()), (200, 1));
}

#[tokio::test]
async fn what_no_document_says_of_an_upload_can_be_otherwise() {
    let bank = Bank::with_two_businesses().await;
    let content = file(&[card("OTHER", "2.00", GOOD)], "2.00");
    let whole = form("a.csv", "CSV2", &content);
    for (switch, status) in [("400", 400), ("403", 403), ("accepted", 201)] {
        let guesses = json!({ "payment_file_csrf": switch });
        assert_eq!(bank.control("POST", "/guesses", guesses).await.status, 200);
        assert_eq!(send(&bank, SANDBOX_KEY, &[FORM], &whole).await.status, status);
    }
    for (switch, status) in [("422", 422), ("409", 409)] {
        let guesses = json!({ "payment_file_name_taken": switch });
        assert_eq!(bank.control("POST", "/guesses", guesses).await.status, 200);
        assert_eq!(send(&bank, SANDBOX_KEY, &[FORM, CSRF], &whole).await.status, status);
    }
    assert_eq!(upload_with(&bank, SANDBOX_KEY, "b.csv", &content).await.status, 201);
}

#[tokio::test]
async fn a_file_is_processed_until_the_payers_bank_has_answered() {
    let bank = Bank::start().await;
    let switches = json!({ "payto_payment_seconds": 150, "payment_file_queue_seconds": 0 });
    assert_eq!(bank.control("POST", "/guesses", switches).await.status, 200);
    let agreement = agreed(&bank, "032-999").await.body["agreementToken"].clone();
    bank.minutes_pass(2);
    let agreement = agreement.as_str().unwrap();
    let record = format!("P,SANDBOXHIRE,CAPTURE,80.00,,,,{agreement}");
    let path = uploaded(&bank, "payto", &file(&[record], "80.00")).await;
    bank.minutes_pass(3);
    assert_eq!(status(&bank, &path).await, "PROCESSING");
    bank.minutes_pass(2);
    assert_eq!(status(&bank, &path).await, "COMPLETE");
    let batch = only_batch(&bank, &path).await;
    let taken = bank.get(&format!("{batch}/transactions")).await;
    assert_eq!(all(&taken, "status"), ["Approved"]);
}
