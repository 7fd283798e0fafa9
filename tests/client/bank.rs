//! A bank made of a socket and a script: what each connection is answered with, to the byte.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use quaymaster::clock::Clock;
use quaymaster::domain::product::Product;
use quaymaster::key::KeyText;
use quaymaster::quickstream::{Call, Client, ClientOptions, Fault, Offer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The key that every test sends.
pub(crate) const SENT: &str = "SANDBOX_SEC_8k2m4n6p8q2r4t6v8w2x4y6z8a2b4c6d8e2f4g6h8j2k4m6n8p2q4r6";
/// The key that the bank offers.
pub(crate) const OFFERED: &str =
    "SANDBOX_SEC_5f6g7h8j9m5p6q7r8t9u5v6w7y8z9a5b6c7d8f9g5h6j7m8p9q5r8t9v7y";

/// What one connection is answered with, after its request was read whole.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// These bytes, and the connection ends.
    Bytes(Vec<u8>),
    /// These bytes, and then nothing more until the client goes away.
    Hold(Vec<u8>),
    /// These bytes, and then more and more until the client goes away.
    Flood(Vec<u8>),
}

impl Answer {
    /// A whole reply with this status line's rest, headers and body.
    pub(crate) fn reply(status: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let length = format!("Content-Length: {}", body.len());
        let mut head = vec![format!("HTTP/1.1 {status}"), length];
        head.extend(headers.iter().map(|header| (*header).to_owned()));
        let mut bytes = format!("{}\r\n\r\n", head.join("\r\n")).into_bytes();
        bytes.extend_from_slice(body);
        Self::Bytes(bytes)
    }

    /// A reply of 200 with JSON.
    pub(crate) fn json(body: impl AsRef<[u8]>) -> Self {
        Self::reply("200 OK", &["Content-Type: application/json"], body)
    }
}

/// A bank that plays a script: one answer for each connection, the last one for all that follow.
pub(crate) struct Bank {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Drop for Bank {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Bank {
    pub(crate) async fn playing(script: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            let mut script = script.into_iter();
            let mut answer = Answer::Bytes(Vec::new());
            while let Ok((stream, _)) = listener.accept().await {
                answer = script.next().unwrap_or(answer);
                tokio::spawn(serve(stream, answer.clone(), Arc::clone(&seen)));
            }
        });
        Self { address, requests, task }
    }

    /// A bank that answers every request alike.
    pub(crate) async fn saying(answer: Answer) -> Self {
        Self::playing(vec![answer]).await
    }

    /// What was sent to it, each request as its head and its body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/rest/v1", self.address)
    }

    pub(crate) fn options(&self) -> ClientOptions {
        ClientOptions::new(self.base_url(), Product::QuickStream)
    }

    pub(crate) fn client(&self) -> Client {
        client(self.options())
    }
}

async fn serve(mut stream: TcpStream, answer: Answer, seen: Arc<Mutex<Vec<String>>>) {
    let request = read_request(&mut stream).await;
    seen.lock().unwrap().push(request);
    // A client that went away early is what some tests want.
    match answer {
        Answer::Bytes(bytes) => drop(stream.write_all(&bytes).await),
        Answer::Hold(bytes) => {
            drop(stream.write_all(&bytes).await);
            let mut rest = Vec::new();
            drop(stream.read_to_end(&mut rest).await);
        }
        Answer::Flood(bytes) => {
            drop(stream.write_all(&bytes).await);
            while stream.write_all(&[b' '; 8192]).await.is_ok() {}
            seen.lock().unwrap().push("the client went away".to_owned());
        }
    }
}

/// Reads one request: its head, and as much body as it announces.
async fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return text;
            }
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return String::from_utf8_lossy(&bytes).into_owned(),
            Ok(length) => bytes.extend_from_slice(&chunk[..length]),
        }
    }
}

/// A clock that stands still.
pub(crate) fn clock() -> Clock {
    Clock::starting_at("2026-03-01T00:00:00Z".parse::<Timestamp>().unwrap(), 0.0)
}

pub(crate) fn client(options: ClientOptions) -> Client {
    Client::new(options, clock()).unwrap()
}

pub(crate) fn key() -> KeyText {
    KeyText::parse(SENT).unwrap()
}

/// What `GET /api-keys/latest` came to at a bank that answers so.
pub(crate) async fn latest(answer: Answer) -> Result<Offer, Fault> {
    Bank::saying(answer).await.client().latest_key(&key()).await
}

/// Options that write down every call.
pub(crate) fn observed(mut options: ClientOptions) -> (ClientOptions, Arc<Mutex<Vec<Call>>>) {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&calls);
    options.observer = Arc::new(move |call| kept.lock().unwrap().push(*call));
    (options, calls)
}

/// Long enough for an exchange on this machine, short enough to wait for one that never ends.
pub(crate) const SHORT: Duration = Duration::from_millis(300);
