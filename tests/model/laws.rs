//! What must always hold, and what must be met at least once.

use stateright::Property;

use super::memory::name;
use super::setup::Setup;
use super::turn::{Reply, STEPS_MAX, Turn};
use super::world::{At, World};
use quaymaster::domain::renewal::Step;
use quaymaster::domain::secret_key::State;

pub(crate) const R1: &str = "R1 the current key is one the bank accepts, or expired where it stood";
pub(crate) const R2: &str = "R2 once a key expired, a working one stands in the store";
pub(crate) const R3: &str = "R3 no older key becomes current, but by a recorded rollback";
pub(crate) const R4: &str = "R4 no outage and no call for a person while a working key is stored";
pub(crate) const R5: &str = "R5 left alone, the replicas make the newest key current, and rest";
pub(crate) const R6: &str = "R6 a previous key stays while a reader can use it";
pub(crate) const W1: &str = "W1 while the store takes no writes, a cycle tries few";
pub(crate) const S1: &str = "S1 every new key has been current";
pub(crate) const S2: &str = "S2 both replicas have staged a key at once";

pub(crate) fn properties() -> Vec<Property<Setup>> {
    vec![
        Property::always(R1, |_, world: &World| {
            world.stock.current.is_none_or(|current| current <= world.bank.active)
        }),
        Property::always(R2, |_, world: &World| {
            let expired = world.stock.current.is_some_and(|key| key <= world.bank.expired);
            !expired || world.some_key_works()
        }),
        Property::always(R3, |_, world: &World| !world.regressed),
        Property::always(R4, |setup, world: &World| {
            !world.called_needlessly && each_cycle_ends_an_outage(setup, world)
        }),
        Property::always(R5, |setup, world: &World| {
            setup.frozen || !world.all_asleep() || comes_to_rest(setup, world.clone())
        }),
        Property::always(R6, |_, world: &World| !world.stranded),
        Property::always(W1, |setup, world: &World| {
            !world.deaf || !world.up || asleep(world).all(|who| tries_few(setup, world, who))
        }),
        Property::sometimes(S1, |setup, world: &World| {
            world.stock.current == Some(1 + setup.rolls) && !world.left_to_mint(setup)
        }),
        Property::sometimes(S2, |_, world: &World| both_have_staged(world)),
    ]
}

impl World {
    fn left_to_mint(&self, setup: &Setup) -> bool {
        self.bank.latest < 1 + setup.rolls
    }
}

fn both_have_staged(world: &World) -> bool {
    world.replicas.iter().all(|replica| {
        let ledger = replica.mind.ledger(super::memory::now(world.bank.expired));
        let staged = |key| ledger.state(name(key)) == Some(State::Staged);
        replica.at != At::Asleep && world.stock.pending.iter().any(staged)
    })
}

/// A replica that sleeps finds, in its next two cycles, any stored key that works, and makes it
/// current. One cycle may be spent on proving a key, which leaves no call to find the other refused.
fn each_cycle_ends_an_outage(setup: &Setup, world: &World) -> bool {
    let outage = world.up && !world.deaf && !world.current_works() && world.some_key_works();
    !outage
        || asleep(world).all(|who| {
            let mut world = world.clone();
            (0..2).all(|_| cycle(setup, &mut world, who)) && world.current_works()
        })
}

/// Without new faults or keys, and with the bank accepting what it offers, every replica ends each
/// cycle; after three each, the newest key is current, and a fourth changes nothing.
fn comes_to_rest(setup: &Setup, mut world: World) -> bool {
    (world.up, world.deaf) = (true, false);
    world.bank.active = world.bank.latest;
    for who in 0..2 {
        if world.replicas[who].mind.pinned.is_some() {
            Turn::of(setup, &mut world, who).end_pin();
        }
    }
    let around = |world: &mut World| (0..2).all(|who| cycle(setup, world, who));
    if !(0..3).all(|_| around(&mut world)) || world.stock.current != Some(world.bank.latest) {
        return false;
    }
    let before = (world.stock, world.replicas);
    around(&mut world) && (world.stock, world.replicas) == before
}

fn asleep(world: &World) -> impl Iterator<Item = usize> {
    (0..2).filter(|who| world.replicas[*who].at == At::Asleep)
}

/// How often one cycle may write in vain: each of the three keys once, and the places it clears.
const WRITES_MAX: usize = 6;

/// Whether a cycle at a store that takes no writes ends, and tries few of them.
fn tries_few(setup: &Setup, world: &World, who: usize) -> bool {
    let (mut world, mut writes) = (world.clone(), 0);
    for _ in 0..STEPS_MAX {
        if let At::Deciding(_) = world.replicas[who].at {
            let step = Turn::of(setup, &mut world, who).decide();
            let write = matches!(step, Step::Create(_) | Step::Promote(_) | Step::Remove(_));
            writes += usize::from(write);
        }
        writes += usize::from(matches!(world.replicas[who].at, At::Holding(..)));
        advance(setup, &mut world, who);
        if world.replicas[who].at == At::Asleep {
            return writes <= WRITES_MAX;
        }
    }
    false
}

/// One whole cycle in which nothing goes wrong; whether it ended.
fn cycle(setup: &Setup, world: &mut World, who: usize) -> bool {
    for _ in 0..STEPS_MAX {
        advance(setup, world, who);
        if world.replicas[who].at == At::Asleep {
            return true;
        }
    }
    false
}

/// One move of a cycle in which every reply is heard.
fn advance(setup: &Setup, world: &mut World, who: usize) {
    match world.replicas[who].at {
        At::Asleep | At::Looking(_) => {
            let stock = world.stock;
            Turn::of(setup, world, who).look(stock);
        }
        At::Deciding(_) => {
            let mut turn = Turn::of(setup, world, who);
            let step = turn.decide();
            turn.carry_out(step, Reply::Heard);
        }
        At::Holding(_, key) => Turn::of(setup, world, who).stage(key, Reply::Heard),
    }
}
