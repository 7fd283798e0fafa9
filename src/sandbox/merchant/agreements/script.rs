//! What payers and their banks are going to do, by the payer's BSB (the documents' test page).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::amendments;
use super::{Agreement, Creation, Wanted, Who, after};
use crate::domain::payto_agreement::{Event, State};
use crate::domain::payto_amendment;
use crate::sandbox::guesses;
use crate::sandbox::merchant::setting::Setting;

/// How long a creation is delayed for the payers of 032006.
const DELAY: SignedDuration = SignedDuration::from_mins(30);

/// How long until a creation is tried again for the payers of 032004 (the guess `payto_payer_bsb`).
const RETRY: SignedDuration = SignedDuration::from_mins(5);

/// One thing that is going to happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::sandbox) struct Step {
    pub(in crate::sandbox) at: Timestamp,
    pub(in crate::sandbox) act: Act,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sandbox) enum Act {
    Register,
    Fail,
    Approve,
    Decline,
    /// QuickStream withdraws what was not answered in time.
    Recall,
    Expire,
    Pause,
    Unpause,
    Cancel,
    Finish,
    /// The agreement's last day is over.
    LastDayOver,
    ApproveAmendment,
    DeclineAmendment,
    ExpireAmendment,
}

impl Act {
    /// Every act with its word in the control API.
    pub(in crate::sandbox) const WORDS: &[(&str, Self)] = &[
        ("register", Self::Register),
        ("fail", Self::Fail),
        ("approve", Self::Approve),
        ("decline", Self::Decline),
        ("expire", Self::Expire),
        ("pause", Self::Pause),
        ("unpause", Self::Unpause),
        ("cancel", Self::Cancel),
        ("finish", Self::Finish),
        ("approve_amendment", Self::ApproveAmendment),
        ("decline_amendment", Self::DeclineAmendment),
        ("expire_amendment", Self::ExpireAmendment),
    ];
}

impl Step {
    /// Lets it happen, if it still can; says whether it could.
    pub(in crate::sandbox) fn act(&self, agreement: &mut Agreement) -> bool {
        let (event, by) = match self.act {
            Act::Register => (Event::Register, None),
            Act::Fail => (Event::Fail, None),
            Act::Approve => (Event::Approve, Some(Who::Payer)),
            Act::Decline => (Event::Decline, Some(Who::Payer)),
            Act::Recall => (Event::Recall, None),
            Act::Expire => (Event::Expire, None),
            Act::Pause => (Event::Pause, Some(Who::Payer)),
            Act::Unpause => (Event::Unpause, Some(Who::Payer)),
            Act::Cancel => (Event::Cancel, Some(Who::Payer)),
            Act::Finish | Act::LastDayOver => (Event::Finish, None),
            Act::ApproveAmendment => {
                return agreement.end_amendment(payto_amendment::Event::Approve);
            }
            Act::DeclineAmendment => {
                return agreement.end_amendment(payto_amendment::Event::Decline);
            }
            Act::ExpireAmendment => {
                return agreement.end_amendment(payto_amendment::Event::Expire);
            }
        };
        let done = agreement.happen(event, by);
        if done {
            let reason = self.act.reason();
            agreement.reason = reason.map(|code| (code.to_owned(), None));
        }
        done
    }
}

impl Act {
    /// The reason code of NPP for it.
    const fn reason(self) -> Option<&'static str> {
        match self {
            Self::Fail => Some("AG03"),
            Self::Decline | Self::Pause | Self::Cancel => Some("MD16"),
            Self::Recall => Some("MD17"),
            Self::Expire => Some("NOAS"),
            Self::Finish | Self::LastDayOver => Some("MD20"),
            Self::Register
            | Self::Approve
            | Self::Unpause
            | Self::ApproveAmendment
            | Self::DeclineAmendment
            | Self::ExpireAmendment => None,
        }
    }
}

/// How long a payer takes to answer.
fn answer_time(setting: &Setting<'_>) -> SignedDuration {
    SignedDuration::from_mins(i64::from(setting.guesses.number(guesses::PAYER_ANSWERS)))
}

/// Whether payers answer by themselves, or are made to through the control API.
fn answers(setting: &Setting<'_>) -> bool {
    setting.guesses.is(guesses::PAYERS, "by_bsb")
}

/// Where a new agreement begins, and what is going to happen to it.
pub(super) fn of_new(
    wanted: &Wanted,
    respond_by: Timestamp,
    setting: &Setting<'_>,
) -> (State, Vec<Step>) {
    let mut script = Vec::new();
    let mut then = |at, act| script.push(Step { at, act });
    if wanted.creation == Creation::MigratedDdr {
        return (State::Creating, script);
    }
    let (now, takes) = (setting.now, answer_time(setting));
    let bsb = wanted.payer.bsb.as_deref().filter(|_| answers(setting));
    let state = match bsb {
        Some("032003") => {
            then(after(now, takes), Act::Fail);
            State::Creating
        }
        Some("032004" | "032006") => {
            let delay = if bsb == Some("032004") { RETRY } else { DELAY };
            then(after(now, delay), Act::Register);
            then(after(after(now, delay), takes), Act::Approve);
            State::Creating
        }
        Some("032001") => {
            then(after(now, takes), Act::Decline);
            State::Pending
        }
        Some("032002") => State::Pending,
        Some("032005") => {
            then(respond_by, Act::Expire);
            State::Pending
        }
        _ if !answers(setting) => State::Pending,
        _ => {
            then(after(now, takes), Act::Approve);
            State::Pending
        }
    };
    then(respond_by, Act::Recall);
    script.sort_by_key(|step| step.at);
    (state, script)
}

/// What is going to happen to an amendment.
pub(super) fn of_amendment(
    wanted: &Wanted,
    respond_by: Timestamp,
    setting: &Setting<'_>,
) -> Vec<Step> {
    let answered = after(setting.now, answer_time(setting));
    let answer = match wanted.payer.bsb.as_deref() {
        _ if !answers(setting) => None,
        Some("032001") => Some(Act::DeclineAmendment),
        Some("032002" | "032005") => None,
        _ => Some(Act::ApproveAmendment),
    };
    let mut script = Vec::new();
    script.extend(answer.map(|act| Step { at: answered, act }));
    script.push(Step { at: respond_by, act: Act::ExpireAmendment });
    script.sort_by_key(|step| step.at);
    script
}

/// Whether the payer ends an agreement once the first payment was taken.
pub(super) fn ends_after_payment(agreement: &Agreement) -> bool {
    agreement.wanted.payer.bsb.as_deref() == Some("032007")
}

impl Agreement {
    /// What is left of an amendment's script goes with it.
    pub(super) fn forget_amendment_script(&mut self) {
        self.script.retain(|step| {
            !matches!(
                step.act,
                Act::ApproveAmendment | Act::DeclineAmendment | Act::ExpireAmendment
            )
        });
    }

    fn end_amendment(&mut self, event: payto_amendment::Event) -> bool {
        amendments::end(self, event)
    }
}
