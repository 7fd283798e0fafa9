//! `PATCH /payto-agreements/{agreementToken}`: five changes, told apart by their fields (the guess
//! `payto_patch_bodies`).

use super::super::{Answer, Visit};
use super::create::{DESCRIPTION_CHARS_MAX, REFERENCE_CHARS_MAX, end, respond_minutes, terms};
use super::{known, shown, wrong_state};
use crate::sandbox::form::{Form, Need};
use crate::sandbox::guesses;
use crate::sandbox::merchant::Merchant;
use crate::sandbox::merchant::agreements::amendments::{Change, Revision};
use crate::sandbox::merchant::agreements::{Agreement, StatusChange};
use crate::sandbox::merchant::setting::Setting;
use crate::sandbox::merchant::unfit::Unfit;
use crate::sandbox::refusal::Refusal;

/// The statuses a payee may ask for.
const STATUSES: &[(&str, StatusChange)] = &[
    ("RECALLED", StatusChange::Recall),
    ("SUSPENDED", StatusChange::Suspend),
    ("ACTIVE", StatusChange::Resume),
    ("CANCELLED", StatusChange::Cancel),
];

const REASON_CODE_CHARS_MAX: usize = 4;
const REASON_CHARS_MAX: usize = 256;

enum Wanted {
    Status(StatusChange, Option<(String, Option<String>)>),
    RecallAmendment,
    Amend(u64, Change),
    Revise(Revision),
}

pub(super) fn change(visit: &mut Visit<'_>) -> Result<Answer, Refusal> {
    let number = known(visit)?;
    let body = visit.body;
    let (merchant, setting) = visit.merchant()?;
    let mut form = Form::of(body, setting.guesses)?;
    let wanted = read(&mut form);
    form.finish()?;
    let wanted = wanted.ok_or_else(|| Refusal::malformed("The body cannot be read."))?;
    act(merchant, &setting, number, wanted).map_err(|Unfit(field, sentence)| {
        wrong_state(Refusal::field(field, "", &sentence), &setting)
    })?;
    let quiet = setting.guesses.is(guesses::PAYTO_PATCH, "204");
    visit.state.changed();
    if quiet {
        return Ok(Answer::nothing());
    }
    shown(visit, number).map(Answer::ok)
}

fn read(form: &mut Form<'_>) -> Option<Wanted> {
    if form.has("agreementStatus") {
        let status = form.choice("agreementStatus", Need::Required, STATUSES)?;
        let code = form.text("reasonCode", Need::Optional, REASON_CODE_CHARS_MAX);
        let text = form.text("reasonDescription", Need::Optional, REASON_CHARS_MAX);
        return Some(Wanted::Status(status, code.map(|code| (code, text))));
    }
    if form.has("amendmentStatus") {
        form.choice("amendmentStatus", Need::Required, &[("RECALLED", ())])?;
        return Some(Wanted::RecallAmendment);
    }
    let details = form.value("paymentDetails");
    let asks = |name: &str| {
        details.and_then(|details| details.get(name)).is_some_and(|value| !value.is_null())
    };
    if form.has("paymentTerms") || asks("endDate") || asks("automaticRenewal") {
        return read_amendment(form);
    }
    let payee_reference = form.text("payeeReference", Need::Optional, REFERENCE_CHARS_MAX);
    let description = form.nested("paymentDetails", Need::Optional, |details| {
        details.text("description", Need::Optional, DESCRIPTION_CHARS_MAX)
    });
    let revision = Revision { payee_reference, description: description.flatten() };
    if revision == Revision::default() {
        form.wrong("agreementStatus", "Nothing is asked for that can be changed.");
        return None;
    }
    Some(Wanted::Revise(revision))
}

fn read_amendment(form: &mut Form<'_>) -> Option<Wanted> {
    let minutes = respond_minutes(form);
    let asks_terms = form.has("paymentTerms");
    let terms = form.nested("paymentTerms", Need::Optional, |form| terms(form)).flatten();
    let details = form.nested("paymentDetails", Need::Optional, |details| {
        if details.has("startDate") {
            details.wrong("startDate", "The start date cannot be amended.");
        }
        let renews = details.flag("automaticRenewal", Need::Optional);
        (end(details, renews), renews)
    });
    let (end, renews) = details.unwrap_or_default();
    if asks_terms && terms.is_none() {
        return None;
    }
    Some(Wanted::Amend(minutes, Change { terms, end, renews }))
}

fn act(
    merchant: &mut Merchant,
    setting: &Setting<'_>,
    number: u64,
    wanted: Wanted,
) -> Result<(), Unfit> {
    match wanted {
        Wanted::Status(change, reason) => merchant.change_status(setting, number, change, reason),
        Wanted::RecallAmendment => merchant.recall_amendment(setting, number),
        Wanted::Revise(revision) => merchant.revise(number, revision),
        Wanted::Amend(minutes, change) => {
            let agreement = merchant.agreements.get(number);
            if agreement.is_some_and(|agreement| changes_nothing(&change, agreement)) {
                let sentence = "The amendment changes nothing.".to_owned();
                return Err(Unfit("paymentTerms", sentence));
            }
            if let Some(sentence) = agreement.and_then(|it| wrong_end(&change, it, setting)) {
                return Err(Unfit("paymentDetails.endDate", sentence.to_owned()));
            }
            merchant.amend(setting, number, minutes, change)
        }
    }
}

/// What is wrong with the end that is asked for.
fn wrong_end(
    change: &Change,
    agreement: &Agreement,
    setting: &Setting<'_>,
) -> Option<&'static str> {
    let (wanted, end) = (&agreement.wanted, change.end?);
    if change.renews.unwrap_or(wanted.renews) {
        Some("An agreement that renews itself has no end date.")
    } else if end <= wanted.start {
        Some("This date must be after the start date.")
    } else if end < setting.today() {
        Some("This date is in the past.")
    } else {
        None
    }
}

fn changes_nothing(change: &Change, agreement: &Agreement) -> bool {
    let wanted = &agreement.wanted;
    change.terms.as_ref().is_none_or(|terms| *terms == wanted.terms)
        && change.end.is_none_or(|end| Some(end) == wanted.end)
        && change.renews.is_none_or(|renews| renews == wanted.renews)
}
