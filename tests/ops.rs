//! The ops listener over a real socket: probes, parts and metrics, with a facility that is well and
//! one that is not, and Prometheus's own checker.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper that fails fails its test")]

#[path = "support/peers.rs"]
mod peers;
#[path = "support/status.rs"]
mod status;

#[path = "ops/alerts.rs"]
mod alerts;
#[path = "ops/documents.rs"]
mod documents;
#[path = "ops/listener.rs"]
mod listener;
#[path = "ops/promtool.rs"]
mod promtool;
#[path = "ops/readme.rs"]
mod readme;
#[path = "ops/resources.rs"]
mod resources;
