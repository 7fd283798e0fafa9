//! Every kind of mistake: what is written, and what is said of it.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::written::{LEAST, Written};

/// One mistake: what is added to the least settings, the place it is told at, and words of the message.
struct Case(&'static str, &'static str, &'static str);

/// Added before the first table.
const TOP: &[Case] = &[
    Case("role = 'renewr'", "role", "\"renewer\" or \"reader\""),
    Case("rol = 'renewer'", "rol", "perhaps role"),
    Case("require_hardening = 'yes'", "require_hardening", "true or false"),
    Case("role = \"reader", "the file", "this text is not closed"),
    Case("role = reader", "the file", "this text is not quoted"),
    Case("role = 'reader'\nrole = 'renewer'", "the file", "a second time"),
    Case("listen.admin = ['unix:/x'", "the file", "bracket"),
    Case("role", "the file", "a name without a value"),
    Case("listen = 3", "listen", "it is no table"),
    Case("listen.ops = 'localhost:9464'", "listen.ops", "names are not looked up"),
    Case("listen.ops = '9464'", "listen.ops", "no address and port"),
    Case("listen.proxy = '127.0.0.1:9466'", "listen.proxy", "does not have it"),
    Case("listen.admin = ['0.0.0.0:9465']", "listen.admin", "not loopback"),
    Case("listen.admin = ['127.0.0.1:9465']", "listen.admin", "without tokens"),
    Case("listen.admin = ['unix:/a', 'unix:/a']", "listen.admin", "same socket twice"),
    Case("listen.admin = [7]", "listen.admin", "no text"),
    Case(
        "listen.admin = ['127.0.0.1:9464']\naccess.tokens = { file = '/x' }",
        "listen",
        "two listeners share an address",
    ),
    Case("access.tokens = '/etc/tokens'", "access.tokens", "only ever named by its file"),
    Case("access.tokens = { path = '/x' }", "access.tokens", "{ file = "),
    Case("store.url = 'postgres://db/q'", "store.url", "SQLite only"),
    Case("store.url = 'sqlite://db/q'", "store.url", "three slashes"),
    Case("store.url = '/var/lib/q.db'", "store.url", "\"memory:\""),
    Case("log.format = 'xml'", "log.format", "\"json\" or \"pretty\""),
    Case("log.level = 'quaymaster=loud'", "log.level", "no filter"),
    Case("log.level = 'inof'", "log.level", "no filter"),
    Case("calendar.time_zone = 'Sydney'", "calendar.time_zone", "Australia/Sydney"),
    Case(
        "calendar.activation = [{ cron = '0 2 * *', duration = '3h' }]",
        "calendar.activation[0].cron",
        "five fields",
    ),
    Case(
        "calendar.activation = [{ cron = '0 25 * * *', duration = '3h' }]",
        "calendar.activation[0].cron",
        "the hour (0-23)",
    ),
    Case(
        "calendar.activation = [{ cron = '0 2 30 2 *' }]",
        "calendar.activation[0].cron",
        "never opens",
    ),
    Case(
        "calendar.activation = [{ cron = '0 2 * * *', duration = '3 hours' }]",
        "calendar.activation[0].duration",
        "\"90s\" or \"3h\"",
    ),
    Case(
        "calendar.activation = [{ cron = '0 2 * * *', duration = '5s' }]",
        "calendar.activation[0].duration",
        "out of bounds",
    ),
    Case("calendar.freeze = { from = 2026-12-15 }", "calendar.freeze", "it is no list"),
    Case(
        "calendar.freeze = [{ from = 2026-12-15, until = 2026-12-14, reason = 'x' }]",
        "calendar.freeze[0].until",
        "before",
    ),
    Case(
        "calendar.freeze = [{ from = '15 December', until = 2026-12-14, reason = '' }]",
        "calendar.freeze[0].from",
        "a day such as",
    ),
    Case("calendar.freeze = [{ reason = ' ' }]", "calendar.freeze[0].reason", "it is empty"),
    Case("sandbox.rate = -1", "sandbox.rate", "out of bounds"),
    Case("sandbox.seed = 1.5", "sandbox.seed", "no whole number"),
    Case("sandbox.start_at = 'yesterday'", "sandbox.start_at", "2026-01-01T00:00:00Z"),
    Case("sandbox.listen = 'off'", "sandbox.listen", "no address and port"),
    Case("sandbox = {}", "facilities.main.environment", "drives the clock"),
    Case(
        "[facilities.Main]\nenvironment = 'support'",
        "facilities.?",
        "lower-case letters, digits",
    ),
];

/// Added to the facility.
const FACILITY: &[Case] = &[
    Case("simultaneous = 11", "facilities.main.simultaneous", "a whole number from 1 to 10"),
    Case("simultaneous = 0", "facilities.main.simultaneous", "out of bounds"),
    Case("simultaneous = '5'", "facilities.main.simultaneous", "no whole number"),
    Case("simultaneous = 99999999999999999999", "facilities.main.simultaneous", "no whole number"),
    Case("product = 'paypal'", "facilities.main.product", "\"payway\""),
    Case(
        "expected_community_code = 'MY FACILITY'",
        "facilities.main.expected_community_code",
        "code",
    ),
    Case("publishable_key = 'K'", "facilities.main.publishable_key", "named by its file"),
    Case("proxy = 'http://me:word@proxy:3128'", "facilities.main.proxy", "a user or a password"),
    Case(
        "base_url = 'https://api.quickstream.westpac.com.au/rest/v1'",
        "facilities.main.base_url",
        "another environment",
    ),
    Case("base_url = 'http://127.0.0.1:80/rest/v1'", "facilities.main.base_url", "unencrypted"),
    Case("base_url = 'https://10.0.0.1/rest/v1'", "facilities.main.base_url", "a number"),
    Case("base_url = 'https://[2001:db8::1]/rest/v1'", "facilities.main.base_url", "a number"),
    Case("base_url = 'ftp://bank.example'", "facilities.main.base_url", "no http or https"),
    Case("base_url = 'https://x.example/?key=1'", "facilities.main.base_url", "a query"),
    Case("secret_key.bootstrap = 'K'", "facilities.main.secret_key.bootstrap", "named by its file"),
    Case("secret_key.unscheduled = 'ask'", "facilities.main.secret_key.unscheduled", "\"hold\""),
    Case(
        "secret_key.deliver = [{ kind = 'rollout', deployment = 'x' }]",
        "facilities.main.secret_key.deliver[0].kind",
        "does not have it",
    ),
    Case(
        "secret_key.deliver = [{ directory = '/x' }]",
        "facilities.main.secret_key.deliver[0].kind",
        "it is missing",
    ),
    Case(
        "secret_key.deliver = ['/run/q']",
        "facilities.main.secret_key.deliver[0]",
        "a table with a kind",
    ),
    Case(
        "secret_key.deliver = [{ kind = 'file', directory = '/x', mode = '0444' }]",
        "facilities.main.secret_key.deliver[0].mode",
        "every user of the machine",
    ),
    Case(
        "secret_key.deliver = [{ kind = 'file', directory = '/x', mode = '4440' }]",
        "facilities.main.secret_key.deliver[0].mode",
        "special bits",
    ),
    Case(
        "secret_key.deliver = [{ kind = 'file', directory = '/x', mode = '0040' }]",
        "facilities.main.secret_key.deliver[0].mode",
        "its owner could not read it",
    ),
    Case(
        "secret_key.deliver = [{ kind = 'file', directory = '/x', mode = '0550' }]",
        "facilities.main.secret_key.deliver[0].mode",
        "executable",
    ),
    Case(
        "secret_key.deliver = [{ kind = 'file', directory = '/x', mode = 440 }]",
        "facilities.main.secret_key.deliver[0].mode",
        "\"0440\"",
    ),
    Case(
        "secret_key.deliver = [{ kind = 'file', directory = '/x' }, { kind = 'file', directory = '/x/' }]",
        "facilities.main.secret_key.deliver[1].directory",
        "a second time",
    ),
    Case(
        "secret_key.deliver = [{ kind = 'command', command = ['reload'] }]",
        "facilities.main.secret_key.deliver[0].command",
        "absolute path",
    ),
    Case(
        "secret_key.deliver = [{ kind = 'command', command = ['/x'], debounce = '2h' }]",
        "facilities.main.secret_key.deliver[0].debounce",
        "from 0s to 1h",
    ),
    Case(
        "secret_key.deliver = [{ kind = 'command', command = ['/x'], timeout = '0s' }]",
        "facilities.main.secret_key.deliver[0].timeout",
        "out of bounds",
    ),
    Case(
        "secret_key.deliver = [{ kind = 'signal', signal = 'KILL', pid_file = '/x' }]",
        "facilities.main.secret_key.deliver[0].signal",
        "\"HUP\"",
    ),
    Case(
        "secret_key.deliver = [{ kind = 'webhook', url = 'http://app.example/' }]",
        "facilities.main.secret_key.deliver[0].url",
        "http leaves this machine",
    ),
];

/// In the place of the facility's stores.
const STORES: &[Case] = &[
    Case("", "facilities.main.secret_key.stores", "there is none"),
    Case("{ kind = 'vault' }", "facilities.main.secret_key.stores[0].kind", "does not have it"),
    Case("{ kind = 's3' }", "facilities.main.secret_key.stores[0].kind", "\"file\""),
    Case(
        "{ kind = 'aws-secrets-manager' }",
        "facilities.main.secret_key.stores[0].secret_id",
        "it is missing",
    ),
    Case(
        "{ kind = 'aws-secrets-manager', secret_id = 'x', path = '/x' }",
        "facilities.main.secret_key.stores[0].path",
        "there is no such setting",
    ),
    Case(
        "{ kind = 'aws-secrets-manager', secret_id = 'x', endpoint_url = 'http://moto:5000' }",
        "facilities.main.secret_key.stores[0].endpoint_url",
        "unencrypted",
    ),
    Case(
        "{ kind = 'aws-secrets-manager', secret_id = 'x', tags = { team = 'x' } }",
        "facilities.main.secret_key.stores[0].tags",
        "create = true",
    ),
    Case(
        "{ kind = 'aws-secrets-manager', secret_id = 'a b' }",
        "facilities.main.secret_key.stores[0].secret_id",
        "its name or ARN",
    ),
    Case(
        "{ kind = 'aws-secrets-manager', secret_id = 'x' }, { kind = 'aws-secrets-manager', secret_id = 'x', field = 'y' }",
        "facilities.main.secret_key.stores[1].secret_id",
        "another one than facilities.main.secret_key.stores[0].secret_id",
    ),
    Case(
        "{ kind = 'file', path = '/x', identity = { file = '/y' }, create_identity = true }",
        "facilities.main.secret_key.stores[0].create_identity",
        "32 random bytes",
    ),
    Case(
        "{ kind = 'file', path = '/x', identity = { file = '/x' } }",
        "facilities.main.secret_key.stores[0].identity",
        "the store itself",
    ),
    Case(
        "{ kind = 'file', path = '/x', identity = 'AGE-SECRET-KEY-1' }",
        "facilities.main.secret_key.stores[0].identity",
        "named by its file",
    ),
];

fn check(text: &str, Case(added, place, words): &Case) {
    let error = Written::new(text).wrong();
    let found = error.mistakes.iter().find(|mistake| mistake.place == *place);
    let found = found.unwrap_or_else(|| panic!("{added}\nis not told at {place}:\n{error}"));
    assert!(found.to_string().contains(words), "{added}\nis told without {words:?}:\n{found}");
}

#[test]
fn every_mistake_is_told_at_its_place() {
    for case in TOP {
        check(&format!("{}\n{LEAST}", case.0), case);
    }
    for case in FACILITY {
        check(&format!("{LEAST}{}\n", case.0), case);
    }
    for case in STORES {
        let stores = format!("secret_key.stores = [{}]", case.0);
        check(&format!("[facilities.main]\nenvironment = 'support'\n{stores}\n"), case);
    }
}

#[test]
fn all_mistakes_are_told_in_one_run_in_order_with_line_and_column() {
    let written = Written::new("role = 'x'\n[log]\nformat = 'y'\nlevl = 'z'\n")
        .variable("QUAYMASTER_LISTEN__OPS", "nowhere")
        .variable("QUAYMASTER_LISTEN__OBS", "127.0.0.1:1")
        .flag("store.url", "mysql://x");
    let error = written.wrong();
    let told = error.mistakes.iter().map(|mistake| {
        let origin = mistake.origin.to_string();
        let origin = origin.rsplit_once('/').map_or(origin.as_str(), |(_, file)| file).to_owned();
        (mistake.place.as_str(), origin)
    });
    let expected = [
        ("facilities", "quaymaster.toml"),
        ("listen.obs", "environment variable QUAYMASTER_LISTEN__OBS"),
        ("listen.ops", "environment variable QUAYMASTER_LISTEN__OPS"),
        ("log.format", "quaymaster.toml:3:10"),
        ("log.levl", "quaymaster.toml:4:1"),
        ("role", "quaymaster.toml:1:8"),
        ("store.url", "flag for store.url"),
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected.map(|(place, at)| (place, at.to_owned())));
    assert_eq!(error.to_string().lines().count(), 8, "one line each, and one for all:\n{error}");
}

#[test]
fn a_file_that_cannot_be_read_says_why() {
    let missing = Written::new(LEAST);
    fs::remove_file(missing.file()).unwrap();
    assert!(missing.wrong().to_string().contains("it does not exist"));
    assert!(Written::new(b"role = '\xff'").wrong().to_string().contains("it is not UTF-8"));
    let huge = format!("{LEAST}#{}", "x".repeat(1 << 20));
    assert!(Written::new(huge).wrong().to_string().contains("it is too large"));
}

#[test]
fn settings_that_do_not_fit_one_another() {
    let sandbox = "[facilities.main]\nenvironment = 'sandbox'\nsecret_key.stores = [{ kind = 'file', \
                   path = 'k', identity = { file = 'i' }, create_identity = true }]\n";
    let error = Written::new(sandbox).wrong().to_string();
    assert!(error.contains("there is no [sandbox] in these settings"), "{error}");
    let error = Written::new(sandbox)
        .flag("facilities.main.base_url", "https://api.quickstream.westpac.com.au/rest/v1")
        .wrong()
        .to_string();
    assert!(error.contains("the bank serves another environment there"), "{error}");
    let error = Written::new(sandbox)
        .flag("facilities.main.base_url", "http://10.0.0.1/rest/v1")
        .wrong()
        .to_string();
    assert!(error.contains("http leaves this machine"), "{error}");

    let reader = format!(
        "{LEAST}secret_key.bootstrap = {{ file = '/x' }}\nsecret_key.unscheduled = 'hold'\n"
    );
    let error = Written::new(reader)
        .flag("role", "reader")
        .flag("facilities.main.secret_key.stores[0].create", "true")
        .wrong();
    let places = error.mistakes.iter().map(|mistake| mistake.place.as_str()).collect::<Vec<_>>();
    let key = "facilities.main.secret_key";
    let expected = ["bootstrap", "stores[0].create", "unscheduled"];
    assert_eq!(places, expected.map(|name| format!("{key}.{name}")));

    let twice = format!("{LEAST}{}", LEAST.replace("main]", "other]"));
    let error = Written::new(twice).wrong().to_string();
    assert!(error.contains("the same store a second time"), "{error}");

    let long = format!("unix:/{}", "x".repeat(107));
    let error = Written::new(LEAST).flag("listen.admin", &long).wrong().to_string();
    assert!(error.contains("longer than 107 bytes"), "{error}");
    Written::new(LEAST).flag("listen.admin", &format!("unix:/{}", "x".repeat(106))).right();
}

#[test]
fn secrets_others_can_read_and_secrets_that_are_missing_are_warned_of() {
    let file = format!("{LEAST}secret_key.bootstrap = {{ file = 'key' }}\n");
    let written = Written::new(file);
    let said = |written: &Written| {
        let warnings = written.right().warnings;
        warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    assert!(said(&written).contains("is not there yet"), "{}", said(&written));
    let key = written.directory().join("key");
    fs::write(&key, "K").unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(said(&written).contains("chmod 600"), "{}", said(&written));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(said(&written), "");
    assert!(
        said(&written.flag("facilities.main.environment", "production")).contains("which facility")
    );
}
