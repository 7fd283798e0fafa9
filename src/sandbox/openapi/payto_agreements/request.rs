//! What an agreement is asked for with, and the five ways in which it is changed.

use serde_json::{Value, json};

use super::super::instruments::payer_account;
use super::super::schema::{
    Member, Spec, absent, always, amount_text_or_number, anything, date, fields, flag, guessed,
    left_out, needed, one_form_of, optional, optional_amount, whole, word, word_of,
};
use crate::sandbox::guesses;
use crate::sandbox::merchant::agreements::Creation;

/// Why payments are made.
pub(in crate::sandbox::openapi) const PURPOSES: &[&str] = &[
    "MORT", "UTIL", "LOAN", "DEPD", "GAMP", "RETL", "SALA", "PERS", "GOVT", "PENS", "TAXS", "OTHR",
];

/// How often.
pub(super) const FREQUENCIES: &[&str] =
    &["ADHO", "INDA", "DAIL", "WEEK", "FRTN", "MNTH", "QURT", "MIAN", "YEAR"];

/// How the amount is fixed.
pub(super) const KINDS: &[&str] = &["FIXE", "VARI", "USGB", "BALN"];

pub(in crate::sandbox::openapi) const PAYER_TYPES: &[&str] = &["PERS", "ORGN"];

pub(super) const PAY_ID_TYPES: &[&str] = &["EMAL", "TELE", "AUBN", "ORGN"];

/// Whom an agreement is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    /// A customer in the path.
    Customer,
    /// Whoever the body says.
    Anyone,
}

pub(super) fn create(spec: Spec<'_>, whom: For) -> Value {
    let code = spec.line(255);
    let business = match whom {
        For::Customer => optional("supplierBusinessCode", code),
        For::Anyone => needed("supplierBusinessCode", code),
    };
    let mut members = vec![
        business,
        optional("agreementCreationType", word_of(Creation::WORDS)),
        // Of a moved direct debit it is needed, which the refusal says.
        optional("payeeReference", spec.line(35)),
        minutes(),
        needed("paymentDetails", details(spec)),
        needed("paymentTerms", terms()),
        needed("payerDetails", payer(spec)),
    ];
    if whom == For::Anyone {
        members.extend([
            optional("customerNumber", spec.line(255)).guess(guesses::PAYTO_CUSTOMER),
            optional("customerName", spec.line(140)).guess(guesses::PAYTO_CUSTOMER),
        ]);
    }
    fields(members)
}

/// How long the payer has: five days at most.
fn minutes() -> Member {
    let bounds = whole(&(1..=7_200));
    optional("respondByTimeMinutes", bounds)
}

fn details(spec: Spec<'_>) -> Value {
    let form = |end: Member, renews: bool| {
        fields(vec![
            needed("purpose", word(PURPOSES)),
            needed("description", spec.line(140)),
            needed("startDate", date()),
            end,
            needed("automaticRenewal", json!({ "const": renews })),
        ])
    };
    let ends = needed("endDate", date()).guess(guesses::PAYTO_TERMS);
    one_form_of(vec![form(left_out("endDate"), true), form(ends, false)])
}

fn terms() -> Value {
    let form = |kinds: &[&str], amounts: Vec<Member>| {
        let mut members = vec![
            needed("frequency", word(FREQUENCIES)),
            needed("agreementType", word(kinds)),
            optional("currency", json!({ "type": "string", "const": "AUD" })),
        ];
        members.extend(amounts);
        fields(members)
    };
    let amount = amount_text_or_number;
    let most = || optional_amount("maximumPaymentAmount", amount());
    one_form_of(vec![
        form(&["FIXE"], vec![needed("paymentAmount", amount()), absent("maximumPaymentAmount")]),
        form(&["BALN"], vec![needed("paymentAmount", amount()), most()]),
        form(&["VARI", "USGB"], vec![optional_amount("paymentAmount", amount()), most()]),
    ])
}

pub(in crate::sandbox::openapi) fn payer(spec: Spec<'_>) -> Value {
    let members = || {
        vec![
            needed("payerType", word(PAYER_TYPES)),
            optional("payerId", spec.line(255)),
            needed("payerName", spec.line(140)),
            optional("payerReference", spec.line(35)),
        ]
    };
    payer_account(&members, spec)
}

/// Five changes, told apart by their fields.
pub(super) fn change(spec: Spec<'_>) -> Value {
    let by_payer = |members: Vec<Member>| {
        let mut all = vec![absent("agreementStatus"), absent("amendmentStatus"), minutes()];
        all.extend(members);
        fields(all)
    };
    let renewal = || {
        fields(vec![
            absent("startDate"),
            optional("endDate", date()),
            optional("automaticRenewal", flag()),
        ])
    };
    let statuses = word(&["RECALLED", "SUSPENDED", "ACTIVE", "CANCELLED"]);
    let of_status = fields(vec![
        needed("agreementStatus", statuses),
        optional("reasonCode", spec.line(4)),
        optional("reasonDescription", spec.line(256)),
    ]);
    let recalls = fields(vec![
        absent("agreementStatus"),
        always("amendmentStatus", json!({ "const": "RECALLED" })),
    ]);
    let about = fields(vec![
        optional("description", spec.line(140)),
        absent("endDate"),
        absent("automaticRenewal"),
    ]);
    let revises = fields(vec![
        absent("agreementStatus"),
        absent("amendmentStatus"),
        absent("paymentTerms"),
        optional("payeeReference", spec.line(35)),
        optional("paymentDetails", about),
        anything("respondByTimeMinutes"),
    ]);
    let amends_terms =
        by_payer(vec![needed("paymentTerms", terms()), optional("paymentDetails", renewal())]);
    let amends_details =
        by_payer(vec![absent("paymentTerms"), needed("paymentDetails", renewal())]);
    let forms = [of_status, recalls, amends_terms, amends_details, revises];
    one_form_of(forms.into_iter().map(|form| guessed(form, guesses::PAYTO_BODIES)).collect())
}
