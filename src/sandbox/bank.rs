//! The bank's state, whole: the book, what is switched and spoilt, what was asked, and who is being
//! answered. Locks are held for a look, a change or the writing of the book, never across a wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

pub(super) use self::state::State;
use super::SAVE_EVERY;
use super::book::Facility;
use super::data::{DataFile, Layout, Saved, SavedClock};
use super::idempotency::{Place, Remembered, Seen, Store};
use super::seed::Seed;
use crate::clock::Clock;

mod state;
mod whole;

pub(super) use self::whole::ReplaceError;

/// One sandbox's bank.
#[derive(Debug)]
pub(super) struct Bank {
    pub(super) clock: Clock,
    /// What a reset goes back to.
    seed: Mutex<Seed>,
    /// Told when something is due sooner than what the ticker sleeps for.
    pub(super) sooner: Arc<Notify>,
    /// Told when something waits to be sent.
    pub(super) mail: Arc<Notify>,
    state: Mutex<State>,
    at_work: tokio::sync::Mutex<()>,
    slots: Mutex<Slots>,
    idempotency: Mutex<Store>,
    /// `None` without a data file, and once the sandbox has stopped. The lock makes writers take turns.
    disk: Arc<tokio::sync::Mutex<Option<Disk>>>,
}

/// The data file, and what is in it.
#[derive(Debug)]
struct Disk {
    file: DataFile,
    /// The revision and the time it holds; nothing yet at first.
    holds: Option<(u64, Timestamp)>,
    /// How often [`Save::ClockToo`] was put off since it was written.
    put_off: u32,
}

/// So many records more make the data file be written half as often.
const RECORDS_AT_ONCE: usize = 5_000;

/// How long the bank leaves its lock to others between two parts of much work.
const TURN: Duration = Duration::from_millis(1);

/// The most times the writing of a large book is put off: with [`SAVE_EVERY`], a minute.
const PUT_OFF_MAX: u32 = 30;

/// Requests being answered, by facility or by key.
#[derive(Debug, Default)]
struct Slots {
    taken: HashMap<String, u32>,
    most: HashMap<String, u32>,
}

impl Bank {
    pub(super) fn new(
        clock: Clock,
        seed: Seed,
        state: State,
        idempotency: Store,
        data: Option<DataFile>,
    ) -> Self {
        Self {
            clock,
            seed: Mutex::new(seed),
            sooner: Arc::clone(&state.sooner),
            mail: Arc::clone(&state.mail),
            state: Mutex::new(state),
            at_work: tokio::sync::Mutex::default(),
            slots: Mutex::default(),
            idempotency: Mutex::new(idempotency),
            disk: Arc::new(tokio::sync::Mutex::new(data.map(|file| Disk {
                file,
                holds: None,
                put_off: 0,
            }))),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Lets happen everything that is due now, however much that is, while requests have their turns.
    pub(super) async fn catch_up(&self) {
        // Of several who want that, one is at work: between them they would never let the lock go.
        let _at_work = self.at_work.lock().await;
        let now = self.now();
        while self.catch_up_a_part(now) {
            // The lock goes to whoever is quickest, which is not who sleeps for it.
            tokio::time::sleep(TURN).await;
        }
    }

    /// Whether more is due after it.
    fn catch_up_a_part(&self, now: Timestamp) -> bool {
        let mut state = self.state();
        state.catch_up(now);
        state.is_due(now)
    }

    /// Takes a place among the simultaneous requests of `scope`; `None` if `most` are being answered.
    pub(super) fn slot(self: &Arc<Self>, scope: &str, most: u32) -> Option<Slot> {
        let mut slots = lock(&self.slots);
        let taken = slots.taken.entry(scope.to_owned()).or_default();
        let tried = *taken + 1;
        let allowed = tried <= most;
        if allowed {
            *taken = tried;
        }
        let seen = slots.most.entry(scope.to_owned()).or_default();
        *seen = tried.max(*seen);
        allowed.then(|| Slot { bank: Arc::clone(self), scope: scope.to_owned() })
    }

    /// The most requests ever seen at once in `scope`, refused ones included.
    pub(super) fn most_simultaneous(&self, scope: &str) -> u32 {
        lock(&self.slots).most.get(scope).copied().unwrap_or(0)
    }

    /// Looks up an Idempotency-Key and takes it if it is new.
    pub(super) fn enter(self: &Arc<Self>, place: Place) -> (Seen, Option<InFlight>) {
        let seen = lock(&self.idempotency).enter(&place, self.now());
        let guard = (seen == Seen::First).then(|| InFlight { bank: Arc::clone(self), place });
        (seen, guard)
    }

    /// Writes to disk what is not there yet: changes of the book at any time, and but for
    /// [`Save::Changes`] the time. A large book is written less often, since every writing is of all
    /// of it.
    pub(super) async fn save(self: &Arc<Self>, what: Save) -> std::io::Result<()> {
        let mut disk = Arc::clone(&self.disk).lock_owned().await;
        let Some(Disk { holds, put_off, .. }) = disk.as_mut() else { return Ok(()) };
        let most_put_off = put_off_max(self.state().book.records());
        if let Some((revision, at)) = *holds {
            let clock_too = what != Save::Changes;
            if revision == self.state().revision && !(clock_too && at != self.now()) {
                return Ok(());
            }
            let waits = match what {
                Save::Changes => most_put_off > 0,
                Save::ClockToo => *put_off < most_put_off,
                Save::AtTheEnd => false,
            };
            if waits {
                *put_off += u32::from(what == Save::ClockToo);
                return Ok(());
            }
        }
        *put_off = 0;
        let bank = Arc::clone(self);
        let write = move || match disk.as_mut() {
            Some(disk) => bank.write(disk, what, most_put_off),
            None => Ok(()),
        };
        tokio::task::spawn_blocking(write).await.map_err(std::io::Error::other)?
    }

    fn write(&self, disk: &mut Disk, what: Save, most_put_off: u32) -> std::io::Result<()> {
        let mut clock = SavedClock { now: self.now(), rate: self.clock.rate() };
        let now = clock.now;
        if what != Save::AtTheEnd {
            clock.now = not_yet_reached(clock, most_put_off);
        }
        let layout = layout(most_put_off);
        // The book is written from where it stands: a copy of it could be as large as all the memory
        // that a sandbox is to need.
        let state = self.state();
        let saved = self.saved(&state, clock, now);
        let unfinished = disk.file.begin(&saved, layout)?;
        let revision = state.revision;
        drop(state);
        disk.file.finish(unfinished)?;
        disk.holds = Some((revision, now));
        Ok(())
    }

    /// The book with the replies that tell of it: whoever changes the book holds the lock of the state
    /// until the reply is remembered.
    fn saved<'a>(
        &self,
        state: &'a State,
        clock: SavedClock,
        now: Timestamp,
    ) -> Saved<&'a [Facility]> {
        let kept = lock(&self.idempotency).kept(now);
        Saved::of(clock, &state.book, state.guesses.switched(), kept)
    }

    /// Gives the data file up, so that another sandbox may go on with it.
    pub(super) async fn close(&self) {
        *self.disk.lock().await = None;
    }
}

/// When to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Save {
    /// If the book changed.
    Changes,
    /// If the book changed or time passed.
    ClockToo,
    /// As [`Save::ClockToo`], and this is where a restart goes on to the second.
    AtTheEnd,
}

/// A large book is written for programs alone.
const fn layout(most_put_off: u32) -> Layout {
    if most_put_off > 0 { Layout::Compact } else { Layout::ForPeople }
}

/// How often the writing of a book with so many records is put off.
fn put_off_max(records: usize) -> u32 {
    u32::try_from(records / RECORDS_AT_ONCE).unwrap_or(PUT_OFF_MAX).min(PUT_OFF_MAX)
}

/// A time that the clock will not have passed when it is saved next: after a kill the clock goes on
/// from there, so that no one ever sees it go back.
fn not_yet_reached(clock: SavedClock, most_put_off: u32) -> Timestamp {
    let rounds = 2.0 * f64::from(most_put_off + 1);
    let until_saved = SAVE_EVERY.mul_f64(rounds * clock.rate);
    let ahead = SignedDuration::try_from(until_saved).unwrap_or(SignedDuration::ZERO);
    clock.now.saturating_add(ahead).unwrap_or(clock.now)
}

/// A place among the simultaneous requests, given up when dropped.
#[derive(Debug)]
pub(super) struct Slot {
    bank: Arc<Bank>,
    scope: String,
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(taken) = lock(&self.bank.slots).taken.get_mut(&self.scope) {
            *taken = taken.saturating_sub(1);
        }
    }
}

/// An Idempotency-Key in flight; freed when dropped without a reply to remember.
#[derive(Debug)]
pub(super) struct InFlight {
    bank: Arc<Bank>,
    place: Place,
}

impl InFlight {
    /// Remembers the reply, in the same hold of the state in which it came about.
    pub(super) fn answered(self, state: &mut State, reply: Remembered) {
        lock(&self.bank.idempotency).answered(&self.place, reply);
        state.changed();
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        lock(&self.bank.idempotency).gave_up(&self.place);
    }
}

/// A poisoned lock guards state that every change leaves whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::guesses::Guesses;
    use crate::sandbox::merchant::customers::{Address, Customer, Medium};

    fn customer() -> Customer {
        Customer {
            id: 0,
            number: "N".to_owned(),
            name: "X".to_owned(),
            business: "HIRE".to_owned(),
            phone: None,
            email: None,
            medium: Medium::None,
            address: Address::default(),
            enabled: true,
            default_account: None,
        }
    }

    fn customers(file: &std::path::Path) -> usize {
        let text = std::fs::read_to_string(file).unwrap();
        Saved::parse(&text).unwrap().facilities[0].merchant.records()
    }

    /// A small book is on disk at once; a large one when its turn comes, and at the end.
    #[tokio::test]
    async fn a_large_book_is_written_less_often_and_whole_at_the_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("bank.json");
        let clock = Clock::starting_at("2026-03-01T00:00:00Z".parse().unwrap(), 0.0);
        let seed = Seed::read(1, None).unwrap();
        let book = seed.begin(clock.now()).unwrap().book;
        let state = State::new(book, Guesses::default(), 10);
        let file = DataFile::open(&path).unwrap();
        let bank = Arc::new(Bank::new(clock, seed, state, Store::default(), Some(file)));
        let add = |count: usize| {
            let mut state = bank.state();
            for _ in 0..count {
                state.book.facilities[0].merchant.add_customer(customer());
            }
            state.changed();
        };
        add(1);
        bank.save(Save::Changes).await.unwrap();
        assert_eq!(customers(&path), 1);
        add(2 * RECORDS_AT_ONCE);
        bank.save(Save::Changes).await.unwrap();
        bank.save(Save::ClockToo).await.unwrap();
        bank.save(Save::ClockToo).await.unwrap();
        assert_eq!(customers(&path), 1);
        bank.save(Save::ClockToo).await.unwrap();
        assert_eq!(customers(&path), 1 + 2 * RECORDS_AT_ONCE);
        add(1);
        bank.save(Save::AtTheEnd).await.unwrap();
        assert_eq!(customers(&path), 2 + 2 * RECORDS_AT_ONCE);
    }
}
