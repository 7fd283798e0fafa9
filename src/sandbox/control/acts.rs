//! What a person has payers and banks do, at once or after a time.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::clock::duration;
use super::read;
use crate::http::Request;
use crate::sandbox::bank::{Bank, State};
use crate::sandbox::handle::ControlError;
use crate::sandbox::merchant::Merchant;
use crate::sandbox::merchant::agreements::script::{Act, Step};
use crate::sandbox::merchant::ids::{Kind, number_of};
use crate::sandbox::merchant::planned::BankAct;
use crate::sandbox::merchant::setting::Setting;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    act: String,
    after: Option<Value>,
}

/// `POST /_sandbox/facilities/CODE/payto-agreements/TOKEN` and `.../transactions/RECEIPT`.
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

/// Lets `act` loose on a facility's merchant, once everything due has happened.
pub(super) fn with_merchant<T>(
    bank: &Arc<Bank>,
    facility: &str,
    act: impl FnOnce(&mut Merchant, &Setting<'_>) -> T,
) -> Result<T, ControlError> {
    let mut state = bank.state();
    let now = state.catch_up(bank.now());
    state.changed();
    let State { book, guesses, .. } = &mut *state;
    let seed = book.seed;
    let found = book.facility(facility);
    let found = found.ok_or_else(|| ControlError::Unknown(format!("facility {facility}")))?;
    let (merchant, setting) = found.at_work(seed, guesses, now, &[], "");
    Ok(act(merchant, &setting))
}

fn word<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T, ControlError> {
    let found = words.iter().find(|(word, _)| *word == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        ControlError::Wrong(format!("act is one of: {}", words.join(", ")))
    })
}
