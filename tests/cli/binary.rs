//! The program itself, run as a person would type it.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use quaymaster::domain::names::Environment;
use quaymaster::service::FacilityStatus;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

use super::office::{Bank, Office, facility};

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The program with nothing of our environment but what it is given.
pub(crate) fn program(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quaymaster"));
    command.args(words).env_clear().stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// Runs the program to its end.
pub(crate) async fn run(words: &[&str]) -> Ran {
    ended(program(words).spawn().unwrap()).await
}

/// Runs the program to its end with something on stdin.
pub(crate) async fn run_with(words: &[&str], stdin: &str) -> Ran {
    let mut child = program(words).stdin(Stdio::piped()).spawn().unwrap();
    let mut to = child.stdin.take().unwrap();
    // A program that refuses before it reads closes the pipe, which is no concern of ours.
    to.write_all(stdin.as_bytes()).await.ok();
    drop(to);
    ended(child).await
}

pub(crate) async fn ended(child: Child) -> Ran {
    let output = child.wait_with_output().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// A daemon with one facility or two, and where it is.
pub(crate) struct Place {
    pub(crate) office: Office,
    /// `unix:PATH`.
    pub(crate) server: String,
    /// `http://ADDRESS`.
    pub(crate) http: String,
    directory: tempfile::TempDir,
}

impl Place {
    /// A daemon with one facility, `main`, in the support environment.
    pub(crate) async fn open() -> Self {
        Self::with(vec![facility("main", Environment::Support)]).await
    }

    pub(crate) async fn with(facilities: Vec<FacilityStatus>) -> Self {
        Self::beside(facilities, &Bank::nowhere()).await
    }

    /// The same beside a bank that can be asked by hand.
    pub(crate) async fn beside(facilities: Vec<FacilityStatus>, bank: &Bank) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("admin.sock");
        let tokens = super::access::tokens_file(directory.path());
        let (office, address) = Office::serve(facilities, Some(tokens), &socket, bank).await;
        let server = format!("unix:{}", socket.display());
        Self { office, server, http: format!("http://{address}"), directory }
    }

    /// Runs the program against this daemon.
    pub(crate) async fn run(&self, words: &[&str]) -> Ran {
        run(&[words, &["--server", &self.server]].concat()).await
    }

    /// A file in the daemon's directory.
    pub(crate) fn file(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;

        let path = self.directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path
    }
}

/// Compares with a golden file; with `QUAYMASTER_GOLDEN=write` writes it instead.
pub(crate) fn golden(name: &str, got: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/cli").join(name);
    if std::env::var_os("QUAYMASTER_GOLDEN").is_some_and(|value| value == "write") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, got).unwrap();
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(got, wanted, "{name}; if meant: QUAYMASTER_GOLDEN=write cargo test --test cli");
}
