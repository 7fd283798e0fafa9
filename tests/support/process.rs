//! The program itself as a process, beside a sandbox bank in the test: a directory of its own, settings
//! in it, a start, HTTP to its listeners, and its end.

#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    missing_debug_implementations,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "several test programs share this file, and each uses a part of it"
)]

use std::ffi::{OsStr, OsString};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader,
};
use tokio::net::{TcpStream, UnixStream};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::Instant;

use quaymaster::sandbox::{NewSandboxKey, Running, SANDBOX_CODE, SANDBOX_KEY};
use quaymaster::sandbox::{Sandbox, SandboxOptions};

/// Longer than anything here may take; only a hang reaches it.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Where the program under test is: the one cargo built for this test, or the one that
/// `QUAYMASTER_TEST_BINARY` names, such as the release build.
pub fn binary() -> OsString {
    std::env::var_os("QUAYMASTER_TEST_BINARY")
        .unwrap_or_else(|| env!("CARGO_BIN_EXE_quaymaster").into())
}

/// A directory for one facility, `main`, and the bank it belongs to.
pub struct Place {
    pub bank: Running,
    pub directory: TempDir,
}

impl Place {
    /// A facility with an encrypted file store and delivered files; the bank's clock is the machine's.
    pub async fn new() -> Self {
        Self::at(Sandbox::start(SandboxOptions::default()).await.unwrap())
    }

    pub fn at(bank: Running) -> Self {
        let place = Self { bank, directory: tempfile::tempdir().unwrap() };
        std::fs::write(place.path("bootstrap.key"), SANDBOX_KEY).unwrap();
        place.write_settings("pretty", "info", FILE_STORE, "");
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes the settings: with these secret stores, and with `more` delivery targets or tables.
    pub fn write_settings(&self, format: &str, level: &str, stores: &str, more: &str) {
        let base_url = self.bank.base_url();
        let text = format!(
            r#"
                [listen]
                ops = "127.0.0.1:0"
                admin = ["unix:admin.sock"]
                [store]
                url = "sqlite:book.db"
                [log]
                format = "{format}"
                level = "{level}"
                [facilities.main]
                environment = "sandbox"
                base_url = "{base_url}"
                expected_community_code = "{SANDBOX_CODE}"
                [facilities.main.secret_key]
                bootstrap = {{ file = "bootstrap.key" }}
                {stores}
                [[facilities.main.secret_key.deliver]]
                kind = "file"
                directory = "run"
                {more}
            "#
        );
        std::fs::write(self.path("quaymaster.toml"), text).unwrap();
    }

    /// Makes a key at the bank, as a person does in the portal, and gives its text.
    pub fn mint(&self) -> String {
        let new = NewSandboxKey::secret(SANDBOX_CODE);
        self.bank.control().make_key(new).unwrap().text
    }

    /// The key the application reads.
    pub fn delivered(&self) -> Option<String> {
        let text = std::fs::read_to_string(self.path("run/current")).ok()?;
        Some(text.trim().to_owned())
    }

    /// The program with these words, in this directory, with an empty environment.
    pub fn program(&self, words: &[&str]) -> Command {
        self.program_at(&binary(), words)
    }

    /// The same with the program at another path: a build's directory may be closed to other users.
    pub fn program_at(&self, program: &OsStr, words: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(words).args(["--config", "quaymaster.toml"]);
        command.current_dir(self.directory.path()).env_clear().stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    /// Starts the daemon.
    pub fn start(&self) -> Daemon {
        Daemon::spawn(self.program(&["run"]), self.path("admin.sock"))
    }
}

/// An encrypted file store in the place's directory.
pub const FILE_STORE: &str = r#"
    [[facilities.main.secret_key.stores]]
    kind = "file"
    path = "keys"
    identity = { file = "identity" }
    create_identity = true
"#;

/// A daemon that runs.
pub struct Daemon {
    pub child: Child,
    pub spawned: Instant,
    socket: PathBuf,
    said: Arc<Mutex<Vec<u8>>>,
    out: Arc<Mutex<Vec<u8>>>,
    ops: watch::Receiver<Option<SocketAddr>>,
    ended: watch::Receiver<bool>,
}

impl Daemon {
    pub fn spawn(mut command: Command, socket: PathBuf) -> Self {
        let spawned = Instant::now();
        let mut child = command.spawn().unwrap();
        let (said, out) = (Arc::default(), Arc::default());
        let (told, ops) = watch::channel(None);
        let (end, ended) = watch::channel(false);
        let stderr = child.stderr.take().unwrap();
        let keep = Arc::clone(&said);
        tokio::spawn(async move {
            listen(stderr, &keep, &told).await;
            end.send_replace(true);
        });
        let (stdout, keep) = (child.stdout.take().unwrap(), Arc::clone(&out));
        let (nobody, _) = watch::channel(None);
        tokio::spawn(async move { listen(stdout, &keep, &nobody).await });
        Self { child, spawned, socket, said, out, ops, ended }
    }

    pub fn pid(&self) -> i32 {
        self.child.id().unwrap().try_into().unwrap()
    }

    /// Everything it has written to standard error.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&self.said.lock().unwrap()).into_owned()
    }

    /// Everything it has written to standard output.
    pub fn wrote(&self) -> String {
        String::from_utf8_lossy(&self.out.lock().unwrap()).into_owned()
    }

    /// Where its ops listener is, once it has said so.
    pub async fn ops(&self) -> SocketAddr {
        let mut ops = self.ops.clone();
        let known = tokio::time::timeout(PATIENCE, ops.wait_for(Option::is_some)).await;
        let address = known.ok().and_then(|known| known.ok().and_then(|known| *known));
        address.unwrap_or_else(|| panic!("no ops address was said: {}", self.said()))
    }

    /// A GET to the ops listener.
    pub async fn get(&self, path: &str) -> Answer {
        let stream = TcpStream::connect(self.ops().await).await.unwrap();
        ask(stream, "GET", path, &[], b"").await.unwrap()
    }

    /// A request to the admin socket; `None` if the daemon went away meanwhile.
    pub async fn admin(&self, method: &str, path: &str, body: &[u8]) -> Option<Answer> {
        self.admin_with(method, path, &[("content-type", "application/json")], body).await
    }

    /// The same with other headers; a caller that is held off for asking too often asks again.
    pub async fn admin_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Option<Answer> {
        loop {
            let stream = UnixStream::connect(&self.socket).await.ok()?;
            let answer = ask(stream, method, path, headers, body).await?;
            if answer.status != 429 {
                return Some(answer);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Asks for a look at the bank now.
    pub async fn renew(&self) -> Option<Answer> {
        self.admin("POST", "/v1/facilities/main/keys/renew", b"{}").await
    }

    /// Waits until `/startupz` is 200, and says how long that took since the process was spawned.
    pub async fn started(&self) -> Duration {
        while self.get("/startupz").await.status != 200 {
            assert!(self.spawned.elapsed() < PATIENCE, "it does not start: {}", self.said());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        self.spawned.elapsed()
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_raw(self.pid()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Waits for its end; its exit code, or `None` if a signal ended it.
    pub async fn end(&mut self) -> Option<i32> {
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        let status = status.unwrap_or_else(|_| panic!("it does not end: {}", self.said())).unwrap();
        // Its last words may still be in the pipe.
        tokio::time::timeout(PATIENCE, self.ended.wait_for(|ended| *ended)).await.unwrap().unwrap();
        status.code()
    }
}

/// Keeps what is written, and notices where the ops listener is.
async fn listen(
    from: impl AsyncRead + Unpin,
    keep: &Mutex<Vec<u8>>,
    ops: &watch::Sender<Option<SocketAddr>>,
) {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line).await.is_ok_and(|read| read > 0) {
        keep.lock().unwrap().extend_from_slice(&line);
        let text = String::from_utf8_lossy(&line);
        if let Some(address) = ops_address(&text) {
            ops.send_replace(Some(address));
        }
        line.clear();
    }
}

/// The ops listener's address in a line: of the greeting for people, or of its counterpart in JSON.
fn ops_address(line: &str) -> Option<SocketAddr> {
    let greeted = line.split_once("/metrics").and_then(|(before, _)| before.rsplit_once("http://"));
    let logged = line.split_once(r#""the daemon runs","address":""#);
    let address = greeted.or(logged)?.1;
    address.split('"').next()?.parse().ok()
}

/// An answer to a request.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// The whole of it, head and body.
    pub whole: Vec<u8>,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// One request on a connection of its own; `None` if the other side went away.
pub async fn ask(
    mut stream: impl AsyncRead + tokio::io::AsyncWrite + Unpin,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<Answer> {
    let length = body.len();
    let more: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: {length}\r\n{more}\r\n"
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(body).await.ok()?;
    let mut whole = Vec::new();
    stream.read_to_end(&mut whole).await.ok()?;
    let text = String::from_utf8_lossy(&whole).into_owned();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, body: body.to_owned(), whole })
}

/// What stands in a file, or nothing.
pub fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_default()
}
