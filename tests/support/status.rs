//! A facility's status as tests want it, without a facility behind it.

use std::sync::Arc;

use jiff::Timestamp;
use quaymaster::domain::condition::Condition;
use quaymaster::domain::names::{
    Environment, FacilityName, Fingerprint, KeyRole, StoreName, VersionId,
};
use quaymaster::domain::secret_key::{Origin, State};
use quaymaster::service::FacilityHandle;
use quaymaster::service::facility::{
    BankLine, DeliveryLine, FacilityStatus, KeyLine, RenewalLine, StoreLine,
};
use quaymaster::settings::model::Role;
use tokio::sync::{mpsc, watch};

/// The moment at which every made-up status was made.
pub(crate) fn now() -> Timestamp {
    "2026-03-01T00:00:00Z".parse().unwrap()
}

/// The store of every made-up status.
pub(crate) fn store() -> StoreName {
    StoreName::new("file:/var/lib/keys/main").unwrap()
}

/// A facility whose current key works, is stored and was delivered.
pub(crate) fn well(name: &str) -> FacilityStatus {
    FacilityStatus {
        facility: FacilityName::new(name).unwrap(),
        environment: Environment::Support,
        role: Role::Renewer,
        observer: false,
        community_code: None,
        condition: Condition::Ok,
        condition_since: now(),
        detail: String::new(),
        keys: vec![key(KeyRole::Current, State::Current, "2027-02-03T04:05:06Z")],
        stores: vec![StoreLine {
            name: store(),
            authority: true,
            in_sync: Some(true),
            problem: None,
        }],
        deliveries: vec![DeliveryLine {
            target: "file:/run/quickstream".to_owned(),
            behind: false,
            delivered_at: Some(now()),
            problem: None,
        }],
        renewal: RenewalLine { last_success_at: Some(now()), ..RenewalLine::default() },
        pin: None,
        bank: BankLine { available: true, reason: "ok", skew_seconds: Some(-3) },
        book_problem: None,
        delivered_once: true,
        as_of: now(),
    }
}

/// One key.
pub(crate) fn key(role: KeyRole, state: State, expires: &str) -> KeyLine {
    KeyLine {
        role: Some(role),
        fingerprint: Fingerprint::from_bytes([7; 8]),
        name: None,
        state,
        origin: Origin::Fetched,
        expires_at: Some(expires.parse().unwrap()),
        proven_at: Some(now()),
        version: Some(VersionId::new("v1").unwrap()),
    }
}

/// A handle to a facility that only has a status, and the way to change it.
pub(crate) fn handle(
    status: FacilityStatus,
) -> (FacilityHandle, watch::Sender<Arc<FacilityStatus>>) {
    let name = status.facility.clone();
    let (sender, receiver) = watch::channel(Arc::new(status));
    let (asks, _) = mpsc::channel(1);
    (FacilityHandle::new(name, asks, receiver), sender)
}
