//! History and freezes as the admin API shows and changes them, from the daemon's book.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::watch;

use super::{FreezeByHand, FreezeState, HistoryLine, Records};
use crate::clock::Clock;
use crate::domain::history::{Entry, ManualFreeze, Request as HistoryWord, What};
use crate::domain::names::{ActorName, FacilityName, KeyName};
use crate::domain::secret_key::State;
use crate::service::Refused;
use crate::service::facility::RefusedKind;
use crate::settings::Loaded;
use crate::store::{Book, BookError, Line};

/// The daemon's records.
#[derive(Debug)]
pub struct BookRecords {
    /// The book.
    pub book: Book,
    /// The daemon's clock.
    pub clock: Clock,
    /// The settings in use, for the calendar's freezes.
    pub settings: watch::Receiver<Arc<Loaded>>,
}

#[async_trait]
impl Records for BookRecords {
    async fn history(
        &self,
        facility: &FacilityName,
        limit: usize,
    ) -> Result<Vec<HistoryLine>, Refused> {
        let lines = self.book.history(facility, limit).await.map_err(|error| unusable(&error))?;
        let keys = self.book.load(facility).await.map_err(|error| unusable(&error))?.keys;
        let name = |line: &Line| keys.get(&line.fingerprint?)?.name.clone();
        Ok(lines
            .into_iter()
            .map(|line| HistoryLine { key_name: name(&line), ..shown(line) })
            .collect())
    }

    async fn freezes(&self) -> Result<FreezeState, Refused> {
        let now = self.clock.now();
        let by_hand = self.book.freeze().await.map_err(|error| unusable(&error))?;
        let by_hand = by_hand.filter(|freeze| freeze.holds(now)).map(|freeze| FreezeByHand {
            since: freeze.since,
            until: freeze.until,
            by: freeze.by,
            reason: Some(freeze.reason).filter(|reason| !reason.is_empty()),
        });
        let calendar = self.settings.borrow().settings.calendar.clone();
        let frozen = by_hand.is_some() || planned_now(&calendar, now);
        Ok(FreezeState { frozen, by_hand, planned: calendar.freeze })
    }

    async fn freeze(&self, freeze: FreezeByHand) -> Result<(), Refused> {
        let end = freeze.until.map_or("until it is lifted".to_owned(), |at| format!("until {at}"));
        let lines = self.lines(HistoryWord::Freeze, &freeze.by, freeze.reason.as_ref(), &end);
        let (by, reason) = (freeze.by.clone(), freeze.reason.clone());
        let freeze = ManualFreeze {
            since: freeze.since,
            until: freeze.until,
            by: freeze.by,
            reason: freeze.reason.unwrap_or_default(),
        };
        let done = self.book.set_freeze(Some(freeze), lines).await;
        done.map_err(|error| unusable(&error))?;
        tracing::info!(actor = %by, reason, "a freeze was put on");
        Ok(())
    }

    async fn thaw(&self, by: ActorName, reason: Option<String>) -> Result<(), Refused> {
        let lines = self.lines(HistoryWord::Thaw, &by, reason.as_ref(), "");
        self.book.set_freeze(None, lines).await.map_err(|error| unusable(&error))?;
        tracing::info!(actor = %by, reason, "the freeze was lifted");
        Ok(())
    }
}

impl BookRecords {
    /// A line for the history of every facility: a freeze is of all of them.
    fn lines(
        &self,
        word: HistoryWord,
        by: &ActorName,
        reason: Option<&String>,
        detail: &str,
    ) -> Vec<(FacilityName, Entry)> {
        let entry = Entry {
            at: self.clock.now(),
            what: What::Asked(word),
            fingerprint: None,
            moved: None,
            actor: by.clone(),
            reason: reason.cloned(),
            detail: detail.to_owned(),
        };
        let loaded = self.settings.borrow();
        let names = loaded.settings.facilities.iter().map(|facility| facility.name.clone());
        names.map(|name| (name, entry.clone())).collect()
    }
}

/// Whether one of the calendar's freezes holds: its days are whole days in the calendar's zone.
fn planned_now(calendar: &crate::settings::model::Calendar, now: Timestamp) -> bool {
    let zone = jiff::tz::TimeZoneDatabase::bundled().get(&calendar.time_zone);
    let Ok(zone) = zone else { return false };
    let today = now.to_zoned(zone).date();
    calendar.freeze.iter().any(|freeze| freeze.from <= today && today <= freeze.until)
}

fn shown(line: Line) -> HistoryLine {
    HistoryLine {
        at: line.at,
        event: line.what,
        key: line.fingerprint,
        key_name: line.key_name.and_then(|name| KeyName::new(name).ok()),
        state: line.to.as_deref().and_then(State::from_label),
        actor: ActorName::new(line.actor).ok(),
        reason: line.reason,
        detail: line.detail,
    }
}

fn unusable(error: &BookError) -> Refused {
    Refused { label: "book_unusable", sentence: error.to_string(), kind: RefusedKind::Unclear }
}
