//! The models that stand in replies of several resources.

use serde_json::{Map, Value, json};

use super::schema::{Spec, always, guessed, like, list, model, object, sometimes, text, word};
use crate::sandbox::guesses;

/// The schemes of cards.
pub(super) const SCHEMES: &[&str] = &["VISA", "MASTERCARD", "AMEX", "DINERS", "JCB", "UNIONPAY"];

/// An amount in Australian or New Zealand dollars, for people.
const DISPLAY: &str = "^-?\\$[0-9]{1,3}(,[0-9]{3})*\\.[0-9]{2}$";

/// A percentage with three decimals.
const PERCENTAGE: &str = "^[0-9]+\\.[0-9]{3}$";

/// The schemas that are referred to by name.
pub(super) fn schemas(spec: Spec<'_>) -> Map<String, Value> {
    let mut all = Map::new();
    for (name, schema) in [
        ("Link", link()),
        ("Money", money()),
        ("MoneyWithSurcharge", money_with_surcharge()),
        ("Error", error(spec)),
        ("Problem", problem()),
        ("CustomerAccount", super::accounts::account(spec)),
        ("Transaction", super::transactions::model::transaction(spec)),
    ] {
        all.insert(name.to_owned(), schema);
    }
    all
}

fn link() -> Value {
    object(vec![
        always("rel", text()),
        always("href", json!({ "type": "string", "format": "uri" })),
        always("requestMethod", word(&["GET", "POST", "PUT", "PATCH", "DELETE"])),
    ])
}

fn money() -> Value {
    object(vec![
        always("currency", word(&["AUD", "NZD"])),
        // With two decimals, which a schema of JSON numbers cannot say.
        always("amount", json!({ "type": "number" })),
        always("displayAmount", like(DISPLAY)),
    ])
}

fn money_with_surcharge() -> Value {
    object(vec![
        always("principalAmount", model("Money")),
        always("surchargeAmount", model("Money")),
        always("totalAmount", model("Money")),
    ])
}

fn error(spec: Spec<'_>) -> Value {
    let field = object(vec![
        always("messages", list(text())),
        always("fieldName", text()),
        always("fieldValue", text()),
    ]);
    let mut members = vec![
        always("links", list(model("Link"))),
        always("status", like("^[1-5][0-9]{2}$")),
        always("requestMethod", text()),
        always("requestUrl", text()),
        always("customerMessage", text()),
        always("developerMessage", text()),
        sometimes("errors", list(field)),
    ];
    if spec.guesses.is(guesses::TRACE_CODE, "present") {
        members.push(always("traceCode", guessed(text(), guesses::TRACE_CODE)));
    }
    object(members)
}

/// What the listener answers before a request is read.
fn problem() -> Value {
    object(vec![
        always("type", text()),
        always("title", text()),
        always("status", json!({ "type": "integer" })),
        always("code", text()),
        always("detail", text()),
    ])
}

/// A percentage as the bank writes it.
pub(super) fn percentage() -> Value {
    like(PERCENTAGE)
}

/// Whether a card is a credit or a debit card.
pub(super) fn card_type() -> Value {
    word(&["CREDIT", "DEBIT"])
}

/// The scheme of a card.
pub(super) fn card_scheme() -> Value {
    word(SCHEMES)
}

/// The address in a customer's or a business's model, any part of which there may not be.
pub(super) fn address(spec: Spec<'_>) -> Value {
    let part = |name| spec.maybe(name, text());
    object(vec![
        part("street1"),
        part("street2"),
        part("street3"),
        part("city"),
        part("state"),
        part("postcode"),
        part("country"),
    ])
}
