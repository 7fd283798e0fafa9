//! What every row answers alike: keys that do not fit, things that are not there, too much at once, a
//! bank with a bad day; and that the client says it by its own word each time.

use std::collections::BTreeMap;
use std::time::Duration;

use quaymaster::clock::Clock;
use quaymaster::domain::product::Product;
use quaymaster::domain::retry::{Action, Earlier, Method};
use quaymaster::key::KeyText;
use quaymaster::quickstream::ask::{Ask, Body, Verb};
use quaymaster::quickstream::resources::transactions::payment::Payment;
use quaymaster::quickstream::resources::transactions::source::Source;
use quaymaster::quickstream::{Client, ClientOptions, FaultKind, Priority, PublishableKey};
use quaymaster::sandbox::{Fault as Rule, KeyChange, NewSandboxKey, SANDBOX_CODE, SetUp};
use serde_json::json;

use crate::bench::{stranger, stranger_in_public};
use crate::page;
use crate::rows::{Asker, Of, ROWS, Row, Things};
use crate::wire::{Wire, all, amount, business, card, refused};

impl Wire {
    /// Who asks with keys that are good, for what is not there.
    pub(crate) fn asker(&self) -> Asker {
        let (secret, publishable) = (self.key.clone(), self.publishable.clone());
        Asker { secret, publishable, of: Things::nobodys() }
    }
}

/// The verb of each row, by its name.
pub(crate) fn verbs() -> BTreeMap<String, String> {
    page::rows().into_iter().map(|row| (row.name, row.verb)).collect()
}

/// A call of a row says nothing of the rows that have none.
#[test]
fn every_row_that_is_answered_is_asked_for() {
    let asked: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
    let page = page::rows();
    assert!(page.len() >= 76, "{} rows on the page", page.len());
    for row in page.iter().filter(|row| row.answered) {
        assert_eq!(asked.iter().filter(|name| **name == row.name).count(), 1, "{}", row.name);
    }
    for name in asked {
        assert!(page.iter().any(|row| row.name == name), "{name} is on no page");
    }
}

/// What must be true of every row that is asked with these keys.
async fn each(wire: &Wire, asker: &Asker, kind: FaultKind, but: &[&str]) {
    for row in ROWS.iter().filter(|row| !but.contains(&row.name)) {
        let fault = (row.call)(wire, asker).await.unwrap_err();
        assert_eq!(fault.kind, kind, "{}: {fault:?}", row.name);
    }
}

/// Rows that take a publishable key, with what each is asked as by hand.
const PUBLISHABLE: &[(&str, &str, &str)] = &[
    ("Businesses: List accepted cards", "GET", "/businesses/SANDBOXHIRE/accepted-cards"),
    ("Businesses: List card surcharges", "GET", "/businesses/SANDBOXHIRE/card-surcharges"),
    ("Businesses: Query card surcharge", "POST", "/businesses/SANDBOXHIRE/query-card-surcharge"),
    ("Single-use tokens: Generate token", "POST", "/single-use-tokens"),
    ("Credit cards: Get card scheme", "GET", "/credit-cards/card-schemes/424242"),
];

#[tokio::test]
async fn a_key_that_is_not_known_or_no_longer_opens_nothing() {
    let wire = Wire::start().await;
    let (secret, publishable) = (stranger(), stranger_in_public());
    let unknown = Asker { secret, publishable, ..wire.asker() };
    each(&wire, &unknown, FaultKind::Unauthorised, &[]).await;
    let fault = (ROWS[0].call)(&wire, &unknown).await.unwrap_err();
    assert!(!format!("{fault:?}").contains("nobody0knows"), "{fault:?}");

    let control = wire.bank.control();
    let publishable: Vec<&str> = PUBLISHABLE.iter().map(|(name, _, _)| *name).collect();
    for change in [KeyChange::Expires(control.clock().now()), KeyChange::Revoke] {
        let made = control.make_key(NewSandboxKey::secret(SANDBOX_CODE)).unwrap();
        let secret = KeyText::parse(made.text).unwrap();
        wire.client.root(&secret).await.unwrap();
        control.change_key(&made.id, change).unwrap();
        let late = Asker { secret, ..wire.asker() };
        // A publishable key has no end.
        each(&wire, &late, FaultKind::Unauthorised, &publishable).await;
    }
}

#[tokio::test]
async fn an_address_that_is_not_listed_opens_nothing() {
    let wire = Wire::start().await;
    let control = wire.bank.control();
    control.whitelist(SANDBOX_CODE, Some(&["203.0.113.0/24".to_owned()])).unwrap();
    each(&wire, &wire.asker(), FaultKind::Unauthorised, &[]).await;
    control.whitelist(SANDBOX_CODE, Some(&["127.0.0.1/32".to_owned()])).unwrap();
    wire.client.root(&wire.key).await.unwrap();
}

#[tokio::test]
async fn a_facility_that_is_not_set_up_is_told_so() {
    let wire = Wire::start().await;
    wire.bank.control().set_up(SANDBOX_CODE, SetUp::Incomplete).unwrap();
    each(&wire, &wire.asker(), FaultKind::Forbidden, &[]).await;
}

#[tokio::test]
async fn a_key_of_the_wrong_kind_opens_nothing() {
    let wire = Wire::start().await;
    let publishable: Vec<&str> = PUBLISHABLE.iter().map(|(name, _, _)| *name).collect();
    let in_public = Asker { secret: wire.publishable.key().clone(), ..wire.asker() };
    // The root takes either.
    let but = [publishable.as_slice(), &["Root: Get"]].concat();
    each(&wire, &in_public, FaultKind::Forbidden, &but).await;
    wire.client.root(wire.publishable.key()).await.unwrap();

    // The other way round the types do not let a caller, so it is asked by hand.
    let text = wire.bank.control().key("SANDBOX-1").unwrap().text;
    assert!(PublishableKey::parse(text).is_err());
    for (name, verb, path) in PUBLISHABLE {
        assert!(ROWS.iter().any(|row| row.name == *name), "{name}");
        let verb = match *verb {
            "GET" => Verb::Get,
            _ => Verb::Post(wire.name(), Body(json!({ "cardNumber": "4242424242424242" }))),
        };
        let ask = Ask::new("/by-hand", verb, *path, Priority::Command).unwrap();
        let fault = wire.client.ask_by_hand(&wire.key, ask).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Forbidden, "{name}");
    }
}

fn not_there(row: &Row, verb: &str, fault: quaymaster::quickstream::Fault) {
    assert_eq!(fault.kind, FaultKind::NotFound, "{}", row.name);
    let body = fault.body.unwrap();
    assert_eq!(body.status.as_deref(), Some("404"), "{}", row.name);
    assert_eq!(body.request_method.as_deref(), Some(verb), "{}", row.name);
    assert!(body.customer_message.is_some() && body.developer_message.is_some());
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_what_is_asked_rightly_is_answered() {
    let wire = Wire::start().await;
    let (asker, verbs) = (wire.asker(), verbs());
    for row in ROWS {
        let outcome = (row.call)(&wire, &asker).await;
        match row.of {
            Of::Anything => assert_eq!(outcome, Ok(()), "{}", row.name),
            Of::Refused(field) => {
                let wanted = (FaultKind::Unprocessable, vec![field.to_owned()]);
                assert_eq!(refused(outcome), wanted, "{}", row.name);
            }
            Of::Missing => not_there(row, &verbs[row.name], outcome.unwrap_err()),
        }
    }
}

/// More than ten requests at once may be answered with 429, whatever they are.
#[tokio::test]
async fn the_eleventh_at_once_is_too_much() {
    let wire = Wire::start().await;
    let slow: Rule = serde_json::from_value(json!({ "latency_ms": 600_000, "times": 10 })).unwrap();
    wire.bank.control().add_faults(vec![slow]).unwrap();
    let options = ClientOptions::new(wire.bank.base_url(), Product::QuickStream);
    let other = Client::new(options, Clock::starting_at(wire.bank.clock().now(), 0.0)).unwrap();
    let mut ten = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let (other, key) = (other.clone(), wire.key.clone());
        ten.spawn(async move { other.root(&key).await });
    }
    let held = async {
        while wire.bank.control().most_simultaneous(SANDBOX_CODE) < 10 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), held).await.unwrap();
    each(&wire, &wire.asker(), FaultKind::Busy, &[]).await;
    ten.abort_all();
}

/// Until the next request has come to the bank, which takes its time with it.
async fn at_work(wire: &Wire, first: impl Future) {
    let slow: Rule = serde_json::from_value(json!({ "latency_ms": 600_000, "times": 1 })).unwrap();
    wire.bank.control().add_faults(vec![slow]).unwrap();
    let taken = async {
        while wire.bank.control().most_simultaneous(SANDBOX_CODE) < 1 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        _ = first => unreachable!("the bank answered at once"),
        taken = tokio::time::timeout(Duration::from_secs(60), taken) => taken.unwrap(),
    }
}

/// A name whose first request has no answer yet is busy, whichever row is asked with it.
#[tokio::test]
async fn a_name_that_is_still_at_work_is_too_early() {
    let verbs = verbs();
    let mut rows = 0;
    for row in ROWS.iter().filter(|row| verbs[row.name] == "POST") {
        let wire = Wire::start().await;
        let asker = wire.asker();
        let (mut first, second) = ((row.call)(&wire, &asker), wire.asker());
        at_work(&wire, &mut first).await;
        wire.same_name_again();
        let fault = (row.call)(&wire, &second).await.unwrap_err();
        assert_eq!((fault.kind, fault.status), (FaultKind::Busy, Some(429)), "{}", row.name);
        rows += 1;
    }
    assert!(rows >= 20, "{rows} rows");
}

/// What came too early is not carried out, and what comes in time is, once.
#[tokio::test]
async fn a_payment_that_came_too_early_is_taken_once() {
    let wire = Wire::start().await;
    let (client, key, name) = (&wire.client, &wire.key, wire.name());
    // From the card itself: no token that is spent keeps a second payment away.
    let mut payment = Payment::new(Source::Card(card()), amount("25.50"));
    payment.business = Some(business());
    let recent = async || all(client.recent_transactions(key, None)).await.unwrap().len();
    {
        let mut first = Box::pin(client.take_payment(key, &name, &payment));
        at_work(&wire, &mut first).await;
        let early = client.take_payment(key, &name, &payment).await;
        assert_eq!(refused(early).0, FaultKind::Busy);
        assert_eq!(recent().await, 0);
    }
    // Who asked first has gone; as soon as the bank sees it, the name is free again.
    let free = async {
        loop {
            match client.take_payment(key, &name, &payment).await {
                Ok(paid) => break paid.value.receipt_number,
                Err(fault) => assert_eq!(fault.kind, FaultKind::Busy),
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let receipt = tokio::time::timeout(Duration::from_secs(60), free).await.unwrap();
    let again = client.take_payment(key, &name, &payment).await.unwrap();
    assert_eq!((again.value.receipt_number, recent().await), (receipt, 1));
}

#[tokio::test]
async fn a_bad_day_of_the_bank_is_told_by_its_word() {
    let wire = Wire::start().await;
    let (asker, verbs) = (wire.asker(), verbs());
    for (status, kind) in [
        (400, FaultKind::BadRequest),
        (409, FaultKind::Conflict),
        (422, FaultKind::Unprocessable),
        (429, FaultKind::Busy),
        (500, FaultKind::ServerError),
        (502, FaultKind::BadGateway),
        (503, FaultKind::Unavailable),
        (504, FaultKind::GatewayTimeout),
    ] {
        for row in ROWS {
            wire.fail_once(status);
            let fault = (row.call)(&wire, &asker).await.unwrap_err();
            assert_eq!((fault.kind, fault.status), (kind, Some(status)), "{}", row.name);
            let method = match verbs[row.name].as_str() {
                "GET" => Method::Get,
                "POST" => Method::PostWithKey,
                _ => Method::Patch,
            };
            let told = fault.advice(method, Earlier::None).action;
            // Only these two are sent again without looking, and a 500 never.
            let again = told == Action::SendAgain;
            assert!(!again || matches!(status, 429 | 503) || method == Method::Get, "{}", row.name);
            assert!(again || status != 429 || method == Method::Patch, "{}", row.name);
        }
    }
}
