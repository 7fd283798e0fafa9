//! What can be typed after `api`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Reach;
use crate::quickstream::resources::payment_files::FileFormat;
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
    /// With POST /payment-files: the payment file to send, of at most 36 KiB; it is handed in under its
    /// own name
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    pub(in crate::cli) file: Option<PathBuf>,
    /// How the file is written.
    #[arg(long, value_name = "FORMAT", requires = "file", default_value = "CSV2",
          help = "How the file is written: CSV2, CSV, CSV_TOKENS, FLAT_FILE or FLAT_FILE_TOKENS",
          value_parser = format)]
    pub(in crate::cli) format: FileFormat,
    /// What to ask for: application/json, or text/csv for a table, which GET /transactions and GET
    /// /payto-agreements have besides
    #[arg(long, value_enum, value_name = "MEDIA-TYPE", conflicts_with = "paginate")]
    pub(in crate::cli) accept: Option<Media>,
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

/// A media type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Media {
    /// As most resources answer.
    #[value(name = "application/json")]
    Json,
    /// A table.
    #[value(name = "text/csv")]
    Csv,
}

fn format(text: &str) -> Result<FileFormat, String> {
    let found = FileFormat::ALL.iter().find(|format| format.as_str().eq_ignore_ascii_case(text));
    found.copied().ok_or_else(|| {
        let words: Vec<_> = FileFormat::ALL.iter().map(|format| format.as_str()).collect();
        format!("expected {}", words.join(", "))
    })
}

fn method(text: &str) -> Result<Method, String> {
    let found = Method::from_label(text);
    found.ok_or_else(|| "expected GET, POST, PUT, PATCH or DELETE".to_owned())
}
