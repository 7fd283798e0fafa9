//! Reading the settings again while the program runs: on SIGHUP, and when the file changes.
//!
//! A reading with mistakes changes nothing: the last good settings stay in use, and everyone who looks
//! is told. What can be applied while running is; for the rest a line says that it waits for a restart.

use std::sync::Arc;

use tokio::sync::{Notify, watch};

use crate::logs::{Filter, Logs};
use crate::settings::model::Settings;
use crate::settings::{Apply, Loaded, SettingsError, diff};
use crate::settings::{WATCH_EVERY, Watched};

use super::compose::{Afloat, ComposeError, Fleet};
use super::health::Vitals;

/// Asks for a reload.
#[derive(Clone, Debug)]
pub(super) struct Trigger(Arc<Notify>);

impl Trigger {
    pub(super) fn pull(&self) {
        self.0.notify_one();
    }
}

/// What a reload works on.
struct Reloader {
    watched: Watched,
    loaded: watch::Sender<Arc<Loaded>>,
    logs: Option<Logs>,
    fleet: Fleet,
    afloat: Vec<Afloat>,
    vitals: Vitals,
}

/// Starts watching; the settings in use are seen through the receiver.
pub(super) fn watch(
    loaded: Loaded,
    watched: Watched,
    logs: Option<Logs>,
    fleet: Fleet,
    afloat: Vec<Afloat>,
    vitals: Vitals,
) -> (Trigger, watch::Receiver<Arc<Loaded>>) {
    let trigger = Trigger(Arc::new(Notify::new()));
    let (loaded, seen) = watch::channel(Arc::new(loaded));
    let (tasks, cancel) = (fleet.tasks.clone(), fleet.cancel.clone());
    let mut reloader = Reloader { watched, loaded, logs, fleet, afloat, vitals };
    tasks.spawn({
        let trigger = trigger.clone();
        async move {
            loop {
                let read = tokio::select! {
                    () = cancel.cancelled() => return,
                    () = trigger.0.notified() => Some(reloader.watched.reload()),
                    () = tokio::time::sleep(WATCH_EVERY) => reloader.watched.changed(),
                };
                if let Some(read) = read {
                    reloader.take(read).await;
                }
            }
        }
    });
    (trigger, seen)
}

impl Reloader {
    async fn take(&mut self, read: Result<Loaded, SettingsError>) {
        let now = self.fleet.clock.now();
        let new = match read {
            Ok(new) => new,
            Err(error) => {
                tracing::error!(error = %error, "the settings have mistakes; the last good ones stay in use");
                self.vitals.settings_refused(&error.to_string(), now);
                return;
            }
        };
        let old = Arc::clone(&self.loaded.borrow());
        if let Some(error) = self.cannot(&old, &new).await {
            tracing::error!(error = %error, "the new settings cannot be put to use; the last good ones stay in use");
            self.vitals.settings_refused(&error.to_string(), now);
            return;
        }
        let changes = diff(&old, &new);
        for change in changes.iter().filter(|change| change.apply == Apply::Restart) {
            tracing::warn!(reason = %change.place, "a changed setting waits for a restart");
        }
        if let (Some(logs), Ok(filter)) = (&self.logs, new.settings.log.level.parse::<Filter>()) {
            logs.set_filter(filter);
        }
        self.apply(&old, new_with_role(&old, &new)).await;
        self.vitals.settings_taken(now);
        tracing::info!("the settings were read again and are in use");
        self.loaded.send_replace(Arc::new(new));
    }

    /// Starts, restarts and takes down facilities; one whose settings did not change is left alone.
    async fn apply(&mut self, old: &Loaded, new: Settings) {
        let same_calendar = old.settings.calendar == new.calendar;
        let mut kept = Vec::new();
        for one in std::mem::take(&mut self.afloat) {
            let wanted = new.facilities.iter().find(|new| new.name == one.settings.name);
            match wanted {
                Some(wanted) if *wanted == one.settings && same_calendar => kept.push(one),
                Some(_) => one.stop().await,
                None => {
                    let name = one.settings.name.clone();
                    one.stop().await;
                    self.fleet.forget(&name);
                }
            }
        }
        for facility in &new.facilities {
            if !kept.iter().any(|one| one.settings.name == facility.name) {
                kept.push(self.fleet.launch_one(facility, None, &new));
            }
        }
        self.afloat = kept;
    }

    /// Why the new settings cannot be put to use, found before anything that runs is taken down.
    async fn cannot(&self, old: &Loaded, new: &Loaded) -> Option<ComposeError> {
        let settings = new_with_role(old, new);
        for facility in &settings.facilities {
            let known = old.settings.facilities.iter().find(|old| old.name == facility.name);
            if known == Some(facility) {
                continue;
            }
            if let Err(error) = self.fleet.try_out(facility, &settings).await {
                if known.is_none() {
                    self.fleet.forget(&facility.name);
                }
                return Some(error);
            }
        }
        None
    }
}

/// The new settings with the role of the old: it is fixed for the life of the process.
fn new_with_role(old: &Loaded, new: &Loaded) -> Settings {
    Settings { role: old.settings.role, ..new.settings.clone() }
}
