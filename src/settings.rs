//! Settings: what the program was told, checked whole before anything is bound.
//!
//! [`model`] is what the program uses; every other floor takes its part of it as an argument and
//! reads no file, variable or flag of its own.

pub mod model;

pub use model::Settings;
