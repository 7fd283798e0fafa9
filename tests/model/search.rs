//! What can happen next: the model's actions, each one indivisible move of the bank, the store, a
//! reader, a person or a replica.
//!
//! A replica's moves end where someone else can see them: one call to the bank or the store. What it
//! notes for itself is done in the same move, since nothing outside can come between in a way that
//! matters. A paused replica is one that is not chosen for a long time. The two replicas are alike,
//! so worlds that differ only in which is which count as one.

use quaymaster::domain::renewal::Step;
use stateright::{Model, Property};

use super::laws;
use super::setup::Setup;
use super::turn::{Reply, Turn};
use super::world::{At, Bank, Keys, Replica, Stock, World};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// The bank makes a new key.
    Mint,
    /// The bank begins to accept the next key.
    Activate,
    /// The oldest key that lives expires.
    Expire,
    StoreDown,
    StoreUp,
    StoreDeaf,
    StoreHears,
    /// Readers take the current key.
    Refresh,
    Look(usize),
    LookStale(usize),
    Stage(usize, Reply),
    Do(usize, Step, Reply),
    Crash(usize),
    /// A crash after which the book is gone, too.
    LoseDisk(usize),
    RollBack(usize, Reply),
    EndPin(usize),
}

impl Setup {
    /// A key expires only where the protocol's assumptions hold.
    fn may_expire(&self, world: &World) -> bool {
        let next = world.bank.expired + 1;
        let bank = world.bank;
        // The bank accepts a successor, and the store could be written with it once.
        let succeeded = world.stored.iter().any(|key| next < key && key <= bank.active);
        // The store and the program are not both out for longer than a key lives.
        let promoted = world.stock.current.is_none_or(|current| current >= next);
        // Readers take a new key before the old one ends.
        let read = world.reader > next || world.stock.current == Some(next);
        // A pin ends a day before its key does.
        let unpinned = world
            .replicas
            .iter()
            .all(|replica| replica.mind.pinned != Some(next) && replica.book.pinned != Some(next));
        // In a freeze that never ends, a key is only ever used once its forerunner is refused.
        succeeded && promoted && (read || self.frozen) && unpinned
    }

    fn replica_actions(&self, world: &World, who: usize, actions: &mut Vec<Action>) {
        let replica = &world.replicas[who];
        let writes = |actions: &mut Vec<Action>, make: &dyn Fn(Reply) -> Action| {
            actions.push(make(Reply::Heard));
            if world.up && world.left.lost_replies > 0 {
                actions.push(make(Reply::Lost));
            }
            if world.up && world.left.crashes > 0 {
                actions.push(make(Reply::Unread));
            }
        };
        match replica.at {
            At::Asleep | At::Looking(_) => {
                if world.up || replica.at != At::Asleep {
                    actions.push(Action::Look(who));
                }
                if world.up && self.stale_reads && world.stale != world.stock {
                    actions.push(Action::LookStale(who));
                }
                let at_rest = replica.at == At::Asleep && world.up;
                if at_rest && world.left.rollbacks > 0 && replica.mind.pinned.is_none() {
                    writes(actions, &|reply| Action::RollBack(who, reply));
                    if world.left.crashes > 0 {
                        actions.push(Action::RollBack(who, Reply::Unsent));
                    }
                }
            }
            At::Holding(..) => writes(actions, &|reply| Action::Stage(who, reply)),
            At::Deciding(_) => match Turn::of(self, &mut world.clone(), who).decide() {
                step @ (Step::Prove(_) | Step::Fetch | Step::Note(..) | Step::Rest(_)) => {
                    actions.push(Action::Do(who, step, Reply::Heard));
                }
                step => writes(actions, &|reply| Action::Do(who, step, reply)),
            },
        }
        if world.left.crashes > 0 && replica.at != At::Asleep {
            actions.push(Action::Crash(who));
        }
        if world.left.lost_disks > 0 && *replica != Replica::default() {
            actions.push(Action::LoseDisk(who));
        }
        if replica.mind.pinned.is_some() {
            actions.push(Action::EndPin(who));
        }
    }
}

fn spend(world: &mut World, reply: Reply) {
    match reply {
        Reply::Heard => {}
        Reply::Lost => world.left.lost_replies -= 1,
        Reply::Unread | Reply::Unsent => world.left.crashes -= 1,
    }
}

impl Model for Setup {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        let current = (!self.first_day).then_some(1);
        let stock = Stock { current, ..Stock::default() };
        vec![World {
            bank: Bank { latest: 1, active: 1, expired: 0 },
            stock,
            stale: stock,
            up: true,
            deaf: false,
            reader: 1,
            stored: Keys::only(1),
            newest: 1,
            left: self.left,
            replicas: [Replica::default(); 2],
            regressed: false,
            called_needlessly: false,
            stranded: false,
        }]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        if world.bank.latest < 1 + self.rolls {
            actions.push(Action::Mint);
        }
        if world.bank.active < world.bank.latest {
            actions.push(Action::Activate);
        }
        if self.may_expire(world) {
            actions.push(Action::Expire);
        }
        if world.up && world.left.outages > 0 {
            actions.push(Action::StoreDown);
        }
        if !world.up {
            actions.push(Action::StoreUp);
        }
        if !world.deaf && world.left.deaf_times > 0 {
            actions.push(Action::StoreDeaf);
        }
        if world.deaf {
            actions.push(Action::StoreHears);
        }
        if world.up && world.stock.current.is_some_and(|current| current != world.reader) {
            actions.push(Action::Refresh);
        }
        for who in 0..2 {
            self.replica_actions(world, who, actions);
        }
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        let mut next = world.clone();
        let world = &mut next;
        match action {
            Action::Mint => {
                world.bank.latest += 1;
                if !self.late_activation {
                    world.bank.active = world.bank.latest;
                }
            }
            Action::Activate => world.bank.active += 1,
            Action::Expire => world.bank.expired += 1,
            Action::StoreDown => {
                world.up = false;
                world.left.outages -= 1;
            }
            Action::StoreUp => world.up = true,
            Action::StoreDeaf => {
                world.deaf = true;
                world.left.deaf_times -= 1;
            }
            Action::StoreHears => world.deaf = false,
            Action::Refresh => world.reader = world.stock.current.unwrap_or(world.reader),
            Action::Look(who) => {
                let stock = world.stock;
                Turn::of(self, world, who).look(stock);
            }
            Action::LookStale(who) => {
                let stock = world.stale;
                Turn::of(self, world, who).look(stock);
            }
            Action::Stage(who, reply) => {
                spend(world, reply);
                let At::Holding(_, key) = world.replicas[who].at else { return None };
                Turn::of(self, world, who).stage(key, reply);
            }
            Action::Do(who, step, reply) => {
                spend(world, reply);
                Turn::of(self, world, who).carry_out(step, reply);
            }
            Action::Crash(who) => {
                world.left.crashes -= 1;
                let replica = &mut world.replicas[who];
                *replica = Replica { mind: replica.book, at: At::Asleep, ..*replica };
            }
            Action::LoseDisk(who) => {
                world.left.lost_disks -= 1;
                world.replicas[who] = Replica::default();
            }
            Action::RollBack(who, reply) => {
                spend(world, reply);
                world.left.rollbacks -= 1;
                Turn::of(self, world, who).roll_back(reply);
            }
            Action::EndPin(who) => Turn::of(self, world, who).end_pin(),
        }
        self.make_small(world);
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        laws::properties()
    }
}

impl Setup {
    /// Makes worlds equal whose difference no one can meet any more.
    fn make_small(&self, world: &mut World) {
        if !self.stale_reads {
            world.stale = world.stock;
        }
        if world.left.crashes == 0 {
            // Only a crash reads the book.
            for replica in &mut world.replicas {
                replica.book = replica.mind.without_proofs();
            }
        }
        if !self.kind.checks_all {
            // Only a store that checks all that was read asks whether it is as it was.
            for replica in &mut world.replicas {
                if let Some(round) = replica.at.round_mut() {
                    round.fresh = false;
                }
            }
        }
        world.replicas.sort_unstable();
    }
}
