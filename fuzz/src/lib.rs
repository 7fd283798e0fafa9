//! What each target does with its bytes: a plain function that panics if the program panics, or if
//! what it made of them breaks a promise. `cargo test` runs the same functions over `corpus/`, so
//! this file is a crate here and a module there.

mod bank;
mod control;
mod daemon;
mod exchanges;
mod files;
mod names;
mod office;
mod place;
mod replies;
mod sessions;
mod starts;
mod stores;
mod tables;
mod values;

/// A target's name, which is its binary's and its corpus's too, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("admin_requests", office::admin_requests),
    ("book", office::book),
    ("calendar", daemon::calendar),
    ("command_line", daemon::command_line),
    ("connection", starts::connection),
    ("control", control::control),
    ("csv", tables::csv),
    ("data_file", starts::data_file),
    ("exchanges", exchanges::exchanges),
    ("heads", sessions::heads),
    ("money", values::money),
    ("multipart", files::multipart),
    ("names", names::names),
    ("payment_files", files::payment_files),
    ("redaction", names::redaction),
    ("replies", replies::replies),
    ("sealed_files", stores::sealed_files),
    ("secret_text", stores::secret_text),
    ("seed_file", starts::seed_file),
    ("sessions", sessions::sessions),
    ("settings", daemon::settings),
    ("times", values::times),
    ("tokens", daemon::tokens),
];

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
