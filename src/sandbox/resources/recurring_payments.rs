//! Recurring payments: begun for a customer, read, replaced, stopped, and what they took.

use serde_json::{Value, json};

use super::{Answer, Keys, Route, Visit};
use crate::sandbox::book::KeyKind;
use crate::sandbox::form::{Form, Need};
use crate::sandbox::links;
use crate::sandbox::merchant::Merchant;
use crate::sandbox::merchant::ids::{Kind, spelt};
use crate::sandbox::merchant::instrument::Currency;
use crate::sandbox::merchant::schedules::{End, Schedule};
use crate::sandbox::merchant::setting::Setting;
use crate::sandbox::merchant::terms::surcharge_on;
use crate::sandbox::merchant::transactions::By;
use crate::sandbox::merchant::unfit::Unfit;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::shape;

mod plan;

const SECRET: Keys = Keys::Only(KeyKind::Secret, None);

const ONE: &str = "/recurring-payments/{paymentScheduleId}";
const OF_CUSTOMER: &str = "/customers/{customerId}/recurring-payments";

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", ONE, SECRET, get),
    Route::new("PUT", ONE, SECRET, update),
    Route::new("PATCH", ONE, SECRET, stop),
    Route::new(
        "GET",
        "/recurring-payments/{paymentScheduleId}/transactions",
        SECRET,
        list_transactions,
    ),
    Route::new("GET", OF_CUSTOMER, SECRET, list),
    Route::new("POST", OF_CUSTOMER, SECRET, create),
];

/// The status that is asked for to stop a schedule.
const STOPPED: &[(&str, bool)] = &[("STOPPED", true), ("ACTIVE", false)];

fn get(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let id = known(visit)?;
    shown(visit, id).map(Answer::ok)
}

fn create(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let id = visit.number(Kind::Customer, 0)?;
    let body = visit.body;
    let (merchant, setting) = visit.merchant()?;
    let customer = merchant.customer(id, &setting).ok_or_else(Refusal::not_found)?;
    let mut form = Form::of(body, setting.guesses)?;
    if !customer.enabled {
        form.wrong("customerId", "The customer is disabled.");
    }
    let plan = plan::read(&mut form, merchant, &setting, customer, None);
    form.finish()?;
    let plan = plan.ok_or_else(unreadable)?;
    let schedule = merchant.begin_schedule(&setting, id, plan);
    visit.state.changed();
    let url = format!("{}/recurring-payments/{}", visit.base_url, spelt_id(schedule));
    Ok(Answer::created(url, shown(visit, schedule)?))
}

fn update(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let id = known(visit)?;
    let body = visit.body;
    let (merchant, setting) = visit.merchant()?;
    let old = merchant.schedules.get(id).ok_or_else(Refusal::not_found)?;
    let customer = merchant.customers.get(old.customer).ok_or_else(Refusal::not_found)?;
    let mut form = Form::of(body, setting.guesses)?;
    let plan = plan::read(&mut form, merchant, &setting, customer, Some(old));
    form.finish()?;
    let plan = plan.ok_or_else(unreadable)?;
    merchant.replace_plan(&setting, id, plan).map_err(refuse)?;
    visit.state.changed();
    shown(visit, id).map(Answer::ok)
}

/// Stops a schedule; nothing else of it is changed by `PATCH` (the guess `recurring_stop`).
fn stop(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let id = known(visit)?;
    let body = visit.body;
    let (merchant, setting) = visit.merchant()?;
    let mut form = Form::of(body, setting.guesses)?;
    let (name, stops) = if form.has("enabled") {
        ("enabled", form.flag("enabled", Need::Required).map(|enabled| !enabled))
    } else {
        ("status", form.choice("status", Need::Required, STOPPED))
    };
    if stops == Some(false) {
        form.wrong(name, "A recurring payment can be stopped, and not started again.");
    }
    form.finish()?;
    merchant.stop_schedule(id).map_err(refuse)?;
    let guesses = setting.guesses.clone();
    visit.state.changed();
    Ok(Answer::patched(shown(visit, id)?, &guesses))
}

fn list(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let id = visit.number(Kind::Customer, 0)?;
    visit.page(|merchant, setting, pager| {
        merchant.customer(id, setting).ok_or_else(Refusal::not_found)?;
        let theirs = merchant.schedules_of(id).into_iter();
        let seen = theirs.filter(|schedule| setting.may_touch(&schedule.plan.business));
        Ok(Answer::ok(pager.page(seen, |schedule| model(schedule, merchant, setting))))
    })?
}

fn list_transactions(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let id = known(visit)?;
    visit.page(|merchant, setting, pager| {
        let taken = merchant.transactions.found(By::Schedule, &id.to_string()).rev();
        let seen = taken.filter(|taken| setting.may_touch(&taken.business));
        Answer::ok(pager.page(seen, |taken| shape::transaction(taken, merchant, setting)))
    })
}

/// The number of the schedule in the path, if there is one that the key may see.
fn known(visit: &mut Visit<'_>) -> Result<u64, Refusal> {
    let id = visit.number(Kind::Schedule, 0)?;
    let (merchant, setting) = visit.merchant()?;
    let found = merchant.schedules.get(id);
    let found = found.filter(|found| setting.may_touch(&found.plan.business));
    found.map(|found| found.id).ok_or_else(Refusal::not_found)
}

fn shown(visit: &mut Visit<'_>, id: u64) -> Result<Value, Refusal> {
    let (merchant, setting) = visit.merchant()?;
    let found = merchant.schedules.get(id).ok_or_else(Refusal::not_found)?;
    Ok(model(found, merchant, &setting))
}

fn unreadable() -> Refusal {
    Refusal::malformed("The body cannot be read.")
}

fn refuse(Unfit(field, sentence): Unfit) -> Refusal {
    Refusal::field(field, "", &sentence)
}

fn spelt_id(id: u64) -> String {
    spelt(Kind::Schedule, "", id)
}

/// The model of a schedule. The documents name its id, code, status and instalment amount; the other
/// names are the guess `recurring_fields`.
fn model(schedule: &Schedule, merchant: &Merchant, setting: &Setting<'_>) -> Value {
    let plan = &schedule.plan;
    let url = format!("{}/recurring-payments/{}", setting.base_url, spelt_id(schedule.id));
    let payer = merchant.payer_of(schedule);
    let currency = payer.map_or(Currency::Aud, |account| account.instrument.currency());
    let surcharge = payer
        .map(|account| surcharge_on(setting, &plan.business, &account.instrument, plan.amount));
    let money = |cents| shape::money(cents, currency);
    let (mut last_day, mut count, mut total, mut final_amount) = (None, None, None, None);
    match plan.end {
        End::FurtherNotice => {}
        End::Date(date) => last_day = Some(date.to_string()),
        End::Payments { count: payments, last } => {
            count = Some(payments);
            final_amount = last.map(money);
        }
        End::Total(cents) => total = Some(money(cents)),
    }
    json!({
        "links": [
            links::help("recurring-payments/"),
            links::link("self", &url, "GET"),
            links::link("transactions", &format!("{url}/transactions"), "GET"),
        ],
        "paymentScheduleId": spelt_id(schedule.id),
        "paymentScheduleCode": plan.code,
        "status": schedule.state.bank_word(),
        "customerId": spelt(Kind::Customer, "", schedule.customer),
        "accountToken": plan.account.map(|token| spelt(Kind::Account, setting.facility, token)),
        "supplierBusinessCode": plan.business,
        "description": plan.description,
        "frequency": plan.frequency.word(),
        "scheduleType": plan.end.word(),
        "startDate": plan.start.to_string(),
        "endDate": last_day,
        "numberOfPayments": count,
        "totalAmount": total,
        "finalPaymentAmount": final_amount,
        "nextPaymentDate": schedule.next.map(|next| next.date.to_string()),
        "instalmentAmount":
            shape::money_with_surcharge(plan.amount, surcharge.unwrap_or_default(), currency),
    })
}
