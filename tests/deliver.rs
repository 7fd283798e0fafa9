//! Delivery as readers see it: real directories, real processes, a real HTTP receiver.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper that fails fails its test"
)]

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use quaymaster::deliver::{Deliverable, DeliveredKey, DeliveryTarget};
use quaymaster::domain::names::{CommunityCode, Environment, FacilityName, KeyName};
use quaymaster::key::{KeyText, Salt};

#[path = "deliver/files.rs"]
mod files;
#[path = "deliver/hardening.rs"]
mod hardening;
#[path = "deliver/notices.rs"]
mod notices;
#[path = "deliver/played.rs"]
mod played;
#[path = "deliver/receiver.rs"]
mod receiver;
#[path = "deliver/rehearsed.rs"]
mod rehearsed;

/// The text of the nth key.
fn text(nth: u32) -> String {
    format!("SHIPYARD_SEC_{nth:04}_qe8zn4hgx2vk7wtb6m3r")
}

fn key(nth: u32) -> DeliveredKey {
    let key = KeyText::parse(text(nth)).unwrap();
    DeliveredKey {
        fingerprint: key.fingerprint(&Salt::new(&[7; 32])),
        key,
        name: Some(KeyName::new(format!("SHIPYARD_SEC_{nth:04}")).unwrap()),
        expires_at: Some("2027-01-01T00:00:00Z".parse::<Timestamp>().unwrap()),
    }
}

/// What readers are to have: the nth key, and the one before it if there is one.
fn keys(nth: u32) -> Deliverable {
    Deliverable {
        facility: FacilityName::new("main").unwrap(),
        environment: Environment::Support,
        community_code: Some(CommunityCode::new("SHIPYARD").unwrap()),
        current: key(nth),
        previous: nth.checked_sub(1).map(key),
    }
}

fn shared(target: impl DeliveryTarget + 'static) -> Arc<dyn DeliveryTarget> {
    Arc::new(target)
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
