//! Customers: made, found, replaced, disabled.

use proptest::prelude::*;
use quaymaster::quickstream::json::Fields;
use quaymaster::quickstream::models::address::Address;
use quaymaster::quickstream::models::contact::Email;
use quaymaster::quickstream::models::ids::CustomerId;
use quaymaster::quickstream::models::texts::{Personal, Reference, Short};
use quaymaster::quickstream::resources::customers::{
    Customer, CustomerDetails, CustomerSearch, CustomerStatus, NotificationMedium,
};
use quaymaster::quickstream::{FaultKind, Word};
use serde_json::{Value, json};

use crate::wire::{Wire, all, business, refused};

pub(crate) fn details(number: &str) -> CustomerDetails {
    let number = Reference::new(number).unwrap();
    let details = CustomerDetails::new(number, Short::new("customerName", "Sam Test").unwrap());
    CustomerDetails { business: Some(business()), ..details }
}

fn full(number: &str) -> CustomerDetails {
    let address = json!({"street1":"2 Test St","city":"Sydney","state":"NSW","postcode":"2000","country":"AU"});
    CustomerDetails {
        phone: Short::new("phoneNumber", "+61400000000").ok(),
        email: Email::new("emailAddress", "sam@example.com").ok(),
        notification: Some(NotificationMedium::EmailAndSms),
        address: Address::of(Fields::of(address).unwrap()),
        ..details(number)
    }
}

impl Wire {
    pub(crate) async fn customer(&self, number: &str) -> CustomerId {
        let made = self.client.create_customer(&self.key, &self.name(), &details(number)).await;
        made.unwrap().value.customer_id
    }
}

/// What a customer shows of what was asked for; what was not asked for and is null is not compared.
fn shows(shown: &Customer, asked: &CustomerDetails) {
    let shown = shown.to_value();
    let asked = asked.to_value();
    for (name, value) in asked.as_object().unwrap() {
        if name != "enabled" {
            assert_eq!(shown.get(name), Some(value), "{name}");
        }
    }
}

#[tokio::test]
async fn a_customer_is_made_found_replaced_and_disabled() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let made = client.create_customer(key, &wire.name(), &full("CUST-77")).await.unwrap();
    let id = made.value.customer_id.clone();
    shows(&made.value, &full("CUST-77"));
    assert_eq!(made.value.status, Some(Word::Known(CustomerStatus::Enabled)));
    assert!(made.location.unwrap().ends_with(&format!("/customers/{id}")));
    assert_eq!(client.customer(key, &id).await.unwrap(), made.value);
    // The documents' fields and no other.
    assert!(made.value.rest.is_empty(), "{:?}", made.value);

    let found = |search: CustomerSearch| all(client.customers(key, &search));
    let by = CustomerSearch::default;
    let number = |text: &str| CustomerSearch { number: Reference::new(text).ok(), ..by() };
    assert_eq!(found(number("CUST-77")).await.unwrap(), std::slice::from_ref(&made.value));
    assert_eq!(found(number("CUST-7")).await.unwrap(), []);
    let name = CustomerSearch { name: Some(Personal::new("m Te")), ..by() };
    assert_eq!(found(name).await.unwrap().len(), 1);
    let email = CustomerSearch { email: Some(Personal::new("@example")), ..by() };
    assert_eq!(found(email).await.unwrap().len(), 1);
    let nobody = CustomerSearch { name: Some(Personal::new("Jane")), ..by() };
    assert_eq!(found(nobody).await.unwrap(), []);

    // What a replacement leaves out is removed.
    client.update_customer(key, &id, &details("CUST-77")).await.unwrap();
    let now = client.customer(key, &id).await.unwrap();
    assert_eq!((&now.email_address, &now.phone_number), (&None, &None));
    shows(&now, &details("CUST-77"));

    for status in [CustomerStatus::Disabled, CustomerStatus::Enabled] {
        client.set_customer_status(key, &id, status).await.unwrap();
        let now = client.customer(key, &id).await.unwrap();
        assert_eq!(now.status, Some(Word::Known(status)));
    }
    assert_eq!(all(client.customer_transactions(key, &id)).await.unwrap(), []);
}

#[tokio::test]
async fn a_number_is_taken_once_and_a_name_acts_once() {
    let wire = Wire::start().await;
    let (client, key) = (&wire.client, &wire.key);
    let name = wire.name();
    let made = client.create_customer(key, &name, &details("CUST-77")).await.unwrap();
    // Sent again under its name, whatever else is sent, it is the answer of then.
    assert_eq!(client.create_customer(key, &name, &details("CUST-77")).await.unwrap(), made);
    let other = client.create_customer(key, &name, &details("CUST-78")).await;
    assert_eq!(refused(other).0, FaultKind::OtherReply);
    let again = client.create_customer(key, &wire.name(), &details("CUST-77")).await;
    let (kind, fields) = refused(again);
    assert_eq!((kind, fields), (FaultKind::Unprocessable, vec!["customerNumber".to_owned()]));
    assert_eq!(all(client.customers(key, &CustomerSearch::default())).await.unwrap().len(), 1);
}

#[tokio::test]
async fn many_customers_come_in_pages_by_the_banks_numbers() {
    let wire = Wire::start().await;
    let mut made = Vec::new();
    for number in 0..45 {
        made.push(wire.customer(&format!("CUST-{number}")).await);
    }
    let listed = all(wire.client.customers(&wire.key, &CustomerSearch::default())).await.unwrap();
    let ids: Vec<CustomerId> = listed.into_iter().map(|customer| customer.customer_id).collect();
    made.sort();
    assert_eq!(ids, made);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever a customer is made of, the bank has it and shows it.
    #[test]
    fn what_is_made_is_what_is_read(
        number in "[A-Za-z0-9/?&=%#+.-]{1,30}",
        who in "[\\p{L}][\\p{L}' -]{0,40}[\\p{L}]",
        phone in proptest::option::of("\\+61[0-9]{9}"),
        medium in proptest::option::of(0..NotificationMedium::ALL.len()),
        enabled in proptest::option::of(any::<bool>()),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let wire = Wire::start().await;
            let wanted = CustomerDetails {
                name: Short::new("customerName", who).unwrap(),
                phone: phone.map(|phone| Short::new("phoneNumber", phone).unwrap()),
                notification: medium.map(|at| NotificationMedium::ALL[at]),
                status: enabled.map(|enabled| {
                    if enabled { CustomerStatus::Enabled } else { CustomerStatus::Disabled }
                }),
                ..details(&number)
            };
            let made = wire.client.create_customer(&wire.key, &wire.name(), &wanted).await.unwrap();
            shows(&made.value, &wanted);
            let status = wanted.status.unwrap_or(CustomerStatus::Enabled);
            assert_eq!(made.value.status, Some(Word::Known(status)));
            let search = CustomerSearch { number: Some(wanted.number.clone()), ..Default::default() };
            let found = all(wire.client.customers(&wire.key, &search)).await.unwrap();
            assert_eq!(found, [made.value]);
            assert!(!found[0].to_value().as_object().unwrap().values().any(Value::is_null));
        });
    }
}
