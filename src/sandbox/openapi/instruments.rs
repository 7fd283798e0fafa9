//! What is paid with, as requests give it and as replies show it.

use serde_json::{Value, json};

use super::models::{card_scheme, card_type, percentage};
use super::schema::{
    Member, Spec, absent, always, fields, like, needed, object, one_form_of, optional, text, word,
};
use crate::sandbox::guesses::{self, newer};

/// A BSB in a request, with its dash or without.
pub(super) fn bsb() -> Value {
    like("^[0-9]{3}-?[0-9]{3}$")
}

/// The fields of a card in a request.
pub(super) fn card_fields(spec: Spec<'_>, four_digits: bool) -> Vec<Member> {
    let two_too = !four_digits || spec.guesses.is(guesses::EXPIRY_YEAR, "two_or_four");
    let year = if two_too { "^([0-9]{2}|[0-9]{4})$" } else { "^[0-9]{4}$" };
    vec![
        needed("cardNumber", spec.line(37)),
        needed("expiryDateMonth", like("^(0[1-9]|1[0-2])$")),
        needed("expiryDateYear", like(year)),
        optional("cardholderName", spec.line(100)),
        optional("cvn", spec.digits(&(3..=4))),
    ]
}

/// The fields of an Australian bank account in a request.
pub(super) fn bank_fields(spec: Spec<'_>) -> Vec<Member> {
    vec![
        needed("accountName", spec.line(100)),
        needed("bsb", bsb()),
        needed("accountNumber", spec.digits(&(1..=9))),
    ]
}

/// The fields of a New Zealand bank account in a request.
pub(super) fn nz_bank_fields(spec: Spec<'_>) -> Vec<Member> {
    vec![
        needed("nzAccountName", spec.line(100)),
        needed("nzBankCode", spec.digits(&(2..=2))),
        needed("nzBranchCode", spec.digits(&(2..=4))),
        needed("nzAccountNumber", spec.digits(&(6..=8))),
        needed("nzAccountSuffix", spec.digits(&(2..=4))),
    ]
}

/// A PayTo payer's account in a request: by number, or by PayID.
pub(super) fn payer_account(others: &dyn Fn() -> Vec<Member>, spec: Spec<'_>) -> Value {
    let mut by_number = others();
    by_number.extend([
        needed("bsb", bsb()),
        needed("accountNumber", spec.digits(&(1..=9))),
        absent("payIdType"),
        absent("payId"),
    ]);
    let mut by_pay_id = others();
    by_pay_id.extend([
        needed("payIdType", word(&["EMAL", "TELE", "AUBN", "ORGN"])),
        needed("payId", spec.line(256)),
        absent("bsb"),
        absent("accountNumber"),
    ]);
    one_form_of(vec![fields(by_number), fields(by_pay_id)])
}

/// The members of a card in a reply.
pub(super) fn card(spec: Spec<'_>) -> Vec<Member> {
    vec![
        always("cardNumber", like("^[0-9]{6}\\.\\.\\.[0-9]{3}$")),
        always("expiryDateMonth", like("^(0[1-9]|1[0-2])$")),
        always("expiryDateYear", like("^[0-9]{2}$")),
        always("cardScheme", card_scheme()),
        spec.maybe("cardType", card_type()),
        spec.maybe("cardholderName", text()),
        always("maskedCardNumber4Digits", like("^[0-9]{6}\\.\\.\\.[0-9]{4}$")),
    ]
}

/// What is added to a payment with a card.
pub(super) fn surcharge(spec: Spec<'_>) -> Member {
    spec.maybe("surchargePercentage", percentage())
}

/// The members of an Australian bank account in a reply.
pub(super) fn bank() -> Vec<Member> {
    vec![always("accountName", text()), always("bsb", text()), always("accountNumber", text())]
}

/// The members of a New Zealand bank account in a reply.
pub(super) fn nz_bank() -> Vec<Member> {
    vec![
        always("nzAccountName", text()),
        always("nzBankCode", like("^[0-9]{2}$")),
        always("nzBranchCode", like("^[0-9]{2,4}$")),
        always("nzAccountNumber", like("^[0-9]{6,8}$")),
        always("nzAccountSuffix", like("^[0-9]{2,4}$")),
    ]
}

/// A bank account's members with how it is shown and in what it pays, which tokens do not say.
pub(super) fn shown_as(currency: &str, mut bank: Vec<Member>) -> Vec<Member> {
    bank.push(always("displayName", text()).guess(guesses::RECEIVING_ACCOUNTS));
    bank.push(always("currency", word(&[currency])));
    bank
}

/// The members of a PayTo payer's account in a reply.
pub(super) fn payto(spec: Spec<'_>) -> Vec<Member> {
    let member = |member: Member| member.guess(newer::WALLET_TOKENS);
    vec![
        member(always("payerName", text())),
        member(spec.maybe("bsb", like("^[0-9]{6}$"))),
        member(spec.maybe("accountNumber", text())),
        member(spec.maybe("payIdType", text())),
        member(spec.maybe("payId", text())),
    ]
}

/// One account: of a kind, and the members that kind has.
pub(super) fn of_kind(account_type: &str, first: Vec<Member>, then: Vec<Member>) -> Value {
    let mut members = vec![always("accountType", json!({ "const": account_type }))];
    members.extend(first);
    members.extend(then);
    object(members)
}
