//! One facility's series and the typed methods that set them.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use prometheus::{GaugeVec, HistogramVec, IntCounterVec};

use super::labels::{
    Attempt, BANK_REASONS, Calls, Delivered, OTHER, Stage, StoreWrite, TargetKind, closed,
};
use super::table::Families;
use super::{flag, seconds};
use crate::domain::LIFECYCLES;
use crate::domain::condition::Condition;
use crate::domain::names::{Environment, FacilityName, KeyRole, StoreName};
use crate::domain::secret_key::{self, Event, State};

/// Sets one facility's series; clones set the same ones. After the facility is removed it goes on
/// taking calls and sets nothing.
#[derive(Clone)]
pub struct FacilityMetrics(Arc<Inner>);

struct Inner {
    families: Arc<Families>,
    facility: String,
    environment: Environment,
    /// The stores that have series; `None` once the facility is removed. Held while a series is set,
    /// so that none comes back after the removal.
    standing: RwLock<Option<Vec<StoreName>>>,
    calls: Mutex<Calls>,
    in_flight: Mutex<Option<Source>>,
}

type Source = Box<dyn Fn() -> usize + Send>;

/// When renewal was last tried, last succeeded and is tried next.
#[derive(Clone, Copy, Debug, Default)]
pub struct RenewalTimes {
    /// When the bank was last asked for the latest key.
    pub last_attempt_at: Option<Timestamp>,
    /// When it last answered with one.
    pub last_success_at: Option<Timestamp>,
    /// When it is asked next.
    pub next_attempt_at: Option<Timestamp>,
    /// When the path was last rehearsed with success.
    pub rehearsed_at: Option<Timestamp>,
}

/// One HTTP exchange with the bank.
#[derive(Clone, Copy, Debug)]
pub struct ApiCall<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The route's template.
    pub endpoint: &'a str,
    /// The status or the word of the fault.
    pub code: &'a str,
    /// How long it waited for its turn.
    pub waited: Duration,
    /// How long it took after that.
    pub took: Duration,
}

impl FacilityMetrics {
    pub(super) fn new(
        families: Arc<Families>,
        name: &FacilityName,
        environment: Environment,
        stores: &[StoreName],
    ) -> Self {
        let made = Self(Arc::new(Inner {
            families,
            facility: name.as_str().to_owned(),
            environment,
            standing: RwLock::new(Some(Vec::new())),
            calls: Mutex::default(),
            in_flight: Mutex::default(),
        }));
        made.start_gauges();
        made.start_counts();
        made.keep_stores(stores);
        made
    }

    pub(super) fn environment(&self) -> Environment {
        self.0.environment
    }

    /// Gives every store its series, and takes those of all others away.
    pub(super) fn keep_stores(&self, stores: &[StoreName]) {
        {
            let mut standing = self.0.standing.write().unwrap_or_else(PoisonError::into_inner);
            let Some(standing) = standing.as_mut() else { return };
            standing.retain(|store| stores.contains(store));
            let missing = stores.iter().filter(|store| !standing.contains(store));
            let missing = missing.cloned().collect::<Vec<_>>();
            standing.extend(missing);
            let kept = |store: &str| stores.iter().any(|one| one.as_str() == store);
            self.0.families.forget(&self.0.facility, &|labels| {
                labels.get("store").is_some_and(|store| !kept(store))
            });
        }
        for store in stores {
            // Touching a series makes it, and leaves one that stands as it is.
            self.touch(&self.0.families.store_in_sync, &[store.as_str()]);
            for result in StoreWrite::ALL {
                self.add(&self.0.families.store_writes_total, &[store.as_str(), result.label()], 0);
            }
        }
    }

    /// Takes every series away, for good.
    pub(super) fn end(&self) {
        let mut standing = self.0.standing.write().unwrap_or_else(PoisonError::into_inner);
        *standing = None;
        self.0.families.forget(&self.0.facility, &|_| true);
        drop(self.0.in_flight.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// Says when the key of a role expires.
    pub fn key_expires(&self, role: KeyRole, at: Option<Timestamp>) {
        let family = &self.0.families.api_key_expiration_timestamp_seconds;
        self.set(family, &[role.label()], seconds(at));
    }

    /// Says when the waiting key will be activated.
    pub fn key_activation(&self, at: Option<Timestamp>) {
        self.set(&self.0.families.api_key_activation_timestamp_seconds, &[], seconds(at));
    }

    /// Says how many keys stand in a state.
    pub fn keys_in(&self, state: State, count: usize) {
        self.set(&self.0.families.api_keys, &[state.label()], number(count));
    }

    /// Says what holds, and since when.
    pub fn condition(&self, holds: Condition, since: Timestamp) {
        for condition in Condition::ALL {
            let value = flag(*condition == holds);
            self.set(&self.0.families.api_key_status, &[condition.label()], value);
        }
        let family = &self.0.families.api_key_status_since_timestamp_seconds;
        self.set(family, &[], seconds(Some(since)));
    }

    /// Says whether the facility is only watched.
    pub fn observer(&self, observer: bool) {
        self.set(&self.0.families.facility_observer, &[], flag(observer));
    }

    /// Says whether this process has delivered a usable key.
    pub fn delivered_once(&self, delivered: bool) {
        self.set(&self.0.families.facility_delivered, &[], flag(delivered));
    }

    /// Says until when a rollback's pin holds.
    pub fn pinned_until(&self, at: Option<Timestamp>) {
        self.set(&self.0.families.api_key_pinned_until_timestamp_seconds, &[], seconds(at));
    }

    /// Says when renewal was and will be tried.
    pub fn renewal_times(&self, times: &RenewalTimes) {
        let families = &self.0.families;
        for (family, at) in [
            (&families.renewal_last_attempt_timestamp_seconds, times.last_attempt_at),
            (&families.renewal_last_success_timestamp_seconds, times.last_success_at),
            (&families.renewal_next_attempt_timestamp_seconds, times.next_attempt_at),
            (&families.last_rehearsal_timestamp_seconds, times.rehearsed_at),
        ] {
            self.set(family, &[], seconds(at));
        }
    }

    /// Says how many attempts failed since the last success, and how many calls the day has seen.
    pub fn renewal_counts(&self, consecutive_failures: u32, calls_in_24h: u32) {
        let families = &self.0.families;
        self.set(&families.renewal_consecutive_failures, &[], f64::from(consecutive_failures));
        self.set(&families.renewal_calls_in_24h, &[], f64::from(calls_in_24h));
    }

    /// Counts an attempt to learn the latest key.
    pub fn attempt(&self, attempt: Attempt) {
        self.add(&self.0.families.renewal_attempts_total, &attempt.labels(), 1);
    }

    /// Notes how long a stage of a renewal took.
    pub fn stage_took(&self, stage: Stage, length: Duration) {
        self.observe(&self.0.families.renewal_duration_seconds, &[stage.label()], length);
    }

    /// Says whether a store holds the authority's current key, as far as is known.
    pub fn store_in_sync(&self, store: &StoreName, in_sync: Option<bool>) {
        if self.has_store(store) {
            let value = flag(in_sync == Some(true));
            self.set(&self.0.families.store_in_sync, &[store.as_str()], value);
        }
    }

    /// Counts a write to a store.
    pub fn store_write(&self, store: &StoreName, result: StoreWrite) {
        if self.has_store(store) {
            let labels = [store.as_str(), result.label()];
            self.add(&self.0.families.store_writes_total, &labels, 1);
        }
    }

    /// Counts a delivery.
    pub fn delivery(&self, target: TargetKind, result: Delivered) {
        self.add(&self.0.families.deliveries_total, &[target.label(), result.label()], 1);
    }

    /// Says how many targets lack the content they should have.
    pub fn deliveries_behind(&self, count: usize) {
        self.set(&self.0.families.deliveries_behind, &[], number(count));
    }

    /// Counts a key's move; one that the table has no row for is counted as drift.
    pub fn key_moved(&self, from: State, event: Event) {
        match from.next(event) {
            Some(to) => {
                let labels = [secret_key::TABLE.name, from.label(), event.label(), to.label()];
                self.add(&self.0.families.lifecycle_moves_total, &labels, 1);
            }
            None => self.key_drifted(),
        }
    }

    /// Counts a fact about a key that no row explains.
    pub fn key_drifted(&self) {
        self.add(&self.0.families.lifecycle_drift_total, &[secret_key::TABLE.name], 1);
    }

    /// Tells which calls the facility's client makes and how they can end, so that each series stands
    /// before the first call. Any other word counts as `other`.
    pub fn declare_calls(&self, calls: Calls) {
        let families = &self.0.families;
        let codes = || calls.codes.iter().filter(|code| **code != OTHER).chain([&OTHER]);
        for (method, endpoint) in &calls.routes {
            self.touch_histogram(&families.api_request_duration_seconds, &[endpoint, method]);
            for code in codes() {
                self.add(&families.api_requests_total, &[endpoint, method, code], 0);
            }
        }
        // A call that was not declared is a defect; how it ended is then for the log to say.
        self.touch_histogram(&families.api_request_duration_seconds, &[OTHER, OTHER]);
        self.add(&families.api_requests_total, &[OTHER, OTHER, OTHER], 0);
        *self.0.calls.lock().unwrap_or_else(PoisonError::into_inner) = calls;
    }

    /// Counts an HTTP exchange with the bank.
    pub fn api_call(&self, call: &ApiCall<'_>) {
        let (method, endpoint, code) = {
            let calls = self.0.calls.lock().unwrap_or_else(PoisonError::into_inner);
            let known = calls.routes.iter().find(|one| **one == (call.method, call.endpoint));
            known.map_or((OTHER, OTHER, OTHER), |(method, endpoint)| {
                (*method, *endpoint, closed(&calls.codes, call.code))
            })
        };
        let families = &self.0.families;
        self.add(&families.api_requests_total, &[endpoint, method, code], 1);
        self.observe(&families.api_request_duration_seconds, &[endpoint, method], call.took);
        self.while_standing(&[], |labels| {
            let throttled = families.api_throttled_seconds_total.with_label_values(labels);
            throttled.inc_by(call.waited.as_secs_f64());
        });
    }

    /// Tells where to read, at each scrape, how many exchanges with the bank go on.
    pub fn read_in_flight_from(&self, source: impl Fn() -> usize + Send + 'static) {
        let mut place = self.0.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        *place = Some(Box::new(source));
    }

    /// Says how the bank was last seen: `None` when it answers, else the word of the reason.
    pub fn bank(&self, unavailable: Option<&str>) {
        let reason = unavailable.map(|word| closed(BANK_REASONS, word));
        for known in BANK_REASONS {
            let value = flag(reason != Some(*known));
            self.set(&self.0.families.bank_available, &[known], value);
        }
    }

    /// Says how far the bank's clock is from ours, in seconds.
    #[expect(clippy::cast_precision_loss, reason = "a skew of centuries may lose its seconds")]
    pub fn clock_skew(&self, seconds: Option<i64>) {
        self.set(&self.0.families.clock_skew_seconds, &[], seconds.unwrap_or(0) as f64);
    }

    /// Reads what is only known when someone looks.
    pub(super) fn read_sources(&self) {
        let place = self.0.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(source) = place.as_ref() {
            self.set(&self.0.families.api_in_flight, &[], number(source()));
        }
    }

    fn start_gauges(&self) {
        let families = &self.0.families;
        for role in KeyRole::ALL {
            self.key_expires(*role, None);
        }
        for state in State::ALL.iter().filter(|state| !state.is_end()) {
            self.keys_in(*state, 0);
        }
        self.condition(Condition::Starting, Timestamp::UNIX_EPOCH);
        self.renewal_times(&RenewalTimes::default());
        self.renewal_counts(0, 0);
        self.key_activation(None);
        self.pinned_until(None);
        self.observer(false);
        self.delivered_once(false);
        self.deliveries_behind(0);
        self.bank(None);
        self.clock_skew(None);
        self.set(&families.api_in_flight, &[], 0.0);
    }

    fn start_counts(&self) {
        let families = &self.0.families;
        for attempt in Attempt::all() {
            self.add(&families.renewal_attempts_total, &attempt.labels(), 0);
        }
        for stage in Stage::ALL {
            self.touch_histogram(&families.renewal_duration_seconds, &[stage.label()]);
        }
        for target in TargetKind::ALL {
            for result in Delivered::ALL {
                self.add(&families.deliveries_total, &[target.label(), result.label()], 0);
            }
        }
        for table in LIFECYCLES {
            self.add(&families.lifecycle_drift_total, &[table.name], 0);
            for [from, event, to] in table.rows() {
                self.add(&families.lifecycle_moves_total, &[table.name, from, event, to], 0);
            }
        }
        self.while_standing(&[], |labels| {
            drop(families.api_throttled_seconds_total.with_label_values(labels));
        });
        self.declare_calls(Calls::default());
    }

    fn has_store(&self, store: &StoreName) -> bool {
        let standing = self.0.standing.read().unwrap_or_else(PoisonError::into_inner);
        standing.as_ref().is_some_and(|stores| stores.contains(store))
    }
}

/// Ways to the series, which do nothing once the facility is removed.
impl FacilityMetrics {
    fn while_standing(&self, more: &[&str], act: impl FnOnce(&[&str])) {
        let standing = self.0.standing.read().unwrap_or_else(PoisonError::into_inner);
        if standing.is_some() {
            let ours = [self.0.facility.as_str(), self.0.environment.label()];
            act(&[&ours, more].concat());
        }
    }

    fn set(&self, family: &GaugeVec, more: &[&str], value: f64) {
        self.while_standing(more, |labels| family.with_label_values(labels).set(value));
    }

    fn touch(&self, family: &GaugeVec, more: &[&str]) {
        self.while_standing(more, |labels| drop(family.with_label_values(labels)));
    }

    fn add(&self, family: &IntCounterVec, more: &[&str], count: u64) {
        self.while_standing(more, |labels| family.with_label_values(labels).inc_by(count));
    }

    fn observe(&self, family: &HistogramVec, more: &[&str], length: Duration) {
        let length = length.as_secs_f64();
        self.while_standing(more, |labels| family.with_label_values(labels).observe(length));
    }

    fn touch_histogram(&self, family: &HistogramVec, more: &[&str]) {
        self.while_standing(more, |labels| drop(family.with_label_values(labels)));
    }
}

impl fmt::Debug for FacilityMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "metrics of {} ({})", self.0.facility, self.0.environment.label())
    }
}

/// A count as Prometheus wants it.
#[expect(clippy::cast_precision_loss, reason = "counts of keys, targets and calls are small")]
fn number(count: usize) -> f64 {
    count as f64
}
