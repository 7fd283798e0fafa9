//! `key ...`: seeing keys and working with them.

use std::fs::File;
use std::io::{IsTerminal as _, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::args::{Change, Key, KeyCommand};
use super::ask::Desk;
use super::console;
use super::exit::Outcome;
use super::failure::Failure;
use super::print::{KeyList, OwnedKey};
use super::server::Server;
use crate::admin::shapes::{Ask, Facilities, History, Keys, Report};

/// The most that is read where a key is expected, in bytes. A key has at most 1024; what is longer is
/// another file, and the daemon says so.
const KEY_FILE_BYTES_MAX: usize = 8 * 1024;

/// Carries out a `key` command.
pub(super) async fn key(desk: &Desk, key: &Key) -> Outcome {
    let server = desk.server(&key.reach)?;
    if let KeyCommand::List = key.what {
        return list(desk, &server, key.facility.as_deref()).await;
    }
    let chosen = desk.choose(&server, key.facility.as_deref()).await?;
    let name = chosen.facility.facility.as_str();
    let path = |verb: &str| format!("/v1/facilities/{name}/keys/{verb}");
    match &key.what {
        KeyCommand::List => Ok(super::exit::Exit::Done),
        KeyCommand::Status => {
            let path = format!("/v1/facilities/{name}/keys");
            let keys = server.get::<Keys>(&path);
            desk.show(&desk.console.waiting("asking the daemon", keys).await?)
        }
        KeyCommand::History { limit } => {
            let path = format!("/v1/facilities/{name}/keys/history?limit={limit}");
            let history = server.get::<History>(&path);
            desk.show(&desk.console.waiting("asking the daemon", history).await?)
        }
        KeyCommand::Renew { end_pin, change } => {
            let ask = Ask { end_pin: end_pin.then_some(true), ..change.ask() };
            let what = format!("renewing the keys of {name}");
            desk.change(&server, &what, &path("renew"), ask, change).await
        }
        KeyCommand::Install { from_file, from_fd, change } => {
            let text = read_key(from_file.as_deref(), *from_fd)?;
            install(desk, &server, &path("install"), text, change).await
        }
        KeyCommand::Accept { change } => {
            let what = format!("accepting the key that waits for {name}");
            desk.change(&server, &what, &path("accept"), change.ask(), change).await
        }
        KeyCommand::Rehearse { change } => {
            let what = format!("rehearsing a renewal of {name}");
            desk.change(&server, &what, &path("rehearse"), change.ask(), change).await
        }
        KeyCommand::Rollback { until, change } => {
            let ask = Ask { until: until.moment(chosen.now)?, ..change.ask() };
            let what = format!("going back to the previous key of {name}");
            desk.dangerous(&server, &what, &path("rollback"), ask, change).await
        }
        KeyCommand::Compromise { key, deleted, change } => {
            let deleted = deleted.then_some(true);
            let what = match deleted {
                Some(_) => format!("closing the leak of a key of {name}"),
                None => format!("treating a key of {name} as leaked"),
            };
            let ask = Ask { fingerprint: key.clone(), deleted, ..change.ask() };
            desk.dangerous(&server, &what, &path("compromise"), ask, change).await
        }
    }
}

async fn list(desk: &Desk, server: &Server, facility: Option<&str>) -> Outcome {
    let asking = server.get::<Facilities>("/v1/facilities");
    let Facilities { now, facilities } = desk.console.waiting("asking the daemon", asking).await?;
    if let Some(name) = facility
        && !facilities.iter().any(|one| one.facility == name)
    {
        return Err(Failure::usage(format!("the daemon has no facility {name}"))
            .try_this("to see them: quaymaster facility list"));
    }
    let wanted =
        facilities.into_iter().filter(|one| facility.is_none_or(|name| one.facility == name));
    let keys = wanted.flat_map(|one| {
        let name = one.facility;
        one.keys.into_iter().map(move |key| OwnedKey { facility: name.clone(), key })
    });
    desk.show(&KeyList { now, keys: keys.collect() })
}

async fn install(
    desk: &Desk,
    server: &Server,
    path: &str,
    key: Zeroizing<Vec<u8>>,
    change: &Change,
) -> Outcome {
    let ask = change.ask();
    let asking = server.hand_over::<Report>(path, &ask, key);
    let report = desk.console.waiting("proving the key", asking).await?;
    desk.reported(&report, change)
}

/// Reads a key from a file or an open descriptor into memory that is wiped. Nothing said here holds
/// any of it.
fn read_key(file: Option<&Path>, descriptor: Option<u32>) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let (path, from) = match (file, descriptor) {
        (Some(path), _) => (path.to_owned(), format!("--from-file {}", path.display())),
        (None, number) => {
            let number = number.unwrap_or_default();
            (PathBuf::from(format!("/dev/fd/{number}")), format!("--from-fd {number}"))
        }
    };
    let wrong = |what: &str| Failure::usage(format!("{from}: {what}"));
    let opened = File::open(&path).map_err(|error| wrong(&error.to_string()))?;
    if opened.is_terminal() {
        return Err(wrong("a key typed or pasted here would stay on the screen")
            .try_this("pass it through a pipe or a file of mode 0600"));
    }
    let mode = opened.metadata().map_or(0o600, |seen| seen.permissions().mode() & 0o777);
    if file.is_some() && mode & 0o077 != 0 {
        console::say(&format!(
            "warning: {} has mode {mode:04o}, so others may have read the key; a file that holds a \
             key should have 0600",
            path.display()
        ));
    }
    // Room for all of it at once: a buffer that grows leaves copies behind.
    let mut text = Zeroizing::new(Vec::with_capacity(KEY_FILE_BYTES_MAX));
    let read = opened.take(KEY_FILE_BYTES_MAX as u64).read_to_end(&mut text);
    read.map_err(|error| wrong(&error.to_string()))?;
    if text.len() == KEY_FILE_BYTES_MAX {
        return Err(wrong("this is too long to be a key")
            .try_this("give the file that holds the key as the portal showed it"));
    }
    Ok(text)
}
