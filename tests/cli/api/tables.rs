//! What is no JSON: lists as tables, and payment files handed in.

use quaymaster::domain::names::Environment;
use quaymaster::sandbox::SANDBOX_KEY;
use serde_json::{Value, json};

use super::{Pair, refused};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_comes_as_a_table_where_the_bank_has_one() {
    let pair = Pair::open().await;
    let today = pair.sandbox.clock().now().strftime("%Y-%m-%d").to_string();
    let path = format!("/transactions?settlementDate={today}");
    let ran = pair.api(&["GET", &path, "--accept", "text/csv"]).await;
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    assert!(ran.out.starts_with("Supplier Business Code,Receipt Number,"), "{}", ran.out);
    let ran = pair.api(&["GET", "/payto-agreements", "--accept", "text/csv"]).await;
    assert!(ran.out.starts_with("Payee Reference,Agreement Token,"), "{ran:?}");
    let ran = pair.api(&["GET", "/payto-agreements", "--accept", "application/json"]).await;
    assert_eq!(serde_json::from_str::<Value>(&ran.out).unwrap()["data"], json!([]));
    let heard = pair.heard().len();
    for (words, said) in [
        (&["GET", "/customers", "--accept", "text/csv"][..], "answers with JSON alone"),
        (&["POST", "/unheard-of", "--key", "secret", "--accept", "text/csv"], "with no table"),
        (&["GET", "/transactions", "--accept", "text/csv", "--paginate"], "cannot be used with"),
        (&["GET", "/transactions", "--accept", "text/html"], "text/csv"),
    ] {
        refused(&pair.api(words).await, 64, said);
    }
    assert_eq!(pair.heard().len(), heard, "something was sent");
    pair.sandbox.stop().await;
}

/// A file of one payment.
const PAYMENTS: &str = "H,SANDBOX,2026-03-02,2\r\n\
    C,SANDBOXHIRE,CAPTURE,10.00,CUST-1,INV-1,,,4242424242424242,12,40,Jane Smith\r\nT,1,10.00\r\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_file_is_handed_in_once_under_its_own_name() {
    let pair = Pair::open().await;
    let write = |name: &str, text: &str| {
        let path = pair.directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let run = write("run-1.csv", PAYMENTS);
    let post = ["POST", "/payment-files", "--idempotency-key", "RUN-1", "--file", &run];
    let ran = pair.api(&post).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.err.contains("POST /payment-files: 201, at "), "{}", ran.err);
    let made: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&made["fileName"], &made["format"]), (&json!("run-1.csv"), &json!("CSV2")));
    let again = pair.api(&post).await;
    assert_eq!((again.code, &again.out), (Some(0), &ran.out));
    assert!(pair.heard().pop().unwrap().replayed);
    let path = format!("/payment-files/{}", made["paymentFileId"].as_str().unwrap());
    let read: Value = serde_json::from_str(&pair.api(&["GET", &path]).await.out).unwrap();
    assert_eq!(read["fileName"], "run-1.csv");

    let dry = pair.api(&[&post[..], &["--format", "mts", "--dry-run"]].concat()).await;
    assert_eq!(dry.code, Some(0), "{dry:?}");
    assert!(dry.out.contains("and the file run-1.csv (MTS)"), "{}", dry.out);
    let heard = pair.heard().len();
    let (large, empty) = (write("large.csv", &"x".repeat(36 * 1024 + 1)), write("empty.csv", ""));
    let key = write("key.csv", &format!("H,{SANDBOX_KEY}"));
    for (words, said) in [
        (&["POST", "/payment-files", "--file", "/nowhere/x.csv"][..], "No such file"),
        (&["POST", "/payment-files", "--file", &large], "more than 36 KiB"),
        (&["POST", "/payment-files", "--file", &empty], "1 byte to 64 MiB"),
        (&["POST", "/payment-files", "--file", &key], "marked as a secret key"),
        (&["POST", "/payment-files", "--file", &run, "--format", "CSV3"], "expected CSV2, CSV,"),
        (&["POST", "/payment-files", "--file", &run, "--data", "{}"], "cannot be used with"),
        (&["POST", "/customers", "--file", &run], "POST /customers takes no file"),
        (&["GET", "/payment-files", "--file", &run], "takes no file"),
        (&["POST", "/payment-files", "--data", "{}", "--format", "CSV"], "--file"),
    ] {
        let ran = pair.api(words).await;
        refused(&ran, 64, said);
        assert!(!ran.err.contains("4242") && !ran.err.contains("Jane"), "{}", ran.err);
    }
    assert_eq!(pair.heard().len(), heard, "something was sent");
    pair.sandbox.stop().await;

    let pair = Pair::of(Environment::Production).await;
    refused(&pair.api(&["POST", "/payment-files", "--file", &run]).await, 3, "(get_only)");
    let table = ["GET", "/payto-agreements", "--accept", "text/csv"];
    assert_eq!(pair.api(&table).await.code, Some(0));
    assert_eq!(pair.heard().len(), 1);
    pair.sandbox.stop().await;
}
