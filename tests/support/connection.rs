//! A kept connection that asks and reads with as little work as can be, so that what is measured is
//! the server. A server that closes it after an answer is connected to anew with the next request.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What ends a head.
const BLANK_LINE: &str = "\r\n\r\n";

pub(crate) struct Connection {
    address: SocketAddr,
    stream: Option<TcpStream>,
    read: Vec<u8>,
}

/// What was answered, until the next request.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) body: &'a str,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let stream = Some(connect(address).await);
        Self { address, stream, read: Vec::with_capacity(64 * 1024) }
    }

    /// The body of the answer to a GET.
    pub(crate) async fn ask(&mut self, path: &str) -> Vec<u8> {
        self.ask_with(path, "").await
    }

    /// The body of the answer to a GET with more header lines.
    pub(crate) async fn ask_with(&mut self, path: &str, headers: &str) -> Vec<u8> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: bench\r\n{headers}\r\n");
        self.send(request.as_bytes()).await.body.as_bytes().to_vec()
    }

    /// The answer to a whole request.
    pub(crate) async fn send(&mut self, request: &[u8]) -> Answer<'_> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => connect(self.address).await,
        };
        stream.write_all(request).await.unwrap();
        self.read.clear();
        let mut body = None;
        while body.is_none_or(|(from, length)| self.read.len() < from + length) {
            assert!(stream.read_buf(&mut self.read).await.unwrap() > 0, "cut off");
            if body.is_none() {
                let text = std::str::from_utf8(&self.read).unwrap();
                let head = text.split_once(BLANK_LINE).map(|(head, _)| head);
                body = head.map(|head| (head.len() + BLANK_LINE.len(), length(head)));
            }
        }
        let (head, body) = self.read.split_at(body.unwrap().0);
        let head = std::str::from_utf8(head).unwrap();
        if header(head, "connection") != Some("close") {
            self.stream = Some(stream);
        }
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, body: std::str::from_utf8(body).unwrap() }
    }
}

async fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

fn length(head: &str) -> usize {
    header(head, "content-length").unwrap().parse().unwrap()
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}
