//! PayIDs: submitted for registration, read, listed, deregistered.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::customers::{business, is_email};
use super::{Answer, Keys, Route, Visit};
use crate::sandbox::book::KeyKind;
use crate::sandbox::form::{Form, Need};
use crate::sandbox::guesses::newer;
use crate::sandbox::links;
use crate::sandbox::merchant::Merchant;
use crate::sandbox::merchant::customers::Customer;
use crate::sandbox::merchant::ids::{Kind, spelt};
use crate::sandbox::merchant::payids::{By, Life, NewPayId, PayId};
use crate::sandbox::merchant::setting::{Capability, Setting};
use crate::sandbox::merchant::unfit::Unfit;
use crate::sandbox::refusal::Refusal;

const SECRET: Keys = Keys::Only(KeyKind::Secret, None);

const OF_CUSTOMER: &str = "/customers/{customerId}/payids";

const ONE: &str = "/payids/{payId}";

pub(super) const ROUTES: &[Route] = &[
    Route::new("POST", OF_CUSTOMER, SECRET, register),
    Route::new("GET", OF_CUSTOMER, SECRET, list),
    Route::new("GET", ONE, SECRET, get),
    Route::new("DELETE", ONE, SECRET, deregister),
];

/// The longest e-mail address there is.
const ADDRESS_CHARS_MAX: usize = 254;

/// The longest text where the documents give no limit (the guess `field_lengths`).
const CHARS_MAX: usize = 100;

fn register(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let id = visit.number(Kind::Customer, 0)?;
    let body = visit.body;
    let (merchant, setting) = visit.merchant()?;
    let customer = merchant.customer(id, &setting).ok_or_else(Refusal::not_found)?;
    let mut form = Form::of(body, setting.guesses)?;
    let new = read(&mut form, customer, &setting);
    form.finish()?;
    let new = new.ok_or_else(Refusal::not_found)?;
    let number = merchant.submit_pay_id(&setting, new).map_err(|unfit| refuse(&unfit))?;
    let pay_id = merchant.pay_ids.get(number).ok_or_else(Refusal::not_found)?;
    Ok(Answer::created(url(pay_id, &setting), model(pay_id, merchant, &setting)))
}

fn read(form: &mut Form<'_>, customer: &Customer, setting: &Setting<'_>) -> Option<NewPayId> {
    if !setting.can(Capability::PayId) {
        form.wrong("payId", "The facility is not set up for PayIDs.");
    }
    if !customer.enabled {
        form.wrong("customerId", "The customer is disabled.");
    }
    let address = address(form, setting);
    let life = form.choice("type", Need::Required, Life::WORDS);
    let business = business(form, setting, Some(&customer.business));
    let amount = form.money_text("paymentAmount", Need::Optional);
    if amount.is_some_and(|amount| amount.get() <= 0) {
        form.wrong("paymentAmount", "This amount must be greater than zero.");
    }
    if life == Some(Life::Static) && form.has("paymentAmount") {
        form.wrong("paymentAmount", "Only a SINGLE PayID has a payment amount.");
    }
    let number = form.text("customerNumber", Need::Optional, CHARS_MAX);
    let other = number.is_some_and(|number| number != customer.number);
    if other && setting.guesses.is(newer::PAY_ID_NUMBER, "422") {
        form.wrong("customerNumber", "The customer has another customer number.");
    }
    let priority = form.text("registrationPriority", Need::Optional, CHARS_MAX);
    let (address, life, business) = (address?, life?, business?);
    Some(NewPayId { address, life, customer: customer.id, business, amount, priority })
}

/// An e-mail address of a domain that is set up for the facility.
fn address(form: &mut Form<'_>, setting: &Setting<'_>) -> Option<String> {
    let address = form.text("payId", Need::Required, ADDRESS_CHARS_MAX)?;
    if !is_email(&address) {
        form.wrong("payId", "This field is an e-mail address.");
        return None;
    }
    let domain = address.rsplit('@').next().unwrap_or_default();
    let known = |known: &String| known.eq_ignore_ascii_case(domain);
    if !setting.pay_id_domains.iter().any(known) {
        form.wrong("payId", "The domain of this address is not set up for the facility.");
        return None;
    }
    Some(address)
}

fn list(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let id = visit.number(Kind::Customer, 0)?;
    visit.page(|merchant, setting, pager| {
        merchant.customer(id, setting).ok_or_else(Refusal::not_found)?;
        let newest_first = merchant.pay_ids.found(By::Customer, &id.to_string()).rev();
        let seen = newest_first.filter(|pay_id| setting.may_touch(&pay_id.business));
        Ok(Answer::ok(pager.page(seen, |pay_id| model(pay_id, merchant, setting))))
    })?
}

fn get(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let address = visit.parameter(0);
    let (merchant, setting) = visit.merchant()?;
    let pay_id = known(merchant, address, &setting)?;
    Ok(Answer::ok(model(pay_id, merchant, &setting)))
}

fn deregister(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let address = visit.parameter(0);
    let (merchant, setting) = visit.merchant()?;
    let number = known(merchant, address, &setting)?.number;
    let done = merchant.deregister_pay_id(setting.now, number);
    done.map_err(|unfit| match setting.guesses.word(newer::PAY_ID_STATE).as_str() {
        "404" => Refusal::not_found(),
        "409" => refuse(&unfit).with_status(StatusCode::CONFLICT),
        _ => refuse(&unfit),
    })?;
    if setting.guesses.is(newer::PAY_ID_DELETE, "204") {
        return Ok(Answer::nothing());
    }
    let pay_id = merchant.pay_ids.get(number).ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(model(pay_id, merchant, &setting)))
}

/// The PayID with this address, if there is one that the key may see.
fn known<'a>(
    merchant: &'a Merchant,
    address: &str,
    setting: &Setting<'_>,
) -> Result<&'a PayId, Refusal> {
    let found = merchant.pay_id(address).filter(|found| setting.may_touch(&found.business));
    found.ok_or_else(Refusal::not_found)
}

fn refuse(Unfit(field, sentence): &Unfit) -> Refusal {
    Refusal::field(field, "", sentence)
}

fn url(pay_id: &PayId, setting: &Setting<'_>) -> String {
    let segment: String = form_urlencoded::byte_serialize(pay_id.address.as_bytes()).collect();
    format!("{}/payids/{segment}", setting.base_url)
}

/// The model of a PayID. Its amount is a text, as in the request.
pub(in crate::sandbox) fn model(
    pay_id: &PayId,
    merchant: &Merchant,
    setting: &Setting<'_>,
) -> Value {
    let customer = spelt(Kind::Customer, setting.facility, pay_id.customer);
    let customer_url = format!("{}/customers/{customer}", setting.base_url);
    let number = merchant.customers.get(pay_id.customer).map(|customer| &customer.number);
    json!({
        "links": [
            links::help("payids"),
            links::link("self", &url(pay_id, setting), "GET"),
            links::link("customer", &customer_url, "GET"),
        ],
        "payId": pay_id.address,
        "type": pay_id.life.word(),
        "status": pay_id.state.bank_word(),
        "customerId": customer,
        "customerNumber": number,
        "supplierBusinessCode": pay_id.business,
        "paymentAmount": pay_id.amount.map(|cents| cents.to_string()),
        "registrationPriority": pay_id.priority,
    })
}
