//! Floor 4. The admin API: the door through which people and their tools ask the daemon for things.
//!
//! It knows who may ask what ([`access`]), the paths ([`routes`]) and the JSON ([`shapes`]). It must
//! not know how a key is renewed: everything goes through a [`FacilityHandle`], whose answer decides
//! the HTTP status. One listener serves it over a unix socket, another over a loopback address; both
//! get the same handler.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::domain::names::{ActorName, FacilityName, Fingerprint, KeyName};
use crate::domain::secret_key::State;
use crate::http::{Handler, Limits, handler};
use crate::service::{FacilityHandle, Refused};
use crate::settings::model::Freeze;

pub mod access;
mod answer;
mod ask;
mod by_hand;
mod limit;
pub mod problem;
pub mod records;
pub mod refusals;
pub mod routes;
pub mod shapes;
pub mod tokens;
mod view;

pub use access::Access;

/// What the admin API is given to work with.
#[derive(Debug)]
pub struct AdminParts {
    /// The facilities; the list changes when settings are reloaded.
    pub facilities: watch::Receiver<Vec<FacilityHandle>>,
    /// History and freezes.
    pub records: Arc<dyn Records>,
    /// The daemon's clock.
    pub clock: Clock,
    /// Who may ask.
    pub access: Access,
    /// The release, such as `0.1.0`.
    pub version: &'static str,
    /// When the daemon started.
    pub started_at: Timestamp,
}

/// What the daemon keeps beside its facilities and the admin API shows or changes.
#[async_trait]
pub trait Records: Send + Sync + std::fmt::Debug {
    /// What happened to a facility's keys, newest first, at most `limit` entries.
    ///
    /// # Errors
    ///
    /// The book cannot be read.
    async fn history(
        &self,
        facility: &FacilityName,
        limit: usize,
    ) -> Result<Vec<HistoryLine>, Refused>;

    /// Whether activation stands still, and what the calendar plans.
    ///
    /// # Errors
    ///
    /// The book cannot be read.
    async fn freezes(&self) -> Result<FreezeState, Refused>;

    /// Lets activation stand still, in place of a freeze by hand that holds.
    ///
    /// # Errors
    ///
    /// It could not be recorded, so it does not hold.
    async fn freeze(&self, freeze: FreezeByHand) -> Result<(), Refused>;

    /// Ends a freeze by hand; none being on is no error.
    ///
    /// # Errors
    ///
    /// It could not be recorded, so the freeze still holds.
    async fn thaw(&self, by: ActorName, reason: Option<String>) -> Result<(), Refused>;
}

/// One thing that happened to a facility's keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryLine {
    /// When.
    pub at: Timestamp,
    /// An event of the lifecycle, a command, or another fixed word.
    pub event: String,
    /// The key it happened to.
    pub key: Option<Fingerprint>,
    /// The bank's name for that key.
    pub key_name: Option<KeyName>,
    /// The key's state afterwards.
    pub state: Option<State>,
    /// Who asked, or the program itself.
    pub actor: Option<ActorName>,
    /// Why, in the asker's words.
    pub reason: Option<String>,
    /// What came of it, in a sentence; never with a secret in it.
    pub detail: String,
}

/// The freezes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FreezeState {
    /// Whether nothing is being activated now, by hand or by the calendar.
    pub frozen: bool,
    /// The freeze a person put on, if one holds.
    pub by_hand: Option<FreezeByHand>,
    /// The freezes of the settings' calendar.
    pub planned: Vec<Freeze>,
}

/// A freeze a person put on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreezeByHand {
    /// Since when.
    pub since: Timestamp,
    /// Until when; `None` until it is taken off.
    pub until: Option<Timestamp>,
    /// Who put it on.
    pub by: ActorName,
    /// Why.
    pub reason: Option<String>,
}

/// What the admin API's listeners allow their clients.
pub fn limits() -> Limits {
    Limits { unserved: problem::unserved, ..Limits::default() }
}

/// The admin API over its parts, for `http::Server::serve`.
pub fn admin(parts: AdminParts) -> Handler {
    let admin = Arc::new(answer::Admin::new(parts));
    handler(move |request| {
        let admin = Arc::clone(&admin);
        async move { admin.answer(request).await }
    })
}
