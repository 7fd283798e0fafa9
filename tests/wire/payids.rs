//! PayIDs: registered, paid to by payers, given up; and that the money is all there.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use quaymaster::domain::money::Cents;
use quaymaster::domain::pay_id::State;
use quaymaster::domain::transaction::State as PaymentState;
use quaymaster::quickstream::models::contact::Email;
use quaymaster::quickstream::models::ids::CustomerId;
use quaymaster::quickstream::models::texts::{Reference, Short};
use quaymaster::quickstream::resources::pay_ids::{NewPayId, PayIdLife, PayIdUse};
use quaymaster::quickstream::resources::transactions::model::Transaction;
use quaymaster::quickstream::resources::transactions::payment::Refund;
use quaymaster::quickstream::{FaultKind, Word};
use quaymaster::sandbox::{Capability, SANDBOX_CODE};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::wire::{Wire, all, amount, business, refused};

pub(crate) fn email(address: &str) -> Email {
    Email::new("payId", address).unwrap()
}

/// A PayID that takes any number of payments.
pub(crate) fn lasting(address: &str) -> NewPayId {
    NewPayId {
        pay_id: email(address),
        usage: PayIdUse::Static,
        business: business(),
        customer_number: None,
        registration_priority: None,
    }
}

/// A PayID that takes one payment.
fn single(address: &str, dollars: Option<&str>) -> NewPayId {
    NewPayId { usage: PayIdUse::Single(dollars.map(amount)), ..lasting(address) }
}

impl Wire {
    /// Has a payer pay so many cents; what the control API says came of it.
    async fn payer_pays(&self, address: &Email, cents: i64) -> Result<Value, u16> {
        let body = json!({ "act": "pay", "amount": Cents::new(cents).to_string() }).to_string();
        let (place, length) = (self.bank.address(), body.len());
        let address = address.as_str();
        let request = format!(
            "POST /_sandbox/facilities/{SANDBOX_CODE}/payids/{address} HTTP/1.1\r\nHost: {place}\r\n\
             Connection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n\
             {body}"
        );
        let mut stream = TcpStream::connect(place).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).await.unwrap();
        let (head, body) = reply.split_once("\r\n\r\n").unwrap();
        match head.split(' ').nth(1).unwrap() {
            "200" => Ok(serde_json::from_str(body).unwrap()),
            status => Err(status.parse().unwrap()),
        }
    }

    async fn pay_id_state(&self, address: &Email) -> Option<State> {
        self.client.pay_id(&self.key, address).await.unwrap().state()
    }

    /// What a customer paid, newest first.
    async fn history(&self, customer: &CustomerId) -> Vec<Transaction> {
        all(self.client.customer_transactions(&self.key, customer)).await.unwrap()
    }
}

#[tokio::test]
async fn one_is_registered_paid_to_and_given_up() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let customer = wire.customer("CUST-77").await;
    let wanted = NewPayId {
        customer_number: Some(Reference::new("CUST-77").unwrap()),
        registration_priority: Short::new("registrationPriority", "HIGH").ok(),
        ..lasting("Jane+hire@example.com")
    };
    let name = wire.name();
    let made = client.register_pay_id(key, &customer, &name, &wanted).await.unwrap();
    assert!(made.location.unwrap().ends_with("/payids/Jane%2Bhire%40example.com"));
    let shown = made.value.to_value();
    for (field, value) in wanted.to_value().as_object().unwrap() {
        assert_eq!(shown.get(field), Some(value), "{field}");
    }
    assert!(made.value.rest.is_empty(), "{:?}", made.value.rest);
    assert_eq!(made.value.state(), Some(State::Pending));
    assert_eq!(made.value.customer_id, Some(customer.clone()));
    // The same request once more is the same PayID, and not a second one.
    let again = client.register_pay_id(key, &customer, &name, &wanted).await.unwrap();
    assert_eq!(again.value, made.value);

    wire.pass(Duration::from_mins(2));
    assert_eq!(wire.pay_id_state(&wanted.pay_id).await, Some(State::Active));
    let paid = wire.payer_pays(&wanted.pay_id, 1250).await.unwrap();
    let history = wire.history(&customer).await;
    let payment = &history[0];
    assert_eq!(paid["receiptNumber"], payment.receipt_number.as_str());
    assert_eq!(payment.state(), Some(PaymentState::Approved));
    assert!(payment.rest.is_empty(), "{:?}", payment.rest);
    assert!(payment.pay_id_data.is_some());
    assert_eq!(payment.source.as_deref(), Some("PAYID"));
    let part = Refund::partial(payment, amount("2.50")).unwrap();
    client.refund_payment(key, &wire.name(), &part).await.unwrap();
    let rest = Refund::new(payment.receipt_number.clone(), amount("10.00"));
    let refund = client.refund_payment(key, &wire.name(), &rest).await.unwrap().value;
    assert_eq!(refund.original_receipt_number, Some(payment.receipt_number.clone()));
    let too_much = client.refund_payment(key, &wire.name(), &rest).await;
    assert_eq!(refused(too_much).0, FaultKind::Unprocessable);

    client.deregister_pay_id(key, &wanted.pay_id).await.unwrap();
    assert_eq!(wire.pay_id_state(&wanted.pay_id).await, Some(State::Deregistered));
    assert_eq!(wire.payer_pays(&wanted.pay_id, 1250).await, Err(400));
    let (kind, fields) = refused(client.deregister_pay_id(key, &wanted.pay_id).await);
    assert_eq!((kind, fields), (FaultKind::Unprocessable, vec!["payId".to_owned()]));
    let again = client.register_pay_id(key, &customer, &wire.name(), &wanted).await;
    assert_eq!(again.unwrap().value.state(), Some(State::Pending));
}

#[tokio::test]
async fn what_cannot_be_registered_is_refused_by_its_field() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let customer = wire.customer("CUST-77").await;
    let asked = async |wanted: &NewPayId| {
        let (kind, fields) =
            refused(client.register_pay_id(key, &customer, &wire.name(), wanted).await);
        assert_eq!(kind, FaultKind::Unprocessable);
        fields
    };
    assert_eq!(asked(&lasting("jane@elsewhere.example")).await, ["payId"]);
    let other = Reference::new("CUST-78").ok();
    let wanted = NewPayId { customer_number: other, ..lasting("jane@example.com") };
    assert_eq!(asked(&wanted).await, ["customerNumber"]);
    let first = lasting("jane@example.com");
    client.register_pay_id(key, &customer, &wire.name(), &first).await.unwrap();
    assert_eq!(asked(&single("JANE@example.com", None)).await, ["payId"]);
    wire.bank.control().without(SANDBOX_CODE, vec![Capability::PayId]).unwrap();
    assert_eq!(asked(&lasting("joe@example.com")).await, ["payId"]);
}

#[tokio::test]
async fn the_test_addresses_are_rejected_or_paid_a_dollar() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let customer = wire.customer("CUST-77").await;
    for (wanted, end) in [
        (lasting("test_error_a@example.com"), State::Rejected),
        (single("invalidpayid@example.com", None), State::Rejected),
        (lasting("test_payment_a@example.com"), State::Active),
        (single("test_payment_b@example.com", Some("1.00")), State::Deregistered),
        // A dollar is not what it takes.
        (single("test_payment_c@example.com", Some("1.01")), State::Active),
    ] {
        client.register_pay_id(key, &customer, &wire.name(), &wanted).await.unwrap();
        wire.pass(Duration::from_hours(1));
        assert_eq!(wire.pay_id_state(&wanted.pay_id).await, Some(end), "{:?}", wanted.to_value());
    }
    let dollars: Vec<i64> = wire.history(&customer).await.iter().map(cents).collect();
    assert_eq!(dollars, [100, 100]);
}

#[tokio::test]
async fn a_customers_come_in_pages() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let (customer, other) = (wire.customer("CUST-77").await, wire.customer("CUST-78").await);
    let mut made = Vec::new();
    for number in 0..23 {
        let wanted = single(&format!("p{number}@example.com"), Some("5.00"));
        let done = client.register_pay_id(key, &customer, &wire.name(), &wanted).await.unwrap();
        made.push(done.value);
    }
    made.reverse();
    assert_eq!(all(client.customer_pay_ids(key, &customer)).await.unwrap(), made);
    assert_eq!(made[0].life, Some(Word::Known(PayIdLife::Single)));
    assert_eq!(made[0].payment_amount.map(|amount| amount.0), Some(Cents::new(500)));
    assert_eq!(all(client.customer_pay_ids(key, &other)).await.unwrap(), []);
}

fn cents(payment: &Transaction) -> i64 {
    payment.principal_amount.as_ref().unwrap().amount.get()
}

/// What is done to one of three addresses.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Register(PayIdUse),
    Pay(i64),
    Deregister,
    Wait,
}

fn deeds() -> impl Strategy<Value = Vec<(usize, Deed)>> {
    let usage = prop_oneof![
        Just(PayIdUse::Static),
        Just(PayIdUse::Single(None)),
        Just(PayIdUse::Single(Some(amount("2.00")))),
    ];
    let deed = prop_oneof![
        3 => usage.prop_map(Deed::Register),
        4 => (1_i64..4).prop_map(|dollars| Deed::Pay(dollars * 100)),
        1 => Just(Deed::Deregister),
        3 => Just(Deed::Wait),
    ];
    prop::collection::vec((0_usize..3, deed), 1..40)
}

/// What the documents say of an address: how it stands, and what it takes.
#[derive(Clone, Copy, Debug)]
struct Told {
    state: State,
    usage: PayIdUse,
}

impl Told {
    /// What comes of a payment.
    fn pay(&mut self, paid: i64) -> Result<&'static str, u16> {
        match self.usage {
            _ if self.state != State::Active => Err(400),
            PayIdUse::Single(Some(exact)) if exact.cents().get() != paid => Ok("returned"),
            PayIdUse::Single(_) => {
                self.state = State::Deregistered;
                Ok("received")
            }
            PayIdUse::Static => Ok("received"),
        }
    }

    fn is_over(self) -> bool {
        matches!(self.state, State::Rejected | State::Deregistered)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever is done in whatever order, the payments that came in are those that the documents let
    /// in, and no other cent.
    #[test]
    fn what_was_paid_in_is_what_is_there(deeds in deeds()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let wire = Wire::start().await;
            let (client, key) = (&wire.client, &wire.key);
            let customer = wire.customer("CUST-77").await;
            let mut book: BTreeMap<usize, Told> = BTreeMap::new();
            let mut received: Vec<i64> = Vec::new();
            for (at, deed) in deeds {
                let address = email(&format!("p{at}@example.com"));
                let told = book.get_mut(&at);
                match deed {
                    Deed::Register(usage) => {
                        let wanted = NewPayId { usage, ..lasting(address.as_str()) };
                        let name = wire.name();
                        let done = client.register_pay_id(key, &customer, &name, &wanted).await;
                        let free = told.is_none_or(|told| told.is_over());
                        assert_eq!(done.is_ok(), free, "{done:?}");
                        if free {
                            book.insert(at, Told { state: State::Pending, usage });
                        }
                    }
                    Deed::Pay(paid) => {
                        let expected = told.map_or(Err(404), |told| told.pay(paid));
                        let came = wire.payer_pays(&address, paid).await;
                        let outcome = came.as_ref().map(|came| came["outcome"].as_str().unwrap());
                        assert_eq!(outcome.map_err(|status| *status), expected);
                        received.extend(expected.is_ok_and(|it| it == "received").then_some(paid));
                    }
                    Deed::Deregister => {
                        let done = client.deregister_pay_id(key, &address).await;
                        let can = told.as_ref().is_some_and(|told| !told.is_over());
                        assert_eq!(done.is_ok(), can, "{done:?}");
                        if let Some(told) = told.filter(|_| can) {
                            told.state = State::Deregistered;
                        }
                    }
                    Deed::Wait => {
                        wire.pass(Duration::from_mins(2));
                        for told in book.values_mut().filter(|told| told.state == State::Pending) {
                            told.state = State::Active;
                        }
                    }
                }
            }
            received.reverse();
            let history = wire.history(&customer).await;
            assert_eq!(history.iter().map(cents).collect::<Vec<_>>(), received);
            assert!(history.iter().all(|paid| paid.state() == Some(PaymentState::Approved)));
            let listed = all(client.customer_pay_ids(key, &customer)).await.unwrap();
            assert_eq!(listed.len(), book.len(), "each is listed once");
            for (at, told) in book {
                let address = email(&format!("p{at}@example.com"));
                let shown = listed.iter().find(|shown| shown.pay_id.as_str() == address.as_str());
                assert_eq!(shown.unwrap().state(), Some(told.state));
                assert_eq!(wire.pay_id_state(&address).await, Some(told.state));
            }
        });
    }
}
