//! `POST /transactions`: payments, refunds, pre-authorisations and what changes them.

use std::net::IpAddr;

use hyper::StatusCode;
use serde_json::Value;

use super::super::customers::business;
use super::super::{Answer, Visit};
use super::{may_see, refuse, shown};
use crate::domain::money::Cents;
use crate::domain::transaction::State;
use crate::sandbox::form::{Form, Need};
use crate::sandbox::guesses;
use crate::sandbox::merchant::Merchant;
use crate::sandbox::merchant::holds::Change;
use crate::sandbox::merchant::ids::{Kind, number_of, spelt};
use crate::sandbox::merchant::setting::{Capability, Setting};
use crate::sandbox::merchant::transactions::{
    AuthorisationType, CancellationType, Details, Order, Origin, TransactionType,
};
use crate::sandbox::merchant::unfit::Unfit;
use crate::sandbox::refusal::Refusal;

use self::source::Source;

mod source;

/// The longest reference, in characters (the guess `transaction_limits`, as all of these).
const REFERENCE_CHARS_MAX: usize = 100;
const COMMENT_CHARS_MAX: usize = 100;
const METADATA_MAX: usize = 20;
const METADATA_CHARS_MAX: usize = 255;
const NETWORK_ID_CHARS_MAX: usize = 15;

/// The words of `transactionType`.
const TYPES: &[(&str, TransactionType)] = &[
    ("PAYMENT", TransactionType::Payment),
    ("REFUND", TransactionType::Refund),
    ("PREAUTH", TransactionType::Preauth),
    ("CAPTURE", TransactionType::Capture),
    ("ACCOUNT_VERIFICATION", TransactionType::AccountVerification),
];

/// What aggregators and staged wallets say of the merchant that is paid.
const DESCRIPTOR: &[&str] = &[
    "merchantName",
    "merchantStreetAddress",
    "merchantLocation",
    "merchantState",
    "merchantCountry",
    "merchantPostCode",
    "subMerchantId",
];

/// How the payer was present.
const PRESENCES: &[(&str, &str)] =
    &[("INTERNET", "INTERNET"), ("PHONE", "PHONE"), ("MAIL", "MAIL"), ("RECURRING", "RECURRING")];

/// What a request comes to.
enum Wanted {
    /// Money asked of an account, or a card verified.
    New(TransactionType, Box<Source>, String, Cents),
    /// Money given back.
    Refund(u64, Cents),
    /// A change of the hold with this first receipt.
    OfHold(u64, Change),
}

pub(super) fn take(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let body = visit.body;
    let base_url = visit.base_url;
    let (merchant, setting) = visit.merchant()?;
    let mut form = Form::of(body, setting.guesses)?;
    let wanted = read(&mut form, merchant, &setting);
    let details = details(&mut form, &setting);
    form.finish()?;
    let wanted = wanted.ok_or_else(|| Refusal::malformed("The body cannot be read."))?;
    let receipt = act(merchant, &setting, wanted, details).map_err(|unfit| refuse(&unfit))?;
    let pending = merchant.transactions.get(receipt).is_some_and(|it| it.state == State::Pending);
    visit.state.changed();
    let model = shown(visit, receipt)?;
    let url = format!("{base_url}/transactions/{}", spelt(Kind::Receipt, "", receipt));
    let answer = Answer::created(url, model);
    // The outcome is not known yet: the caller is to ask again.
    Ok(if pending { Answer { status: StatusCode::ACCEPTED, ..answer } } else { answer })
}

fn read(form: &mut Form<'_>, merchant: &Merchant, setting: &Setting<'_>) -> Option<Wanted> {
    let kind = form.choice("transactionType", Need::Required, TYPES)?;
    let authorisation = form.choice("authorisationType", Need::Optional, AuthorisationType::WORDS);
    let cancellation = form.choice("cancellationType", Need::Optional, CancellationType::WORDS);
    match (kind, authorisation, cancellation) {
        (TransactionType::Preauth, Some(change), None) => {
            let amount = match change {
                AuthorisationType::Incremental => amount(form, Need::Required)?,
                AuthorisationType::Extension | AuthorisationType::Reauthorisation => {
                    amount(form, Need::Optional).unwrap_or_default()
                }
            };
            of_hold(form, merchant, setting, |held| match change {
                AuthorisationType::Incremental => Change::TopUp(added(amount, held, setting)),
                AuthorisationType::Extension => Change::Extend,
                AuthorisationType::Reauthorisation => Change::Reauthorise,
            })
        }
        (TransactionType::Refund | TransactionType::Preauth, None, Some(extent)) => {
            let word = setting.guesses.word(guesses::CANCEL_AS);
            if word != "either" && word != kind.word() {
                form.wrong("transactionType", &format!("A cancellation is a {word}."));
                return None;
            }
            let change = match extent {
                CancellationType::Full => Change::Cancel,
                CancellationType::Partial => Change::Reduce(amount(form, Need::Required)?),
            };
            of_hold(form, merchant, setting, |_| change)
        }
        (TransactionType::Capture, None, None) => {
            let amount = amount(form, Need::Required)?;
            of_hold(form, merchant, setting, |_| Change::Capture(amount))
        }
        (TransactionType::Refund, None, None) => {
            let amount = amount(form, Need::Required);
            let original = original(form, merchant, setting);
            same_currency(form, merchant, original.unwrap_or_default(), Need::Required);
            Some(Wanted::Refund(original?, amount?))
        }
        (_, None, None) => new(form, merchant, setting, kind),
        (_, Some(_), _) => {
            form.wrong("authorisationType", "Only a pre-authorisation has an authorisationType.");
            None
        }
        (_, None, Some(_)) => {
            form.wrong("cancellationType", "Only a pre-authorisation is cancelled.");
            None
        }
    }
}

/// An incremental authorisation's amount, whichever way the guess has it sent.
fn added(amount: Cents, held: Cents, setting: &Setting<'_>) -> Cents {
    if setting.guesses.is(guesses::TOP_UP_AMOUNT, "new_total") {
        amount.checked_sub(held).unwrap_or_default()
    } else {
        amount
    }
}

/// A payment, a pre-authorisation or an account verification.
fn new(
    form: &mut Form<'_>,
    merchant: &Merchant,
    setting: &Setting<'_>,
    kind: TransactionType,
) -> Option<Wanted> {
    let verifies = kind == TransactionType::AccountVerification;
    let amount = if verifies { Some(no_amount(form)) } else { amount(form, Need::Required) };
    currency(form, if verifies { Need::Optional } else { Need::Required });
    let source = source::read(form, merchant, setting);
    let own = source.as_ref().and_then(|source| source.business.as_deref());
    let business = business(form, setting, own);
    let source = source?;
    if kind != TransactionType::Payment {
        let Some(card) = source.instrument.card() else {
            form.wrong("transactionType", "Only a card can be verified or pre-authorised.");
            return None;
        };
        let scheme = card.number.scheme().word();
        if verifies && !matches!(scheme, "VISA" | "MASTERCARD") {
            form.wrong("transactionType", "Only Visa and Mastercard cards are verified.");
        }
        if !verifies && !setting.can(Capability::PreAuthorisation) {
            form.wrong("transactionType", "The facility takes no pre-authorisations.");
        }
    }
    source::check_acceptance(form, &source, setting, business.as_deref());
    Some(Wanted::New(kind, Box::new(source), business?, amount?))
}

/// An amount above zero.
fn amount(form: &mut Form<'_>, need: Need) -> Option<Cents> {
    let amount = form.money("principalAmount", need)?;
    if amount.get() <= 0 {
        form.wrong("principalAmount", "Principal amount must be greater than zero.");
        return None;
    }
    Some(amount)
}

/// No amount, or zero.
fn no_amount(form: &mut Form<'_>) -> Cents {
    let amount = form.money("principalAmount", Need::Optional).unwrap_or_default();
    if amount != Cents::default() {
        form.wrong("principalAmount", "An account verification has no amount.");
    }
    Cents::default()
}

fn currency(form: &mut Form<'_>, need: Need) {
    form.choice("currency", need, &[("AUD", ()), ("NZD", ())]);
}

/// Reports money of another currency than the transaction's that is given back or changed.
fn same_currency(form: &mut Form<'_>, merchant: &Merchant, original: u64, need: Need) {
    currency(form, need);
    let own = merchant.transactions.get(original).map(|it| it.currency().code());
    let named = form.value("currency").and_then(Value::as_str);
    if let (Some(own), Some(named), false) = (own, named, form.is_wrong("currency"))
        && named != own
    {
        form.wrong("currency", &format!("The transaction was in {own}."));
    }
}

/// The transaction that is given back or changed.
fn original(form: &mut Form<'_>, merchant: &Merchant, setting: &Setting<'_>) -> Option<u64> {
    let text = form.text("originalReceiptNumber", Need::Required, 255)?;
    let receipt = number_of(Kind::Receipt, "", &text);
    let found = receipt.and_then(|receipt| merchant.transactions.get(receipt));
    let found = found.filter(|found| may_see(found, setting));
    if found.is_none() {
        form.wrong("originalReceiptNumber", "There is no such transaction.");
    }
    found.map(|found| found.receipt)
}

/// A change of a hold, which any receipt of it names.
fn of_hold(
    form: &mut Form<'_>,
    merchant: &Merchant,
    setting: &Setting<'_>,
    change: impl FnOnce(Cents) -> Change,
) -> Option<Wanted> {
    let receipt = original(form, merchant, setting)?;
    same_currency(form, merchant, receipt, Need::Optional);
    let Some(hold) = merchant.hold_of(receipt) else {
        form.wrong("originalReceiptNumber", "This is no pre-authorisation.");
        return None;
    };
    let change = change(hold.held);
    if matches!(change, Change::TopUp(amount) if amount.get() <= 0) {
        form.wrong("principalAmount", "The new total must be more than what is held.");
        return None;
    }
    Some(Wanted::OfHold(hold.receipt, change))
}

fn details(form: &mut Form<'_>, setting: &Setting<'_>) -> Details {
    let mut text = |name, chars_max| form.text(name, Need::Optional, chars_max);
    let customer_reference = text("customerReferenceNumber", REFERENCE_CHARS_MAX);
    let payment_reference = text("paymentReferenceNumber", REFERENCE_CHARS_MAX);
    let comment = text("comment", COMMENT_CHARS_MAX);
    text("networkTransactionId", NETWORK_ID_CHARS_MAX);
    let sent = DESCRIPTOR.iter().filter_map(|name| Some(((*name).to_owned(), text(name, 255)?)));
    let descriptor = sent.collect();
    form.choice("merchantCountry", Need::Optional, &[("AU", ())]);
    let metadata = form.texts("metadata", METADATA_MAX, METADATA_CHARS_MAX).unwrap_or_default();
    let eci = form.choice("eci", Need::Optional, PRESENCES).map(str::to_owned);
    let debt_repayment = form.flag("debtRepayment", Need::Optional);
    let ip_address = ip_address(form, setting);
    stored_credential(form, setting);
    Details {
        customer_reference,
        payment_reference,
        comment,
        ip_address,
        eci,
        debt_repayment,
        metadata,
        descriptor,
        ..Details::default()
    }
}

fn ip_address(form: &mut Form<'_>, setting: &Setting<'_>) -> Option<String> {
    let text = form.text("ipAddress", Need::Optional, 45)?;
    let Ok(address) = text.parse::<IpAddr>() else {
        form.wrong("ipAddress", "This field must be an IP address.");
        return None;
    };
    let private = match address {
        IpAddr::V4(address) => {
            address.is_private() || address.is_loopback() || address.is_link_local()
        }
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    };
    if private && setting.guesses.is(guesses::PRIVATE_ADDRESS, "422") {
        form.wrong("ipAddress", "This field must be a public IP address.");
    }
    Some(text)
}

/// How the card's details were come by; the words are the schemes', and any are taken.
fn stored_credential(form: &mut Form<'_>, setting: &Setting<'_>) {
    let card = ["creditCard", "singleUseTokenId"].iter().any(|name| form.has(name));
    let must = card && setting.guesses.is(guesses::STORED_CREDENTIAL, "required");
    let need = if must { Need::Required } else { Need::Optional };
    form.nested("storedCredentialData", need, |inner| {
        let mode = inner.text("entryMode", Need::Required, 255);
        let stored = mode.as_deref() == Some("STORED_CREDENTIAL");
        inner.text("usage", if stored { Need::Required } else { Need::Optional }, 255);
    });
}

fn act(
    merchant: &mut Merchant,
    setting: &Setting<'_>,
    wanted: Wanted,
    details: Details,
) -> Result<u64, Unfit> {
    match wanted {
        Wanted::Refund(original, amount) => merchant.refund(setting, original, amount, details),
        Wanted::OfHold(root, change) => merchant.change_hold(setting, root, change, details),
        Wanted::New(kind, source, business, principal) => {
            if let Some(token) = &source.token {
                merchant.spend(token);
            }
            let details = Details {
                account: source.account,
                customer: source.customer,
                remittance: source.remittance.map(Box::new),
                ..details
            };
            let instrument = source.instrument;
            let wanted = source.once.map(|once| once.wanted(&business, principal, setting));
            let order =
                Order { kind, business, principal, instrument, origin: Origin::Api, details };
            if let Some(wanted) = wanted {
                return Ok(merchant.take_once(setting, wanted, order));
            }
            Ok(match kind {
                TransactionType::Preauth => merchant.hold(setting, order),
                TransactionType::Payment
                | TransactionType::AccountVerification
                | TransactionType::Refund
                | TransactionType::Capture => merchant.take(setting, order),
            })
        }
    }
}
