//! Businesses, the cards they accept, and what they add to a payment by card.

use super::models::{address, card_scheme, card_type, percentage};
use super::operation::Operation;
use super::schema::{Member, Spec, always, fields, list, model, needed, object, page, text};

pub(super) fn operations(spec: Spec<'_>) -> Vec<Operation> {
    let ask = fields(vec![needed("cardNumber", spec.line(37))]);
    vec![
        Operation::get("/businesses", "listBusinesses", "The businesses that take payments")
            .paged(spec)
            .ok("A page of businesses", page(business(spec))),
        Operation::get("/businesses/{supplierBusinessCode}", "getBusiness", "One business")
            .ok("The business", business(spec)),
        Operation::get(
            "/businesses/{supplierBusinessCode}/accepted-cards",
            "listAcceptedCards",
            "The schemes whose cards a business accepts",
        )
        .paged(spec)
        .ok("A page of schemes", page(accepted())),
        Operation::get(
            "/businesses/{supplierBusinessCode}/card-surcharges",
            "listCardSurcharges",
            "What a business adds to each kind of card",
        )
        .paged(spec)
        .ok("A page of surcharges", page(surcharge(spec))),
        Operation::post(
            "/businesses/{supplierBusinessCode}/query-card-surcharge",
            "queryCardSurcharge",
            "What a business adds to one card",
        )
        .body(ask)
        .ok("The surcharge", surcharge(spec)),
    ]
}

fn links() -> Member {
    always("links", list(model("Link")))
}

fn business(spec: Spec<'_>) -> serde_json::Value {
    object(vec![
        links(),
        always("supplierBusinessName", text()),
        always("supplierBusinessCode", text()),
        always("registeredName", text()),
        always("abn", text()),
        always("contactName", text()),
        always("contactEmail", text()),
        always("contactPhone", text()),
        always("customerNotificationEmail", text()),
        always("businessAddress", address(spec)),
    ])
}

fn accepted() -> serde_json::Value {
    object(vec![links(), always("cardScheme", card_scheme())])
}

fn surcharge(spec: Spec<'_>) -> serde_json::Value {
    object(vec![
        links(),
        always("cardScheme", card_scheme()),
        spec.maybe("cardType", card_type()),
        always("surchargePercentage", percentage()),
    ])
}
