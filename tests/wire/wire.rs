//! One facility at a sandbox on a standing clock, and a client that is asked through.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use proptest::test_runner::Config as ProptestConfig;
use quaymaster::clock::Clock;
use quaymaster::domain::money::Cents;
use quaymaster::domain::product::Product;
use quaymaster::key::KeyText;
use quaymaster::quickstream::ask::IdempotencyKey;
use quaymaster::quickstream::models::amount::Amount;
use quaymaster::quickstream::models::details::{
    AccountNumber, BankDetails, Bsb, CardDetails, CardNumber, Expiry, HolderName,
};
use quaymaster::quickstream::models::ids::{BusinessCode, SingleUseTokenId};
use quaymaster::quickstream::models::publishable::PublishableKey;
use quaymaster::quickstream::resources::single_use_tokens::{TokenAccount, TokenRequest};
use quaymaster::quickstream::{Client, ClientOptions, Fault, FaultKind, Listed, Pager};
use quaymaster::sandbox::{
    Fault as Rule, NewSandboxKey, Running, SANDBOX_CODE, SANDBOX_KEY, Sandbox, SandboxOptions,
};
use serde_json::{Value, json};

use crate::described::Described;

/// A Monday morning in Sydney.
pub(crate) const START: &str = "2026-03-02T00:00:00Z";

/// The facility, its keys, and a client.
pub(crate) struct Wire {
    pub(crate) bank: Running,
    pub(crate) client: Client,
    pub(crate) key: KeyText,
    pub(crate) publishable: PublishableKey,
    names: AtomicU32,
    /// Ends the test if an answer was not as the sandbox describes it.
    _described: Described,
}

impl Wire {
    pub(crate) async fn start() -> Self {
        Self::of(&seed()).await
    }

    /// With a facility of its own.
    pub(crate) async fn of(seed: &Value) -> Self {
        let clock = Clock::starting_at(START.parse::<Timestamp>().unwrap(), 0.0);
        let directory = tempfile::tempdir().unwrap();
        let seed_file = directory.path().join("seed.json");
        std::fs::write(&seed_file, seed.to_string()).unwrap();
        let described = Described::default();
        let options = SandboxOptions {
            clock: Some(clock.clone()),
            seed_file: Some(seed_file),
            watcher: Some(described.watcher()),
            ..SandboxOptions::default()
        };
        let bank = Sandbox::start(options).await.unwrap();
        let options = ClientOptions::new(bank.base_url(), Product::QuickStream);
        let client = Client::new(options, clock).unwrap();
        let publishable = bank.control().key("SANDBOX-2").unwrap().text;
        let publishable = PublishableKey::parse(publishable).unwrap();
        let key = KeyText::parse(SANDBOX_KEY).unwrap();
        Self { bank, client, key, publishable, names: AtomicU32::new(0), _described: described }
    }

    /// A name that no request had yet.
    pub(crate) fn name(&self) -> IdempotencyKey {
        let number = self.names.fetch_add(1, Ordering::Relaxed);
        IdempotencyKey::new(&format!("wire-{number}")).unwrap()
    }

    /// Lets the next name be the one that the last request had.
    pub(crate) fn same_name_again(&self) {
        self.names.fetch_sub(1, Ordering::Relaxed);
    }

    /// Lets time pass at the bank.
    pub(crate) fn pass(&self, time: Duration) {
        assert!(self.bank.clock().advance(time));
    }

    /// Lets the next request but the control's be answered with this status.
    pub(crate) fn fail_once(&self, status: u16) {
        let rule: Rule = serde_json::from_value(json!({"status": status, "times": 1})).unwrap();
        self.bank.control().add_faults(vec![rule]).unwrap();
    }

    /// A secret key of the facility that sees another business than `business()`.
    pub(crate) fn restricted_key(&self) -> KeyText {
        let new = NewSandboxKey {
            businesses: vec!["ELSEWHERE".to_owned()],
            ..NewSandboxKey::secret(SANDBOX_CODE)
        };
        KeyText::parse(self.bank.control().make_key(new).unwrap().text).unwrap()
    }

    /// A token for this account.
    pub(crate) async fn token(&self, account: TokenAccount) -> SingleUseTokenId {
        let wanted = TokenRequest { business: business(), account };
        let token =
            self.client.generate_single_use_token(&self.publishable, &self.name(), &wanted).await;
        token.unwrap().single_use_token_id
    }
}

/// The built-in facility with a second business.
fn seed() -> Value {
    json!({"facilities": [{
        "code": SANDBOX_CODE,
        "businesses": [{"code": "SANDBOXHIRE"}, {"code": "ELSEWHERE"}],
        "keys": [{"key": SANDBOX_KEY, "expires": 4000}, {"kind": "publishable"}],
    }]})
}

#[expect(clippy::disallowed_methods, reason = "a test's own setting")]
/// How many cases a property is tried with: so many, or as many as `QUAYMASTER_TEST_WIRE` says.
pub(crate) fn cases(usual: u32) -> ProptestConfig {
    let wanted = std::env::var("QUAYMASTER_TEST_WIRE").ok().and_then(|text| text.parse().ok());
    ProptestConfig {
        cases: wanted.unwrap_or(usual),
        failure_persistence: None,
        // What fails is small already, and each step of making it smaller is a bank of its own.
        max_shrink_iters: 200,
        ..ProptestConfig::default()
    }
}

/// Runs one case.
pub(crate) fn case(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(test);
}

/// The facility's first business.
pub(crate) fn business() -> BusinessCode {
    BusinessCode::new("SANDBOXHIRE").unwrap()
}

pub(crate) fn amount(text: &str) -> Amount {
    Amount::new(Cents::parse(text).unwrap()).unwrap()
}

/// A card that is approved, whatever is taken from it.
pub(crate) fn card() -> CardDetails {
    CardDetails {
        holder: Some(HolderName::new("Sam Test").unwrap()),
        number: CardNumber::new("4242424242424242").unwrap(),
        expiry: Expiry::new(12, 2035).unwrap(),
        cvn: None,
    }
}

/// A bank account that is approved.
pub(crate) fn bank_account() -> BankDetails {
    BankDetails {
        holder: HolderName::new("Sam Test").unwrap(),
        bsb: Bsb::new("032-999").unwrap(),
        number: AccountNumber::new("999994").unwrap(),
    }
}

/// Everything on a list.
pub(crate) async fn all<T: Listed>(pager: Result<Pager<T>, Fault>) -> Result<Vec<T>, Fault> {
    let mut pager = pager?;
    let mut all = Vec::new();
    while let Some(page) = pager.next().await? {
        assert!(page.data.len() <= 20, "a page holds twenty at most");
        all.extend(page.data);
    }
    Ok(all)
}

/// What went wrong, and the fields that the bank names for it.
pub(crate) fn refused<T>(outcome: Result<T, Fault>) -> (FaultKind, Vec<String>) {
    let fault = outcome.err().unwrap();
    let errors = fault.body.map(|body| body.errors).unwrap_or_default();
    (fault.kind, errors.into_iter().filter_map(|error| error.field_name).collect())
}
