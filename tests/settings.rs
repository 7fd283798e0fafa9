//! Settings, from what is written to what the program uses.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "settings/declared.rs"]
mod declared;
#[path = "settings/layers.rs"]
mod layers;
#[path = "settings/leaks.rs"]
mod leaks;
#[path = "settings/mistakes.rs"]
mod mistakes;
#[path = "settings/reload.rs"]
mod reload;
#[path = "settings/shipped.rs"]
mod shipped;
#[path = "settings/written.rs"]
mod written;
