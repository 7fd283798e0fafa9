//! Being built.

pub mod gauges;
pub mod health;
pub mod ops;
