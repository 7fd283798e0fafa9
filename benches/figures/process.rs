//! From the start of a process to its first good answer, and its memory once it idles: the program as
//! it is shipped, on a store that holds a key, beside a bare hyper server.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use quaymaster::sandbox::{SANDBOX_KEY, Sandbox, SandboxOptions};
use tokio::time::Instant;

use crate::{Goal, median, rates};

/// The program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_quaymaster");

/// The argument that makes this bench a bare server.
const BARE: &str = "--be-a-bare-server";

/// Starts of each kind; odd, so that the median is one of them.
const STARTS: usize = 21;

/// How long a process is left alone before its memory is read.
const IDLE: Duration = Duration::from_secs(3);

/// How often a process that does not answer yet is asked again.
const AGAIN: Duration = Duration::from_micros(200);

/// The port to serve on, if this process was started as the bare server.
pub(crate) fn asked_to_be_bare() -> Option<u16> {
    let mut arguments = std::env::args().skip_while(|argument| argument != BARE);
    arguments.nth(1).and_then(|port| port.parse().ok())
}

/// Serves until killed.
pub(crate) fn be_bare(port: u16) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        rates::serve(listener, b"ok".to_vec()).await;
    });
}

/// Measures and prints.
pub(crate) async fn print() {
    let directory = tempfile::tempdir().unwrap();
    let bank = Sandbox::start(SandboxOptions::default()).await.unwrap();
    let settings = settings(directory.path(), &bank.base_url());
    let figures = tokio::task::spawn_blocking(move || measure(&settings)).await.unwrap();
    let Figures { ready, bare, version, ours, theirs } = figures;
    println!(
        "process: the shipped program on a store that holds a key, beside a bare hyper server"
    );
    let (ms, mib) = (|seconds: f64| seconds * 1e3, |kib: f64| kib / 1024.0);
    let detail = format!(
        "{:.1} ms, bare {:.1} ms, quaymaster --version {:.1} ms",
        ms(ready),
        ms(bare),
        ms(version)
    );
    let why = "In between: hardening, settings, the book, the store decrypted, the files compared.";
    crate::print("start to /readyz", ready / bare, "bare hyper", &detail, Goal::AtMost(10.0), why);
    let detail = format!("{:.1} MiB, bare {:.1} MiB", mib(ours), mib(theirs));
    let why = "In between: TLS and its roots, SQLite's cache, the time zones, the series.";
    crate::print("idle memory", ours / theirs, "bare hyper", &detail, Goal::AtMost(5.0), why);
}

/// Seconds and KiB.
struct Figures {
    ready: f64,
    bare: f64,
    version: f64,
    ours: f64,
    theirs: f64,
}

fn measure(settings: &Path) -> Figures {
    let run = |port: u16| {
        let mut command = Command::new(PROGRAM);
        command.arg("run").arg("--config").arg(settings);
        command.env("QUAYMASTER_LISTEN__OPS", format!("127.0.0.1:{port}"));
        command
    };
    let bare = |port: u16| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg(BARE).arg(port.to_string());
        command
    };
    // The first start takes the key into the store; it is not counted.
    started(&run, "/readyz").1.end();
    let (mut ready, mut plain, mut version) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..STARTS {
        for (start, path, times) in
            [(&run as &dyn Fn(u16) -> Command, "/readyz", &mut ready), (&bare, "/", &mut plain)]
        {
            let (took, process) = started(start, path);
            times.push(took);
            process.end();
        }
        let began = Instant::now();
        let said = Command::new(PROGRAM).arg("--version").stdout(Stdio::null()).status();
        assert!(said.unwrap().success());
        version.push(began.elapsed().as_secs_f64());
    }
    let (ours, theirs) = (started(&run, "/readyz").1, started(&bare, "/").1);
    std::thread::sleep(IDLE);
    let memory = (ours.memory(), theirs.memory());
    ours.end();
    theirs.end();
    Figures {
        ready: median(ready),
        bare: median(plain),
        version: median(version),
        ours: memory.0,
        theirs: memory.1,
    }
}

/// Starts a process and waits for its first 200; says how many seconds that took.
fn started(command: &dyn Fn(u16) -> Command, path: &str) -> (f64, Process) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = command(port);
    let began = Instant::now();
    let process = Process(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    while !answers(port, path) {
        assert!(began.elapsed() < Duration::from_secs(60), "never ready: {command:?}");
        std::thread::sleep(AGAIN);
    }
    (began.elapsed().as_secs_f64(), process)
}

fn answers(port: u16, path: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let asked = format!("GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n");
    let mut answer = String::new();
    stream.write_all(asked.as_bytes()).is_ok()
        && stream.read_to_string(&mut answer).is_ok()
        && answer.starts_with("HTTP/1.1 200")
}

/// A process that is ended with this value.
pub(crate) struct Process(pub(crate) Child);

impl Process {
    /// Its resident memory, in KiB.
    pub(crate) fn memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    fn end(self) {
        drop(self);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A renewer's settings, with everything in `directory`.
fn settings(directory: &Path, bank: &str) -> PathBuf {
    std::fs::write(directory.join("bootstrap.key"), SANDBOX_KEY).unwrap();
    let text = format!(
        r#"
[listen]
admin = ["unix:admin.sock"]
[store]
url = "sqlite:book.db"
[facilities.main]
environment = "sandbox"
base_url = "{bank}"
[facilities.main.secret_key]
bootstrap = {{ file = "bootstrap.key" }}
[[facilities.main.secret_key.stores]]
kind = "file"
path = "keys"
identity = {{ file = "identity" }}
create_identity = true
[[facilities.main.secret_key.deliver]]
kind = "file"
directory = "run"
"#
    );
    let path = directory.join("quaymaster.toml");
    std::fs::write(&path, text).unwrap();
    path
}
