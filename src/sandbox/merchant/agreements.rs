//! PayTo agreements: what payers allow to be taken from their accounts, and what becomes of it.
//!
//! What payers and banks do follows from the payer's BSB, as the documents' test page has it, and
//! happens on the clock; each thing they are going to do stands in the agreement's script. A person
//! may have them do something else through the control API.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use self::amendments::Amendment;
use self::script::Step;
use super::Merchant;
use super::agenda::Due;
use super::customers::{Address, Customer, Medium};
use super::ids::{Kind, spelt};
use super::instrument::PayToAccount;
use super::setting::Setting;
use super::shelf::Record;
use super::stored::{agreement_state, cents_option};
use super::unfit::Unfit;
use super::webhooks::Happening;
use crate::domain::money::Cents;
use crate::domain::payto_agreement::{Event, State};

pub(in crate::sandbox) mod amendments;
mod last_day;
pub(in crate::sandbox) mod payments;
pub(in crate::sandbox) mod script;

/// How long after the move of a direct debit no payment may be taken (the guess `payto_rules`).
const MIGRATION_GRACE: SignedDuration = SignedDuration::from_hours(5 * 24);

/// An agreement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::sandbox) struct Agreement {
    /// The number of its token.
    pub(in crate::sandbox) number: u64,
    #[serde(with = "agreement_state")]
    pub(in crate::sandbox) state: State,
    pub(in crate::sandbox) customer: u64,
    pub(in crate::sandbox) created: Timestamp,
    pub(in crate::sandbox) respond_by: Timestamp,
    #[serde(flatten)]
    pub(in crate::sandbox) wanted: Wanted,
    /// Why it stands where it stands: a code, and a sentence if one was given.
    pub(in crate::sandbox) reason: Option<(String, Option<String>)>,
    pub(in crate::sandbox) changed_by: Option<Who>,
    /// The last amendment that was sent to the payer.
    pub(in crate::sandbox) amendment: Option<Amendment>,
    /// Until when no payment may be taken.
    pub(in crate::sandbox) blocked_until: Option<Timestamp>,
    /// The receipt of the one payment with which it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) once: Option<u64>,
    /// Payments taken under it.
    pub(in crate::sandbox) payments: u64,
    /// Payments declined in a row.
    pub(in crate::sandbox) declined: u64,
    /// What is going to happen, in the order of its time.
    pub(in crate::sandbox) script: Vec<Step>,
}

/// What an agreement is asked for with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::sandbox) struct Wanted {
    pub(in crate::sandbox) business: String,
    pub(in crate::sandbox) creation: Creation,
    pub(in crate::sandbox) payee_reference: Option<String>,
    /// Minutes from its creation in which the payer may answer.
    pub(in crate::sandbox) respond_minutes: u64,
    pub(in crate::sandbox) purpose: String,
    pub(in crate::sandbox) description: String,
    pub(in crate::sandbox) start: Date,
    pub(in crate::sandbox) end: Option<Date>,
    pub(in crate::sandbox) renews: bool,
    pub(in crate::sandbox) terms: Terms,
    pub(in crate::sandbox) payer_type: String,
    pub(in crate::sandbox) payer_id: Option<String>,
    pub(in crate::sandbox) payer_reference: Option<String>,
    pub(in crate::sandbox) payer: PayToAccount,
}

/// What may be taken, and how often.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Terms {
    pub(in crate::sandbox) frequency: String,
    /// `FIXE`, `VARI`, `USGB` or `BALN`.
    pub(in crate::sandbox) kind: String,
    #[serde(with = "cents_option", default)]
    pub(in crate::sandbox) amount: Option<Cents>,
    #[serde(with = "cents_option", default)]
    pub(in crate::sandbox) maximum: Option<Cents>,
}

/// How an agreement comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sandbox) enum Creation {
    /// The payer approves it.
    Authorised,
    /// A direct debit is moved over.
    MigratedDdr,
}

impl Creation {
    /// Each way with its word in `agreementCreationType`.
    pub(in crate::sandbox) const WORDS: &[(&str, Self)] =
        &[("AUTHORISED", Self::Authorised), ("MIGRATED_DDR", Self::MigratedDdr)];

    pub(in crate::sandbox) const fn word(self) -> &'static str {
        match self {
            Self::Authorised => "AUTHORISED",
            Self::MigratedDdr => "MIGRATED_DDR",
        }
    }
}

/// A side of an agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(in crate::sandbox) enum Who {
    Payer,
    Payee,
}

impl Who {
    pub(in crate::sandbox) const fn word(self) -> &'static str {
        match self {
            Self::Payer => "PAYER",
            Self::Payee => "PAYEE",
        }
    }
}

/// What agreements are looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sandbox) enum By {
    /// The customer's number among the bank's ids.
    Customer,
    PayeeReference,
    /// The bank's word for the state.
    Status,
}

impl Record for Agreement {
    type Tag = By;

    fn number(&self) -> u64 {
        self.number
    }

    fn tags(&self, note: &mut dyn FnMut(By, &str)) {
        note(By::Customer, &self.customer.to_string());
        note(By::Status, self.state.bank_word());
        if let Some(reference) = &self.wanted.payee_reference {
            note(By::PayeeReference, reference);
        }
    }
}

impl Agreement {
    /// Moves it, if the lifecycle lets it; says whether it did.
    pub(in crate::sandbox) fn happen(&mut self, event: Event, by: Option<Who>) -> bool {
        let Some(next) = self.state.next(event) else { return false };
        self.state = next;
        self.changed_by = by.or(self.changed_by);
        if next.is_end() {
            self.lapse_amendment();
        }
        true
    }

    /// Plans what is going to happen to one in a given state, or to one that is asked for now.
    pub(in crate::sandbox) fn plan_script(&mut self, setting: &Setting<'_>, given: Option<State>) {
        let (state, script) = script::of_new(&self.wanted, self.respond_by, setting);
        self.state = given.unwrap_or(state);
        self.script = if self.state == state || self.state == State::Pending {
            script
        } else {
            script.into_iter().filter(|step| step.act == script::Act::Finish).collect()
        };
    }

    /// Whether the payer is still to answer.
    pub(in crate::sandbox) const fn is_asked(&self) -> bool {
        matches!(self.state, State::Creating | State::Pending)
    }

    /// The last day on which payments may be taken, if there is one.
    pub(in crate::sandbox) fn last_day(&self) -> Option<Date> {
        self.wanted.end.filter(|_| !self.wanted.renews)
    }
}

/// What the payee may make of an agreement's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum StatusChange {
    Recall,
    Suspend,
    Resume,
    Cancel,
}

impl StatusChange {
    const fn event(self) -> Event {
        match self {
            Self::Recall => Event::Recall,
            Self::Suspend => Event::Suspend,
            Self::Resume => Event::Resume,
            Self::Cancel => Event::Cancel,
        }
    }
}

impl Merchant {
    /// Asks a payer for an agreement; returns its number.
    pub(in crate::sandbox) fn agree(
        &mut self,
        setting: &Setting<'_>,
        customer: u64,
        wanted: Wanted,
    ) -> u64 {
        let number = self.ids.next(Kind::Agreement);
        let minutes = i64::try_from(wanted.respond_minutes).unwrap_or(i64::MAX);
        let respond_by = after(setting.now, SignedDuration::from_mins(minutes));
        let migrated = wanted.creation == Creation::MigratedDdr;
        let (mut state, script) = script::of_new(&wanted, respond_by, setting);
        if migrated {
            state = State::Creating.next(Event::Migrate).unwrap_or(state);
        }
        let agreement = Agreement {
            number,
            state,
            customer,
            created: setting.now,
            respond_by,
            wanted,
            reason: None,
            changed_by: None,
            amendment: None,
            blocked_until: migrated.then(|| after(setting.now, MIGRATION_GRACE)),
            once: None,
            payments: 0,
            declined: 0,
            script,
        };
        for step in &agreement.script {
            self.agenda.note(step.at, Due::AgreementMoves, number);
        }
        self.agreements.put(agreement);
        self.plan_last_day(setting, number);
        if migrated {
            self.tell_of_agreement(setting.now, Happening::AgreementConfirmed, number);
        }
        number
    }

    /// The customer that is made for an agreement without one.
    pub(in crate::sandbox) fn customer_for(
        &mut self,
        business: &str,
        number: Option<String>,
        name: String,
    ) -> u64 {
        let id = self.ids.next(Kind::Customer);
        let number = number.unwrap_or_else(|| spelt(Kind::Customer, "", id));
        self.customers.put(Customer {
            id,
            number,
            name,
            business: business.to_owned(),
            phone: None,
            email: None,
            medium: Medium::None,
            address: Address::default(),
            enabled: true,
            default_account: None,
        });
        id
    }

    /// Changes an agreement's status for the payee.
    ///
    /// # Errors
    ///
    /// The change is not lawful in its state, with what is.
    pub(in crate::sandbox) fn change_status(
        &mut self,
        setting: &Setting<'_>,
        number: u64,
        change: StatusChange,
        reason: Option<(String, Option<String>)>,
    ) -> Result<(), Unfit> {
        let refused = self.change_agreement(setting.now, number, |agreement| {
            let state = agreement.state;
            if agreement.happen(change.event(), Some(Who::Payee)) {
                agreement.reason = reason;
                return None;
            }
            Some(unlawful(state, change))
        });
        match refused.flatten() {
            None => Ok(()),
            Some(sentence) => Err(Unfit("agreementStatus", sentence)),
        }
    }

    /// Has a payer or a bank do something at `at`; at once if that has come. Says whether it could be
    /// done at once, and true for what is still to come.
    pub(in crate::sandbox) fn have_payer_act(
        &mut self,
        setting: &Setting<'_>,
        number: u64,
        step: Step,
    ) -> Option<bool> {
        if step.at <= setting.now {
            let act = |agreement: &mut Agreement| step.act(agreement);
            let done = self.change_agreement(setting.now, number, act);
            self.plan_last_day(setting, number);
            return done;
        }
        let at = step.at;
        self.agreements.change(number, |agreement| agreement.script.push(step))?;
        self.agenda.note(at, Due::AgreementMoves, number);
        Some(true)
    }

    /// Something of an agreement's script is due.
    pub(super) fn agreement_moves(&mut self, setting: &Setting<'_>, number: u64) {
        let now = setting.now;
        let take_due = |agreement: &mut Agreement| {
            let (due, later) = agreement.script.drain(..).partition(|step| step.at <= now);
            agreement.script = later;
            due
        };
        let due: Vec<Step> = self.agreements.change(number, take_due).unwrap_or_default();
        for step in due {
            self.change_agreement(now, number, |agreement| step.act(agreement));
        }
        self.plan_last_day(setting, number);
    }
}

/// Why a change of status is refused.
fn unlawful(state: State, change: StatusChange) -> String {
    let word = state.bank_word();
    match (change, state) {
        (StatusChange::Resume, State::SuspendedByOther) => {
            "The agreement was suspended by the payer, who alone may resume it.".to_owned()
        }
        (StatusChange::Cancel | StatusChange::Suspend, State::Pending) => {
            "The agreement is PENDING; it may be recalled.".to_owned()
        }
        _ => format!("The agreement is {word}; this status cannot follow."),
    }
}

pub(super) fn after(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(at)
}
