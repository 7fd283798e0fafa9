//! PayTo agreements: asked for, read, listed, and changed by `PATCH`.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::{Answer, Keys, Route, Visit};
use crate::sandbox::book::KeyKind;
use crate::sandbox::form::Form;
use crate::sandbox::guesses;
use crate::sandbox::links;
use crate::sandbox::merchant::Merchant;
use crate::sandbox::merchant::agreements::{Agreement, Terms, Who};
use crate::sandbox::merchant::ids::{Kind, spelt};
use crate::sandbox::merchant::setting::{Capability, Setting};
use crate::sandbox::refusal::Refusal;

mod change;
mod create;
mod list;
pub(super) mod once;

const SECRET: Keys = Keys::Only(KeyKind::Secret, None);

const ONE: &str = "/payto-agreements/{agreementToken}";

pub(super) const ROUTES: &[Route] = &[
    Route::new("POST", "/payto-agreements", SECRET, create::alone),
    Route::new("GET", "/payto-agreements", SECRET, list::list)
        .giving(&["application/json", list::CSV]),
    Route::new("POST", "/customers/{customerId}/payto-agreements", SECRET, create::for_customer),
    Route::new("GET", ONE, SECRET, one),
    Route::new("PATCH", ONE, SECRET, change::change),
];

fn one(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let number = known(visit)?;
    shown(visit, number).map(Answer::ok)
}

/// The number of the agreement in the path, if there is one that the key may see.
fn known(visit: &mut Visit<'_>) -> Result<u64, Refusal> {
    let number = visit.number(Kind::Agreement, 0)?;
    let (merchant, setting) = visit.merchant()?;
    let found = merchant.agreements.get(number);
    let found = found.filter(|found| setting.may_touch(&found.wanted.business));
    found.map(|found| found.number).ok_or_else(Refusal::not_found)
}

fn shown(visit: &mut Visit<'_>, number: u64) -> Result<Value, Refusal> {
    let (merchant, setting) = visit.merchant()?;
    let found = merchant.agreements.get(number).ok_or_else(Refusal::not_found)?;
    Ok(model(found, merchant, &setting))
}

/// 422 where the facility has no PayTo.
fn check_set_up(form: &mut Form<'_>, setting: &Setting<'_>) {
    if !setting.can(Capability::PayTo) {
        form.wrong("supplierBusinessCode", "The facility is not set up for PayTo.");
    }
}

/// The model of an agreement.
pub(in crate::sandbox) fn model(
    agreement: &Agreement,
    merchant: &Merchant,
    setting: &Setting<'_>,
) -> Value {
    let token = spelt(Kind::Agreement, "", agreement.number);
    let url = format!("{}/payto-agreements/{token}", setting.base_url);
    let customer = merchant.customers.get(agreement.customer);
    let (wanted, guesses) = (&agreement.wanted, setting.guesses);
    let reason = agreement.reason.as_ref();
    let amendment = agreement.amendment.as_ref().map(|amendment| {
        let change = &amendment.change;
        json!({
            "amendmentStatus": amendment.state.bank_word(),
            "respondByTime": links::date_time(amendment.respond_by, guesses),
            "paymentTerms": change.terms.as_ref().map(terms),
            "paymentDetails": {
                "endDate": change.end.map(|date| date.to_string()),
                "automaticRenewal": change.renews,
            },
        })
    });
    json!({
        "links": [links::help("payto-agreements/"), links::link("self", &url, "GET")],
        "agreementToken": token,
        "agreementStatus": agreement.state.bank_word(),
        "statusReasonCode": reason.map(|(code, _)| code),
        "statusReasonDescription": reason.and_then(|(_, text)| text.as_ref()),
        "statusChangedBy": agreement.changed_by.map(Who::word),
        "agreementCreationType": wanted.creation.word(),
        "payeeReference": wanted.payee_reference,
        "customerId": spelt(Kind::Customer, "", agreement.customer),
        "customerNumber": customer.map(|customer| &customer.number),
        "supplierBusinessCode": wanted.business,
        "respondByTime": links::date_time(agreement.respond_by, guesses),
        "paymentDetails": {
            "purpose": wanted.purpose,
            "description": wanted.description,
            "startDate": wanted.start.to_string(),
            "endDate": wanted.end.map(|date| date.to_string()),
            "automaticRenewal": wanted.renews,
        },
        "paymentTerms": terms(&wanted.terms),
        "payerDetails": payer(agreement),
        "pendingAmendment": amendment,
    })
}

/// Amounts of PayTo are texts.
fn terms(terms: &Terms) -> Value {
    json!({
        "frequency": terms.frequency,
        "agreementType": terms.kind,
        "paymentAmount": terms.amount.map(|cents| cents.to_string()),
        "maximumPaymentAmount": terms.maximum.map(|cents| cents.to_string()),
        "currency": "AUD",
    })
}

fn payer(agreement: &Agreement) -> Value {
    let (wanted, payer) = (&agreement.wanted, &agreement.wanted.payer);
    json!({
        "payerType": wanted.payer_type,
        "payerId": wanted.payer_id,
        "payerName": payer.payer_name,
        "payerReference": wanted.payer_reference,
        "payIdType": payer.pay_id.as_ref().map(|(kind, _)| kind),
        "payId": payer.pay_id.as_ref().map(|(_, id)| id),
        "bsb": payer.bsb,
        "accountNumber": payer.number,
    })
}

/// What the status of a refusal is that the agreement's state demands.
fn wrong_state(refusal: Refusal, setting: &Setting<'_>) -> Refusal {
    if setting.guesses.is(guesses::PAYTO_STATE, "409") {
        refusal.with_status(StatusCode::CONFLICT)
    } else {
        refusal
    }
}
