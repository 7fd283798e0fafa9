//! The control handle: what `/_sandbox` does, from within the same process.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use thiserror::Error;

use super::address::AddressRange;
use super::bank::{Bank, State};
use super::book::{Facility, Key, KeyKind, Wanted};
use super::faults::Fault;
use super::merchant::setting::Capability;
use super::requests::LoggedRequest;
use super::seed::check_key;
use super::{LATEST, SandboxError};

mod challenges;
mod time;
mod tokens;

/// Does to the bank what only a sandbox allows. Clones act on the same bank.
#[derive(Clone, Debug)]
pub struct Control(Arc<Bank>);

/// Why the sandbox does not do what was asked of it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ControlError {
    /// What was asked is not in order.
    #[error("{0}")]
    Wrong(String),
    /// There is no such key, facility or rule.
    #[error("there is no {0}")]
    Unknown(String),
    /// There is nothing at this path, or not with this verb; `GET /_sandbox` lists what there is.
    #[error("there is no such place in the control API; GET /_sandbox lists what there is")]
    NoSuchPlace,
    /// The clock is the machine's own.
    #[error("the sandbox runs on the machine's own clock, which cannot be set")]
    ClockFixed,
}

/// A key as the sandbox shows it: whole, since it opens nothing but this sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyView {
    /// What the control API calls it.
    pub id: String,
    /// Its facility's code.
    pub facility: String,
    /// Secret or publishable.
    pub kind: KeyKind,
    /// The text callers send.
    pub text: String,
    /// The bank's name for it.
    pub name: String,
    /// The first eight bytes of its SHA-256.
    pub fingerprint: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it stops working; `None` for publishable keys.
    pub expires: Option<Timestamp>,
    /// The only businesses it may touch; empty for an unrestricted key.
    pub businesses: Vec<String>,
    /// When it was deleted in the portal.
    pub revoked: Option<Timestamp>,
    /// When it was last used.
    pub last_used: Option<Timestamp>,
}

/// A key to make, as a person does in the portal.
#[derive(Clone, Debug)]
pub struct NewSandboxKey {
    /// The facility's code.
    pub facility: String,
    /// Secret or publishable.
    pub kind: KeyKind,
    /// Its text; made from the seed if `None`.
    pub text: Option<String>,
    /// When it stops working; two years from now if `None`.
    pub expires: Option<Timestamp>,
    /// The only businesses it may touch; empty for an unrestricted key.
    pub businesses: Vec<String>,
}

impl NewSandboxKey {
    /// An unrestricted secret key of the usual life.
    pub fn secret(facility: &str) -> Self {
        let facility = facility.to_owned();
        Self { facility, kind: KeyKind::Secret, text: None, expires: None, businesses: Vec::new() }
    }
}

/// What is changed about a key.
#[derive(Clone, Debug)]
pub enum KeyChange {
    /// It stops working then; a time that has passed makes it expired.
    Expires(Timestamp),
    /// It is deleted in the portal.
    Revoke,
    /// It was not deleted after all.
    Restore,
    /// It is restricted to these businesses; none lifts the restriction.
    Businesses(Vec<String>),
}

/// How far a facility's set-up is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetUp {
    /// It answers.
    Complete,
    /// Every request is answered 403.
    Incomplete,
}

impl Control {
    pub(super) fn new(bank: Arc<Bank>) -> Self {
        Self(bank)
    }

    /// Every key of every facility.
    pub fn keys(&self) -> Vec<KeyView> {
        let state = self.0.state();
        let facilities = state.book.facilities.iter();
        facilities.flat_map(|facility| views(facility, &state)).collect()
    }

    /// One key.
    ///
    /// # Errors
    ///
    /// There is none with this id.
    pub fn key(&self, id: &str) -> Result<KeyView, ControlError> {
        let found = self.keys().into_iter().find(|key| key.id == id);
        found.ok_or_else(|| ControlError::Unknown(format!("key {id}")))
    }

    /// Makes a key; the newest unrestricted secret key is what `latest` answers from then on.
    ///
    /// # Errors
    ///
    /// There is no such facility or business, or a chosen text is not one for play.
    pub fn make_key(&self, new: NewSandboxKey) -> Result<KeyView, ControlError> {
        let now = self.0.now();
        let mut state = self.0.state();
        let facility = facility(&mut state, &new.facility)?;
        check_businesses(facility, &new.businesses)?;
        if let Some(text) = &new.text {
            check_key(text, &new.facility, new.kind)
                .map_err(|error| ControlError::Wrong(format!("key: {error}")))?;
            if state.book.facilities.iter().flat_map(|f| &f.keys).any(|key| key.text == *text) {
                return Err(ControlError::Wrong("key: another key has the same text".to_owned()));
            }
        }
        let wanted = Wanted {
            text: new.text,
            kind: Some(new.kind),
            created: None,
            expires: new.expires,
            businesses: new.businesses,
        };
        let made = state.book.make(&new.facility, wanted, now).map(|key| key.id.clone());
        state.changed();
        drop(state);
        self.key(&made.unwrap_or_default())
    }

    /// Changes a key.
    ///
    /// # Errors
    ///
    /// There is no such key or business; a publishable key does not expire.
    pub fn change_key(&self, id: &str, change: KeyChange) -> Result<(), ControlError> {
        self.change_key_at_once(id, vec![change])
    }

    /// Makes several changes to a key, all or none.
    pub(super) fn change_key_at_once(
        &self,
        id: &str,
        changes: Vec<KeyChange>,
    ) -> Result<(), ControlError> {
        let now = self.0.now();
        let mut state = self.0.state();
        let holds = |facility: &&mut Facility| facility.keys.iter().any(|key| key.id == id);
        let unknown = || ControlError::Unknown(format!("key {id}"));
        let facility = state.book.facilities.iter_mut().find(holds).ok_or_else(unknown)?;
        let restricted_to = changes.iter().filter_map(|change| match change {
            KeyChange::Businesses(businesses) => Some(businesses),
            KeyChange::Expires(_) | KeyChange::Revoke | KeyChange::Restore => None,
        });
        for businesses in restricted_to {
            check_businesses(facility, businesses)?;
        }
        let key = facility.keys.iter_mut().find(|key| key.id == id).ok_or_else(unknown)?;
        let expires = changes.iter().any(|change| matches!(change, KeyChange::Expires(_)));
        if expires && key.kind == KeyKind::Publishable {
            return Err(ControlError::Wrong("a publishable key does not expire".to_owned()));
        }
        for change in changes {
            match change {
                KeyChange::Expires(at) => key.expires = Some(at),
                KeyChange::Revoke => key.revoked = Some(now),
                KeyChange::Restore => key.revoked = None,
                KeyChange::Businesses(businesses) => key.businesses = businesses,
            }
        }
        state.changed();
        Ok(())
    }

    /// Says how far a facility's set-up is.
    ///
    /// # Errors
    ///
    /// There is no such facility.
    pub fn set_up(&self, code: &str, set_up: SetUp) -> Result<(), ControlError> {
        let mut state = self.0.state();
        facility(&mut state, code)?.ready = set_up == SetUp::Complete;
        state.changed();
        Ok(())
    }

    /// Says what a facility is not set up for.
    ///
    /// # Errors
    ///
    /// There is no such facility.
    pub fn without(&self, code: &str, without: Vec<Capability>) -> Result<(), ControlError> {
        let mut state = self.up_to_date();
        facility(&mut state, code)?.without = without;
        state.changed();
        Ok(())
    }

    /// Sets who may call a facility (addresses and ranges), or with `None` turns the check off.
    ///
    /// # Errors
    ///
    /// There is no such facility, or an entry is no address.
    pub fn whitelist(&self, code: &str, entries: Option<&[String]>) -> Result<(), ControlError> {
        let parse = |entry: &String| {
            entry.parse().map_err(|error| ControlError::Wrong(format!("whitelist: {error}")))
        };
        let ranges: Option<Vec<AddressRange>> =
            entries.map(|entries| entries.iter().map(parse).collect()).transpose()?;
        let mut state = self.0.state();
        facility(&mut state, code)?.whitelist = ranges;
        state.changed();
        Ok(())
    }

    /// Adds fault rules at the end, all or none; returns their ids.
    ///
    /// # Errors
    ///
    /// A rule is not in order.
    pub fn add_faults(&self, faults: Vec<Fault>) -> Result<Vec<u64>, ControlError> {
        self.0.state().faults.add(faults).map_err(ControlError::Wrong)
    }

    /// Removes a fault rule.
    ///
    /// # Errors
    ///
    /// There is none with this id.
    pub fn remove_fault(&self, id: u64) -> Result<(), ControlError> {
        let removed = self.0.state().faults.remove(id);
        if removed { Ok(()) } else { Err(ControlError::Unknown(format!("fault {id}"))) }
    }

    /// Removes every fault rule.
    pub fn clear_faults(&self) {
        self.0.state().faults.clear();
    }

    /// The requests that are still in the log, oldest first.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.0.state().requests.newest(usize::MAX).cloned().collect()
    }

    /// How many requests reached each resource since the start or the last reset.
    pub fn requests_by_route(&self) -> BTreeMap<&'static str, u64> {
        self.0.state().requests.by_route().clone()
    }

    /// How many requests reached `GET /api-keys/latest`, refused ones included.
    pub fn latest_calls(&self) -> u64 {
        self.0.state().requests.by_route().get(LATEST).copied().unwrap_or(0)
    }

    /// The most requests a facility ever had at once, refused ones included.
    pub fn most_simultaneous(&self, code: &str) -> u32 {
        self.0.most_simultaneous(code)
    }

    /// Switches guesses: an object of names and values, all or none.
    ///
    /// # Errors
    ///
    /// A name is in no row of the table, or a value is no choice.
    pub fn guess(&self, values: &Value) -> Result<(), ControlError> {
        let wrong = || ControlError::Wrong("an object of names and values".to_owned());
        let values = values.as_object().ok_or_else(wrong)?;
        let mut state = self.up_to_date();
        state.guesses.switch(values).map_err(ControlError::Wrong)?;
        state.changed();
        Ok(())
    }

    /// Back to the seed data, counted from now; the clock goes on.
    ///
    /// # Errors
    ///
    /// None in practice: the seed was checked at the start.
    pub fn reset(&self) -> Result<(), ControlError> {
        self.0.reset().map_err(|error: SandboxError| ControlError::Wrong(error.to_string()))
    }

    /// The guesses table, as `/_sandbox/guesses` shows it.
    pub(super) fn guesses(&self) -> Value {
        self.0.state().guesses.show()
    }

    /// The fault rules, as `/_sandbox/faults` shows them.
    pub fn faults(&self) -> Value {
        self.0.state().faults.show()
    }

    /// The facilities, as `/_sandbox/facilities` shows them.
    pub(super) fn facilities(&self) -> Value {
        let state = self.0.state();
        let show = |facility: &Facility| {
            let names = |key: &Key| key.id.clone();
            json!({
                "code": facility.code,
                "name": facility.name,
                "ready": facility.ready,
                "without": facility.without,
                "whitelist": facility.whitelist,
                "businesses": facility.businesses,
                "keys": facility.keys.iter().map(names).collect::<Vec<_>>(),
                "transactions": {
                    "kept": facility.merchant.transactions.len(),
                    "forgotten": facility.merchant.forgotten,
                },
            })
        };
        state.book.facilities.iter().map(show).collect()
    }
}

fn facility<'a>(state: &'a mut State, code: &str) -> Result<&'a mut Facility, ControlError> {
    let unknown = || ControlError::Unknown(format!("facility {code}"));
    state.book.facility(code).ok_or_else(unknown)
}

fn check_businesses(facility: &Facility, codes: &[String]) -> Result<(), ControlError> {
    let known = |code: &&String| facility.businesses.iter().any(|b| b.code == **code);
    match codes.iter().find(|code| !known(code)) {
        Some(code) => Err(ControlError::Unknown(format!("business {code}"))),
        None => Ok(()),
    }
}

fn views(facility: &Facility, state: &State) -> Vec<KeyView> {
    let view = |key: &Key| KeyView {
        id: key.id.clone(),
        facility: facility.code.clone(),
        kind: key.kind,
        text: key.text.clone(),
        name: key.name(&state.guesses),
        fingerprint: key.fingerprint(),
        created: key.created,
        expires: key.expires,
        businesses: key.businesses.clone(),
        revoked: key.revoked,
        last_used: key.last_used,
    };
    facility.keys.iter().map(view).collect()
}
