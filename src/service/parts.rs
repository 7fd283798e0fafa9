//! What a facility's task is made from; the daemon puts it together.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::deliver::DeliveryTarget;
use crate::domain::calendar::Calendar;
use crate::domain::names::ActorName;
use crate::metrics::FacilityMetrics;
use crate::quickstream::Client;
use crate::secrets::SecretStore;
use crate::service::points::Points;
use crate::service::pulse::{Patient, Pulse};
use crate::settings::model::{Facility, Role};
use crate::store::Book;

/// A source of numbers from 0 (included) to 1 (not included), for jitter.
#[derive(Clone)]
pub struct Chance(Arc<dyn Fn() -> f64 + Send + Sync>);

impl Chance {
    /// Takes a source.
    pub fn new(source: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(source))
    }

    pub(super) fn draw(&self) -> f64 {
        (self.0)().clamp(0.0, 1.0)
    }
}

impl fmt::Debug for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chance")
    }
}

/// What a facility's task is made from.
#[derive(Debug)]
pub struct Parts {
    /// The facility's settings.
    pub settings: Facility,
    /// Whether it writes keys or only hands them on.
    pub role: Role,
    /// What time it is.
    pub clock: Clock,
    /// What decides jitter.
    pub chance: Chance,
    /// The way to the bank.
    pub bank: Client,
    /// The stores, the authority first; at least one.
    pub stores: Vec<Arc<dyn SecretStore>>,
    /// How long one call of a store may take, in real time; past that it cannot be reached.
    pub store_answers_within: Duration,
    /// A store beside the authority in which a rehearsal moves the present key.
    pub rehearsal: Option<Arc<dyn SecretStore>>,
    /// Who is given the key.
    pub targets: Vec<Arc<dyn DeliveryTarget>>,
    /// When keys may be activated.
    pub calendar: Calendar,
    /// What is remembered.
    pub book: Book,
    /// Whether the book remembers what was done before this start: not if the old one was put aside or
    /// it is kept in memory. Then an observer may be one that was adopted long ago, and it delivers.
    pub remembers: bool,
    /// The facility's own series; what else is measured follows from its status.
    pub metrics: FacilityMetrics,
    /// Where a crash test may stop.
    pub points: Points,
    /// The name under which the program itself acts.
    pub itself: ActorName,
}

impl Parts {
    /// The same parts, with stores that give no answer taken for out of reach, and the pulse of the
    /// task that waits for them.
    pub(super) fn patient(mut self) -> (Self, Pulse) {
        let pulse = Pulse::default();
        let limit = self.store_answers_within;
        let patient = |inner: Arc<dyn SecretStore>| -> Arc<dyn SecretStore> {
            Arc::new(Patient { inner, limit, pulse: pulse.clone() })
        };
        self.stores = self.stores.into_iter().map(patient).collect();
        self.rehearsal = self.rehearsal.map(patient);
        (self, pulse)
    }
}
