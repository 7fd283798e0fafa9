//! PayIDs.

use serde_json::Value;

use super::customers::business;
use super::operation::Operation;
use super::schema::{
    Member, Spec, absent, always, amount_text_or_number, fields, guessed, like, list, model,
    needed, object, one_form_of, optional, optional_amount, page, text, word, word_of,
};
use crate::domain::pay_id::BANK_WORDS;
use crate::sandbox::guesses::newer;
use crate::sandbox::merchant::payids::Life;

const OF_CUSTOMER: &str = "/customers/{customerId}/payids";
const ONE: &str = "/payids/{payId}";

pub(super) fn operations(spec: Spec<'_>) -> Vec<Operation> {
    let register =
        Operation::post(OF_CUSTOMER, "registerPayId", "Submits a PayID for registration")
            .body(request(spec))
            .created("The PayID, which is registered or rejected later", pay_id(spec));
    let register = ["getPayId", "deregisterPayId"]
        .into_iter()
        .fold(register, |register, to| register.leads_to(to, "payId", "payId"));
    let deregister = Operation::new("DELETE", ONE, "deregisterPayId", "Gives a PayID up");
    let deregister = if spec.guesses.is(newer::PAY_ID_DELETE, "204") {
        deregister.nothing("It is deregistered")
    } else {
        deregister.ok("It is deregistered", pay_id(spec))
    };
    let deregister = match spec.guesses.word(newer::PAY_ID_STATE).as_str() {
        "409" => deregister.refuses(409),
        "404" => deregister,
        _ => deregister.refuses(422),
    };
    vec![
        register,
        Operation::get(OF_CUSTOMER, "listPayIds", "A customer's PayIDs")
            .paged(spec)
            .ok("A page of PayIDs, newest first", page(pay_id(spec))),
        Operation::get(ONE, "getPayId", "One PayID").ok("The PayID", pay_id(spec)),
        deregister,
    ]
}

/// Only one that takes a single payment may have an amount.
fn request(spec: Spec<'_>) -> Value {
    let form = |life: Life, amount: Member| {
        fields(vec![
            needed("payId", like("^[^@ ]+@[^@ ]+$")),
            needed("type", word(&[life.word()])),
            business(spec),
            amount,
            optional("customerNumber", spec.line(100)).guess(newer::PAY_ID_NUMBER),
            optional("registrationPriority", spec.line(100)).guess(newer::PAY_ID_PRIORITY),
        ])
    };
    one_form_of(vec![
        form(Life::Static, absent("paymentAmount")),
        form(Life::Single, optional_amount("paymentAmount", amount_text_or_number())),
    ])
}

fn pay_id(spec: Spec<'_>) -> Value {
    let members = vec![
        always("links", list(model("Link"))),
        always("payId", text()),
        always("type", word_of(Life::WORDS)),
        always("status", word_of(BANK_WORDS)),
        always("customerId", like("^[0-9]{9,}$")),
        always("customerNumber", text()),
        always("supplierBusinessCode", text()),
        spec.maybe("paymentAmount", like("^[0-9]+\\.[0-9]{2}$")),
        always("registrationPriority", text()),
    ];
    guessed(object(members), newer::PAY_ID_FIELDS)
}
