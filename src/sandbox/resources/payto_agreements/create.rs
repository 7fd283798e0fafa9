//! `POST /payto-agreements` and `POST /customers/{customerId}/payto-agreements`.

use jiff::civil::Date;

use super::super::customers::business;
use super::super::{Answer, Visit};
use super::{check_set_up, shown};
use crate::domain::money::Cents;
use crate::sandbox::form::{Form, Need};
use crate::sandbox::merchant::agreements::{Creation, Terms, Wanted};
use crate::sandbox::merchant::ids::{Kind, spelt};
use crate::sandbox::merchant::instrument::PayToAccount;
use crate::sandbox::merchant::setting::Setting;
use crate::sandbox::refusal::Refusal;

/// The longest a payer may be given to answer, and the usual time: five days.
pub(super) const RESPOND_MINUTES_MAX: u64 = 7_200;

pub(super) const REFERENCE_CHARS_MAX: usize = 35;
pub(super) const DESCRIPTION_CHARS_MAX: usize = 140;
const NAME_CHARS_MAX: usize = 140;
const ID_CHARS_MAX: usize = 255;

/// Why payments are made.
pub(super) const PURPOSES: &[&str] = &[
    "MORT", "UTIL", "LOAN", "DEPD", "GAMP", "RETL", "SALA", "PERS", "GOVT", "PENS", "TAXS", "OTHR",
];

/// How often payments are made.
const FREQUENCIES: &[&str] =
    &["ADHO", "INDA", "DAIL", "WEEK", "FRTN", "MNTH", "QURT", "MIAN", "YEAR"];

/// How the amount is fixed.
const KINDS: &[&str] = &["FIXE", "VARI", "USGB", "BALN"];

pub(super) const PAYER_TYPES: &[&str] = &["PERS", "ORGN"];

const PAY_ID_TYPES: &[&str] = &["EMAL", "TELE", "AUBN", "ORGN"];

pub(super) fn alone(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let body = visit.body;
    let (merchant, setting) = visit.merchant()?;
    let mut form = Form::of(body, setting.guesses)?;
    let wanted = read(&mut form, &setting, None);
    let number = form.text("customerNumber", Need::Optional, ID_CHARS_MAX);
    let name = form.text("customerName", Need::Optional, NAME_CHARS_MAX);
    let taken = number.as_deref().is_some_and(|it| merchant.customer_numbered(it).is_some());
    if taken {
        form.wrong("customerNumber", "There is a customer with this number already.");
    }
    form.finish()?;
    let wanted = wanted.ok_or_else(unreadable)?;
    let name = name.unwrap_or_else(|| wanted.payer.payer_name.clone());
    let customer = merchant.customer_for(&wanted.business, number, name);
    let agreement = merchant.agree(&setting, customer, wanted);
    created(visit, agreement)
}

pub(super) fn for_customer(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let id = visit.number(Kind::Customer, 0)?;
    let body = visit.body;
    let (merchant, setting) = visit.merchant()?;
    let customer = merchant.customers.get(id).cloned();
    let customer = customer.filter(|customer| setting.may_touch(&customer.business));
    let customer = customer.ok_or_else(Refusal::not_found)?;
    let mut form = Form::of(body, setting.guesses)?;
    let wanted = read(&mut form, &setting, Some(&customer.business));
    if !customer.enabled {
        form.wrong("customerId", "The customer is disabled.");
    }
    form.finish()?;
    let agreement = merchant.agree(&setting, id, wanted.ok_or_else(unreadable)?);
    created(visit, agreement)
}

fn created(visit: &mut Visit<'_>, agreement: u64) -> Result<Answer, Refusal> {
    visit.state.changed();
    let token = spelt(Kind::Agreement, "", agreement);
    let url = format!("{}/payto-agreements/{token}", visit.base_url);
    Ok(Answer::created(url, shown(visit, agreement)?))
}

fn unreadable() -> Refusal {
    Refusal::malformed("The body cannot be read.")
}

fn read(form: &mut Form<'_>, setting: &Setting<'_>, own: Option<&str>) -> Option<Wanted> {
    check_set_up(form, setting);
    let business = business(form, setting, own);
    let creation = form.choice("agreementCreationType", Need::Optional, Creation::WORDS);
    let creation = creation.unwrap_or(Creation::Authorised);
    let migrates = creation == Creation::MigratedDdr;
    let need = if migrates { Need::Required } else { Need::Optional };
    let payee_reference = form.text("payeeReference", need, REFERENCE_CHARS_MAX);
    let minutes = respond_minutes(form);
    let today = setting.today();
    let details = form.nested("paymentDetails", Need::Required, |form| details(form, today));
    let terms = form.nested("paymentTerms", Need::Required, |form| terms(form));
    let payer = form.nested("payerDetails", Need::Required, |form| payer(form));
    let (purpose, description, start, end, renews) = details??;
    let (payer_type, payer_id, reference, payer) = payer??;
    Some(Wanted {
        business: business?,
        creation,
        payee_reference,
        respond_minutes: minutes,
        purpose,
        description,
        start,
        end,
        renews,
        terms: terms??,
        payer_type,
        payer_id,
        payer_reference: reference,
        payer,
    })
}

/// How long the payer has.
pub(super) fn respond_minutes(form: &mut Form<'_>) -> u64 {
    let minutes = form.whole("respondByTimeMinutes", Need::Optional, 1..=RESPOND_MINUTES_MAX);
    minutes.unwrap_or(RESPOND_MINUTES_MAX)
}

/// One of a list of words.
pub(super) fn word(form: &mut Form<'_>, name: &str, need: Need, words: &[&str]) -> Option<String> {
    let text = form.exact(name, need, ID_CHARS_MAX)?;
    if !words.contains(&text.as_str()) {
        form.wrong(name, &format!("This field is one of {}.", words.join(", ")));
        return None;
    }
    Some(text)
}

type Details = (String, String, Date, Option<Date>, bool);

fn details(form: &mut Form<'_>, today: Date) -> Option<Details> {
    let purpose = word(form, "purpose", Need::Required, PURPOSES);
    let description = form.text("description", Need::Required, DESCRIPTION_CHARS_MAX);
    let start = form.date("startDate", Need::Required);
    if start.is_some_and(|start| start < today) {
        form.wrong("startDate", "This date is in the past.");
    }
    let renews = form.flag("automaticRenewal", Need::Required);
    let end = end(form, renews);
    if let (Some(start), Some(end)) = (start, end)
        && end <= start
    {
        form.wrong("endDate", "This date must be after the start date.");
    }
    Some((purpose?, description?, start?, end, renews?))
}

/// The end, which an agreement has that does not renew itself, and no other.
pub(super) fn end(form: &mut Form<'_>, renews: Option<bool>) -> Option<Date> {
    let need = if renews == Some(false) { Need::Required } else { Need::Optional };
    let end = form.date("endDate", need);
    if renews == Some(true) && end.is_some() {
        form.wrong("endDate", "An agreement that renews itself has no end date.");
    }
    end
}

pub(super) fn terms(form: &mut Form<'_>) -> Option<Terms> {
    let frequency = word(form, "frequency", Need::Required, FREQUENCIES);
    let kind = word(form, "agreementType", Need::Required, KINDS);
    form.choice("currency", Need::Optional, &[("AUD", ())]);
    let fixed = matches!(kind.as_deref(), Some("FIXE" | "BALN"));
    let need = if fixed { Need::Required } else { Need::Optional };
    let amount = money(form, "paymentAmount", need);
    let maximum = money(form, "maximumPaymentAmount", Need::Optional);
    if kind.as_deref() == Some("FIXE") && maximum.is_some() {
        form.wrong("maximumPaymentAmount", "A fixed amount has no maximum.");
    }
    if let (Some(amount), Some(maximum)) = (amount, maximum)
        && amount > maximum
    {
        form.wrong("paymentAmount", "This amount must not be above the maximum.");
    }
    Some(Terms { frequency: frequency?, kind: kind?, amount, maximum })
}

fn money(form: &mut Form<'_>, name: &str, need: Need) -> Option<Cents> {
    let amount = form.money_text(name, need)?;
    if amount.get() <= 0 {
        form.wrong(name, "This amount must be greater than zero.");
        return None;
    }
    Some(amount)
}

pub(super) type Payer = (String, Option<String>, Option<String>, PayToAccount);

pub(super) fn payer(form: &mut Form<'_>) -> Option<Payer> {
    let kind = word(form, "payerType", Need::Required, PAYER_TYPES);
    let id = form.text("payerId", Need::Optional, ID_CHARS_MAX);
    let name = form.text("payerName", Need::Required, NAME_CHARS_MAX);
    let reference = form.text("payerReference", Need::Optional, REFERENCE_CHARS_MAX);
    let by_id = form.has("payId") || form.has("payIdType");
    if by_id && (form.has("bsb") || form.has("accountNumber")) {
        form.wrong("payId", "A payer has either a PayID or an account, not both.");
        return None;
    }
    let account = if by_id {
        let kind = word(form, "payIdType", Need::Required, PAY_ID_TYPES);
        let pay_id = form.text("payId", Need::Required, 256);
        let pay_id = Some((kind?, pay_id?));
        PayToAccount {
            agreement: None,
            payer_name: name?,
            bsb: None,
            number: None,
            pay_id,
            last: false,
        }
    } else {
        let bsb = form.bsb(Need::Required);
        let number = form.digits("accountNumber", Need::Required, 1..=9);
        let (bsb, number) = (Some(bsb?), Some(number?));
        PayToAccount { agreement: None, payer_name: name?, bsb, number, pay_id: None, last: false }
    };
    Some((kind?, id, reference, account))
}
