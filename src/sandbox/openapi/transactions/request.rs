//! What `POST /transactions` takes: each use has a form.

use serde_json::{Value, json};

use super::super::instruments::{bank_fields, card_fields, nz_bank_fields};
use super::super::payto_agreements::request::{PAYER_TYPES, PURPOSES, payer};
use super::super::schema::{
    Member, Spec, absent, always, amount_text, fields, flag, guessed, left_out, needed,
    one_form_of, optional, optional_amount, sometimes, whole, word,
};
use crate::sandbox::guesses::{self, newer};

/// The fields of which one names what pays.
const SOURCES: [&str; 8] = [
    "singleUseTokenId",
    "customerId",
    "accountToken",
    "creditCard",
    "bankAccount",
    "nzBankAccount",
    "payToData",
    "payToAgreement",
];

pub(super) fn request(spec: Spec<'_>) -> Value {
    let mut forms = Vec::new();
    for (source, schema, is_card) in sources(spec) {
        let pays: &[&str] = if is_card { &["PAYMENT", "PREAUTH"] } else { &["PAYMENT"] };
        forms.push(new(
            spec,
            source,
            &schema,
            pays,
            vec![needed("principalAmount", spec.amount()), needed("currency", currency())],
        ));
        if is_card {
            forms.push(new(
                spec,
                source,
                &schema,
                &["ACCOUNT_VERIFICATION"],
                vec![sometimes("principalAmount", nothing()), optional("currency", currency())],
            ));
        }
    }
    forms.extend(changes(spec));
    one_form_of(forms)
}

fn currency() -> Value {
    word(&["AUD", "NZD"])
}

/// No amount, or zero.
fn nothing() -> Value {
    json!({ "anyOf": [
        { "type": "number", "minimum": 0, "maximum": 0 },
        amount_text(),
        { "type": "null" },
    ] })
}

/// What may pay, and whether it may be a card.
fn sources(spec: Spec<'_>) -> Vec<(&'static str, Value, bool)> {
    let agreement = fields(vec![
        needed("agreementToken", spec.line(255)),
        optional("endToEndId", spec.line(35)),
        optional("remittanceInformation1", spec.line(140)),
        optional("finalPayment", flag()),
    ]);
    vec![
        ("singleUseTokenId", spec.line(255), true),
        ("customerId", spec.line(255), true),
        ("accountToken", spec.line(255), true),
        ("creditCard", fields(card_fields(spec, false)), true),
        ("bankAccount", fields(bank_fields(spec)), false),
        ("nzBankAccount", fields(nz_bank_fields(spec)), false),
        ("payToData", agreement, false),
        ("payToAgreement", once(spec, true), false),
    ]
}

/// The agreement for one payment; with the payer's account, unless a token has it.
fn once(spec: Spec<'_>, with_account: bool) -> Value {
    let details =
        fields(vec![needed("purpose", word(PURPOSES)), optional("description", spec.line(140))]);
    let mut members = vec![
        optional("payeeReference", spec.line(35)),
        optional("respondByTimeMinutes", whole(&(1..=7_200))),
        needed("paymentDetails", details),
    ];
    members.push(if with_account {
        needed("payerDetails", payer(spec))
    } else {
        let payer = vec![
            optional("payerType", word(PAYER_TYPES)),
            optional("payerId", spec.line(255)),
            optional("payerReference", spec.line(35)),
            absent("payIdType"),
            absent("payId"),
            absent("bsb"),
            absent("accountNumber"),
        ];
        optional("payerDetails", fields(payer))
    });
    guessed(fields(members), newer::PAYTO_ONCE)
}

/// Money asked of an account, or a card verified.
fn new(
    spec: Spec<'_>,
    source: &str,
    schema: &Value,
    types: &[&str],
    amounts: Vec<Member>,
) -> Value {
    let mut members = vec![
        needed("transactionType", word(types)),
        optional("supplierBusinessCode", spec.line(255)),
        left_out("authorisationType"),
        left_out("cancellationType"),
    ];
    members.extend(amounts);
    for name in SOURCES {
        members.push(match (name, source) {
            _ if name == source => needed(name, schema.clone()),
            // Beside a token for PayTo, which has the payer's account.
            ("payToAgreement", "singleUseTokenId") => optional(name, once(spec, false)),
            _ => absent(name),
        });
    }
    if source == "singleUseTokenId" {
        members.push(optional("threeDS2", flag()));
    }
    members.extend(details(spec, matches!(source, "singleUseTokenId" | "creditCard")));
    fields(members)
}

/// Refunds, captures, and what else changes a pre-authorisation.
fn changes(spec: Spec<'_>) -> Vec<Value> {
    let form = |types: &[&str], more: Vec<Member>| {
        let mut members = vec![
            needed("transactionType", word(types)),
            needed("originalReceiptNumber", spec.line(255)),
        ];
        members.extend(more);
        members.extend(details(spec, false));
        fields(members)
    };
    let said = |name, text: &str| always(name, json!({ "const": text }));
    let amount = || needed("principalAmount", spec.amount());
    let perhaps = || optional_amount("principalAmount", spec.amount());
    let any_currency = || optional("currency", currency());
    let authorises = |kind: &str, amount: Member| {
        form(
            &["PREAUTH"],
            vec![
                said("authorisationType", kind).guess(guesses::HOLD_CHANGES),
                left_out("cancellationType"),
                amount,
                any_currency(),
            ],
        )
    };
    let word_of_cancelling = spec.guesses.word(guesses::CANCEL_AS);
    let cancelling: &[&str] = match word_of_cancelling.as_str() {
        "REFUND" => &["REFUND"],
        "PREAUTH" => &["PREAUTH"],
        _ => &["REFUND", "PREAUTH"],
    };
    let cancels = |extent: &str, amount: Option<Member>| {
        let mut more = vec![
            left_out("authorisationType"),
            said("cancellationType", extent).guess(guesses::CANCEL_AS),
            any_currency(),
        ];
        more.extend(amount);
        form(cancelling, more)
    };
    let plain = |types: &[&str], money: Member| {
        let none = vec![left_out("authorisationType"), left_out("cancellationType")];
        form(types, none.into_iter().chain([amount(), money]).collect())
    };
    vec![
        plain(&["REFUND"], needed("currency", currency())),
        plain(&["CAPTURE"], any_currency()),
        authorises("INCREMENTAL", amount()),
        authorises("EXTENSION", perhaps()),
        authorises("REAUTHORISATION", perhaps()),
        cancels("FULL", None),
        cancels("PARTIAL", Some(amount())),
    ]
}

/// What every form may say beside its money.
fn details(spec: Spec<'_>, by_details: bool) -> Vec<Member> {
    let metadata = json!({
        "type": "object",
        "maxProperties": 20,
        "additionalProperties": { "anyOf": [spec.line(255), { "type": "null" }] },
    });
    let stored =
        fields(vec![needed("entryMode", spec.line(255)), optional("usage", spec.line(255))]);
    let must = by_details && spec.guesses.is(guesses::STORED_CREDENTIAL, "required");
    let stored = if must {
        needed("storedCredentialData", stored)
    } else {
        optional("storedCredentialData", stored)
    };
    let limited = |name, chars_max| optional(name, spec.line(chars_max));
    vec![
        limited("customerReferenceNumber", 100),
        limited("paymentReferenceNumber", 100),
        limited("comment", 100),
        limited("networkTransactionId", 15).guess(guesses::CARD_EXTRAS),
        optional("metadata", metadata),
        optional("eci", word(&["INTERNET", "PHONE", "MAIL", "RECURRING"])),
        optional("debtRepayment", flag()).guess(guesses::CARD_EXTRAS),
        limited("ipAddress", 45),
        limited("merchantName", 255),
        limited("merchantStreetAddress", 255),
        limited("merchantLocation", 255),
        limited("merchantState", 255),
        optional("merchantCountry", word(&["AU"])),
        limited("merchantPostCode", 255),
        limited("subMerchantId", 255),
        stored,
    ]
}
