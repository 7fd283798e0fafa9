//! The files that a sandbox starts from, and the bytes that come to its listener.

use std::time::Duration;

use quaymaster::clock::Clock;
use quaymaster::sandbox::{Sandbox, SandboxError, SandboxOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use super::bank::with_bank;
use super::place::Place;

/// A value that no error may repeat.
const VALUE: &str = "QXZVALUEQXZ";
/// A listener that says nothing for so long has hung.
const PATIENCE: Duration = Duration::from_secs(8);

struct Start {
    runtime: Runtime,
    place: Place,
}

thread_local! {
    static START: Start = Start::new();
}

impl Start {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        Self { runtime, place: Place::new() }
    }

    fn options() -> SandboxOptions {
        let clock = Clock::starting_at("2026-03-02T00:00:00Z".parse().unwrap(), 0.0);
        SandboxOptions { clock: Some(clock), ..SandboxOptions::default() }
    }
}

/// A seed file: a sandbox starts from it and can be put back to it, or says why not, without a value.
pub(super) fn seed_file(data: &[u8]) {
    START.with(|start| {
        let path = start.place.write("seed.json", data);
        start.runtime.block_on(async {
            match Sandbox::start(SandboxOptions { seed_file: Some(path), ..Start::options() }).await
            {
                Ok(running) => {
                    let keys = running.control().keys();
                    running.control().reset().unwrap();
                    assert_eq!(running.control().keys().len(), keys.len());
                    running.stop().await;
                }
                Err(error) => refused(&error, data),
            }
        });
    });
}

/// A data file: what a sandbox goes on from, it keeps; another goes on from that, and keeps the same.
pub(super) fn data_file(data: &[u8]) {
    START.with(|start| {
        let path = start.place.write("data.json", data);
        start.runtime.block_on(async {
            let options = || SandboxOptions { data: Some(path.clone()), ..Start::options() };
            let running = match Sandbox::start(options()).await {
                Ok(running) => running,
                Err(error) => {
                    refused(&error, data);
                    assert_eq!(std::fs::read(&path).unwrap(), data, "it was left as it is");
                    return;
                }
            };
            // What was due while nobody looked happens now.
            running.clock().advance(Duration::from_secs(86_400));
            let keys = running.control().keys();
            running.stop().await;
            let kept = std::fs::read_to_string(&path).unwrap();
            let again = Sandbox::start(options()).await;
            let again = again.unwrap_or_else(|error| panic!("{error}\n{kept}"));
            assert_eq!(again.control().keys(), keys);
            again.stop().await;
            assert_eq!(std::fs::read_to_string(&path).unwrap(), kept);
        });
    });
}

fn refused(error: &SandboxError, data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    // A name may be told, a value may not.
    let values = text.matches(&format!(": \"{VALUE}\"")).count();
    if values == text.matches(VALUE).count() {
        assert!(!error.to_string().contains(VALUE), "{error}");
    }
}

/// Bytes on a connection to the listener: each reply is one of HTTP, none is 500, and the connection
/// ends once the client has said all.
pub(super) fn connection(data: &[u8]) {
    with_bank(|bank| {
        let address = bank.running().address();
        let replied = bank.block_on(async {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            let mut replied = Vec::new();
            // The server may have hung up on what came so far.
            if stream.write_all(data).await.is_ok() && stream.shutdown().await.is_ok() {
                let reading = timeout(PATIENCE, stream.read_to_end(&mut replied));
                reading.await.expect("the listener hangs").unwrap_or_default();
            }
            replied
        });
        let text = String::from_utf8_lossy(&replied);
        assert!(text.is_empty() || text.starts_with("HTTP/1."), "{text}");
        assert!(!text.contains("HTTP/1.1 500"), "{text}");
    });
}
