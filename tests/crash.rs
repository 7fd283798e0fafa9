//! The crash matrix: a process dies at every point of a renewal, singly and in pairs, on both stores,
//! and what it leaves is brought to its end by the next one. Everything runs by default: some 2 300
//! pairs in about a minute of two cores.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test, and the helpers it stands on, stop at the first surprise"
)]

#[path = "support/fake_aws.rs"]
#[expect(dead_code, reason = "several test programs share this file")]
mod fake_aws;
#[path = "support/quay.rs"]
mod quay;

#[path = "crash/cases.rs"]
mod cases;
#[path = "crash/named.rs"]
mod named;
#[path = "crash/points.rs"]
mod points;
#[path = "crash/stories.rs"]
mod stories;
#[path = "crash/watch.rs"]
mod watch;
#[path = "crash/world.rs"]
mod world;

use std::io::Write;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use cases::Case;
use points::{AwsCall, Crash, Fate, Loss, When};
use quaymaster::deliver::files::Step;
use quaymaster::secrets::file::FileStep;
use quaymaster::service::points::Point;
use stories::Story;
use world::{Memory, Stores};

/// How many cases run at once: most of a case is waiting.
const AT_ONCE: usize = 16;

/// How many renewals one case has. A world costs more than a renewal in it.
const BOUTS: usize = 12;

/// Runs cases side by side and reports everything that went wrong.
async fn run(title: &str, cases: Vec<Case>) {
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    let bouts: usize = cases.iter().map(|case| case.bouts.len()).sum();
    let deaths: usize = cases.iter().map(Case::deaths).sum();
    for case in cases {
        let permits = Arc::clone(&permits);
        running.spawn(async move {
            let _permit = permits.acquire_owned().await;
            let told = format!("{:?}, {:?}", case.stores, case.memory);
            case.renewals().await.map_err(|wrong| format!("{told}, {wrong}"))
        });
    }
    let mut wrong = Vec::new();
    while let Some(ended) = running.join_next().await {
        match ended {
            Ok(Ok(())) => {}
            Ok(Err(sentence)) => wrong.push(sentence),
            Err(error) => wrong.push(error.to_string()),
        }
    }
    wrong.sort();
    let line = format!("CRASHES {title}: {bouts} cases, {deaths} deaths, {} wrong\n", wrong.len());
    drop(std::io::stderr().write_all(line.as_bytes()));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A name is put in place only where it was not there yet: in the first renewal of a world.
const FIRST_RENEWAL: Crash = Crash::Deliver(Step::LinkName);

/// Spreads bouts over cases, so that those which need a first renewal have one.
fn cases(stores: Stores, memory: Memory, bouts: Vec<Vec<Crash>>) -> Vec<Case> {
    let (first, other): (Vec<_>, Vec<_>) =
        bouts.into_iter().partition(|bout| bout.contains(&FIRST_RENEWAL));
    let mut cases: Vec<_> = first.into_iter().map(|bout| vec![bout]).collect();
    cases.extend(other.chunks(BOUTS).map(<[_]>::to_vec));
    let fate = Fate::Dies;
    cases.into_iter().map(|bouts| Case { stores, memory, fate, bouts }).collect()
}

fn singles(stores: Stores, places: &[Crash]) -> Vec<Case> {
    let memories = [Memory::Kept, Memory::Lost, Memory::Replica].into_iter();
    let bouts: Vec<_> = places.iter().map(|place| vec![*place]).collect();
    memories.flat_map(|memory| cases(stores, memory, bouts.clone())).collect()
}

fn pairs(stores: Stores, places: &[Crash]) -> Vec<Case> {
    let pairs = places.iter().flat_map(|first| places.iter().map(|second| vec![*first, *second]));
    // Names are in place once the first renewal has delivered.
    let late = [
        Crash::Point(Point::Delivering),
        Crash::Point(Point::Delivered),
        Crash::Point(Point::StoreRemoved),
        Crash::Deliver(Step::RemoveOld),
        Crash::File(FileStep::Delete, Loss::Process),
        Crash::File(FileStep::DeleteSyncDirectory, Loss::Process),
    ];
    let reached = |pair: &Vec<Crash>| pair[1] != FIRST_RENEWAL || !late.contains(&pair[0]);
    cases(stores, Memory::Kept, pairs.filter(reached).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_store_outlives_a_death_at_every_point() {
    run("file store, singly", singles(Stores::File, &points::of_file_store())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn aws_outlives_a_death_at_every_point() {
    run("AWS, singly", singles(Stores::Aws, &points::of_aws())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_store_outlives_two_deaths_in_a_row() {
    run("file store, in pairs", pairs(Stores::File, &points::of_file_store())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn aws_outlives_two_deaths_in_a_row() {
    run("AWS, in pairs", pairs(Stores::Aws, &points::of_aws())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_sees_an_error_goes_on() {
    let mut all = Vec::new();
    for (stores, places) in
        [(Stores::File, points::of_file_store()), (Stores::Aws, points::of_aws())]
    {
        let bouts = points::survivable(&places).into_iter().map(|place| vec![place]).collect();
        let cases = cases(stores, Memory::Kept, bouts).into_iter();
        all.extend(cases.map(|case| Case { fate: Fate::Lives, ..case }));
    }
    run("errors without a death", all).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_stores_are_made_equal_after_a_death_at_every_point() {
    let mut places = points::of_file_store();
    let aws = points::of_aws().into_iter().filter(|place| matches!(place, Crash::Aws(..)));
    places.extend(aws);
    let bouts: Vec<_> = places.into_iter().map(|place| vec![place]).collect();
    let all = [Stores::FileAndAws, Stores::AwsAndFile]
        .into_iter()
        .flat_map(|stores| cases(stores, Memory::Kept, bouts.clone()));
    run("mirrored stores, singly", all.collect()).await;
}

/// Tells one story with a death at every place, and says at how many its path passed.
async fn tell(story: Story) {
    let mut telling = JoinSet::new();
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let create = [When::Before, When::After].map(|when| Crash::Aws(AwsCall::Create, when));
    for (stores, mut places) in
        [(Stores::File, points::of_file_store()), (Stores::Aws, points::of_aws())]
    {
        if stores == Stores::Aws {
            places.extend(create);
        }
        for place in places {
            let permits = Arc::clone(&permits);
            telling.spawn(async move {
                let _permit = permits.acquire_owned().await;
                (stores, place, story.tell(stores, Memory::Kept, place).await)
            });
        }
    }
    let (mut wrong, mut met) = (Vec::new(), 0);
    while let Some(told) = telling.join_next().await {
        let (stores, place, hit) = told.unwrap();
        met += usize::from(hit == Ok(true));
        if hit != Ok(story.passes(place)) {
            wrong.push(format!("{stores:?} {place:?}: {hit:?}"));
        }
    }
    wrong.sort();
    let line = format!("CRASHES {story:?}: {met} deaths, {} wrong\n", wrong.len());
    drop(std::io::stderr().write_all(line.as_bytes()));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_start_outlives_a_death_at_every_point() {
    tell(Story::Bootstrap).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_installation_outlives_a_death_at_every_point() {
    tell(Story::Install).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollback_outlives_a_death_at_every_point() {
    tell(Story::Rollback).await;
}
