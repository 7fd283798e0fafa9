//! PayTo agreements: asked for, answered by payers as their BSB has it, changed, and paid under.

use quaymaster::sandbox::SANDBOX_KEY;
use serde_json::{Value, json};

use super::support::{Bank, Reply, wrong_fields};
use super::transactions::{receipt, take};

const AGREEMENTS: &str = "/rest/v1/payto-agreements";

fn wanted(bank: &Bank, bsb: &str) -> Value {
    let today = bank.now().strftime("%Y-%m-%d").to_string();
    json!({
        "supplierBusinessCode": "SANDBOXHIRE", "payeeReference": "AGR-5",
        "paymentDetails": { "purpose": "RETL", "description": "Monthly hire",
                            "startDate": today, "automaticRenewal": true },
        "paymentTerms": { "frequency": "MNTH", "agreementType": "VARI", "paymentAmount": "80.00",
                          "maximumPaymentAmount": "250.00", "currency": "AUD" },
        "payerDetails": { "payerType": "PERS", "payerName": "SAM TEST", "payerReference": "H-77",
                          "bsb": bsb, "accountNumber": "123456" },
    })
}

pub(super) async fn agreed(bank: &Bank, bsb: &str) -> Reply {
    let made = bank.write(SANDBOX_KEY, "POST", AGREEMENTS, &wanted(bank, bsb)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made
}

fn path(reply: &Reply) -> String {
    format!("{AGREEMENTS}/{}", reply.body["agreementToken"].as_str().unwrap())
}

async fn status(bank: &Bank, path: &str) -> String {
    let read = bank.get(path).await;
    assert_eq!(read.status, 200, "{}", read.text);
    read.body["agreementStatus"].as_str().unwrap().to_owned()
}

async fn change(bank: &Bank, path: &str, body: Value) -> Reply {
    bank.write(SANDBOX_KEY, "PATCH", path, &body).await
}

#[tokio::test]
async fn an_agreement_waits_for_its_payer_and_becomes_active() {
    let bank = Bank::start().await;
    let made = agreed(&bank, "032-999").await;
    assert_eq!(made.body["agreementStatus"], "PENDING");
    assert_eq!(made.body["paymentTerms"]["maximumPaymentAmount"], "250.00", "amounts are texts");
    assert_eq!(made.body["agreementToken"].as_str().map(str::len), Some(15));
    assert!(made.header("location").unwrap().ends_with(&path(&made)));
    bank.minutes_pass(2);
    assert_eq!(status(&bank, &path(&made)).await, "ACTIVE");
    assert_eq!(bank.get(&format!("{AGREEMENTS}/C99999999999999")).await.status, 404);
}

#[tokio::test]
async fn payers_do_what_their_bsb_says() {
    let bank = Bank::start().await;
    let mut paths = Vec::new();
    for bsb in ["032001", "032002", "032003", "032004", "032005", "032006", "032007"] {
        let mut body = wanted(&bank, bsb);
        body["respondByTimeMinutes"] = json!(60);
        let made = bank.write(SANDBOX_KEY, "POST", AGREEMENTS, &body).await;
        paths.push((path(&made), made.body["agreementStatus"].as_str().unwrap().to_owned()));
    }
    let at_first: Vec<&str> = paths.iter().map(|(_, status)| status.as_str()).collect();
    let expected = ["PENDING", "PENDING", "CREATING", "CREATING", "PENDING", "CREATING", "PENDING"];
    assert_eq!(at_first, expected);
    for (minutes, expected) in [
        (10, ["DECLINED", "PENDING", "FAILED", "ACTIVE", "PENDING", "CREATING", "ACTIVE"]),
        (60, ["DECLINED", "RECALLED", "FAILED", "ACTIVE", "EXPIRED", "ACTIVE", "ACTIVE"]),
    ] {
        bank.minutes_pass(minutes);
        for ((path, _), expected) in paths.iter().zip(expected) {
            assert_eq!(status(&bank, path).await, expected, "after {minutes} minutes");
        }
    }
}

#[tokio::test]
async fn only_what_is_lawful_follows() {
    let bank = Bank::start().await;
    let path = path(&agreed(&bank, "032999").await);
    let to = |word: &str| json!({ "agreementStatus": word, "reasonCode": "MD17" });
    assert_eq!(change(&bank, &path, to("CANCELLED")).await.status, 422, "recall it instead");
    bank.minutes_pass(2);
    assert_eq!(change(&bank, &path, to("RECALLED")).await.status, 422);
    let suspended = change(&bank, &path, to("SUSPENDED")).await;
    assert_eq!((suspended.status, &suspended.body["statusChangedBy"]), (200, &json!("PAYEE")));
    assert_eq!(suspended.body["statusReasonCode"], "MD17");
    assert_eq!(change(&bank, &path, to("ACTIVE")).await.body["agreementStatus"], "ACTIVE");
    assert_eq!(change(&bank, &path, to("CANCELLED")).await.body["agreementStatus"], "CANCELLED");
    assert_eq!(change(&bank, &path, to("ACTIVE")).await.status, 422);
    assert_eq!(change(&bank, &path, json!({})).await.status, 422);
    assert_eq!(wrong_fields(&change(&bank, &path, to("ODD")).await), ["agreementStatus"]);
    bank.control("POST", "/guesses", json!({ "payto_wrong_state": "409" })).await;
    assert_eq!(change(&bank, &path, to("ACTIVE")).await.status, 409);
}

#[tokio::test]
async fn one_amendment_at_a_time_waits_for_the_payer() {
    let bank = Bank::start().await;
    bank.control("POST", "/guesses", json!({ "payto_payer_answers_minutes": 5 })).await;
    let path = path(&agreed(&bank, "032999").await);
    bank.minutes_pass(6);
    let dearer = json!({ "paymentTerms": { "frequency": "MNTH", "agreementType": "VARI",
                         "paymentAmount": "90.00", "maximumPaymentAmount": "300.00" } });
    let amended = change(&bank, &path, dearer.clone()).await;
    assert_eq!(amended.status, 200, "{}", amended.text);
    assert_eq!(amended.body["pendingAmendment"]["amendmentStatus"], "PENDING");
    assert_eq!(amended.body["paymentTerms"]["maximumPaymentAmount"], "250.00", "old terms hold");
    assert_eq!(change(&bank, &path, dearer.clone()).await.status, 422, "one waits");
    let recall = json!({ "amendmentStatus": "RECALLED" });
    assert_eq!(change(&bank, &path, recall.clone()).await.status, 200);
    assert_eq!(change(&bank, &path, recall).await.status, 422, "none waits");
    bank.minutes_pass(10);
    assert_eq!(change(&bank, &path, dearer.clone()).await.status, 200);
    bank.minutes_pass(6);
    let read = bank.get(&path).await;
    assert_eq!(read.body["pendingAmendment"]["amendmentStatus"], "COMPLETED");
    assert_eq!(read.body["paymentTerms"]["maximumPaymentAmount"], "300.00");
    assert_eq!(change(&bank, &path, dearer).await.status, 422, "it changes nothing");
    let alone = json!({ "payeeReference": "AGR-6",
                        "paymentDetails": { "description": "Weekly hire" } });
    let revised = change(&bank, &path, alone).await;
    assert_eq!(revised.body["payeeReference"], "AGR-6");
    assert_eq!(revised.body["paymentDetails"]["description"], "Weekly hire");
    assert_eq!(revised.body["agreementStatus"], "ACTIVE", "at once");
}

fn payment(agreement: &str, amount: f64) -> Value {
    let token = agreement.rsplit('/').next().unwrap();
    json!({ "transactionType": "PAYMENT", "supplierBusinessCode": "SANDBOXHIRE",
            "principalAmount": amount, "currency": "AUD",
            "payToData": { "agreementToken": token, "endToEndId": "HIRE-77-0001" } })
}

async fn settled(bank: &Bank, agreement: &str, amount: f64) -> String {
    let taken = take(bank, &payment(agreement, amount)).await;
    assert_eq!((taken.status, &taken.body["status"]), (202, &json!("Pending")), "{}", taken.text);
    let summary = &taken.body["summaryCode"];
    assert_eq!(summary, &json!("2"), "the outcome is not known yet");
    bank.minutes_pass(1);
    let read = bank.get(&format!("/rest/v1/transactions/{}", receipt(&taken))).await;
    read.body["status"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn payments_are_pending_first_and_keep_to_the_terms() {
    let bank = Bank::start().await;
    let path = path(&agreed(&bank, "032999").await);
    assert_eq!(settled(&bank, &path, 80.00).await, "Declined", "the payer has not agreed yet");
    bank.minutes_pass(2);
    assert_eq!(settled(&bank, &path, 80.00).await, "Approved");
    assert_eq!(settled(&bank, &path, 250.01).await, "Declined", "above the maximum");
    let once = self::path(&agreed(&bank, "032007").await);
    bank.minutes_pass(2);
    assert_eq!(settled(&bank, &once, 80.00).await, "Approved");
    assert_eq!(status(&bank, &once).await, "CANCELLED", "by the payer, after the first payment");
}

#[tokio::test]
async fn seven_declined_payments_in_a_row_suspend_it() {
    let bank = Bank::start().await;
    let path = path(&agreed(&bank, "032999").await);
    bank.minutes_pass(2);
    for _ in 0..7 {
        assert_eq!(settled(&bank, &path, 999.00).await, "Declined");
    }
    let read = bank.get(&path).await;
    assert_eq!(read.body["agreementStatus"], "SUSPENDED");
    assert_eq!(read.body["statusReasonCode"], "MSUC");
    let resume = change(&bank, &path, json!({ "agreementStatus": "ACTIVE" })).await;
    assert_eq!(resume.status, 422, "it is not the payee's to resume");
}

#[tokio::test]
async fn a_direct_debit_that_is_moved_is_active_and_blocked_for_five_days() {
    let bank = Bank::start().await;
    let mut body = wanted(&bank, "032999");
    body["agreementCreationType"] = json!("MIGRATED_DDR");
    let made = bank.write(SANDBOX_KEY, "POST", AGREEMENTS, &body).await;
    assert_eq!(made.body["agreementStatus"], "ACTIVE");
    assert_eq!(settled(&bank, &path(&made), 80.00).await, "Declined");
    bank.days_pass(5);
    assert_eq!(settled(&bank, &path(&made), 80.00).await, "Approved");
    let mut body = wanted(&bank, "032999");
    body["agreementCreationType"] = json!("MIGRATED_DDR");
    body.as_object_mut().unwrap().remove("payeeReference");
    let without = bank.write(SANDBOX_KEY, "POST", AGREEMENTS, &body).await;
    assert_eq!(wrong_fields(&without), ["payeeReference"]);
}

#[tokio::test]
async fn what_is_wrong_is_named_by_its_path() {
    let bank = Bank::start().await;
    let mut body = wanted(&bank, "032999");
    body["paymentDetails"]["purpose"] = json!("FUN");
    body["paymentDetails"]["startDate"] = json!("2001-01-01");
    body["paymentDetails"]["endDate"] = json!("2000-01-01");
    body["paymentTerms"]["paymentAmount"] = json!("300.00");
    body["payerDetails"]["payId"] = json!("a@example.com");
    body["respondByTimeMinutes"] = json!(7201);
    let reply = bank.write(SANDBOX_KEY, "POST", AGREEMENTS, &body).await;
    let mut wrong = wrong_fields(&reply);
    wrong.sort_unstable();
    let expected = [
        "payerDetails.payId",
        "paymentDetails.endDate",
        "paymentDetails.purpose",
        "paymentDetails.startDate",
        "paymentTerms.paymentAmount",
        "respondByTimeMinutes",
    ];
    assert_eq!(wrong, expected, "{}", reply.text);
}

#[tokio::test]
async fn the_list_is_filtered_and_given_as_csv() {
    let bank = Bank::with_two_businesses().await;
    let first = agreed(&bank, "032001").await;
    bank.minutes_pass(2);
    let second = agreed(&bank, "032999").await;
    let found = async |query: &str| -> usize {
        let list = bank.get(&format!("{AGREEMENTS}?{query}")).await;
        list.body["data"].as_array().expect("a list").len()
    };
    assert_eq!(found("").await, 2);
    assert_eq!(found("agreementStatus=DECLINED").await, 1);
    assert_eq!(found("payeeReference=AGR-5&agreementStatus=PENDING").await, 1);
    assert_eq!(found("supplierBusinessCode=OTHER").await, 0);
    assert_eq!(bank.get(&format!("{AGREEMENTS}?agreementStatus=ODD")).await.status, 422);
    let report = bank.get(&format!("{AGREEMENTS}?format=csv")).await;
    let lines: Vec<&str> = report.text.split("\r\n").collect();
    assert!(lines[0].starts_with("Payee Reference,Agreement Token,Agreement Status,Customer ID,"));
    let begins = |reply: &Reply, status: &str| {
        format!("AGR-5,{},{status},", reply.body["agreementToken"].as_str().unwrap())
    };
    assert!(lines[1].starts_with(&begins(&second, "PENDING")), "{}", report.text);
    assert!(lines[2].starts_with(&begins(&first, "DECLINED")), "{}", report.text);
    let other = bank.restricted_to("OTHER");
    assert_eq!(bank.get_with(&other, AGREEMENTS).await.body["data"], json!([]));
    assert_eq!(bank.get_with(&other, &path(&first)).await.status, 404);
}

#[tokio::test]
async fn a_person_has_payers_and_banks_act_at_once_or_later() {
    let bank = Bank::start().await;
    bank.control("POST", "/guesses", json!({ "payto_payers": "by_hand" })).await;
    let path = path(&agreed(&bank, "032001").await);
    let token = path.rsplit('/').next().unwrap();
    let place = format!("/facilities/SANDBOX/payto-agreements/{token}");
    let act = async |body: Value| bank.control("POST", &place, body).await;
    bank.minutes_pass(60);
    assert_eq!(status(&bank, &path).await, "PENDING", "nobody answers by himself");
    assert_eq!(act(json!({ "act": "approve" })).await.status, 200);
    assert_eq!(status(&bank, &path).await, "ACTIVE");
    assert_eq!(act(json!({ "act": "pause", "after": "1h" })).await.status, 200);
    assert_eq!(status(&bank, &path).await, "ACTIVE", "not yet");
    bank.minutes_pass(60);
    let read = bank.get(&path).await;
    assert_eq!(
        (&read.body["agreementStatus"], &read.body["statusChangedBy"]),
        (&json!("SUSPENDED"), &json!("PAYER"))
    );
    assert_eq!(act(json!({ "act": "approve" })).await.status, 400, "it cannot happen now");
    assert_eq!(act(json!({ "act": "sing" })).await.status, 400);
    let none = bank
        .control("POST", "/facilities/SANDBOX/transactions/4999999999", json!({ "act": "return" }))
        .await;
    assert_eq!(none.status, 404);
}

#[tokio::test]
async fn an_agreement_ends_after_the_last_day_it_has_by_then() {
    let bank = Bank::start().await;
    bank.control("POST", "/guesses", json!({ "payto_payers": "by_hand" })).await;
    let until = |day: &str| json!({ "endDate": day, "automaticRenewal": false });
    let mut paths = Vec::new();
    for _ in 0..4 {
        let mut body = wanted(&bank, "032999");
        body["paymentDetails"]["endDate"] = json!("2026-03-04");
        body["paymentDetails"]["automaticRenewal"] = json!(false);
        let made = bank.write(SANDBOX_KEY, "POST", AGREEMENTS, &body).await;
        assert_eq!(made.status, 201, "{}", made.text);
        paths.push(path(&made));
    }
    let act = async |path: &str, act: &str| {
        let token = path.rsplit('/').next().unwrap();
        let place = format!("/facilities/SANDBOX/payto-agreements/{token}");
        assert_eq!(bank.control("POST", &place, json!({ "act": act })).await.status, 200);
    };
    let amendments =
        [until("2026-03-02"), until("2026-03-06"), json!({ "automaticRenewal": true })];
    for (path, amendment) in paths.iter().zip(amendments) {
        act(path, "approve").await;
        let amended = change(&bank, path, json!({ "paymentDetails": amendment })).await;
        assert_eq!(amended.status, 200, "{}", amended.text);
        act(path, "approve_amendment").await;
    }
    let mut seen = Vec::new();
    for _ in 0..2 {
        bank.days_pass(2);
        for path in &paths {
            seen.push(status(&bank, path).await);
        }
    }
    let days_2 = ["CANCELLED", "ACTIVE", "ACTIVE", "PENDING"];
    let days_4 = ["CANCELLED", "ACTIVE", "ACTIVE", "PENDING"];
    assert_eq!(seen, [days_2, days_4].concat());
    // The payer approves when the last day is past.
    act(&paths[3], "approve").await;
    assert_eq!(status(&bank, &paths[3]).await, "CANCELLED");
    bank.days_pass(3);
    assert_eq!(status(&bank, &paths[1]).await, "CANCELLED");
    bank.days_pass(20);
    assert_eq!(status(&bank, &paths[2]).await, "ACTIVE", "it renews itself");
}

#[tokio::test]
async fn an_agreement_ends_with_the_day_that_the_payer_approved_last() {
    let bank = Bank::start().await;
    let mut body = wanted(&bank, "032999");
    body["paymentDetails"]["automaticRenewal"] = json!(false);
    body["paymentDetails"]["endDate"] = json!("2026-03-20");
    let made = bank.write(SANDBOX_KEY, "POST", AGREEMENTS, &body).await;
    let path = path(&made);
    bank.minutes_pass(2);
    let until = |day: &str| json!({ "paymentDetails": { "endDate": day } });
    for (day, wrong) in [("2026-02-28", true), ("2026-03-30", false)] {
        let amended = change(&bank, &path, until(day)).await;
        let expected: &[&str] = if wrong { &["paymentDetails.endDate"] } else { &[] };
        assert_eq!(wrong_fields(&amended), expected, "{}", amended.text);
    }
    bank.minutes_pass(2);
    bank.days_pass(25);
    assert_eq!(status(&bank, &path).await, "ACTIVE", "the old end has passed");
    bank.days_pass(5);
    assert_eq!(status(&bank, &path).await, "CANCELLED");
}

#[tokio::test]
async fn an_agreement_that_renews_itself_gets_an_end_only_by_not_doing_so_any_more() {
    let bank = Bank::start().await;
    let until = |day: &str| json!({ "paymentDetails": { "endDate": day } });
    let made = bank.write(SANDBOX_KEY, "POST", AGREEMENTS, &wanted(&bank, "032999")).await;
    let path = path(&made);
    bank.minutes_pass(2);
    let refused = change(&bank, &path, until("2026-03-20")).await;
    assert_eq!(wrong_fields(&refused), ["paymentDetails.endDate"], "{}", refused.text);
    let both = json!({ "paymentDetails": { "endDate": "2026-03-20", "automaticRenewal": false } });
    assert_eq!(change(&bank, &path, both).await.status, 200);
    bank.minutes_pass(2);
    bank.days_pass(25);
    assert_eq!(status(&bank, &path).await, "CANCELLED");
}
