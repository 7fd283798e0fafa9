//! Transactions: taken, read, searched for, voided.

use serde_json::Value;

use super::{Answer, Keys, Route, Takes, Visit};
use crate::sandbox::book::KeyKind;
use crate::sandbox::merchant::ids::Kind;
use crate::sandbox::merchant::setting::Setting;
use crate::sandbox::merchant::transactions::Transaction;
use crate::sandbox::merchant::unfit::Unfit;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::shape;

mod lists;
mod report;
mod take;

const SECRET: Keys = Keys::Only(KeyKind::Secret, None);

const fn get(path: &'static str, act: fn(&mut Visit<'_>) -> Result<Answer, Refusal>) -> Route {
    Route::new("GET", path, SECRET, act)
}

pub(super) const ROUTES: &[Route] = &[
    get("/transactions", lists::recent).giving(&["application/json", report::CSV]),
    Route::new("POST", "/transactions", SECRET, take::take),
    get("/transactions/suspended", lists::suspended),
    get("/transactions/for-reference-number", lists::for_reference_number),
    get("/transactions/for-settlement-date", lists::for_settlement_date),
    get("/transactions/for-credit-card", lists::for_credit_card),
    get("/transactions/for-bank-account", lists::for_bank_account),
    get("/transactions/for-nz-bank-account", lists::for_nz_bank_account),
    get("/transactions/for-account-token/{accountToken}", lists::for_account_token),
    get("/transactions/{receiptNumber}", one),
    get("/transactions/{receiptNumber}/refunds", lists::refunds),
    get("/transactions/{receiptNumber}/retries", lists::retries),
    Route::new("POST", "/transactions/{receiptNumber}/void", SECRET, void)
        .taking(Takes::JsonOrNothing),
];

fn one(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let receipt = visit.number(Kind::Receipt, 0)?;
    let (merchant, setting) = visit.merchant()?;
    let found = merchant.transactions.get(receipt).filter(|found| may_see(found, &setting));
    let found = found.ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(shape::transaction(found, merchant, &setting)))
}

fn void(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let receipt = known(visit)?;
    let (merchant, setting) = visit.merchant()?;
    merchant.void(&setting, receipt).map_err(|unfit| refuse(&unfit))?;
    visit.state.changed();
    shown(visit, receipt).map(Answer::ok)
}

/// The receipt in the path, if there is such a transaction and the key may see it.
fn known(visit: &mut Visit<'_>) -> Result<u64, Refusal> {
    let receipt = visit.number(Kind::Receipt, 0)?;
    let (merchant, setting) = visit.merchant()?;
    let found = merchant.transactions.get(receipt).filter(|found| may_see(found, &setting));
    found.map(|found| found.receipt).ok_or_else(Refusal::not_found)
}

fn may_see(transaction: &Transaction, setting: &Setting<'_>) -> bool {
    setting.may_touch(&transaction.business)
}

fn shown(visit: &mut Visit<'_>, receipt: u64) -> Result<Value, Refusal> {
    let (merchant, setting) = visit.merchant()?;
    let found = merchant.transactions.get(receipt).ok_or_else(Refusal::not_found)?;
    Ok(shape::transaction(found, merchant, &setting))
}

/// 422 for a change that is not lawful now.
fn refuse(unfit: &Unfit) -> Refusal {
    let Unfit(field, sentence) = unfit;
    Refusal::field(field, "", sentence)
}
