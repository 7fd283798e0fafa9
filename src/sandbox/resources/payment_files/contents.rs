//! Reads what is in a payment file (the guess `payment_file_layout`), line by line, and collects what
//! is wrong with it.
//!
//! No error repeats the digits of a card or of a bank account.

use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::domain::money::Cents;
use crate::domain::time::parse_date;
use crate::sandbox::form::{Form, Need, Years};
use crate::sandbox::guesses;
use crate::sandbox::merchant::Merchant;
use crate::sandbox::merchant::files::{Act, Format, Line, LineError, RecordType};
use crate::sandbox::merchant::ids::{Kind, number_of};
use crate::sandbox::merchant::instrument::{Instrument, PayToAccount};
use crate::sandbox::merchant::setting::{Capability, Setting};

/// The errors a file is shown at most.
const ERRORS_MAX: usize = 1000;

/// The longest reference of a payment, as everywhere.
const REFERENCE_CHARS_MAX: usize = 100;

/// The columns that every payment's and refund's record begins with.
const COMMON: &[&str] = &[
    "recordType",
    "supplierBusinessCode",
    "transactionType",
    "amount",
    "customerReferenceNumber",
    "paymentReferenceNumber",
    "originalReceiptNumber",
    "accountToken",
];

/// What a file holds.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) date: Option<Date>,
    pub(super) lines: Vec<Line>,
    pub(super) errors: Vec<LineError>,
    sum: Cents,
    records: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Capture,
    Refund,
}

/// Reads a file.
pub(super) fn read(
    content: &[u8],
    format: Format,
    merchant: &Merchant,
    setting: &Setting<'_>,
) -> Contents {
    let mut contents = Contents::default();
    if format != Format::Csv2 && setting.guesses.is(guesses::files::FILE_FORMATS, "rejected") {
        let word = format.word();
        contents.wrong(1, format!("The sandbox does not know the layout of {word} files."));
        return contents;
    }
    let Ok(text) = std::str::from_utf8(content) else {
        contents.wrong(1, "The file is not UTF-8 text.");
        return contents;
    };
    let records: Vec<(u64, &str)> =
        (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()).collect();
    let Some((_, header)) = records.first() else {
        contents.wrong(1, "The file is empty.");
        return contents;
    };
    contents.header(&fields(header), setting);
    for (number, record) in records.iter().skip(1).take(records.len().saturating_sub(2)) {
        contents.record(*number, &fields(record), merchant, setting);
    }
    match records.last() {
        Some((number, trailer)) if records.len() > 1 => contents.trailer(*number, &fields(trailer)),
        _ => contents.wrong(1, "The last record must be the trailer, T."),
    }
    if contents.records == 0 {
        contents.wrong(1, "The file holds no payments.");
    }
    contents
}

impl Contents {
    fn wrong(&mut self, line: u64, message: impl Into<String>) {
        if self.errors.len() < ERRORS_MAX {
            self.errors.push(LineError { line, message: message.into() });
        }
    }

    fn header(&mut self, fields: &[String], setting: &Setting<'_>) {
        let [kind, code, date, version] = fields else {
            self.wrong(1, "The first record must be the header, H, with four fields.");
            return;
        };
        if kind != "H" {
            self.wrong(1, "The first record must be the header, H.");
        }
        if code != setting.facility {
            self.wrong(1, "Community Code: it is not this facility's.");
        }
        self.date = parse_date(date).ok();
        if self.date.is_none() {
            self.wrong(1, "File Date: it must have the form CCYY-MM-DD.");
        }
        if version != "2" {
            self.wrong(1, "Version: it must be 2.");
        }
    }

    fn trailer(&mut self, number: u64, fields: &[String]) {
        let [kind, count, sum] = fields else {
            self.wrong(number, "The last record must be the trailer, T, with three fields.");
            return;
        };
        if kind != "T" {
            self.wrong(number, "The last record must be the trailer, T.");
        }
        if count.parse() != Ok(self.records) {
            let records = self.records;
            self.wrong(number, format!("Count: the file has {records} records."));
        }
        // With a wrong amount among them the sum says nothing.
        if self.errors.is_empty() && Cents::parse(sum) != Ok(self.sum) {
            let sum = self.sum;
            self.wrong(number, format!("Amount: the records come to {sum}."));
        }
    }

    fn record(
        &mut self,
        number: u64,
        fields: &[String],
        merchant: &Merchant,
        setting: &Setting<'_>,
    ) {
        self.records = self.records.saturating_add(1);
        let kind = fields.first().map_or("", String::as_str);
        let Some((record, own)) = columns(kind) else {
            self.wrong(number, "Record Type: it must be C, P, B or N.");
            return;
        };
        if fields.len() > COMMON.len().saturating_add(own.len()) {
            self.wrong(number, "The record has too many fields.");
            return;
        }
        let names = COMMON.iter().chain(own);
        let members: Map<String, Value> = names
            .zip(fields)
            .filter(|(_, text)| !text.trim().is_empty())
            .map(|(name, text)| ((*name).to_owned(), Value::from(text.as_str())))
            .collect();
        let members = Value::Object(members);
        let Ok(mut form) = Form::of(&members, setting.guesses) else { return };
        let line = line(&mut form, number, record, merchant, setting);
        let errors = form.errors();
        for error in &errors {
            self.wrong(number, format!("{}: {}", error.name, error.messages.join(" ")));
        }
        if let Some(line) = line.filter(|_| errors.is_empty()) {
            self.sum = self.sum.checked_add(line.amount).unwrap_or(self.sum);
            self.lines.push(line);
        }
    }
}

/// What a record of this kind pays with, and the columns it has of its own.
fn columns(kind: &str) -> Option<(RecordType, &'static [&'static str])> {
    match kind {
        "C" => {
            let own = &["cardNumber", "expiryDateMonth", "expiryDateYear", "cardholderName"];
            Some((RecordType::Card, own))
        }
        "P" => Some((RecordType::PayTo, &[])),
        "B" => Some((RecordType::Bank, &["bsb", "accountNumber", "accountName"])),
        "N" => Some((
            RecordType::NzBank,
            &["nzBankCode", "nzBranchCode", "nzAccountNumber", "nzAccountSuffix", "nzAccountName"],
        )),
        _ => None,
    }
}

fn line(
    form: &mut Form<'_>,
    number: u64,
    record: RecordType,
    merchant: &Merchant,
    setting: &Setting<'_>,
) -> Option<Line> {
    let business = form.text("supplierBusinessCode", Need::Required, 255);
    if business.as_ref().is_some_and(|code| setting.business(code).is_none()) {
        form.wrong("supplierBusinessCode", "There is no such business.");
    }
    let words = [("CAPTURE", Wanted::Capture), ("REFUND", Wanted::Refund)];
    let wanted = form.choice("transactionType", Need::Required, &words);
    let amount = form.money_text("amount", Need::Required);
    if amount.is_some_and(|amount| amount.get() <= 0) {
        form.wrong("amount", "This amount must be above zero.");
    }
    let mut reference = |name| form.text(name, Need::Optional, REFERENCE_CHARS_MAX);
    let customer_reference = reference("customerReferenceNumber");
    let payment_reference = reference("paymentReferenceNumber");
    let (needs, field) = match record {
        RecordType::Card => (Capability::CreditCard, "cardNumber"),
        RecordType::PayTo => (Capability::PayTo, "accountToken"),
        RecordType::Bank => (Capability::DirectDebit, "accountNumber"),
        RecordType::NzBank => (Capability::DirectDebitNz, "nzAccountNumber"),
    };
    if !setting.can(needs) {
        form.wrong(field, "The facility does not take this means of payment.");
    }
    let business = business?;
    let act = match wanted? {
        Wanted::Refund => refund(form, record, &business, merchant),
        Wanted::Capture => capture(form, record, &business, merchant, setting),
    };
    Some(Line {
        number,
        record,
        business,
        amount: amount?,
        customer_reference,
        payment_reference,
        act: act?,
    })
}

fn refund(
    form: &mut Form<'_>,
    record: RecordType,
    business: &str,
    merchant: &Merchant,
) -> Option<Act> {
    let receipt = form.text("originalReceiptNumber", Need::Required, 255)?;
    let receipt = number_of(Kind::Receipt, "", &receipt);
    let original = receipt.and_then(|receipt| merchant.transactions.get(receipt));
    let original = original.filter(|original| original.business == business);
    let Some(original) = original else {
        form.wrong("originalReceiptNumber", "The business has no such transaction.");
        return None;
    };
    if RecordType::of(&original.instrument) != Some(record) {
        form.wrong("recordType", "The transaction was paid by other means.");
    }
    Some(Act::Refund(original.receipt))
}

fn capture(
    form: &mut Form<'_>,
    record: RecordType,
    business: &str,
    merchant: &Merchant,
    setting: &Setting<'_>,
) -> Option<Act> {
    let unregistered =
        |instrument| Act::Capture { instrument: Box::new(instrument), account: None };
    if form.has("originalReceiptNumber") {
        form.wrong("originalReceiptNumber", "A payment has no original.");
    }
    if record == RecordType::PayTo {
        return agreement(form, merchant, setting).map(unregistered);
    }
    if form.has("accountToken") {
        return registered(form, record, merchant, setting);
    }
    let business = setting.business(business);
    let instrument = match record {
        RecordType::Card => form.card(setting, business, Years::TwoOrFour).map(Instrument::Card),
        RecordType::Bank => form.bank_account().map(Instrument::Bank),
        RecordType::NzBank => form.nz_bank_account().map(Instrument::NzBank),
        RecordType::PayTo => None,
    };
    instrument.map(unregistered)
}

/// A payment under a PayTo agreement, by its token.
fn agreement(
    form: &mut Form<'_>,
    merchant: &Merchant,
    setting: &Setting<'_>,
) -> Option<Instrument> {
    let token = form.text("accountToken", Need::Required, 255)?;
    let number = number_of(Kind::Agreement, "", &token);
    let agreement = number.and_then(|number| merchant.agreements.get(number));
    let agreement = agreement.filter(|it| setting.may_touch(&it.wanted.business));
    let Some(agreement) = agreement else {
        form.wrong("accountToken", "There is no such agreement.");
        return None;
    };
    let payer = agreement.wanted.payer.clone();
    Some(Instrument::PayTo(PayToAccount { agreement: Some(agreement.number), ..payer }))
}

fn registered(
    form: &mut Form<'_>,
    record: RecordType,
    merchant: &Merchant,
    setting: &Setting<'_>,
) -> Option<Act> {
    let token = form.text("accountToken", Need::Required, 255)?;
    let number = number_of(Kind::Account, setting.facility, &token);
    let account = number.and_then(|number| merchant.account_seen(number, setting));
    let Some(account) = account.filter(|account| account.enabled) else {
        form.wrong("accountToken", "There is no such account, or it is disabled.");
        return None;
    };
    if RecordType::of(&account.instrument) != Some(record) {
        form.wrong("recordType", "The account is of another kind.");
    }
    let instrument = Box::new(account.instrument.clone());
    Some(Act::Capture { instrument, account: Some(account.token) })
}

/// The fields of a record, out of their quotes.
fn fields(record: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut characters = record.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                push(&mut fields, '"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            _ => push(&mut fields, c),
        }
    }
    fields
}

fn push(fields: &mut [String], c: char) {
    if let Some(field) = fields.last_mut() {
        field.push(c);
    }
}
