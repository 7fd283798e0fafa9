//! The sandbox against its own description, `/openapi.json`.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that meets what it does not expect fails"
)]

#[path = "support/peers.rs"]
mod peers;

#[path = "openapi/document.rs"]
mod document;
#[path = "openapi/thought_up.rs"]
mod thought_up;
