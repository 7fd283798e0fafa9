//! One facility, its bank and its stores, in which processes die and are started again.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use quaymaster::deliver::DeliveryTarget;
use quaymaster::deliver::files::{Files, Hooks};
use quaymaster::sandbox::{KeyChange, KeyKind, KeyView, NewSandboxKey, SANDBOX_CODE};
use quaymaster::secrets::SecretStore;
use quaymaster::secrets::aws::AwsSecrets;
use quaymaster::secrets::file::FileHooks;
use quaymaster::service::points::Points;
use quaymaster::service::{Command, FacilityStatus, Refused, Report};
use quaymaster::settings::model::FilesTarget;

use crate::fake_aws::{FakeAws, options};
use crate::points::{Crash, Fate, Trigger};
use crate::quay::{Afloat, Quay, file_store, settle};
use crate::watch::Watch;

/// The secret's name at AWS.
pub(crate) const SECRET: &str = "prod/quickstream";

/// Which stores there are; the first is the authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stores {
    File,
    Aws,
    FileAndAws,
    AwsAndFile,
}

/// What the next process remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Memory {
    /// The book of the one before.
    Kept,
    /// Nothing: the disk was lost.
    Lost,
    /// What it knew itself: another replica takes over, and the next death brings the first back.
    Replica,
}

/// What a case finds against the rules.
pub(crate) type Checked = Result<(), String>;

pub(crate) struct World {
    pub(crate) quay: Quay,
    pub(crate) aws: Option<FakeAws>,
    pub(crate) stores: Stores,
    pub(crate) trigger: Trigger,
    pub(crate) watch: Watch,
    memory: Memory,
    lives: usize,
    afloat: Option<Afloat>,
}

impl World {
    pub(crate) async fn new(stores: Stores, memory: Memory) -> Self {
        let mut quay = Quay::new().await;
        let trigger = Trigger::new(quay.sandbox.control());
        let mut aws = None;
        let mut opened: Vec<Arc<dyn SecretStore>> = Vec::new();
        let file_first = matches!(stores, Stores::File | Stores::FileAndAws);
        if stores != Stores::Aws {
            let path = quay.path("store");
            let hooks = {
                let trigger = trigger.clone();
                FileHooks::new(move |step| trigger.file(step, &path))
            };
            opened.push(file_store(quay.directory.path(), "store", hooks));
        }
        if stores != Stores::File {
            let fake = FakeAws::start().await;
            let trigger = trigger.clone();
            fake.trap(move |operation, input| trigger.aws(operation, input));
            let store = AwsSecrets::connect_with(&fake.settings(SECRET, None), options(1)).await;
            opened.insert(usize::from(file_first), Arc::new(store.unwrap()));
            aws = Some(fake);
        }
        quay.stores = opened;
        quay.points = Points::asking({
            let trigger = trigger.clone();
            move |point| trigger.point(point)
        });
        let hooks = Hooks::new({
            let trigger = trigger.clone();
            move |step| trigger.deliver(step)
        });
        let target = FilesTarget { directory: quay.path("run"), mode: 0o440, group: None };
        let target = Files::open(&target, hooks).lingering(Duration::ZERO);
        quay.targets = Some(vec![Arc::new(target) as Arc<dyn DeliveryTarget>]);
        Self { quay, aws, stores, trigger, watch: Watch::default(), memory, lives: 0, afloat: None }
    }

    /// Starts a process that will die at `at`, and lets it come to rest or to its end.
    pub(crate) async fn launch(&mut self, at: Option<Crash>) -> Checked {
        self.trigger.arm(at, Fate::Dies);
        let book = match self.memory {
            Memory::Kept => "book.db".to_owned(),
            Memory::Lost => format!("book-{}.db", self.lives),
            Memory::Replica => format!("book-{}.db", self.lives % 2),
        };
        self.lives += 1;
        self.afloat = Some(self.quay.launch_with_book(&book).await);
        self.settle().await
    }

    /// Waits until the process rests or has died; one that cannot go on is ended.
    pub(crate) async fn settle(&mut self) -> Checked {
        if let Some(afloat) = &self.afloat {
            settle(&self.quay.clock, 1, &[afloat.task()]).await;
        }
        if self.trigger.is_dead()
            && let Some(afloat) = self.afloat.take()
        {
            if afloat.has_died() {
                afloat.death().await;
            } else {
                afloat.kill().await;
            }
        }
        self.observe().await
    }

    pub(crate) fn lives(&self) -> bool {
        self.afloat.is_some()
    }

    pub(crate) fn status(&self) -> Arc<FacilityStatus> {
        self.afloat.as_ref().unwrap().status()
    }

    /// Stops the process, as SIGTERM does.
    pub(crate) async fn stop(&mut self) {
        if let Some(afloat) = self.afloat.take() {
            afloat.stop().await;
        }
    }

    pub(crate) async fn ask(&mut self, command: Command) -> Result<Report, Refused> {
        self.afloat.as_ref().unwrap().ask(command).await
    }

    /// A new key at the bank that it never hands out by itself.
    pub(crate) fn mint_restricted(&mut self) -> String {
        let control = self.quay.sandbox.control();
        let businesses = vec!["SANDBOXHIRE".to_owned()];
        let new = NewSandboxKey { businesses, ..NewSandboxKey::secret(SANDBOX_CODE) };
        control.make_key(new).unwrap().text
    }

    /// Lets time pass, from one waking to the next, until it has or the process is dead.
    pub(crate) async fn pass(&mut self, length: Duration) -> Checked {
        let mut left = length;
        while !left.is_zero() && self.lives() {
            let step = self.quay.clock.waiting().0.map_or(left, |first| first.min(left));
            self.quay.clock.advance(step);
            left -= step;
            self.settle().await?;
        }
        Ok(())
    }

    /// Lets a long time pass at once, as for a machine that was suspended.
    pub(crate) async fn sleep_until(&mut self, at: Timestamp) -> Checked {
        let length = at.duration_since(self.quay.clock.now());
        self.quay.clock.advance(Duration::try_from(length).unwrap_or_default());
        self.settle().await
    }

    /// A new key at the bank.
    pub(crate) fn mint(&mut self) -> String {
        self.quay.mint()
    }

    /// Makes a restricted key one like any other.
    pub(crate) fn lift_restriction(&self, text: &str) {
        let control = self.quay.sandbox.control();
        let key = control.keys().into_iter().find(|key| key.text == text).unwrap();
        control.change_key(&key.id, KeyChange::Businesses(Vec::new())).unwrap();
    }

    /// The bank's secret keys as they are now.
    pub(crate) fn keys(&self) -> Keys {
        let now = self.quay.clock.now();
        let keys = self.quay.sandbox.control().keys().into_iter();
        Keys { now, keys: keys.filter(|key| key.kind == KeyKind::Secret).collect() }
    }
}

/// Secret keys in the order in which they were made, which are the generations.
pub(crate) struct Keys {
    now: Timestamp,
    keys: Vec<KeyView>,
}

impl Keys {
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The key of a generation.
    pub(crate) fn get(&self, generation: usize) -> Option<&str> {
        self.keys.get(generation).map(|key| &*key.text)
    }

    /// Which generation a key is.
    pub(crate) fn generation(&self, text: &str) -> Option<usize> {
        self.keys.iter().position(|key| key.text == text)
    }

    /// Whether the bank accepts a key now.
    pub(crate) fn accepts(&self, text: &str) -> bool {
        let key = self.keys.iter().find(|key| key.text == text);
        key.is_some_and(|key| {
            key.revoked.is_none() && key.expires.is_none_or(|expires| expires > self.now)
        })
    }

    /// The generation that the bank hands out when it is asked for the latest key.
    pub(crate) fn latest(&self) -> usize {
        self.keys.iter().rposition(|key| key.businesses.is_empty()).unwrap_or_default()
    }

    /// When a generation expires.
    pub(crate) fn expires_at(&self, generation: usize) -> Option<Timestamp> {
        self.keys.get(generation)?.expires
    }
}
