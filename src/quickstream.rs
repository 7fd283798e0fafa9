//! The bank's API, spoken carefully: requests go out by the book, and what comes back is read
//! tolerantly and believed only as far as it can be read.
//!
//! Knows HTTP, JSON and the vendor's documents. It must not know stores, schedules or settings: it
//! does one exchange when told to and says what came of it. Nothing here tries again by itself.
//!
//! The key goes into one header of requests to one origin and nowhere else; see `auth` and
//! `base`. Texts from the bank pass [`redact`] before anyone sees them.

pub mod ask;
pub mod by_hand;
pub mod client;
pub mod csv;
pub mod download;
pub mod error_body;
pub mod fault;
pub mod json;
pub mod limit;
pub mod link;
pub mod models;
pub mod pages;
pub mod patience;
pub mod redact;
pub mod resources;
pub mod routes;
pub mod upload;
pub mod word;

mod auth;
mod base;
mod transport;
mod typed;

pub use client::{Answer, Call, CallCode, Client, ClientOptions, Heard, Observer};
pub use download::{Download, Report, Row};
pub use error_body::{ErrorBody, FieldError};
pub use fault::{Fault, FaultKind, Reach};
pub use limit::Priority;
pub use link::Link;
pub use models::BadField;
pub use models::publishable::PublishableKey;
pub use pages::{Listed, Page, Pager};
pub use resources::api_keys::Offer;
pub use resources::root::Root;
pub use typed::{Completion, Done};
pub use word::Word;
