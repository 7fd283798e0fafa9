//! Serving: connections, their limits, and their end.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::header::{CONNECTION, EXPECT};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::listen::{Listener, Server};
use super::reply::{Problem, Reply, ReplyBody, WasCut};
use super::{Answering, Handler, Limits, Peer, Request, Unserved};

/// How long to wait after the system refused to accept (no file descriptors), so as not to spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How much of a body that is too large is read and thrown away, so that the client, still sending,
/// sees the 413 and not a reset connection.
const DISCARD_BYTES_MAX: usize = 16 * 1024 * 1024;

impl Server {
    /// Answers until `stop` is cancelled; then accepts no more, lets requests that are being answered
    /// finish within [`Limits::stop_within`], cuts the rest, and returns.
    pub async fn serve(self, handler: Handler, limits: Limits, stop: CancellationToken) {
        let limits = Arc::new(limits);
        let connections = Connections::default();
        let mut tasks = JoinSet::new();
        let mut refusing = false;
        loop {
            let accepted = tokio::select! {
                accepted = accept(&self.listener) => accepted,
                () = stop.cancelled() => break,
            };
            while tasks.try_join_next().is_some() {}
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    if !refusing {
                        tracing::warn!(address = %self.address(), %error, "cannot accept a connection");
                    }
                    refusing = true;
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            refusing = false;
            let Some(place) = connections.place(limits.connections_max) else { continue };
            let shared =
                Shared { handler: Arc::clone(&handler), limits: Arc::clone(&limits), peer };
            let stop = stop.clone();
            match stream {
                Stream::Tcp(stream) => tasks.spawn(connection(stream, shared, place, stop)),
                Stream::Unix(stream) => tasks.spawn(connection(stream, shared, place, stop)),
            };
        }
        drop(self);
        let finished = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(limits.stop_within, finished).await.is_err() {
            tasks.shutdown().await;
        }
    }
}

enum Stream {
    Tcp(tokio::net::TcpStream),
    Unix(tokio::net::UnixStream),
}

async fn accept(listener: &Listener) -> std::io::Result<(Stream, Peer)> {
    match listener {
        Listener::Tcp(listener) => {
            let (stream, address) = listener.accept().await?;
            stream.set_nodelay(true).ok();
            Ok((Stream::Tcp(stream), Peer::Tcp(address)))
        }
        Listener::Unix { listener, .. } => {
            let (stream, _) = listener.accept().await?;
            let peer = stream.peer_cred()?;
            Ok((Stream::Unix(stream), Peer::Unix { uid: peer.uid(), gid: peer.gid() }))
        }
    }
}

/// What every request of a connection needs.
#[derive(Clone)]
struct Shared {
    handler: Handler,
    limits: Arc<Limits>,
    peer: Peer,
}

async fn connection<S>(stream: S, shared: Shared, place: Place, stop: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let limits = Arc::clone(&shared.limits);
    let evicted = place.evicted.clone();
    let answering = Arc::clone(&place.answering);
    let service =
        service_fn(move |request| exchange(request, shared.clone(), Arc::clone(&answering)));
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_headers(limits.headers_max)
        .max_buf_size(limits.head_bytes_max)
        .serve_connection(TokioIo::new(stream), service);
    let mut serving = std::pin::pin!(serving);
    // What a client does wrong on its connection ends that connection, and is no news of ours.
    tokio::select! {
        _ = serving.as_mut() => return,
        () = evicted.cancelled() => return,
        () = stop.cancelled() => serving.as_mut().graceful_shutdown(),
    }
    serving.await.ok();
}

async fn exchange(
    request: hyper::Request<Incoming>,
    shared: Shared,
    answering: Arc<AtomicBool>,
) -> Result<Response<ReplyBody>, WasCut> {
    let (head, body) = request.into_parts();
    let expects = head.headers.contains_key(EXPECT);
    let most = (shared.limits.larger_body)(&head).unwrap_or(shared.limits.body_bytes_max);
    let whole = read_body(body, expects, most);
    let body = match tokio::time::timeout(shared.limits.body_timeout, whole).await {
        Ok(Ok(body)) => body,
        Ok(Err(why)) => return without_body(&shared.limits, why).into_response(),
        Err(_) => return without_body(&shared.limits, Unserved::BodyTooSlow).into_response(),
    };
    answering.store(true, Ordering::Relaxed);
    let request = Request { peer: shared.peer, head, body };
    let reply = unless_it_panics(&shared.handler, request).await;
    answering.store(false, Ordering::Relaxed);
    reply.unwrap_or_else(|| (shared.limits.unserved)(Unserved::Panicked)).into_response()
}

/// The rest of the body may still be on its way, so the connection ends with the reply.
fn without_body(limits: &Limits, why: Unserved) -> Reply {
    (limits.unserved)(why).with_header(CONNECTION, "close")
}

impl Unserved {
    /// What is answered where the listener has no shape of its own.
    pub(super) fn reply(self) -> Reply {
        let (status, code, detail) = match self {
            Self::BodyTooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "the body is too large")
            }
            Self::BodyTooSlow => {
                (StatusCode::REQUEST_TIMEOUT, "body_too_slow", "the body took too long to arrive")
            }
            Self::BodyBroken => {
                (StatusCode::BAD_REQUEST, "body_broken", "the body could not be read")
            }
            Self::Panicked => {
                let detail = "something is wrong in here; the log says more";
                (StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
            }
        };
        Problem::new(status, code, detail).reply()
    }
}

async fn read_body(mut body: Incoming, client_waits: bool, most: usize) -> Result<Bytes, Unserved> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let too_large = announced > most;
    if too_large && (client_waits || announced > DISCARD_BYTES_MAX) {
        return Err(Unserved::BodyTooLarge);
    }
    let mut kept = BytesMut::new();
    let mut seen = 0_usize;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Unserved::BodyBroken)?.into_data() else { continue };
        seen = seen.saturating_add(data.len());
        if seen > DISCARD_BYTES_MAX.max(most) {
            return Err(Unserved::BodyTooLarge);
        }
        if seen <= most {
            kept.extend_from_slice(&data);
        }
    }
    if seen > most { Err(Unserved::BodyTooLarge) } else { Ok(kept.freeze()) }
}

/// Asks the handler; a panic in it is this request's 500 and nobody else's trouble.
async fn unless_it_panics(handler: &Handler, request: Request) -> Option<Reply> {
    let path = request.path().to_owned();
    let started = catch_unwind(AssertUnwindSafe(|| handler(request)));
    let reply = match started {
        Ok(answering) => poll_unless_it_panics(answering).await,
        Err(_) => None,
    };
    if reply.is_none() {
        tracing::error!(path, "a request made its handler panic; it was answered 500");
    }
    reply
}

async fn poll_unless_it_panics(mut answering: Answering) -> Option<Reply> {
    std::future::poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| answering.as_mut().poll(context)));
        match polled {
            Ok(Poll::Ready(reply)) => Poll::Ready(Some(reply)),
            Ok(Poll::Pending) => Poll::Pending,
            Err(_) => Poll::Ready(None),
        }
    })
    .await
}

/// The connections that are open, oldest first.
#[derive(Clone, Default)]
struct Connections(Arc<Mutex<Open>>);

#[derive(Default)]
struct Open {
    next_id: u64,
    by_id: BTreeMap<u64, (CancellationToken, Arc<AtomicBool>)>,
}

/// A connection's place among the open ones, given up when dropped.
struct Place {
    id: u64,
    evicted: CancellationToken,
    answering: Arc<AtomicBool>,
    among: Connections,
}

impl Connections {
    /// Takes a place. When all are taken, the oldest connection without a request in a handler makes
    /// room, so that idle sockets cannot keep working clients out; `None` if all are being answered.
    fn place(&self, connections_max: usize) -> Option<Place> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.by_id.len() >= connections_max {
            let idle = |(id, (_, answering)): (&u64, &(_, Arc<AtomicBool>))| {
                (!answering.load(Ordering::Relaxed)).then_some(*id)
            };
            let oldest = open.by_id.iter().find_map(idle)?;
            if let Some((evicted, _)) = open.by_id.remove(&oldest) {
                evicted.cancel();
            }
        }
        open.next_id += 1;
        let (id, evicted) = (open.next_id, CancellationToken::new());
        let answering = Arc::new(AtomicBool::new(false));
        open.by_id.insert(id, (evicted.clone(), Arc::clone(&answering)));
        Some(Place { id, evicted, answering, among: self.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.among.0.lock().unwrap_or_else(PoisonError::into_inner).by_id.remove(&self.id);
    }
}
