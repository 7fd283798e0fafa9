//! Everywhere the program's words end up, gathered under a name each.

use std::path::Path;

use quaymaster::admin::routes::ROUTES;

use super::search::Dye;
use crate::process::{Answer, Daemon, read};

/// What was gathered.
#[derive(Default)]
pub(super) struct Sinks(Vec<(String, Vec<u8>)>);

/// The names of files in which keys and secrets stand by design.
const KEPT_ON_PURPOSE: [&str; 6] =
    ["current", "previous", "bootstrap.key", "identity", "webhook.secret", "portal.key"];

/// A request with what is wrong with it: its headers and its body.
type Try<'a> = (&'static str, Vec<(&'a str, &'a str)>, &'a [u8]);

impl Sinks {
    pub(super) fn add(&mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.0.push((name.into(), bytes.into()));
    }

    /// What stands where it must not.
    pub(super) fn leaks(&self, dye: &Dye) -> Vec<String> {
        let found = self.0.iter().flat_map(|(sink, bytes)| {
            dye.found(bytes).into_iter().map(move |what| format!("{sink}: {what}"))
        });
        found.collect()
    }

    /// How many bytes there are in the sinks whose name begins so.
    pub(super) fn bytes(&self, beginning: &str) -> usize {
        let of = self.0.iter().filter(|(name, _)| name.starts_with(beginning));
        of.map(|(_, bytes)| bytes.len()).sum()
    }

    /// Whether a text stands in the sinks whose name begins so: a search that finds nothing proves
    /// something only where there is something to find.
    pub(super) fn mention(&self, beginning: &str, text: &str) -> bool {
        let mut of = self.0.iter().filter(|(name, _)| name.starts_with(beginning));
        of.any(|(_, bytes)| String::from_utf8_lossy(bytes).contains(text))
    }

    pub(super) fn answer(&mut self, name: impl Into<String>, answer: Option<Answer>) -> u16 {
        let Some(answer) = answer else { return 0 };
        self.add(name, answer.whole);
        answer.status
    }

    /// Everything the ops listener says, and its mistakes.
    pub(super) async fn ops(&mut self, daemon: &Daemon) {
        let parts = ["scheduler", "settings", "book", "bank", "keys-main", "stores-main"];
        let parts = parts.into_iter().chain(["delivery-main", "nothing"]);
        let parts = parts.map(|part| format!("/readyz/{part}"));
        let paths = ["/metrics", "/livez", "/readyz", "/startupz", "/nothing?key=value"];
        for path in paths.map(ToOwned::to_owned).into_iter().chain(parts) {
            let answer = daemon.get(&path).await;
            self.add(format!("ops {path}"), answer.whole);
        }
    }

    /// Every route of the admin API as a dry run, and again as three mistakes that carry `key`.
    pub(super) async fn admin(&mut self, daemon: &Daemon, key: &str) {
        let json = ("content-type", "application/json");
        for route in ROUTES {
            let (method, path) = (route.method.as_str(), route.path.replace("{f}", "main"));
            let dry_run: &[u8] = if method == "GET" { b"" } else { br#"{"dryRun": true}"# };
            let bearer = format!("Bearer {key}");
            let basic = format!("Basic {key}");
            let reason = format!(r#"{{"dryRun": true, "reason": "it was {key}"}}"#);
            let tries: [Try<'_>; 6] = [
                ("as it should be", vec![json], dry_run),
                ("a body that is a key", vec![json], key.as_bytes()),
                ("a key as a reason", vec![json], reason.as_bytes()),
                ("a key as a token", vec![json, ("authorization", &bearer)], dry_run),
                ("a key as a password", vec![json, ("authorization", &basic)], dry_run),
                ("a key as a type", vec![("content-type", key)], dry_run),
            ];
            for (what, headers, body) in tries {
                let answer = daemon.admin_with(method, &path, &headers, body).await;
                self.answer(format!("admin {method} {path}, {what}"), answer);
            }
        }
        for path in [
            format!("/v1/facilities/{key}/keys"),
            format!("/v1/facilities/main/keys?key={key}"),
            format!("/{key}"),
            format!("/v1/facilities/main/keys/install?dryRun={key}"),
        ] {
            self.answer("admin, a key in the path", daemon.admin("POST", &path, b"{}").await);
            self.answer("admin, a key in the path", daemon.admin("GET", &path, b"").await);
        }
        self.answer("admin, a key as a method", daemon.admin(key, "/v1/status", b"").await);
    }

    /// What the system shows of a process to its own user.
    pub(super) fn process(&mut self, pid: i32) {
        for name in ["environ", "cmdline", "comm", "status"] {
            self.add(format!("process {name}"), read(Path::new(&format!("/proc/{pid}/{name}"))));
        }
    }

    pub(super) fn said(&mut self, daemon: &Daemon) {
        self.add("stderr", daemon.said());
        self.add("stdout", daemon.wrote());
    }

    /// Every file below a directory, by content and by name, but for those that hold keys on purpose.
    pub(super) fn files(&mut self, directory: &Path) {
        for entry in std::fs::read_dir(directory).unwrap().map_while(Result::ok) {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                self.files(&path);
            } else if kind.is_file() && !KEPT_ON_PURPOSE.contains(&name.as_str()) {
                self.add(format!("file {name}"), read(&path));
            }
            self.add("file names", name);
        }
    }
}

/// One example of what each kind of sink looks like around a leak.
pub(super) fn examples() -> [(&'static str, &'static str); 9] {
    [
        ("a line for people", "2026-01-05 00:00:00Z • main     key staged  reason="),
        ("a line for machines", "{\"time\":\"2026-01-05T00:00:00Z\",\"message\":\""),
        ("a metric", "quaymaster_key_expiry_seconds{facility=\"main\",key=\""),
        ("an answer", "HTTP/1.1 400 Bad Request\r\n\r\n{\"detail\":\""),
        ("a page of the book", "\u{0}\u{0}\r\u{0}\u{1}\u{f}\u{2}main\u{0}\u{7}"),
        ("the metadata", "{\n  \"current\": {\n    \"keyName\": \""),
        ("an environment", "PATH=/usr/bin\u{0}QUAYMASTER_KEY_NAME="),
        ("a command line", "/bin/sh\u{0}-c\u{0}"),
        ("a request log", "{\"number\":1,\"target\":\"/api-keys/latest?"),
    ]
}

/// Plants a key where a defect would leave it, and gathers it from there as the voyages do.
#[test]
fn a_leak_planted_in_a_real_place_is_gathered_and_found() {
    const SECRET: &str = "PLANTED_SEC_sandboxQ7xWm2Zt9KvB4nRd8LpY";
    let directory = tempfile::tempdir().unwrap();
    let book = rusqlite::Connection::open(directory.path().join("book.db")).unwrap();
    book.pragma_update(None, "journal_mode", "WAL").unwrap();
    book.execute("CREATE TABLE history (detail TEXT)", []).unwrap();
    book.execute("INSERT INTO history VALUES (?1)", [SECRET]).unwrap();
    std::fs::write(directory.path().join(format!("{SECRET}.tmp")), "").unwrap();
    let deep = directory.path().join("run/..v-1");
    std::fs::create_dir_all(&deep).unwrap();
    std::fs::write(deep.join("metadata.json"), format!("{{\"key\": \"{SECRET}\"}}")).unwrap();
    std::fs::write(deep.join("current"), SECRET).unwrap();
    let mut child = std::process::Command::new("/bin/sh");
    child.args(["-c", "echo; read line", SECRET]).env("KEY", SECRET);
    child.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = child.spawn().unwrap();
    // Only once it speaks has the kernel certainly given it its arguments and its environment.
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut [0]).unwrap();
    let mut sinks = Sinks::default();
    sinks.files(directory.path());
    sinks.process(child.id().try_into().unwrap());
    drop(child.stdin.take());
    child.wait().unwrap();
    let mut dye = Dye::default();
    dye.mark("it", SECRET.as_bytes(), 12);
    let leaks = sinks.leaks(&dye);
    let in_files = ["file book.db-wal", "file metadata.json", "file names"];
    for sink in in_files.into_iter().chain(["process environ", "process cmdline"]) {
        assert!(leaks.contains(&format!("{sink}: it as itself")), "{sink}: {leaks:?}");
    }
    assert!(!leaks.iter().any(|leak| leak.starts_with("file current")), "{leaks:?}");
}
