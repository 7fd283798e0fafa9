//! The program killed with SIGKILL at random moments of renewals, as a process, with a real disk.
//!
//! 200 kills, or as many as `QUAYMASTER_TEST_KILLS` says, of the program this build made, or of the one
//! `QUAYMASTER_TEST_BINARY` names: `.ci/run` names the release build. The bank is a sandbox in this
//! test's process; it survives the kills, and its list of keys says what works. Daemon and bank run on
//! the machine's clock. A renewal is due once in two years, so the test makes one happen: it makes a key
//! at the bank and asks for `key renew` over the admin socket. As a day has at most 24 calls for the
//! latest key, a new directory and bank are begun after every few kills; all kills within one directory
//! follow one another, so each start has to live with what the kills before it left behind.
//!
//! A kill counts only if the renewal had been asked for and its answer had not come. After each, before
//! anything is started again, the delivered file and the store must hold keys the bank accepts, and the
//! metadata must speak of the delivered key. The next start must answer `/startupz` with 200 in under a
//! second (five for a debug build), and bring the application and the store to the same key. At the end
//! of each directory the newest key must be current.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail the test by panicking, as tests do"
)]
#![expect(
    clippy::print_stderr,
    reason = "the seed and what was measured are for whoever reads the run"
)]

#[path = "support/process.rs"]
mod process;

use std::collections::BTreeMap;
use std::time::Duration;

use process::{Daemon, Place};
use quaymaster::domain::names::StoreName;
use quaymaster::domain::product::Product;
use quaymaster::key::KeyText;
use quaymaster::quickstream::{Client, ClientOptions};
use quaymaster::sandbox::KeyView;
use quaymaster::secrets::file::{FileHooks, FileStoreAdapter};
use quaymaster::secrets::{SecretStore as _, Snapshot};
use quaymaster::settings::model::FileStore;
use rustix::process::Signal;
use serde_json::Value;
use tokio::time::Instant;

/// Renewals asked for in one directory: two calls each, and as many again where a start repeats them.
const ASKED_PER_DIRECTORY: usize = 6;

/// What a test's random choices come from: xorshift, so that a printed seed repeats them.
struct Random(u64);

impl Random {
    /// From 0 to 1.
    fn share(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        f64::from(u32::try_from(self.0 >> 32).unwrap()) / f64::from(u32::MAX)
    }
}

/// What was seen over all kills.
#[derive(Default)]
struct Tally {
    kills: usize,
    /// Kills that came after the renewal's answer, and so prove nothing.
    late: usize,
    /// How far the renewals were when they were cut.
    cut_at: BTreeMap<&'static str, usize>,
    starts: Vec<Duration>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_at_random_moments_of_renewals_lose_no_key() {
    let wanted = number("QUAYMASTER_TEST_KILLS").unwrap_or(200);
    let seed = number("QUAYMASTER_TEST_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    eprintln!("QUAYMASTER_TEST_SEED={seed} repeats the choices (not the machine's timing)");
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let began = Instant::now();
    let mut tally = Tally::default();
    while tally.kills < usize::try_from(wanted).unwrap() {
        one_directory(&mut random, &mut tally).await;
        assert!(tally.late <= tally.kills + 200, "hardly any kill comes in time");
    }
    report(&mut tally, began.elapsed());
}

fn number(name: &str) -> Option<u64> {
    std::env::var_os(name)?.to_str()?.parse().ok()
}

/// A first start, an undisturbed renewal to know how long one takes, then kills.
async fn one_directory(random: &mut Random, tally: &mut Tally) {
    let place = Place::new().await;
    let options = ClientOptions::new(place.bank.base_url(), Product::QuickStream);
    let bank = Client::new(options, place.bank.clock().clone()).unwrap();
    let mut daemon = place.start();
    tally.starts.push(daemon.started().await);
    let (busy, whole) = undisturbed(&place, &daemon).await;
    for _ in 0..ASKED_PER_DIRECTORY {
        let newest = place.mint();
        // Old files linger a quarter of a second once the new ones are there, and that is most of the
        // time a renewal takes: four kills of five are aimed at what comes before.
        let within = if random.share() < 0.8 { busy.mul_f64(1.2) } else { whole };
        let moment = within.mul_f64(random.share());
        if kill_while_renewing(&mut daemon, moment).await {
            tally.kills += 1;
            let cut_at = how_far(&place, &newest).await;
            *tally.cut_at.entry(cut_at).or_default() += 1;
        } else {
            tally.late += 1;
        }
        what_is_left_works(&place, &bank, &daemon).await;
        daemon = place.start();
        tally.starts.push(daemon.started().await);
        application_and_store_agree(&place, &daemon).await;
    }
    let newest = place.mint();
    assert_eq!(daemon.renew().await.unwrap().status, 200, "{}", daemon.said());
    application_and_store_agree(&place, &daemon).await;
    assert_eq!(place.delivered(), Some(newest), "{}", daemon.said());
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.end().await, Some(0), "{}", daemon.said());
}

/// A renewal from its beginning until the new key is delivered, and until its answer.
async fn undisturbed(place: &Place, daemon: &Daemon) -> (Duration, Duration) {
    let newest = place.mint();
    let asked = Instant::now();
    let delivered = async {
        while place.delivered().as_deref() != Some(newest.as_str()) {
            tokio::time::sleep(Duration::from_millis(1)).await;
            assert!(asked.elapsed() < process::PATIENCE, "{}", daemon.said());
        }
        asked.elapsed()
    };
    let answered = async {
        let answer = daemon.renew().await;
        assert_eq!(answer.map(|answer| answer.status), Some(200), "{}", daemon.said());
        asked.elapsed()
    };
    tokio::join!(delivered, answered)
}

/// Asks for a renewal and kills the process after `moment`; whether the answer had not come by then.
async fn kill_while_renewing(daemon: &mut Daemon, moment: Duration) -> bool {
    let in_time = tokio::select! {
        biased;
        answer = daemon.renew() => {
            assert_eq!(answer.map(|answer| answer.status), Some(200), "{}", daemon.said());
            false
        }
        () = tokio::time::sleep(moment) => true,
    };
    daemon.signal(Signal::KILL);
    assert_eq!(daemon.end().await, None, "a signal ended it");
    in_time
}

/// How far the renewal of `newest` was, by what it left.
async fn how_far(place: &Place, newest: &str) -> &'static str {
    let held = store(place).await;
    let is_newest = |key: &KeyText| key.expose() == newest;
    if place.delivered().as_deref() == Some(newest) {
        "delivered"
    } else if held.current.as_ref().is_some_and(|held| is_newest(&held.key)) {
        "current, not delivered"
    } else if held.pending.iter().any(|held| is_newest(&held.key)) {
        "pending"
    } else {
        "not stored"
    }
}

/// What the store holds.
async fn store(place: &Place) -> Snapshot {
    let settings = FileStore {
        name: StoreName::new("file:keys").unwrap(),
        path: place.path("keys"),
        identity: place.path("identity"),
        create_identity: false,
    };
    FileStoreAdapter::open(&settings, FileHooks::default()).read().await.unwrap()
}

/// Both keys a reader may use are accepted by the bank, and the metadata speaks of the delivered one.
async fn what_is_left_works(place: &Place, bank: &Client, daemon: &Daemon) {
    let delivered = place.delivered().expect("a key is delivered at every moment");
    let current = store(place).await.current.expect("a key is current at every moment");
    for text in [delivered.as_str(), current.key.expose()] {
        let answer = bank.root(&KeyText::parse(text).unwrap()).await;
        assert!(answer.is_ok(), "the bank refuses it: {answer:?}; {}", daemon.said());
    }
    let text = process::read(&place.path("run/metadata.json"));
    let metadata: Value = serde_json::from_slice(&text).unwrap();
    let known = known(place, &delivered);
    assert_eq!(metadata["current"]["keyName"], known.name);
    assert_eq!(metadata["current"]["expiresAt"], known.expires.unwrap().to_string());
    let previous = process::read(&place.path("run/previous"));
    assert_eq!(metadata["previous"].is_null(), previous.is_empty(), "{metadata}");
    if let Ok(text) = std::str::from_utf8(&previous)
        && !text.is_empty()
    {
        let known = self::known(place, text.trim());
        assert_eq!(metadata["previous"]["keyName"], known.name);
    }
}

fn known(place: &Place, text: &str) -> KeyView {
    let keys = place.bank.control().keys();
    keys.into_iter().find(|key| key.text == text).expect("the bank made every key there is")
}

/// A start brings the application to what the store says.
async fn application_and_store_agree(place: &Place, daemon: &Daemon) {
    let began = Instant::now();
    loop {
        let held = store(place).await;
        let current = held.current.map(|held| held.key.expose().to_owned());
        if current.is_some() && current == place.delivered() && held.pending.is_empty() {
            return;
        }
        assert!(began.elapsed() < process::PATIENCE, "they stay apart: {}", daemon.said());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn report(tally: &mut Tally, took: Duration) {
    tally.starts.sort_unstable();
    let starts = &tally.starts;
    let (median, slowest) = (starts[starts.len() / 2], starts[starts.len() - 1]);
    let p99 = starts[(starts.len() * 99).div_ceil(100) - 1];
    let (kills, late) = (tally.kills, tally.late);
    eprintln!("{kills} kills during renewals and {late} after, in {took:.1?}");
    eprintln!("cut when the new key was: {:?}", tally.cut_at);
    eprintln!(
        "{} starts to /startupz 200: p50 {median:?} p99 {p99:?} max {slowest:?}",
        starts.len()
    );
    let release = std::env::var_os("QUAYMASTER_TEST_BINARY").is_some();
    let longest = Duration::from_secs(if release { 1 } else { 5 });
    assert!(slowest < longest, "a start took {slowest:?}");
    if kills >= 200 {
        assert!(tally.cut_at.len() >= 3, "the kills did not hit renewals at different moments");
    }
}
