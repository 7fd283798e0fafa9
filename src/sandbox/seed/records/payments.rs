//! Transactions, recurring payments and payment files of a seed.

use serde_json::{Value, json};

use super::{Loader, Members};
use crate::domain::{recurring_payment, transaction};
use crate::sandbox::merchant::agenda::Due;
use crate::sandbox::merchant::files::Format;
use crate::sandbox::merchant::ids::Kind;
use crate::sandbox::merchant::instrument::Instrument;
use crate::sandbox::merchant::outcomes::decide;
use crate::sandbox::merchant::schedules::Schedule;
use crate::sandbox::merchant::transactions::{Transaction, return_window_over};
use crate::sandbox::resources::file_of_text;

const TRANSACTION: &[&str] = &[
    "receipt",
    "kind",
    "state",
    "response_code",
    "business",
    "principal",
    "surcharge",
    "time",
    "settles",
    "origin",
    "instrument",
    "details",
    "network",
];

pub(super) fn transaction(loader: &mut Loader<'_>, mut members: Members) -> Result<(), String> {
    let receipt = loader.number(&mut members, "receipt", Kind::Receipt)?;
    loader.business(&mut members)?;
    let time = members.moment("time", loader.setting.now)?;
    members.card_number("instrument")?;
    let details = with_payer(loader, &mut members)?;
    let (state, code) = outcome(&mut members, &details)?;
    members.or("kind", "PAYMENT");
    members.or("state", state.label());
    members.or("response_code", code);
    members.or("surcharge", 0);
    members.or("origin", "api");
    members.set("details", Value::Object(details.0));
    let taken_then = loader.setting.at(time);
    if !members.has("settles") {
        let instrument = members.0.get("instrument").cloned().unwrap_or_default();
        let instrument = serde_json::from_value::<Instrument>(instrument);
        let settles = instrument.map(|paid_with| taken_then.settles(paid_with.cut_off()));
        members.or("settles", settles.ok());
    }
    let transaction: Transaction = members.read(TRANSACTION)?;
    if loader.merchant.transactions.get(receipt).is_some() {
        return Err(".receipt: another transaction has it".to_owned());
    }
    let (state, settles) = (transaction.state, transaction.settles);
    loader.merchant.transactions.put(transaction);
    if state == transaction::State::Provisional {
        let over = return_window_over(&taken_then, settles);
        loader.merchant.agenda.note(over, Due::ReturnWindowEnds, receipt);
    }
    if state == transaction::State::Pending {
        loader.merchant.await_payer_bank(&taken_then, receipt);
    }
    Ok(())
}

/// The details, with the customer they refer to; what a registered account pays is paid with what was
/// registered.
fn with_payer(loader: &Loader<'_>, members: &mut Members) -> Result<Members, String> {
    let mut details = members.inner("details")?;
    if let Some(token) = details.whole("account").map_err(|error| format!(".details{error}"))? {
        let account = loader.merchant.accounts.get(token);
        let account = account.ok_or(".details.account: expected the token of an account")?;
        members.or("instrument", &account.instrument);
        details.or("customer", account.customer);
    }
    if details.has("customer") {
        loader.customer(&mut details).map_err(|error| format!(".details{error}"))?;
    } else if let Some(Value::String(reference)) = details.0.get("customer_reference") {
        let customer = loader.merchant.customer_numbered(reference);
        if let Some(id) = customer.map(|customer| customer.id) {
            details.set("customer", json!(id));
        }
    }
    Ok(details)
}

/// What becomes of it where it does not say: what the documents' test values make of it.
fn outcome(
    members: &mut Members,
    details: &Members,
) -> Result<(transaction::State, &'static str), String> {
    let Some(instrument) = members.0.get("instrument") else {
        let account = if details.has("account") { "" } else { ", or details.account" };
        return Err(format!(".instrument: needed{account}"));
    };
    let instrument: Instrument = serde_path_to_error::deserialize(instrument)
        .map_err(|error| super::wrong_at(".instrument", &error))?;
    let (state, code) = decide(&instrument);
    let said = members.0.get("state").and_then(Value::as_str);
    let declined = said.map(|word| word == transaction::State::Declined.label());
    Ok(match declined {
        Some(true) if state != transaction::State::Declined => (state, "05"),
        Some(false) if state == transaction::State::Declined => (state, "00"),
        _ => (state, code),
    })
}

const SCHEDULE: &[&str] =
    &["id", "state", "customer", "plan", "next", "last", "asked", "paid", "collected", "retries"];

pub(super) fn schedule(loader: &mut Loader<'_>, mut members: Members) -> Result<(), String> {
    let id = loader.number(&mut members, "id", Kind::Schedule)?;
    loader.customer(&mut members)?;
    let mut plan = members.inner("plan")?;
    loader.business(&mut plan).map_err(|error| format!(".plan{error}"))?;
    plan.or_null(&["account", "code", "description"]);
    plan.or("frequency", "monthly");
    plan.or("start", loader.setting.today());
    plan.or("end", "further_notice");
    members.set("plan", Value::Object(plan.0));
    members.or("state", recurring_payment::State::Active.label());
    members.or_null(&["next", "last"]);
    for name in ["asked", "paid", "collected"] {
        members.or(name, 0);
    }
    let schedule: Schedule = members.read(SCHEDULE)?;
    if schedule.next.is_some() || !schedule.retries.is_empty() {
        return Err(".next: it follows from the plan; leave next and retries out".to_owned());
    }
    if loader.merchant.schedules.get(id).is_some() {
        return Err(".id: another recurring payment has it".to_owned());
    }
    loader.merchant.go_on_with(loader.setting, schedule);
    Ok(())
}

/// A file as it is uploaded.
pub(super) fn file(loader: &mut Loader<'_>, mut members: Members) -> Result<(), String> {
    const NAMES: &[&str] = &["name", "format", "content"];
    #[derive(serde::Deserialize)]
    struct Upload {
        name: String,
        format: Format,
        content: String,
    }
    members.or("format", "CSV2");
    let upload: Upload = members.read(NAMES)?;
    let taken = file_of_text(
        loader.merchant,
        loader.setting,
        &upload.name,
        upload.format,
        upload.content.as_bytes(),
    );
    taken.map(drop).map_err(|error| format!(".name: {error}"))
}
