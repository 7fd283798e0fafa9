//! How a facility's doings become metrics: its gauges from its status, its calls to the bank from
//! its client.
//!
//! The gauges are set when someone scrapes, from the same status that `quaymaster status` prints, so that
//! the two cannot disagree. The other counts are made where the
//! things happen.

use std::sync::Arc;

use crate::domain::names::KeyRole;
use crate::domain::product::Product;
use crate::domain::secret_key::State;
use crate::metrics::labels::Calls;
use crate::metrics::{ApiCall, FacilityMetrics, RenewalTimes};
use crate::quickstream::{Call, CallCode, Observer};
use crate::service::facility::FacilityStatus;

/// What a facility's client is given to tell of its calls. Every call it can make has its series from
/// now on.
pub fn observer(metrics: &FacilityMetrics, product: Product) -> Observer {
    let routes = vec![("GET", "/"), ("GET", product.data().latest_key_path)];
    metrics.declare_calls(Calls { routes, codes: CallCode::labels().collect() });
    let metrics = metrics.clone();
    Arc::new(move |call: &Call| {
        metrics.api_call(&ApiCall {
            method: call.method,
            endpoint: call.endpoint,
            code: call.code.label(),
            waited: call.waited,
            took: call.duration,
        });
    })
}

/// Sets every gauge of a facility from its status.
pub fn publish(metrics: &FacilityMetrics, status: &FacilityStatus) {
    metrics.observer(status.observer);
    metrics.delivered_once(status.delivered_once);
    metrics.condition(status.condition, status.condition_since);
    publish_keys(metrics, status);
    let renewal = &status.renewal;
    metrics.renewal_times(&RenewalTimes {
        last_attempt_at: renewal.last_attempt_at,
        last_success_at: renewal.last_success_at,
        next_attempt_at: renewal.next_attempt_at,
        rehearsed_at: renewal.rehearsed_at,
    });
    metrics.renewal_counts(renewal.consecutive_failures, renewal.calls_in_24h);
    for store in &status.stores {
        metrics.store_in_sync(&store.name, store.in_sync);
    }
    metrics.deliveries_behind(status.deliveries.iter().filter(|line| line.behind).count());
    metrics.bank((!status.bank.available).then_some(status.bank.reason));
    metrics.clock_skew(status.bank.skew_seconds);
}

fn publish_keys(metrics: &FacilityMetrics, status: &FacilityStatus) {
    for role in KeyRole::ALL {
        // Newest first: of several pending keys the newest is the one on its way.
        let line = status.keys.iter().find(|line| line.role == Some(*role));
        metrics.key_expires(*role, line.and_then(|line| line.expires_at));
    }
    for state in State::ALL.iter().filter(|state| !state.is_end()) {
        let count = status.keys.iter().filter(|line| line.state == *state).count();
        metrics.keys_in(*state, count);
    }
    metrics.key_activation(status.renewal.activation_at);
    metrics.pinned_until(status.pin.as_ref().map(|pin| pin.until));
}
