//! What the commands that ask the daemon have in common: finding it, finding the facility, agreeing
//! beforehand, and printing what came of it.

use std::ffi::OsString;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use super::args::{Change, Format, Reach, Until};
use super::console::{self, Consent, Console};
use super::exit::{Exit, Outcome};
use super::failure::Failure;
use super::print::{self, Show, numbered};
use super::server::{Address, Server};
use crate::admin::shapes::{Ask, Facilities, Facility, Report, Time};
use crate::logs::Colour;
use crate::settings::model::AdminListen;
use crate::settings::{self, Sources};

/// The variable that names the daemon.
const SERVER: &str = "QUAYMASTER_SERVER";

/// What every command is given.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    /// Where to print.
    pub(super) console: Console,
    /// Whether the lines of a command that stays are in colour.
    pub(super) log_colour: Colour,
    /// How.
    pub(super) format: Format,
    /// The settings file.
    pub(super) config: PathBuf,
    /// The process's environment, from which only settings are taken.
    pub(super) environment: Vec<(OsString, OsString)>,
}

/// The facility a command is about, and the daemon's clock.
pub(super) struct Chosen {
    /// The facility.
    pub(super) facility: Facility,
    /// The daemon's clock when it told of it.
    pub(super) now: Timestamp,
}

impl Desk {
    /// Where the settings come from.
    pub(super) fn sources(&self) -> Sources {
        Sources::new(Some(self.config.clone()), self.environment.iter().cloned(), Vec::new())
    }

    /// The daemon to ask: as typed, or the admin listener of the settings file.
    pub(super) fn server(&self, reach: &Reach) -> Result<Server, Failure> {
        // A variable that is set to nothing is how some set-ups unset one.
        let unset = |(name, value): &(OsString, OsString)| name == SERVER && value.is_empty();
        let address = match &reach.server {
            Some(typed) if typed.is_empty() && self.environment.iter().any(unset) => {
                self.listener()?
            }
            Some(typed) => Address::parse(typed)?,
            None => self.listener()?,
        };
        Server::new(address, reach.token_file.as_deref(), reach.timeout)
    }

    fn listener(&self) -> Result<Address, Failure> {
        let elsewhere = "to name the daemon: --server unix:PATH or $QUAYMASTER_SERVER";
        let file = self.config.display();
        if !self.config.exists() {
            let what =
                format!("no daemon is named, and there is no settings file {file} to name it");
            return Err(Failure::usage(what)
                .try_this(elsewhere)
                .try_this("to name another settings file: --config FILE or $QUAYMASTER_CONFIG"));
        }
        let loaded = settings::load(&self.sources())
            .map_err(|error| Failure::usage(error.to_string()).try_this(elsewhere))?;
        let listeners = loaded.settings.listen.admin;
        let unix = listeners.iter().find(|one| matches!(one, AdminListen::Unix(_)));
        match unix.or_else(|| listeners.first()) {
            Some(AdminListen::Unix(path)) => Ok(Address::Unix(path.clone())),
            Some(AdminListen::Tcp(address)) => Ok(Address::Http(*address)),
            None => {
                let what = format!("the settings file {file} names no admin listener");
                Err(Failure::usage(what).try_this(elsewhere))
            }
        }
    }

    /// Prints data; the command is done.
    pub(super) fn show(&self, shown: &impl Show) -> Outcome {
        print::print(self.console, self.format, shown)?;
        Ok(Exit::Done)
    }

    /// The facility of this name, or the only one there is.
    pub(super) async fn choose(
        &self,
        server: &Server,
        name: Option<&str>,
    ) -> Result<Chosen, Failure> {
        let asking = server.get::<Facilities>("/v1/facilities");
        let Facilities { now, facilities } =
            self.console.waiting("asking the daemon", asking).await?;
        let names: Vec<String> =
            facilities.iter().map(|facility| facility.facility.clone()).collect();
        let names = names.join(", ");
        let found = match (name, facilities.len()) {
            (Some(name), _) => facilities.into_iter().find(|one| one.facility == name),
            (None, 1) => facilities.into_iter().next(),
            (None, 0) => {
                return Err(Failure::usage("the daemon has no facility, or none for this token")
                    .try_this("to see the settings: quaymaster config show"));
            }
            (None, _) => {
                let what = format!("the daemon has several facilities; name one of: {names}");
                return Err(Failure::usage(what).try_this("add: --facility NAME"));
            }
        };
        let facility = found.ok_or_else(|| {
            let name = name.unwrap_or_default();
            Failure::usage(format!("the daemon has no facility {name}; there is: {names}"))
                .try_this("to see them: quaymaster facility list")
        })?;
        Ok(Chosen { facility, now: now.0 })
    }

    /// Asks for a change and prints what came of it.
    pub(super) async fn change(
        &self,
        server: &Server,
        what: &str,
        path: &str,
        ask: Ask,
        change: &Change,
    ) -> Outcome {
        let asking = server.post::<Report>(path, &ask);
        let report = self.console.waiting(what, asking).await?;
        self.reported(&report, change)
    }

    /// Asks for a change that cannot simply be taken back: shows what would be done, and goes on only
    /// if the person agrees.
    pub(super) async fn dangerous(
        &self,
        server: &Server,
        what: &str,
        path: &str,
        ask: Ask,
        change: &Change,
    ) -> Outcome {
        if !change.dry_run && !change.yes {
            let plan = Ask { dry_run: true, ..ask.clone() };
            let asking = server.post::<Report>(path, &plan);
            let plan = self.console.waiting(what, asking).await?;
            console::say(&format!("{}\n{}", plan.summary, numbered(&plan.steps)));
            self.console.confirm(&format!("{what}?"), change.consent()).await?;
        }
        self.change(server, what, path, ask, change).await
    }

    /// Prints what a command came to.
    pub(super) fn reported(&self, report: &Report, change: &Change) -> Outcome {
        self.show(report)?;
        let pending = change.detailed_exitcode && report.changes_pending;
        Ok(if pending { Exit::Pending } else { Exit::Done })
    }
}

impl Change {
    /// The options every command sends.
    pub(super) fn ask(&self) -> Ask {
        Ask { reason: self.reason.clone(), dry_run: self.dry_run, ..Ask::default() }
    }

    /// Whether the person has agreed beforehand.
    pub(super) fn consent(&self) -> Consent {
        if self.yes { Consent::Given } else { Consent::Asked }
    }
}

impl Until {
    /// The moment meant, by the daemon's clock.
    pub(super) fn moment(self, now: Timestamp) -> Result<Option<Time>, Failure> {
        let Some(length) = self.length else { return Ok(self.until.map(Time)) };
        let length = SignedDuration::try_from(length).unwrap_or(SignedDuration::MAX);
        // Whole seconds: nobody means a part of one, and it only makes the answers longer.
        let end = now.checked_add(length).and_then(|end| Timestamp::from_second(end.as_second()));
        end.map(|end| Some(Time(end))).map_err(|_| Failure::usage("--for reaches past all time"))
    }
}
