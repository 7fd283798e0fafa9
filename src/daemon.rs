//! Being built.

pub mod gauges;
pub mod harden;
pub mod health;
pub mod ops;
