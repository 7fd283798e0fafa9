//! The daemon at the other end: where it is, and asking it.
//!
//! Plain HTTP over a unix socket, or over loopback, where nobody on the way can read along.

use std::io::{self, Read as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use zeroize::Zeroizing;

use super::exit::Exit;
use super::failure::Failure;
use crate::admin::shapes::{Ask, Problem};

/// The largest answer read, in bytes: a thousand history entries have well under one MiB.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The longest token read from a file, in bytes.
const TOKEN_BYTES_MAX: u64 = 4096;

/// Where a daemon listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// A unix socket.
    Unix(PathBuf),
    /// A loopback address.
    Http(SocketAddr),
}

impl Address {
    /// Reads `unix:PATH` or `http://127.0.0.1:PORT`.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let wrong = |what: &str| {
            Failure::usage(format!("--server {text}: {what}"))
                .try_this("right would be: unix:PATH or http://127.0.0.1:PORT")
        };
        if let Some(path) = text.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return match path {
                "" => Err(wrong("the path is missing")),
                path => Ok(Self::Unix(PathBuf::from(path))),
            };
        }
        let Some(rest) = text.strip_prefix("http://") else {
            return Err(wrong("neither unix: nor http://"));
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest).replace("localhost:", "127.0.0.1:");
        let address: SocketAddr = rest.parse().map_err(|_| wrong("not an address and port"))?;
        if !address.ip().is_loopback() {
            return Err(wrong("a token may not cross a network in the clear; use loopback"));
        }
        Ok(Self::Http(address))
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Http(address) => write!(f, "http://{address}"),
        }
    }
}

/// The daemon to ask.
#[derive(Debug)]
pub(super) struct Server {
    address: Address,
    authorization: Option<HeaderValue>,
    timeout: Duration,
    /// The command that shows what came of a request whose answer was lost.
    shown_by: &'static str,
}

/// What a request carries.
enum Load {
    Nothing,
    Json(Vec<u8>),
    /// A key; the memory is wiped once it was sent.
    Key(Zeroizing<Vec<u8>>),
}

impl Server {
    /// Gets ready to ask; nothing is sent yet.
    pub(super) fn new(
        address: Address,
        token_file: Option<&Path>,
        timeout: Duration,
    ) -> Result<Self, Failure> {
        let authorization = token_file.map(bearer).transpose()?;
        Ok(Self { address, authorization, timeout, shown_by: "quaymaster key history" })
    }

    /// Reads.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        self.call(Method::GET, path, Load::Nothing).await
    }

    /// Names the command that shows what came of a request whose answer was lost.
    pub(super) fn shown_by(self, command: &'static str) -> Self {
        Self { shown_by: command, ..self }
    }

    /// Asks for something.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        ask: &impl Serialize,
    ) -> Result<T, Failure> {
        self.call(Method::POST, path, json(ask)?).await
    }

    /// Asks for something to end.
    pub(super) async fn delete<T: DeserializeOwned>(
        &self,
        path: &str,
        ask: &Ask,
    ) -> Result<T, Failure> {
        self.call(Method::DELETE, path, json(ask)?).await
    }

    /// Hands a key over.
    pub(super) async fn hand_over<T: DeserializeOwned>(
        &self,
        path: &str,
        ask: &Ask,
        key: Zeroizing<Vec<u8>>,
    ) -> Result<T, Failure> {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("dryRun", if ask.dry_run { "true" } else { "false" });
        if let Some(reason) = &ask.reason {
            query.append_pair("reason", reason);
        }
        let path = format!("{path}?{}", query.finish());
        self.call(Method::POST, &path, Load::Key(key)).await
    }

    /// Asks a listener that answers in plain words.
    pub(super) async fn probe(&self, path: &str) -> Result<(u16, String), Failure> {
        let exchange = self.exchange(Method::GET, path, Load::Nothing);
        let answer = tokio::time::timeout(self.timeout, exchange).await;
        let (status, body) = answer.map_err(|_| self.late(&Method::GET))??;
        Ok((status, String::from_utf8_lossy(&body).trim().to_owned()))
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        load: Load,
    ) -> Result<T, Failure> {
        let exchange = self.exchange(method.clone(), path, load);
        let answer = tokio::time::timeout(self.timeout, exchange).await;
        let (status, body) = answer.map_err(|_| self.late(&method))??;
        if (200..300).contains(&status) {
            return serde_json::from_slice(&body).map_err(|_| self.strange(&method, status));
        }
        let problem: Problem =
            serde_json::from_slice(&body).map_err(|_| self.strange(&method, status))?;
        let exit = Exit::of_answer(status, &problem.label);
        let unclear = exit == Exit::Failed && may_be_done(&method, status);
        let exit = if unclear { Exit::Unclear } else { exit };
        Err(Failure::new(exit, format!("{} ({})", problem.detail, problem.label))
            .try_this(problem.remedy))
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        load: Load,
    ) -> Result<(u16, Bytes), Failure> {
        let request = self.request(method, path, load)?;
        let unreachable = |error| self.unreachable(&error);
        match &self.address {
            Address::Unix(path) => {
                let stream = UnixStream::connect(path).await.map_err(unreachable)?;
                self.send(stream, request).await
            }
            Address::Http(address) => {
                let stream = TcpStream::connect(address).await.map_err(unreachable)?;
                self.send(stream, request).await
            }
        }
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        load: Load,
    ) -> Result<Request<Full<Bytes>>, Failure> {
        let host = match &self.address {
            Address::Unix(_) => "localhost".to_owned(),
            Address::Http(address) => address.to_string(),
        };
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, host)
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, concat!("quaymaster/", env!("CARGO_PKG_VERSION")));
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let (media_type, body) = match load {
            Load::Nothing => (None, Bytes::new()),
            Load::Json(text) => (Some("application/json"), Bytes::from(text)),
            Load::Key(key) => (Some("application/octet-stream"), Bytes::from_owner(key)),
        };
        if let Some(media_type) = media_type {
            request = request.header(CONTENT_TYPE, media_type);
        }
        let built = request.body(Full::new(body));
        built.map_err(|_| Failure::usage(format!("{path} cannot be asked for")))
    }

    async fn send<S>(
        &self,
        stream: S,
        request: Request<Full<Bytes>>,
    ) -> Result<(u16, Bytes), Failure>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let method = request.method().clone();
        let broken = |_| self.broken(&method);
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        let connection = tokio::spawn(connection);
        let response = sender.send_request(request).await.map_err(broken)?;
        let answer = self.body(&method, response).await;
        connection.abort();
        answer
    }

    async fn body<B>(&self, method: &Method, response: Response<B>) -> Result<(u16, Bytes), Failure>
    where
        B: hyper::body::Body<Data = Bytes> + Unpin,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
        body.map(|body| (status, body.to_bytes())).map_err(|_| self.strange(method, status))
    }

    /// What to do where it cannot be told whether something was done.
    fn may_be_done(&self) -> String {
        format!("it may have been done; to see: {}", self.shown_by)
    }

    fn broken(&self, method: &Method) -> Failure {
        let what = format!("the connection to {} broke off without an answer", self.address);
        if *method == Method::GET {
            Failure::new(Exit::Failed, what)
                .try_this("to see whether the daemon is alive: quaymaster healthcheck")
        } else {
            Failure::new(Exit::Unclear, what).try_this(self.may_be_done())
        }
    }

    fn late(&self, method: &Method) -> Failure {
        let waited = self.timeout.as_secs();
        let what = format!("no answer from {} within {waited} s", self.address);
        let failure = Failure::new(Exit::TimedOut, what);
        if *method == Method::GET {
            failure.try_this("to wait longer, add: --timeout TIME")
        } else {
            failure.try_this(format!("it may still be done; to see: {}", self.shown_by))
        }
    }

    fn unreachable(&self, error: &io::Error) -> Failure {
        let address = &self.address;
        let kind = error.kind();
        if kind == io::ErrorKind::PermissionDenied {
            let what = format!("no daemon at {address}: the socket is another user's");
            return Failure::new(Exit::Failed, what).try_this(
                "run as the user the daemon runs as, or as root: sudo quaymaster status",
            );
        }
        let what = if kind == io::ErrorKind::NotFound {
            "there is no such socket"
        } else if kind == io::ErrorKind::ConnectionRefused {
            "nobody listens there"
        } else {
            "it cannot be reached"
        };
        Failure::new(Exit::Failed, format!("no daemon at {address}: {what}"))
            .try_this("to start it: quaymaster run --config FILE")
            .try_this("if it listens elsewhere: --server ADDR or $QUAYMASTER_SERVER")
    }

    fn strange(&self, method: &Method, status: u16) -> Failure {
        let address = &self.address;
        let what = format!("{address} answered {status} with something no quaymaster daemon says");
        if may_be_done(method, status) {
            return Failure::new(Exit::Unclear, what).try_this(self.may_be_done());
        }
        Failure::new(Exit::Failed, what)
            .try_this("look at what listens there, and compare releases: quaymaster --version")
    }
}

/// Whether what was asked for may have been done although this came back: only a status that refuses
/// says that it was not.
fn may_be_done(method: &Method, status: u16) -> bool {
    *method != Method::GET && !(400..500).contains(&status)
}

fn json(ask: &impl Serialize) -> Result<Load, Failure> {
    let text = serde_json::to_vec(ask);
    text.map(Load::Json).map_err(|_| Failure::usage("the request cannot be written as JSON"))
}

/// Reads a token into a header that is never printed.
fn bearer(path: &Path) -> Result<HeaderValue, Failure> {
    let wrong = |what: String| Failure::usage(format!("--token-file {}: {what}", path.display()));
    let mut text = Zeroizing::new(String::new());
    let file = std::fs::File::open(path).map_err(|error| wrong(error.to_string()))?;
    let read = file.take(TOKEN_BYTES_MAX).read_to_string(&mut text);
    read.map_err(|error| wrong(error.to_string()))?;
    let token = text.trim();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(wrong("the file must hold one token and nothing else".to_owned()));
    }
    let header = Zeroizing::new(format!("Bearer {token}"));
    let mut value = HeaderValue::from_str(&header)
        .map_err(|_| wrong("the file must hold one token and nothing else".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_networks_refused() {
        let unix = Address::Unix(PathBuf::from("/run/q.sock"));
        assert_eq!(Address::parse("unix:/run/q.sock"), Ok(unix.clone()));
        assert_eq!(Address::parse("unix:///run/q.sock"), Ok(unix));
        let http = Address::Http("127.0.0.1:9465".parse().unwrap());
        assert_eq!(Address::parse("http://127.0.0.1:9465"), Ok(http.clone()));
        assert_eq!(Address::parse("http://localhost:9465/"), Ok(http));
        for wrong in ["", "/run/q.sock", "unix:", "http://10.0.0.1:1", "https://127.0.0.1:1"] {
            let failure = Address::parse(wrong).unwrap_err();
            assert_eq!(failure.exit, Exit::Usage, "{wrong}");
            assert!(failure.to_string().contains("unix:PATH"), "{wrong}");
        }
    }
}
