//! PayIDs of a seed.

use serde_json::json;

use super::{Loader, Members};
use crate::domain::pay_id::State;
use crate::sandbox::merchant::agenda::Due;
use crate::sandbox::merchant::ids::Kind;
use crate::sandbox::merchant::payids::PayId;

const PAY_ID: &[&str] =
    &["number", "address", "life", "state", "customer", "business", "amount", "priority", "script"];

pub(super) fn pay_id(loader: &mut Loader<'_>, mut members: Members) -> Result<(), String> {
    let number = loader.number(&mut members, "number", Kind::PayId)?;
    loader.business(&mut members)?;
    loader.customer(&mut members)?;
    members.or("life", "STATIC");
    members.or_null(&["amount"]);
    members.or("script", json!([]));
    // Where it stands may follow from its address.
    let said = members.has("state");
    members.or("state", State::Pending.label());
    let ranked = members.has("priority");
    members.or("priority", "");
    let mut pay_id: PayId = members.read(PAY_ID)?;
    let domain = pay_id.address.rsplit_once('@').map(|(_, domain)| domain);
    let ours = |domain: &str| {
        loader.setting.pay_id_domains.iter().any(|known| known.eq_ignore_ascii_case(domain))
    };
    if !domain.is_some_and(ours) {
        return Err(".address: expected one at a domain of pay_id_domains".to_owned());
    }
    if !pay_id.script.is_empty() {
        return Err(".script: it follows from the address; leave it out".to_owned());
    }
    if loader.merchant.pay_ids.get(number).is_some() {
        return Err(".number: another PayID has it".to_owned());
    }
    if loader.merchant.pay_id(&pay_id.address).is_some() {
        return Err(".address: another PayID has it".to_owned());
    }
    if !ranked {
        pay_id.life.priority().clone_into(&mut pay_id.priority);
    }
    if !said {
        pay_id.plan_script(loader.setting);
    }
    for step in &pay_id.script {
        loader.merchant.agenda.note(step.at, Due::PayIdMoves, number);
    }
    loader.merchant.pay_ids.put(pay_id);
    Ok(())
}
