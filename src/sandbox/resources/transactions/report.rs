//! The report of a settlement day: CSV, one header row, CRLF between records and none after the last.

use hyper::StatusCode;

use super::super::{Answer, Content, Visit, csv_record};
use super::lists::settlement_date;
use super::may_see;
use crate::sandbox::links;
use crate::sandbox::merchant::ids::{Kind, spelt};
use crate::sandbox::merchant::instrument::Instrument;
use crate::sandbox::merchant::outcomes::response_of;
use crate::sandbox::merchant::setting::Setting;
use crate::sandbox::merchant::transactions::{By, Transaction};
use crate::sandbox::refusal::Refusal;

pub(super) const CSV: &str = "text/csv";

/// Writes one field of a transaction.
type Write = fn(&Transaction, &Setting<'_>) -> String;

/// Every column with its name in `columns`, its heading and how it is written.
const COLUMNS: &[(&str, &str, Write)] = &[
    ("supplierBusinessCode", "Supplier Business Code", |it, _| it.business.clone()),
    ("receiptNumber", "Receipt Number", |it, _| spelt(Kind::Receipt, "", it.receipt)),
    ("transactionType", "Transaction Type", |it, _| it.kind.word().to_owned()),
    ("status", "Status", |it, _| it.state.bank_word().to_owned()),
    ("summaryCode", "Summary Code", |it, _| response_of(it).summary.to_owned()),
    ("responseCode", "Response Code", |it, _| it.response_code.clone()),
    ("responseDescription", "Response Description", |it, _| response_of(it).text.to_owned()),
    ("settlementDate", "Settlement Date", |it, _| it.settles.to_string()),
    ("transactionTime", "Transaction Time", |it, setting| {
        links::date_time(it.time, setting.guesses)
    }),
    ("source", "Source", |it, _| it.origin.word().to_owned()),
    ("currency", "Currency", |it, _| it.currency().code().to_owned()),
    ("principalAmount", "Principal Amount", |it, _| it.principal.to_string()),
    ("surchargeAmount", "Surcharge Amount", |it, _| it.surcharge.to_string()),
    ("totalAmount", "Total Amount", |it, _| it.total().to_string()),
    ("customerReferenceNumber", "Customer Reference Number", |it, _| {
        it.details.customer_reference.clone().unwrap_or_default()
    }),
    ("paymentReferenceNumber", "Payment Reference Number", |it, _| {
        it.details.payment_reference.clone().unwrap_or_default()
    }),
    ("originalReceiptNumber", "Original Receipt Number", |it, _| {
        it.details.original.map(|number| spelt(Kind::Receipt, "", number)).unwrap_or_default()
    }),
    ("accountType", "Account Type", |it, _| it.instrument.account_type().to_owned()),
    ("accountToken", "Account Token", |it, setting| {
        let token = it.details.account;
        token.map(|token| spelt(Kind::Account, setting.facility, token)).unwrap_or_default()
    }),
    ("cardNumber", "Card Number", |it, _| {
        it.instrument.card().map(|card| card.number.masked()).unwrap_or_default()
    }),
    ("cardScheme", "Card Scheme", |it, _| {
        it.instrument.card().map(|card| card.number.scheme().word().to_owned()).unwrap_or_default()
    }),
    ("agreementToken", "PayTo Agreement Token", |it, _| match it.instrument.as_ref() {
        Instrument::PayTo(account) => {
            let token = account.agreement.map(|number| spelt(Kind::Agreement, "", number));
            token.unwrap_or_default()
        }
        Instrument::Card(_)
        | Instrument::Bank(_)
        | Instrument::NzBank(_)
        | Instrument::Wallet(_)
        | Instrument::PayId(_) => String::new(),
    }),
    ("payId", "PayID", |it, _| {
        let Instrument::PayId(payer) = it.instrument.as_ref() else { return String::new() };
        payer.pay_id.clone()
    }),
    ("comment", "Comment", |it, _| it.details.comment.clone().unwrap_or_default()),
];

/// Whether the request wants the report and not a list.
pub(super) fn is_asked(visit: &Visit<'_>) -> bool {
    let accepts = visit.request.header("accept").unwrap_or_default();
    accepts.contains(CSV) || visit.asked("format").as_deref() == Some("csv")
}

pub(super) fn of_day(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let date = settlement_date(visit)?.to_string();
    let columns = columns(visit)?;
    let business = visit.asked_business()?;
    let outcome = visit.asked("summaryCode");
    let (merchant, setting) = visit.merchant()?;
    let of_day = merchant.transactions.found(By::SettlementDate, &date).filter(|item| {
        may_see(item, &setting)
            && business.as_ref().is_none_or(|code| *code == item.business)
            && outcome.as_deref().is_none_or(|code| response_of(item).summary == code)
    });
    let headings = columns.iter().map(|(_, heading, _)| (*heading).to_owned());
    let mut lines = vec![csv_record(headings)];
    lines.extend(
        of_day.map(|item| csv_record(columns.iter().map(|(.., write)| write(item, &setting)))),
    );
    let content = Content::Text(CSV, lines.join("\r\n"));
    Ok(Answer { status: StatusCode::OK, location: None, content })
}

fn columns(
    visit: &Visit<'_>,
) -> Result<Vec<&'static (&'static str, &'static str, Write)>, Refusal> {
    let Some(asked) = visit.asked("columns") else { return Ok(COLUMNS.iter().collect()) };
    let column = |name: &str| {
        let found = COLUMNS.iter().find(|(word, ..)| *word == name.trim());
        let names: Vec<&str> = COLUMNS.iter().map(|(word, ..)| *word).collect();
        let sentence = format!("The columns are {}.", names.join(", "));
        found.ok_or_else(|| Refusal::field("columns", name, &sentence))
    };
    asked.split(',').map(column).collect()
}
