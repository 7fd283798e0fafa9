//! Customers: whom the merchant knows, and what they paid.

use serde_json::{Value, json};

use super::{Answer, Keys, Route, Visit};
use crate::sandbox::book::KeyKind;
use crate::sandbox::form::{Form, Need};
use crate::sandbox::guesses;
use crate::sandbox::links;
use crate::sandbox::merchant::Merchant;
use crate::sandbox::merchant::customers::{Address, Customer, Medium, Search, Standing};
use crate::sandbox::merchant::ids::{Kind, spelt};
use crate::sandbox::merchant::setting::Setting;
use crate::sandbox::merchant::transactions::By;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::shape;

const SECRET: Keys = Keys::Only(KeyKind::Secret, None);

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/customers", SECRET, search),
    Route::new("POST", "/customers", SECRET, create),
    Route::new("GET", "/customers/{customerId}", SECRET, get),
    Route::new("PUT", "/customers/{customerId}", SECRET, update),
    Route::new("PATCH", "/customers/{customerId}", SECRET, update_status),
    Route::new("GET", "/customers/{customerId}/transactions", SECRET, list_payment_history),
];

/// The longest text where the documents give no limit (the guess `field_lengths`).
const CHARS_MAX: usize = 100;

/// The longest e-mail address there is.
const EMAIL_CHARS_MAX: usize = 254;

fn search(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let search = Search {
        number: visit.asked("customerNumber"),
        name: visit.asked("customerName"),
        email: visit.asked("emailAddress").or_else(|| visit.asked("customerEmail")),
    };
    visit.page(|merchant, setting, pager| {
        let found = merchant.search_customers(&search, setting);
        Answer::ok(pager.page(found, |customer| model(customer, setting)))
    })
}

fn create(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let body = visit.body;
    let (merchant, setting) = visit.merchant()?;
    let mut form = Form::of(body, setting.guesses)?;
    let customer = read(&mut form, merchant, &setting, None);
    form.finish()?;
    let customer = customer.ok_or_else(Refusal::not_found)?;
    let taken = merchant.customer_numbered(&customer.number).is_some();
    if taken && setting.guesses.is(guesses::DUPLICATE_CUSTOMER, "409") {
        return Err(Refusal::conflict("Another customer has this customer number."));
    }
    let id = merchant.add_customer(customer);
    let customer = merchant.customers.get(id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::created(url(customer, &setting), model(customer, &setting)))
}

fn get(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let id = visit.number(Kind::Customer, 0)?;
    let (merchant, setting) = visit.merchant()?;
    let customer = merchant.customer(id, &setting).ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(model(customer, &setting)))
}

fn update(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let id = visit.number(Kind::Customer, 0)?;
    let body = visit.body;
    let (merchant, setting) = visit.merchant()?;
    let old = merchant.customer(id, &setting).ok_or_else(Refusal::not_found)?.clone();
    let mut form = Form::of(body, setting.guesses)?;
    let new = read(&mut form, merchant, &setting, Some(&old));
    form.finish()?;
    let new = new.ok_or_else(Refusal::not_found)?;
    let standing = if new.enabled { Standing::Enabled } else { Standing::Disabled };
    merchant.customers.put(new);
    merchant.set_customer_standing(id, standing);
    let customer = merchant.customers.get(id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(model(customer, &setting)))
}

fn update_status(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let id = visit.number(Kind::Customer, 0)?;
    let body = visit.body;
    let (merchant, setting) = visit.merchant()?;
    merchant.customer(id, &setting).ok_or_else(Refusal::not_found)?;
    let mut form = Form::of(body, setting.guesses)?;
    let enabled = form.flag("enabled", Need::Required);
    form.finish()?;
    let standing = if enabled == Some(true) { Standing::Enabled } else { Standing::Disabled };
    merchant.set_customer_standing(id, standing);
    let customer = merchant.customers.get(id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::patched(model(customer, &setting), setting.guesses))
}

fn list_payment_history(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let id = visit.number(Kind::Customer, 0)?;
    visit.page(|merchant, setting, pager| {
        merchant.customer(id, setting).ok_or_else(Refusal::not_found)?;
        let taken = merchant.transactions.found(By::Customer, &id.to_string()).rev();
        let seen = taken.filter(|taken| setting.may_touch(&taken.business));
        Ok(Answer::ok(pager.page(seen, |taken| shape::transaction(taken, merchant, setting))))
    })?
}

/// Reads a customer: a new one, or all that is to be of an old one.
fn read(
    form: &mut Form<'_>,
    merchant: &Merchant,
    setting: &Setting<'_>,
    old: Option<&Customer>,
) -> Option<Customer> {
    let number = form.text("customerNumber", Need::Required, CHARS_MAX);
    let other = number.as_deref().and_then(|number| merchant.customer_numbered(number));
    let conflicts = old.is_none() && setting.guesses.is(guesses::DUPLICATE_CUSTOMER, "409");
    if other.is_some_and(|other| old.is_none_or(|old| old.id != other.id)) && !conflicts {
        form.wrong("customerNumber", "Another customer has this customer number.");
    }
    let name = form.text("customerName", Need::Required, CHARS_MAX);
    let business = business(form, setting, None);
    let phone = form.text("phoneNumber", Need::Optional, CHARS_MAX);
    let email = form.text("emailAddress", Need::Optional, EMAIL_CHARS_MAX);
    if email.as_deref().is_some_and(|email| !is_email(email)) {
        form.wrong("emailAddress", "This field is an e-mail address.");
    }
    let medium = form.choice("preferredNotificationMedium", Need::Optional, Medium::WORDS);
    let address = form.nested("address", Need::Optional, read_address);
    let kept = old.filter(|_| setting.guesses.is(guesses::PUT_STANDING, "kept"));
    let usual = kept.is_none_or(|old| old.enabled);
    let enabled = form.flag("enabled", Need::Optional).unwrap_or(usual);
    Some(Customer {
        id: old.map_or(0, |old| old.id),
        number: number?,
        name: name?,
        business: business?,
        phone,
        email,
        medium: medium.unwrap_or_default(),
        address: address.unwrap_or_default(),
        enabled,
        default_account: old.and_then(|old| old.default_account),
    })
}

/// The business a request is about: the one it names, or `usual`, or the only one there is for the
/// key (the guess `implied_business`).
pub(super) fn business(
    form: &mut Form<'_>,
    setting: &Setting<'_>,
    usual: Option<&str>,
) -> Option<String> {
    let only = || {
        let mut visible = setting.visible();
        visible.next().filter(|_| visible.next().is_none()).map(|business| business.code.clone())
    };
    let implied = || usual.map(str::to_owned).or_else(only);
    if !form.has("supplierBusinessCode")
        && let Some(implied) = implied()
    {
        return Some(implied);
    }
    let code = form.text("supplierBusinessCode", Need::Required, CHARS_MAX)?;
    if setting.business(&code).is_none() {
        form.wrong("supplierBusinessCode", "There is no such business.");
        return None;
    }
    Some(code)
}

fn read_address(form: &mut Form<'_>) -> Address {
    let mut part = |name| form.text(name, Need::Optional, CHARS_MAX);
    Address {
        street1: part("street1"),
        street2: part("street2"),
        street3: part("street3"),
        city: part("city"),
        state: part("state"),
        postcode: part("postcode"),
        country: part("country"),
    }
}

pub(super) fn is_email(text: &str) -> bool {
    let halves = text.split_once('@');
    halves.is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@') && !text.contains(' ')
    })
}

fn url(customer: &Customer, setting: &Setting<'_>) -> String {
    let id = spelt(Kind::Customer, setting.facility, customer.id);
    format!("{}/customers/{id}", setting.base_url)
}

/// The model of a customer.
fn model(customer: &Customer, setting: &Setting<'_>) -> Value {
    let url = url(customer, setting);
    let address = &customer.address;
    json!({
        "links": [
            links::help("customers/"),
            links::link("self", &url, "GET"),
            links::link("accounts", &format!("{url}/accounts"), "GET"),
            links::link("payids", &format!("{url}/payids"), "GET"),
            links::link("recurring-payments", &format!("{url}/recurring-payments"), "GET"),
            links::link("transactions", &format!("{url}/transactions"), "GET"),
        ],
        "customerId": spelt(Kind::Customer, setting.facility, customer.id),
        "customerNumber": customer.number,
        "customerName": customer.name,
        "supplierBusinessCode": customer.business,
        "status": if customer.enabled { "ENABLED" } else { "DISABLED" },
        "phoneNumber": customer.phone,
        "emailAddress": customer.email,
        "preferredNotificationMedium": customer.medium.word(),
        "address": {
            "street1": address.street1,
            "street2": address.street2,
            "street3": address.street3,
            "city": address.city,
            "state": address.state,
            "postcode": address.postcode,
            "country": address.country,
        },
    })
}
