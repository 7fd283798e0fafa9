//! Accounts: what customers registered to pay with.

use serde_json::Value;

use super::customers::business;
use super::{Answer, Keys, Route, Visit};
use crate::sandbox::book::KeyKind;
use crate::sandbox::form::{Form, Need, Years};
use crate::sandbox::guesses;
use crate::sandbox::merchant::Merchant;
use crate::sandbox::merchant::accounts::{Account, Standing};
use crate::sandbox::merchant::customers::{Address, Customer, Medium};
use crate::sandbox::merchant::ids::{Kind, spelt};
use crate::sandbox::merchant::instrument::Instrument;
use crate::sandbox::merchant::setting::{Capability, Setting};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::shape;

const SECRET: Keys = Keys::Only(KeyKind::Secret, None);

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/customers/{customerId}/accounts", SECRET, list),
    Route::new("POST", "/customers/{customerId}/accounts", SECRET, register_for_customer),
    Route::new("POST", "/accounts", SECRET, register),
    Route::new("GET", "/accounts/{accountToken}", SECRET, get),
    Route::new("PATCH", "/accounts/{accountToken}", SECRET, update),
    Route::new("DELETE", "/accounts/{accountToken}", SECRET, disable),
];

/// The longest text where the documents give no limit (the guess `field_lengths`).
const CHARS_MAX: usize = 100;

/// The longest id there is.
const ID_CHARS_MAX: usize = 255;

/// The fields of which one says what is registered.
const SOURCES: &[&str] = &["singleUseTokenId", "creditCard", "bankAccount", "nzBankAccount"];

fn list(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let id = visit.number(Kind::Customer, 0)?;
    visit.page(|merchant, setting, pager| {
        merchant.customer(id, setting).ok_or_else(Refusal::not_found)?;
        let newest_first = merchant.accounts_of(id).rev();
        Ok(Answer::ok(
            pager.page(newest_first, |account| shape::account(account, merchant, setting)),
        ))
    })?
}

fn get(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let token = visit.number(Kind::Account, 0)?;
    let (merchant, setting) = visit.merchant()?;
    let account = merchant.account_seen(token, &setting).ok_or_else(Refusal::not_found)?;
    let shown = account.enabled || setting.guesses.is(guesses::DISABLED_ACCOUNT, "200");
    let account = Some(account).filter(|_| shown).ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(shape::account(account, merchant, &setting)))
}

fn register_for_customer(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let id = visit.number(Kind::Customer, 0)?;
    let body = visit.body;
    let (merchant, setting) = visit.merchant()?;
    let customer = merchant.customer(id, &setting).ok_or_else(Refusal::not_found)?;
    let mut form = Form::of(body, setting.guesses)?;
    if form.has("supplierBusinessCode") {
        business(&mut form, &setting, None);
    }
    let wanted = read(&mut form, merchant, &setting, Some(&customer.business));
    form.finish()?;
    let wanted = wanted.ok_or_else(Refusal::not_found)?;
    registered(merchant, &setting, id, wanted)
}

fn register(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let body = visit.body;
    let (merchant, setting) = visit.merchant()?;
    let mut form = Form::of(body, setting.guesses)?;
    let of_token = form.value("singleUseTokenId").and_then(Value::as_str);
    let of_token = of_token.and_then(|id| merchant.token(id)).map(|token| token.business.clone());
    let of_token = of_token.filter(|code| setting.may_touch(code));
    let business = business(&mut form, &setting, of_token.as_deref());
    let wanted = read(&mut form, merchant, &setting, business.as_deref());
    let number = form.text("customerNumber", Need::Optional, CHARS_MAX);
    if number.as_deref().is_some_and(|number| merchant.customer_numbered(number).is_some()) {
        form.wrong("customerNumber", "Another customer has this customer number.");
    }
    let name = form.text("customerName", Need::Optional, CHARS_MAX);
    form.finish()?;
    let (wanted, business) = wanted.zip(business).ok_or_else(Refusal::not_found)?;
    let holder = wanted.instrument.holder().map(str::to_owned);
    let generated = number.is_none();
    let customer = merchant.add_customer(Customer {
        id: 0,
        number: number.unwrap_or_default(),
        name: name.or(holder).unwrap_or_default(),
        business,
        phone: None,
        email: None,
        medium: Medium::None,
        address: Address::default(),
        enabled: true,
        default_account: None,
    });
    if generated {
        let id = spelt(Kind::Customer, setting.facility, customer);
        merchant.customers.change(customer, |customer| {
            if customer.name.is_empty() {
                customer.name.clone_from(&id);
            }
            customer.number = id;
        });
    }
    registered(merchant, &setting, customer, wanted)
}

/// An account to register.
struct Wanted {
    instrument: Instrument,
    /// The single-use token to use up.
    token: Option<String>,
    standing: Standing,
}

fn read(
    form: &mut Form<'_>,
    merchant: &Merchant,
    setting: &Setting<'_>,
    business: Option<&str>,
) -> Option<Wanted> {
    let is_default = form.flag("defaultAccount", Need::Optional).unwrap_or(false);
    let three_ds2 = form.flag("threeDS2", Need::Optional).unwrap_or(false);
    let standing = if is_default { Standing::Default } else { Standing::Ordinary };
    let sent: Vec<&str> = SOURCES.iter().copied().filter(|name| form.has(name)).collect();
    let &[source] = sent.as_slice() else {
        let message = format!("Exactly one of {} is required.", SOURCES.join(", "));
        form.wrong(sent.first().copied().unwrap_or("singleUseTokenId"), &message);
        return None;
    };
    let business = business.and_then(|code| setting.business(code));
    let (instrument, token) = match source {
        "singleUseTokenId" => {
            let id = form.text(source, Need::Required, ID_CHARS_MAX)?;
            (of_token(form, merchant, &id, three_ds2)?, Some(id))
        }
        "creditCard" => {
            let read = |form: &mut Form<'_>| form.card(setting, business, Years::TwoOrFour);
            (Instrument::Card(form.nested(source, Need::Required, read)??), None)
        }
        "bankAccount" => {
            let account = form.nested(source, Need::Required, Form::bank_account);
            (Instrument::Bank(account??), None)
        }
        _ => {
            let account = form.nested(source, Need::Required, Form::nz_bank_account);
            (Instrument::NzBank(account??), None)
        }
    };
    let needs = match instrument {
        Instrument::Card(_) | Instrument::Wallet(_) => Capability::CreditCard,
        Instrument::Bank(_) => Capability::DirectDebit,
        Instrument::NzBank(_) => Capability::DirectDebitNz,
        Instrument::PayTo(_) => Capability::PayTo,
        Instrument::PayId(_) => Capability::PayId,
    };
    if !setting.can(needs) {
        form.wrong(source, "Accounts of this type are not accepted.");
    }
    Some(Wanted { instrument, token, standing })
}

/// What a single-use token stands for, if it may be registered.
fn of_token(
    form: &mut Form<'_>,
    merchant: &Merchant,
    id: &str,
    three_ds2: bool,
) -> Option<Instrument> {
    let Some(token) = merchant.token(id) else {
        form.wrong("singleUseTokenId", "The single-use-token is not valid or has expired.");
        return None;
    };
    if let Some(reason) = token.refuses(three_ds2) {
        form.wrong("threeDS2", reason);
    }
    if matches!(token.instrument, Instrument::Wallet(_) | Instrument::PayTo(_)) {
        form.wrong("singleUseTokenId", "Accounts of this type cannot be registered.");
    }
    Some(token.instrument.clone())
}

/// Registers what was read, and uses its token up.
fn registered(
    merchant: &mut Merchant,
    setting: &Setting<'_>,
    customer: u64,
    wanted: Wanted,
) -> Result<Answer, Refusal> {
    if let Some(id) = &wanted.token {
        merchant.spend(id);
    }
    let token = merchant.register(setting.now, customer, wanted.instrument, wanted.standing);
    let account = merchant.account(token).ok_or_else(Refusal::not_found)?;
    let spelt = spelt(Kind::Account, setting.facility, token);
    let location = format!("{}/accounts/{spelt}", setting.base_url);
    Ok(Answer::created(location, shape::account(account, merchant, setting)))
}

fn update(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let token = visit.number(Kind::Account, 0)?;
    let body = visit.body;
    let (merchant, setting) = visit.merchant()?;
    let account = enabled(merchant, token, &setting)?;
    let mut form = Form::of(body, setting.guesses)?;
    let changed = read_change(&mut form, account, &setting);
    let is_default = form.flag("defaultAccount", Need::Optional);
    if is_default == Some(false) && merchant.is_default(account) {
        form.wrong("defaultAccount", "Make another account the default instead.");
    }
    form.finish()?;
    merchant.accounts.change(token, |account| account.instrument = changed);
    if is_default == Some(true) {
        merchant.make_default(token);
    }
    let account = merchant.account(token).ok_or_else(Refusal::not_found)?;
    Ok(Answer::patched(shape::account(account, merchant, &setting), setting.guesses))
}

/// The account with the holder's name and the expiry that were sent; anything else of an account
/// never changes.
fn read_change(form: &mut Form<'_>, account: &Account, setting: &Setting<'_>) -> Instrument {
    let mut changed = account.instrument.clone();
    let (names, ours): (_, &[&str]) = match &mut changed {
        Instrument::Card(card) => {
            if let Some((month, year)) = form.expiry(setting, Years::TwoOrFour, Need::Optional) {
                (card.expiry_month, card.expiry_year) = (month, year);
            }
            if let Some(name) = form.text("cardholderName", Need::Optional, CHARS_MAX) {
                card.holder = Some(name);
            }
            ("a card", &["cardholderName", "expiryDateMonth", "expiryDateYear"])
        }
        Instrument::Bank(bank) => {
            if let Some(name) = form.text("accountName", Need::Optional, CHARS_MAX) {
                bank.name = name;
            }
            ("a bank account", &["accountName"])
        }
        Instrument::NzBank(bank) => {
            if let Some(name) = form.text("nzAccountName", Need::Optional, CHARS_MAX) {
                bank.name = name;
            }
            ("a New Zealand bank account", &["nzAccountName"])
        }
        Instrument::Wallet(_) | Instrument::PayTo(_) | Instrument::PayId(_) => {
            ("this account", &[])
        }
    };
    let known =
        ["accountName", "cardholderName", "expiryDateMonth", "expiryDateYear", "nzAccountName"];
    for name in known {
        if form.has(name) && !ours.contains(&name) {
            form.wrong(name, &format!("This field does not belong to {names}."));
        }
    }
    if !known.iter().chain(&["defaultAccount"]).any(|name| form.has(name)) {
        let first = ours.first().copied().unwrap_or("defaultAccount");
        form.wrong(first, "Nothing to change was sent.");
    }
    changed
}

fn disable(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let token = visit.number(Kind::Account, 0)?;
    let (merchant, setting) = visit.merchant()?;
    enabled(merchant, token, &setting)?;
    merchant.disable_account(token);
    if setting.guesses.is(guesses::DELETE_REPLY, "204") {
        return Ok(Answer::nothing());
    }
    let account = merchant.accounts.get(token).ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(shape::account(account, merchant, &setting)))
}

/// An account that is not disabled and that the key may see.
fn enabled<'a>(
    merchant: &'a Merchant,
    token: u64,
    setting: &Setting<'_>,
) -> Result<&'a Account, Refusal> {
    let account = merchant.account_seen(token, setting).filter(|account| account.enabled);
    account.ok_or_else(Refusal::not_found)
}
