//! The model of an agreement. Of what is read only the report's headings are documented; what has no
//! guess here has its name in a request or in another model besides.

use serde_json::{Value, json};

use super::super::schema::{
    Member, Spec, always, date, date_time, flag, like, list, model, object, text, word, word_of,
};
use super::request::{FREQUENCIES, KINDS, PAY_ID_TYPES, PAYER_TYPES, PURPOSES};
use crate::domain::payto_amendment;
use crate::sandbox::guesses;
use crate::sandbox::merchant::agreements::Creation;

/// An agreement's status in replies.
const STATUSES: &[&str] = &[
    "CREATING",
    "PENDING",
    "ACTIVE",
    "SUSPENDED",
    "DECLINED",
    "RECALLED",
    "EXPIRED",
    "FAILED",
    "CANCELLED",
];

fn guess(member: Member) -> Member {
    member.guess(guesses::PAYTO_FIELDS)
}

pub(super) fn agreement(spec: Spec<'_>) -> Value {
    object(vec![
        always("links", list(model("Link"))),
        always("agreementToken", like("^C[0-9]{14,}$")),
        guess(always("agreementStatus", word(STATUSES))),
        guess(spec.maybe("statusReasonCode", text())),
        guess(spec.maybe("statusReasonDescription", text())),
        guess(spec.maybe("statusChangedBy", word(&["PAYER", "PAYEE"]))),
        always("agreementCreationType", word_of(Creation::WORDS)),
        spec.maybe("payeeReference", text()),
        always("customerId", like("^[0-9]{9,}$")),
        spec.maybe("customerNumber", text()),
        always("supplierBusinessCode", text()),
        guess(always("respondByTime", date_time())),
        guess(always("paymentDetails", details(spec))),
        guess(always("paymentTerms", terms(spec))),
        guess(always("payerDetails", payer(spec))),
        guess(spec.maybe("pendingAmendment", amendment(spec))),
    ])
}

fn details(spec: Spec<'_>) -> Value {
    object(vec![
        guess(always("purpose", word(PURPOSES))),
        guess(always("description", text())),
        guess(always("startDate", date())),
        guess(spec.maybe("endDate", date())),
        guess(always("automaticRenewal", flag())),
    ])
}

/// Amounts of PayTo are texts.
fn terms(spec: Spec<'_>) -> Value {
    let amount = || like("^[0-9]+\\.[0-9]{2}$");
    object(vec![
        guess(always("frequency", word(FREQUENCIES))),
        guess(always("agreementType", word(KINDS))),
        guess(spec.maybe("paymentAmount", amount())),
        guess(spec.maybe("maximumPaymentAmount", amount())),
        guess(always("currency", json!({ "const": "AUD" }))),
    ])
}

fn payer(spec: Spec<'_>) -> Value {
    object(vec![
        guess(always("payerType", word(PAYER_TYPES))),
        guess(spec.maybe("payerId", text())),
        guess(always("payerName", text())),
        guess(spec.maybe("payerReference", text())),
        guess(spec.maybe("payIdType", word(PAY_ID_TYPES))),
        guess(spec.maybe("payId", text())),
        guess(spec.maybe("bsb", like("^[0-9]{6}$"))),
        guess(spec.maybe("accountNumber", text())),
    ])
}

fn amendment(spec: Spec<'_>) -> Value {
    let changed = object(vec![
        guess(spec.maybe("endDate", date())),
        guess(spec.maybe("automaticRenewal", flag())),
    ]);
    object(vec![
        guess(always("amendmentStatus", word_of(payto_amendment::BANK_WORDS))),
        guess(always("respondByTime", date_time())),
        guess(spec.maybe("paymentTerms", terms(spec))),
        guess(always("paymentDetails", changed)),
    ])
}
