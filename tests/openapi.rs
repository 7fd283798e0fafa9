//! The sandbox against its own description, `/openapi.json`.

#![expect(clippy::unwrap_used, reason = "a test that meets what it does not expect fails")]

#[path = "openapi/document.rs"]
mod document;
