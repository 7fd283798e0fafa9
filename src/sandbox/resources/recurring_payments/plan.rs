//! Reads what a schedule is asked for with: the body of `POST` and, whole again, of `PUT`.

use crate::domain::money::Cents;
use crate::sandbox::form::{Form, Need};
use crate::sandbox::merchant::Merchant;
use crate::sandbox::merchant::accounts::Account;
use crate::sandbox::merchant::customers::Customer;
use crate::sandbox::merchant::ids::{Kind, number_of};
use crate::sandbox::merchant::instrument::Instrument;
use crate::sandbox::merchant::schedules::dates::Frequency;
use crate::sandbox::merchant::schedules::{End, Plan, Schedule};
use crate::sandbox::merchant::setting::{Capability, Setting};
use crate::sandbox::merchant::terms;
use crate::sandbox::resources::customers::business;

/// The longest text where the documents give no limit (the guess `field_lengths`).
const CHARS_MAX: usize = 100;

/// The most instalments a schedule is asked for with: daily for over 25 years.
const PAYMENTS_MAX: u64 = 9_999;

/// What the words in `scheduleType` stand for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    FurtherNotice,
    Date,
    Payments,
    Total,
}

const UNTIL: &[(&str, Until)] = &[
    (End::FURTHER_NOTICE, Until::FurtherNotice),
    (End::DATE, Until::Date),
    (End::PAYMENTS, Until::Payments),
    (End::TOTAL, Until::Total),
];

pub(super) fn read(
    form: &mut Form<'_>,
    merchant: &Merchant,
    setting: &Setting<'_>,
    customer: &Customer,
    old: Option<&Schedule>,
) -> Option<Plan> {
    let business = business(form, setting, Some(&customer.business));
    let account = account(form, merchant, setting, customer);
    if let Some(account) = account {
        check_acceptance(form, account, setting, business.as_deref());
    }
    let code = form.text("paymentScheduleCode", Need::Optional, CHARS_MAX);
    let description = form.text("description", Need::Optional, CHARS_MAX);
    let frequency = form.choice("frequency", Need::Required, Frequency::WORDS);
    let start = form.date("startDate", Need::Required);
    let kept = old.is_some_and(|old| Some(old.plan.start) == start);
    if start.is_some_and(|start| start < setting.today()) && !kept {
        form.wrong("startDate", "This date is in the past.");
    }
    let amount = money(form, "regularPaymentAmount", Need::Required);
    let end = end(form, amount);
    if let (Some(start), Some(End::Date(last))) = (start, end)
        && last < start
    {
        form.wrong("endDate", "This date must not be before the start date.");
    }
    let named = form.has("accountToken");
    Some(Plan {
        business: business?,
        account: account.map(|account| account.token).filter(|_| named),
        code,
        description,
        frequency: frequency?,
        start: start?,
        end: end?,
        amount: amount?,
    })
}

/// The account that is to pay.
fn account<'m>(
    form: &mut Form<'_>,
    merchant: &'m Merchant,
    setting: &Setting<'_>,
    customer: &Customer,
) -> Option<&'m Account> {
    if !form.has("accountToken") {
        let usual = merchant.default_account(customer.id);
        if usual.is_none() {
            form.wrong("accountToken", "The customer has no default account.");
        }
        return usual;
    }
    let text = form.text("accountToken", Need::Required, 255)?;
    let found = number_of(Kind::Account, setting.facility, &text);
    let found = found.and_then(|token| merchant.account(token));
    let found = found.filter(|account| account.customer == customer.id);
    if found.is_none() {
        form.wrong("accountToken", "The customer has no such account, or it is disabled.");
    }
    found
}

/// Reports an account that the facility, or the business, cannot take money from.
fn check_acceptance(
    form: &mut Form<'_>,
    account: &Account,
    setting: &Setting<'_>,
    business: Option<&str>,
) {
    let needs = match account.instrument {
        Instrument::Card(_) | Instrument::Wallet(_) => Capability::CreditCard,
        Instrument::Bank(_) => Capability::DirectDebit,
        Instrument::NzBank(_) => Capability::DirectDebitNz,
        Instrument::PayTo(_) => Capability::PayTo,
        Instrument::PayId(_) => Capability::PayId,
    };
    if !setting.can(needs) {
        form.wrong("accountToken", "The facility does not take this means of payment.");
    }
    let business = business.and_then(|code| setting.business(code));
    let card = account.instrument.card().zip(business);
    if card.is_some_and(|(card, at)| terms::of_card(&at.cards, &card.number).is_none()) {
        form.wrong("accountToken", "Cards of this kind are not accepted.");
    }
    let own = account.instrument.currency().code();
    let currency = form.text("currency", Need::Optional, 3);
    if currency.is_some_and(|currency| currency != own) {
        form.wrong("currency", &format!("This means of payment pays in {own}."));
    }
}

/// What ends the schedule. A field that belongs to another end is refused.
fn end(form: &mut Form<'_>, amount: Option<Cents>) -> Option<End> {
    let until = form.choice("scheduleType", Need::Required, UNTIL)?;
    let fields: &[(&str, Until)] = &[
        ("endDate", Until::Date),
        ("numberOfPayments", Until::Payments),
        ("finalPaymentAmount", Until::Payments),
        ("totalAmount", Until::Total),
    ];
    for (name, of) in fields {
        if form.has(name) && *of != until {
            form.wrong(name, "This field does not belong to the scheduleType.");
        }
    }
    match until {
        Until::FurtherNotice => Some(End::FurtherNotice),
        Until::Date => form.date("endDate", Need::Required).map(End::Date),
        Until::Payments => {
            let count = form.whole("numberOfPayments", Need::Required, 1..=PAYMENTS_MAX);
            let last = money(form, "finalPaymentAmount", Need::Optional);
            Some(End::Payments { count: count?, last })
        }
        Until::Total => {
            let total = money(form, "totalAmount", Need::Required)?;
            if amount.is_some_and(|amount| total < amount) {
                form.wrong("totalAmount", "This amount must not be less than one instalment.");
            }
            Some(End::Total(total))
        }
    }
}

/// An amount above zero.
fn money(form: &mut Form<'_>, name: &str, need: Need) -> Option<Cents> {
    let amount = form.money(name, need)?;
    if amount.get() <= 0 {
        form.wrong(name, "This amount must be greater than zero.");
        return None;
    }
    Some(amount)
}
