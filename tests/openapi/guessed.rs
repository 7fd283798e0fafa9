//! What replies hold that neither the bank's documents nor its public clients show is marked as a
//! guess, and each mark names a row of the guesses table.

use std::collections::BTreeSet;

use quaymaster::sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;

use crate::document::{read, served};

/// The names that documents or public clients show, in each model and in what stands within it.
#[rustfmt::skip]
const SHOWN: &[(&str, &str)] = &[
    ("any", "links data"),
    ("Link", "rel href requestMethod"),
    ("Money", "currency amount displayAmount"),
    ("MoneyWithSurcharge", "principalAmount surchargeAmount totalAmount"),
    ("Error", "status requestMethod requestUrl customerMessage developerMessage errors messages \
        fieldName fieldValue"),
    // What the listener says before it has read a request, which is no model of the bank's.
    ("Problem", "type title status code detail"),
    ("root", "communityCode communityName keyName"),
    ("api-keys", "keyName key expiryDate"),
    ("businesses", "supplierBusinessName supplierBusinessCode registeredName abn contactName \
        contactEmail contactPhone customerNotificationEmail businessAddress street1 street2 street3 \
        city state postcode country cardScheme cardType surchargePercentage"),
    ("credit-cards", "cardScheme"),
    ("customers", "customerId customerNumber customerName supplierBusinessCode phoneNumber \
        emailAddress preferredNotificationMedium address street1 street2 street3 city state postcode \
        country status"),
    ("CustomerAccount", "accountType accountToken customerId defaultAccount cardNumber \
        expiryDateMonth expiryDateYear cardScheme cardType cardholderName surchargePercentage \
        maskedCardNumber4Digits panType accountName displayName currency bsb accountNumber \
        nzAccountName nzBankCode nzBranchCode nzAccountNumber nzAccountSuffix"),
    ("single-use-tokens", "singleUseTokenId accountType creditCard cardNumber expiryDateMonth \
        expiryDateYear cardScheme cardType cardholderName surchargePercentage \
        maskedCardNumber4Digits threeDS2AuthRequired bankAccount accountName bsb accountNumber \
        nzBankAccount nzAccountName nzBankCode nzBranchCode nzAccountNumber nzAccountSuffix \
        transStatus"),
    ("Transaction", "receiptNumber transactionType authorisationType cancellationType status \
        responseCode responseDescription summaryCode fraudGuardResult originalReceiptNumber \
        customerReferenceNumber paymentReferenceNumber comment metadata source ipAddress \
        supplierBusinessCode settlementDate transactionTime voidable refundable principalAmount \
        surchargeAmount totalAmount merchantAccount merchantId merchantName settlementBsb \
        settlementAccountNumber settlementSurchargeBsb settlementSurchargeAccountNumber displayName \
        acquiringInstitution currency directEntryAccount directEntryUserId directEntryUserName \
        accountName remitterName nzDirectEntryAccount debitUserId nzAccountName nzBankCode \
        nzBranchCode nzAccountNumber nzAccountSuffix creditCard accountType accountToken customerId \
        defaultAccount cardNumber expiryDateMonth expiryDateYear cardScheme cardType cardholderName \
        maskedCardNumber4Digits panType bankAccount bsb accountNumber nzBankAccount payToData \
        agreementToken endToEndId remittanceInformation1 finalPayment payToPayeeAccount \
        payToPayerAccount authorisationCode networkTransactionId merchantStreetAddress \
        merchantLocation merchantState merchantCountry merchantPostCode subMerchantId debtRepayment"),
    ("recurring-payments", "paymentScheduleId paymentScheduleCode status instalmentAmount"),
    ("payment-files", "paymentFileId paymentBatchId format status"),
    ("payto-agreements", "agreementToken agreementCreationType payeeReference customerId \
        customerNumber supplierBusinessCode"),
    ("payids", "payId type supplierBusinessCode paymentAmount"),
];

/// The model that an operation answers with.
fn group(operation: &Value, path: &str) -> &'static str {
    let id = operation["operationId"].as_str().unwrap();
    let of = [
        ("Recurring", "recurring-payments"),
        ("PayTo", "payto-agreements"),
        ("PayId", "payids"),
        ("PaymentFile", "payment-files"),
        ("PaymentBatch", "payment-files"),
    ];
    let named = of.iter().find(|(part, _)| id.contains(part)).map(|(_, group)| *group);
    let first = path.split('/').nth(1).filter(|first| !first.is_empty()).unwrap_or("root");
    let own = || SHOWN.iter().find(|(group, _)| *group == first).map_or("any", |(group, _)| *group);
    named.unwrap_or_else(own)
}

/// Goes through a schema's properties; what is marked is not looked into further.
fn walk(schema: &Value, group: &str, found: &mut Vec<String>) {
    if schema["x-guess"].is_string() {
        return;
    }
    let shown = |name: &str| {
        let of = |wanted: &str| {
            let found = SHOWN.iter().find(|(group, _)| *group == wanted);
            found.is_some_and(|(_, names)| names.split_whitespace().any(|one| one == name))
        };
        of("any") || of(group)
    };
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if property["x-guess"].is_null() && !shown(name) {
            found.push(format!("{group}: {name}"));
        }
        walk(property, group, found);
    }
    for word in ["anyOf", "oneOf", "allOf"] {
        for one in schema[word].as_array().into_iter().flatten() {
            walk(one, group, found);
        }
    }
    if schema["items"].is_object() {
        walk(&schema["items"], group, found);
    }
}

/// What is not marked and not shown anywhere.
fn unmarked(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        walk(schema, name, &mut found);
    }
    for (path, verbs) in document["paths"].as_object().unwrap() {
        for operation in verbs.as_object().unwrap().values() {
            let group = group(operation, path);
            for response in operation["responses"].as_object().unwrap().values() {
                for content in response["content"].as_object().into_iter().flatten() {
                    walk(&content.1["schema"], group, &mut found);
                }
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Every mark in the document, wherever it stands.
fn all_marks(value: &Value, marks: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_str() {
                    Some(mark) if name == "x-guess" => drop(marks.insert(mark.to_owned())),
                    _ => all_marks(member, marks),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| all_marks(item, marks)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn what_nobody_has_shown_is_marked_as_a_guess() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    let document = served(sandbox.address()).await;
    let found = unmarked(&document);
    assert_eq!(found, Vec::<String>::new(), "neither shown anywhere nor marked");
    let mut marks = BTreeSet::new();
    all_marks(&document, &mut marks);
    let rows = read(format!("http://{}/_sandbox/guesses", sandbox.address())).await;
    let rows: BTreeSet<String> =
        rows.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().into()).collect();
    let unknown: Vec<_> = marks.difference(&rows).collect();
    assert!(unknown.is_empty() && marks.len() > 10, "no rows: {unknown:?}, marks {marks:?}");
}

/// The check can fail: a name that nobody has shown, without its mark.
#[tokio::test]
async fn a_mark_that_is_missing_is_seen() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    let mut document = served(sandbox.address()).await;
    let schema = &mut document["components"]["schemas"]["Transaction"]["properties"];
    schema["mood"] = serde_json::json!({ "type": "string" });
    assert_eq!(unmarked(&document), ["Transaction: mood"]);
}
