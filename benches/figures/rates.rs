//! How the ops listener does beside a bare hyper server that answers the same bytes: requests a second
//! as a part of the bare server's, the median of rounds that take turns.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Response;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use quaymaster::daemon::health::{Health, Vitals};
use quaymaster::daemon::{gauges, ops};
use quaymaster::domain::product::Product;
use quaymaster::metrics::Metrics;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::connection::Connection;
use crate::{Goal, median, status};

/// Connections that ask at once, each as soon as it was answered.
const CONNECTIONS: usize = 16;

/// How long each round lasts.
const ROUND: Duration = Duration::from_millis(500);

/// Rounds for each server; odd, so that the median is one of them.
const ROUNDS: usize = 9;

/// The facilities that `/metrics` speaks of.
const FACILITIES: usize = 3;

/// Why `/metrics` is slower than its goal.
const WHY_METRICS: &str = "Every series of a facility stands from the start, and all are written anew for each scrape, so \
                           that it never lags behind `status`; the bare server copies bytes. A scrape comes every 15 s.";

/// Measures and prints.
pub(crate) async fn print() {
    let ours = ours().await;
    println!("\nops listener, requests a second, beside a bare hyper server with the same answer");
    for (path, goal) in [("/livez", 0.6), ("/metrics", 0.1)] {
        let answer = Connection::open(ours).await.ask(path).await;
        let size = answer.len();
        let (ratio, rate) = ratio(ours, bare(answer), path).await;
        let detail = format!("{rate:.0} a second, {size} bytes");
        crate::print(path, ratio, "bare hyper", &detail, Goal::AtLeast(goal), WHY_METRICS);
    }
}

/// The ops listener, with facilities that are well.
async fn ours() -> SocketAddr {
    let metrics = Metrics::new();
    let statuses = (0..FACILITIES).map(|number| status::well(&format!("facility-{number}")));
    let mut handles = Vec::new();
    for made in statuses {
        let added = metrics.add_facility(&made.facility, made.environment, &[status::store()]);
        // As the daemon does, so that `/metrics` has its full length.
        drop(gauges::observer(&added, Product::QuickStream));
        // The last status stands when its sender is gone.
        handles.push(status::handle(made).0);
    }
    let (_facilities, receiver) = watch::channel(handles);
    let health = Health::new(Vitals::new(metrics.clone()), receiver);
    let running = ops::spawn("127.0.0.1:0".parse().unwrap(), health, metrics).await.unwrap();
    running.address
}

/// A hyper server on a thread of its own that answers every request with `body`.
fn bare(body: Vec<u8>) -> SocketAddr {
    let (bound, address) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            bound.send(listener.local_addr().unwrap()).unwrap();
            serve(listener, body).await;
        });
    });
    address.recv().unwrap()
}

/// The least that hyper can do: the same answer to every request.
pub(crate) async fn serve(listener: TcpListener, body: Vec<u8>) {
    let body = Bytes::from(body);
    while let Ok((stream, _)) = listener.accept().await {
        stream.set_nodelay(true).unwrap();
        let body = body.clone();
        let service = service_fn(move |_| {
            let answer = Response::new(Full::new(body.clone()));
            async move { Ok::<_, Infallible>(answer) }
        });
        let serving = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        tokio::spawn(async { serving.await.ok() });
    }
}

/// Our rate as a part of the bare server's, and our rate.
async fn ratio(ours: SocketAddr, bare: SocketAddr, path: &'static str) -> (f64, f64) {
    let (mut ratios, mut rates) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let rate_of_ours = rate(ours, path).await;
        ratios.push(rate_of_ours / rate(bare, path).await);
        rates.push(rate_of_ours);
    }
    (median(ratios), median(rates))
}

/// Requests answered a second.
async fn rate(address: SocketAddr, path: &'static str) -> f64 {
    let mut askers = JoinSet::new();
    let began = Instant::now();
    for _ in 0..CONNECTIONS {
        askers.spawn(async move {
            let mut connection = Connection::open(address).await;
            let mut answered = 0_u32;
            while began.elapsed() < ROUND {
                connection.ask(path).await;
                answered += 1;
            }
            answered
        });
    }
    let answered: u32 = askers.join_all().await.iter().sum();
    f64::from(answered) / began.elapsed().as_secs_f64()
}
