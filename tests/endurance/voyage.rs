//! One voyage: the plan's events in their order, and after every waking a look at what must hold.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use quaymaster::domain::condition::Condition;
use quaymaster::quickstream::CallCode;
use quaymaster::sandbox::{KeyChange, KeyKind, KeyView, SANDBOX_CODE};
use quaymaster::service::Command;
use quaymaster::service::parts::Chance;
use quaymaster::settings::model::Unscheduled;
use rusqlite::Connection;

use crate::dice::Dice;
use crate::harbour::Shore;
use crate::quay::{self, Afloat, Quay, at, days};
use crate::tally::{BankLog, Kind, Tally, most_in_a_day};
use crate::weather::{DAYS, Event, PATIENCE_MS, plan};

/// The most calls for the latest key in any 24 hours.
const CALLS_MAX: usize = 24;

/// The most other calls in any 24 hours: four at each hourly look where no key is accepted (what is
/// staged, what is current before and after it, and what came before), and one beside each try.
const OTHERS_MAX: usize = 4 * 24 + CALLS_MAX;

/// How long a task may take to write down what a book that was full had no room for: it tries each
/// minute.
const BOOK_AGAIN_MINUTES: i64 = 2;

/// Makes every write of the book fail, as a full disk does.
pub(crate) const LOCK: &str = "CREATE TRIGGER full BEFORE INSERT ON facility \
                    BEGIN SELECT RAISE(ABORT, 'disk is full'); END;";

pub(crate) struct Voyage {
    seed: u64,
    quay: Quay,
    shore: Shore,
    afloat: Option<Afloat>,
    log: BankLog,
    tally: Tally,
    /// The key the store gave readers at the last look, by the bank's name for it.
    current: Option<KeyView>,
    looked_at: Option<Timestamp>,
    delivered: bool,
    asking: bool,
    /// When the task was killed, or stopped waiting for an answer of the bank.
    unheard_at: Arc<Mutex<BTreeSet<Timestamp>>>,
    /// The bank's keys, which are never changed on a voyage.
    keys: Vec<KeyView>,
    book_locked: bool,
    /// When the book could be written again.
    book_freed: Option<Timestamp>,
    /// Times at which a task began that could not know what the one before had done.
    began_blank: Vec<Timestamp>,
}

/// Makes the voyage of a seed.
pub(crate) async fn sail(seed: u64) -> Tally {
    let mut dice = Dice::new(seed);
    let mut voyage = Voyage::prepare(seed, &mut dice).await;
    for (when, event) in plan(&mut dice) {
        voyage.sail_until(when).await;
        voyage.meet(event).await;
    }
    voyage.sail_until(days(DAYS)).await;
    voyage.arrive().await;
    voyage.tally
}

impl Voyage {
    async fn prepare(seed: u64, dice: &mut Dice) -> Self {
        let mut quay = Quay::with_clocks_apart().await;
        quay.timeout = Duration::from_millis(PATIENCE_MS);
        let jitter = Mutex::new(Dice::new(seed ^ 0xa5a5));
        quay.chance = Chance::new(move || {
            f64::from(u32::try_from(jitter.lock().unwrap().below(1_000)).unwrap()) / 1_000.0
        });
        let unheard_at: Arc<Mutex<BTreeSet<Timestamp>>> = Arc::default();
        quay.observer = Arc::new({
            let (unheard_at, bank_clock) = (Arc::clone(&unheard_at), quay.bank_clock.clone());
            move |call| {
                if matches!(call.code, CallCode::Fault(_)) {
                    unheard_at.lock().unwrap().insert(bank_clock.now());
                }
            }
        });
        let shore = if seed.is_multiple_of(4) {
            Shore::aws(&mut quay).await
        } else {
            Shore::file(&mut quay)
        };
        let expires = at(quay::START)
            + SignedDuration::from_hours(24 * 32)
            + SignedDuration::from_hours(i64::try_from(dice.below(24 * 24)).unwrap());
        let bank = quay.sandbox.control();
        let first = bank.keys().into_iter().find(|key| key.text == quay::first_key()).unwrap();
        bank.change_key(&first.id, KeyChange::Expires(expires)).unwrap();
        let mut voyage = Self {
            seed,
            quay,
            shore,
            afloat: None,
            log: BankLog::default(),
            tally: Tally { voyages: 1, days: DAYS, ..Tally::default() },
            current: None,
            looked_at: None,
            delivered: false,
            asking: false,
            unheard_at,
            keys: Vec::new(),
            book_locked: false,
            book_freed: None,
            began_blank: Vec::new(),
        };
        voyage.launch().await;
        voyage
    }

    fn now(&self) -> Timestamp {
        self.quay.bank_clock.now()
    }

    /// How much time has passed at the bank since the start.
    fn sailed(&self) -> Duration {
        Duration::try_from(self.quay.bank_clock.passed()).unwrap()
    }

    fn context(&self) -> String {
        format!("seed {}, {} at the bank", self.seed, self.now())
    }

    async fn launch(&mut self) {
        let freed = self.book_freed.is_some_and(|freed| {
            self.now().duration_since(freed) <= SignedDuration::from_mins(BOOK_AGAIN_MINUTES)
        });
        if self.book_locked || freed {
            self.began_blank.push(self.now());
        }
        let afloat = self.quay.launch().await;
        afloat.idle().await;
        self.afloat = Some(afloat);
        self.look().await;
    }

    /// Lets time pass until `when` after the start, with a look after every waking.
    async fn sail_until(&mut self, when: Duration) {
        while let Some(left) = when.checked_sub(self.sailed()).filter(|left| !left.is_zero()) {
            self.afloat.as_ref().unwrap().pass_to_waking(left).await;
            self.tally.wakings += 1;
            self.look().await;
        }
    }

    fn drift(&self, by: Duration) {
        quay::advance(&self.quay.clock, &self.quay.bank_clock, by);
    }

    async fn meet(&mut self, event: Event) {
        let bank = self.quay.sandbox.control();
        match event {
            Event::Wrong(faults) => drop(bank.add_faults(faults).unwrap()),
            Event::Right => bank.clear_faults(),
            Event::Locked => bank.whitelist(SANDBOX_CODE, Some(&["192.0.2.1".to_owned()])).unwrap(),
            Event::Unlocked => bank.whitelist(SANDBOX_CODE, None).unwrap(),
            Event::Store(trouble) => self.shore.fail(trouble),
            Event::BookLocked => self.lock_book(),
            Event::BookFree => self.free_book(),
            Event::Killed(away) => {
                self.afloat.take().unwrap().kill().await;
                self.begin_again(away).await;
            }
            Event::KilledAtWork(after, away) => self.kill_at_work(after, away).await,
            Event::KilledAtFetch(after) => self.kill_at_fetch(after).await,
            Event::Reloaded => {
                self.afloat.take().unwrap().stop().await;
                self.quay.facility.secret_key.unscheduled = Unscheduled::Adopt;
                self.quay.facility.simultaneous = 3;
                self.begin_again(Duration::ZERO).await;
            }
            Event::Jump(seconds) => {
                let wrong = self.now() + SignedDuration::from_secs(seconds);
                self.quay.clock.set(wrong);
                self.tally.jumps += 1;
            }
            Event::Minted => drop(self.quay.mint()),
            Event::Asked => {
                self.asking = true;
                // What is answered depends on the weather; a refusal is an answer, too.
                let asked = self.afloat.as_ref().unwrap().ask(Command::Renew { end_pin: false });
                drop(asked.await);
                self.afloat.as_ref().unwrap().idle().await;
                self.look().await;
                self.asking = false;
            }
        }
    }

    async fn begin_again(&mut self, away: Duration) {
        self.drift(away);
        self.tally.restarts += 1;
        self.launch().await;
    }

    async fn kill_at_work(&mut self, after_us: u64, away: Duration) {
        let afloat = self.afloat.take().unwrap();
        afloat.idle().await;
        let step = self.quay.clock.waiting().0.unwrap_or_default();
        self.drift(step);
        tokio::time::sleep(Duration::from_micros(after_us)).await;
        afloat.kill().await;
        self.unheard_at.lock().unwrap().insert(self.now());
        // What is still on its way to the bank arrives before the next task begins.
        tokio::time::sleep(Duration::from_millis(5)).await;
        self.look().await;
        self.begin_again(away.max(Duration::from_secs(1))).await;
    }

    async fn kill_at_fetch(&mut self, after_us: u64) {
        let due = self.afloat.as_ref().unwrap().status().renewal.next_attempt_at;
        let due = due.map_or(SignedDuration::ZERO, |due| due.duration_since(self.now()));
        let soon = due > SignedDuration::ZERO && due < SignedDuration::from_hours(26);
        if soon {
            let before = due - SignedDuration::from_secs(1);
            self.sail_until(self.sailed() + Duration::try_from(before).unwrap_or_default()).await;
        }
        self.kill_at_work(after_us, Duration::from_secs(1)).await;
    }

    fn lock_book(&mut self) {
        Connection::open(self.quay.path("book.db")).unwrap().execute_batch(LOCK).unwrap();
        self.book_locked = true;
    }

    fn free_book(&mut self) {
        let book = Connection::open(self.quay.path("book.db")).unwrap();
        book.execute_batch("DROP TRIGGER IF EXISTS full").unwrap();
        self.book_locked = false;
        self.book_freed = Some(self.now());
    }

    /// What must hold after every waking.
    async fn look(&mut self) {
        if let Some(afloat) = &self.afloat {
            assert!(!afloat.has_died(), "{}: the task ended", self.context());
        }
        let bank = self.quay.sandbox.control();
        let current = self.current.as_ref().map(|key| key.id.clone());
        let (asking, unheard_at) = (self.asking, self.unheard_at.lock().unwrap().clone());
        self.log.take_in(&bank, |request| {
            if asking {
                Kind::Asked
            } else if unheard_at.contains(&request.at) {
                Kind::Orphaned
            } else if request.key.is_some() && request.key == current {
                Kind::Scheduled
            } else {
                Kind::Proof
            }
        });
        let delivered = self.quay.delivered();
        assert!(delivered.is_some() || !self.delivered, "{}: nothing is there", self.context());
        self.delivered |= delivered.is_some();
        if let Some(text) = delivered {
            self.accepted(&text, "the delivered key");
        }
        let status = self.afloat.as_ref().map(Afloat::status);
        let as_of = status.as_ref().map(|status| status.as_of);
        if as_of.is_none() || as_of != self.looked_at {
            self.looked_at = as_of;
            self.look_ashore().await;
        }
    }

    /// What must hold of the store.
    async fn look_ashore(&mut self) {
        let text = self.shore.current().await;
        assert!(text.is_some() || self.current.is_none(), "{}: the store is bare", self.context());
        let Some(text) = text else { return };
        let key = self.accepted(&text, "the store's current key");
        if let Some(before) = &self.current
            && before.id != key.id
        {
            assert!(key.created > before.created, "{}: back to {key:?}", self.context());
            self.tally.promotions += 1;
        }
        if self.current.is_none() {
            self.tally.promotions += 1;
        }
        self.current = Some(key);
    }

    /// Whether the bank would accept a key if it came from a listed address.
    fn accepted(&mut self, text: &str, what: &str) -> KeyView {
        if !self.keys.iter().any(|key| key.text == text) {
            self.keys = self.quay.sandbox.control().keys();
        }
        let key = self.keys.iter().find(|key| key.text == text).cloned();
        let key = key.unwrap_or_else(|| panic!("{}: {what} is unknown", self.context()));
        let lives = key.expires.is_some_and(|expiry| expiry > self.now());
        let usable = lives && key.revoked.is_none() && key.kind == KeyKind::Secret;
        assert!(usable, "{}: {what} is not accepted: {key:?}", self.context());
        key
    }

    /// What must hold at the end.
    async fn arrive(&mut self) {
        let keys = self.quay.sandbox.control().keys();
        let secret = keys.into_iter().filter(|key| key.kind == KeyKind::Secret);
        let newest = secret.max_by_key(|key| key.created).unwrap();
        let status = self.afloat.as_ref().unwrap().status();
        let history = self.history().await;
        let (now, what, detail) = (self.context(), status.condition, &status.detail);
        let why = format!("{now}: {what:?}, {detail}\n{:#?}\n{history}", status.keys);
        assert_eq!(self.shore.current().await.as_ref(), Some(&newest.text), "{why}");
        assert_eq!(self.quay.delivered(), Some(newest.text), "{why}");
        assert_eq!(status.condition, Condition::Ok, "{why}");
        assert_eq!(self.shore.leftovers().await, (0, 0), "{why}");
        assert_eq!(status.book_problem, None, "{why}");

        let (calls, others) = (self.log.calls(), self.log.others());
        let (most, since) = most_in_a_day(&calls);
        let shown = |at: Option<Timestamp>| at.map(|at| self.log.around(at)).unwrap_or_default();
        assert!(most <= CALLS_MAX, "{}: {most} calls\n{}", self.context(), shown(since));
        let (most_others, since) = most_in_a_day(&others);
        assert!(most_others <= OTHERS_MAX, "{}: {most_others}\n{}", self.context(), shown(since));
        self.fetches_are_a_day_apart();

        self.tally.calls = calls.len();
        self.tally.other_calls = others.len();
        self.tally.fetches = self.log.fetches().len();
        self.tally.proofs = self.log.count(Kind::Proof);
        self.tally.asked = self.log.count(Kind::Asked);
        self.tally.orphaned = self.log.count(Kind::Orphaned);
        self.tally.most_calls_in_a_day = most;
        self.tally.most_others_in_a_day = most_others;
    }

    /// The book's last lines, for a failure's message.
    async fn history(&self) -> String {
        let place = quaymaster::settings::model::Book::Sqlite(self.quay.path("book.db"));
        let (book, _) = quaymaster::store::open(&place, self.now());
        let lines = book.history(&self.quay.facility.name, 60).await.unwrap_or_default();
        lines.iter().map(|line| format!("{line:?}\n")).collect()
    }

    /// At most one in 24 hours; a task that began while its book could not be written, or before the
    /// one before it could write down what it had done, may make one more.
    fn fetches_are_a_day_apart(&self) {
        for pair in self.log.fetches().windows(2) {
            let blank = self.began_blank.iter().any(|at| (pair[0]..=pair[1]).contains(at));
            let apart = pair[1].duration_since(pair[0]) >= SignedDuration::from_hours(24);
            let around = || self.log.around(pair[1]);
            assert!(apart || blank, "{}: fetched at {pair:?}\n{}", self.context(), around());
        }
    }
}
