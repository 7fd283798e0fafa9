//! The sandbox on an authenticated `GET /transactions/{receiptNumber}` among a hundred thousand, beside
//! Prism that mocks it from its own description, moto's `GetSecretValue`, and a bare axum handler that
//! answers the same bytes.
//!
//! Every server is a process of its own and takes turns with the others under one load: the same
//! number of kept connections from one thread of this process, each asking as soon as it was
//! answered. Client and server share the machine's processors. Every answer is looked into.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quaymaster::sandbox::SANDBOX_KEY;
use tokio::task::LocalSet;
use tokio::time::Instant;

use crate::book::{self, BASE, Payment};
use crate::connection::Connection;
use crate::process::Process;
use crate::servers::{self, Invention};
use crate::{Goal, median};

/// Connections that ask at once: fewer than the simultaneous requests a facility may have (the
/// sandbox's guess `simultaneous_max`).
pub(crate) const CONNECTIONS: u64 = 8;

/// How long each turn lasts.
const TURN: Duration = Duration::from_secs(1);

/// Turns of each server; odd, so that the median is one of them.
const TURNS: usize = 9;

/// What a request is, and what must stand in its answer.
type Ask = Rc<dyn Fn(&Payment) -> (String, String)>;

/// A server that is measured.
struct Server {
    name: &'static str,
    address: SocketAddr,
    process: Process,
    ask: Ask,
    rates: Vec<f64>,
    /// Seconds from each request to its answer.
    waits: Vec<f64>,
}

/// Measures and prints.
pub(crate) async fn print() {
    let directory = tempfile::tempdir().unwrap();
    let (process, address) = servers::sandbox();
    let payments: Rc<[Payment]> = book::fill(address).await.into();
    book::check(address, &payments).await;
    let description = Connection::open(address).await.ask("/openapi.json").await;
    let payment = payments.first().unwrap();
    let sample =
        Connection::open(address).await.send(get(payment).as_bytes()).await.body.to_owned();

    let mut all = vec![server("sandbox", (process, address), |it| {
        (get(it), format!("\"receiptNumber\":\"{}\"", it.receipt))
    })];
    // Prism leaves out what stands before the paths. Where a schema has no example it answers `{}`,
    // and a whole transaction only when it makes each up at random.
    for (name, invention, expected) in [
        ("Prism", Invention::Static, "{"),
        ("Prism --dynamic", Invention::Dynamic, "\"receiptNumber\":"),
    ] {
        let prism = servers::prism(directory.path(), &description, invention);
        all.extend(prism.map(|prism| {
            server(name, prism, |it| (get(it).replace(BASE, ""), expected.to_owned()))
        }));
    }
    if let Some((process, address)) = servers::moto() {
        servers::keep_secret(address).await;
        all.push(server("moto", (process, address), |_| servers::get_secret()));
    }
    let mark = format!("\"receiptNumber\":\"{}\"", payment.receipt);
    all.push(server("axum", servers::axum(directory.path(), &sample), move |it| {
        (get(it), mark.clone())
    }));

    for server in &all {
        // Whatever a server does once, it does before its turn.
        load(server, &payments, TURN / 4, 0).await;
    }
    for turn in 0..TURNS {
        for server in &mut all {
            let (rate, mut waits) = load(server, &payments, TURN, turn).await;
            server.rates.push(rate);
            server.waits.append(&mut waits);
        }
    }
    tell(&mut all, sample.len());
}

fn server(
    name: &'static str,
    (process, address): (Process, SocketAddr),
    ask: impl Fn(&Payment) -> (String, String) + 'static,
) -> Server {
    let ask = Rc::new(ask);
    Server { name, address, process, ask, rates: Vec::new(), waits: Vec::new() }
}

/// The read that is measured.
fn get(payment: &Payment) -> String {
    let credentials = STANDARD.encode(format!("{SANDBOX_KEY}:"));
    let receipt = &payment.receipt;
    format!(
        "GET {BASE}/transactions/{receipt} HTTP/1.1\r\nHost: localhost\r\n\
         Authorization: Basic {credentials}\r\nAccept: application/json\r\n\r\n"
    )
}

/// Requests answered a second, and how long each took, for as long as a turn lasts.
async fn load(
    server: &Server,
    payments: &Rc<[Payment]>,
    length: Duration,
    turn: usize,
) -> (f64, Vec<f64>) {
    let (askers, began) = (LocalSet::new(), Instant::now());
    let waits = askers.run_until(async {
        let ask = |number| {
            let (address, ask, payments) =
                (server.address, Rc::clone(&server.ask), Rc::clone(payments));
            let mut chance = Chance(number * 1000 + u64::try_from(turn).unwrap());
            tokio::task::spawn_local(async move {
                let mut connection = Connection::open(address).await;
                let mut waits = Vec::new();
                while began.elapsed() < length {
                    let (request, expected) = ask(chance.one_of(&payments));
                    let asked = Instant::now();
                    let answer = connection.send(request.as_bytes()).await;
                    waits.push(asked.elapsed().as_secs_f64());
                    assert!(answer.status == 200 && answer.body.contains(&expected));
                }
                waits
            })
        };
        let mut waits = Vec::new();
        for asker in (0..CONNECTIONS).map(ask).collect::<Vec<_>>() {
            waits.append(&mut asker.await.unwrap());
        }
        waits
    });
    let waits = waits.await;
    let answered = f64::from(u32::try_from(waits.len()).unwrap());
    (answered / began.elapsed().as_secs_f64(), waits)
}

/// A plain generator of numbers (xorshift64*), so that every run reads the same.
struct Chance(u64);

impl Chance {
    fn one_of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        self.0 = self.0.max(1);
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32;
        let length = u64::try_from(list.len()).unwrap();
        list.get(usize::try_from(number % length).unwrap()).unwrap()
    }
}

fn tell(all: &mut [Server], bytes: usize) {
    let processors = std::thread::available_parallelism().unwrap();
    println!(
        "\nsandbox: an authenticated GET /transactions/{{receiptNumber}}, random ones of {}, {bytes} bytes; \
         {CONNECTIONS} kept connections; client and server share {processors} processors",
        book::PAYMENTS
    );
    for server in &mut *all {
        server.waits.sort_by(f64::total_cmp);
        let part = |of: usize| server.waits.get(server.waits.len() * of / 100).unwrap() * 1e3;
        println!(
            "  {:<18} {:>6.0} a second, p50 {:.2} ms, p99 {:.2} ms, {:.0} MiB",
            server.name,
            median(server.rates.clone()),
            part(50),
            part(99),
            server.process.memory() / 1024.0
        );
    }
    let goals = [
        ("Prism", 10.0, WHY_PEERS),
        ("Prism --dynamic", 10.0, WHY_PEERS),
        ("moto", 60.0, WHY_PEERS),
        ("axum", 0.5, WHY_AXUM),
    ];
    let ours = all.first().unwrap();
    for (name, goal, why) in goals {
        let Some(theirs) = all.iter().find(|server| server.name == name) else { continue };
        let ratios = ours.rates.iter().zip(&theirs.rates).map(|(ours, theirs)| ours / theirs);
        let ratio = median(ratios.collect());
        crate::print("reads", ratio, name, "requests a second", Goal::AtLeast(goal), why);
    }
}

/// Why so much slower a server is not slower still beside ours.
const WHY_PEERS: &str = "Client, kernel and server share the processors, and the faster the server, the more of a request's \
                         time is the client's and the kernel's.";

/// Why the sandbox has less than half the rate of a server that copies bytes.
const WHY_AXUM: &str = "In between: the key looked up and judged, the route, the limit of simultaneous requests, the faults, \
                        what is due by the clock, the model made of the record, the log of requests.";
