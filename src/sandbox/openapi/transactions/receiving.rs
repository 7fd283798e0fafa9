//! Whose account a transaction's money goes to, and what a PayTo payment was asked for with.

use super::super::schema::{Member, Spec, always, flag, like, object, sometimes, text, word};
use crate::sandbox::guesses;

pub(super) fn receiving(spec: Spec<'_>) -> Vec<Member> {
    let some = |names: &[&'static str]| names.iter().map(|name| always(name, text())).collect();
    let with = |mut members: Vec<Member>, more: Vec<Member>| {
        members.extend(more);
        object(members)
    };
    let account = |name, schema| sometimes(name, schema).guess(guesses::RECEIVING_ACCOUNTS);
    let names = [
        "merchantId",
        "merchantName",
        "settlementBsb",
        "settlementAccountNumber",
        "displayName",
        "acquiringInstitution",
    ];
    let surcharge = vec![
        spec.maybe("settlementSurchargeBsb", text()),
        spec.maybe("settlementSurchargeAccountNumber", text()),
        always("currency", word(&["AUD"])),
    ];
    let direct = [
        "displayName",
        "directEntryUserId",
        "directEntryUserName",
        "accountName",
        "settlementBsb",
        "settlementAccountNumber",
        "remitterName",
    ];
    let nz_direct = [
        "displayName",
        "debitUserId",
        "nzAccountName",
        "nzBankCode",
        "nzBranchCode",
        "nzAccountNumber",
        "nzAccountSuffix",
    ];
    let currency = |code: &str| vec![always("currency", word(&[code]))];
    vec![
        account("merchantAccount", with(some(&names), surcharge)),
        account("directEntryAccount", with(some(&direct), currency("AUD"))),
        account("nzDirectEntryAccount", with(some(&nz_direct), currency("NZD"))),
        account("payToPayeeAccount", object(some(&["accountName", "bsb", "accountNumber"]))),
        sometimes("payToData", pay_to_data(spec)),
    ]
}

fn pay_to_data(spec: Spec<'_>) -> serde_json::Value {
    object(vec![
        spec.maybe("agreementToken", like("^C[0-9]{14,}$")),
        spec.maybe("endToEndId", text()),
        spec.maybe("remittanceInformation1", text()),
        always("finalPayment", flag()),
    ])
}

/// What an aggregator said of the merchant that is paid.
pub(super) fn descriptor() -> impl Iterator<Item = Member> {
    let names = [
        "merchantName",
        "merchantStreetAddress",
        "merchantLocation",
        "merchantState",
        "merchantCountry",
        "merchantPostCode",
        "subMerchantId",
    ];
    names.into_iter().map(|name| sometimes(name, text()))
}
