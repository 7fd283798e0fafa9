//! The table itself.

use std::time::Duration;

use super::Apply::{Live, Restart};
use super::Kind::{
    Address, Book, Count, Cron, Day, Filter, Flag, Length, Listeners, Mode, Moment, Number, Pairs,
    Path, Secret, Text, Texts, Url, Words, Zone,
};
use super::Preset::{Required, Unset, Value};
use super::{Off, Setting};
use crate::clock::RATE_MAX;

/// The longest wait between two notices to one reader. Longer ones would leave a reader with a key
/// that is about to expire.
const DEBOUNCE_MAX: Duration = Duration::from_hours(1);
/// The longest time a command may take: a delivery that hangs holds up the next.
const COMMAND_TIMEOUT_MAX: Duration = Duration::from_mins(5);
/// The longest time a webhook may take.
const WEBHOOK_TIMEOUT_MAX: Duration = Duration::from_mins(1);
/// The shortest time-out that is not a mistake of unit.
const TIMEOUT_MIN: Duration = Duration::from_millis(100);
/// The shortest and the longest window, as the calendar takes them.
const WINDOW_MIN: Duration = Duration::from_mins(1);
const WINDOW_MAX: Duration = Duration::from_hours(366 * 24);
/// The highest number a group can have.
const GROUP_MAX: i64 = u32::MAX as i64 - 1;

macro_rules! settings {
    ($( $path:literal: $kind:expr, $preset:expr, $apply:ident, $example:literal, $help:literal; )+) => {
        /// Every setting, in the order of the example file.
        pub const SETTINGS: &[Setting] = &[ $( Setting {
            path: $path, kind: $kind, preset: $preset, apply: $apply, help: $help, example: $example,
        }, )+ ];
    };
}

settings! {
    "role": Words(&["renewer", "reader"]), Value("\"renewer\""), Restart, "\"reader\"",
        "A renewer fetches, writes and delivers keys; a reader only reads the store and delivers";
    "require_hardening": Flag, Value("false"), Restart, "true",
        "Refuse to start where core dumps and tracing of the process cannot be turned off";

    "listen.ops": Address(Off::Allowed), Value("\"127.0.0.1:9464\""), Restart, "\"0.0.0.0:9464\"",
        "Metrics and health, without secrets and without login";
    "listen.admin": Listeners, Value("[\"unix:/run/quaymaster/admin.sock\"]"), Restart, "[\"127.0.0.1:9465\"]",
        "Where commands come in; an address must be loopback and needs access.tokens";

    "access.tokens": Secret, Unset("only peers of a unix socket are let in"), Restart, "{ file = \"/etc/quaymaster/tokens\" }",
        "The named tokens' hashes";

    "store.url": Book, Value("\"sqlite:///var/lib/quaymaster/quaymaster.db\""), Restart, "\"memory:\"",
        "Where the book is kept: the journal and the history, never a key";

    "log.format": Words(&["json", "pretty"]), Value("\"json\""), Restart, "\"pretty\"",
        "Lines for machines or for people";
    "log.level": Filter, Value("\"info\""), Live, "\"quaymaster=debug\"",
        "Which lines are written";

    "facilities.*.environment": Words(&["sandbox", "support", "production"]), Required, Restart, "\"support\"",
        "Which QuickStream the facility lives in; it must fit base_url";
    "facilities.*.product": Words(&["quickstream", "payway", "paymentsplus"]), Value("\"quickstream\""), Restart, "\"payway\"",
        "Which of the vendor's products the facility belongs to";
    "facilities.*.base_url": Url, Unset("the product's own address in that environment, or the embedded sandbox"), Restart, "\"https://quickstream.gateway.example/rest/v1\"",
        "Another address of the API";
    "facilities.*.expected_community_code": Text, Unset("the first proven key's code, which is then kept"), Live, "\"MYFACILITY\"",
        "The code the bank must answer for a key, so that another facility's key is refused";
    "facilities.*.simultaneous": Count(1, 10), Value("10"), Restart, "5",
        "Requests at the same time, by everything that talks to this facility";
    "facilities.*.proxy": Url, Unset("no proxy, whatever the environment says"), Restart, "\"http://proxy.example:3128\"",
        "The proxy on the way to the bank";
    "facilities.*.publishable_key": Secret, Unset("quaymaster api asks for no resource that takes one"), Live, "{ file = \"/run/secrets/publishable\" }",
        "The key made for browsers and apps, which some resources take instead of the secret one";
    "facilities.*.secret_key.bootstrap": Secret, Unset("wait for a store to hold a key, or for key install"), Live, "{ file = \"/run/secrets/quickstream-key\" }",
        "The first key, used when no store holds one yet";
    "facilities.*.secret_key.unscheduled": Words(&["adopt", "hold"]), Value("\"adopt\""), Live, "\"hold\"",
        "A new key seen while the present one is far from expiry is used, or waits for key accept";

    "facilities.*.secret_key.stores[aws-secrets-manager].secret_id": Text, Required, Live, "\"quickstream/main\"",
        "The secret's name or ARN";
    "facilities.*.secret_key.stores[aws-secrets-manager].region": Text, Unset("the AWS default chain's"), Live, "\"ap-southeast-2\"",
        "The region";
    "facilities.*.secret_key.stores[aws-secrets-manager].field": Text, Unset("the secret is the key, as plain text"), Live, "\"apiKey\"",
        "The field of a JSON secret that holds the key; its other fields are kept";
    "facilities.*.secret_key.stores[aws-secrets-manager].endpoint_url": Url, Unset("AWS's own"), Live, "\"https://secretsmanager.internal.example\"",
        "Another endpoint";
    "facilities.*.secret_key.stores[aws-secrets-manager].create": Flag, Value("false"), Live, "true",
        "Create the secret if it does not exist";
    "facilities.*.secret_key.stores[aws-secrets-manager].kms_key_id": Text, Unset("the account's default key"), Live, "\"alias/quaymaster\"",
        "The KMS key of a secret we create";
    "facilities.*.secret_key.stores[aws-secrets-manager].tags": Pairs, Unset("none"), Live, "{ team = \"payments\" }",
        "The tags of a secret we create";

    "facilities.*.secret_key.stores[file].path": Path, Required, Live, "\"/var/lib/quaymaster/keys/main\"",
        "The directory of the encrypted file";
    "facilities.*.secret_key.stores[file].identity": Secret, Required, Live, "{ file = \"/run/secrets/quaymaster-identity\" }",
        "The 32 bytes that open it; keep a copy apart";
    "facilities.*.secret_key.stores[file].create_identity": Flag, Value("false"), Live, "true",
        "Make the identity if it does not exist; for sandbox facilities only";

    "facilities.*.secret_key.deliver[file].directory": Path, Required, Live, "\"/run/quickstream\"",
        "Where current, previous and metadata.json appear, swapped atomically";
    "facilities.*.secret_key.deliver[file].mode": Mode, Value("\"0440\""), Live, "\"0400\"",
        "The files' mode";
    "facilities.*.secret_key.deliver[file].group": Count(0, GROUP_MAX), Unset("the group we run as"), Live, "2000",
        "The files' group, by number";

    "facilities.*.secret_key.deliver[command].command": Texts, Required, Live, "[\"/usr/local/bin/reload-app\", \"--quiet\"]",
        "Program and arguments to run after a new key is in place; no shell, and no key in them";
    "facilities.*.secret_key.deliver[command].timeout": Length(TIMEOUT_MIN, COMMAND_TIMEOUT_MAX), Value("\"30s\""), Live, "\"1m\"",
        "How long it may take";
    "facilities.*.secret_key.deliver[command].debounce": Length(Duration::ZERO, DEBOUNCE_MAX), Value("\"10s\""), Live, "\"1m\"",
        "The shortest time between two runs";

    "facilities.*.secret_key.deliver[signal].signal": Words(&["HUP", "USR1", "USR2", "TERM", "INT"]), Required, Live, "\"HUP\"",
        "The signal to send after a new key is in place";
    "facilities.*.secret_key.deliver[signal].pid_file": Path, Required, Live, "\"/run/app.pid\"",
        "The file with the process's number";
    "facilities.*.secret_key.deliver[signal].debounce": Length(Duration::ZERO, DEBOUNCE_MAX), Value("\"10s\""), Live, "\"1m\"",
        "The shortest time between two signals";

    "facilities.*.secret_key.deliver[webhook].url": Url, Required, Live, "\"https://app.example/key-changed\"",
        "Where to say that the key changed, without the key; https, or http to loopback";
    "facilities.*.secret_key.deliver[webhook].signing_secret": Secret, Unset("the request is not signed"), Live, "{ file = \"/run/secrets/webhook\" }",
        "Signs the body (HMAC-SHA-256)";
    "facilities.*.secret_key.deliver[webhook].timeout": Length(TIMEOUT_MIN, WEBHOOK_TIMEOUT_MAX), Value("\"10s\""), Live, "\"5s\"",
        "How long it may take";
    "facilities.*.secret_key.deliver[webhook].debounce": Length(Duration::ZERO, DEBOUNCE_MAX), Value("\"10s\""), Live, "\"1m\"",
        "The shortest time between two requests";

    "calendar.time_zone": Zone, Value("\"Australia/Sydney\""), Live, "\"UTC\"",
        "The time zone of windows and freezes";
    "calendar.activation[].cron": Cron, Required, Live, "\"0 2 * * TUE\"",
        "When a window opens in which a key may be activated; without a window, always";
    "calendar.activation[].duration": Length(WINDOW_MIN, WINDOW_MAX), Required, Live, "\"3h\"",
        "How long it stays open";
    "calendar.freeze[].from": Day, Required, Live, "2026-12-15",
        "The first day on which no key is activated";
    "calendar.freeze[].until": Day, Required, Live, "2027-01-05",
        "The last such day";
    "calendar.freeze[].reason": Text, Required, Live, "\"year end\"",
        "Why";

    "sandbox.listen": Address(Off::Refused), Value("\"127.0.0.1:0\""), Restart, "\"127.0.0.1:9480\"",
        "A sandbox QuickStream inside the daemon, for sandbox facilities; port 0 takes a free one";
    "sandbox.data": Path, Unset("in memory only"), Restart, "\"../var/sandbox/bank.json\"",
        "Where it keeps its book and its clock across restarts";
    "sandbox.seed_file": Path, Unset("a facility of the sandbox's own"), Restart, "\"sandbox/seed.json\"",
        "What it holds at first";
    "sandbox.seed": Count(0, i64::MAX), Value("1"), Restart, "7",
        "The seed of everything that looks random";
    "sandbox.rate": Number(0.0, RATE_MAX), Value("1"), Restart, "3600",
        "Seconds that pass, for bank and daemon, in each real second";
    "sandbox.start_at": Moment, Unset("now"), Restart, "\"2026-01-01T00:00:00Z\"",
        "The time at which that clock starts";
}

/// Words of the design that this release does not take, so that the message can say more than that
/// they are unknown. A path as in [`SETTINGS`], or a list with the word of a `kind`.
pub(crate) const LATER: &[&str] = &[
    "listen.proxy",
    "facilities.*.secret_key.stores[vault]",
    "facilities.*.secret_key.stores[kubernetes]",
    "facilities.*.secret_key.deliver[rollout]",
];
