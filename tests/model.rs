//! A model of the renewal protocol, searched exhaustively: every order in which two replicas, the
//! bank, the store, its readers and bad luck can act, within the budgets of each search.
//!
//! Real: the decision (`next_step`), the judgement of offers (`judge_offer`) and of tried keys
//! (`verdict::judge`), the ledger, and the table of a key's life. Modelled: the bank, the store, and
//! how a step is carried out; `model/turn.rs` writes the service's part again, in its order. Crashes
//! lose memory and what the book was not told; a lost disk loses the book, a pin included.
//!
//! Left out, because no decision here depends on it: names, the limits on calls, held keys, leaks,
//! deliveries other than "readers take the current key", stores other than the authority. A pause is a
//! replica that is not chosen for a long time.
//!
//! Assumed, as the protocol does: the bank accepts a successor before a key ends, and the store can be
//! written with it once in that time; readers take a new key before the old one ends; the second read
//! before a person is told is consistent. A pin lives in one replica's book: a peer undoes the
//! rollback, which breaks no law here and is no secret.
//!
//! Prints how large each search was; `QUAYMASTER_TEST_MODEL=full` adds larger ones (minutes, and
//! gigabytes of memory).
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a model that breaks its own rules fails its test; it says how large it was, and the \
              environment says how large it may be"
)]

#[path = "model/laws.rs"]
mod laws;
#[path = "model/memory.rs"]
mod memory;
#[path = "model/search.rs"]
mod search;
#[path = "model/setup.rs"]
mod setup;
#[path = "model/turn.rs"]
mod turn;
#[path = "model/world.rs"]
mod world;

use laws::{R1, R2, R3, R4, R5, R6, S1, S2, W1};
use setup::{Kind, Met, Mutation, Setup};
use stateright::{Checker, HasDiscoveries, Model};
use world::Budget;

fn budget(crashes: u8, lost_replies: u8, lost_disks: u8, outages: u8) -> Budget {
    Budget { crashes, lost_replies, lost_disks, outages, ..Budget::default() }
}

fn is_full() -> bool {
    std::env::var("QUAYMASTER_TEST_MODEL").is_ok_and(|value| value == "full")
}

/// Searches everything, and says how much that was; fails with a shortest way to what must not be.
fn holds(what: &str, setup: &Setup) {
    let checker = setup.clone().checker().threads(2).spawn_bfs().join();
    eprintln!(
        "model: {what}: {} unique states, depth {}",
        checker.unique_state_count(),
        checker.max_depth(),
    );
    for law in [R1, R2, R3, R4, R5, R6, W1] {
        if let Some(path) = checker.discovery(law) {
            let last = path.last_state().clone();
            let way: String = path.into_actions().iter().map(|act| format!("{act:?}\n")).collect();
            panic!("{what}: not so: {law}\n{way}{last:?}");
        }
    }
    for met in [S1, S2] {
        assert!(checker.discovery(met).is_some(), "{what}: never met: {met}");
    }
}

fn everything_met(setups: &[&Setup], expected: &[Met]) {
    let met = |what: &Met| setups.iter().any(|setup| setup.has_met(*what));
    let missing: Vec<_> = expected.iter().filter(|what| !met(what)).collect();
    assert_eq!(missing, Vec::<&Met>::new(), "the searches were about less than they claim");
}

/// Two new keys on AWS Secrets Manager, each refused for a time after it was offered.
#[test]
fn two_new_keys_on_aws() {
    let setup = Setup { left: budget(0, 0, 0, 0), rolls: 2, ..Setup::new(Kind::AWS) };
    holds("aws, two new keys", &setup);
    let met = [Met::Stage, Met::Promote, Met::LostRace, Met::Remove, Met::Drop, Met::Expire];
    everything_met(&[&setup], &met);
    let met = [Met::KnownOffer, Met::NotActive, Met::NoKeyWorks, Met::Fallback, Met::Adopt];
    everything_met(&[&setup], &met);
}

#[test]
fn faults_on_aws() {
    let one = Setup { rolls: 1, ..Setup::new(Kind::AWS) };
    let stale = Setup { left: budget(1, 1, 0, 1), stale_reads: true, ..one.clone() };
    holds("aws, one new key, crash, lost reply, outage, stale reads", &stale);
    let disks = Setup { left: budget(1, 1, 2, 1), ..one };
    holds("aws, one new key, crash, lost reply, both disks lost, outage", &disks);
    everything_met(&[&stale, &disks], &[Met::LostStaging, Met::Repair, Met::LookedAgain]);
}

#[test]
fn the_first_day() {
    let one = Setup { rolls: 1, first_day: true, ..Setup::new(Kind::AWS) };
    let aws = Setup { left: budget(1, 1, 1, 0), ..one.clone() };
    holds("aws, first day, crash, lost reply, lost disk", &aws);
    let cas = Setup { kind: Kind::CAS, left: budget(1, 1, 0, 1), ..one };
    holds("compare-and-set, first day, crash, lost reply, outage", &cas);
    everything_met(&[&aws, &cas], &[Met::Create, Met::LostCreation]);
}

/// The store is read as ever, and gives no answer to a write.
#[test]
fn a_store_that_takes_no_writes() {
    for kind in [Kind::AWS, Kind::CAS] {
        let mut setup = Setup { rolls: 1, ..Setup::new(kind) };
        setup.left.deaf_times = 1;
        holds("one new key, crash, lost reply, a time without writes", &setup);
    }
}

/// Windows and freezes that never end hold a key back only while the present one works.
#[test]
fn a_freeze_without_end() {
    let frozen = Setup { rolls: 1, frozen: true, ..Setup::new(Kind::AWS) };
    holds("aws, frozen, one new key, crash, lost reply", &frozen);
}

#[test]
fn faults_on_other_stores() {
    let file = Setup { rolls: 1, left: budget(1, 1, 1, 1), ..Setup::new(Kind::FILE) };
    holds("file, one new key, crash, lost reply, lost disk, outage", &file);
    let cas = Setup { stale_reads: true, ..Setup { kind: Kind::CAS, ..file } };
    holds("compare-and-set, one new key, all of these and stale reads", &cas);
    let two = Setup { left: budget(0, 0, 0, 0), ..Setup::new(Kind::CAS) };
    holds("compare-and-set, two new keys", &two);
    let slot = Setup { left: budget(0, 0, 1, 0), ..Setup::new(Kind::SLOT) };
    holds("one pending place, two new keys, lost disk", &slot);
    everything_met(&[&cas], &[Met::LostStaging]);
}

/// A person goes back to the key before, which pins it, and the pin ends. After a rollback an old key
/// can be current twice, which a compare-and-set on it cannot tell apart; so a version is taken out only
/// of the place in which it was read.
#[test]
fn a_rollback() {
    let mut stale = Setup { rolls: 1, stale_reads: true, ..Setup::new(Kind::AWS) };
    stale.left.rollbacks = 1;
    holds("aws, rollback, one new key, crash, lost reply, stale reads", &stale);
    let mut two = Setup { left: budget(0, 0, 0, 0), ..Setup::new(Kind::FILE) };
    (two.left.rollbacks, two.late_activation) = (1, false);
    holds("file, rollback, two new keys", &two);
    everything_met(&[&stale, &two], &[Met::Rollback, Met::GoneForward, Met::Repair]);
}

/// Minutes and gigabytes.
#[test]
fn larger_spaces() {
    if !is_full() {
        return;
    }
    let aws = Setup { late_activation: false, ..Setup::new(Kind::AWS) };
    holds("aws, two new keys, crash, lost reply", &aws);
    holds("aws, two new keys, lost disk", &Setup { left: budget(0, 0, 1, 0), ..aws.clone() });
    let stale = Setup { left: budget(0, 0, 0, 1), stale_reads: true, ..aws };
    holds("aws, two new keys, outage, stale reads", &stale);
    let one = Setup { rolls: 1, left: budget(2, 2, 1, 1), stale_reads: true, ..stale };
    holds("aws, one new key, two crashes, two lost replies, lost disk, outage, stale reads", &one);
    let mut slept =
        Setup { late_activation: false, left: budget(1, 0, 0, 0), ..Setup::new(Kind::AWS) };
    slept.left.rollbacks = 1;
    holds("aws, rollback, two new keys, crash", &slept);
    let cas = Setup { left: budget(1, 1, 0, 0), ..Setup::new(Kind::CAS) };
    holds("compare-and-set, two new keys, crash, lost reply", &cas);
    holds("compare-and-set, two crashes and more", &Setup { kind: Kind::CAS, ..one });
    let slot = Setup { left: budget(1, 1, 1, 1), ..Setup::new(Kind::SLOT) };
    holds("one pending place, two new keys, everything once", &slot);
}

/// Each deviation from the protocol, and the laws it breaks on each kind of store.
const CAUGHT: [(Mutation, Kind, u8, &[&str]); 14] = [
    (Mutation::NoVerify, Kind::AWS, 1, &[R1, R4]),
    (Mutation::PromoteThenVerify, Kind::AWS, 1, &[R1]),
    (Mutation::NoCas, Kind::AWS, 2, &[R3]),
    (Mutation::NoCas, Kind::CAS, 2, &[R3]),
    (Mutation::NoAdopt, Kind::AWS, 1, &[R4]),
    (Mutation::NoAdopt, Kind::CAS, 1, &[R4, R5]),
    (Mutation::NoFallback, Kind::AWS, 1, &[R4]),
    (Mutation::NoFallback, Kind::CAS, 1, &[R4]),
    (Mutation::HumanOnStale, Kind::AWS, 1, &[R4]),
    (Mutation::HumanOnStale, Kind::CAS, 1, &[R4]),
    (Mutation::RetireOnPromote, Kind::AWS, 1, &[R6]),
    (Mutation::PromoteAgain, Kind::AWS, 1, &[W1]),
    (Mutation::OneLabel, Kind::AWS, 2, &[R2, R5]),
    (Mutation::StageOverNewer, Kind::SLOT, 2, &[R2, R5]),
];

/// The same searches without the deviation find nothing, so it is the deviation that is caught.
#[test]
fn every_deviation_is_caught() {
    for (mutation, kind, rolls, laws) in CAUGHT {
        let late_activation = rolls == 1;
        let lost_disks = u8::from(mutation == Mutation::NoAdopt);
        let mut left = budget(0, 0, lost_disks, 0);
        left.deaf_times = u8::from(mutation == Mutation::PromoteAgain);
        let sound = Setup { left, rolls, late_activation, ..Setup::new(kind) };
        let what = format!("{mutation:?} on {kind:?}");
        let found = |setup: &Setup| {
            let until = HasDiscoveries::AllOf(laws.iter().copied().collect());
            let checker = setup.clone().checker().threads(2).finish_when(until).spawn_bfs().join();
            let broken: Vec<_> =
                laws.iter().copied().filter(|law| checker.discovery(law).is_some()).collect();
            broken
        };
        assert_eq!(found(&sound.clone().mutated(mutation)), laws, "{what}");
        assert_eq!(found(&sound), Vec::<&str>::new(), "without {what}");
    }
}
