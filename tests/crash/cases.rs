//! The cases: what is going on while the process dies, and where it must end.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use quaymaster::domain::condition::Urgency;

use crate::points::{Crash, Fate};
use crate::quay::{START, first_key, hours};
use crate::watch::{check, delivered};
use crate::world::{Checked, Memory, Stores, World};

/// How long a renewal may take once no process dies any more: a failed call to the bank waits for
/// hours at the worst, and the next scheduled one comes within a day and a half hour.
const RENEWED_WITHIN: Duration = Duration::from_hours(26);

/// How long it is watched once it is done, for what should not happen then.
const WATCHED_FOR: Duration = Duration::from_hours(1);

/// A renewal that passes every place passes it in its own round or in the next one, which begins
/// with the removal of an expired key.
const ROUNDS_PER_BOUT: usize = 3;

/// Renewals one after the other in one world: what is there, what each new process remembers, and
/// where processes die in each renewal, one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) stores: Stores,
    pub(crate) memory: Memory,
    pub(crate) fate: Fate,
    pub(crate) bouts: Vec<Vec<Crash>>,
}

impl Case {
    pub(crate) fn deaths(&self) -> usize {
        self.bouts.iter().map(Vec::len).sum()
    }

    /// The first renewal begins a day after the start, every other one when the key before the
    /// current one has expired, so that its removal is a part of it.
    pub(crate) async fn renewals(self) -> Checked {
        let mut world = World::new(self.stores, self.memory).await;
        world.launch(None).await?;
        world.ends_with(&first_key(), None)?;
        let start: Timestamp = START.parse().unwrap();
        let mut at = start + SignedDuration::from_hours(25);
        for bout in &self.bouts {
            let told = |wrong| format!("{bout:?}: {wrong}");
            let mut plan: VecDeque<_> = bout.iter().copied().collect();
            world.trigger.arm(plan.pop_front(), self.fate);
            for _ in 0..ROUNDS_PER_BOUT {
                world.mint();
                world.sleep_until(at).await.map_err(told)?;
                world.recover(&mut plan).await.map_err(told)?;
                at = world.next_removal_at();
                if plan.is_empty() && !world.trigger.waits() {
                    break;
                }
            }
            world.finish(bout).await.map_err(told)?;
        }
        world.stop().await;
        Ok(())
    }
}

impl World {
    /// Starts processes until one lives, and lets it bring the newest key forward.
    pub(crate) async fn recover(&mut self, plan: &mut VecDeque<Crash>) -> Checked {
        let (mut passed, mut watched) = (Duration::ZERO, Duration::ZERO);
        let newest = self.newest_handed_out();
        loop {
            while !self.lives() {
                self.launch(plan.pop_front()).await?;
            }
            if self.held().await.current.as_ref() == Some(&newest) {
                if watched >= WATCHED_FOR {
                    return Ok(());
                }
                watched += hours(1);
            }
            check(passed < RENEWED_WITHIN, "R5: the newest key does not become current")?;
            self.pass(hours(1)).await?;
            passed += hours(1);
        }
    }

    /// A little after the expiry of the key before the newest.
    fn next_removal_at(&self) -> Timestamp {
        let keys = self.keys();
        keys.expires_at(keys.len() - 2).unwrap() + SignedDuration::from_hours(1)
    }

    /// The key that the bank hands out when it is asked for the latest.
    fn newest_handed_out(&self) -> String {
        let keys = self.keys();
        keys.get(keys.latest()).unwrap().to_owned()
    }

    /// What must be true once processes live: every crash happened, nobody waits for a person, the
    /// newest key is everywhere and nothing is left over.
    pub(crate) async fn finish(&mut self, crashes: &[Crash]) -> Checked {
        let hits = self.trigger.take_hits();
        check(hits == crashes, &format!("only these places were reached: {hits:?}"))?;
        self.look_at_calls()?;
        let status = self.status();
        let urgency = status.condition.urgency();
        check(
            urgency < Urgency::Attention,
            &format!("R4: a person is waited for: {:?}, {}", status.condition, status.detail),
        )?;
        let held = self.held().await;
        let newest = self.newest_handed_out();
        check(held.pending.is_empty(), "a key is left pending")?;
        let keys = self.keys();
        let before = keys.latest().checked_sub(1).and_then(|before| keys.get(before));
        let before = before.filter(|key| keys.accepts(key)).map(str::to_owned);
        check(held.previous == before, "the previous place is not as it should be")?;
        let mirrored = self.mirrored().await;
        check(
            mirrored.is_none_or(|mirrored| mirrored == newest),
            "the store beside the authority lacks the newest key",
        )?;
        self.ends_with(&newest, before.as_deref())
    }

    pub(crate) fn ends_with(&self, current: &str, previous: Option<&str>) -> Checked {
        let found = delivered(&self.quay.path("run"))?;
        let found = found.as_ref().map(|(current, previous)| (&**current, previous.as_deref()));
        check(found == Some((current, previous)), "the delivered keys are not as they should be")
    }
}
