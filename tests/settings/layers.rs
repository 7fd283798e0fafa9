//! Which layer wins, and where each value is said to come from.

use std::path::Path;

use quaymaster::settings::model::{AdminListen, BaseUrl, Book, Role, Store, Target};
use quaymaster::settings::{Sources, load};

use crate::written::{LEAST, Written};

#[test]
fn the_least_settings_have_every_default() {
    let settings = Written::new(LEAST).right().settings;
    assert_eq!(settings.role, Role::Renewer);
    assert_eq!(settings.listen.ops.unwrap().to_string(), "127.0.0.1:9464");
    let socket = AdminListen::Unix("/run/quaymaster/admin.sock".into());
    assert_eq!(settings.listen.admin, [socket]);
    assert_eq!(settings.store, Book::Sqlite("/var/lib/quaymaster/quaymaster.db".into()));
    let [main] = settings.facilities.as_slice() else { panic!("{:?}", settings.facilities) };
    let support = "https://api.quickstream.support.qvalent.com/rest/v1";
    assert_eq!(main.base_url, BaseUrl::Address(support.to_owned()));
    assert_eq!(main.simultaneous, 10);
}

#[test]
fn a_flag_wins_over_a_variable_and_a_variable_over_the_file() {
    let file = format!("listen.ops = \"127.0.0.1:1\"\nlog.level = \"warn\"\n{LEAST}");
    let settings = Written::new(file)
        .variable("QUAYMASTER_LISTEN__OPS", "127.0.0.1:2")
        .variable("QUAYMASTER_FACILITIES__MAIN__SIMULTANEOUS", "5")
        .flag("listen.ops", "127.0.0.1:3")
        .right()
        .settings;
    assert_eq!(settings.listen.ops.unwrap().port(), 3);
    assert_eq!(settings.log.level, "warn");
    assert_eq!(settings.facilities.first().unwrap().simultaneous, 5);
}

#[test]
fn variables_alone_make_a_daemon() {
    let environment = [
        ("QUAYMASTER_FACILITIES__MAIN__ENVIRONMENT", "support"),
        ("QUAYMASTER_FACILITIES__MAIN__SECRET_KEY__BOOTSTRAP__FILE", "/run/secrets/key"),
        ("QUAYMASTER_FACILITIES__MAIN__SECRET_KEY__DELIVER", "[{kind='file',directory='/run/q'}]"),
        ("QUAYMASTER_FACILITIES__MAIN__SECRET_KEY__STORES__0__FIELD", "apiKey"),
        ("QUAYMASTER_FACILITIES__MAIN__SECRET_KEY__STORES__0__KIND", "aws-secrets-manager"),
        ("QUAYMASTER_FACILITIES__MAIN__SECRET_KEY__STORES__0__SECRET_ID", "quickstream/main"),
        ("QUAYMASTER_LISTEN__ADMIN", "unix:/run/a.sock"),
        ("QUAYMASTER_REQUIRE_HARDENING", "true"),
        // Not settings: the command line's, the tests', and a Kubernetes Service's.
        ("QUAYMASTER_SERVER", "unix:/run/other.sock"),
        ("QUAYMASTER_PEERS", "required"),
        ("QUAYMASTER_PORT_9464_TCP_ADDR", "10.0.0.1"),
    ];
    let loaded = load(&Sources::new(None, environment, Vec::new()));
    let settings = loaded.unwrap_or_else(|error| panic!("{error}")).settings;
    assert!(settings.require_hardening);
    assert_eq!(settings.listen.admin, [AdminListen::Unix("/run/a.sock".into())]);
    let key = &settings.facilities.first().unwrap().secret_key;
    assert_eq!(key.bootstrap.as_deref(), Some(Path::new("/run/secrets/key")));
    let [Store::Aws(store)] = key.stores.as_slice() else { panic!("{key:?}") };
    assert_eq!(store.field.as_deref(), Some("apiKey"));
    assert!(matches!(key.deliver.as_slice(), [Target::Files(_)]));
}

#[test]
fn a_variable_reaches_a_facility_with_a_hyphen_and_one_item_of_a_list() {
    let file = LEAST.replace("facilities.main", "facilities.north-side");
    let settings = Written::new(file)
        .variable("QUAYMASTER_FACILITIES__NORTH_SIDE__SECRET_KEY__STORES__0__REGION", "us-east-1")
        .right()
        .settings;
    let [facility] = settings.facilities.as_slice() else { panic!("{:?}", settings.facilities) };
    assert_eq!(facility.name.as_str(), "north-side");
    let [Store::Aws(store)] = facility.secret_key.stores.as_slice() else { panic!() };
    assert_eq!(store.region.as_deref(), Some("us-east-1"));
}

#[test]
fn relative_paths_start_at_the_settings_file() {
    let file = format!("store.url = \"sqlite:book.db\"\n{LEAST}");
    let written = Written::new(file);
    let book = written.directory().join("book.db");
    assert_eq!(written.right().settings.store, Book::Sqlite(book));
}

#[test]
fn one_secret_in_two_regions_is_two_stores() {
    let file = r#"
[facilities.main]
environment = "support"
secret_key.stores = [
  { kind = "aws-secrets-manager", secret_id = "main", region = "ap-southeast-2" },
  { kind = "aws-secrets-manager", secret_id = "main", region = "ap-southeast-4" },
]"#;
    let settings = Written::new(file).right().settings;
    let stores = &settings.facilities.first().unwrap().secret_key.stores;
    let names = stores.iter().map(|store| store.name().as_str()).collect::<Vec<_>>();
    assert_eq!(names, ["aws-secrets-manager:main", "aws-secrets-manager:main@ap-southeast-4"]);
}

#[test]
fn what_is_shown_says_where_it_came_from_and_can_be_read_again() {
    let written = Written::new(format!("log.level = \"warn\"\n{LEAST}"))
        .variable("QUAYMASTER_ROLE", "reader")
        .flag("listen.ops", "off");
    let first = written.right();
    let shown = first.show();
    let line = |name: &str| {
        let mut lines = shown.lines().filter(|line| line.starts_with(name));
        lines.next().unwrap_or_else(|| panic!("{name} is not shown:\n{shown}")).to_owned()
    };
    assert!(line("role").ends_with("# environment variable QUAYMASTER_ROLE"), "{shown}");
    assert!(line("ops").ends_with("# flag for listen.ops"), "{shown}");
    assert!(line("level").ends_with("quaymaster.toml:1:13"), "{shown}");
    assert!(line("simultaneous").ends_with("# default"), "{shown}");
    assert!(line("# proxy is not set").contains("no proxy"), "{shown}");
    let again = Written::new(&shown).right();
    assert_eq!(format!("{:?}", again.settings), format!("{:?}", first.settings));
}
