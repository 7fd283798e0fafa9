//! PayTo agreements: asked for, read, listed, changed.

use serde_json::Value;

use super::operation::Operation;
use super::schema::{Spec, guessed, page, text};
use crate::sandbox::guesses;

mod model;
pub(super) mod request;

const ONE: &str = "/payto-agreements/{agreementToken}";

pub(super) fn operations(spec: Spec<'_>) -> Vec<Operation> {
    let agreement = || model::agreement(spec);
    let alone =
        Operation::post("/payto-agreements", "createPayToAgreement", "Asks a payer to agree")
            .body(request::create(spec, request::For::Anyone))
            .created("The agreement", agreement());
    let for_customer = Operation::post(
        "/customers/{customerId}/payto-agreements",
        "createPayToAgreementForCustomer",
        "Asks a customer to agree",
    )
    .body(request::create(spec, request::For::Customer))
    .created("The agreement", agreement());
    let change = Operation::new("PATCH", ONE, "changePayToAgreement", "Recalls, pauses or amends")
        .body(request::change(spec));
    let change = if spec.guesses.is(guesses::PAYTO_PATCH, "204") {
        change.nothing("It is changed")
    } else {
        change.ok("The agreement", agreement())
    };
    let change =
        if spec.guesses.is(guesses::PAYTO_STATE, "409") { change.refuses(409) } else { change };
    vec![
        leads(alone),
        list(spec).ok("A page of agreements", page(agreement())).also_as("text/csv", text()),
        leads(for_customer),
        Operation::get(ONE, "getPayToAgreement", "One agreement").ok("The agreement", agreement()),
        change,
    ]
}

fn list(spec: Spec<'_>) -> Operation {
    let guess = || -> Value { guessed(text(), guesses::PAYTO_LIST) };
    Operation::get("/payto-agreements", "listPayToAgreements", "Agreements, newest first")
        // Of the bank's words, in any case.
        .query("agreementStatus", guess())
        .query("customerId", guess())
        .query("customerNumber", guess())
        .query("payeeReference", guess())
        .query("supplierBusinessCode", guess())
        // Any other format than csv is the list.
        .query("format", guess())
        .paged(spec)
        .refuses(422)
}

fn leads(operation: Operation) -> Operation {
    let pays = serde_json::json!({
        "transactionType": "PAYMENT", "principalAmount": 10, "currency": "AUD",
        "payToData": { "agreementToken": "$response.body#/agreementToken" },
    });
    operation
        .leads_to("getPayToAgreement", "agreementToken", "agreementToken")
        .leads_to("changePayToAgreement", "agreementToken", "agreementToken")
        .leads_to("getCustomer", "customerId", "customerId")
        .feeds("createTransaction", "collect", pays)
}
