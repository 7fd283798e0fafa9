//! Transactions: taken, read, searched for, voided.

use serde_json::{Value, json};

use super::operation::Operation;
use super::schema::{Spec, date, model, page, text};
use crate::sandbox::guesses;

pub(super) mod model;
mod receiving;
mod request;

const ONE: &str = "/transactions/{receiptNumber}";

pub(super) fn operations(spec: Spec<'_>) -> Vec<Operation> {
    let mut all = vec![
        recent(spec),
        take(spec),
        Operation::get(ONE, "getTransaction", "One transaction")
            .ok("The transaction", model("Transaction")),
        Operation::post(
            "/transactions/{receiptNumber}/void",
            "voidTransaction",
            "Undoes a payment",
        )
        .ok("The transaction", model("Transaction"))
        .refuses(422),
    ];
    all.extend(searches().into_iter().map(|search| narrowed(search, spec)));
    all
}

/// What narrows every list, and its pages.
fn narrowed(operation: Operation, spec: Spec<'_>) -> Operation {
    let month = json!({
        "anyOf": [{ "type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$" }, { "const": "" }],
        "x-guess": guesses::LIST_PARAMETERS.name,
    });
    operation
        .query("supplierBusinessCode", text())
        .query("month", month)
        .paged(spec)
        .ok("A page of transactions, newest first", page(model("Transaction")))
        .refuses(422)
}

fn guessed(mut schema: Value) -> Value {
    if let Value::Object(words) = &mut schema {
        words.insert("x-guess".into(), Value::from(guesses::LIST_PARAMETERS.name));
    }
    schema
}

fn searches() -> Vec<Operation> {
    let some = || guessed(json!({ "type": "string", "minLength": 1 }));
    vec![
        Operation::get(
            "/transactions/for-reference-number",
            "listTransactionsForReferenceNumber",
            "By the customer's reference, the payment's, or the receipt",
        )
        .asks("referenceNumber", some()),
        Operation::get(
            "/transactions/for-settlement-date",
            "listTransactionsForSettlementDate",
            "By the day of settlement",
        )
        .asks("settlementDate", guessed(date())),
        Operation::get(
            "/transactions/for-account-token/{accountToken}",
            "listTransactionsForAccountToken",
            "By a registered account",
        ),
        Operation::get(
            "/transactions/for-credit-card",
            "listTransactionsForCreditCard",
            "By a card's number, or at least four digits in its beginning or its end",
        )
        .asks("cardNumber", guessed(json!({ "type": "string", "pattern": "^[0-9 -]{4,}$" }))),
        Operation::get(
            "/transactions/for-bank-account",
            "listTransactionsForBankAccount",
            "By an Australian bank account",
        )
        .asks("bsb", some())
        .asks("accountNumber", some()),
        Operation::get(
            "/transactions/for-nz-bank-account",
            "listTransactionsForNzBankAccount",
            "By a New Zealand bank account",
        )
        .asks("nzBankCode", some())
        .asks("nzBranchCode", some())
        .asks("nzAccountNumber", some())
        .query("nzAccountSuffix", guessed(text())),
        Operation::get(
            "/transactions/suspended",
            "listSuspendedTransactions",
            "What Fraud Guard holds back",
        ),
        Operation::get(
            "/transactions/{receiptNumber}/refunds",
            "listRefunds",
            "What was given back of a payment",
        ),
        Operation::get(
            "/transactions/{receiptNumber}/retries",
            "listRetries",
            "What was tried again for a failed instalment",
        ),
    ]
}

/// The newest transactions, or the report of a day.
fn recent(spec: Spec<'_>) -> Operation {
    let csv = |schema: Value| {
        let mut schema = guessed(schema);
        if let Value::Object(words) = &mut schema {
            words.insert("x-guess".into(), Value::from(guesses::CSV_ASKED.name));
        }
        schema
    };
    let search =
        Operation::get("/transactions", "listTransactions", "The newest, or a day's report")
            // Any other format is the list.
            .query("format", csv(text()))
            // The list does not read it; the report needs it, and as a date.
            .query("settlementDate", csv(text()))
            .query("columns", csv(text()))
            .query("summaryCode", csv(text()));
    narrowed(search, spec).also_as("text/csv", text())
}

fn take(spec: Spec<'_>) -> Operation {
    let take = Operation::post("/transactions", "createTransaction", "Moves money, or holds it")
        .body(request::request(spec))
        .example(json!({
            "transactionType": "PAYMENT",
            "supplierBusinessCode": "SANDBOXHIRE",
            "principalAmount": 25.5,
            "currency": "AUD",
            "eci": "PHONE",
            "paymentReferenceNumber": "INV-1009",
            "creditCard": {
                "cardNumber": "4242424242424242",
                "expiryDateMonth": "12",
                "expiryDateYear": "2035",
            },
        }))
        .created("The transaction, whether it was approved or declined", model("Transaction"));
    let take = leads(take)
        .accepted("The transaction, whose outcome is not known yet", model("Transaction"));
    leads(take)
}

fn leads(operation: Operation) -> Operation {
    let receipt = "$response.body#/receiptNumber";
    let of = |kind: &str, more: Value| {
        let mut body =
            json!({ "transactionType": kind, "originalReceiptNumber": receipt, "currency": "AUD" });
        if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
            body.extend(more);
        }
        body
    };
    let (amount, more) = (json!({ "principalAmount": 1 }), "INCREMENTAL");
    let grows = json!({ "principalAmount": 5, "authorisationType": more });
    let cancels = json!({ "cancellationType": "FULL" });
    ["getTransaction", "voidTransaction", "listRefunds", "listRetries"]
        .into_iter()
        .fold(operation, |it, to| it.leads_to(to, "receiptNumber", "receiptNumber"))
        .feeds("createTransaction", "refund", of("REFUND", amount.clone()))
        .feeds("createTransaction", "capture", of("CAPTURE", amount))
        .feeds("createTransaction", "increment", of("PREAUTH", grows))
        .feeds("createTransaction", "cancel", of("REFUND", cancels))
}
