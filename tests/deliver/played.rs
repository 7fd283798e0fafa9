//! A process that is looked at from outside: this test binary again, with the one test that plays it,
//! as nobody if we are root.

use std::fs::Permissions;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use quaymaster::daemon::harden::harden;
use quaymaster::deliver::DeliveryTarget;
use quaymaster::deliver::files::{Files, Hooks};
use quaymaster::settings::model::FilesTarget;

use super::keys;

/// Nobody, as most systems have it.
pub(crate) const NOBODY: u32 = 65534;

const PART: &str = "played::part";

/// Plays a process: does what it is told, says how that went, and ends as it is told. Without being
/// told anything, as when all tests run, it does nothing.
#[tokio::test]
async fn part() {
    if !std::env::args().any(|argument| argument == PART) {
        return;
    }
    let mut told = BufReader::new(std::io::stdin()).lines().map_while(Result::ok);
    let first = told.next().unwrap_or_default();
    let said = match first.split_once(' ') {
        Some(("deliver", directory)) => deliver_to_root(Path::new(directory)).await,
        None if first == "harden" => {
            let hardening = harden();
            assert_eq!(hardening.require(), Ok(()));
            format!("{hardening:?}")
        }
        _ => "as it was".to_owned(),
    };
    // Standard output is the test harness's; lines of ours are told from its own by their beginning.
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n> {said}").unwrap();
    out.flush().unwrap();
    if told.next().is_some_and(|line| line == "abort") {
        std::process::abort();
    }
}

/// Delivers files that are to belong to root's group.
async fn deliver_to_root(directory: &Path) -> String {
    let target = FilesTarget { directory: directory.to_owned(), mode: 0o440, group: Some(0) };
    let files = Files::open(&target, Hooks::default());
    let checked = files.check().await.into_iter().find_map(|tried| tried.outcome.err());
    let delivered = files.deliver(&keys(1)).await.map_err(|error| error.to_string());
    format!("{:?} {:?}", checked.unwrap_or_default(), delivered)
}

/// A process that is played.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) child: Child,
    pub(crate) told: ChildStdin,
    /// Kept, so that it can go on writing.
    _says: BufReader<ChildStdout>,
    /// Kept, so that the program stands where it was started from.
    _program: tempfile::TempDir,
    pub(crate) said: String,
}

/// Starts it, tells it what to play, and waits until it says how that went.
pub(crate) fn play(what: &str) -> Played {
    // The build's directory may be closed to others, so the program goes where anyone may run it.
    let open = tempfile::tempdir().unwrap();
    std::fs::set_permissions(open.path(), Permissions::from_mode(0o755)).unwrap();
    let program = open.path().join("played");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let mut command = Command::new(&program);
    command
        .args(["--exact", PART, "--nocapture"])
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if rustix::process::geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    let mut child = command.spawn().unwrap();
    let mut told = child.stdin.take().unwrap();
    writeln!(told, "{what}").unwrap();
    let mut says = BufReader::new(child.stdout.take().unwrap());
    let mut lines = says.by_ref().lines().map_while(Result::ok);
    let said = lines.find_map(|line| line.strip_prefix("> ").map(ToOwned::to_owned));
    let said = said.expect("the played process says how it went");
    Played { child, told, _says: says, _program: open, said }
}
