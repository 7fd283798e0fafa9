//! Amendments: what the payee may change alone, and what the payer must approve first. One at a time.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Agreement, Terms, after, script};
use crate::domain::payto_agreement;
use crate::domain::payto_amendment::{Event, State};
use crate::sandbox::merchant::Merchant;
use crate::sandbox::merchant::agenda::Due;
use crate::sandbox::merchant::setting::Setting;
use crate::sandbox::merchant::stored::amendment_state;
use crate::sandbox::merchant::unfit::Unfit;

/// An amendment that was sent to the payer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Amendment {
    #[serde(with = "amendment_state")]
    pub(in crate::sandbox) state: State,
    pub(in crate::sandbox) respond_by: Timestamp,
    pub(in crate::sandbox) change: Change,
}

/// What the payer is asked to approve; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Change {
    pub(in crate::sandbox) terms: Option<Terms>,
    pub(in crate::sandbox) end: Option<Date>,
    pub(in crate::sandbox) renews: Option<bool>,
}

/// What the payee changes alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::sandbox) struct Revision {
    pub(in crate::sandbox) payee_reference: Option<String>,
    pub(in crate::sandbox) description: Option<String>,
}

impl Agreement {
    /// Whether an amendment waits for the payer.
    pub(in crate::sandbox) fn is_amending(&self) -> bool {
        self.amendment.as_ref().is_some_and(|amendment| amendment.state == State::Pending)
    }

    /// The agreement has ended; there is nothing left to amend.
    pub(super) fn lapse_amendment(&mut self) {
        end(self, Event::Lapse);
    }
}

/// Ends a waiting amendment; says whether there was one.
pub(super) fn end(agreement: &mut Agreement, event: Event) -> bool {
    let Some(amendment) = &mut agreement.amendment else { return false };
    let Some(next) = amendment.state.next(event) else { return false };
    amendment.state = next;
    let change = amendment.change.clone();
    agreement.forget_amendment_script();
    if next == State::Completed {
        let wanted = &mut agreement.wanted;
        wanted.terms = change.terms.unwrap_or_else(|| wanted.terms.clone());
        wanted.end = change.end.or(wanted.end);
        wanted.renews = change.renews.unwrap_or(wanted.renews);
        if wanted.renews {
            wanted.end = None;
        }
    }
    true
}

fn unfit(field: &'static str, sentence: String) -> Unfit {
    Unfit(field, sentence)
}

impl Merchant {
    /// Changes what needs no approval.
    ///
    /// # Errors
    ///
    /// The agreement's state does not allow it.
    pub(in crate::sandbox) fn revise(
        &mut self,
        number: u64,
        revision: Revision,
    ) -> Result<(), Unfit> {
        let refused = self.agreements.change(number, |agreement| {
            if !agreement.happen(payto_agreement::Event::Revise, None) {
                return Some(agreement.state.bank_word());
            }
            let wanted = &mut agreement.wanted;
            wanted.payee_reference = revision.payee_reference.or(wanted.payee_reference.take());
            wanted.description = revision.description.unwrap_or_else(|| wanted.description.clone());
            None
        });
        refused.flatten().map_or(Ok(()), |word| Err(not_amendable(word)))
    }

    /// Sends new terms to the payer.
    ///
    /// # Errors
    ///
    /// The agreement's state does not allow it, or another amendment waits.
    pub(in crate::sandbox) fn amend(
        &mut self,
        setting: &Setting<'_>,
        number: u64,
        minutes: u64,
        change: Change,
    ) -> Result<(), Unfit> {
        let minutes = i64::try_from(minutes).unwrap_or(i64::MAX);
        let respond_by = after(setting.now, SignedDuration::from_mins(minutes));
        let result = self.agreements.change(number, |agreement| {
            if agreement.is_amending() {
                let sentence = "An amendment is waiting for the payer; recall it first.";
                return Err(unfit("paymentTerms", sentence.to_owned()));
            }
            if !agreement.happen(payto_agreement::Event::Amend, None) {
                return Err(not_amendable(agreement.state.bank_word()));
            }
            let steps = script::of_amendment(&agreement.wanted, respond_by, setting);
            agreement.amendment = Some(Amendment { state: State::Pending, respond_by, change });
            agreement.script.extend(steps.iter().cloned());
            agreement.script.sort_by_key(|step| step.at);
            Ok(steps)
        });
        for step in result.transpose()?.into_iter().flatten() {
            self.agenda.note(step.at, Due::AgreementMoves, number);
        }
        Ok(())
    }

    /// Withdraws the amendment that waits for the payer.
    ///
    /// # Errors
    ///
    /// None waits.
    pub(in crate::sandbox) fn recall_amendment(
        &mut self,
        setting: &Setting<'_>,
        number: u64,
    ) -> Result<(), Unfit> {
        let recall = |agreement: &mut Agreement| end(agreement, Event::Recall);
        let recalled = self.change_agreement(setting.now, number, recall);
        if recalled == Some(true) {
            return Ok(());
        }
        Err(unfit("amendmentStatus", "No amendment is waiting for the payer.".to_owned()))
    }
}

fn not_amendable(word: &str) -> Unfit {
    let sentence = format!("The agreement is {word}; it cannot be amended.");
    unfit("agreementStatus", sentence)
}
