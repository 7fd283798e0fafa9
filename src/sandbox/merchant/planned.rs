//! What a person has banks do to transactions: return a payment, look through a suspended one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Merchant;
use super::agenda::Due;
use super::setting::Setting;
use crate::domain::transaction::Event;

/// What is still to be done, by receipt.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::sandbox) struct Planned(BTreeMap<u64, Vec<(Timestamp, BankAct)>>);

/// What a bank does to a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sandbox) enum BankAct {
    /// The payer's bank sends a payment back.
    Return,
    /// A person lets a suspended payment go.
    Release,
    /// A suspended or pending payment is refused.
    Decline,
    /// A pending payment is accepted.
    Approve,
}

impl BankAct {
    /// Every act with its word in the control API.
    pub(in crate::sandbox) const WORDS: &[(&str, Self)] = &[
        ("return", Self::Return),
        ("release", Self::Release),
        ("decline", Self::Decline),
        ("approve", Self::Approve),
    ];

    /// What it is in the lifecycle, and the response code that goes with it.
    const fn event(self) -> (Event, &'static str) {
        match self {
            Self::Return => (Event::Return, "05"),
            Self::Release => (Event::Release, "08"),
            Self::Decline => (Event::Decline, "05"),
            Self::Approve => (Event::Approve, "00"),
        }
    }
}

impl Merchant {
    /// Has a bank act on a transaction at `at`; at once if that has come. Says whether it could be
    /// done at once, and true for what is still to come; `None` if there is no such transaction.
    pub(in crate::sandbox) fn have_bank_act(
        &mut self,
        setting: &Setting<'_>,
        receipt: u64,
        at: Timestamp,
        act: BankAct,
    ) -> Option<bool> {
        self.transactions.get(receipt)?;
        if at <= setting.now {
            return Some(self.act_on(setting, receipt, act));
        }
        self.planned.0.entry(receipt).or_default().push((at, act));
        self.agenda.note(at, Due::BankActs, receipt);
        Some(true)
    }

    /// Something that was planned is due.
    pub(super) fn bank_acts(&mut self, setting: &Setting<'_>, receipt: u64) {
        let planned = self.planned.0.remove(&receipt).unwrap_or_default();
        let (due, later): (Vec<_>, Vec<_>) =
            planned.into_iter().partition(|(at, _)| *at <= setting.now);
        if !later.is_empty() {
            self.planned.0.insert(receipt, later);
        }
        for (_, act) in due {
            self.act_on(setting, receipt, act);
        }
    }

    fn act_on(&mut self, setting: &Setting<'_>, receipt: u64, act: BankAct) -> bool {
        let (event, code) = act.event();
        let done = self.transactions.change(receipt, |transaction| {
            let done = transaction.happen(event);
            if done {
                code.clone_into(&mut transaction.response_code);
            }
            done
        });
        let failed = matches!(act, BankAct::Return | BankAct::Decline);
        if failed && done == Some(true) {
            self.instalment_failed(setting, receipt);
        }
        done == Some(true)
    }
}
