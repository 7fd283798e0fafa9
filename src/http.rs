//! The one HTTP/1.1 server under every listener: metrics and health, the admin API, the sandbox.
//!
//! It knows sockets, limits and bytes; it must not know what a request means. A listener is bound
//! early ([`Server::bind`]), so that a port in use stops the program before anything is written, and
//! serves later ([`Server::serve`]). A handler is given a whole request and answers with a whole
//! [`Reply`].
//!
//! What no client can do: hold a connection with half a header or half a body, make the process keep
//! more than [`Limits::body_bytes_max`] of its body, keep others out by opening connections (the one
//! that has waited longest without a whole request makes room), or end the server by a panic.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method};

mod listen;
mod reply;
mod serve;
#[cfg(test)]
mod tests;

pub use self::listen::{Address, BindError, Server};
pub use self::reply::{Cut, Problem, Reply};

/// What a listener allows its clients.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How long a client may take to send a whole head, and how long a kept connection may be idle.
    pub header_timeout: Duration,
    /// How long a client may take to send a whole body.
    pub body_timeout: Duration,
    /// The largest body accepted, in bytes; a larger one is answered 413.
    pub body_bytes_max: usize,
    /// A larger limit for a request with this head, if it has one of its own.
    pub larger_body: fn(&Parts) -> Option<usize>,
    /// The largest head accepted, in bytes, at least 8192; a larger one is answered 431.
    pub head_bytes_max: usize,
    /// The most header lines accepted; more are answered 431.
    pub headers_max: usize,
    /// The most connections held at once.
    pub connections_max: usize,
    /// How long requests that are being answered may take to finish once the server is stopped.
    pub stop_within: Duration,
    /// How a request is answered that the handler does not answer, so that every error of a listener
    /// has one shape.
    pub unserved: fn(Unserved) -> Reply,
}

/// Why a request was not given to its handler, or got nothing from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unserved {
    /// The body is larger than [`Limits::body_bytes_max`].
    BodyTooLarge,
    /// The body did not arrive within [`Limits::body_timeout`].
    BodyTooSlow,
    /// The body could not be read.
    BodyBroken,
    /// The handler panicked.
    Panicked,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // With a second to spare, so that a half-sent head is cut within five.
            header_timeout: Duration::from_secs(4),
            body_timeout: Duration::from_secs(10),
            body_bytes_max: 64 * 1024,
            larger_body: |_| None,
            head_bytes_max: 16 * 1024,
            headers_max: 64,
            connections_max: 256,
            stop_within: Duration::from_secs(5),
            unserved: Unserved::reply,
        }
    }
}

/// Who is on the other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// A program that came over TCP.
    Tcp(SocketAddr),
    /// A process of this machine that came over the unix socket, as the kernel vouches for it.
    Unix {
        /// Its effective user.
        uid: u32,
        /// Its effective group.
        gid: u32,
    },
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            Self::Unix { uid, .. } => write!(f, "uid {uid}"),
        }
    }
}

/// A whole request. Prints without headers, query and body, any of which may hold credentials.
pub struct Request {
    /// Who sent it.
    pub peer: Peer,
    /// Method, target, version and headers.
    pub head: Parts,
    /// The body, at most [`Limits::body_bytes_max`] bytes.
    pub body: Bytes,
}

impl Request {
    /// The method.
    pub fn method(&self) -> &Method {
        &self.head.method
    }

    /// The path, without the query.
    pub fn path(&self) -> &str {
        self.head.uri.path()
    }

    /// The query, without the question mark.
    pub fn query(&self) -> Option<&str> {
        self.head.uri.query()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// A header's first value, if it is visible ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name)?.to_str().ok()
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} from {}", self.method(), self.path(), self.peer)
    }
}

/// A reply on its way.
pub type Answering = Pin<Box<dyn Future<Output = Reply> + Send>>;

/// What answers requests. Its future is dropped when the client goes away or the server's stop takes
/// too long: what must be finished in any case belongs in a task of its own.
pub type Handler = Arc<dyn Fn(Request) -> Answering + Send + Sync>;

/// Makes a [`Handler`] of an async function.
pub fn handler<F, Fut>(answer: F) -> Handler
where
    F: Fn(Request) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Reply> + Send + 'static,
{
    Arc::new(move |request| Box::pin(answer(request)))
}
