//! What pays: exactly one of a single-use token, a customer, a registered account, or raw details.

use crate::sandbox::form::{Form, Need, Years};
use crate::sandbox::merchant::Merchant;
use crate::sandbox::merchant::accounts::Account;
use crate::sandbox::merchant::ids::{Kind, number_of};
use crate::sandbox::merchant::instrument::{Instrument, PayToAccount};
use crate::sandbox::merchant::setting::{Capability, Setting};
use crate::sandbox::merchant::terms;
use crate::sandbox::merchant::transactions::Remittance;
use crate::sandbox::resources::payto_agreements::once::{self, Once};

/// The fields of which one names what pays.
const SOURCES: &[&str] = &[
    "singleUseTokenId",
    "customerId",
    "accountToken",
    "creditCard",
    "bankAccount",
    "nzBankAccount",
    "payToData",
    "payToAgreement",
];

/// The longest end-to-end id and remittance information of a PayTo payment.
const PAYTO_CHARS_MAX: usize = 140;

/// What pays.
pub(super) struct Source {
    pub(super) instrument: Instrument,
    /// The single-use token to use up.
    pub(super) token: Option<String>,
    /// The registered account.
    pub(super) account: Option<u64>,
    /// The customer whose account it is.
    pub(super) customer: Option<u64>,
    /// That customer's business, or the one the token was made for.
    pub(super) business: Option<String>,
    /// What a PayTo payment tells the payer's bank.
    pub(super) remittance: Option<Remittance>,
    /// The agreement that is asked for with the payment.
    pub(super) once: Option<Once>,
}

pub(super) fn read(
    form: &mut Form<'_>,
    merchant: &Merchant,
    setting: &Setting<'_>,
) -> Option<Source> {
    let sent: Vec<&str> = SOURCES.iter().copied().filter(|name| form.has(name)).collect();
    // An agreement for the payment may stand beside the token that has the payer's account.
    let name = match *sent.as_slice() {
        [name] | [name @ "singleUseTokenId", "payToAgreement"] => Some(name),
        _ => None,
    };
    let Some(name) = name else {
        let sentence = format!("Exactly one of {} is required.", SOURCES.join(", "));
        form.wrong(sent.first().copied().unwrap_or("singleUseTokenId"), &sentence);
        return None;
    };
    match name {
        "singleUseTokenId" => of_token(form, merchant, setting),
        "customerId" => of_customer(form, merchant, setting),
        "accountToken" => of_account(form, merchant, setting),
        "payToData" => of_agreement(form, merchant, setting),
        "payToAgreement" => {
            let once = form.nested(name, Need::Required, |form| once::read(form, None))??;
            Some(asked_once(once))
        }
        _ => of_details(form, name, setting).map(unregistered),
    }
}

/// An account given whole; nothing of it is kept but the transaction.
fn of_details(form: &mut Form<'_>, name: &str, setting: &Setting<'_>) -> Option<Instrument> {
    let code = form.text("supplierBusinessCode", Need::Optional, 255);
    let business = code.and_then(|code| setting.business(&code));
    form.nested(name, Need::Required, |form| match name {
        "creditCard" => form.card(setting, business, Years::TwoOrFour).map(Instrument::Card),
        "bankAccount" => form.bank_account().map(Instrument::Bank),
        _ => form.nz_bank_account().map(Instrument::NzBank),
    })
    .flatten()
}

fn unregistered(instrument: Instrument) -> Source {
    let (token, account, customer, business, remittance) = (None, None, None, None, None);
    Source { instrument, token, account, customer, business, remittance, once: None }
}

/// A payer who is asked for an agreement with the payment.
fn asked_once(once: Once) -> Source {
    let instrument = Instrument::PayTo(once.payer.clone());
    Source { once: Some(once), ..unregistered(instrument) }
}

/// What is taken under a PayTo agreement. Whether it may be is the payer's bank's to say, which it does
/// a little later.
fn of_agreement(form: &mut Form<'_>, merchant: &Merchant, setting: &Setting<'_>) -> Option<Source> {
    form.nested("payToData", Need::Required, |form| {
        let remittance = Remittance {
            end_to_end_id: form.text("endToEndId", Need::Optional, 35),
            information: form.text("remittanceInformation1", Need::Optional, PAYTO_CHARS_MAX),
        };
        let last = form.flag("finalPayment", Need::Optional).unwrap_or(false);
        let token = form.text("agreementToken", Need::Required, 255)?;
        let number = number_of(Kind::Agreement, "", &token);
        let agreement = number.and_then(|number| merchant.agreements.get(number));
        let agreement = agreement.filter(|it| setting.may_touch(&it.wanted.business));
        let Some(agreement) = agreement else {
            form.wrong("agreementToken", "There is no such agreement.");
            return None;
        };
        let payer = agreement.wanted.payer.clone();
        let payer = PayToAccount { agreement: Some(agreement.number), last, ..payer };
        Some(Source {
            customer: Some(agreement.customer),
            business: Some(agreement.wanted.business.clone()),
            remittance: Some(remittance),
            ..unregistered(Instrument::PayTo(payer))
        })
    })
    .flatten()
}

fn of_token(form: &mut Form<'_>, merchant: &Merchant, setting: &Setting<'_>) -> Option<Source> {
    let wants = form.flag("threeDS2", Need::Optional).unwrap_or(false);
    let id = form.text("singleUseTokenId", Need::Required, 255)?;
    let Some(token) = merchant.token(&id) else {
        form.wrong("singleUseTokenId", "The single-use token is not valid or has expired.");
        return None;
    };
    if let Some(reason) = token.refuses(wants) {
        form.wrong("threeDS2", reason);
    }
    let business = Some(token.business.clone()).filter(|code| setting.may_touch(code));
    let source = match (&token.instrument, form.has("payToAgreement")) {
        (Instrument::PayTo(payer), false) => asked_once(Once::of_token(payer.clone())),
        (Instrument::PayTo(payer), true) => {
            let payer = Some(payer);
            let once =
                form.nested("payToAgreement", Need::Required, |form| once::read(form, payer));
            asked_once(once??)
        }
        (_, true) => {
            form.wrong("payToAgreement", "The single-use token is not for PayTo.");
            return None;
        }
        (instrument, false) => unregistered(instrument.clone()),
    };
    Some(Source { token: Some(id), business, ..source })
}

fn of_customer(form: &mut Form<'_>, merchant: &Merchant, setting: &Setting<'_>) -> Option<Source> {
    let id = form.text("customerId", Need::Required, 255)?;
    let number = number_of(Kind::Customer, setting.facility, &id);
    let customer = number.and_then(|number| merchant.customers.get(number));
    let customer = customer.filter(|customer| setting.may_touch(&customer.business));
    let Some(customer) = customer else {
        form.wrong("customerId", "There is no such customer.");
        return None;
    };
    if !customer.enabled {
        form.wrong("customerId", "The customer is disabled.");
        return None;
    }
    let Some(account) = merchant.default_account(customer.id) else {
        form.wrong("customerId", "The customer has no default account.");
        return None;
    };
    Some(registered(account, customer.business.clone()))
}

fn of_account(form: &mut Form<'_>, merchant: &Merchant, setting: &Setting<'_>) -> Option<Source> {
    let text = form.text("accountToken", Need::Required, 255)?;
    let account = number_of(Kind::Account, setting.facility, &text);
    let account = account.and_then(|number| merchant.account(number));
    let customer = account.and_then(|account| merchant.customers.get(account.customer));
    let customer = customer.filter(|customer| setting.may_touch(&customer.business));
    let (Some(account), Some(customer)) = (account, customer) else {
        form.wrong("accountToken", "There is no such account, or it is disabled.");
        return None;
    };
    if !customer.enabled {
        form.wrong("accountToken", "The account's customer is disabled.");
        return None;
    }
    Some(registered(account, customer.business.clone()))
}

fn registered(account: &Account, business: String) -> Source {
    Source {
        account: Some(account.token),
        customer: Some(account.customer),
        business: Some(business),
        ..unregistered(account.instrument.clone())
    }
}

/// Reports a means of payment that the facility or the business does not take.
pub(super) fn check_acceptance(
    form: &mut Form<'_>,
    source: &Source,
    setting: &Setting<'_>,
    business: Option<&str>,
) {
    let needs = match source.instrument {
        Instrument::Card(_) | Instrument::Wallet(_) => Capability::CreditCard,
        Instrument::Bank(_) => Capability::DirectDebit,
        Instrument::NzBank(_) => Capability::DirectDebitNz,
        Instrument::PayTo(_) => Capability::PayTo,
        Instrument::PayId(_) => Capability::PayId,
    };
    let name = SOURCES.iter().find(|name| form.has(name)).copied().unwrap_or("singleUseTokenId");
    if !setting.can(needs) {
        form.wrong(name, "The facility does not take this means of payment.");
    }
    let business = business.and_then(|code| setting.business(code));
    let card = source.instrument.card().zip(business);
    if card.is_some_and(|(card, at)| terms::of_card(&at.cards, &card.number).is_none()) {
        form.wrong(name, "Cards of this kind are not accepted.");
    }
    let own = source.business.as_deref().filter(|_| form.has("payToData"));
    if own.zip(business).is_some_and(|(own, paid)| own != paid.code) {
        form.wrong("supplierBusinessCode", "The agreement is with another business.");
    }
    let currency = form.value("currency").and_then(|value| value.as_str());
    let own = source.instrument.currency().code();
    if currency.is_some_and(|currency| currency != own) {
        form.wrong("currency", &format!("This means of payment pays in {own}."));
    }
}
