//! The model of a transaction.

use serde_json::{Value, json};

use super::super::instruments::{bank, card, nz_bank, of_kind, payto, shown_as};
use super::super::schema::{
    Member, Spec, always, date, date_time, flag, guessed, like, list, model, object, sometimes,
    text, word, word_of,
};
use super::receiving::{descriptor, receiving};
use crate::domain::transaction::BANK_WORDS;
use crate::sandbox::guesses::{self, newer};
use crate::sandbox::merchant::transactions::{AuthorisationType, CancellationType};

/// The names under one of which the account stands that paid.
const PAYERS: [&str; 5] =
    ["creditCard", "bankAccount", "nzBankAccount", "payToPayerAccount", "payIdData"];

pub(in crate::sandbox::openapi) fn transaction(spec: Spec<'_>) -> Value {
    let mut members = what_it_is(spec);
    members.extend(who_and_how_much(spec));
    members.extend(payers(spec));
    members.extend(receiving(spec));
    members.extend(descriptor());
    let mut schema = object(members);
    let one: Vec<Value> = PAYERS.iter().map(|name| json!({ "required": [name] })).collect();
    if let Value::Object(words) = &mut schema {
        words.insert("oneOf".into(), Value::Array(one));
    }
    schema
}

fn what_it_is(spec: Spec<'_>) -> Vec<Member> {
    let types = ["PAYMENT", "REFUND", "PREAUTH", "CAPTURE", "ACCOUNT_VERIFICATION"];
    vec![
        always("links", list(model("Link"))),
        always("receiptNumber", like("^[0-9]{10,}$")),
        always("transactionType", word(&types)),
        sometimes("authorisationType", word_of(AuthorisationType::WORDS)),
        sometimes("cancellationType", word_of(CancellationType::WORDS)),
        always("status", word_of(BANK_WORDS)),
        always("responseCode", like("^[0-9A-Z]{2}$")),
        always("responseDescription", text()),
        always("summaryCode", word(&["0", "1", "2", "3"])),
        spec.maybe("fraudGuardResult", text()),
        spec.maybe("originalReceiptNumber", like("^[0-9]{10,}$")),
        always("source", word(&["RESTAPI", "RECURRING", "QUICKBATCH", "PAYID"]))
            .guess(guesses::SOURCES),
        sometimes("authorisationCode", like("^[0-9]{6}$")),
        spec.maybe("networkTransactionId", like("^[0-9]{15}$")),
        always("debtRepayment", flag()),
    ]
}

fn who_and_how_much(spec: Spec<'_>) -> Vec<Member> {
    vec![
        spec.maybe("customerReferenceNumber", text()),
        spec.maybe("paymentReferenceNumber", text()),
        spec.maybe("comment", text()),
        always("metadata", json!({ "type": "object", "additionalProperties": text() })),
        spec.maybe("ipAddress", text()),
        always("supplierBusinessCode", text()),
        always("settlementDate", date()),
        always("transactionTime", date_time()),
        always("voidable", flag()),
        always("refundable", flag()),
        always("principalAmount", model("Money")),
        always("surchargeAmount", model("Money")),
        always("totalAmount", model("Money")),
    ]
}

/// The account that paid, under the name its kind has.
fn payers(spec: Spec<'_>) -> Vec<Member> {
    let first = || {
        vec![
            spec.maybe("accountToken", text()),
            spec.maybe("customerId", like("^[0-9]{9,}$")),
            always("defaultAccount", flag()),
        ]
    };
    let mut of_card = card(spec);
    of_card.push(always("panType", word(&["FPAN"])));
    let cards = json!({ "oneOf": [
        of_kind("CREDIT_CARD", first(), of_card),
        of_kind("APPLE_PAY", first(), Vec::new()),
        of_kind("GOOGLE_PAY", first(), Vec::new()),
    ] });
    let payer = of_kind("PAYTO", first(), payto(spec));
    let mut account = bank();
    account.push(always("payId", text()));
    let to_pay_id = of_kind("PAYID", first(), account);
    vec![
        sometimes("creditCard", cards),
        sometimes("bankAccount", of_kind("DIRECT_DEBIT", first(), shown_as("AUD", bank()))),
        sometimes("nzBankAccount", of_kind("DIRECT_DEBIT_NZ", first(), shown_as("NZD", nz_bank()))),
        sometimes("payToPayerAccount", guessed(payer, newer::WALLET_TOKENS)),
        sometimes("payIdData", guessed(to_pay_id, newer::PAY_ID_PAYMENTS)),
    ]
}
