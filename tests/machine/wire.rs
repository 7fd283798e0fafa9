//! A connection to the sandbox that speaks bytes and stays open.

use std::fmt;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

/// A reply that takes longer than this never comes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A reply, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) text: String,
    pub(crate) body: Value,
}

/// What is sent.
#[derive(Clone, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    /// From the root of the host on.
    pub(crate) path: &'a str,
    pub(crate) host: &'a str,
    pub(crate) body: &'a Value,
    pub(crate) api_key: &'a str,
    pub(crate) idempotency: Option<&'a str>,
}

/// One open connection.
pub(crate) struct Wire(BufReader<TcpStream>);

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl Wire {
    pub(crate) fn open(to: SocketAddr) -> Self {
        let stream = TcpStream::connect(to).expect("the sandbox listens");
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    pub(crate) fn ask(&mut self, request: &Request<'_>) -> Reply {
        let body = if request.body.is_null() { String::new() } else { request.body.to_string() };
        let key = BASE64_STANDARD.encode(format!("{}:", request.api_key));
        let idempotency = request.idempotency.map(|key| format!("Idempotency-Key: {key}\r\n"));
        let bytes = format!(
            "{} {} HTTP/1.1\r\nHost: {}\r\nAuthorization: Basic {key}\r\n\
             Accept: application/json\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n{}\r\n{body}",
            request.method,
            request.path,
            request.host,
            body.len(),
            idempotency.unwrap_or_default(),
        );
        self.0.get_mut().write_all(bytes.as_bytes()).expect("the sandbox reads");
        self.read()
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("a line of a reply");
        line.trim_end().to_owned()
    }

    fn read(&mut self) -> Reply {
        let first = self.line();
        let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no status line: {first:?}"));
        let (mut length, mut location) = (0, None);
        loop {
            let line = self.line();
            let Some((name, value)) = line.split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().unwrap();
            } else if name.eq_ignore_ascii_case("location") {
                location = Some(value.trim().to_owned());
            }
        }
        let mut bytes = vec![0; length];
        self.0.read_exact(&mut bytes).expect("a whole body");
        let text = String::from_utf8(bytes).unwrap();
        let body = serde_json::from_str(&text).unwrap_or_default();
        Reply { status, location, text, body }
    }
}
