//! The metrics, declared once: name, kind, labels and help stand in one row each.
//!
//! The names are fixed once released. [`TABLE`] is the same list as plain data, from which the
//! documentation and `explain` are made.

use std::collections::HashMap;

use prometheus::core::{Collector, MetricVec, MetricVecBuilder};
use prometheus::{
    CounterVec, GaugeVec, HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry, Result,
};

use super::labels;

/// Buckets of one HTTP exchange with the bank, in seconds; the client gives up after 60.
const EXCHANGE: &[f64] = &[0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// Buckets of one stage of a renewal, in seconds; a stage may hold several exchanges and retries.
const STAGE: &[f64] = &[0.05, 0.25, 1.0, 2.5, 10.0, 30.0, 60.0, 300.0];

/// One declared metric.
#[derive(Debug)]
pub struct Row {
    /// The full name.
    pub name: &'static str,
    /// `counter`, `gauge` or `histogram`.
    pub kind: &'static str,
    /// The labels, in order.
    pub labels: &'static [&'static str],
    /// What it says, and in which unit.
    pub help: &'static str,
    /// The upper bounds of a histogram's buckets, in seconds; empty for other kinds.
    pub buckets: &'static [f64],
}

impl Row {
    /// What `explain` prints for the metric.
    pub fn explain(&self) -> String {
        let labels = self.labels.iter();
        let labels: String =
            labels.map(|label| format!("  {label:<12} {}\n", labels::describe(label))).collect();
        let labels = if labels.is_empty() { "  none\n".to_owned() } else { labels };
        format!("{} (metric, {})\n{}\nLabels:\n{labels}", self.name, self.kind, self.help)
    }
}

/// What `explain` prints for a metric's name; `None` if no metric has it.
pub fn explain(name: &str) -> Option<String> {
    TABLE.iter().find(|row| row.name == name).map(Row::explain)
}

/// A metric with all its series.
pub(super) trait Family: Collector + Clone + Sized + 'static {
    /// The word of its kind.
    const KIND: &'static str;

    /// Makes it from its row.
    fn make(row: &Row) -> Result<Self>;

    /// Drops the series with these labels.
    fn drop_series(&self, labels: &HashMap<&str, &str>);

    /// Makes it and lets the registry collect it.
    fn register(row: &Row, registry: &Registry) -> Result<Self> {
        let made = Self::make(row)?;
        registry.register(Box::new(made.clone()))?;
        Ok(made)
    }

    /// Drops every series of a facility that `which` picks by its labels.
    fn forget(&self, facility: &str, which: &dyn Fn(&HashMap<&str, &str>) -> bool) {
        for collected in self.collect() {
            for metric in collected.get_metric() {
                let labels: HashMap<&str, &str> =
                    metric.get_label().iter().map(|pair| (pair.name(), pair.value())).collect();
                if labels.get("facility") == Some(&facility) && which(&labels) {
                    self.drop_series(&labels);
                }
            }
        }
    }
}

/// A series that is gone already is as good as dropped.
fn drop_from<B: MetricVecBuilder>(family: &MetricVec<B>, labels: &HashMap<&str, &str>) {
    drop(family.remove(labels));
}

impl Family for GaugeVec {
    const KIND: &'static str = "gauge";

    fn make(row: &Row) -> Result<Self> {
        Self::new(Opts::new(row.name, row.help), row.labels)
    }

    fn drop_series(&self, labels: &HashMap<&str, &str>) {
        drop_from(self, labels);
    }
}

impl Family for IntCounterVec {
    const KIND: &'static str = "counter";

    fn make(row: &Row) -> Result<Self> {
        Self::new(Opts::new(row.name, row.help), row.labels)
    }

    fn drop_series(&self, labels: &HashMap<&str, &str>) {
        drop_from(self, labels);
    }
}

impl Family for CounterVec {
    const KIND: &'static str = "counter";

    fn make(row: &Row) -> Result<Self> {
        Self::new(Opts::new(row.name, row.help), row.labels)
    }

    fn drop_series(&self, labels: &HashMap<&str, &str>) {
        drop_from(self, labels);
    }
}

impl Family for HistogramVec {
    const KIND: &'static str = "histogram";

    fn make(row: &Row) -> Result<Self> {
        let options = HistogramOpts::new(row.name, row.help).buckets(row.buckets.to_vec());
        Self::new(options, row.labels)
    }

    fn drop_series(&self, labels: &HashMap<&str, &str>) {
        drop_from(self, labels);
    }
}

/// Turns rows into the struct of families, its registration and [`TABLE`].
macro_rules! metrics {
    ($( $name:ident: $kind:ident $([$buckets:ident])? { $($label:ident),* } $help:literal )+) => {
        /// Every metric, by its name without the prefix.
        #[derive(Clone, Debug)]
        pub(super) struct Families { $( pub(super) $name: $kind, )+ }

        /// Every metric as plain data, in the order of the documentation.
        pub const TABLE: &[Row] = &[ $( Row {
            name: concat!("quaymaster_", stringify!($name)),
            kind: <$kind as Family>::KIND,
            labels: &[ $( stringify!($label) ),* ],
            help: $help,
            buckets: metrics!(@buckets $($buckets)?),
        }, )+ ];

        impl Families {
            /// Makes every metric and lets the registry collect it.
            pub(super) fn register(registry: &Registry) -> Result<Self> {
                let mut rows = TABLE.iter();
                let mut next = || rows.next().ok_or(prometheus::Error::AlreadyReg);
                Ok(Self { $( $name: <$kind as Family>::register(next()?, registry)?, )+ })
            }

            /// Drops every series of a facility that `which` picks by its labels.
            pub(super) fn forget(&self, facility: &str, which: &dyn Fn(&HashMap<&str, &str>) -> bool) {
                $( self.$name.forget(facility, which); )+
            }
        }
    };
    (@buckets) => { &[] };
    (@buckets $buckets:ident) => { $buckets };
}

metrics! {
    build_info: GaugeVec {version, revision}
        "Always 1; the labels say which release runs."
    config_last_reload_successful: GaugeVec {}
        "1 if the last reading of the settings was taken, 0 if it had mistakes and the last good settings stay in use."
    config_last_reload_success_timestamp_seconds: GaugeVec {}
        "When the settings in use were read, in seconds since 1970."
    book_usable: GaugeVec {}
        "1 while the book of what was done can be written; without it keys are handed on, and a facility in production is only watched after a restart."
    scheduler_heartbeat_timestamp_seconds: GaugeVec {}
        "When the scheduler last moved, on the program's clock, in seconds since 1970."

    facility_observer: GaugeVec {facility, environment}
        "1 while the facility is only watched, until a person adopts it."
    facility_delivered: GaugeVec {facility, environment}
        "1 once this process has delivered a current and unexpired key; never 0 again."
    api_key_expiration_timestamp_seconds: GaugeVec {facility, environment, key}
        "When the key expires, in seconds since 1970; 0 while there is no such key or its expiry is not known."
    api_key_activation_timestamp_seconds: GaugeVec {facility, environment}
        "When the waiting key will be activated, in seconds since 1970; 0 while none waits."
    api_key_status: GaugeVec {facility, environment, condition}
        "1 under the most urgent condition that holds, 0 under every other."
    api_key_status_since_timestamp_seconds: GaugeVec {facility, environment}
        "Since when the present condition holds, in seconds since 1970."
    api_keys: GaugeVec {facility, environment, state}
        "How many keys that are not at an end stand in each state of their lifecycle."
    api_key_pinned_until_timestamp_seconds: GaugeVec {facility, environment}
        "When a rollback's pin ends, in seconds since 1970; 0 while there is none."

    renewal_last_success_timestamp_seconds: GaugeVec {facility, environment}
        "When the bank last answered with the latest key, in seconds since 1970; 0 if never."
    renewal_last_attempt_timestamp_seconds: GaugeVec {facility, environment}
        "When the bank was last asked for the latest key, in seconds since 1970; 0 if never."
    renewal_next_attempt_timestamp_seconds: GaugeVec {facility, environment}
        "When the bank is asked next, in seconds since 1970; 0 while that is not planned."
    renewal_attempts_total: IntCounterVec {facility, environment, result, reason}
        "Attempts to learn the latest key."
    renewal_consecutive_failures: GaugeVec {facility, environment}
        "Failed attempts since the last success."
    renewal_calls_in_24h: GaugeVec {facility, environment}
        "Calls for the latest key in the last 24 hours; never more than 24."
    renewal_duration_seconds: HistogramVec [STAGE] {facility, environment, stage}
        "How long each stage of a renewal took."
    last_rehearsal_timestamp_seconds: GaugeVec {facility, environment}
        "When the path was last rehearsed with success, in seconds since 1970; 0 if never."

    store_in_sync: GaugeVec {facility, environment, store}
        "1 if the store was last seen to hold the authority's current key; 0 otherwise, and before the first look."
    store_writes_total: IntCounterVec {facility, environment, store, result}
        "Writes to a secret store."
    deliveries_total: IntCounterVec {facility, environment, target, result}
        "Deliveries to the targets of a kind."
    deliveries_behind: GaugeVec {facility, environment}
        "How many delivery targets lack the content they should have."
    lifecycle_moves_total: IntCounterVec {facility, environment, lifecycle, from, event, to}
        "Moves taken along a lifecycle; one series for each row of its table."
    lifecycle_drift_total: IntCounterVec {facility, environment, lifecycle}
        "Facts that no row of the lifecycle explains; the fact was taken."

    api_requests_total: IntCounterVec {facility, environment, endpoint, method, code}
        "HTTP exchanges with the bank."
    api_request_duration_seconds: HistogramVec [EXCHANGE] {facility, environment, endpoint, method}
        "How long each HTTP exchange with the bank took, waiting for its turn left out."
    api_throttled_seconds_total: CounterVec {facility, environment}
        "How long exchanges with the bank waited for their turn under the facility's limit of simultaneous requests."
    api_in_flight: GaugeVec {facility, environment}
        "HTTP exchanges with the bank going on now; the bank allows 10 for each facility."
    bank_available: GaugeVec {facility, environment, reason}
        "0 under the reason for which the bank could not be used at the last call, 1 under every other; the bank is available if all are 1."
    clock_skew_seconds: GaugeVec {facility, environment}
        "The bank's clock less ours, as of its last answer."
}
