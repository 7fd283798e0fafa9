//! Registered accounts.

use serde_json::{Value, json};

use super::customers::business;
use super::instruments::{
    bank, bank_fields, card, card_fields, nz_bank, nz_bank_fields, of_kind, shown_as, surcharge,
};
use super::operation::Operation;
use super::schema::{
    Member, Spec, absent, always, fields, flag, like, list, model, needed, one_form_of, optional,
    page, word,
};
use crate::sandbox::guesses;

const OF_CUSTOMER: &str = "/customers/{customerId}/accounts";
const ONE: &str = "/accounts/{accountToken}";

pub(super) fn operations(spec: Spec<'_>) -> Vec<Operation> {
    let registered =
        |operation: Operation| leads(operation.created("The account", model("CustomerAccount")));
    let list = Operation::get(OF_CUSTOMER, "listCustomerAccounts", "A customer's accounts")
        .paged(spec)
        .ok("A page of accounts, newest first", page(model("CustomerAccount")));
    let for_customer = Operation::post(
        OF_CUSTOMER,
        "registerAccountForCustomer",
        "Registers an account for a customer",
    )
    .body(request(spec, &Vec::new));
    let more = || {
        vec![
            optional("customerNumber", spec.line(100)).guess(guesses::REGISTERED_CUSTOMER),
            optional("customerName", spec.line(100)).guess(guesses::REGISTERED_CUSTOMER),
        ]
    };
    let alone =
        Operation::post("/accounts", "registerAccount", "Registers an account and its customer")
            .body(request(spec, &more));
    let disable = Operation::new("DELETE", ONE, "disableAccount", "Disables an account for good");
    let disable = if spec.guesses.is(guesses::DELETE_REPLY, "204") {
        disable.nothing("It is disabled")
    } else {
        disable.ok("It is disabled", model("CustomerAccount"))
    };
    vec![
        list,
        registered(for_customer),
        registered(alone),
        Operation::get(ONE, "getAccount", "One account")
            .ok("The account", model("CustomerAccount")),
        Operation::new("PATCH", ONE, "updateAccount", "Another holder's name or expiry")
            .body(change(spec))
            .patched(spec, "The account", model("CustomerAccount")),
        disable,
    ]
}

fn leads(operation: Operation) -> Operation {
    let to = ["getAccount", "updateAccount", "disableAccount", "listTransactionsForAccountToken"];
    let pays = json!({
        "transactionType": "PAYMENT", "accountToken": "$response.body#/accountToken",
    });
    to.into_iter()
        .fold(operation, |operation, to| operation.leads_to(to, "accountToken", "accountToken"))
        .feeds("createTransaction", "payWithAccount", pays)
        .leads_to("getCustomer", "customerId", "customerId")
        .leads_to("createRecurringPayment", "customerId", "customerId")
}

/// What is registered: one of four.
fn request(spec: Spec<'_>, more: &dyn Fn() -> Vec<Member>) -> Value {
    const SOURCES: [&str; 4] = ["singleUseTokenId", "creditCard", "bankAccount", "nzBankAccount"];
    let form = |source: &str, schema: Value| {
        let mut members = vec![
            business(spec),
            optional("defaultAccount", flag()).guess(guesses::REGISTER_REQUEST),
            optional("threeDS2", flag()),
        ];
        members.extend(more());
        for name in SOURCES {
            members.push(if name == source { needed(name, schema.clone()) } else { absent(name) });
        }
        fields(members)
    };
    let guessed = |schema| super::schema::guessed(schema, guesses::REGISTER_REQUEST);
    one_form_of(vec![
        form("singleUseTokenId", spec.line(255)),
        form("creditCard", guessed(fields(card_fields(spec, false)))),
        form("bankAccount", guessed(fields(bank_fields(spec)))),
        form("nzBankAccount", guessed(fields(nz_bank_fields(spec)))),
    ])
}

/// What may be changed of an account; a field that belongs to another kind of account is refused.
fn change(spec: Spec<'_>) -> Value {
    let member = |member: Member| member.guess(guesses::UPDATE_ACCOUNT);
    fields(vec![
        member(optional("cardholderName", spec.line(100))),
        member(optional("expiryDateMonth", like("^(0[1-9]|1[0-2])$"))),
        member(optional("expiryDateYear", like("^([0-9]{2}|[0-9]{4})$"))),
        member(optional("accountName", spec.line(100))),
        member(optional("nzAccountName", spec.line(100))),
        member(optional("defaultAccount", flag())),
    ])
}

/// A registered account in a reply.
pub(super) fn account(spec: Spec<'_>) -> Value {
    let first = || {
        vec![
            always("links", list(model("Link"))),
            always("accountToken", like("^.+-[0-9]{9,}$")),
            always("customerId", like("^[0-9]{9,}$")),
            always("defaultAccount", flag()),
        ]
    };
    let mut of_card = card(spec);
    of_card.extend([always("panType", word(&["FPAN"])), surcharge(spec)]);
    json!({ "oneOf": [
        of_kind("CREDIT_CARD", first(), of_card),
        of_kind("DIRECT_DEBIT", first(), shown_as("AUD", bank())),
        of_kind("DIRECT_DEBIT_NZ", first(), shown_as("NZD", nz_bank())),
    ] })
}
