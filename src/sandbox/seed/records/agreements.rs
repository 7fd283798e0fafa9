//! PayTo agreements and webhooks of a seed.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Loader, Members};
use crate::domain::payto_agreement::State;
use crate::sandbox::control::check_webhook;
use crate::sandbox::merchant::agenda::Due;
use crate::sandbox::merchant::agreements::Agreement;
use crate::sandbox::merchant::ids::Kind;
use crate::sandbox::merchant::webhooks::Webhook;

/// Minutes a payer has where a seed does not say.
const RESPOND_MINUTES: u64 = 1440;

const AGREEMENT: &[&str] = &[
    "number",
    "state",
    "customer",
    "created",
    "respond_by",
    "business",
    "creation",
    "payee_reference",
    "respond_minutes",
    "purpose",
    "description",
    "start",
    "end",
    "renews",
    "terms",
    "payer_type",
    "payer_id",
    "payer_reference",
    "payer",
    "reason",
    "changed_by",
    "amendment",
    "blocked_until",
    "payments",
    "declined",
    "script",
];

pub(super) fn agreement(loader: &mut Loader<'_>, mut members: Members) -> Result<(), String> {
    let number = loader.number(&mut members, "number", Kind::Agreement)?;
    loader.business(&mut members)?;
    let created = members.moment("created", loader.setting.now)?;
    let minutes = members.whole("respond_minutes")?.unwrap_or(RESPOND_MINUTES);
    members.or("respond_minutes", minutes);
    let minutes = SignedDuration::from_mins(i64::try_from(minutes).unwrap_or(i64::MAX));
    members.or("respond_by", created.saturating_add(minutes).ok());
    members.or("creation", "authorised");
    members.or("purpose", "OTHR");
    members.or("description", "");
    members.or("start", loader.setting.at(created).today());
    let ends = members.has("end");
    members.or("renews", !ends);
    members.or("payer_type", "PERS");
    members.or_null(&["payee_reference", "end", "payer_id", "payer_reference"]);
    members.or_null(&["reason", "changed_by", "amendment", "blocked_until"]);
    members.or("payments", 0);
    members.or("declined", 0);
    let mut terms = members.inner("terms")?;
    terms.or("frequency", "ADHO");
    terms.or("kind", "VARI");
    terms.or_null(&["amount", "maximum"]);
    members.set("terms", Value::Object(terms.0));
    payer(loader, &mut members)?;
    // Where it stands may follow from its payer's BSB.
    let said = members.has("state");
    members.or("state", State::Pending.label());
    members.or("script", json!([]));
    let mut agreement: Agreement = members.read(AGREEMENT)?;
    if !agreement.script.is_empty() {
        return Err(".script: it follows from the payer; leave it out".to_owned());
    }
    if loader.merchant.agreements.get(number).is_some() {
        return Err(".number: another agreement has it".to_owned());
    }
    let given = said.then_some(agreement.state);
    agreement.plan_script(&loader.setting.at(created), given);
    for step in &agreement.script {
        loader.merchant.agenda.note(step.at, Due::AgreementMoves, number);
    }
    loader.merchant.agreements.put(agreement);
    Ok(())
}

/// The payer, and the customer of that name where the seed names none.
fn payer(loader: &mut Loader<'_>, members: &mut Members) -> Result<(), String> {
    let mut payer = members.inner("payer")?;
    payer.or_null(&["agreement", "bsb", "number", "pay_id"]);
    let name = payer.0.get("payer_name").and_then(Value::as_str).map(str::to_owned);
    let name = name.ok_or(".payer.payer_name: needed")?;
    if !payer.has("number") && !payer.has("pay_id") {
        return Err(
            ".payer.number: needed, with bsb; or pay_id, such as [\"EMAL\", ADDRESS]".to_owned()
        );
    }
    members.set("payer", Value::Object(payer.0));
    if members.has("customer") {
        return loader.customer(members).map(drop);
    }
    let business = members.0.get("business").and_then(Value::as_str).unwrap_or_default();
    let customer = loader.merchant.customer_for(business, None, name);
    members.set("customer", json!(customer));
    Ok(())
}

const WEBHOOK: &[&str] = &["number", "url", "secret", "authorization", "events"];

pub(super) fn webhook(loader: &mut Loader<'_>, mut members: Members) -> Result<(), String> {
    let number = loader.number(&mut members, "number", Kind::Webhook)?;
    members.or("secret", Webhook::secret_of(loader.setting, number));
    members.or_null(&["authorization"]);
    members.or("events", json!([]));
    let webhook: Webhook = members.read(WEBHOOK)?;
    check_webhook(&webhook.url, Some(&webhook.secret), webhook.authorization.as_deref())
        .map_err(|error| format!(".{error}"))?;
    loader.merchant.webhooks.put(webhook);
    Ok(())
}
