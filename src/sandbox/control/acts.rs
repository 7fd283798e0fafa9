//! What a person has payers and banks do, at once or after a time.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::clock::duration;
use super::read;
use crate::domain::money::Cents;
use crate::http::Request;
use crate::sandbox::bank::{Bank, State};
use crate::sandbox::handle::ControlError;
use crate::sandbox::merchant::Merchant;
use crate::sandbox::merchant::agreements::script::{Act, Step};
use crate::sandbox::merchant::ids::{Kind, number_of, spelt};
use crate::sandbox::merchant::payids::{self, Outcome};
use crate::sandbox::merchant::planned::BankAct;
use crate::sandbox::merchant::setting::Setting;
use crate::sandbox::router::decoded;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    act: String,
    after: Option<Value>,
    /// What a payer pays, in dollars: a number, or a text such as `12.50`.
    amount: Option<Value>,
    /// The payer's name.
    payer: Option<String>,
    /// What the payer writes on it.
    reference: Option<String>,
}

/// `POST /_sandbox/facilities/CODE/payto-agreements/TOKEN`, `.../transactions/RECEIPT` and
/// `.../payids/ADDRESS`.
pub(super) fn act(
    bank: &Arc<Bank>,
    request: &Request,
    facility: &str,
    collection: &str,
    id: &str,
) -> Result<Value, ControlError> {
    let wanted: Wanted = read(request)?;
    let after = wanted.after.as_ref().map(duration).transpose()?.unwrap_or_default();
    let unknown = || ControlError::Unknown(format!("{collection} {id}"));
    let done = match collection {
        "payto-agreements" => {
            let act = word(&wanted.act, Act::WORDS)?;
            let number = number_of(Kind::Agreement, "", id).ok_or_else(unknown)?;
            with_merchant(bank, facility, |merchant, setting| {
                let at = setting.now.saturating_add(after).unwrap_or(setting.now);
                merchant.have_payer_act(setting, number, Step { at, act })
            })?
        }
        "transactions" => {
            let act = word(&wanted.act, BankAct::WORDS)?;
            let number = number_of(Kind::Receipt, "", id).ok_or_else(unknown)?;
            with_merchant(bank, facility, |merchant, setting| {
                let at = setting.now.saturating_add(after).unwrap_or(setting.now);
                merchant.have_bank_act(setting, number, at, act)
            })?
        }
        "payids" => return on_pay_id(bank, facility, &decoded(id), &wanted, after),
        _ => return Err(ControlError::NoSuchPlace),
    };
    match done {
        None => Err(unknown()),
        Some(true) => Ok(json!({})),
        Some(false) => {
            Err(ControlError::Wrong(format!("{} cannot happen to {id} as it stands", wanted.act)))
        }
    }
}

/// The words for what can happen to a PayID.
const PAY_ID_ACTS: &[(&str, PayIdAct)] =
    &[("register", PayIdAct::Register), ("reject", PayIdAct::Reject), ("pay", PayIdAct::Pay)];

#[derive(Clone, Copy)]
enum PayIdAct {
    Register,
    Reject,
    Pay,
}

fn on_pay_id(
    bank: &Arc<Bank>,
    facility: &str,
    address: &str,
    wanted: &Wanted,
    after: Duration,
) -> Result<Value, ControlError> {
    let act = match word(&wanted.act, PAY_ID_ACTS)? {
        PayIdAct::Register => payids::Act::Register,
        PayIdAct::Reject => payids::Act::Reject,
        PayIdAct::Pay => payids::Act::Pay(payment(wanted)?),
    };
    let done = with_merchant(bank, facility, |merchant, setting| {
        let number = merchant.pay_id(address).map(|pay_id| pay_id.number)?;
        let at = setting.now.saturating_add(after).unwrap_or(setting.now);
        Some(merchant.have_pay_id_act(setting, number, payids::Step { at, act }))
    })?;
    let done = done.ok_or_else(|| ControlError::Unknown(format!("payids {address}")))?;
    match done {
        Outcome::Done => Ok(json!({})),
        Outcome::Planned => Ok(json!({ "outcome": "planned" })),
        Outcome::Returned => Ok(json!({ "outcome": "returned" })),
        Outcome::Received(receipt) => {
            let receipt = spelt(Kind::Receipt, "", receipt);
            Ok(json!({ "outcome": "received", "receiptNumber": receipt }))
        }
        Outcome::Impossible => Err(ControlError::Wrong(format!(
            "{} cannot happen to {address} as it stands",
            wanted.act
        ))),
    }
}

fn payment(wanted: &Wanted) -> Result<payids::Payment, ControlError> {
    let text = match &wanted.amount {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let amount = Cents::parse(&text).ok().filter(|cents| cents.get() > 0);
    let wrong = || ControlError::Wrong("amount is what is paid, such as \"12.50\"".to_owned());
    Ok(payids::Payment {
        amount: amount.ok_or_else(wrong)?,
        payer: wanted.payer.clone(),
        reference: wanted.reference.clone(),
    })
}

/// Lets `act` loose on a facility's merchant, once everything due has happened.
pub(super) fn with_merchant<T>(
    bank: &Arc<Bank>,
    facility: &str,
    act: impl FnOnce(&mut Merchant, &Setting<'_>) -> T,
) -> Result<T, ControlError> {
    let mut state = bank.state();
    let now = state.catch_up(bank.now());
    let State { book, guesses, .. } = &mut *state;
    let seed = book.seed;
    let found = book.facility(facility);
    let found = found.ok_or_else(|| ControlError::Unknown(format!("facility {facility}")))?;
    let (merchant, setting) = found.at_work(seed, guesses, now, &[], "");
    let done = act(merchant, &setting);
    // After it: whoever waits for what it put on the agenda or into the outbox is told by this.
    state.changed();
    Ok(done)
}

fn word<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T, ControlError> {
    let found = words.iter().find(|(word, _)| *word == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        ControlError::Wrong(format!("act is one of: {}", words.join(", ")))
    })
}
