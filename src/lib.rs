//! quaymaster keeps the secret keys of a Westpac QuickStream facility current.
//!
//! # The floors
//!
//! Each uses only those below it:
//!
//! - 4: [`cli`] and [`admin`], the doors for people and programs;
//! - 3: [`daemon`], which makes running things of settings;
//! - 2: [`service`], the only floor that says "and then";
//! - 1: [`quickstream`], [`secrets`], [`store`] and [`deliver`], which turn the world into the
//!   domain's types and do not know each other;
//! - 0: [`domain`], plain functions of their arguments.
//!
//! Beside them stand [`metrics`], [`logs`], [`settings`], [`clock`], [`key`] and [`http`]; apart,
//! [`sandbox`], a QuickStream of our own that shares nothing with the client.
//!
//! # What always holds
//!
//! - The domain cannot fail for reasons of the world: it decides and never does.
//! - At no moment does the first secret store hold no working key.
//! - A key stands in a secret store, a delivered file, or memory; in the book, in logs, metrics and
//!   errors stands its fingerprint.
//! - Start, schedule and recovery are one function, and stopping is polite, never needed.
//! - The bank is asked for its latest key at most 24 times in 24 hours.
//!
//! # Reading order
//!
//! A table ([`domain::secret_key`]), its decision ([`domain::renewal`]), its story
//! ([`service::renewal`]), the promises under it ([`secrets`]), and what ties it together
//! ([`daemon`]). `ARCHITECTURE.md` follows one renewal through the files.

pub mod domain;

pub mod clock;
pub mod http;
pub mod key;
pub mod logs;
pub mod metrics;
pub mod settings;

pub mod deliver;
pub mod quickstream;
pub mod secrets;
pub mod store;

pub mod service;

pub mod daemon;

pub mod admin;
pub mod cli;

pub mod sandbox;
