//! Putting facilities together from their settings, and keeping each one's task alive.
//!
//! A facility whose task panics is put together again after a pause; no other facility notices.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::rand;
use thiserror::Error;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::deliver;
use crate::domain::calendar::{self, Calendar};
use crate::domain::names::{ActorName, Environment, FacilityName};
use crate::metrics::{FacilityMetrics, Metrics};
use crate::quickstream::{Client, ClientOptions};
use crate::secrets::{self, SecretStore};
use crate::service::FacilityHandle;
use crate::service::facility::FacilityStatus;
use crate::service::parts::{Chance, Parts};
use crate::service::points::Points;
use crate::service::pulse::STORE_ANSWERS_WITHIN;
use crate::service::renewal;
use crate::settings::model::{Facility, Role, Settings, Store};
use crate::store::Book;

use super::gauges;

/// How long a facility whose task failed is left alone.
const PAUSE: Duration = Duration::from_secs(10);

/// The name under which the program itself acts.
const ITSELF: &str = "quaymaster";

/// Why a facility could not be put together.
#[derive(Debug, Error)]
#[error("facility {facility}: {what}")]
pub struct ComposeError {
    facility: FacilityName,
    what: String,
}

/// What all facilities share.
#[derive(Clone, Debug)]
pub(super) struct Fleet {
    pub(super) clock: Clock,
    pub(super) book: Book,
    pub(super) remembers: bool,
    pub(super) metrics: Metrics,
    pub(super) sandbox: Option<SocketAddr>,
    pub(super) handles: watch::Sender<Vec<FacilityHandle>>,
    pub(super) tasks: TaskTracker,
    pub(super) cancel: CancellationToken,
}

/// How long the start waits for every facility to be listed. One whose book hangs is listed later.
const LISTED_WITHIN: Duration = Duration::from_secs(5);

/// A facility's task, which can be taken down alone.
#[derive(Debug)]
pub(super) struct Afloat {
    pub(super) settings: Facility,
    stop: CancellationToken,
    ended: tokio::task::JoinHandle<()>,
}

impl Afloat {
    /// Takes the facility's task down and waits for its end.
    pub(super) async fn stop(self) {
        self.stop.cancel();
        // An error means that the task failed, and so has ended.
        self.ended.await.ok();
    }
}

impl Fleet {
    /// Starts every facility. One that cannot be put together is shown as such and tried again, while
    /// the others run.
    ///
    /// # Errors
    ///
    /// None at all can be put together.
    pub(super) async fn launch(&self, settings: &Settings) -> Result<Vec<Afloat>, ComposeError> {
        let mut afloat = Vec::new();
        let mut refusals = Vec::new();
        for facility in &settings.facilities {
            let parts = self.parts(facility, settings).await;
            let parts = parts.map_err(|error| refusals.push(error)).ok();
            afloat.push((facility, parts));
        }
        if refusals.len() == afloat.len()
            && let Some(first) = refusals.into_iter().next()
        {
            return Err(first);
        }
        let launched = afloat.into_iter();
        let launched: Vec<_> =
            launched.map(|(facility, parts)| self.launch_one(facility, parts, settings)).collect();
        all_listed(self.handles.subscribe(), launched.len()).await;
        Ok(launched)
    }

    /// Tries whether a facility can be put together beside what runs, without starting anything.
    ///
    /// # Errors
    ///
    /// Something of it cannot.
    pub(super) async fn try_out(
        &self,
        facility: &Facility,
        settings: &Settings,
    ) -> Result<(), ComposeError> {
        // The sandbox inside runs until the process ends, and its clock drives everything.
        if settings.sandbox.is_some() && facility.environment != Environment::Sandbox {
            let what = "it would run on the clock of the sandbox inside until the next restart";
            return Err(ComposeError { facility: facility.name.clone(), what: what.to_owned() });
        }
        // What is only tried has no say in the metrics of what runs.
        let apart = Self { metrics: Metrics::new(), ..self.clone() };
        apart.parts(facility, settings).await.map(drop)
    }

    /// Starts one facility, from parts if there are some.
    pub(super) fn launch_one(
        &self,
        facility: &Facility,
        parts: Option<Parts>,
        settings: &Settings,
    ) -> Afloat {
        let stop = self.cancel.child_token();
        let (fleet, facility_settings, settings) =
            (self.clone(), facility.clone(), settings.clone());
        let ended = self.tasks.spawn({
            let stop = stop.clone();
            async move { Box::pin(fleet.keep(parts, &facility_settings, &settings, stop)).await }
        });
        Afloat { settings: facility.clone(), stop, ended }
    }

    /// Takes a facility that is gone from the settings out of list and metrics.
    pub(super) fn forget(&self, facility: &FacilityName) {
        self.handles.send_modify(|handles| handles.retain(|handle| handle.name() != facility));
        self.metrics.remove_facility(facility);
    }

    /// Runs a facility's task, and again after a pause if it fails or cannot be put together.
    async fn keep(
        &self,
        mut parts: Option<Parts>,
        facility: &Facility,
        settings: &Settings,
        stop: CancellationToken,
    ) {
        loop {
            let made = match parts.take() {
                Some(parts) => Ok(parts),
                None => self.parts(facility, settings).await,
            };
            let before = self.last_status(&facility.name);
            match made {
                Ok(parts) => {
                    let (handle, run) = renewal::start_after(before, parts, stop.clone()).await;
                    self.publish(handle);
                    let ended = tokio::spawn(run).await;
                    if ended.is_ok() || stop.is_cancelled() {
                        return;
                    }
                    tracing::error!(facility = %facility.name, "a facility's task failed; it is started again");
                }
                Err(error) => {
                    tracing::error!(facility = %facility.name, error = %error, "a facility cannot be put together; it is tried again");
                    let now = self.clock.now();
                    self.publish(FacilityHandle::stranded(
                        facility,
                        settings.role,
                        error.what,
                        before.as_deref(),
                        now,
                    ));
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.clock.sleep(PAUSE) => {}
            }
        }
    }

    fn last_status(&self, facility: &FacilityName) -> Option<Arc<FacilityStatus>> {
        let handles = self.handles.borrow();
        handles.iter().find(|handle| handle.name() == facility).map(FacilityHandle::status)
    }

    fn publish(&self, handle: FacilityHandle) {
        self.handles.send_modify(|handles| {
            match handles.iter_mut().find(|known| known.name() == handle.name()) {
                Some(known) => *known = handle,
                None => handles.push(handle),
            }
        });
    }

    async fn parts(&self, facility: &Facility, settings: &Settings) -> Result<Parts, ComposeError> {
        let cannot = |what: String| ComposeError { facility: facility.name.clone(), what };
        let mut stores = Vec::new();
        for store in &facility.secret_key.stores {
            stores.push(open(store).await.map_err(cannot)?);
        }
        let authority = facility.secret_key.stores.first();
        let authority = authority.filter(|_| settings.role == Role::Renewer);
        let rehearsal = match authority.and_then(Store::rehearsal) {
            Some(beside) => open(&beside).await.ok(),
            None => None,
        };
        let names: Vec<_> = stores.iter().map(|store| store.name().clone()).collect();
        let metrics = self.metrics.add_facility(&facility.name, facility.environment, &names);
        let bank = self.client(facility, &metrics).map_err(cannot)?;
        let targets = deliver::open(&facility.secret_key.deliver)
            .map_err(|error| cannot(error.to_string()))?;
        Ok(Parts {
            settings: facility.clone(),
            role: settings.role,
            clock: self.clock.clone(),
            chance: Chance::new(random),
            bank,
            stores,
            store_answers_within: STORE_ANSWERS_WITHIN,
            rehearsal,
            targets,
            calendar: calendar_of(settings).map_err(cannot)?,
            book: self.book.clone(),
            remembers: self.remembers,
            metrics,
            points: Points::pass(),
            itself: ActorName::new(ITSELF).map_err(|error| cannot(error.to_string()))?,
        })
    }

    fn client(&self, facility: &Facility, metrics: &FacilityMetrics) -> Result<Client, String> {
        let base_url = facility.base_url.resolve(self.sandbox);
        let base_url = base_url.ok_or("no base_url is set and no sandbox runs inside")?;
        let options = ClientOptions {
            simultaneous: facility.simultaneous,
            proxy: facility.proxy.clone(),
            observer: gauges::observer(metrics, facility.product),
            ..ClientOptions::new(base_url, facility.product)
        };
        let client = Client::new(options, self.clock.clone()).map_err(|fault| fault.to_string())?;
        let counted = client.clone();
        metrics.read_in_flight_from(move || counted.in_flight());
        Ok(client)
    }
}

/// The calendar of the settings, which have checked it already.
pub(super) fn calendar_of(settings: &Settings) -> Result<Calendar, String> {
    let calendar = &settings.calendar;
    let windows = calendar.activation.iter().map(|window| calendar::WindowRule {
        cron: window.cron.clone(),
        duration: window.duration.try_into().unwrap_or(jiff::SignedDuration::ZERO),
    });
    let freezes = calendar.freeze.iter().map(|freeze| calendar::FreezeRule {
        from: freeze.from,
        until: freeze.until,
        reason: freeze.reason.clone(),
    });
    let (windows, freezes): (Vec<_>, Vec<_>) = (windows.collect(), freezes.collect());
    Calendar::new(&calendar.time_zone, &windows, &freezes).map_err(|mistakes| {
        let first = mistakes.first();
        first.map_or_else(String::new, |one| format!("calendar.{}: {}", one.field, one.problem))
    })
}

/// Opens a store, but does not wait for ever for one whose settings send us somewhere silent.
async fn open(store: &Store) -> Result<Arc<dyn SecretStore>, String> {
    match tokio::time::timeout(STORE_ANSWERS_WITHIN, secrets::open(store)).await {
        Ok(opened) => opened.map_err(|error| error.to_string()),
        Err(_) => Err(format!("a store could not be opened within {STORE_ANSWERS_WITHIN:?}")),
    }
}

/// A number from 0 (included) to 1 (not included).
fn random() -> f64 {
    let mut bytes = [0_u8; 4];
    // Without entropy there is no jitter, which harms nobody but the bank's first minute.
    if rand::fill(&mut bytes).is_err() {
        return 0.0;
    }
    f64::from(u32::from_be_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
}

/// Waits until each facility is listed; before that, whoever asks would be told of none.
async fn all_listed(mut facilities: watch::Receiver<Vec<FacilityHandle>>, count: usize) {
    let all = facilities.wait_for(|listed| listed.len() >= count);
    // After that time, and if the list has ended, the start goes on.
    drop(tokio::time::timeout(LISTED_WITHIN, all).await);
}
