//! What people begin and a death cuts short: the first start, an installation, a rollback.

use std::collections::VecDeque;

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use quaymaster::deliver::files::Step;
use quaymaster::domain::calendar::{Calendar, FreezeRule};
use quaymaster::key::KeyText;
use quaymaster::secrets::file::FileStep;
use quaymaster::service::Command;
use quaymaster::service::points::Point;

use crate::points::{AwsCall, Crash, Fate};
use crate::quay::{START, first_key, hours};
use crate::watch::check;
use crate::world::{Checked, Memory, Stores, World};

/// How often a person repeats a command whose answer did not come.
const REPEATS_MAX: usize = 3;

/// A story, in which every place of its own may be met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Story {
    Bootstrap,
    Install,
    Rollback,
}

impl Story {
    /// Whether its path leads past a place.
    pub(crate) fn passes(self, place: Crash) -> bool {
        let deletes = matches!(
            place,
            Crash::Point(Point::StoreRemoved)
                | Crash::File(FileStep::Delete | FileStep::DeleteSyncDirectory, _)
                | Crash::Aws(AwsCall::TakePrevious, _)
        );
        let stages = matches!(
            place,
            Crash::Point(Point::StoreStaged | Point::Staged)
                | Crash::Aws(AwsCall::Put | AwsCall::TakePending, _)
        );
        let writes_version = matches!(
            place,
            Crash::File(
                FileStep::VersionWrite
                    | FileStep::VersionSync
                    | FileStep::VersionRename
                    | FileStep::VersionSyncDirectory
                    | FileStep::VersionDone,
                _
            )
        );
        let proves = matches!(place, Crash::Point(Point::BankProved | Point::Proven));
        let creates = matches!(place, Crash::Aws(AwsCall::Create, _));
        let others = match self {
            Self::Bootstrap => {
                stages
                    || matches!(
                        place,
                        Crash::Aws(AwsCall::MoveCurrent, _) | Crash::Deliver(Step::RemoveOld)
                    )
            }
            // A person's key is tried before the renewal begins.
            Self::Install => proves || creates,
            Self::Rollback => {
                stages || writes_version || creates || place == Crash::Deliver(Step::LinkName)
            }
        };
        !deletes && !others
    }

    /// Tells the story with a death at `crash`; says whether its path led there.
    pub(crate) async fn tell(
        self,
        stores: Stores,
        memory: Memory,
        crash: Crash,
    ) -> Result<bool, String> {
        let mut world = World::new(stores, memory).await;
        match self {
            Self::Bootstrap => bootstrap(&mut world, crash).await?,
            Self::Install => install(&mut world, crash).await?,
            Self::Rollback => rollback(&mut world, crash).await?,
        }
        let hits = world.trigger.take_hits();
        check(hits.len() <= 1 && hits.iter().all(|hit| *hit == crash), "another place was met")?;
        world.trigger.arm(None, Fate::Dies);
        world.finish(&[]).await?;
        world.stop().await;
        Ok(!hits.is_empty())
    }
}

/// The first start of all: the bootstrap key is proven, and the secret created with it.
async fn bootstrap(world: &mut World, crash: Crash) -> Checked {
    world.launch(Some(crash)).await?;
    world.recover(&mut VecDeque::new()).await
}

/// A person brings a key that the bank never hands out, in a freeze: only what was stored outlives a
/// death, and it waits for nothing.
async fn install(world: &mut World, crash: Crash) -> Checked {
    let frozen = FreezeRule {
        from: date(2026, 1, 1),
        until: date(2026, 1, 20),
        reason: "a release".to_owned(),
    };
    world.quay.calendar = Calendar::new("Australia/Sydney", &[], &[frozen]).unwrap();
    world.launch(None).await?;
    let text = world.mint_restricted();
    world.trigger.arm(Some(crash), Fate::Dies);
    let key = KeyText::parse(text.clone()).unwrap();
    for _ in 0..REPEATS_MAX {
        let answer = world.ask(Command::Install { key: key.clone() }).await;
        world.settle().await?;
        let stored = world.holds(&text).await;
        check(answer.is_err() || stored, "an installation was reported and is lost")?;
        world.revive().await?;
        world.pass(hours(2)).await?;
        world.revive().await?;
        let held = world.held().await;
        check(!stored || held.current.as_ref() == Some(&text), "a stored key is not made current")?;
        if stored {
            world.lift_restriction(&text);
            return world.recover(&mut VecDeque::new()).await;
        }
    }
    Err("the key could not be installed".to_owned())
}

/// A person goes back to the previous key, and the pin's end goes forward again.
async fn rollback(world: &mut World, crash: Crash) -> Checked {
    world.launch(None).await?;
    let second = world.mint();
    let start: Timestamp = START.parse().unwrap();
    world.sleep_until(start + SignedDuration::from_hours(25)).await?;
    world.recover(&mut VecDeque::new()).await?;
    world.watch.may_go_back = true;
    world.trigger.arm(Some(crash), Fate::Dies);
    let mut repeats = 0;
    loop {
        let answer = world.ask(Command::Rollback { until: None }).await;
        world.settle().await?;
        world.revive().await?;
        world.pass(hours(2)).await?;
        world.revive().await?;
        let held = world.held().await;
        let back = held.current.as_ref() == Some(&first_key());
        let pinned = world.status().pin.is_some();
        check(answer.is_err() || back, "a rollback was reported and did not happen")?;
        check(back == pinned, "the pin is on another key than the current one")?;
        if back {
            check(held.previous.as_ref() == Some(&second), "R2: the newer key is gone")?;
            break;
        }
        repeats += 1;
        check(repeats < REPEATS_MAX, "the rollback could not be made")?;
    }
    world.sleep_until(start + SignedDuration::from_hours(30 * 24)).await?;
    world.revive().await?;
    world.pass(hours(1)).await?;
    world.watch.may_go_back = false;
    world.recover(&mut VecDeque::new()).await
}

impl World {
    /// Starts a process if none lives.
    async fn revive(&mut self) -> Checked {
        while !self.lives() {
            self.launch(None).await?;
        }
        Ok(())
    }

    /// Whether the authority holds a key in any place.
    async fn holds(&self, text: &str) -> bool {
        let held = self.held().await;
        held.current.iter().chain(&held.previous).chain(&held.pending).any(|one| one == text)
    }
}
