//! The four reports of a payment file, each for software that reads one of the bank's formats. Their
//! layouts are the guess `payment_file_reports`.
//!
//! A report is of what was taken, in the order of the batches; CRLF between records and none after
//! the last.

use hyper::StatusCode;

use super::super::{Answer, Content, Visit, csv_record};
use crate::domain::transaction::State;
use crate::sandbox::guesses;
use crate::sandbox::merchant::files::File;
use crate::sandbox::merchant::ids::{Kind, spelt};
use crate::sandbox::merchant::instrument::Instrument;
use crate::sandbox::merchant::outcomes::response_of;
use crate::sandbox::merchant::setting::Setting;
use crate::sandbox::merchant::transactions::Transaction;
use crate::sandbox::refusal::Refusal;

pub(super) const CSV: &str = "text/csv";
pub(super) const TEXT: &str = "text/plain";

/// Writes one field of a transaction.
type Write = fn(&Transaction, &Setting<'_>) -> String;

/// The columns of version 2 with their headings.
const VERSION_2: &[(&str, Write)] = &[
    ("Supplier Business Code", |it, _| it.business.clone()),
    ("Receipt Number", |it, _| receipt(it)),
    ("Transaction Type", |it, _| it.kind.word().to_owned()),
    ("Account Type", |it, _| it.instrument.account_type().to_owned()),
    ("Status", |it, _| it.state.bank_word().to_owned()),
    ("Summary Code", |it, _| response_of(it).summary.to_owned()),
    ("Response Code", |it, _| it.response_code.clone()),
    ("Response Description", |it, _| response_of(it).text.to_owned()),
    ("Settlement Date", |it, _| it.settles.to_string()),
    ("Currency", |it, _| it.currency().code().to_owned()),
    ("Principal Amount", |it, _| it.principal.to_string()),
    ("Customer Reference Number", |it, _| customer_reference(it).to_owned()),
    ("Payment Reference Number", |it, _| it.details.payment_reference.clone().unwrap_or_default()),
    ("Original Receipt Number", |it, _| {
        it.details.original.map(|number| spelt(Kind::Receipt, "", number)).unwrap_or_default()
    }),
];

/// The columns of version 1 with their headings; it begins as the bank's other reports of that
/// version do.
const VERSION_1: &[(&str, Write)] = &[
    ("Community Code", |_, setting| setting.facility.to_owned()),
    ("Business Code", |it, _| it.business.clone()),
    ("Business Name", |it, setting| {
        let named = setting.businesses.iter().find(|business| business.code == it.business);
        named.map(|business| business.name.clone()).unwrap_or_default()
    }),
    ("Source", |it, _| it.origin.word().to_owned()),
    ("Receipt Number", |it, _| receipt(it)),
    ("Transaction Type", |it, _| it.kind.word().to_owned()),
    ("Status", |it, _| it.state.bank_word().to_owned()),
    ("Response Code", |it, _| it.response_code.clone()),
    ("Response Description", |it, _| response_of(it).text.to_owned()),
    ("Settlement Date", |it, _| it.settles.to_string()),
    ("Amount", |it, _| it.principal.to_string()),
    ("Customer Reference Number", |it, _| customer_reference(it).to_owned()),
];

pub(super) fn csv2(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    report(visit, CSV, |_, taken, setting| table(VERSION_2, taken, setting))
}

pub(super) fn csv(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    report(visit, CSV, |_, taken, setting| table(VERSION_1, taken, setting))
}

/// Records of one length: a header, one for each transaction, a trailer.
pub(super) fn flat_file(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    report(visit, TEXT, |file, taken, setting| {
        let id = spelt(Kind::PaymentFile, "", file.id);
        let day = setting.zone().to_datetime(file.uploaded).date().strftime("%Y%m%d");
        let mut lines = vec![format!("{:<121}", format!("H{:<20}{id}{day}", setting.facility))];
        lines.extend(taken.iter().map(|it| flat(it)));
        lines.push(format!("{:<121}", format!("T{:06}", taken.len())));
        lines
    })
}

/// The payments from Australian bank accounts that were declined or returned.
pub(super) fn mts_rejects(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    report(visit, TEXT, |_, taken, _| taken.iter().filter_map(|it| rejected(it)).collect())
}

fn report(
    visit: &mut Visit<'_>,
    media: &'static str,
    write: impl FnOnce(&File, &[&Transaction], &Setting<'_>) -> Vec<String>,
) -> Result<Answer, Refusal> {
    let id = super::known(visit)?;
    let (merchant, setting) = visit.merchant()?;
    let file = merchant.files.get(id).ok_or_else(Refusal::not_found)?;
    if !file.is_taken() && setting.guesses.is(guesses::files::FILE_NO_REPORT, "404") {
        return Err(Refusal::not_found());
    }
    let taken = merchant.taken_from(id).filter(|it| setting.may_touch(&it.business));
    let lines = write(file, &taken.collect::<Vec<_>>(), &setting);
    let content = Content::Text(media, lines.join("\r\n"));
    Ok(Answer { status: StatusCode::OK, location: None, content })
}

fn table(columns: &[(&str, Write)], taken: &[&Transaction], setting: &Setting<'_>) -> Vec<String> {
    let headings = columns.iter().map(|(heading, _)| (*heading).to_owned());
    let record =
        |it: &&Transaction| csv_record(columns.iter().map(|(_, write)| write(it, setting)));
    std::iter::once(csv_record(headings)).chain(taken.iter().map(record)).collect()
}

/// 121 characters.
fn flat(it: &Transaction) -> String {
    let (kind, code, day) = (it.kind.word(), &it.response_code, it.settles.strftime("%Y%m%d"));
    let (business, cents, currency) = (&it.business, it.principal.get(), it.currency().code());
    let (receipt, reference) = (receipt(it), customer_reference(it));
    format!(
        "D{business:<20.20}{receipt:<10.10}{kind:<7.7}{code:<2.2}{day:<8}{currency:<3}{cents:0>10}{reference:<60.60}"
    )
}

fn rejected(it: &Transaction) -> Option<String> {
    let Instrument::Bank(account) = it.instrument.as_ref() else { return None };
    if it.state != State::Declined {
        return None;
    }
    let (bsb, number, name) = (account.dashed_bsb(), &account.number, &account.name);
    let (cents, code) = (it.principal.get(), &it.response_code);
    let (receipt, reference) = (receipt(it), customer_reference(it));
    Some(format!(
        "{bsb:<7.7}{number:>9.9}{cents:0>10}{name:<32.32}{reference:<18.18}{code:<2.2}{receipt:<10.10}"
    ))
}

fn receipt(it: &Transaction) -> String {
    spelt(Kind::Receipt, "", it.receipt)
}

fn customer_reference(it: &Transaction) -> &str {
    it.details.customer_reference.as_deref().unwrap_or_default()
}
