//! What each target does with its bytes: a plain function that panics if the program panics, or if
//! what it made of them breaks a promise. `cargo test` runs the same functions over `corpus/`, so
//! this file is a crate here and a module there.

mod tables;
mod values;

/// A target's name, which is its binary's and its corpus's too, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] =
    &[("csv", tables::csv), ("money", values::money), ("times", values::times)];

/// Runs one target over the bytes.
///
/// # Panics
///
/// If a promise is broken, or there is no such target.
pub fn run(name: &str, data: &[u8]) {
    let found = TARGETS.iter().find(|(known, _)| *known == name);
    let (_, target) = found.unwrap_or_else(|| panic!("no target is named {name}"));
    target(data);
}
