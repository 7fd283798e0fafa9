//! What a seed says of customers and of what they have and do.
//!
//! Each record has the members that it has in a dump; what a seed leaves out is filled in before the
//! record is read, and what follows from it goes by the merchant's own rules: a payment that may still
//! be returned waits for that, a schedule collects, an agreement's payer answers.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{When, without_values};
use crate::sandbox::merchant::Merchant;
use crate::sandbox::merchant::accounts::Account;
use crate::sandbox::merchant::customers::Customer;
use crate::sandbox::merchant::ids::{Kind, spelt};
use crate::sandbox::merchant::instrument::CardNumber;
use crate::sandbox::merchant::setting::Setting;

mod agreements;
mod pay_ids;
mod payments;

/// Takes one record of a collection.
type Take = fn(&mut Loader<'_>, Members) -> Result<(), String>;

/// The collections of a seed, each after those it refers to.
const COLLECTIONS: &[(&str, Take)] = &[
    ("customers", customer),
    ("accounts", account),
    ("payto_agreements", agreements::agreement),
    ("pay_ids", pay_ids::pay_id),
    ("transactions", payments::transaction),
    ("recurring_payments", payments::schedule),
    ("payment_files", payments::file),
    ("webhooks", agreements::webhook),
];

/// Puts a seed's records into a merchant's empty book.
///
/// # Errors
///
/// A record is not in order: which one, its member, and what would be right.
pub(super) fn load(
    merchant: &mut Merchant,
    setting: &Setting<'_>,
    mut records: Map<String, Value>,
) -> Result<(), String> {
    let known = |name: &&String| COLLECTIONS.iter().any(|(known, _)| known == name);
    if let Some(name) = records.keys().find(|name| !known(name)) {
        let names: Vec<&str> = COLLECTIONS.iter().map(|(name, _)| *name).collect();
        let names = names.join(", ");
        return Err(format!("{name}: a seed has {names}; a whole book begins with its format"));
    }
    let mut loader = Loader { merchant, setting };
    for (name, take) in COLLECTIONS {
        let Some(list) = records.remove(*name) else { continue };
        let Value::Array(list) = list else { return Err(format!("{name}: expected a list")) };
        for (at, record) in list.into_iter().enumerate() {
            let Value::Object(members) = record else {
                return Err(format!("{name}[{at}]: expected an object"));
            };
            take(&mut loader, Members(members)).map_err(|error| format!("{name}[{at}]{error}"))?;
        }
    }
    Ok(())
}

/// A merchant's book, to which records are added one after the other.
struct Loader<'a> {
    merchant: &'a mut Merchant,
    setting: &'a Setting<'a>,
}

impl Loader<'_> {
    /// The number a record has, or the next one.
    fn number(&mut self, members: &mut Members, name: &str, kind: Kind) -> Result<u64, String> {
        let chosen = members.whole(name)?;
        if let Some(number) = chosen {
            self.merchant.ids.skip(kind, number);
            return Ok(number);
        }
        let number = self.merchant.ids.next(kind);
        members.set(name, json!(number));
        Ok(number)
    }

    /// The facility's only business, where a record names none.
    fn business(&self, members: &mut Members) -> Result<(), String> {
        let known = |code: &str| self.setting.businesses.iter().any(|b| b.code == code);
        match (members.0.get("business"), self.setting.businesses) {
            (Some(Value::String(code)), _) if known(code) => Ok(()),
            (None, [only]) => {
                members.set("business", json!(only.code));
                Ok(())
            }
            (None, _) => Err(".business: needed, since the facility has not just one".to_owned()),
            (Some(_), _) => Err(".business: expected the code of a business of it".to_owned()),
        }
    }

    /// The customer a record names: by the bank's id, or by the merchant's own number as a text.
    fn customer(&self, members: &mut Members) -> Result<u64, String> {
        let named = members.0.get("customer");
        let found = match named {
            Some(Value::String(number)) => self.merchant.customer_numbered(number),
            Some(value) => value.as_u64().and_then(|id| self.merchant.customers.get(id)),
            None => return Err(".customer: needed".to_owned()),
        };
        let id = found.map(|customer| customer.id);
        let id = id.ok_or(".customer: expected the id or the number of a customer of the seed")?;
        members.set("customer", json!(id));
        Ok(id)
    }
}

/// A record's members, on their way to be whole.
struct Members(Map<String, Value>);

impl Members {
    fn set(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| !value.is_null())
    }

    /// Fills in what is left out.
    fn or(&mut self, name: &str, value: impl Serialize) {
        if !self.0.contains_key(name) {
            self.set(name, serde_json::to_value(value).unwrap_or_default());
        }
    }

    /// Fills in nulls for what is left out.
    fn or_null(&mut self, names: &[&str]) {
        for name in names {
            self.or(name, Value::Null);
        }
    }

    fn whole(&self, name: &str) -> Result<Option<u64>, String> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        let number = value.as_u64().filter(|number| *number > 0);
        number.map(Some).ok_or_else(|| format!(".{name}: expected a whole number above 0"))
    }

    /// A moment, which may be written as days from now.
    fn moment(&mut self, name: &str, now: Timestamp) -> Result<Timestamp, String> {
        let Some(value) = self.0.remove(name) else {
            self.set(name, json!(now));
            return Ok(now);
        };
        let when = When::try_from(value).map_err(|error| format!(".{name}: {error}"))?;
        let at = when.at(now);
        self.set(name, json!(at));
        Ok(at)
    }

    /// The members of a member; none if it is left out.
    fn inner(&mut self, name: &str) -> Result<Self, String> {
        match self.0.remove(name) {
            None => Ok(Self(Map::new())),
            Some(Value::Object(members)) => Ok(Self(members)),
            Some(_) => Err(format!(".{name}: expected an object")),
        }
    }

    /// A card's number may be written whole; the sandbox keeps of it what the bank would show.
    fn card_number(&mut self, name: &str) -> Result<(), String> {
        let Some(Value::Object(instrument)) = self.0.get_mut(name) else { return Ok(()) };
        let written = instrument.get("number").and_then(Value::as_str).map(str::to_owned);
        let is_card = instrument.get("kind").is_some_and(|kind| kind == "card");
        if let Some(written) = written.filter(|_| is_card) {
            let number = CardNumber::of(&written);
            let number = number.ok_or_else(|| format!(".{name}.number: expected a card number"))?;
            instrument.insert("number".into(), serde_json::to_value(number).unwrap_or_default());
            instrument.entry("holder").or_insert(Value::Null);
        }
        Ok(())
    }

    /// The record, of which `names` are all the members.
    fn read<T: DeserializeOwned>(self, names: &[&str]) -> Result<T, String> {
        if let Some(name) = self.0.keys().find(|name| !names.contains(&name.as_str())) {
            return Err(format!(".{name}: unknown; expected {}", names.join(", ")));
        }
        serde_path_to_error::deserialize(Value::Object(self.0))
            .map_err(|error| wrong_at("", &error))
    }
}

/// What is wrong in a member, and where in it.
fn wrong_at(member: &str, error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    let path = error.path().to_string();
    let path = if path == "." { String::new() } else { format!(".{path}") };
    format!("{member}{path}: {}", without_values(error.inner()))
}

const CUSTOMER: &[&str] = &[
    "id",
    "number",
    "name",
    "business",
    "phone",
    "email",
    "medium",
    "address",
    "enabled",
    "default_account",
];

fn customer(loader: &mut Loader<'_>, mut members: Members) -> Result<(), String> {
    let id = loader.number(&mut members, "id", Kind::Customer)?;
    loader.business(&mut members)?;
    members.or("number", spelt(Kind::Customer, "", id));
    let number = members.0.get("number").cloned();
    members.or("name", number);
    members.or_null(&["phone", "email", "default_account"]);
    members.or("medium", "NONE");
    members.or("address", json!({}));
    members.or("enabled", true);
    let customer: Customer = members.read(CUSTOMER)?;
    if loader.merchant.customers.get(id).is_some() {
        return Err(".id: another customer has it".to_owned());
    }
    if loader.merchant.customer_numbered(&customer.number).is_some() {
        return Err(".number: another customer has it".to_owned());
    }
    loader.merchant.customers.put(customer);
    Ok(())
}

const ACCOUNT: &[&str] = &["token", "customer", "instrument", "enabled", "registered"];

fn account(loader: &mut Loader<'_>, mut members: Members) -> Result<(), String> {
    let token = loader.number(&mut members, "token", Kind::Account)?;
    let customer = loader.customer(&mut members)?;
    members.moment("registered", loader.setting.now)?;
    members.card_number("instrument")?;
    members.or("enabled", true);
    let account: Account = members.read(ACCOUNT)?;
    if loader.merchant.accounts.get(token).is_some() {
        return Err(".token: another account has it".to_owned());
    }
    let enabled = account.enabled;
    loader.merchant.accounts.put(account);
    let first = loader.merchant.default_account(customer).is_none();
    if first && enabled {
        loader.merchant.make_default(token);
    }
    Ok(())
}
