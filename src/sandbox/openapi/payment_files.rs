//! Payment files, their batches, errors and reports.

use serde_json::{Value, json};

use super::operation::Operation;
use super::schema::{
    Member, Spec, always, date_time, fields, like, list, model, needed, object, page, text, word,
    word_of,
};
use crate::domain::payment_file::BANK_WORDS;
use crate::sandbox::guesses;
use crate::sandbox::merchant::files::Format;

const ONE: &str = "/payment-files/{paymentFileId}";

pub(super) fn operations(spec: Spec<'_>) -> Vec<Operation> {
    let get = Operation::get;
    let report = |path, id, what, media_type| get(path, id, what).report("The report", media_type);
    vec![
        get("/payment-files", "listPaymentFiles", "The files of the last 365 days")
            .paged(spec)
            .ok("A page of files", page(file())),
        upload(spec),
        get(ONE, "getPaymentFile", "One file").ok("The file", file()),
        get(
            "/payment-files/{paymentFileId}/errors",
            "listPaymentFileErrors",
            "What is wrong with a file that was rejected",
        )
        .paged(spec)
        .ok("A page of errors", page(error())),
        get(
            "/payment-files/{paymentFileId}/payment-batches",
            "listPaymentBatches",
            "The batches that a file was made into",
        )
        .paged(spec)
        .ok("A page of batches", page(batch()))
        .leads_to("getPaymentBatch", "paymentBatchId", "data/0/paymentBatchId")
        .leads_to(
            "listPaymentBatchTransactions",
            "paymentBatchId",
            "data/0/paymentBatchId",
        ),
        report("/payment-files/{paymentFileId}/csv2", "getCsv2Report", "As CSV 2", "text/csv"),
        report("/payment-files/{paymentFileId}/csv", "getCsvReport", "As CSV", "text/csv"),
        report(
            "/payment-files/{paymentFileId}/flat-file",
            "getFlatFileReport",
            "In records of one length",
            "text/plain",
        ),
        report(
            "/payment-files/{paymentFileId}/mts-rejects",
            "getMtsRejectsReport",
            "What Australian bank accounts did not pay",
            "text/plain",
        ),
        get("/payment-batches/{paymentBatchId}", "getPaymentBatch", "One batch")
            .ok("The batch", batch()),
        get(
            "/payment-batches/{paymentBatchId}/transactions",
            "listPaymentBatchTransactions",
            "What was taken for a batch, in the order of the file",
        )
        .paged(spec)
        .ok("A page of transactions", page(model("Transaction"))),
    ]
}

fn upload(spec: Spec<'_>) -> Operation {
    let form = fields(vec![
        needed("file", json!({ "type": "string", "contentMediaType": "application/octet-stream" })),
        needed("format", word_of(Format::WORDS)),
    ]);
    let upload = Operation::post("/payment-files", "uploadPaymentFile", "Hands a file in")
        .body(form)
        .created("The file, which is queued", file());
    let upload = if spec.guesses.is(guesses::files::FILE_CSRF, "accepted") {
        upload
    } else {
        upload.header("Prevent-CSRF", like("^[Tt][Rr][Uu][Ee]$"))
    };
    let upload = if spec.guesses.is(guesses::files::FILE_NAME_TAKEN, "409") {
        upload.refuses(409)
    } else {
        upload
    };
    let to = [
        "getPaymentFile",
        "listPaymentFileErrors",
        "listPaymentBatches",
        "getCsv2Report",
        "getCsvReport",
        "getFlatFileReport",
        "getMtsRejectsReport",
    ];
    to.into_iter().fold(upload, |upload, to| upload.leads_to(to, "paymentFileId", "paymentFileId"))
}

fn guessed(member: Member) -> Member {
    member.guess(guesses::files::FILE_FIELDS)
}

fn file() -> Value {
    object(vec![
        always("links", list(model("Link"))),
        always("paymentFileId", like("^[0-9]{9,}$")),
        guessed(always("fileName", text())),
        always("format", word_of(Format::WORDS)),
        always("status", word_of(BANK_WORDS)),
        guessed(always("uploadedTime", date_time())),
    ])
}

fn error() -> Value {
    object(vec![
        guessed(always("lineNumber", json!({ "type": "integer", "minimum": 0 }))),
        guessed(always("message", text())),
    ])
}

fn batch() -> Value {
    object(vec![
        always("links", list(model("Link"))),
        always("paymentBatchId", like("^[0-9]{9,}$")),
        guessed(always("paymentFileId", like("^[0-9]{9,}$"))),
        guessed(always("status", word_of(BANK_WORDS))),
        guessed(always("supplierBusinessCode", text())),
        guessed(always("currency", word(&["AUD", "NZD"]))),
        guessed(always("transactionCount", json!({ "type": "integer", "minimum": 1 }))),
        guessed(always("totalAmount", model("Money"))),
    ])
}
