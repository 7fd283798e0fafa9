//! What can be typed after `api`.

use clap::{Args, ValueEnum};

use super::Reach;
use crate::quickstream::routes::Method;

/// Asks the bank for any of its resources.
///
/// The daemon sends the request with the kind of key the resource takes, and again only where the
/// bank lets the same be sent again. What comes back is printed as JSON, without keys. In production
/// nothing but GET is sent.
#[derive(Debug, Args)]
pub(in crate::cli) struct Api {
    #[command(flatten)]
    pub(in crate::cli) reach: Reach,
    /// The facility; the only one if not given
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) facility: Option<String>,
    /// GET, POST, PUT, PATCH or DELETE; in production GET only
    #[arg(value_parser = method)]
    pub(in crate::cli) method: Method,
    /// The path below the base URL, with its query, such as /transactions/4000000017
    pub(in crate::cli) path: String,
    /// The JSON to send: the text itself, @FILE, or - for stdin; the last two keep it out of the list
    /// of processes
    #[arg(long, value_name = "JSON")]
    pub(in crate::cli) data: Option<String>,
    /// With POST: the name of what is to happen once; made and printed on stderr if not given
    #[arg(long, value_name = "KEY")]
    pub(in crate::cli) idempotency_key: Option<String>,
    /// Which key to send to a resource that the bank's documents do not have
    #[arg(long, value_enum, value_name = "KIND")]
    pub(in crate::cli) key: Option<Kind>,
    /// With GET: follow a list to its end, and print one JSON text for each page
    #[arg(long)]
    pub(in crate::cli) paginate: bool,
    /// Only say what would be sent
    #[arg(long, conflicts_with = "paginate")]
    pub(in crate::cli) dry_run: bool,
}

/// A kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Kind {
    /// The one renewed by the daemon.
    Secret,
    /// The one made for browsers and apps.
    Publishable,
}

fn method(text: &str) -> Result<Method, String> {
    let found = Method::from_label(text);
    found.ok_or_else(|| "expected GET, POST, PUT, PATCH or DELETE".to_owned())
}
