//! `api METHOD PATH` typed into the program, against a real sandbox: the right key, nothing sent twice
//! that may have been done, and no key shown.

use quaymaster::domain::names::Environment;
use quaymaster::key::KeyText;
use quaymaster::sandbox::{
    CutAt, Fault, LoggedRequest, NewSandboxKey, Running, SANDBOX_CODE, SANDBOX_KEY, Sandbox,
    SandboxOptions,
};
use serde_json::{Value, json};

#[path = "api/tables.rs"]
mod tables;

use super::binary::{Place, Ran, golden, run_with};
use super::office::{Bank, facility};

/// A resource that takes the publishable key, and what it is asked.
const SURCHARGE: &str = "/businesses/SANDBOXHIRE/query-card-surcharge";
const CARD: &str = r#"{"cardNumber":"4242424242424242"}"#;

/// A daemon beside a sandbox, in whatever environment its facility thinks it is.
struct Pair {
    place: Place,
    sandbox: Running,
    publishable: String,
    directory: tempfile::TempDir,
}

impl Pair {
    async fn open() -> Self {
        Self::of(Environment::Sandbox).await
    }

    async fn of(environment: Environment) -> Self {
        let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let publishable = sandbox.control().key("SANDBOX-2").unwrap().text;
        let file = directory.path().join("publishable");
        std::fs::write(&file, &publishable).unwrap();
        let bank = Bank {
            base_url: sandbox.base_url(),
            secret: Some(KeyText::parse(SANDBOX_KEY).unwrap()),
            publishable: Some(file),
        };
        let place = Place::beside(vec![facility("main", environment)], &bank).await;
        Self { place, sandbox, publishable, directory }
    }

    /// Runs `api` with these words.
    async fn api(&self, words: &[&str]) -> Ran {
        let ran = self.place.run(&[&["api"], words].concat()).await;
        for key in [SANDBOX_KEY, &self.publishable] {
            assert!(!ran.out.contains(key) && !ran.err.contains(key), "{words:?}: {ran:?}");
        }
        ran
    }

    fn strikes(&self, fault: Fault) {
        self.sandbox.control().clear_faults();
        self.sandbox.control().add_faults(vec![fault]).unwrap();
    }

    /// What the bank heard since the last time it was asked.
    fn heard(&self) -> Vec<LoggedRequest> {
        let heard = self.sandbox.control().requests();
        self.sandbox.control().clear_faults();
        heard
    }
}

/// A command that sent nothing, and why.
#[track_caller]
fn refused(ran: &Ran, code: i32, said: &str) {
    assert_eq!((ran.code, ran.out.as_str()), (Some(code), ""), "{ran:?}");
    assert!(ran.err.contains(said), "no {said:?} in: {}", ran.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_resource_is_asked_with_the_key_it_takes() {
    let pair = Pair::open().await;
    for (words, kind) in [
        (&["GET", "/"][..], "SANDBOX-1"),
        (&["get", "/businesses"], "SANDBOX-1"),
        (&["GET", "/credit-cards/card-schemes/424242"], "SANDBOX-2"),
        (&["POST", SURCHARGE, "--data", CARD], "SANDBOX-2"),
    ] {
        let ran = pair.api(words).await;
        let heard = pair.heard().pop().unwrap();
        assert_eq!(heard.key.as_deref(), Some(kind), "{words:?}: {ran:?}");
        assert_eq!((ran.code, heard.status), (Some(0), Some(200)), "{ran:?}");
    }
    let ran = pair.api(&["GET", "/unheard-of?x=1", "--key", "publishable"]).await;
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{ran:?}");
    assert!(pair.heard().pop().unwrap().target.ends_with("/unheard-of?x=1"));
    pair.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_is_printed_as_it_came() {
    let pair = Pair::open().await;
    let words = ["GET", "/credit-cards/card-schemes/424242"];
    let ran = pair.api(&words).await;
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    golden("api-get.txt", &ran.out);
    let as_json = pair.api(&[&words[..], &["-o", "json"]].concat()).await;
    assert_eq!(as_json.out, ran.out);
    golden("api-get.yaml", &pair.api(&[&words[..], &["-o", "yaml"]].concat()).await.out);

    let wrong = pair.api(&["GET", "/credit-cards/card-schemes/12"]).await;
    refused(&wrong, 1, "(bank_refused)");
    golden("api-refused.txt", &wrong.err);
    let dry = pair.api(&["POST", SURCHARGE, "--data", CARD, "--dry-run"]).await;
    assert_eq!((dry.code, dry.err.as_str()), (Some(0), ""));
    golden("api-dry.txt", &dry.out);
    assert!(pair.heard().iter().all(|request| request.method == "GET"), "a dry run was sent");
    pair.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_is_named_before_it_is_sent_and_sent_again_under_its_name() {
    let pair = Pair::open().await;
    let first = pair.api(&["POST", SURCHARGE, "--data", CARD]).await;
    assert_eq!(first.code, Some(0), "{first:?}");
    let named = first.err.trim().strip_prefix("idempotency key: ").unwrap().to_owned();
    assert_eq!(pair.heard().pop().unwrap().idempotency_key.as_deref(), Some(named.as_str()));

    let again = ["POST", SURCHARGE, "--data", CARD, "--idempotency-key", &named];
    let again = pair.api(&again).await;
    assert_eq!((again.code, &again.out, again.err.as_str()), (Some(0), &first.out, ""));
    let heard = pair.heard().pop().unwrap();
    assert!(heard.replayed && heard.idempotency_key.as_deref() == Some(named.as_str()));

    let other = pair.api(&["POST", SURCHARGE, "--data", CARD]).await;
    assert!(!other.err.contains(&named) && !pair.heard().pop().unwrap().replayed);
    pair.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_comes_as_text_from_a_file_or_from_stdin() {
    let pair = Pair::open().await;
    let file = pair.directory.path().join("card.json");
    std::fs::write(&file, CARD).unwrap();
    let at_file = format!("@{}", file.display());
    let by_text = pair.api(&["POST", SURCHARGE, "--data", CARD]).await;
    let by_file = pair.api(&["POST", SURCHARGE, "--data", &at_file]).await;
    let words = ["api", "POST", SURCHARGE, "--data", "-", "--server", &pair.place.server];
    let by_stdin = run_with(&words, CARD).await;
    for ran in [&by_text, &by_file, &by_stdin] {
        assert_eq!((ran.code, &ran.out), (Some(0), &by_text.out), "{ran:?}");
    }
    let large = "1".repeat(64 * 1024);
    for (data, said) in [
        (r#"{"cardNumber":"4242424242424242""#, "--data: no JSON, at line 1, column 32"),
        ("@/nowhere/card.json", "/nowhere/card.json: No such file"),
        ("", "--data: no JSON"),
        (&large, "more than 48 KiB"),
    ] {
        let ran = pair.api(&["POST", SURCHARGE, "--data", data]).await;
        refused(&ran, 64, said);
        assert!(!ran.err.contains("4242"), "the data were repeated: {}", ran.err);
    }
    assert_eq!(pair.heard().len(), 3);
    pair.sandbox.stop().await;
}

/// The bank's table decides: a reading may be repeated, a POST that was turned away too, and nothing
/// that may have been done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_the_bank_lets_be_sent_again_is() {
    let strike =
        |status, times| Fault { status: Some(status), times: Some(times), ..Fault::default() };
    let get: &[&str] = &["GET", "/businesses"];
    let post: &[&str] = &["POST", SURCHARGE, "--data", CARD];
    let resent: &[&str] = &["POST", SURCHARGE, "--data", CARD, "--idempotency-key", "mine"];
    for (words, status, times, code, sends) in [
        (get, 503, 2, 0, 3),
        (get, 503, 3, 1, 3),
        (get, 500, 1, 1, 1),
        (get, 404, 1, 1, 1),
        (post, 429, 2, 0, 3),
        (post, 422, 1, 1, 1),
        (post, 503, 1, 5, 1),
        (post, 500, 1, 5, 1),
        (post, 504, 1, 5, 1),
        // An earlier copy of it may have arrived, so even a plain refusal says little.
        (resent, 429, 1, 5, 1),
        (resent, 422, 1, 5, 1),
    ] {
        let pair = Pair::open().await;
        pair.strikes(strike(status, times));
        let ran = pair.api(words).await;
        let heard = pair.heard();
        assert_eq!((ran.code, heard.len()), (Some(code), sends), "{words:?} {status}: {ran:?}");
        let mut names: Vec<_> = heard.iter().map(|one| one.idempotency_key.clone()).collect();
        names.dedup();
        assert_eq!(names.len(), 1, "one request had two names");
        if code == 5 {
            let name = names.pop().flatten().unwrap();
            assert!(ran.err.contains("(bank_unclear)") && ran.err.contains(&name), "{}", ran.err);
        }
        pair.sandbox.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_reply_is_unclear_for_a_change_and_read_again_otherwise() {
    let pair = Pair::open().await;
    let cut = || Fault { cut: Some(CutAt::After), times: Some(1), ..Fault::default() };
    pair.strikes(cut());
    let ran = pair.api(&["POST", SURCHARGE, "--data", CARD]).await;
    refused(&ran, 5, "(bank_unclear)");
    let heard = pair.heard();
    assert_eq!(
        heard.iter().map(|one| one.acted).collect::<Vec<_>>(),
        [true],
        "sent once, and done"
    );

    pair.strikes(cut());
    assert_eq!(pair.api(&["GET", "/businesses"]).await.code, Some(0));
    assert_eq!(pair.heard().len(), 1 + 2);
    pair.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_production_nothing_but_get_is_sent() {
    let pair = Pair::of(Environment::Production).await;
    for words in [
        &["POST", SURCHARGE, "--data", CARD][..],
        &["POST", "/transactions", "--data", "{}", "--dry-run"],
        &["PUT", "/customers/1", "--data", "{}"],
        &["PATCH", "/payto-agreements/C1", "--data", "{}"],
        &["DELETE", "/accounts/SANDBOX-1"],
        &["POST", "/unheard-of", "--key", "secret"],
    ] {
        refused(&pair.api(words).await, 3, "(get_only)");
    }
    assert_eq!(pair.heard().len(), 0);
    assert_eq!(pair.api(&["GET", "/businesses"]).await.code, Some(0));
    pair.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_right_is_refused_with_what_would_be() {
    let pair = Pair::open().await;
    let (key, get) = ("--idempotency-key", "GET");
    for (words, code, said) in [
        (&[get, "/api-keys/latest"][..], 64, "quaymaster key renew (not_by_hand)"),
        (&[get, "/api-keys/%6Catest/", "--key", "secret"], 64, "(not_by_hand)"),
        (&["POST", "/payment-files", "--data", "{}"], 64, "takes a payment file: --file PATH"),
        (&[get, "/unheard-of"], 64, "--key secret"),
        (&["DELETE", "/customers/1"], 64, "with GET, PUT, PATCH (unknown_resource)"),
        (&[get, "customers"], 64, "begins with a slash"),
        (&[get, "https://elsewhere.example/rest/v1/customers"], 64, "begins with a slash"),
        (&[get, "/customers/../../v2/", "--key", "secret"], 64, "may not hold '.' or '..'"),
        (&["PATCH", "/customers/1?x=1", "--data", "{}"], 64, "a query with GET alone"),
        (&["PATCH", "/customers/1"], 64, "PATCH needs a body"),
        (&[get, "/customers", "--data", "{}"], 64, "GET takes no body"),
        (&[get, "/customers", key, "mine"], 64, "no idempotency key with GET"),
        (&["POST", SURCHARGE, key, "two words"], 64, "1 to 60 visible ASCII characters"),
        (&[get, "/customers", "--key", "publishable"], 64, "takes a secret key"),
        (&["POST", SURCHARGE, "--data", CARD, "--paginate"], 64, "--paginate follows"),
        (&["HEAD", "/"], 64, "expected GET, POST, PUT, PATCH or DELETE"),
    ] {
        refused(&pair.api(words).await, code, said);
    }
    for words in [
        &[get, &format!("/customers?customerName={SANDBOX_KEY}")][..],
        &["POST", "/customers", "--data", &format!("{{\"customerName\":\"{SANDBOX_KEY}\"}}")],
        &["POST", "/customers", "--data", "{}", key, "SANDBOX_SEC_0123456789"],
    ] {
        refused(&pair.api(words).await, 64, "marked as a secret key");
    }
    assert_eq!(pair.heard().len(), 0, "something was sent");
    pair.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_key_of_the_kind_nothing_is_sent() {
    let place = Place::open().await;
    let ran = place.run(&["api", "GET", "/customers"]).await;
    refused(&ran, 3, "(no_key)");
    let ran = place.run(&["api", "GET", "/credit-cards/card-schemes/424242"]).await;
    refused(&ran, 3, "(no_publishable_key)");
    assert!(ran.err.contains("publishable_key = { file = \"FILE\" }"), "{}", ran.err);

    let bank = Bank { secret: Some(KeyText::parse(SANDBOX_KEY).unwrap()), ..Bank::nowhere() };
    let place = Place::beside(vec![facility("main", Environment::Support)], &bank).await;
    let ran = place.run(&["api", "GET", "/customers"]).await;
    refused(&ran, 1, "(sent 3 times)");
    assert!(ran.err.contains("(bank_unavailable)"), "{}", ran.err);
}

/// Facilities of the sandbox have few lists so far; the bank's answer is put in its place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_are_followed_to_the_end_and_never_elsewhere() {
    let pair = Pair::open().await;
    let base = pair.sandbox.base_url();
    let page = |number: u32, next: Option<String>| {
        let link = |href| json!([{ "rel": "next", "href": href, "requestMethod": "GET" }]);
        let links = next.map_or_else(|| json!([]), link);
        let body = json!({ "links": links, "data": [{ "customerId": format!("C{number}") }] });
        let path = Some(format!("/customers/{number}"));
        Fault { path, status: Some(200), body: Some(body), ..Fault::default() }
    };
    let next = |number: u32| Some(format!("{base}/customers/{number}?page=2"));
    let control = pair.sandbox.control();
    let faults = vec![page(1, next(2)), page(2, next(3)), page(3, None)];
    control.add_faults(faults).unwrap();

    let one = pair.api(&["GET", "/customers/1"]).await;
    assert_eq!((one.code, one.out.matches("customerId").count()), (Some(0), 1), "{one:?}");
    let all = pair.api(&["GET", "/customers/1", "--paginate"]).await;
    assert_eq!(all.code, Some(0), "{all:?}");
    let pages: Vec<Value> =
        serde_json::Deserializer::from_str(&all.out).into_iter().map(Result::unwrap).collect();
    let found: Vec<_> = pages.iter().map(|page| page["data"][0]["customerId"].clone()).collect();
    assert_eq!(found, ["C1", "C2", "C3"]);
    let yaml = pair.api(&["GET", "/customers/1", "--paginate", "-o", "yaml"]).await;
    assert_eq!(yaml.out.matches("---\n").count(), 2, "{}", yaml.out);

    control.clear_faults();
    let away = Some("https://elsewhere.example/rest/v1/customers/4".to_owned());
    control.add_faults(vec![page(1, next(2)), page(2, away)]).unwrap();
    let ran = pair.api(&["GET", "/customers/1", "--paginate"]).await;
    assert_eq!((ran.code, ran.out.matches("customerId").count()), (Some(1), 1), "{ran:?}");
    let rest = "quaymaster api GET '/customers/2?page=2' --paginate";
    assert!(ran.err.contains(rest), "{}", ran.err);
    pair.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_is_printed_line_by_line() {
    let pair = Pair::open().await;
    let report = format!("Receipt Number,Comment\r\n4000000017,\"{SANDBOX_KEY}\"");
    pair.strikes(Fault { status: Some(200), body: Some(json!(report)), ..Fault::default() });
    let path = "/payment-files/880000004/csv2";
    let ran = pair.api(&["GET", path]).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.out, "Receipt Number,Comment\r\n4000000017,\"[key]\"\n");
    let as_json = pair.api(&["GET", path, "-o", "json"]).await;
    assert_eq!(serde_json::from_str::<Value>(&as_json.out).unwrap(), json!(ran.out.trim_end()));

    let long = json!("4000000017,\r\n".repeat(100_000));
    pair.strikes(Fault { status: Some(200), body: Some(long), ..Fault::default() });
    refused(&pair.api(&["GET", path]).await, 1, "more than 1024 KiB");
    pair.sandbox.stop().await;
}

/// Whatever an answer holds that is marked as a key, or is the key it was asked with.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_shows_a_key() {
    let pair = Pair::open().await;
    let fresh = pair.sandbox.control().make_key(NewSandboxKey::secret(SANDBOX_CODE)).unwrap().text;
    let body = json!({ "asked": SANDBOX_KEY, "new": fresh, "id": "C09805698824154" });
    let told = Fault { status: Some(200), body: Some(body.clone()), ..Fault::default() };
    pair.strikes(told.clone());
    let ran = pair.api(&["GET", "/customers/1"]).await;
    let shown: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(shown, json!({ "asked": "[key]", "new": "[key]", "id": "C09805698824154" }));

    let says = json!({ "developerMessage": format!("{SANDBOX_KEY} may not; {fresh} may") });
    pair.strikes(Fault { status: Some(422), body: Some(says), ..told });
    let ran = pair.api(&["GET", "/customers/1"]).await;
    assert_eq!(ran.code, Some(1));
    assert!(!ran.err.contains(&fresh) && ran.err.contains("[key] may not"), "{}", ran.err);
    pair.sandbox.stop().await;
}
