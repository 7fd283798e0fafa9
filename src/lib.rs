//! quaymaster keeps the secret keys of a Westpac QuickStream facility current.

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
