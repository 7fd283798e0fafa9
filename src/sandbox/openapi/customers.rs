//! Customers.

use serde_json::{Value, json};

use super::models::address;
use super::operation::Operation;
use super::schema::{
    Spec, always, fields, flag, like, list, model, needed, object, optional, page, text, word,
    word_of,
};
use crate::sandbox::guesses;
use crate::sandbox::merchant::customers::Medium;

const ALL: &str = "/customers";
const ONE: &str = "/customers/{customerId}";

pub(super) fn operations(spec: Spec<'_>) -> Vec<Operation> {
    let customer = || customer(spec);
    let change = fields(vec![needed("enabled", flag())]);
    let mut create = Operation::post(ALL, "createCustomer", "A new customer")
        .body(request(spec))
        .example(json!({
            "customerNumber": "CUST-77",
            "customerName": "Sam Test",
            "emailAddress": "sam@example.com",
            "preferredNotificationMedium": "EMAIL",
            "address": { "street1": "2 Test St", "city": "Sydney", "state": "NSW" },
        }))
        .created("The customer", customer());
    for operation in [
        "getCustomer",
        "updateCustomer",
        "updateCustomerStatus",
        "listCustomerAccounts",
        "registerAccountForCustomer",
        "listCustomerRecurringPayments",
        "createRecurringPayment",
        "listCustomerTransactions",
        "createPayToAgreementForCustomer",
        "registerPayId",
        "listPayIds",
    ] {
        create = create.leads_to(operation, "customerId", "customerId");
    }
    if spec.guesses.is(guesses::DUPLICATE_CUSTOMER, "409") {
        create = create.refuses(409);
    }
    vec![
        Operation::get(ALL, "searchCustomers", "Customers by number, name or e-mail address")
            .query("customerNumber", text())
            .query("customerName", text())
            .query("emailAddress", text())
            .query("customerEmail", json!({ "type": "string", "x-guess": "customer_search" }))
            .paged(spec)
            .ok("A page of customers", page(customer())),
        create,
        Operation::get(ONE, "getCustomer", "One customer").ok("The customer", customer()),
        Operation::new("PUT", ONE, "updateCustomer", "All that a customer is to be")
            .body(request(spec))
            .ok("The customer", customer()),
        Operation::new("PATCH", ONE, "updateCustomerStatus", "Enables or disables a customer")
            .body(change)
            .patched(spec, "The customer", customer()),
        Operation::get(
            "/customers/{customerId}/transactions",
            "listCustomerTransactions",
            "What a customer paid, newest first",
        )
        .paged(spec)
        .ok("A page of transactions", page(model("Transaction"))),
    ]
}

/// A field that says which business is meant; often it goes without saying.
pub(super) fn business(spec: Spec<'_>) -> super::schema::Member {
    optional("supplierBusinessCode", spec.line(100))
}

fn request(spec: Spec<'_>) -> Value {
    let part = |name| optional(name, spec.line(100));
    let address = fields(vec![
        part("street1"),
        part("street2"),
        part("street3"),
        part("city"),
        part("state"),
        part("postcode"),
        part("country"),
    ]);
    fields(vec![
        needed("customerNumber", spec.line(100)),
        needed("customerName", spec.line(100)),
        business(spec),
        optional("phoneNumber", spec.line(100)),
        optional("emailAddress", spec.line(254)),
        optional("preferredNotificationMedium", word_of(Medium::WORDS)),
        optional("address", address),
        optional("enabled", flag()),
    ])
}

fn customer(spec: Spec<'_>) -> Value {
    object(vec![
        always("links", list(model("Link"))),
        always("customerId", like("^[0-9]{9,}$")),
        always("customerNumber", text()),
        always("customerName", text()),
        always("supplierBusinessCode", text()),
        always("status", word(&["ENABLED", "DISABLED"])),
        spec.maybe("phoneNumber", text()),
        spec.maybe("emailAddress", text()),
        always("preferredNotificationMedium", word_of(Medium::WORDS)),
        always("address", address(spec)),
    ])
}
