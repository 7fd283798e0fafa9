//! One file for each resource of the API reference: its path, and how its answer is read.

pub mod api_keys;
pub mod root;
