//! What the bank saw: its log of requests, told apart and counted.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use quaymaster::sandbox::{Control, LoggedRequest};

/// The resource that hands out keys.
pub(crate) const LATEST: &str = "/api-keys/latest";

/// Why a request was made, told apart without asking the task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// With the key that was current: the daily fetch.
    Scheduled,
    /// With a key that was not current yet: its proof.
    Proof,
    /// Because a person asked for it.
    Asked,
    /// Nobody may have read the answer: the task was killed at that moment, or had stopped waiting.
    Orphaned,
}

/// The bank's log, each request told apart when it was first seen.
#[derive(Debug, Default)]
pub(crate) struct BankLog {
    seen: BTreeMap<u64, (LoggedRequest, Kind)>,
    counted: u64,
}

impl BankLog {
    /// Takes in what is new in the bank's log.
    pub(crate) fn take_in(&mut self, bank: &Control, tell: impl Fn(&LoggedRequest) -> Kind) {
        let counted = bank.requests_by_route().values().sum();
        if counted == self.counted {
            return;
        }
        self.counted = counted;
        for request in bank.requests() {
            self.seen.entry(request.number).or_insert_with(|| {
                let kind = tell(&request);
                (request, kind)
            });
        }
        assert_eq!(self.seen.len() as u64, counted, "the bank's log holds every request");
    }

    fn times(&self, which: impl Fn(&LoggedRequest, Kind) -> bool) -> Vec<Timestamp> {
        let mut times: Vec<_> = self
            .seen
            .values()
            .filter(|(request, kind)| which(request, *kind))
            .map(|(request, _)| request.at)
            .collect();
        times.sort();
        times
    }

    /// When the bank was asked for the latest key, whoever asked and whatever it answered.
    pub(crate) fn calls(&self) -> Vec<Timestamp> {
        self.times(|request, _| request.route == Some(LATEST))
    }

    /// When a scheduled fetch was answered well, and nothing spoilt the answer on its way.
    pub(crate) fn fetches(&self) -> Vec<Timestamp> {
        self.times(|request, kind| {
            let well = request.status == Some(200) && request.fault.is_none();
            request.route == Some(LATEST) && kind == Kind::Scheduled && well
        })
    }

    /// When the bank was asked anything else.
    pub(crate) fn others(&self) -> Vec<Timestamp> {
        self.times(|request, _| request.route != Some(LATEST))
    }

    pub(crate) fn count(&self, wanted: Kind) -> usize {
        self.times(|request, kind| request.route == Some(LATEST) && kind == wanted).len()
    }

    /// Everything around a time, for a failure's message.
    pub(crate) fn around(&self, at: Timestamp) -> String {
        let near =
            |other: Timestamp| other.duration_since(at).abs() < SignedDuration::from_hours(36);
        let lines = self.seen.values().filter(|(request, _)| near(request.at)).map(|(r, kind)| {
            let (route, key) = (r.route.unwrap_or("?"), r.key.as_deref().unwrap_or("?"));
            format!("{} {route} {key} {:?} fault {:?} {kind:?}\n", r.at, r.status, r.fault)
        });
        lines.collect()
    }
}

/// The most of `times` in any 24 hours, and where they begin.
pub(crate) fn most_in_a_day(times: &[Timestamp]) -> (usize, Option<Timestamp>) {
    let day = SignedDuration::from_hours(24);
    let count = |first: &Timestamp| {
        times.iter().filter(|at| *at >= first && at.duration_since(*first) < day).count()
    };
    let counts = times.iter().map(|first| (count(first), Some(*first)));
    counts.max_by_key(|(count, _)| *count).unwrap_or_default()
}

/// What voyages came to.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) voyages: usize,
    pub(crate) days: u64,
    pub(crate) restarts: usize,
    pub(crate) jumps: usize,
    pub(crate) wakings: usize,
    pub(crate) calls: usize,
    pub(crate) fetches: usize,
    pub(crate) proofs: usize,
    pub(crate) asked: usize,
    pub(crate) orphaned: usize,
    pub(crate) other_calls: usize,
    pub(crate) most_calls_in_a_day: usize,
    pub(crate) most_others_in_a_day: usize,
    pub(crate) promotions: usize,
}

impl Tally {
    pub(crate) fn add(&mut self, other: &Self) {
        self.voyages += other.voyages;
        self.days += other.days;
        self.restarts += other.restarts;
        self.jumps += other.jumps;
        self.wakings += other.wakings;
        self.calls += other.calls;
        self.fetches += other.fetches;
        self.proofs += other.proofs;
        self.asked += other.asked;
        self.orphaned += other.orphaned;
        self.other_calls += other.other_calls;
        self.most_calls_in_a_day = self.most_calls_in_a_day.max(other.most_calls_in_a_day);
        self.most_others_in_a_day = self.most_others_in_a_day.max(other.most_others_in_a_day);
        self.promotions += other.promotions;
    }

    /// A run in which nothing went wrong would prove nothing.
    pub(crate) fn saw_enough(&self) {
        let voyages = self.voyages;
        assert!(self.restarts >= voyages * 60, "{self:?}");
        assert!(self.promotions >= voyages * 2, "{self:?}");
        assert!(self.fetches >= voyages * 30 && self.calls > self.fetches, "{self:?}");
        assert!(self.proofs >= voyages * 2 && self.jumps >= voyages, "{self:?}");
    }
}
