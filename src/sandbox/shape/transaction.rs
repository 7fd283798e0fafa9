//! The model of a transaction.

use serde_json::{Map, Value, json};

use super::receiving::receiving;
use super::{instrument, money, object, shown_as};
use crate::domain::transaction::State;
use crate::sandbox::links;
use crate::sandbox::merchant::Merchant;
use crate::sandbox::merchant::ids::{Kind, spelt};
use crate::sandbox::merchant::instrument::{Instrument, PayToAccount};
use crate::sandbox::merchant::outcomes::response_of;
use crate::sandbox::merchant::setting::Setting;
use crate::sandbox::merchant::transactions::{
    AuthorisationType, CancellationType, Transaction, TransactionType,
};

/// A transaction as lists and reads show it.
pub(in crate::sandbox) fn transaction(
    transaction: &Transaction,
    merchant: &Merchant,
    setting: &Setting<'_>,
) -> Value {
    let (details, currency) = (&transaction.details, transaction.currency());
    let receipt = spelt(Kind::Receipt, setting.facility, transaction.receipt);
    let url = format!("{}/transactions/{receipt}", setting.base_url);
    let response = response_of(transaction);
    let suspended = transaction.state == State::Suspended;
    let metadata: Map<String, Value> =
        details.metadata.iter().map(|(name, text)| (name.clone(), json!(text))).collect();
    let mut model = object([
        (
            "links",
            Value::Array(vec![links::help("transactions/"), links::link("self", &url, "GET")]),
        ),
        ("receiptNumber", Value::from(receipt)),
        ("transactionType", json!(transaction.kind.word())),
        ("status", json!(transaction.state.bank_word())),
        ("responseCode", json!(response.code)),
        ("responseDescription", json!(response.text)),
        ("summaryCode", json!(response.summary)),
        ("fraudGuardResult", json!(suspended.then_some("The amount is above the limit."))),
        (
            "originalReceiptNumber",
            Value::from(details.original.map(|n| spelt(Kind::Receipt, "", n))),
        ),
        ("customerReferenceNumber", json!(details.customer_reference)),
        ("paymentReferenceNumber", json!(details.payment_reference)),
        ("comment", json!(details.comment)),
        ("metadata", Value::Object(metadata)),
        ("source", json!(transaction.origin.word())),
        ("ipAddress", json!(details.ip_address)),
        ("supplierBusinessCode", json!(transaction.business)),
        ("settlementDate", Value::from(transaction.settles.to_string())),
        ("transactionTime", Value::from(links::date_time(transaction.time, setting.guesses))),
        ("voidable", json!(merchant.is_voidable(transaction, setting))),
        ("refundable", json!(merchant.is_refundable(transaction, setting))),
        ("principalAmount", money(transaction.principal, currency)),
        ("surchargeAmount", money(transaction.surcharge, currency)),
        ("totalAmount", money(transaction.total(), currency)),
        (
            "networkTransactionId",
            Value::from(transaction.network.map(|n| spelt(Kind::Network, "", n))),
        ),
        ("debtRepayment", json!(details.debt_repayment.unwrap_or(false))),
    ]);
    if let Value::Object(members) = &mut model {
        let authorisation = details.authorisation.map(AuthorisationType::word);
        let cancellation = details.cancellation.map(CancellationType::word);
        for (name, word) in [
            ("authorisationType", authorisation.map(str::to_owned)),
            ("cancellationType", cancellation.map(str::to_owned)),
            ("authorisationCode", authorisation_code(transaction)),
        ] {
            if let Some(word) = word {
                members.insert(name.into(), json!(word));
            }
        }
        for (name, text) in &details.descriptor {
            members.insert(name.clone(), json!(text));
        }
        add_accounts(members, transaction, merchant, setting);
    }
    model
}

/// Whose account receives the money, and whose pays.
fn add_accounts(
    members: &mut Map<String, Value>,
    transaction: &Transaction,
    merchant: &Merchant,
    setting: &Setting<'_>,
) {
    let receiving = receiving(&transaction.instrument, &transaction.business, setting);
    members.extend(receiving.map(|(name, account)| (name.to_owned(), account)));
    let (name, account) = payer(transaction, merchant, setting);
    members.insert(name.into(), account);
    if let Instrument::PayTo(payer) = transaction.instrument.as_ref() {
        members.insert("payToData".into(), pay_to_data(transaction, payer));
    }
}

/// What a payment under a `PayTo` agreement was asked for with.
fn pay_to_data(transaction: &Transaction, payer: &PayToAccount) -> Value {
    let told = transaction.details.remittance.as_ref();
    json!({
        "agreementToken": payer.agreement.map(|number| spelt(Kind::Agreement, "", number)),
        "endToEndId": told.and_then(|told| told.end_to_end_id.as_ref()),
        "remittanceInformation1": told.and_then(|told| told.information.as_ref()),
        "finalPayment": payer.last,
    })
}

/// The issuer's code of an approved pre-authorisation: six digits.
fn authorisation_code(transaction: &Transaction) -> Option<String> {
    let held = transaction.kind == TransactionType::Preauth && transaction.state == State::Approved;
    held.then(|| format!("{:06}", transaction.receipt % 1_000_000))
}

/// The account that paid, under the name its kind has.
fn payer(
    transaction: &Transaction,
    merchant: &Merchant,
    setting: &Setting<'_>,
) -> (&'static str, Value) {
    let paid_with = transaction.instrument.as_ref();
    let account = transaction.details.account;
    let registered = account.and_then(|token| merchant.accounts.get(token));
    let mut members = Map::new();
    members.insert("accountType".into(), json!(paid_with.account_type()));
    let token = account.map(|token| spelt(Kind::Account, setting.facility, token));
    members.insert("accountToken".into(), json!(token));
    let customer = registered.map(|account| spelt(Kind::Customer, "", account.customer));
    members.insert("customerId".into(), json!(customer));
    let is_default = registered.is_some_and(|account| merchant.is_default(account));
    members.insert("defaultAccount".into(), json!(is_default));
    members.append(&mut instrument(paid_with, setting));
    members.append(&mut shown_as(paid_with));
    let name = match paid_with {
        Instrument::Card(_) => {
            members.insert("panType".into(), json!("FPAN"));
            "creditCard"
        }
        Instrument::Wallet(_) => "creditCard",
        Instrument::Bank(_) => "bankAccount",
        Instrument::NzBank(_) => "nzBankAccount",
        Instrument::PayTo(_) => "payToPayerAccount",
        Instrument::PayId(_) => "payIdData",
    };
    (name, Value::Object(members))
}
