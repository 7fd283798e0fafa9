//! The bank's answers as the client reads them.

use std::collections::BTreeSet;

use quaymaster::quickstream::Listed;
use quaymaster::quickstream::json::Fields;
use quaymaster::quickstream::models::account::{BankAccount, CreditCard, NzBankAccount};
use quaymaster::quickstream::models::address::Address;
use quaymaster::quickstream::models::money::{Money, SurchargedMoney};
use quaymaster::quickstream::resources::accounts::Account;
use quaymaster::quickstream::resources::businesses::{AcceptedCard, Business, CardSurcharge};
use quaymaster::quickstream::resources::credit_cards::SchemeOfCard;
use quaymaster::quickstream::resources::customers::Customer;
use quaymaster::quickstream::resources::pay_ids::RegisteredPayId;
use quaymaster::quickstream::resources::payment_files::{FileMistake, PaymentBatch, PaymentFile};
use quaymaster::quickstream::resources::payto_agreements::model::PayToAgreement;
use quaymaster::quickstream::resources::recurring_payments::RecurringPayment;
use quaymaster::quickstream::resources::single_use_tokens::SingleUseToken;
use quaymaster::quickstream::resources::single_use_tokens::authentication::Authenticated;
use quaymaster::quickstream::resources::transactions::hold::AnyHold;
use quaymaster::quickstream::resources::transactions::model::Transaction;
use quaymaster::quickstream::routes::{Found, Method, find};
use serde_json::Value;

/// Reads an object as one of the client's types, and writes it again.
type Reader = fn(Fields) -> Option<Value>;

macro_rules! readers {
    ($( $name:ident )+) => {
        &[ $( (stringify!($name), |fields| <$name as Listed>::read(fields).map(|read| read.to_value())) ),+ ]
    };
}

/// Every type that an answer, or a part of one, is read as.
const READERS: &[(&str, Reader)] = readers! {
    Transaction PayToAgreement SingleUseToken Account Customer RecurringPayment PaymentFile
    PaymentBatch FileMistake Business AcceptedCard CardSurcharge SchemeOfCard RegisteredPayId
    Authenticated CreditCard BankAccount NzBankAccount Address Money SurchargedMoney
};

/// The first byte says as what the rest is read. Nothing of it is lost, and what is written reads
/// back.
pub(super) fn replies(data: &[u8]) {
    let Some((kind, body)) = data.split_first() else { return };
    let Some((name, read)) = READERS.get(usize::from(kind % 32)) else { return };
    let Ok(fields) = Fields::parse(body) else { return };
    let came = fields.clone().into_value();
    let Some(written) = read(fields) else { return };
    let lost: Vec<_> = names(&came).difference(&names(&written)).cloned().collect();
    assert!(lost.is_empty(), "{name} loses {lost:?}");
    let text = written.to_string();
    let again = Fields::parse(text.as_bytes()).ok().and_then(read);
    assert_eq!(again.as_ref(), Some(&written), "{name} reads itself otherwise");
    if *name == "Transaction" {
        hold(&text);
    }
}

/// What is made of a transaction's fields beyond reading them.
fn hold(text: &str) {
    let fields = Fields::parse(text.as_bytes()).unwrap();
    let transaction = <Transaction as Listed>::read(fields).unwrap();
    let _ = transaction.state();
    let _ = AnyHold::of(&transaction);
    assert!(!format!("{transaction:?}").contains("\"ipAddress\":"));
}

/// The names of an object's fields that hold something.
fn names(value: &Value) -> BTreeSet<String> {
    let fields = value.as_object().into_iter().flatten();
    fields.filter(|(_, value)| !value.is_null()).map(|(name, _)| name.clone()).collect()
}

/// Reads what a resource answered as its method of the client does; panics if it cannot.
pub(super) fn read_answer(method: Method, path: &str, body: &[u8]) {
    let Found::Route(route) = find(method, path) else { return };
    let Some((name, is_list)) = answers(method, route.path) else { return };
    let found = READERS.iter().find(|(known, _)| *known == name);
    let (_, read) = found.unwrap_or_else(|| panic!("no reader is named {name}"));
    let shown = String::from_utf8_lossy(body);
    let mut fields = Fields::parse(body).unwrap_or_else(|kind| panic!("{path}: {kind:?}: {shown}"));
    if is_list {
        fields.links();
        for item in fields.list("data") {
            let read = Fields::of(item).and_then(read);
            assert!(read.is_some(), "{path} as {name}: {shown}");
        }
    } else {
        assert!(read(fields).is_some(), "{path} as {name}: {shown}");
    }
}

/// What a resource answers with, and whether with a list of it.
fn answers(method: Method, template: &str) -> Option<(&'static str, bool)> {
    let segments: Vec<_> = template.split('/').skip(1).collect();
    let last = segments.last().copied().unwrap_or_default();
    let reads = method == Method::Get;
    Some(match (segments.first().copied()?, last) {
        (_, "csv" | "csv2" | "flat-file" | "mts-rejects" | "report") => return None,
        (_, "accepted-cards") => ("AcceptedCard", true),
        (_, "card-surcharges") => ("CardSurcharge", true),
        (_, "errors") => ("FileMistake", true),
        (_, "payment-batches") => ("PaymentBatch", true),
        ("businesses", "businesses") => ("Business", true),
        ("businesses", "{supplierBusinessCode}") => ("Business", false),
        ("credit-cards", _) => ("SchemeOfCard", false),
        ("single-use-tokens", "single-use-tokens") => ("SingleUseToken", false),
        ("customers" | "recurring-payments", "transactions") if reads => ("Transaction", true),
        ("payment-batches", "transactions") => ("Transaction", true),
        ("customers", "accounts") => ("Account", reads),
        ("customers", "recurring-payments") => ("RecurringPayment", reads),
        ("customers", "customers") => ("Customer", reads),
        ("customers", "{customerId}") => ("Customer", false),
        ("accounts", "accounts" | "{accountToken}") => ("Account", false),
        ("recurring-payments", "{paymentScheduleId}") => ("RecurringPayment", false),
        ("payment-files", "payment-files") => ("PaymentFile", reads),
        ("payment-files", "{paymentFileId}") => ("PaymentFile", false),
        ("payment-batches", "{paymentBatchId}") => ("PaymentBatch", false),
        ("payto-agreements", "payto-agreements") => ("PayToAgreement", reads),
        ("customers", "payto-agreements") | ("payto-agreements", "{agreementToken}") => {
            ("PayToAgreement", false)
        }
        ("transactions", "{receiptNumber}" | "void" | "capture") => ("Transaction", false),
        ("transactions", _) => ("Transaction", reads),
        _ => return None,
    })
}
