//! The sandbox as a process, and requests to it as a merchant's program sends them.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::Date;
use quaymaster::sandbox::{SANDBOX_CODE, SANDBOX_KEY};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use crate::START;
use crate::connection::Connection;
use crate::plans::Plan;

/// Connections that register at once, below the simultaneous requests a facility may have.
const AT_ONCE: usize = 8;

const BASE: &str = "/rest/v1";

pub(crate) struct Bank {
    pub(crate) address: SocketAddr,
    process: Child,
    _directory: TempDir,
}

/// A line of a report.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) receipt: String,
    pub(crate) status: String,
    pub(crate) at: Timestamp,
    /// In cents.
    pub(crate) principal: i64,
    /// The customer's number.
    pub(crate) customer: String,
    /// The receipt it tries again.
    pub(crate) original: Option<String>,
}

const COLUMNS: &str = "receiptNumber,status,transactionTime,principalAmount,customerReferenceNumber,originalReceiptNumber";

impl Bank {
    /// On a clock that stands still.
    pub(crate) async fn start() -> Self {
        let program = std::env::var_os("QUAYMASTER_TEST_BINARY")
            .unwrap_or_else(|| env!("CARGO_BIN_EXE_quaymaster").into());
        // A key that outlives the test's two years.
        let seed = json!({ "facilities": [{ "code": SANDBOX_CODE,
            "businesses": [{ "code": "SANDBOXHIRE" }],
            "keys": [{ "key": SANDBOX_KEY, "expires": "2031-01-01T00:00:00Z" }] }] });
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("seed.json");
        std::fs::write(&file, seed.to_string()).unwrap();
        let mut command = Command::new(program);
        command.args(["sandbox", "--listen", "127.0.0.1:0", "--rate", "0", "--start-at", START]);
        command.arg("--seed-file").arg(file);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = lines.next_line().await.unwrap().unwrap();
        Self {
            address: line.strip_prefix("http://").unwrap().parse().unwrap(),
            process,
            _directory: directory,
        }
    }

    /// Makes every customer, account and schedule; returns the schedules' paths in the same order.
    pub(crate) async fn register(&self, plans: &[Plan]) -> Vec<String> {
        let (next, plans) = (Arc::new(AtomicUsize::new(0)), Arc::<[Plan]>::from(plans));
        let mut clerks = JoinSet::new();
        for _ in 0..AT_ONCE {
            let (next, plans) = (Arc::clone(&next), Arc::clone(&plans));
            let mut connection = Connection::open(self.address).await;
            clerks.spawn(async move {
                let mut made = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(plan) = plans.get(number) else { return made };
                    made.push((number, register(&mut connection, plan).await));
                }
            });
        }
        let mut made: Vec<(usize, String)> =
            clerks.join_all().await.into_iter().flatten().collect();
        made.sort();
        made.into_iter().map(|(_, schedule)| schedule).collect()
    }

    /// Reads a place of the control API.
    pub(crate) async fn show(&self, place: &str) -> Value {
        let mut connection = Connection::open(self.address).await;
        read(&mut connection, &format!("/_sandbox/{place}")).await
    }

    /// Writes to a place of the control API.
    pub(crate) async fn control(&self, place: &str, body: Value) -> Value {
        let mut connection = Connection::open(self.address).await;
        post(&mut connection, &format!("/_sandbox/{place}"), "", &body, 200).await
    }

    /// A line of the kernel's about the process's memory.
    pub(crate) fn memory_mib(&self, name: &str) -> u64 {
        let path = format!("/proc/{}/status", self.process.id().unwrap());
        let status = std::fs::read_to_string(path).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kib / 1024
    }
}

/// What was taken that settles on a day.
pub(crate) async fn report(connection: &mut Connection, day: Date) -> Vec<Taken> {
    let path = format!("{BASE}/transactions?settlementDate={day}&columns={COLUMNS}");
    let answer = connection.send(get(&path, "text/csv").as_bytes()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let read = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let [receipt, status, at, principal, customer, original] = fields[..] else {
            panic!("six fields: {line}")
        };
        Taken {
            receipt: receipt.to_owned(),
            status: status.to_owned(),
            at: at.parse().unwrap(),
            principal: principal.replace('.', "").parse().unwrap(),
            customer: customer.to_owned(),
            original: Some(original.to_owned()).filter(|original| !original.is_empty()),
        }
    };
    answer.body.lines().skip(1).map(read).collect()
}

/// Reads a path.
pub(crate) async fn read(connection: &mut Connection, path: &str) -> Value {
    let answer = connection.send(get(path, "application/json").as_bytes()).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    serde_json::from_str(answer.body).unwrap()
}

async fn register(connection: &mut Connection, plan: &Plan) -> String {
    let number = plan.customer_number();
    let body = json!({ "customerNumber": number, "customerName": "Sam Test",
                       "supplierBusinessCode": "SANDBOXHIRE" });
    let name = format!("{number}-customer");
    let made = post(connection, &format!("{BASE}/customers"), &name, &body, 201).await;
    let customer = format!("{BASE}/customers/{}", made["customerId"].as_str().unwrap());
    let (path, name) = (format!("{customer}/accounts"), format!("{number}-account"));
    post(connection, &path, &name, &plan.account(), 201).await;
    let (path, name) = (format!("{customer}/recurring-payments"), format!("{number}-schedule"));
    let made = post(connection, &path, &name, &plan.schedule(), 201).await;
    format!("{BASE}/recurring-payments/{}", made["paymentScheduleId"].as_str().unwrap())
}

/// A write under an Idempotency-Key, as a client sends it that may try again.
async fn post(
    connection: &mut Connection,
    path: &str,
    name: &str,
    body: &Value,
    expected: u16,
) -> Value {
    let (authorization, body) = (authorization(), body.to_string());
    let name = if name.is_empty() { String::new() } else { format!("Idempotency-Key: {name}\r\n") };
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\n{authorization}{name}Accept: application/json\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    let answer = connection.send(request.as_bytes()).await;
    assert_eq!(answer.status, expected, "{path} {body}: {}", answer.body);
    serde_json::from_str(answer.body).unwrap()
}

pub(crate) fn get(path: &str, accept: &str) -> String {
    let authorization = authorization();
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{authorization}Accept: {accept}\r\n\r\n")
}

fn authorization() -> String {
    format!("Authorization: Basic {}\r\n", STANDARD.encode(format!("{SANDBOX_KEY}:")))
}
