//! Every metric, and the one handle through which they are set.
//!
//! The metrics are declared in [`table`]; their labels can only be words of closed sets
//! ([`labels`]), so nothing a bank, a store or a person says can become a series. Every series of a
//! facility stands from the moment the facility is added, and all of them go when it is removed.
//! This module knows the domain's words and nothing of services, stores or HTTP.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use prometheus::{GaugeVec, Registry, TextEncoder};

use crate::domain::names::{Environment, FacilityName, StoreName};

mod facility;
pub mod labels;
pub mod process;
pub mod table;

pub use facility::{ApiCall, FacilityMetrics, RenewalTimes};

use table::Families;

/// The release's revision, where the build was told it; packagers set `QUAYMASTER_REVISION`.
const REVISION: &str = match option_env!("QUAYMASTER_REVISION") {
    Some(revision) => revision,
    None => "unknown",
};

/// Every metric of the process; clones share them.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    registry: Registry,
    families: Arc<Families>,
    facilities: Mutex<BTreeMap<FacilityName, FacilityMetrics>>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Declares every metric. Nothing is global: two handles made so share nothing.
    ///
    /// # Panics
    ///
    /// Never: only a mistake in the constant table could bring it about, and a test builds it.
    pub fn new() -> Self {
        #[expect(clippy::expect_used, reason = "the table is a constant, and tests build it")]
        let (registry, families) = declare().expect("the table of metrics is consistent");
        families.build_info.with_label_values(&[env!("CARGO_PKG_VERSION"), REVISION]).set(1.0);
        for family in [
            &families.config_last_reload_successful,
            &families.config_last_reload_success_timestamp_seconds,
            &families.book_usable,
            &families.scheduler_heartbeat_timestamp_seconds,
        ] {
            set(family, 0.0);
        }
        let facilities = Mutex::default();
        Self(Arc::new(Shared { registry, families: Arc::new(families), facilities }))
    }

    /// Adds a facility with all its series, and gives the handle that sets them. A facility that is
    /// there already keeps its counts, unless it moved to another environment; stores it no longer
    /// has lose their series.
    pub fn add_facility(
        &self,
        name: &FacilityName,
        environment: Environment,
        stores: &[StoreName],
    ) -> FacilityMetrics {
        let mut facilities = self.facilities();
        if let Some(present) = facilities.get(name) {
            if present.environment() == environment {
                present.keep_stores(stores);
                return present.clone();
            }
            present.end();
        }
        let families = Arc::clone(&self.0.families);
        let added = FacilityMetrics::new(families, name, environment, stores);
        facilities.insert(name.clone(), added.clone());
        added
    }

    /// Removes a facility with all its series; handles to it go on working and change nothing.
    pub fn remove_facility(&self, name: &FacilityName) {
        if let Some(gone) = self.facilities().remove(name) {
            gone.end();
        }
    }

    /// The handle of a facility that was added.
    pub fn facility(&self, name: &FacilityName) -> Option<FacilityMetrics> {
        self.facilities().get(name).cloned()
    }

    /// Says how the last reading of the settings went, and when.
    pub fn settings_read(&self, outcome: Reload, at: Timestamp) {
        let families = &self.0.families;
        let good = outcome == Reload::Taken;
        set(&families.config_last_reload_successful, flag(good));
        if good {
            set(&families.config_last_reload_success_timestamp_seconds, seconds(Some(at)));
        }
    }

    /// Says whether the book can be written.
    pub fn book_usable(&self, usable: bool) {
        set(&self.0.families.book_usable, flag(usable));
    }

    /// Says that the scheduler moved.
    pub fn heartbeat(&self, at: Timestamp) {
        set(&self.0.families.scheduler_heartbeat_timestamp_seconds, seconds(Some(at)));
    }

    /// Every metric in the Prometheus text format.
    pub fn render(&self) -> String {
        let facilities = self.facilities().values().cloned().collect::<Vec<_>>();
        for facility in facilities {
            facility.read_sources();
        }
        // Encoding fails only on a family without series, and the registry leaves those out.
        TextEncoder::new().encode_to_string(&self.0.registry.gather()).unwrap_or_default()
    }

    fn facilities(&self) -> MutexGuard<'_, BTreeMap<FacilityName, FacilityMetrics>> {
        self.0.facilities.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn declare() -> prometheus::Result<(Registry, Families)> {
    let registry = Registry::new();
    let families = Families::register(&registry)?;
    process::register(&registry)?;
    Ok((registry, families))
}

/// How a reading of the settings went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reload {
    /// The settings read are the ones in use.
    Taken,
    /// They had mistakes; the last good ones stay in use.
    Refused,
}

/// A time as Prometheus wants it, in seconds since 1970; 0 says that there is none.
#[expect(clippy::cast_precision_loss, reason = "f64 holds milliseconds exactly for ages to come")]
fn seconds(at: Option<Timestamp>) -> f64 {
    at.map_or(0.0, |at| at.as_millisecond() as f64 / 1000.0)
}

/// Sets a metric of the process, which has no labels.
fn set(family: &GaugeVec, value: f64) {
    family.with_label_values(&[] as &[&str]).set(value);
}

/// Yes or no as Prometheus wants it.
fn flag(yes: bool) -> f64 {
    f64::from(u8::from(yes))
}

#[cfg(test)]
mod tests;
