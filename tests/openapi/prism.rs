//! Prism between client and sandbox: it checks each request and each answer against a document, and
//! with `--errors` answers a violation itself.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener as Listener, TcpStream};

/// How long it may take to listen, in tries of 100 ms: two minutes, for a machine that is busy.
const START_TRIES: u32 = 1200;

/// A proxy; ended, by its process id, when dropped.
pub(crate) struct Prism {
    address: SocketAddr,
    process: Child,
    directory: TempDir,
}

impl Prism {
    /// Starts it before a sandbox, which it holds against the document.
    pub(crate) async fn start(program: PathBuf, document: &Value, sandbox: SocketAddr) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("openapi.json");
        std::fs::write(&file, from_the_root(document).to_string()).unwrap();
        // Nobody listens on it at the moment; should somebody be faster than Prism, Prism ends.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let upstream = relay(sandbox, address).await;
        let log = std::fs::File::create(directory.path().join("log")).unwrap();
        let process = Command::new(program)
            .arg("proxy")
            .arg(&file)
            .arg(format!("http://{upstream}"))
            .args(["--errors", "--port", &address.port().to_string()])
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stderr(log.try_clone().unwrap())
            .stdout(log)
            .spawn()
            .unwrap();
        let mut prism = Self { address, process, directory };
        for _ in 0..START_TRIES {
            if TcpStream::connect(address).await.is_ok() {
                return prism;
            }
            let ended = prism.process.try_wait().unwrap();
            assert!(ended.is_none(), "Prism ended before it listened: {}", prism.log());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("Prism does not listen: {}", prism.log());
    }

    /// Where the client finds the API.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/rest/v1", self.address)
    }

    /// What it wrote so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap()
    }

    /// How many requests it passed on.
    pub(crate) fn passed_on(&self) -> usize {
        self.log().matches("Forwarding \"").count()
    }

    /// What it found wrong, once it has told of something: its log comes after its answers. Nothing,
    /// if it tells of nothing for half a minute.
    pub(crate) async fn first_violations(&self) -> Vec<String> {
        for _ in 0..300 {
            let violations = self.violations();
            if !violations.is_empty() {
                return violations;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Vec::new()
    }

    /// What it found wrong so far.
    pub(crate) fn violations(&self) -> Vec<String> {
        let log = self.log();
        let wrong = |line: &&str| line.contains("Violation:") || line.contains("✖");
        log.lines().filter(wrong).map(str::to_owned).collect()
    }
}

impl Drop for Prism {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Prism matches whole paths and takes no notice of a server's, so that is put before each.
fn from_the_root(document: &Value) -> Value {
    let mut document = document.clone();
    let base = document["servers"][0]["url"].as_str().unwrap().to_owned();
    let paths = document["paths"].as_object().unwrap().clone();
    let paths: Map<String, Value> =
        paths.into_iter().map(|(path, verbs)| (format!("{base}{path}"), verbs)).collect();
    document["paths"] = Value::Object(paths);
    document["servers"] = json!([{ "url": "/" }]);
    document
}

/// Stands between Prism and the sandbox and says that what comes was addressed to Prism: the sandbox
/// writes its links as it was addressed, and the client follows none that lead to another host.
async fn relay(sandbox: SocketAddr, prism: SocketAddr) -> SocketAddr {
    let listener = Listener::bind("127.0.0.1:0").await.unwrap();
    let own = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(pass(stream, sandbox, own.to_string(), prism.to_string()));
        }
    });
    own
}

async fn pass(stream: TcpStream, to: SocketAddr, own: String, instead: String) {
    let Ok(sandbox) = TcpStream::connect(to).await else { return };
    let (mut from_prism, mut to_prism) = stream.into_split();
    let (mut from_sandbox, mut to_sandbox) = sandbox.into_split();
    let answers = tokio::spawn(async move {
        tokio::io::copy(&mut from_sandbox, &mut to_prism).await.ok();
    });
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from_prism.read(&mut buffer).await {
        let sent = &buffer[..length];
        let at = sent.windows(own.len()).position(|window| window == own.as_bytes());
        let changed = match at {
            Some(at) => [&sent[..at], instead.as_bytes(), &sent[at + own.len()..]].concat(),
            None => sent.to_vec(),
        };
        if to_sandbox.write_all(&changed).await.is_err() {
            break;
        }
    }
    drop(to_sandbox);
    answers.await.ok();
}
