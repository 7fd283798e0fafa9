//! The sandbox against its own description, `/openapi.json`.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that meets what it does not expect fails"
)]

#[path = "support/described.rs"]
mod described;
#[path = "support/peers.rs"]
mod peers;

#[path = "openapi/document.rs"]
mod document;
#[path = "openapi/further.rs"]
mod further;
#[path = "openapi/guessed.rs"]
mod guessed;
#[path = "openapi/prism.rs"]
mod prism;
#[path = "openapi/proxied.rs"]
mod proxied;
#[path = "openapi/thought_up.rs"]
mod thought_up;

#[expect(dead_code, reason = "the tests over the wire use the rest of it")]
#[path = "wire/page.rs"]
mod page;
#[expect(dead_code, reason = "the tests over the wire use the rest of it")]
#[path = "wire/wire.rs"]
mod wire;
