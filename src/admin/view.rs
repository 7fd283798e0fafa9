//! From what a facility shows to what the admin API answers. Plain copying: nothing is decided here.

use jiff::Timestamp;

use super::shapes::{
    Bank, Delivery, Facility, FreezeByHand, FreezePlanned, Freezes, HistoryEntry, Key, Keys, Pin,
    Renewal, Report, Store, Time,
};
use super::{FreezeState, HistoryLine};
use crate::domain::secret_key::Origin;
use crate::service::facility::{self, FacilityStatus, KeyLine, RenewalLine};

/// A facility's whole status.
pub(super) fn facility(status: &FacilityStatus) -> Facility {
    Facility {
        facility: status.facility.to_string(),
        environment: status.environment.label().to_owned(),
        role: status.role.label().to_owned(),
        observer: status.observer,
        community_code: status.community_code.as_ref().map(ToString::to_string),
        condition: status.condition.label().to_owned(),
        urgency: status.condition.urgency().label().to_owned(),
        condition_since: Time(status.condition_since),
        meaning: status.condition.meaning().trim().to_owned(),
        detail: status.detail.clone(),
        remedy: status.condition.remedy().to_owned(),
        keys: status.keys.iter().map(key).collect(),
        stores: status.stores.iter().map(store).collect(),
        deliveries: status.deliveries.iter().map(delivery).collect(),
        renewal: renewal(&status.renewal),
        pin: status.pin.as_ref().map(pin),
        bank: Bank {
            available: status.bank.available,
            reason: status.bank.reason.to_owned(),
            skew_seconds: status.bank.skew_seconds,
        },
        delivered_once: status.delivered_once,
        as_of: Time(status.as_of),
    }
}

/// A facility's keys and what concerns them.
pub(super) fn keys(status: &FacilityStatus, now: Timestamp) -> Keys {
    Keys {
        facility: status.facility.to_string(),
        environment: status.environment.label().to_owned(),
        now: Time(now),
        condition: status.condition.label().to_owned(),
        urgency: status.condition.urgency().label().to_owned(),
        detail: status.detail.clone(),
        remedy: status.condition.remedy().to_owned(),
        keys: status.keys.iter().map(key).collect(),
        renewal: renewal(&status.renewal),
        pin: status.pin.as_ref().map(pin),
    }
}

fn key(line: &KeyLine) -> Key {
    Key {
        role: line.role.map(|role| role.label().to_owned()),
        fingerprint: line.fingerprint.to_string(),
        name: line.name.as_ref().map(ToString::to_string),
        state: line.state.label().to_owned(),
        origin: Origin::label(line.origin).to_owned(),
        expires_at: line.expires_at.map(Time),
        proven_at: line.proven_at.map(Time),
        version: line.version.as_ref().map(ToString::to_string),
    }
}

fn store(line: &facility::StoreLine) -> Store {
    Store {
        name: line.name.to_string(),
        authority: line.authority,
        in_sync: line.in_sync,
        problem: line.problem.clone(),
    }
}

fn delivery(line: &facility::DeliveryLine) -> Delivery {
    Delivery {
        target: line.target.clone(),
        behind: line.behind,
        delivered_at: line.delivered_at.map(Time),
        problem: line.problem.clone(),
    }
}

fn renewal(line: &RenewalLine) -> Renewal {
    Renewal {
        last_attempt_at: line.last_attempt_at.map(Time),
        last_success_at: line.last_success_at.map(Time),
        next_attempt_at: line.next_attempt_at.map(Time),
        consecutive_failures: line.consecutive_failures,
        calls_in_24h: line.calls_in_24h,
        activation_at: line.activation_at.map(Time),
        why_not_yet: line.why_not_yet.clone(),
        rehearsed_at: line.rehearsed_at.map(Time),
    }
}

fn pin(pin: &facility::Pin) -> Pin {
    Pin {
        fingerprint: pin.fingerprint.to_string(),
        until: Time(pin.until),
        by: pin.by.to_string(),
        reason: pin.reason.clone(),
    }
}

/// What a command came to.
pub(super) fn report(
    command: &str,
    facility: &str,
    dry_run: bool,
    report: facility::Report,
) -> Report {
    Report {
        command: command.to_owned(),
        facility: Some(facility.to_owned()),
        dry_run,
        summary: report.summary,
        steps: report.steps,
        changes_pending: report.changes_pending,
        next: report.next,
    }
}

/// The freezes.
pub(super) fn freezes(state: &FreezeState) -> Freezes {
    let planned = |freeze: &crate::settings::model::Freeze| FreezePlanned {
        from: freeze.from.to_string(),
        until: freeze.until.to_string(),
        reason: freeze.reason.clone(),
    };
    Freezes {
        frozen: state.frozen,
        by_hand: state.by_hand.as_ref().map(|freeze| FreezeByHand {
            since: Time(freeze.since),
            until: freeze.until.map(Time),
            by: freeze.by.to_string(),
            reason: freeze.reason.clone(),
        }),
        planned: state.planned.iter().map(planned).collect(),
    }
}

/// One thing that happened.
pub(super) fn history(line: &HistoryLine) -> HistoryEntry {
    HistoryEntry {
        at: Time(line.at),
        event: line.event.clone(),
        fingerprint: line.key.map(|key| key.to_string()),
        name: line.key_name.as_ref().map(ToString::to_string),
        state: line.state.map(|state| state.label().to_owned()),
        actor: line.actor.as_ref().map(ToString::to_string),
        reason: line.reason.clone(),
        detail: line.detail.clone(),
    }
}
