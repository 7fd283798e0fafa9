//! Probes and parts. Every client here blocks the test's own thread and runtime, so each answer
//! shows as well that the listener lives on a thread of its own.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use quaymaster::daemon::health::{HEARTBEAT_AGE_MAX, Health, Vitals};
use quaymaster::daemon::ops::{self, Ops, OpsError};
use quaymaster::domain::condition::Condition;
use quaymaster::metrics::Metrics;
use quaymaster::service::facility::{FacilityStatus, StoreLine};
use quaymaster::service::pulse::Pulse;
use serde_json::Value;
use tokio::sync::watch;

use crate::status;

/// Longer than anything here may take; only a hang reaches it.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Started {
    pub(crate) ops: Ops,
    pub(crate) metrics: Metrics,
    vitals: Vitals,
    facility: watch::Sender<Arc<FacilityStatus>>,
    facilities: watch::Sender<Vec<quaymaster::service::FacilityHandle>>,
}

pub(crate) async fn start(first: FacilityStatus) -> Started {
    let metrics = Metrics::new();
    let stores: Vec<_> = first.stores.iter().map(|store| store.name.clone()).collect();
    metrics.add_facility(&first.facility, first.environment, &stores);
    let vitals = Vitals::new(metrics.clone());
    let (handle, facility) = status::handle(first);
    let (facilities, receiver) = watch::channel(vec![handle]);
    let health = Health::new(vitals.clone(), receiver);
    let address = "127.0.0.1:0".parse().unwrap();
    let ops = ops::spawn(address, health, metrics.clone()).await.unwrap();
    Started { ops, metrics, vitals, facility, facilities }
}

impl Started {
    fn now_is(&self, change: impl FnOnce(&mut FacilityStatus)) {
        self.facility.send_modify(|status| change(Arc::make_mut(status)));
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        ask(self.ops.address, "GET", path)
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    fn reason(&self) -> String {
        self.json().get("reason").and_then(Value::as_str).unwrap().to_owned()
    }
}

pub(crate) fn ask(address: SocketAddr, method: &str, path: &str) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = format!("{method} {path} HTTP/1.1\r\nHost: ops\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_lowercase(), body: body.to_owned() }
}

#[tokio::test]
async fn start_up_waits_for_every_facilitys_first_delivery() {
    let mut first = status::well("main");
    first.delivered_once = false;
    first.condition = Condition::BankUnavailable;
    let started = start(first).await;
    for path in ["/startupz", "/readyz"] {
        let answer = started.get(path);
        assert_eq!(answer.status, 503, "{path}");
        assert!(answer.reason().contains("main: no current key was delivered yet"), "{answer:?}");
        assert!(answer.reason().contains("bank_unavailable"), "{answer:?}");
    }
    assert_eq!(started.get("/livez").status, 200, "a bank that is away never kills us");

    // The store's key was delivered while the bank is still away: that is enough.
    started.now_is(|status| status.delivered_once = true);
    for path in ["/startupz", "/readyz"] {
        assert_eq!(started.get(path).status, 200, "{path}");
    }

    let mut added = status::well("added");
    added.delivered_once = false;
    let (handle, _status) = status::handle(added);
    started.facilities.send_modify(|handles| handles.push(handle));
    assert!(started.get("/startupz").reason().starts_with("added: "));
    assert_eq!(started.get("/readyz").status, 200, "readiness is a latch");
}

#[tokio::test]
async fn readiness_stays_and_its_parts_tell_the_truth() {
    let started = start(status::well("main")).await;
    started.vitals.book_usable();
    assert!(started.get("/metrics").body.contains("quaymaster_book_usable 1"));
    assert_eq!(started.get("/readyz").status, 200);
    for part in
        ["scheduler", "settings", "book", "bank", "keys-main", "stores-main", "delivery-main"]
    {
        let answer = started.get(&format!("/readyz/{part}"));
        assert_eq!((answer.status, &answer.json()["part"]), (200, &part.into()), "{answer:?}");
    }

    started.now_is(|status| {
        status.condition = Condition::IpRefused;
        status.bank.available = false;
        status.bank.reason = "timeout";
        status.stores.push(StoreLine {
            name: status::store(),
            authority: false,
            in_sync: Some(false),
            problem: None,
        });
        let delivery = status.deliveries.first_mut().unwrap();
        delivery.behind = true;
        delivery.problem = Some("the directory does not exist".to_owned());
    });
    started.vitals.book_unusable("the disk is full");
    started.vitals.settings_refused("facilities.main.simultaneous: 1 to 10", status::now());
    for (part, why) in [
        ("settings", "the last good settings stay in use: facilities.main.simultaneous: 1 to 10"),
        ("book", "the disk is full"),
        ("bank", "main: timeout"),
        ("keys-main", "quaymaster key renew"),
        ("stores-main", "it holds another key than the authority"),
        ("delivery-main", "file:/run/quickstream: the directory does not exist"),
    ] {
        let answer = started.get(&format!("/readyz/{part}"));
        assert_eq!((answer.status, &answer.json()["status"]), (503, &"failing".into()), "{part}");
        assert!(answer.reason().contains(why), "{answer:?}");
    }
    started.vitals.book_usable();
    started.now_is(|status| status.book_problem = Some("its disk is full".to_owned()));
    assert_eq!(started.get("/readyz/book").reason(), "main: its disk is full");
    assert!(started.get("/metrics").body.contains("quaymaster_book_usable 0"));

    let ready = started.get("/readyz");
    assert_eq!(ready.status, 200);
    let parts = ready.json()["parts"].as_array().unwrap().clone();
    let failing = parts.iter().filter(|part| part["status"] == "failing").count();
    assert_eq!((parts.len(), failing), (7, 6));
}

#[tokio::test]
async fn readiness_is_reached_with_nobody_asking() {
    let started = start(status::well("main")).await;
    // Whoever is answered at all came after the listener's own first look.
    assert_eq!(started.get("/livez").status, 200);
    started.now_is(|status| status.delivered_once = false);
    assert_eq!(started.get("/startupz").status, 503);
    assert_eq!(started.get("/readyz").status, 200);
}

#[tokio::test]
async fn only_what_is_there_is_answered_and_only_read() {
    let started = start(status::well("main")).await;
    for path in ["/", "/metrics/", "/readyz/", "/readyz/keys-other", "/env", "/readyz/bank/x"] {
        assert_eq!(started.get(path).status, 404, "{path}");
        assert_eq!(ask(started.ops.address, "POST", path).status, 404, "{path}");
    }
    for path in ["/metrics", "/livez", "/readyz", "/readyz/bank", "/startupz"] {
        let head = ask(started.ops.address, "HEAD", path);
        assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}");
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            let answer = ask(started.ops.address, method, path);
            assert_eq!(answer.status, 405, "{method} {path}");
            assert!(answer.head.contains("allow: get, head"), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn metrics_say_what_the_status_says() {
    let started = start(status::well("main")).await;
    started.now_is(|status| {
        status.condition = Condition::Held;
        status.renewal.consecutive_failures = 4;
        status.renewal.calls_in_24h = 5;
    });
    let answer = started.get("/metrics");
    assert!(answer.head.contains("content-type: text/plain; version=0.0.4; charset=utf-8"));
    let of = "environment=\"support\",facility=\"main\"";
    for line in [
        format!("quaymaster_api_key_status{{condition=\"held\",{of}}} 1"),
        format!("quaymaster_api_key_status{{condition=\"ok\",{of}}} 0"),
        format!(
            "quaymaster_api_key_expiration_timestamp_seconds{{{of},key=\"current\"}} 1801627506"
        ),
        format!("quaymaster_api_keys{{{of},state=\"current\"}} 1"),
        format!("quaymaster_renewal_consecutive_failures{{{of}}} 4"),
        format!("quaymaster_renewal_calls_in_24h{{{of}}} 5"),
        format!("quaymaster_store_in_sync{{{of},store=\"file:/var/lib/keys/main\"}} 1"),
        format!("quaymaster_clock_skew_seconds{{{of}}} -3"),
        format!("quaymaster_facility_delivered{{{of}}} 1"),
    ] {
        assert!(answer.body.lines().any(|have| have == line), "{line}\nin\n{}", answer.body);
    }
    let again = started.get("/metrics").body;
    let names = |text: &str| {
        text.lines().filter(|line| line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(names(&answer.body), names(&again));
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let started = start(status::well("main")).await;
    let (_facilities, receiver) = watch::channel(Vec::new());
    let health = Health::new(Vitals::new(Metrics::new()), receiver);
    let refused = ops::spawn(started.ops.address, health, Metrics::new()).await.unwrap_err();
    assert!(matches!(refused, OpsError::Bind(_)));
    assert!(refused.to_string().contains(&started.ops.address.to_string()), "{refused}");
}

#[tokio::test]
async fn stopping_frees_the_address() {
    let started = start(status::well("main")).await;
    let address = started.ops.address;
    started.ops.stop().await;
    assert!(TcpStream::connect(address).is_err());
}

#[tokio::test]
async fn half_a_header_is_cut_while_others_are_answered() {
    let started = start(status::well("main")).await;
    let mut half = TcpStream::connect(started.ops.address).unwrap();
    half.set_read_timeout(Some(PATIENCE)).unwrap();
    half.write_all(b"GET /livez HTTP/1.1\r\nHost: o").unwrap();
    assert_eq!(started.get("/livez").status, 200);
    let mut rest = Vec::new();
    // Ends only because the listener cuts it; a listener that waits runs into the read time-out.
    half.read_to_end(&mut rest).unwrap();
    assert_eq!(started.get("/livez").status, 200);
}

/// The tasks themselves have a pulse each: one that waits for a bank or a store keeps its word.
#[tokio::test(start_paused = true)]
async fn a_task_that_hangs_is_not_alive_and_one_that_waits_is() {
    let vitals = Vitals::new(Metrics::new());
    let (handle, _facility) = status::handle(status::well("main"));
    let pulse = Pulse::default();
    let (_facilities, receiver) = watch::channel(vec![handle.with_pulse(pulse.clone())]);
    let health = Health::new(vitals.clone(), receiver);
    let slow = Duration::from_mins(3);
    pulse.beat(slow);
    tokio::time::advance(slow + HEARTBEAT_AGE_MAX).await;
    vitals.beat(status::now());
    assert!(health.live().healthy, "whoever answers slowly is waited for");

    tokio::time::advance(Duration::from_secs(1)).await;
    let hangs = health.live();
    assert!(!hangs.healthy);
    assert_eq!(hangs.reason, "main: its task should have moved 31 seconds ago");
    assert!(health.parts().iter().any(|part| part.name == "scheduler" && part.check == hangs));
    pulse.beat(Duration::ZERO);
    assert!(health.live().healthy);
}

#[tokio::test]
async fn an_observer_claims_no_delivery_that_it_did_not_make() {
    let seen = FacilityStatus { observer: true, ..status::well("main") };
    let (handle, _facility) = status::handle(seen);
    let (_facilities, receiver) = watch::channel(vec![handle]);
    let started = Health::new(Vitals::new(Metrics::new()), receiver).started();
    assert!(started.healthy && started.reason.contains("only watched"), "{}", started.reason);
}
