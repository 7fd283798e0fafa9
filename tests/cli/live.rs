//! `config check --live` against a sandbox: what is tried, what is found wrong, and nothing changed.

use std::os::unix::fs::PermissionsExt as _;

use quaymaster::http::{Address, Server};
use quaymaster::sandbox::{SANDBOX_CODE, SANDBOX_KEY, Sandbox, SandboxOptions};

use super::binary::{Ran, run};

struct Place {
    directory: tempfile::TempDir,
    bank: String,
}

impl Place {
    async fn open() -> (Self, quaymaster::sandbox::Running) {
        let running = Sandbox::start(SandboxOptions::default()).await.unwrap();
        let place = Self { directory: tempfile::tempdir().unwrap(), bank: running.base_url() };
        place.put("bootstrap", SANDBOX_KEY);
        place.put("publishable", &running.control().key("SANDBOX-2").unwrap().text);
        (place, running)
    }

    fn put(&self, name: &str, key: &str) {
        let path = self.directory.path().join(name);
        std::fs::write(&path, key).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Settings with an expected community code and an ops listener.
    async fn check(&self, code: &str, ops: &str) -> Ran {
        let text = format!(
            "[listen]\nops = \"{ops}\"\nadmin = [\"unix:admin.sock\"]\n\
             [store]\nurl = \"sqlite:book.db\"\n\
             [facilities.main]\nenvironment = \"sandbox\"\nbase_url = \"{}\"\n\
             expected_community_code = \"{code}\"\n\
             publishable_key = {{ file = \"publishable\" }}\n\
             [facilities.main.secret_key]\nbootstrap = {{ file = \"bootstrap\" }}\n\
             [[facilities.main.secret_key.stores]]\nkind = \"file\"\npath = \"keys\"\n\
             identity = {{ file = \"identity\" }}\ncreate_identity = true\n",
            self.bank
        );
        let path = self.directory.path().join("quaymaster.toml");
        std::fs::write(&path, text).unwrap();
        run(&["config", "check", "--live", "--config", &path.display().to_string()]).await
    }

    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.directory.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_named_is_tried_and_nothing_is_changed() {
    let (place, running) = Place::open().await;
    let good = place.check(SANDBOX_CODE, "127.0.0.1:0").await;
    assert_eq!((good.code, good.err.as_str()), (Some(0), ""), "{}", good.out);
    let wanted = format!("the key is known and belongs to {SANDBOX_CODE}");
    assert!(good.out.contains(&wanted), "{}", good.out);
    for place in
        ["listen.ops", "listen.admin", "store.url", "bootstrap", "stores[0]", "publishable_key"]
    {
        assert!(good.out.contains(place), "{place} was not tried: {}", good.out);
    }
    let files = ["bootstrap", "publishable", "quaymaster.toml"];
    assert_eq!(place.files(), files, "something was written");

    place.put("publishable", SANDBOX_KEY);
    let mixed_up = place.check(SANDBOX_CODE, "127.0.0.1:0").await;
    assert_eq!(mixed_up.code, Some(1));
    assert!(mixed_up.out.contains("the key is marked as a secret one"), "{}", mixed_up.out);
    place.put("publishable", "SANDBOX_PUB_0123456789");

    let wrong = place.check("OTHER", "127.0.0.1:0").await;
    assert_eq!(wrong.code, Some(1));
    let wanted = format!("the key belongs to {SANDBOX_CODE}, not to OTHER");
    assert!(wrong.out.contains(&wanted) && wrong.out.contains("WRONG"), "{}", wrong.out);
    assert!(wrong.err.contains("1 of "), "{}", wrong.err);

    let taken = Server::bind(&Address::Tcp("127.0.0.1:0".parse().unwrap())).await.unwrap();
    let busy = place.check(SANDBOX_CODE, &taken.address().to_string()).await;
    assert_eq!(busy.code, Some(1));
    assert!(busy.out.contains("another process listens there"), "{}", busy.out);
    for ran in [good, mixed_up, wrong, busy] {
        assert!(!ran.out.contains(SANDBOX_KEY) && !ran.err.contains(SANDBOX_KEY));
    }
    running.stop().await;
}

/// The first command of the README makes its directories itself, the delivered files' among them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fresh_clone_has_nothing_wrong_in_its_directories() {
    let clone = tempfile::tempdir().unwrap();
    let config = clone.path().join("config");
    std::fs::create_dir(&config).unwrap();
    let shipped = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config/sandbox.toml");
    std::fs::copy(shipped, config.join("sandbox.toml")).unwrap();
    let config = config.join("sandbox.toml").display().to_string();
    let ran = run(&["config", "check", "--live", "--config", &config]).await;
    let line = |ran: &Ran, what: &str| {
        let found = ran.out.lines().find(|line| line.contains(what)).map(str::to_owned);
        found.unwrap_or_else(|| ran.out.clone())
    };
    let delivered = line(&ran, "secret_key.deliver");
    assert!(
        delivered.starts_with("good") && delivered.contains("made at the start"),
        "{delivered}"
    );
    assert!(!clone.path().join("var").exists(), "something was made");
}
