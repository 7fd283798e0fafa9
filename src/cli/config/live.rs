//! `config check --live`: tries what the settings name, as the user who runs it, changing nothing.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use tokio::net::{TcpListener, UnixStream};

use crate::admin::tokens;
use crate::cli::ask::Desk;
use crate::cli::console::Console;
use crate::cli::exit::{Exit, Outcome};
use crate::cli::failure::Failure;
use crate::cli::print::{Show, Wide, columns};
use crate::cli::server::{Address, Server};
use crate::settings::Settings;
use crate::settings::model::{AdminListen, Book};

mod facility;

/// How long a process that has our address is given to say who it is.
const ANSWER_WAIT: Duration = Duration::from_secs(2);

/// What was tried, in the settings' order.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
struct Tries(Vec<Try>);

/// One thing that was tried.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Try {
    /// The part of the settings it belongs to.
    place: String,
    /// What was tried.
    what: String,
    /// Whether it is as it should be.
    good: bool,
    /// What was seen, or what is wrong and what would be right.
    seen: String,
}

impl Tries {
    fn add(&mut self, place: &str, what: &str, outcome: Result<String, String>) {
        let (good, seen) = match outcome {
            Ok(seen) => (true, seen),
            Err(wrong) => (false, wrong),
        };
        self.0.push(Try { place: place.to_owned(), what: what.to_owned(), good, seen });
    }
}

impl Show for Tries {
    fn table(&self, _console: Console, _wide: Wide) -> String {
        let rows = self.0.iter().map(|one| {
            let word = if one.good { "good" } else { "WRONG" };
            [word.to_owned(), one.place.clone(), one.what.clone(), one.seen.clone()]
        });
        columns(&["", "SETTING", "TRIED", "SEEN"], rows)
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().filter(|one| !one.good).map(|one| one.place.clone()).collect()
    }
}

/// Tries everything and prints what came of it.
pub(super) async fn check(desk: &Desk, settings: &Settings) -> Outcome {
    let trying = desk.console.waiting("trying addresses, stores and the bank", tries(settings));
    let tries = trying.await;
    let wrong = tries.0.iter().filter(|one| !one.good).count();
    desk.show(&tries)?;
    if wrong == 0 {
        return Ok(Exit::Done);
    }
    Err(Failure::new(
        Exit::Failed,
        format!("{wrong} of {} are not as they should be", tries.0.len()),
    )
    .try_this("put right what is listed, then: quaymaster config check --live"))
}

async fn tries(settings: &Settings) -> Tries {
    let mut tries = Tries::default();
    if let Some(address) = settings.listen.ops {
        tries.add("listen.ops", &format!("listen on {address}"), tcp(address, "/livez").await);
    }
    for listen in &settings.listen.admin {
        match listen {
            AdminListen::Tcp(address) => {
                let seen = tcp(*address, "/v1/status").await;
                tries.add("listen.admin", &format!("listen on {address}"), seen);
            }
            AdminListen::Unix(path) => {
                let what = format!("listen on unix:{}", path.display());
                tries.add("listen.admin", &what, unix(path).await);
            }
        }
    }
    match &settings.store {
        Book::Memory => {}
        Book::Sqlite(path) => {
            let what = format!("write {}", path.display());
            tries.add("store.url", &what, place_for(path));
        }
    }
    if let Some(path) = &settings.access.tokens {
        let seen = tokens::check(path).await;
        let seen = seen.map(|count| format!("{count} tokens")).map_err(|error| error.to_string());
        tries.add("access.tokens", &format!("read {}", path.display()), seen);
    }
    // Beside an embedded sandbox the daemon makes them at its start; elsewhere they must be there.
    let made = settings.sandbox.as_ref().map(|_| settings.directories()).unwrap_or_default();
    for one in &settings.facilities {
        Box::pin(facility::tries(&mut tries, one, settings.role, &made)).await;
    }
    tries
}

/// Whether an address is free, or held by the daemon itself.
async fn tcp(address: SocketAddr, path: &str) -> Result<String, String> {
    match TcpListener::bind(address).await {
        Ok(_) => Ok("free".to_owned()),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            let server = Server::new(Address::Http(address), None, ANSWER_WAIT);
            let said = match server {
                Ok(server) => server.probe(path).await,
                Err(failure) => Err(failure),
            };
            match said {
                Ok((200 | 401 | 429 | 503, _)) => Ok("the daemon listens there".to_owned()),
                _ => Err("another process listens there; stop it or set another".to_owned()),
            }
        }
        Err(error) => Err(error.to_string()),
    }
}

async fn unix(path: &Path) -> Result<String, String> {
    match UnixStream::connect(path).await {
        Ok(_) => Ok("the daemon listens there".to_owned()),
        Err(_) => place_for(path),
    }
}

/// Whether we may make or replace a file.
fn place_for(path: &Path) -> Result<String, String> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new("."));
    let shown = directory.display();
    let may = rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK;
    match std::fs::metadata(directory) {
        Ok(seen) if !seen.is_dir() => Err(format!("{shown} is not a directory")),
        Ok(_) => match rustix::fs::access(directory, may) {
            Ok(()) => Ok("it can be written".to_owned()),
            Err(_) => Err(format!("{shown} may not be written; give it to the user we run as")),
        },
        // The daemon makes directories of its own below one it may write.
        Err(error) if error.kind() == io::ErrorKind::NotFound && directory.parent().is_some() => {
            place_for(directory)
        }
        Err(error) => Err(format!("{shown}: {error}")),
    }
}
