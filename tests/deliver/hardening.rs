//! A hardened process, looked at from outside. It is this test binary again, with the one test that
//! plays it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use quaymaster::daemon::harden::harden;

/// Nobody, as most systems have it.
const NOBODY: u32 = 65534;

/// Plays a process: hardens itself if it is told to, says how that went, and ends as it is told.
#[test]
#[ignore = "a part played for the other tests, which start it"]
fn played() {
    let mut told = BufReader::new(std::io::stdin()).lines();
    let first = told.next().map(Result::unwrap);
    let Some(first) = first else { return };
    let said = if first == "harden" {
        let hardening = harden();
        assert_eq!(hardening.require(), Ok(()));
        format!("{hardening:?}")
    } else {
        "as it was".to_owned()
    };
    // Standard output is the test harness's; lines of ours are told from its own by their beginning.
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n> {said}").unwrap();
    out.flush().unwrap();
    if told.next().is_some_and(|line| line.unwrap() == "abort") {
        std::process::abort();
    }
}

struct Played {
    child: Child,
    told: ChildStdin,
    /// Kept, so that it can go on writing.
    _says: BufReader<ChildStdout>,
    said: String,
}

fn play(how: &str) -> Played {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--ignored", "--exact", "hardening::played", "--nocapture"])
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if rustix::process::geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    let mut child = command.spawn().unwrap();
    let mut told = child.stdin.take().unwrap();
    writeln!(told, "{how}").unwrap();
    let mut says = BufReader::new(child.stdout.take().unwrap());
    let mut lines = says.by_ref().lines().map_while(Result::ok);
    let said = lines.find_map(|line| line.strip_prefix("> ").map(ToOwned::to_owned));
    let said = said.expect("the played process says how it went");
    Played { child, told, _says: says, said }
}

/// Whether a process of the same user may read what only the process itself should.
fn is_readable(child: &Child) -> bool {
    let path = format!("/proc/{}/environ", child.id());
    if !rustix::process::geteuid().is_root() {
        return fs::File::open(path).is_ok_and(|mut file| file.read(&mut [0]).is_ok());
    }
    let mut reader = Command::new("/bin/cat");
    reader.arg(path).uid(NOBODY).gid(NOBODY).stdout(Stdio::null()).stderr(Stdio::null());
    reader.status().unwrap().success()
}

#[test]
fn a_hardened_process_cannot_be_read_and_leaves_no_core() {
    let mut hardened = play("harden");
    assert_eq!(hardened.said, "Hardening { dumpable_off: true, core_off: true, problems: [] }");
    assert!(!is_readable(&hardened.child), "its memory can be read by its own user");
    let proc = format!("/proc/{}", hardened.child.id());
    let limits = fs::read_to_string(format!("{proc}/limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let core: Vec<&str> = core.split_whitespace().skip(4).take(2).collect();
    assert_eq!(core, ["0", "0"]);
    let status = fs::read_to_string(format!("{proc}/status")).unwrap();
    assert!(status.contains("Umask:\t0077"), "{status}");
    writeln!(hardened.told, "abort").unwrap();
    let ended = hardened.child.wait().unwrap();
    assert_eq!(ended.signal(), Some(6));
    assert!(!ended.core_dumped());
}

#[test]
fn a_process_that_is_not_hardened_can_be_read() {
    let mut plain = play("stay");
    assert!(is_readable(&plain.child), "the other test proves nothing here");
    drop(plain.told);
    assert!(plain.child.wait().unwrap().success());
}
