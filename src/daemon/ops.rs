//! The ops listener: `/metrics`, `/livez`, `/readyz`, `/readyz/{part}` and `/startupz`.
//!
//! It runs on a thread and a runtime of its own, so that probes are answered, with the truth, while
//! the rest of the program is stuck. It changes nothing and shows no secret, so it asks for no login.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::header::{ALLOW, CACHE_CONTROL};
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use thiserror::Error;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::gauges;
use super::health::{Check, Health, Part};
use crate::http::{Address, BindError, Limits, Problem, Reply, Request, Server, handler};
use crate::metrics::Metrics;

/// Every path that is answered, for documents and `explain`.
pub const ROUTES: &[(&str, &str)] = &[
    ("/metrics", "Every metric, in the Prometheus text format."),
    ("/livez", "200 while the program's own tasks move; a restart can help if one does not."),
    ("/readyz", "200 for ever once every facility's current key was delivered; lists the parts."),
    ("/readyz/{part}", "200 while the part is well, 503 with the reason while it is not."),
    ("/startupz", "200 once every facility's current key was delivered."),
];

/// How often readiness is looked at until it is reached, so that it is noticed with nobody asking.
const LATCH_PERIOD: Duration = Duration::from_secs(1);

/// What the Prometheus text format calls itself.
const METRICS_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The running listener; it runs until it is stopped, also if this is dropped.
#[derive(Debug)]
pub struct Ops {
    /// Where it listens, with the port the system chose.
    pub address: SocketAddr,
    stop: CancellationToken,
    ended: oneshot::Receiver<()>,
}

/// Why the ops listener could not start.
#[derive(Debug, Error)]
pub enum OpsError {
    /// The address cannot be listened on.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The system gives us no thread or no runtime.
    #[error("the ops listener's thread cannot start: {0}")]
    Thread(#[from] io::Error),
    /// The thread ended before it said where it listens.
    #[error("the ops listener's thread ended at once")]
    Ended,
}

impl Ops {
    /// Stops listening and waits for the thread's end; requests being answered finish.
    pub async fn stop(self) {
        self.stop.cancel();
        // An error means that the thread is gone, which is what we wait for.
        self.ended.await.ok();
    }
}

/// Binds `address` and answers from a thread of its own.
///
/// # Errors
///
/// The address is in use or refused, or the system gives no thread; nothing runs then.
pub async fn spawn(address: SocketAddr, health: Health, metrics: Metrics) -> Result<Ops, OpsError> {
    let stop = CancellationToken::new();
    let (bound, listening) = oneshot::channel();
    let (end, ended) = oneshot::channel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let stopped = stop.clone();
    std::thread::Builder::new().name("ops".to_owned()).spawn(move || {
        runtime.block_on(run(address, Source { health, metrics }, bound, stopped));
        // Nobody waits for the end of a listener that was dropped.
        end.send(()).ok();
    })?;
    let address = listening.await.map_err(|_| OpsError::Ended)??;
    Ok(Ops { address, stop, ended })
}

async fn run(
    address: SocketAddr,
    source: Source,
    bound: oneshot::Sender<Result<SocketAddr, BindError>>,
    stop: CancellationToken,
) {
    let server = match Server::bind(&Address::Tcp(address)).await {
        Ok(server) => server,
        Err(error) => return drop(bound.send(Err(error))),
    };
    let Address::Tcp(address) = *server.address() else { return };
    if bound.send(Ok(address)).is_err() {
        return;
    }
    let source = Arc::new(source);
    tokio::spawn(latch(Arc::clone(&source)));
    let limits = Limits { stop_within: Duration::from_secs(1), ..Limits::default() };
    let handler = handler(move |request| {
        let reply = source.answer(&request);
        async move { reply }
    });
    server.serve(handler, limits, stop).await;
}

/// Looks at readiness until it is reached.
async fn latch(source: Arc<Source>) {
    while !source.health.ready().healthy {
        tokio::time::sleep(LATCH_PERIOD).await;
    }
}

/// Where the answers come from.
struct Source {
    health: Health,
    metrics: Metrics,
}

impl Source {
    fn answer(&self, request: &Request) -> Reply {
        let Some(reply) = self.route(request.path()) else {
            let detail =
                "the ops listener knows /metrics, /livez, /readyz, /readyz/{part} and /startupz";
            return Problem::new(StatusCode::NOT_FOUND, "not_found", detail).reply();
        };
        if matches!(*request.method(), Method::GET | Method::HEAD) {
            return reply().with_header(CACHE_CONTROL, "no-store");
        }
        let detail = "the ops listener only answers GET and HEAD";
        let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail);
        problem.reply().with_header(ALLOW, "GET, HEAD")
    }

    /// What answers a path, not made before the method is known to be right.
    fn route<'a>(&'a self, path: &str) -> Option<Box<dyn FnOnce() -> Reply + 'a>> {
        Some(match path {
            "/metrics" => Box::new(|| self.metrics()),
            "/livez" => Box::new(|| plain(&self.health.live())),
            "/startupz" => Box::new(|| plain(&self.health.started())),
            "/readyz" => Box::new(|| self.readiness()),
            _ => {
                let name = path.strip_prefix("/readyz/")?;
                let part = self.health.parts().into_iter().find(|part| part.name == name)?;
                Box::new(move || reply(&part.check, &described(&part)))
            }
        })
    }

    fn metrics(&self) -> Reply {
        let statuses = self.health.statuses();
        for status in &statuses {
            if let Some(metrics) = self.metrics.facility(&status.facility) {
                gauges::publish(&metrics, status);
            }
        }
        self.metrics.book_usable(self.health.book(&statuses).healthy);
        Reply::bytes(StatusCode::OK, METRICS_TYPE, self.metrics.render())
    }

    fn readiness(&self) -> Reply {
        let check = self.health.ready();
        let parts: Vec<Value> = self.health.parts().iter().map(described).collect();
        reply(&check, &json!({ "status": word(&check), "reason": check.reason, "parts": parts }))
    }
}

fn word(check: &Check) -> &'static str {
    if check.healthy { "ok" } else { "failing" }
}

fn plain(check: &Check) -> Reply {
    reply(check, &json!({ "status": word(check), "reason": check.reason }))
}

fn described(part: &Part) -> Value {
    let check = &part.check;
    json!({ "part": part.name, "status": word(check), "reason": check.reason })
}

fn reply(check: &Check, body: &Value) -> Reply {
    let status = if check.healthy { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Reply::json(status, body)
}
