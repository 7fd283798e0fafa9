//! Payment files: uploaded, read and listed, with their errors, their batches, what was taken
//! and the reports on it.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::{Answer, Keys, Route, Takes, Visit};
use crate::sandbox::book::KeyKind;
use crate::sandbox::guesses;
use crate::sandbox::links;
use crate::sandbox::merchant::Merchant;
use crate::sandbox::merchant::files::{Batch, By, File, Format, LineError, OfFile, Upload};
use crate::sandbox::merchant::ids::{Kind, spelt};
use crate::sandbox::merchant::setting::Setting;
use crate::sandbox::merchant::transactions::By as TransactionBy;
use crate::sandbox::refusal::{FieldError, Refusal};
use crate::sandbox::shape;

mod contents;
mod multipart;
mod reports;

const SECRET: Keys = Keys::Only(KeyKind::Secret, None);

const ALL: &str = "/payment-files";
const OF_BATCH: &str = "/payment-batches/{paymentBatchId}/transactions";

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", ALL, SECRET, list),
    Route::new("POST", ALL, SECRET, upload).taking(Takes::Multipart),
    Route::new("GET", "/payment-files/{paymentFileId}", SECRET, get),
    Route::new("GET", "/payment-files/{paymentFileId}/errors", SECRET, list_errors),
    Route::new("GET", "/payment-files/{paymentFileId}/payment-batches", SECRET, list_batches),
    Route::new("GET", "/payment-files/{paymentFileId}/csv2", SECRET, reports::csv2)
        .giving(&[reports::CSV]),
    Route::new("GET", "/payment-files/{paymentFileId}/csv", SECRET, reports::csv)
        .giving(&[reports::CSV]),
    Route::new("GET", "/payment-files/{paymentFileId}/flat-file", SECRET, reports::flat_file)
        .giving(&[reports::TEXT]),
    Route::new("GET", "/payment-files/{paymentFileId}/mts-rejects", SECRET, reports::mts_rejects)
        .giving(&[reports::TEXT]),
    Route::new("GET", "/payment-batches/{paymentBatchId}", SECRET, get_batch),
    Route::new("GET", OF_BATCH, SECRET, list_transactions),
];

/// The longest file name, in characters (the guess `payment_file_size`).
const NAME_CHARS_MAX: usize = 100;

fn upload(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let request = visit.request;
    let (merchant, setting) = visit.merchant()?;
    check_csrf(request.header("prevent-csrf"), &setting)?;
    let parts = multipart::parts(request.header("content-type"), &request.body)?;
    let part = |name: &str| parts.iter().find(|part| part.name == name);
    let mut errors = Vec::new();
    let mut wrong = |name: &str, value: &str, message: &str| {
        errors.push(FieldError {
            messages: vec![message.to_owned()],
            name: name.to_owned(),
            value: value.to_owned(),
        });
    };
    let format = part("format").map(|part| String::from_utf8_lossy(part.content).into_owned());
    let format = format.as_deref().map(str::trim).filter(|word| !word.is_empty());
    let known = format.and_then(|format| Format::WORDS.iter().find(|(word, _)| *word == format));
    match (format, known) {
        (None, _) => wrong("format", "", "This field is required."),
        (Some(word), None) => {
            let words: Vec<&str> = Format::WORDS.iter().map(|(word, _)| *word).collect();
            let shown: String = word.chars().take(NAME_CHARS_MAX).collect();
            wrong("format", &shown, &format!("This field is one of {}.", words.join(", ")));
        }
        (Some(_), Some(_)) => {}
    }
    let file = part("file");
    let name = file.and_then(|part| part.file_name.as_deref()).map_or("", str::trim);
    if let Some(message) = wrong_name(file.is_some(), name) {
        wrong("file", "", message);
    }
    let (Some(file), Some((_, format)), true) = (file, known, errors.is_empty()) else {
        return Err(Refusal::fields(errors));
    };
    if merchant.files.found(By::Name, name).next().is_some() {
        return Err(name_taken(name, &setting));
    }
    let id = queue(merchant, &setting, name, *format, file.content);
    let queued = merchant.files.get(id).ok_or_else(Refusal::not_found)?;
    let created = Answer::created(file_url(id, &setting), model(queued, &setting));
    visit.state.changed();
    Ok(created)
}

/// Takes a file as if it were uploaded; returns its number.
///
/// # Errors
///
/// Its name is not one, or another file has it.
pub(in crate::sandbox) fn of_text(
    merchant: &mut Merchant,
    setting: &Setting<'_>,
    name: &str,
    format: Format,
    content: &[u8],
) -> Result<u64, &'static str> {
    if let Some(wrong) = wrong_name(true, name) {
        return Err(wrong);
    }
    if merchant.files.found(By::Name, name).next().is_some() {
        return Err("Another file had this name.");
    }
    Ok(queue(merchant, setting, name, format, content))
}

fn queue(
    merchant: &mut Merchant,
    setting: &Setting<'_>,
    name: &str,
    format: Format,
    content: &[u8],
) -> u64 {
    let contents = contents::read(content, format, merchant, setting);
    let upload = Upload {
        name: name.to_owned(),
        format,
        date: contents.date,
        lines: contents.lines,
        errors: contents.errors,
    };
    merchant.queue_file(setting, upload)
}

/// The documents ask for a header that no page of another site can send.
fn check_csrf(header: Option<&str>, setting: &Setting<'_>) -> Result<(), Refusal> {
    let sent = header.is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if sent || setting.guesses.is(guesses::files::FILE_CSRF, "accepted") {
        return Ok(());
    }
    let refusal = Refusal::malformed("The header Prevent-CSRF: true is required.");
    let forbidden = setting.guesses.is(guesses::files::FILE_CSRF, "403");
    Err(if forbidden { refusal.with_status(StatusCode::FORBIDDEN) } else { refusal })
}

fn wrong_name(sent: bool, name: &str) -> Option<&'static str> {
    match name.chars().count() {
        _ if !sent => Some("This field is required."),
        0 => Some("The file has no name."),
        1..=NAME_CHARS_MAX if name.chars().any(char::is_control) => {
            Some("The file's name holds control characters.")
        }
        1..=NAME_CHARS_MAX => None,
        _ => Some("The file's name has at most 100 characters."),
    }
}

fn name_taken(name: &str, setting: &Setting<'_>) -> Refusal {
    let refusal = Refusal::field("file", name, "Another file had this name.");
    let conflict = setting.guesses.is(guesses::files::FILE_NAME_TAKEN, "409");
    if conflict { refusal.with_status(StatusCode::CONFLICT) } else { refusal }
}

fn get(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let id = known(visit)?;
    let (merchant, setting) = visit.merchant()?;
    let file = merchant.files.get(id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(model(file, &setting)))
}

fn list(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    visit.page(|merchant, setting, pager| {
        let seen = merchant.recent_files(setting).filter(|file| file.is_seen(setting));
        Answer::ok(pager.page(seen, |file| model(file, setting)))
    })
}

/// What is wrong with a file, which is known when it was rejected.
fn list_errors(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let id = known(visit)?;
    visit.page(|merchant, _, pager| {
        let rejected = merchant.files.get(id).filter(|file| file.is_rejected());
        let errors = rejected.map_or(&[][..], |file| file.errors.as_slice());
        Answer::ok(pager.page(errors.iter(), error_model))
    })
}

fn list_batches(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let id = known(visit)?;
    visit.page(|merchant, setting, pager| {
        let batches = merchant.batches.found(OfFile::File, &id.to_string());
        let seen = batches.filter(|batch| setting.may_touch(&batch.business));
        Answer::ok(pager.page(seen, |batch| batch_model(batch, merchant, setting)))
    })
}

fn get_batch(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let id = known_batch(visit)?;
    let (merchant, setting) = visit.merchant()?;
    let batch = merchant.batches.get(id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(batch_model(batch, merchant, &setting)))
}

/// In the order of the file.
fn list_transactions(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let id = known_batch(visit)?;
    visit.page(|merchant, setting, pager| {
        let taken = merchant.transactions.found(TransactionBy::Batch, &id.to_string());
        Answer::ok(pager.page(taken, |taken| shape::transaction(taken, merchant, setting)))
    })
}

/// The number of the file in the path, if there is one that the key may see.
fn known(visit: &mut Visit<'_>) -> Result<u64, Refusal> {
    let id = visit.number(Kind::PaymentFile, 0)?;
    let (merchant, setting) = visit.merchant()?;
    let found = merchant.files.get(id).filter(|file| file.is_seen(&setting));
    found.map(|file| file.id).ok_or_else(Refusal::not_found)
}

/// The number of the batch in the path, if there is one that the key may see.
fn known_batch(visit: &mut Visit<'_>) -> Result<u64, Refusal> {
    let id = visit.number(Kind::PaymentBatch, 0)?;
    let (merchant, setting) = visit.merchant()?;
    let found = merchant.batches.get(id).filter(|batch| setting.may_touch(&batch.business));
    found.map(|batch| batch.id).ok_or_else(Refusal::not_found)
}

fn file_url(id: u64, setting: &Setting<'_>) -> String {
    format!("{}/payment-files/{}", setting.base_url, spelt(Kind::PaymentFile, "", id))
}

/// The model of a file; its fields beyond the id are the guess `payment_file_fields`.
fn model(file: &File, setting: &Setting<'_>) -> Value {
    let url = file_url(file.id, setting);
    json!({
        "links": [
            links::help("payment-files/"),
            links::link("self", &url, "GET"),
            links::link("errors", &format!("{url}/errors"), "GET"),
            links::link("payment-batches", &format!("{url}/payment-batches"), "GET"),
        ],
        "paymentFileId": spelt(Kind::PaymentFile, "", file.id),
        "fileName": file.name,
        "format": file.format.word(),
        "status": file.state.bank_word(),
        "uploadedTime": links::date_time(file.uploaded, setting.guesses),
    })
}

fn error_model(error: &LineError) -> Value {
    json!({ "lineNumber": error.line, "message": error.message })
}

fn batch_model(batch: &Batch, merchant: &Merchant, setting: &Setting<'_>) -> Value {
    let id = spelt(Kind::PaymentBatch, "", batch.id);
    let url = format!("{}/payment-batches/{id}", setting.base_url);
    let currency = batch.record.currency();
    json!({
        "links": [
            links::help("payment-files/"),
            links::link("self", &url, "GET"),
            links::link("transactions", &format!("{url}/transactions"), "GET"),
            links::link("payment-file", &file_url(batch.file, setting), "GET"),
        ],
        "paymentBatchId": id,
        "paymentFileId": spelt(Kind::PaymentFile, "", batch.file),
        "status": merchant.batch_state(batch).bank_word(),
        "supplierBusinessCode": batch.business,
        "currency": currency.code(),
        "transactionCount": batch.count,
        "totalAmount": shape::money(batch.total, currency),
    })
}
