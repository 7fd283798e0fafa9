//! Customers: what is sent for them, and what is kept of the answers.

use proptest::prelude::*;
use quaymaster::quickstream::json::Fields;
use quaymaster::quickstream::models::address::Address;
use quaymaster::quickstream::models::contact::Email;
use quaymaster::quickstream::models::ids::{BusinessCode, CustomerId};
use quaymaster::quickstream::models::texts::{Personal, Reference, Short};
use quaymaster::quickstream::resources::customers::{
    Customer, CustomerDetails, CustomerSearch, CustomerStatus, NotificationMedium,
};
use quaymaster::quickstream::{FaultKind, Word};
use serde_json::{Value, json};

use crate::bank::{Answer, Bank, key};
use crate::sent::{creating, name, named, sent, silent};

const SHOWN: &str = r#"{"links":[],"customerId":"310000077","customerNumber":"CUST-77","customerName":"Sam Test","supplierBusinessCode":"SANDBOXHIRE","status":"ENABLED","phoneNumber":"+61400000000","emailAddress":"sam@example.com","preferredNotificationMedium":"EMAIL","address":{"street1":"2 Test St","street2":null,"street3":null,"city":"Sydney","state":"NSW","postcode":"2000","country":"AU"}}"#;

fn customer(json: &str) -> Customer {
    Customer::of(Fields::parse(json.as_bytes()).unwrap()).unwrap()
}

fn id() -> CustomerId {
    CustomerId::new("310000077").unwrap()
}

fn details() -> CustomerDetails {
    let number = Reference::new("CUST-77").unwrap();
    let details = CustomerDetails::new(number, Short::new("customerName", "Sam Test").unwrap());
    CustomerDetails {
        business: BusinessCode::new("SANDBOXHIRE").ok(),
        phone: Short::new("phoneNumber", "+61400000000").ok(),
        email: Email::new("emailAddress", "sam@example.com").ok(),
        notification: Some(NotificationMedium::EmailAndSms),
        address: Address::of(Fields::of(json!({"street1":"2 Test St","country":"AU"})).unwrap()),
        status: Some(CustomerStatus::Disabled),
        ..details
    }
}

#[test]
fn a_customer_is_read_whole() {
    let read = customer(SHOWN);
    assert_eq!(read.status, Some(Word::Known(CustomerStatus::Enabled)));
    assert!(read.rest.is_empty() && read.address.as_ref().unwrap().rest.is_empty());
    // Null says no more than absence.
    let mut shown: Value = serde_json::from_str(SHOWN).unwrap();
    let address = shown["address"].as_object_mut().unwrap();
    address.remove("street2");
    address.remove("street3");
    assert_eq!(read.to_value(), shown);
}

#[test]
fn what_is_new_or_unreadable_is_kept_and_people_do_not_print() {
    let read = customer(
        r#"{"customerId":7,"status":"Parked","customerName":["Sam"],"loyalty":{"tier":1},"emailAddress":"sam@example.com","phoneNumber":null}"#,
    );
    assert_eq!(read.customer_id.as_str(), "7");
    assert_eq!(read.status, Some(Word::Unknown("Parked".to_owned())));
    assert_eq!(read.rest.names().collect::<Vec<_>>(), ["customerName", "loyalty"]);
    let printed = format!("{read:?} {:?} {:?}", details(), customer(SHOWN));
    for word in ["Sam", "sam@", "+614", "Test St", "Sydney", "2000"] {
        assert!(!printed.contains(word), "{printed}");
    }
    assert!(Customer::of(Fields::of(json!({"customerName":"Sam"})).unwrap()).is_none());
}

#[tokio::test]
async fn a_customer_is_created_once_with_the_documents_names() {
    let bank = creating(SHOWN).await;
    let done = bank.client().create_customer(&key(), &name(), &details()).await.unwrap();
    assert_eq!(done.value, customer(SHOWN));
    assert_eq!(done.location.as_deref(), Some("/rest/v1/there"));
    let body = json!({
        "customerNumber": "CUST-77", "customerName": "Sam Test",
        "supplierBusinessCode": "SANDBOXHIRE", "phoneNumber": "+61400000000",
        "emailAddress": "sam@example.com", "preferredNotificationMedium": "EMAILANDSMS",
        "address": {"street1": "2 Test St", "country": "AU"}, "enabled": false,
    });
    assert_eq!(sent(&bank), [("POST /customers".to_owned(), body)]);
    assert_eq!(named(&bank), [true]);
}

#[tokio::test]
async fn a_change_may_be_answered_with_nothing() {
    let bank = silent().await;
    let client = bank.client();
    let least = CustomerDetails::new(
        Reference::new("CUST-77").unwrap(),
        Short::new("customerName", "Sam").unwrap(),
    );
    assert_eq!(client.update_customer(&key(), &id(), &least).await, Ok(None));
    for status in [CustomerStatus::Disabled, CustomerStatus::Enabled] {
        assert_eq!(client.set_customer_status(&key(), &id(), status).await, Ok(None));
    }
    let place = "/customers/310000077";
    let put = json!({"customerNumber": "CUST-77", "customerName": "Sam"});
    assert_eq!(
        sent(&bank),
        [
            (format!("PUT {place}"), put),
            (format!("PATCH {place}"), json!({"enabled": false})),
            (format!("PATCH {place}"), json!({"enabled": true})),
        ]
    );
    // The documents know the header with POST alone.
    assert_eq!(named(&bank), [false; 3]);
}

#[tokio::test]
async fn a_search_sends_what_was_given() {
    let page = format!(r#"{{"links":[],"data":[{SHOWN}]}}"#);
    let bank = Bank::saying(Answer::json(page)).await;
    let client = bank.client();
    let search = CustomerSearch {
        number: Reference::new("CUST 77").ok(),
        name: Some(Personal::new("Söhne & Co")),
        email: Some(Personal::new("sam@")),
    };
    for search in [CustomerSearch::default(), search] {
        let page = client.customers(&key(), &search).unwrap().next().await.unwrap().unwrap();
        assert_eq!(page.data, [customer(SHOWN)]);
    }
    client.customer_transactions(&key(), &id()).unwrap().next().await.unwrap_err();
    let lines: Vec<_> = sent(&bank).into_iter().map(|(line, _)| line).collect();
    assert_eq!(
        lines,
        [
            "GET /customers",
            "GET /customers?customerNumber=CUST+77&customerName=S%C3%B6hne+%26+Co&emailAddress=sam%40",
            "GET /customers/310000077/transactions",
        ]
    );
}

#[tokio::test]
async fn another_things_answer_is_not_taken_for_a_customer() {
    // What a bank says to a name that was used for something else before.
    let bank = creating(r#"{"receiptNumber":"1234567890"}"#).await;
    let fault = bank.client().create_customer(&key(), &name(), &details()).await.unwrap_err();
    assert_eq!((fault.kind, fault.status), (FaultKind::WrongShape, Some(201)));
    // And what it says if that something was another customer.
    let bank = creating(&SHOWN.replace("CUST-77", "CUST-78")).await;
    let fault = bank.client().create_customer(&key(), &name(), &details()).await.unwrap_err();
    assert_eq!((fault.kind, fault.status), (FaultKind::OtherReply, Some(201)));
    // A number that the bank has only tidied up is the same.
    let bank = creating(&SHOWN.replace("CUST-77", " cust-77")).await;
    assert!(bank.client().create_customer(&key(), &name(), &details()).await.is_ok());
}

proptest! {
    #[test]
    fn what_is_sent_reads_back(number in "[!-~]{1,40}", who in "[^\\p{Cc}]{1,60}", phone in proptest::option::of("\\+[0-9]{3,12}")) {
        let mut wanted = CustomerDetails::new(
            Reference::new(number.as_str()).unwrap(),
            Short::new("customerName", who.as_str()).unwrap(),
        );
        wanted.phone = phone.as_ref().map(|phone| Short::new("phoneNumber", phone.as_str()).unwrap());
        let mut value = wanted.to_value();
        value["customerId"] = "1".into();
        let text = value.to_string();
        let read = customer(&text);
        prop_assert_eq!(read.customer_number.as_deref(), Some(number.as_str()));
        prop_assert_eq!(read.customer_name.as_ref().map(Personal::as_str), Some(who.as_str()));
        prop_assert_eq!(read.phone_number.as_ref().map(Personal::as_str), phone.as_deref());
        prop_assert!(read.rest.is_empty());
        prop_assert_eq!(read.to_value(), value);
    }

    /// Whatever stands where we expect something, nothing but null is lost.
    #[test]
    fn an_answer_loses_nothing(values in proptest::collection::vec(any_value(), 4)) {
        let mut shown = json!({"customerId": "1"});
        for (name, value) in ["customerName", "status", "address", "links"].into_iter().zip(&values) {
            shown[name] = value.clone();
        }
        let read = customer(&shown.to_string()).to_value();
        let mut expected = shown.as_object().unwrap().clone();
        expected.retain(|_, value| !value.is_null());
        prop_assert_eq!(read, Value::Object(expected));
    }
}

/// A value that has one spelling.
fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        "[a-z]{0,8}".prop_map(Value::String),
        proptest::collection::vec(any::<bool>().prop_map(Value::Bool), 0..3).prop_map(Value::Array),
        Just(json!({"street1": "x", "more": [1]})),
        Just(json!([{"rel": "next", "href": "/x", "requestMethod": "GET"}])),
    ]
}
