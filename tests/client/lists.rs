//! Lists are followed by the bank's links, and never away from the bank.

use quaymaster::quickstream::json::Fields;
use quaymaster::quickstream::{FaultKind, Listed, Pager, Priority};

use crate::bank::{Answer, Bank, key};

#[derive(Debug, PartialEq)]
struct Receipt(String);

impl Listed for Receipt {
    fn read(mut fields: Fields) -> Option<Self> {
        fields.text("receiptNumber").map(Self)
    }
}

fn page(receipts: &[u32], next: Option<&str>) -> Answer {
    let data: Vec<String> =
        receipts.iter().map(|number| format!(r#"{{"receiptNumber":{number},"new":1}}"#)).collect();
    let help = r#"{"rel":"help","href":"https://help.example/","requestMethod":"GET"}"#;
    let next =
        next.map(|href| format!(r#",{{"rel":"next","href":"{href}","requestMethod":"GET"}}"#));
    let next = next.unwrap_or_default();
    Answer::json(format!(r#"{{"links":[{help}{next}],"data":[{}]}}"#, data.join(",")))
}

fn pager(bank: &Bank, pages_max: usize) -> Pager<Receipt> {
    let (endpoint, path) = ("/transactions", "/transactions?supplierBusinessCode=A");
    bank.client().pages(&key(), endpoint, path, Priority::Sweep, pages_max).unwrap()
}

#[tokio::test]
async fn the_banks_links_are_followed_to_the_end() {
    let second = "/rest/v1/transactions?supplierBusinessCode=A&page=2";
    let bank = Bank::playing(vec![page(&[1, 2], Some(second)), page(&[3], None)]).await;
    let mut pager = pager(&bank, 10);
    let mut receipts = Vec::new();
    while let Some(page) = pager.next().await.unwrap() {
        receipts.extend(page.data.into_iter().map(|receipt| receipt.0));
    }
    assert_eq!(receipts, ["1", "2", "3"]);
    assert_eq!(pager.next().await.unwrap(), None);
    let lines: Vec<String> = bank
        .requests()
        .iter()
        .filter_map(|request| request.lines().next().map(str::to_owned))
        .collect();
    assert_eq!(
        lines,
        [
            "GET /rest/v1/transactions?supplierBusinessCode=A HTTP/1.1".to_owned(),
            format!("GET {second} HTTP/1.1"),
        ]
    );
}

#[tokio::test]
async fn a_link_that_leads_away_is_not_followed() {
    let stranger = Bank::saying(page(&[9], None)).await;
    let elsewhere = stranger.base_url();
    for href in [elsewhere.as_str(), "/rest/v2/transactions", "http://user@127.0.0.1/rest/v1/"] {
        let bank = Bank::saying(page(&[1], Some(href))).await;
        let fault = pager(&bank, 10).next().await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::LinkOutside, "{href}");
        assert_eq!(bank.requests().len(), 1);
    }
    assert_eq!(stranger.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn a_list_that_never_ends_is_said_to_be_unfinished() {
    let bank = Bank::playing(vec![
        page(&[1], Some("/rest/v1/transactions?page=2")),
        page(&[2], Some("/rest/v1/transactions?page=3")),
        page(&[3], Some("/rest/v1/transactions?page=4")),
    ])
    .await;
    let mut short = pager(&bank, 2);
    short.next().await.unwrap();
    short.next().await.unwrap();
    assert_eq!(short.next().await.unwrap_err().kind, FaultKind::TooManyPages);
    assert_eq!(bank.requests().len(), 2);

    let circle = "/rest/v1/transactions?supplierBusinessCode=A";
    let bank = Bank::saying(page(&[1], Some(circle))).await;
    assert_eq!(pager(&bank, 9).next().await.unwrap_err().kind, FaultKind::TooManyPages);
}

#[tokio::test]
async fn after_a_fault_the_list_goes_on_where_it_stood() {
    let second = "/rest/v1/transactions?page=2";
    let busy = Answer::reply("429 Too Many Requests", &[], "");
    let bank = Bank::playing(vec![page(&[1], Some(second)), busy, page(&[2], None)]).await;
    let mut pager = pager(&bank, 10);
    pager.next().await.unwrap();
    assert_eq!(pager.next().await.unwrap_err().kind, FaultKind::Busy);
    let page = pager.next().await.unwrap().unwrap();
    assert_eq!(page.data, [Receipt("2".to_owned())]);
}

#[tokio::test]
async fn an_item_that_cannot_be_read_is_not_passed_over() {
    let body = r#"{"links":[],"data":[{"receiptNumber":"1"},{"receipt":"2"}]}"#;
    let bank = Bank::saying(Answer::json(body)).await;
    let fault = pager(&bank, 10).next().await.unwrap_err();
    assert_eq!((fault.kind, fault.detail.as_str()), (FaultKind::WrongShape, "item 2 of the list"));
}
