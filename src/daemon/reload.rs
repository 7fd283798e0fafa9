//! Reading the settings again while the program runs: on SIGHUP, and when the file changes.
//!
//! A reading with mistakes changes nothing: the last good settings stay in use, and everyone who looks
//! is told. What can be applied while running is; for the rest each reading says that it waits for a
//! restart. The settings *in use* are what runs, and never what was merely read.

use std::sync::Arc;

use tokio::sync::{Notify, watch};

use crate::logs::{Filter, Logs};
use crate::settings::model::Settings;
use crate::settings::{Loaded, SettingsError, WATCH_EVERY, Watched, diff, take};

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
                self.vitals.settings_refused(&error.to_string(), now);
                tracing::error!(error = %error, "the settings have mistakes; the last good ones stay in use");
                return;
            }
        };
        let old = Arc::clone(&self.loaded.borrow());
        let in_use = take(&old, &new);
        if let Some(error) = self.cannot(&old.settings, &in_use.settings).await {
            self.vitals.settings_refused(&error.to_string(), now);
            tracing::error!(error = %error, "the new settings cannot be put to use; the last good ones stay in use");
            return;
        }
        for change in diff(&in_use, &new) {
            tracing::warn!(reason = %change.place, "a changed setting waits for a restart");
        }
        if let (Some(logs), Ok(filter)) = (&self.logs, in_use.settings.log.level.parse::<Filter>())
        {
            logs.set_filter(filter);
        }
        self.apply(&old.settings, &in_use.settings).await;
        self.vitals.settings_taken(now);
        tracing::info!("the settings were read again and are in use");
        self.loaded.send_replace(Arc::new(in_use));
    }

    /// Starts, restarts and takes down facilities; one whose settings did not change is left alone.
    async fn apply(&mut self, old: &Settings, new: &Settings) {
        let same_calendar = old.calendar == new.calendar;
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
                kept.push(self.fleet.launch_one(facility, None, new));
            }
        }
        self.afloat = kept;
    }

    /// Why the new settings cannot be put to use, found before anything that runs is taken down.
    async fn cannot(&self, old: &Settings, new: &Settings) -> Option<ComposeError> {
        for facility in new.facilities.iter().filter(|new| !old.facilities.contains(new)) {
            if let Err(error) = self.fleet.try_out(facility, new).await {
                return Some(error);
            }
        }
        None
    }
}
