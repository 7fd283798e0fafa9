//! Lists of transactions, newest first.

use jiff::civil::Date;

use super::super::{Answer, Visit};
use super::{known, may_see, report};
use crate::domain::time::parse_date;
use crate::domain::transaction::State;
use crate::sandbox::merchant::Merchant;
use crate::sandbox::merchant::ids::{Kind, number_of};
use crate::sandbox::merchant::instrument::{BankAccount, CardNumber, Instrument, NzBankAccount};
use crate::sandbox::merchant::setting::Setting;
use crate::sandbox::merchant::transactions::{By, Transaction};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::shape;

/// The fewest digits by which a card is searched for.
const CARD_DIGITS_MIN: usize = 4;

/// What narrows any list.
struct Filter {
    business: Option<String>,
    /// Year and month of the transaction's time, where payments settle.
    month: Option<(i16, i8)>,
}

impl Filter {
    fn of(visit: &mut Visit<'_>) -> Result<Self, Refusal> {
        let month = visit.asked("month").map(|text| {
            let first = parse_date(&format!("{text}-01")).ok();
            let wrong = || Refusal::field("month", &text, "This parameter has the form YYYY-MM.");
            first.map(|date| (date.year(), date.month())).ok_or_else(wrong)
        });
        Ok(Self { month: month.transpose()?, business: visit.asked_business()? })
    }

    fn takes(&self, transaction: &Transaction, setting: &Setting<'_>) -> bool {
        let taken = || setting.zone().to_datetime(transaction.time).date();
        may_see(transaction, setting)
            && self.business.as_ref().is_none_or(|code| *code == transaction.business)
            && self.month.is_none_or(|month| month == (taken().year(), taken().month()))
    }
}

/// A page of what `find` finds, newest first.
fn page<'v, F>(visit: &mut Visit<'v>, find: F) -> Result<Answer, Refusal>
where
    F: for<'m> FnOnce(&'m Merchant) -> Box<dyn Iterator<Item = &'m Transaction> + 'm>,
{
    let filter = Filter::of(visit)?;
    let body = visit.page(|merchant, setting, pager| {
        let items = find(merchant).filter(|item| filter.takes(item, setting));
        pager.page(items, |item| shape::transaction(item, merchant, setting))
    })?;
    Ok(Answer::ok(body))
}

fn found(visit: &mut Visit<'_>, by: By, value: &str) -> Result<Answer, Refusal> {
    page(visit, |merchant| Box::new(merchant.transactions.found(by, value).rev()))
}

/// A query parameter that must be there.
fn needed(visit: &Visit<'_>, name: &str) -> Result<String, Refusal> {
    visit.asked(name).ok_or_else(|| Refusal::field(name, "", "This parameter is required."))
}

pub(super) fn recent(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    if report::is_asked(visit) {
        return report::of_day(visit);
    }
    page(visit, |merchant| Box::new(merchant.transactions.all().rev()))
}

pub(super) fn suspended(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    found(visit, By::Open, State::Suspended.label())
}

/// By the customer's or the payment's reference, or the receipt itself.
pub(super) fn for_reference_number(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let reference = needed(visit, "referenceNumber")?;
    let receipt = number_of(Kind::Receipt, "", &reference);
    page(visit, |merchant| {
        let own = receipt.and_then(|receipt| merchant.transactions.get(receipt));
        let mut last = None;
        let referring = merchant.transactions.found(By::Reference, &reference).rev();
        Box::new(own.into_iter().chain(referring).filter(move |item| {
            // Both references may be the same text.
            last.replace(item.receipt) != Some(item.receipt)
        }))
    })
}

pub(super) fn for_settlement_date(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let date = settlement_date(visit)?;
    found(visit, By::SettlementDate, &date.to_string())
}

/// The day that is asked for.
pub(super) fn settlement_date(visit: &Visit<'_>) -> Result<Date, Refusal> {
    let text = needed(visit, "settlementDate")?;
    let wrong =
        |_| Refusal::field("settlementDate", &text, "This parameter has the form YYYY-MM-DD.");
    parse_date(&text).map_err(wrong)
}

pub(super) fn for_account_token(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let token = visit.number(Kind::Account, 0)?;
    let (merchant, setting) = visit.merchant()?;
    let account = merchant.accounts.get(token).ok_or_else(Refusal::not_found)?;
    let customer = merchant.customers.get(account.customer).ok_or_else(Refusal::not_found)?;
    if !setting.may_touch(&customer.business) {
        return Err(Refusal::not_found());
    }
    found(visit, By::Account, &token.to_string())
}

/// By a whole card number, or by its first or last digits.
pub(super) fn for_credit_card(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let asked = needed(visit, "cardNumber")?;
    if let Some(number) = CardNumber::of(&asked) {
        return found(visit, By::Card, &number.key());
    }
    let digits = asked.chars().all(|c| c.is_ascii_digit()) && asked.len() >= CARD_DIGITS_MIN;
    if !digits {
        let sentence = "This parameter is a card number, or at least four digits of one.";
        return Err(Refusal::field("cardNumber", "", sentence));
    }
    page(visit, |merchant| {
        Box::new(merchant.transactions.all().rev().filter(move |item| {
            let card = item.instrument.card();
            card.is_some_and(|card| {
                let key = card.number.key();
                key.starts_with(&asked) || key.ends_with(&asked)
            })
        }))
    })
}

pub(super) fn for_bank_account(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let bsb = needed(visit, "bsb")?.replace('-', "");
    let number = needed(visit, "accountNumber")?;
    let account = BankAccount { name: String::new(), bsb, number };
    found(visit, By::BankAccount, &account.key())
}

/// By an account with any suffix, or with the one that is given.
pub(super) fn for_nz_bank_account(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let account = NzBankAccount {
        name: String::new(),
        bank: needed(visit, "nzBankCode")?,
        branch: needed(visit, "nzBranchCode")?,
        number: needed(visit, "nzAccountNumber")?,
        suffix: String::new(),
    };
    let suffix = visit.asked("nzAccountSuffix");
    page(visit, |merchant| {
        let of_any = merchant.transactions.found(By::NzBankAccount, &account.key()).rev();
        Box::new(of_any.filter(move |item| match (suffix.as_ref(), item.instrument.as_ref()) {
            (Some(suffix), Instrument::NzBank(account)) => account.suffix == *suffix,
            _ => true,
        }))
    })
}

pub(super) fn refunds(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let receipt = known(visit)?;
    page(visit, |merchant| Box::new(merchant.refunds_of(receipt).rev()))
}

pub(super) fn retries(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let receipt = known(visit)?;
    page(visit, |merchant| Box::new(merchant.retries_of(receipt).rev()))
}
