//! The tokens file: who holds a token, and how far it reaches. Only hashes are kept.
//!
//! [`FORM`] shows one. The file must belong to root or the daemon's user, and no one else may write
//! it, or read it beyond the group. It is read again when it changes. A file that is gone or wrong
//! grants nothing: somebody may just have edited it to shut a caller out.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use aws_lc_rs::{constant_time, digest};
use serde::Deserialize;
use thiserror::Error;
use tokio::io::AsyncReadExt as _;
use tokio::sync::Mutex;

use super::access::{Grant, Holder, Identity, Role};
use crate::domain::names::{ActorName, FacilityName};

/// A tokens file as a person writes one; the README has the same.
pub const FORM: &str = r#"[[token]]
name = "alice"
role = "operator"            # viewer, operator or approver
facilities = ["main"]        # or ["*"] for all
sha256 = "4b9e1a6c0d7f83e25a14c96db8f0327e5d61a8f4937bc20e8d45f1706a3be29c"

[[token]]
name = "pipeline"
role = "viewer"
facilities = ["*"]
sha256 = "e07c25d98b31f64ab2095de7c4816f3a90d8b7254c1fe6830a72d95bf4613ec8"
machine = true               # a machine is never an approver
"#;

/// How a token and its hash are made, and whom the file must belong to.
pub const MAKING: &str = "\
A token is made with: openssl rand -hex 32 > token
Its hash is made with: tr -d '\\n' < token | sha256sum
The file belongs to root or the daemon's user and has mode 0640 or narrower.
It is read again when it changes; one that is gone or wrong grants nothing.
";

/// The largest tokens file read, in bytes; an entry has about 150.
const FILE_BYTES_MAX: u64 = 256 * 1024;

/// Mode bits that no tokens file may have: writable by the group, anything for the rest.
const MODE_REFUSED: u32 = 0o027;

/// What is wrong with a tokens file; never with what stands in it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TokensError {
    /// It cannot be read.
    #[error("the tokens file {path} cannot be read: {why}")]
    Unreadable {
        /// The file.
        path: String,
        /// The system's word for it.
        why: String,
    },
    /// Others than its owner could have changed it, or it belongs to somebody else.
    #[error(
        "the tokens file {path} must belong to root or the daemon's user and have mode 0640 or \
         narrower; it has owner {owner} and mode {mode:04o}"
    )]
    TooOpen {
        /// The file.
        path: String,
        /// Its owner's number.
        owner: u32,
        /// Its mode.
        mode: u32,
    },
    /// It is larger than any sensible tokens file.
    #[error("the tokens file {path} is larger than {FILE_BYTES_MAX} bytes")]
    TooLarge {
        /// The file.
        path: String,
    },
    /// It does not have the form this module's text shows.
    #[error("the tokens file {path}: {what}")]
    Malformed {
        /// The file.
        path: String,
        /// Where, and what would be right.
        what: String,
    },
}

/// The tokens of one file, as fresh as the file.
#[derive(Debug)]
pub(super) struct Tokens {
    path: PathBuf,
    loaded: Mutex<Loaded>,
}

#[derive(Debug, Default)]
struct Loaded {
    stamp: Option<Stamp>,
    entries: Vec<Entry>,
}

/// What changes when a file is edited or swapped: device, inode, size, and both times.
type Stamp = [i64; 7];

#[derive(Debug)]
struct Entry {
    hash: [u8; 32],
    identity: Identity,
}

impl Tokens {
    /// Names the file; it is read when the first token is shown.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, loaded: Mutex::default() }
    }

    /// Whose token this is. Every entry is compared, each in constant time, so that the time taken
    /// says nothing about which came near.
    pub(super) async fn find(&self, token: &[u8]) -> Option<Identity> {
        let hash = digest::digest(&digest::SHA256, token);
        let mut loaded = self.loaded.lock().await;
        self.refresh(&mut loaded).await;
        let mut found = None;
        for entry in &loaded.entries {
            let same = constant_time::verify_slices_are_equal(hash.as_ref(), &entry.hash).is_ok();
            found = if same { Some(&entry.identity) } else { found };
        }
        found.cloned()
    }

    async fn refresh(&self, loaded: &mut Loaded) {
        let stamp = stamp(&self.path).await;
        if stamp.is_some() && stamp == loaded.stamp {
            return;
        }
        let before = loaded.entries.len();
        match read(&self.path).await {
            Ok(entries) => {
                if loaded.stamp.is_some() {
                    tracing::info!(path = %self.path.display(), "the tokens file was read again");
                }
                *loaded = Loaded { stamp, entries };
            }
            Err(error) => {
                // A file that stays unreadable is said once, not at every request.
                if before > 0 || loaded.stamp != stamp || stamp.is_none() {
                    tracing::error!(path = %self.path.display(), %error, "no token is accepted");
                }
                *loaded = Loaded { stamp, entries: Vec::new() };
            }
        }
    }
}

/// Reads a tokens file and says whether it can be used; for `config check --live` and the start.
///
/// # Errors
///
/// Says what is wrong with the file and what would be right.
pub async fn check(path: &Path) -> Result<usize, TokensError> {
    read(path).await.map(|entries| entries.len())
}

async fn stamp(path: &Path) -> Option<Stamp> {
    let seen = tokio::fs::metadata(path).await.ok()?;
    let number = |value: u64| value.cast_signed();
    let (made, changed) = (seen.mtime(), seen.ctime());
    let file = [number(seen.dev()), number(seen.ino()), number(seen.len())];
    let [device, inode, size] = file;
    Some([device, inode, size, made, seen.mtime_nsec(), changed, seen.ctime_nsec()])
}

async fn read(path: &Path) -> Result<Vec<Entry>, TokensError> {
    let shown = || path.display().to_string();
    let unreadable =
        |error: std::io::Error| TokensError::Unreadable { path: shown(), why: error.to_string() };
    let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
    // Judged on the open file, so that what was checked is what is read.
    let seen = file.metadata().await.map_err(unreadable)?;
    let (owner, mode) = (seen.uid(), seen.mode() & 0o7777);
    let own = rustix::process::geteuid().as_raw();
    if mode & MODE_REFUSED != 0 || (owner != 0 && owner != own) {
        return Err(TokensError::TooOpen { path: shown(), owner, mode });
    }
    let mut text = String::new();
    let mut bounded = file.take(FILE_BYTES_MAX + 1);
    bounded.read_to_string(&mut text).await.map_err(unreadable)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(TokensError::TooLarge { path: shown() });
    }
    parse(&text).map_err(|what| TokensError::Malformed { path: shown(), what })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    token: Vec<WrittenToken>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenToken {
    name: String,
    role: String,
    facilities: Vec<String>,
    sha256: String,
    #[serde(default)]
    machine: bool,
}

/// The error names a place and what would be right; it never quotes the file, where somebody may
/// have put a token instead of its hash.
fn parse(text: &str) -> Result<Vec<Entry>, String> {
    let written: Written = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
        format!(
            "line {line}: expected [[token]] tables with name, role, facilities, sha256 and, if \
             wanted, machine"
        )
    })?;
    let mut names = BTreeSet::new();
    let mut entries = Vec::new();
    for (index, token) in written.token.into_iter().enumerate() {
        let at = |what: &str| format!("[[token]] number {}: {what}", index + 1);
        if !names.insert(token.name.clone()) {
            return Err(at("its name is taken by another"));
        }
        entries.push(entry(token).map_err(|what| at(&what))?);
    }
    Ok(entries)
}

fn entry(token: WrittenToken) -> Result<Entry, String> {
    let actor = ActorName::new(token.name).map_err(|error| format!("name: {error}"))?;
    if actor.as_str().starts_with("unix:") {
        return Err("name: 'unix:' stands for users of the unix socket".to_owned());
    }
    let role =
        Role::from_label(&token.role).ok_or("role: expected viewer, operator or approver")?;
    let holder = if token.machine { Holder::Machine } else { Holder::Person };
    if holder == Holder::Machine && role == Role::Approver {
        return Err("role: a machine never approves; expected viewer or operator".to_owned());
    }
    let facilities = if token.facilities == ["*"] {
        Grant::All
    } else {
        let names = token.facilities.into_iter().map(FacilityName::new);
        let names = names.collect::<Result<BTreeSet<_>, _>>();
        Grant::Named(names.map_err(|error| format!("facilities: {error}, or \"*\" alone"))?)
    };
    let hash = hash(&token.sha256).ok_or("sha256: expected 64 hexadecimal digits")?;
    Ok(Entry { hash, identity: Identity { actor, role, facilities, holder } })
}

fn hash(text: &str) -> Option<[u8; 32]> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let (pairs, rest) = digits.as_ref()?.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(entry: &str) -> String {
        let hash = "ab".repeat(32);
        format!("[[token]]\nname = \"alice\"\nsha256 = \"{hash}\"\n{entry}\n")
    }

    #[test]
    fn a_file_is_read_whole() {
        let text = file("role = \"operator\"\nfacilities = [\"main\", \"b\"]\nmachine = true");
        let entries = parse(&text).unwrap();
        let identity = &entries[0].identity;
        assert_eq!(entries[0].hash, [0xab; 32]);
        assert_eq!((identity.role, identity.holder), (Role::Operator, Holder::Machine));
        assert!(identity.facilities.covers(&FacilityName::new("b").unwrap()));
        assert!(!identity.facilities.covers(&FacilityName::new("c").unwrap()));
        assert!(parse("").unwrap().is_empty());
    }

    #[test]
    fn a_mistake_is_placed_and_never_quoted() {
        let secret = "s3cr3t-token-in-the-wrong-place";
        let cases = [
            (file("role = \"root\"\nfacilities = [\"*\"]"), "role: expected"),
            (file("role = \"approver\"\nfacilities = [\"*\"]\nmachine = true"), "never approves"),
            (file("role = \"viewer\"\nfacilities = [\"*\", \"a\"]"), "facilities:"),
            (file("role = \"viewer\"\nfacilities = [\"*\"]\ntoken = \"x\""), "line 6"),
            (file("role = \"viewer\"\nfacilities = [\"*\"]").replace("alice", "unix:0"), "name:"),
            (file(&format!("role = \"{secret}\"\nfacilities = [\"*\"]")), "role: expected"),
            (format!("[[token]]\nname = {secret}\n"), "line 2"),
            (file(&format!("role = [\"{secret}\"]\nfacilities = 1")), "line "),
            (
                file("role = \"viewer\"\nfacilities = []").replace(&"ab".repeat(32), secret),
                "sha256: expected",
            ),
        ];
        for (text, expected) in cases {
            let error = parse(&text).unwrap_err();
            assert!(error.contains(expected), "{error} should hold {expected}");
            assert!(!error.contains(secret), "{error}");
        }
        let twice = file("role = \"viewer\"\nfacilities = []").repeat(2);
        assert!(parse(&twice).unwrap_err().contains("number 2: its name is taken"));
    }

    #[tokio::test]
    async fn the_file_is_read_again_and_a_wrong_one_grants_nothing() {
        use std::os::unix::fs::PermissionsExt as _;

        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tokens.toml");
        let token = b"0123456789abcdef0123456789abcdef";
        let hash = digest::digest(&digest::SHA256, token);
        let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let good = file("role = \"viewer\"\nfacilities = [\"*\"]").replace(&"ab".repeat(32), &hash);
        let write = |text: &str, mode: u32| {
            let fresh = directory.path().join("fresh");
            std::fs::write(&fresh, text).unwrap();
            std::fs::set_permissions(&fresh, std::fs::Permissions::from_mode(mode)).unwrap();
            std::fs::rename(&fresh, &path).unwrap();
        };
        let tokens = Tokens::new(path.clone());
        assert_eq!(tokens.find(token).await, None, "no file");
        write(&good, 0o600);
        assert_eq!(tokens.find(token).await.unwrap().actor.as_str(), "alice");
        assert_eq!(tokens.find(b"0123456789abcdef0123456789abcdee").await, None);
        write(&good, 0o644);
        assert_eq!(tokens.find(token).await, None, "readable by everyone");
        assert!(matches!(check(&path).await, Err(TokensError::TooOpen { mode: 0o644, .. })));
        write(&good, 0o440);
        assert!(tokens.find(token).await.is_some());
        write("[[token]]\nname = 1", 0o600);
        assert_eq!(tokens.find(token).await, None, "a wrong file");
        write(&good, 0o600);
        assert!(tokens.find(token).await.is_some());
        std::fs::remove_file(&path).unwrap();
        assert_eq!(tokens.find(token).await, None, "gone");
    }
}
