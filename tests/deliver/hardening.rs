//! A hardened process, looked at from outside, beside one that is not hardened.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};

use super::played::{NOBODY, play};

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
