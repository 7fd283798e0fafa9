//! A daemon of its own beside a sandbox in this process, and a person who types commands.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use jiff::SignedDuration;
use quaymaster::sandbox::{
    KeyChange, KeyKind, NewSandboxKey, Running, SANDBOX_CODE, Sandbox, SandboxOptions,
};
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::production;

/// How long a daemon may take to be there, in real time.
const START_MAX: Duration = Duration::from_secs(30);

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// It ended so, and said this.
    #[track_caller]
    pub(crate) fn is(&self, code: i32, said: &str) {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        let text = format!("{}{}", self.out, self.err);
        assert!(text.contains(said), "no {said:?} in:\n{text}");
        let key = format!("{SANDBOX_CODE}_SEC_");
        let shown = text.replace(&format!("{key}..."), "");
        assert!(!shown.contains(&key), "a key was printed:\n{text}");
    }
}

/// A directory with settings for one facility, `main`, and the bank it belongs to.
pub(crate) struct Quay {
    pub(crate) sandbox: Running,
    directory: tempfile::TempDir,
}

impl Quay {
    /// A sandbox facility that renews whatever the bank offers.
    pub(crate) async fn open() -> Self {
        Self::open_with("").await
    }

    /// The same with `more` lines about its secret key.
    pub(crate) async fn open_with(more: &str) -> Self {
        let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
        let quay = Self { sandbox, directory: tempfile::tempdir().unwrap() };
        let where_it_is = format!("base_url = \"{}\"\n", quay.sandbox.base_url());
        quay.set_up("sandbox", &where_it_is, more, "create_identity = true");
        quay
    }

    /// A facility in production, which the sandbox plays behind TLS and a proxy: a key never leaves for
    /// production in the clear, nor to this machine itself. Its key stands in `new.key` from the start.
    pub(crate) async fn open_in_production() -> Self {
        let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
        let quay = Self { sandbox, directory: tempfile::tempdir().unwrap() };
        let bank = production::stand_in(quay.sandbox.address()).await;
        std::fs::write(quay.path("roots.pem"), bank.certificate).unwrap();
        // Only in the sandbox may the program make an identity; elsewhere a person has made it.
        quay.write_private("identity", &"5a".repeat(32));
        let where_it_is = format!("base_url = \"{}\"\nproxy = \"{}\"\n", bank.base_url, bank.proxy);
        quay.set_up("production", &where_it_is, "bootstrap = { file = \"new.key\" }", "");
        quay
    }

    fn set_up(&self, environment: &str, where_it_is: &str, more: &str, of_store: &str) {
        let text = format!(
            "[listen]\nops = \"127.0.0.1:0\"\nadmin = [\"unix:admin.sock\"]\n\
             [store]\nurl = \"sqlite:book.db\"\n\
             [facilities.main]\nenvironment = \"{environment}\"\n{where_it_is}\
             expected_community_code = \"{SANDBOX_CODE}\"\n\
             [facilities.main.secret_key]\n{more}\n\
             [[facilities.main.secret_key.stores]]\nkind = \"file\"\npath = \"keys\"\n\
             identity = {{ file = \"identity\" }}\n{of_store}\n\
             [[facilities.main.secret_key.deliver]]\nkind = \"file\"\ndirectory = \"run\"\n"
        );
        std::fs::write(self.path("quaymaster.toml"), text).unwrap();
        for name in ["keys", "run"] {
            std::fs::create_dir(self.path(name)).unwrap();
            let ours = std::fs::Permissions::from_mode(0o700);
            std::fs::set_permissions(self.path(name), ours).unwrap();
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn program(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quaymaster"));
        command.args(words).arg("--config").arg(self.path("quaymaster.toml"));
        command.env_clear().stdin(Stdio::null()).kill_on_drop(true);
        command.env("SSL_CERT_FILE", self.path("roots.pem"));
        command
    }

    pub(crate) async fn typed(&self, line: &str) -> Ran {
        let words: Vec<_> = line.split(' ').collect();
        let output = self.program(&words).output().await.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Starts the daemon and waits for its first look.
    pub(crate) async fn daemon(&self) -> Child {
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
    pub(crate) fn portal(&self, kind: KeyKind, businesses: &[&str]) -> String {
        let businesses = businesses.iter().map(|&code| code.to_owned()).collect();
        self.make(NewSandboxKey { kind, businesses, ..NewSandboxKey::secret(SANDBOX_CODE) })
    }

    /// A key restricted to a business, which is never renewed by the API, in a file; it has `left`.
    pub(crate) fn restricted(&self, left: SignedDuration) -> String {
        self.make(NewSandboxKey {
            expires: Some(self.sandbox.control().clock().now() + left),
            businesses: vec!["SANDBOXHIRE".to_owned()],
            ..NewSandboxKey::secret(SANDBOX_CODE)
        })
    }

    fn make(&self, new: NewSandboxKey) -> String {
        let key = self.sandbox.control().make_key(new).unwrap();
        self.write_private("new.key", &format!("{}\n", key.text));
        key.text
    }

    /// A file that is its owner's alone.
    pub(crate) fn write_private(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
        let ours = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(self.path(name), ours).unwrap();
    }

    pub(crate) async fn install(&self) -> Ran {
        let file = self.path("new.key");
        self.typed(&format!("key install --from-file {}", file.display())).await
    }

    pub(crate) fn delivered(&self) -> Option<String> {
        std::fs::read_to_string(self.path("run/current")).ok().map(|text| text.trim().to_owned())
    }

    pub(crate) async fn condition(&self) -> String {
        let ran = self.typed("status -o json").await;
        let status: Value = serde_json::from_str(&ran.out).unwrap();
        status["facilities"][0]["condition"].as_str().unwrap().to_owned()
    }

    /// Waits until the facility's condition is this one.
    pub(crate) async fn comes_to(&self, condition: &str) {
        let started = tokio::time::Instant::now();
        while self.condition().await != condition {
            assert!(started.elapsed() < START_MAX, "it does not come to {condition}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    pub(crate) fn revoke(&self, text: &str) {
        let control = self.sandbox.control();
        let key = control.keys().into_iter().find(|key| key.text == text).unwrap();
        control.change_key(&key.id, KeyChange::Revoke).unwrap();
    }
}
