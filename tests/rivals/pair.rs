//! Two tasks for one facility, which know nothing of each other but what the store tells.

use std::sync::Arc;
use std::time::Duration;

use quaymaster::sandbox::{CutAt, Fault, KeyKind, KeyView};
use quaymaster::secrets::SecretStore;
use quaymaster::service::parts::Chance;
use quaymaster::settings::model::{FilesTarget, Target};

use crate::dice::Dice;
use crate::quay::{self, Afloat, Quay};

/// Tells the text of the store's current key.
pub(crate) type Truth = Box<dyn Fn() -> Option<String> + Send + Sync>;

/// The two tasks and what they share.
pub(crate) struct Pair {
    pub(crate) quay: Quay,
    pub(crate) dice: Dice,
    stores: [Arc<dyn SecretStore>; 2],
    tasks: [Option<Afloat>; 2],
    seed: u64,
    /// Tells what the store gives readers, past any fault and without taking one away from the tasks;
    /// the store itself is asked if there is no such way.
    pub(crate) truth: Option<Truth>,
    /// The store's current key at the last look.
    current: Option<KeyView>,
    pub(crate) crashes: usize,
}

impl Pair {
    /// Starts both at the same moment.
    pub(crate) async fn start(seed: u64, quay: Quay, stores: [Arc<dyn SecretStore>; 2]) -> Self {
        let dice = Dice::new(seed);
        let tasks = [None, None];
        let mut pair =
            Self { quay, dice, stores, tasks, seed, truth: None, current: None, crashes: 0 };
        pair.launch(0).await;
        pair.launch(1).await;
        pair.settle().await;
        pair
    }

    async fn launch(&mut self, side: usize) {
        let jitter = f64::from(u32::try_from(self.dice.below(1_000)).unwrap()) / 1_000.0;
        self.quay.chance = Chance::new(move || jitter);
        self.quay.stores = vec![Arc::clone(&self.stores[side])];
        let directory = self.quay.path(&format!("run-{side}"));
        let files = FilesTarget { directory, mode: 0o440, group: None };
        self.quay.facility.secret_key.deliver = vec![Target::Files(files)];
        self.tasks[side] = Some(self.quay.launch_with_book(&format!("book-{side}.db")).await);
    }

    async fn settle(&self) {
        let tasks: Vec<_> = self.tasks.iter().flatten().map(Afloat::task).collect();
        quay::settle(&self.quay.clock, tasks.len(), &tasks).await;
        assert!(tasks.iter().all(|task| !task.is_finished()), "{}: a task ended", self.context());
    }

    pub(crate) fn context(&self) -> String {
        format!("seed {}, {}", self.seed, self.quay.clock.now())
    }

    /// Lets time pass at once, as for a machine that slept: both wake at the same moment.
    pub(crate) async fn pass(&mut self, length: Duration) {
        self.quay.clock.advance(length);
        self.settle().await;
        self.look().await;
    }

    /// As [`Pair::pass`], with one of the two killed at some moment of its work and begun again.
    pub(crate) async fn pass_with_a_crash(&mut self, length: Duration) {
        self.quay.clock.advance(length);
        for _ in 0..self.dice.below(4_000) {
            tokio::task::yield_now().await;
        }
        let side = usize::try_from(self.dice.below(2)).unwrap();
        self.tasks[side].take().unwrap().kill().await;
        self.crashes += 1;
        self.launch(side).await;
        self.settle().await;
        self.look().await;
    }

    /// One stretch of time of some length, perhaps with a crash, perhaps with a bank that loses
    /// replies.
    pub(crate) async fn rough(&mut self) {
        if self.dice.one_in(3) {
            let cut = Some(self.dice.pick(&[CutAt::Before, CutAt::After]));
            let fault = Fault { cut, times: Some(1 + self.dice.below(2)), ..Fault::default() };
            self.quay.sandbox.control().add_faults(vec![fault]).unwrap();
        }
        let length = self.dice.pick(&[40, 90, 3_700, 9 * 3_600, 25 * 3_600, 25 * 3_600]);
        let length = Duration::from_secs(length);
        if self.dice.one_in(3) {
            self.pass_with_a_crash(length).await;
        } else {
            self.pass(length).await;
        }
    }

    /// Three calm days.
    pub(crate) async fn calm(&mut self) {
        self.quay.sandbox.control().clear_faults();
        for _ in 0..3 {
            self.pass(Duration::from_hours(25)).await;
            self.pass(Duration::from_mins(61)).await;
        }
    }

    /// The bank's secret keys, in the order in which they were made.
    pub(crate) fn keys(&self) -> Vec<KeyView> {
        let mut keys = self.quay.sandbox.control().keys();
        keys.retain(|key| key.kind == KeyKind::Secret);
        keys.sort_by_key(|key| key.created);
        keys
    }

    /// What readers of the store and of the files are given is accepted, and never an older key than
    /// before.
    async fn look(&mut self) {
        let keys = self.keys();
        let accepted = |text: &str| {
            let key = keys.iter().find(|key| key.text == text).cloned();
            let key = key.unwrap_or_else(|| panic!("{}: an unknown key", self.context()));
            let lives = key.expires.is_some_and(|expiry| expiry > self.quay.clock.now());
            assert!(lives, "{}: {key:?}", self.context());
            key
        };
        for side in 0..2 {
            let path = self.quay.path(&format!("run-{side}/current"));
            if let Ok(text) = std::fs::read_to_string(path) {
                accepted(text.trim());
            }
        }
        let text = if let Some(truth) = &self.truth {
            truth()
        } else {
            let snapshot = self.stores[0].read().await.unwrap();
            snapshot.current.map(|held| held.key.expose().to_owned())
        };
        let Some(text) = text else { return };
        let key = accepted(&text);
        let older = self.current.as_ref().is_some_and(|before| before.created > key.created);
        assert!(!older, "{}: back to {key:?}", self.context());
        self.current = Some(key);
    }

    /// At the end both give out the newest key, the one before it is kept, and nothing waits.
    pub(crate) async fn arrived(&self) {
        let keys = self.keys();
        let (newest, second) = (&keys[keys.len() - 1], &keys[keys.len() - 2]);
        let snapshot = self.stores[1].read().await.unwrap();
        let context = self.context();
        let text = |held: Option<quaymaster::secrets::Holding>| {
            held.map(|held| held.key.expose().to_owned())
        };
        assert_eq!(text(snapshot.current).as_ref(), Some(&newest.text), "{context}");
        assert_eq!(text(snapshot.previous).as_ref(), Some(&second.text), "{context}");
        assert_eq!(snapshot.pending.len(), 0, "{context}");
        for side in 0..2 {
            let path = self.quay.path(&format!("run-{side}/current"));
            let delivered = std::fs::read_to_string(path).unwrap();
            assert_eq!(delivered.trim(), newest.text, "{context}");
            let status = self.tasks[side].as_ref().unwrap().status();
            let word = status.condition.label();
            assert_eq!(word, "ok", "{context}: {}", status.detail);
        }
    }
}
