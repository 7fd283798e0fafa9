//! The lists of transactions, and the report of a day.

use std::time::Duration;

use jiff::civil::date;
use quaymaster::quickstream::models::details::{
    CardNumber, NzAccountNumber, NzAccountSuffix, NzBankCode, NzBranchCode,
};
use quaymaster::quickstream::models::ids::{AccountToken, ReceiptNumber};
use quaymaster::quickstream::models::texts::Reference;
use quaymaster::quickstream::resources::transactions::lists::{Month, Narrow, NzAccountWanted};
use quaymaster::quickstream::resources::transactions::model::Transaction;
use quaymaster::quickstream::resources::transactions::notes::Eci;
use quaymaster::quickstream::resources::transactions::payment::{Payment, Refund};
use quaymaster::quickstream::resources::transactions::report::TransactionsReport;
use quaymaster::quickstream::resources::transactions::source::Stored;
use quaymaster::quickstream::{Fault, FaultKind};
use serde_json::json;

use crate::bench::{
    ELSEWHERE, HIRE, MASTERCARD, VISA, Wire, bank_account, cents, code, kind, stranger,
};
use crate::wire::all;

async fn pay(wire: &Wire, business: &str, source: Stored, reference: &str) -> Transaction {
    let mut payment = Payment::new(source, cents(1_000));
    payment.business = Some(code(business));
    payment.notes.payment_reference = Some(Reference::new(reference).unwrap());
    let name = wire.name();
    wire.client.take_payment(&wire.key, &name, &payment).await.unwrap().value
}

fn receipts(found: Result<Vec<Transaction>, Fault>) -> Vec<ReceiptNumber> {
    found.unwrap().into_iter().map(|transaction| transaction.receipt_number).collect()
}

#[tokio::test]
async fn the_recent_ones_come_newest_first_and_by_the_twenty() {
    let wire = Wire::start().await;
    let mut made = Vec::new();
    for number in 0..45 {
        let business = if number % 3 == 0 { ELSEWHERE } else { HIRE };
        let paid = pay(&wire, business, wire.stored(VISA).await, "R").await;
        made.push((business, paid.receipt_number));
        wire.pass(Duration::from_secs(1));
    }
    made.reverse();
    let (client, key) = (&wire.client, &wire.key);
    let mut pager = client.recent_transactions(key, None).unwrap();
    let page = pager.next().await.unwrap().unwrap();
    assert_eq!(page.data.len(), 20);
    assert!(page.links.iter().any(|link| link.rel == "next"));
    assert!(page.links.iter().all(|link| link.rel != "prev"));
    let page = pager.next().await.unwrap().unwrap();
    assert!(page.links.iter().any(|link| link.rel == "prev"));
    let found = receipts(all(client.recent_transactions(key, None)).await);
    let everyone: Vec<_> = made.iter().map(|(_, receipt)| receipt.clone()).collect();
    assert_eq!(found, everyone);
    let sales = receipts(all(client.recent_transactions(key, Some(&code(ELSEWHERE)))).await);
    let restricted = wire.restricted_key();
    let theirs = receipts(all(client.recent_transactions(&restricted, None)).await);
    let wanted: Vec<_> = made
        .iter()
        .filter(|(of, _)| *of == ELSEWHERE)
        .map(|(_, receipt)| receipt.clone())
        .collect();
    assert_eq!((sales, theirs), (wanted.clone(), wanted));

    let unknown = kind(all(client.recent_transactions(&stranger(), None)).await);
    assert_eq!(unknown, Some(FaultKind::Unauthorised));
    let public = wire.publishable.key();
    let wrong = kind(all(client.recent_transactions(public, None)).await);
    assert_eq!(wrong, Some(FaultKind::Forbidden));
}

#[tokio::test]
async fn each_search_finds_its_own() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let of_visa = pay(&wire, HIRE, wire.stored(VISA).await, "INV 1/9 é").await;
    let of_mastercard = pay(&wire, ELSEWHERE, wire.stored(MASTERCARD).await, "INV-2").await;
    let account = bank_account("032-999", "999994");
    let of_bank = pay(&wire, HIRE, wire.stored_bank("032-999", "999994").await, "INV-3").await;
    let everyone = Narrow::default();

    let reference = Reference::new("INV 1/9 é").unwrap();
    let found = receipts(all(client.transactions_for_reference(key, &reference, &everyone)).await);
    assert_eq!(found, std::slice::from_ref(&of_visa.receipt_number));
    let month = Narrow { month: Some(Month::new(2026, 2).unwrap()), ..Narrow::default() };
    let found = receipts(all(client.transactions_for_reference(key, &reference, &month)).await);
    assert_eq!(found, []);
    let month = Narrow { month: Some(date(2026, 3, 2).into()), ..Narrow::default() };
    let found = receipts(all(client.transactions_for_reference(key, &reference, &month)).await);
    assert_eq!(found.len(), 1);

    let number = CardNumber::new(MASTERCARD).unwrap();
    let found = receipts(all(client.transactions_for_card(key, &number, &everyone)).await);
    assert_eq!(found, std::slice::from_ref(&of_mastercard.receipt_number));
    let hire = Narrow { business: Some(code(HIRE)), month: None };
    assert_eq!(receipts(all(client.transactions_for_card(key, &number, &hire)).await), []);

    let (bsb, number) = (&account.bsb, &account.number);
    let found =
        receipts(all(client.transactions_for_bank_account(key, bsb, number, &everyone)).await);
    assert_eq!(found, std::slice::from_ref(&of_bank.receipt_number));
    let nz = NzAccountWanted {
        bank: NzBankCode::new("15").unwrap(),
        branch: NzBranchCode::new("3900").unwrap(),
        number: NzAccountNumber::new("123416").unwrap(),
        suffix: NzAccountSuffix::new("01").ok(),
    };
    let found = receipts(all(client.transactions_for_nz_bank_account(key, &nz, &everyone)).await);
    assert_eq!(found, []);

    let day = of_visa.settlement_date.unwrap();
    let mut found = receipts(all(client.transactions_for_settlement_date(key, day, None)).await);
    let mut wanted = vec![
        of_visa.receipt_number.clone(),
        of_mastercard.receipt_number.clone(),
        of_bank.receipt_number.clone(),
    ];
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
    let empty = all(client.transactions_for_settlement_date(key, date(2026, 2, 2), None)).await;
    assert_eq!(receipts(empty), []);

    let token = AccountToken::new("SANDBOX-999999999").unwrap();
    let found = all(client.transactions_for_account(key, &token, &everyone)).await;
    assert!(found.as_ref().is_ok_and(Vec::is_empty) || kind(found) == Some(FaultKind::NotFound));
    let nobody = ReceiptNumber::new("9999999999").unwrap();
    assert_eq!(kind(all(client.refunds(key, &nobody)).await), Some(FaultKind::NotFound));
    assert_eq!(kind(all(client.retries(key, &nobody)).await), Some(FaultKind::NotFound));
    assert_eq!(receipts(all(client.retries(key, &of_visa.receipt_number)).await), []);
}

#[tokio::test]
async fn what_fraud_guard_holds_is_listed() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    assert_eq!(receipts(all(client.suspended_transactions(key, None)).await), []);
    wire.guess(&json!({ "fraud_guard_from_dollars": 5 }));
    let mut payment = Payment::new(wire.stored(VISA).await, cents(1_000));
    payment.business = Some(code(HIRE));
    payment.card.eci = Some(Eci::Internet(None));
    let name = wire.name();
    let held = client.take_payment(key, &name, &payment).await.unwrap().value;
    assert_eq!(held.state(), Some(quaymaster::domain::transaction::State::Suspended));
    assert!(held.fraud_guard_result.is_some());
    let found = receipts(all(client.suspended_transactions(key, None)).await);
    assert_eq!(found, [held.receipt_number]);
    let sales = client.suspended_transactions(key, Some(&code(ELSEWHERE)));
    assert_eq!(receipts(all(sales).await), []);
}

#[tokio::test]
async fn the_report_of_a_day_has_every_transaction_of_it() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let first = pay(&wire, HIRE, wire.stored(VISA).await, "a \"b\", c").await;
    let second = pay(&wire, ELSEWHERE, wire.stored(MASTERCARD).await, "d").await;
    let day = first.settlement_date.unwrap();
    wire.pass(Duration::from_hours(24));
    let name = wire.name();
    let back = Refund::new(first.receipt_number.clone(), cents(100));
    client.refund_payment(key, &name, &back).await.unwrap();

    let mut report = client.transactions_report(key, &TransactionsReport::of(day)).await.unwrap();
    let columns = report.columns().to_vec();
    assert_eq!(columns.first().map(String::as_str), Some("Supplier Business Code"), "{columns:?}");
    let mut rows = Vec::new();
    while let Some(row) = report.next().await.unwrap() {
        assert_eq!(row.cells().len(), columns.len());
        rows.push(row);
    }
    assert_eq!(rows.len(), 2);
    for paid in [&first, &second] {
        let row = rows
            .iter()
            .find(|row| row.cells().iter().any(|cell| cell == paid.receipt_number.as_str()));
        let reference = paid.payment_reference_number.as_deref().unwrap();
        assert!(row.unwrap().cells().iter().any(|cell| cell == reference), "{reference}");
    }
    let wanted = TransactionsReport::of(day).of_business(code(ELSEWHERE));
    let mut report = client.transactions_report(key, &wanted).await.unwrap();
    let row = report.next().await.unwrap().unwrap();
    assert_eq!(row.cell("Supplier Business Code"), Some(ELSEWHERE));
    assert_eq!(report.next().await.unwrap(), None);
    let unknown = client.transactions_report(&stranger(), &wanted).await;
    assert_eq!(kind(unknown), Some(FaultKind::Unauthorised));
}
