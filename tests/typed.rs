//! The emergencies and the ways out of dead ends, typed into the real program as a person would: a
//! daemon of its own beside a sandbox in this process.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail as tests do"
)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use quaymaster::sandbox::{
    KeyChange, KeyKind, NewSandboxKey, Running, SANDBOX_CODE, Sandbox, SandboxOptions,
};
use serde_json::Value;
use tokio::process::{Child, Command};

/// How long a daemon may take to be there, in real time.
const START_MAX: Duration = Duration::from_secs(30);

/// What a command came to.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    /// It ended so, and said this.
    #[track_caller]
    fn is(&self, code: i32, said: &str) {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        let text = format!("{}{}", self.out, self.err);
        assert!(text.contains(said), "no {said:?} in:\n{text}");
        let key = format!("{SANDBOX_CODE}_SEC_");
        let shown = text.replace(&format!("{key}..."), "");
        assert!(!shown.contains(&key), "a key was printed:\n{text}");
    }
}

struct Quay {
    sandbox: Running,
    directory: tempfile::TempDir,
}

impl Quay {
    async fn open() -> Self {
        let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
        let quay = Self { sandbox, directory: tempfile::tempdir().unwrap() };
        let text = format!(
            "[listen]\nops = \"127.0.0.1:0\"\nadmin = [\"unix:admin.sock\"]\n\
             [store]\nurl = \"sqlite:book.db\"\n\
             [facilities.main]\nenvironment = \"sandbox\"\nbase_url = \"{}\"\n\
             expected_community_code = \"{SANDBOX_CODE}\"\n\
             [[facilities.main.secret_key.stores]]\nkind = \"file\"\npath = \"keys\"\n\
             identity = {{ file = \"identity\" }}\ncreate_identity = true\n\
             [[facilities.main.secret_key.deliver]]\nkind = \"file\"\ndirectory = \"run\"\n",
            quay.sandbox.base_url()
        );
        std::fs::write(quay.path("quaymaster.toml"), text).unwrap();
        for name in ["keys", "run"] {
            std::fs::create_dir(quay.path(name)).unwrap();
            let ours = std::fs::Permissions::from_mode(0o700);
            std::fs::set_permissions(quay.path(name), ours).unwrap();
        }
        quay
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn program(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quaymaster"));
        command.args(words).arg("--config").arg(self.path("quaymaster.toml"));
        command.env_clear().stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    async fn typed(&self, line: &str) -> Ran {
        let words: Vec<_> = line.split(' ').collect();
        let output = self.program(&words).output().await.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Starts the daemon and waits for its first look.
    async fn daemon(&self) -> Child {
        let log = std::fs::File::create(self.path("log")).unwrap();
        let mut command = self.program(&["run"]);
        command.stdout(Stdio::null()).stderr(log);
        let child = command.spawn().unwrap();
        let started = tokio::time::Instant::now();
        loop {
            let ran = self.typed("status -o json").await;
            if ran.code == Some(0) && !ran.out.contains("\"starting\"") {
                return child;
            }
            let log = std::fs::read_to_string(self.path("log")).unwrap();
            assert!(started.elapsed() < START_MAX, "no daemon: {ran:?}\n{log}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// A key from the portal, in a file.
    fn portal(&self, kind: KeyKind, businesses: &[&str]) -> String {
        let businesses = businesses.iter().map(|&code| code.to_owned()).collect();
        let new = NewSandboxKey { kind, businesses, ..NewSandboxKey::secret(SANDBOX_CODE) };
        let key = self.sandbox.control().make_key(new).unwrap();
        std::fs::write(self.path("new.key"), format!("{}\n", key.text)).unwrap();
        let ours = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(self.path("new.key"), ours).unwrap();
        key.text
    }

    async fn install(&self) -> Ran {
        let file = self.path("new.key");
        self.typed(&format!("key install --from-file {}", file.display())).await
    }

    fn delivered(&self) -> Option<String> {
        std::fs::read_to_string(self.path("run/current")).ok().map(|text| text.trim().to_owned())
    }

    async fn condition(&self) -> String {
        let ran = self.typed("status -o json").await;
        let status: Value = serde_json::from_str(&ran.out).unwrap();
        status["facilities"][0]["condition"].as_str().unwrap().to_owned()
    }

    fn revoke(&self, text: &str) {
        let control = self.sandbox.control();
        let key = control.keys().into_iter().find(|key| key.text == text).unwrap();
        control.change_key(&key.id, KeyChange::Revoke).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn out_of_every_dead_end_by_installing_a_key() {
    let quay = Quay::open().await;
    let _daemon = quay.daemon().await;
    quay.typed("status").await.is(0, "no_key");
    quay.typed("key install").await.is(64, "--from-file");
    quay.portal(KeyKind::Publishable, &[]);
    quay.install().await.is(1, "wrong_kind");
    let first = quay.portal(KeyKind::Secret, &[]);
    let control = quay.sandbox.control();
    control.whitelist(SANDBOX_CODE, Some(&["203.0.113.7".to_owned()])).unwrap();
    quay.install().await.is(1, "white-list");
    control.whitelist(SANDBOX_CODE, None).unwrap();
    quay.install().await.is(0, "is now current");
    assert_eq!(quay.delivered().as_ref(), Some(&first));
    assert_eq!(quay.condition().await, "ok");
    quay.install().await.is(0, "nothing to do");

    // Deleted in the portal by mistake: nothing works until a person brings another.
    quay.revoke(&first);
    quay.typed("key renew").await.is(1, "ip_refused");
    quay.portal(KeyKind::Secret, &[]);
    quay.install().await.is(0, "is now current");
    assert_eq!(quay.condition().await, "ok");
    quay.typed("key history").await.is(0, "install");
    quay.typed("key history -o json").await.is(0, "\"actor\"");
    quay.typed("key list -o name").await.is(0, "key/");
    quay.typed("key status -o yaml").await.is(0, "facility: main");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn back_to_the_previous_key_and_forward_again() {
    let quay = Quay::open().await;
    let mut daemon = quay.daemon().await;
    let first = quay.portal(KeyKind::Secret, &[]);
    quay.install().await.is(0, "is now current");
    quay.typed("key rollback --yes").await.is(3, "no_previous");
    let second = quay.portal(KeyKind::Secret, &[]);
    quay.typed("key renew").await.is(0, "is now current");
    assert_eq!(quay.delivered().as_ref(), Some(&second));

    quay.typed("key rollback").await.is(64, "--yes");
    quay.typed("key rollback --dry-run --detailed-exitcode").await.is(2, "would go back");
    quay.typed("key rollback --yes --for 900d").await.is(64, "pin_too_long");
    quay.typed("key rollback --yes --for 30d --reason cards-fail").await.is(0, "is current again");
    assert_eq!(quay.delivered().as_ref(), Some(&first));
    quay.typed("status").await.is(0, "pinned");
    quay.typed("key renew").await.is(0, "pin holds until");
    assert_eq!(quay.delivered().as_ref(), Some(&first), "the pin holds");

    // A restart keeps the pin.
    daemon.kill().await.unwrap();
    let _daemon = quay.daemon().await;
    assert_eq!(quay.condition().await, "pinned");
    quay.typed("key history").await.is(0, "cards-fail");
    quay.typed("key renew --end-pin").await.is(0, "is now current");
    assert_eq!(quay.delivered().as_ref(), Some(&second));
    assert_eq!(quay.condition().await, "ok");

    quay.typed("key accept").await.is(3, "nothing_held");
    quay.typed("key rehearse").await.is(0, "the renewal path works");
    quay.typed("freeze on --for 3d --reason end-of-year").await.is(0, "");
    quay.typed("freeze show").await.is(0, "end-of-year");
    quay.typed("key rehearse").await.is(3, "frozen");
    quay.typed("freeze off").await.is(0, "");
    quay.typed("freeze show").await.is(0, "off");
    quay.typed("facility adopt").await.is(0, "nothing to do");
}

/// The leaked-key emergency to its end, as its own steps say.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leaked_key_is_walked_out_of_every_place() {
    let quay = Quay::open().await;
    let _daemon = quay.daemon().await;
    let leaked = quay.portal(KeyKind::Secret, &[]);
    quay.install().await.is(0, "is now current");
    quay.typed("key compromise --dry-run --detailed-exitcode").await.is(2, "would declare");
    let told = quay.typed("key compromise --yes --reason on-a-forum").await;
    told.is(0, "restricted to a business");
    told.is(0, "Still to be done");
    assert_eq!(quay.condition().await, "compromised");
    assert_eq!(quay.delivered().as_ref(), Some(&leaked), "nothing else works yet");
    quay.typed("status").await.is(0, "key compromise --dry-run");
    quay.typed("key renew").await.is(3, "compromised");

    let bridge = quay.portal(KeyKind::Secret, &["SANDBOXHIRE"]);
    quay.install().await.is(0, "is now current");
    assert_eq!(quay.delivered().as_ref(), Some(&bridge));
    assert!(!quay.path("run/previous").exists(), "the leaked key is still delivered");
    assert_eq!(quay.condition().await, "compromised", "the bank still accepts it");

    quay.revoke(&leaked);
    quay.typed("key renew").await;
    assert_ne!(quay.condition().await, "compromised");
    quay.typed("key history").await.is(0, "revoke");
    let last = quay.portal(KeyKind::Secret, &[]);
    quay.install().await.is(0, "is now current");
    assert_eq!(quay.delivered().as_ref(), Some(&last));
    assert_eq!(quay.condition().await, "ok");
}
