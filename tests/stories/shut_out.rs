//! Days on which no key works, or the wrong one is held: each has a name of its own and a way out.

use quaymaster::domain::condition::Condition;
use quaymaster::domain::names::CommunityCode;
use quaymaster::key::KeyText;
use quaymaster::sandbox::{Fault, KeyChange, KeyKind, SANDBOX_CODE, SetUp};
use quaymaster::secrets::NewKey;
use quaymaster::service::facility::RefusedKind;
use quaymaster::service::{Command, Refused, Report};

use super::port::{at_bank, mint_kind, offer, says, serves, well, wrote};
use crate::quay::{Afloat, Quay, days, first_key, hours};

/// The bank's second facility; its keys are no business of the first.
const OTHER: &str = r#"{ "facilities": [
    { "code": "SANDBOX", "businesses": [{ "code": "SANDBOXHIRE" }], "keys": [
        { "key": "SANDBOX_SEC_0sandbox0key0for0play0only0q7w8e9r1t2y3u4i5o6p7a8s9d0f1" } ] },
    { "code": "OTHER", "keys": [ { "key": "OTHER_SEC_sandbox0other0facility" } ] } ] }"#;
const OTHERS_KEY: &str = "OTHER_SEC_sandbox0other0facility";

async fn install(task: &Afloat, key: &str) -> Result<Report, Refused> {
    task.ask(Command::Install { key: KeyText::parse(key).unwrap() }).await
}

/// A person brings a good key, and all is well.
async fn rescued(quay: &Quay, task: &Afloat) {
    let fresh = quay.mint();
    let done = install(task, &fresh).await.unwrap();
    assert!(done.summary.contains("is now current"), "{done:?}");
    says(task, Condition::Ok);
    serves(quay, &fresh).await;
    wrote(task, "install").await;
    task.pass(days(2)).await;
    says(task, Condition::Ok);
}

fn bootstrap(quay: &Quay, text: &str) {
    std::fs::write(quay.path("bootstrap.key"), text).unwrap();
}

#[tokio::test]
async fn a_restricted_key_comes_near_its_end_and_past_it() {
    let quay = Quay::new().await;
    let first = at_bank(&quay, &first_key());
    let control = quay.sandbox.control();
    let restricted = KeyChange::Businesses(vec!["SANDBOXHIRE".to_owned()]);
    control.change_key(&first.id, restricted).unwrap();
    let task = quay.launch().await;
    task.idle().await;
    says(&task, Condition::RenewalDue);
    task.pass(days(2)).await;
    says(&task, Condition::RenewalDue);
    task.pass(hours(16)).await;
    says(&task, Condition::NotRenewable);
    assert!(task.status().detail.contains("27 days"), "{}", task.status().detail);
    serves(&quay, &first_key()).await;

    // Nobody came.
    task.pass(days(28)).await;
    says(&task, Condition::ExpiredLockedOut);
    wrote(&task, "expire").await;
    assert_eq!(quay.delivered(), Some(first_key()), "the application keeps what it had");
    assert!(!task.metrics().contains("drift_total{facility=\"main\",environment=\"sandbox\"} 1"));
    let calls = quay.sandbox.control().latest_calls();
    task.pass(days(2)).await;
    says(&task, Condition::ExpiredLockedOut);
    let calls = quay.sandbox.control().latest_calls() - calls;
    assert!(calls <= 48, "{calls} calls in two days with a dead key");
    rescued(&quay, &task).await;
}

#[tokio::test]
async fn an_address_off_the_white_list_changes_nothing_and_is_let_in_again() {
    let (quay, task, key) = well().await;
    let control = quay.sandbox.control();
    control.whitelist(SANDBOX_CODE, Some(&["203.0.113.7".to_owned()])).unwrap();
    task.pass(hours(30)).await;
    says(&task, Condition::IpRefused);
    assert_eq!(quay.held().await, (Some(key.clone()), Some(first_key()), vec![]));
    assert_eq!(quay.delivered().as_ref(), Some(&key));
    let refused = task.ask(Command::Renew { end_pin: false }).await.unwrap_err();
    assert_eq!((refused.label, refused.kind), ("ip_refused", RefusedKind::Refused));
    let refused = install(&task, &quay.mint()).await.unwrap_err();
    assert_eq!(refused.label, "ip_refused");

    // A restart knows it at once, back-off or not.
    task.stop().await;
    let task = quay.launch().await;
    task.idle().await;
    says(&task, Condition::IpRefused);

    control.whitelist(SANDBOX_CODE, None).unwrap();
    task.pass(hours(2)).await;
    says(&task, Condition::Ok);
}

#[tokio::test]
async fn a_facility_that_is_not_ready_says_so_until_it_is() {
    let (quay, task, key) = well().await;
    let control = quay.sandbox.control();
    control.set_up(SANDBOX_CODE, SetUp::Incomplete).unwrap();
    task.pass(hours(30)).await;
    says(&task, Condition::FacilityNotReady);
    assert_eq!(quay.delivered().as_ref(), Some(&key));
    let refused = install(&task, &quay.mint()).await.unwrap_err();
    assert_eq!(refused.label, "facility_not_ready");
    control.set_up(SANDBOX_CODE, SetUp::Complete).unwrap();
    task.pass(hours(2)).await;
    says(&task, Condition::Ok);
}

#[tokio::test]
async fn a_publishable_key_is_told_from_a_secret_one_wherever_it_comes_from() {
    // In the bootstrap file.
    let quay = Quay::new().await;
    let publishable = mint_kind(&quay, KeyKind::Publishable, &[]);
    bootstrap(&quay, &publishable);
    let task = quay.launch().await;
    task.pass(hours(5)).await;
    says(&task, Condition::WrongKind);
    assert_eq!(quay.held().await.0, None, "it was stored");
    assert_eq!(quay.delivered(), None);
    task.stop().await;
    let task = quay.launch().await;
    task.idle().await;
    says(&task, Condition::WrongKind);
    rescued(&quay, &task).await;

    // By install.
    let key = quay.delivered().unwrap();
    let refused = install(&task, &publishable).await.unwrap_err();
    assert_eq!((refused.label, refused.kind), ("wrong_kind", RefusedKind::Refused));
    serves(&quay, &key).await;
    wrote(&task, "install_refused").await;

    // In the store, put there by a person.
    task.stop().await;
    let another = mint_kind(&quay, KeyKind::Publishable, &[]);
    put_in_store(&quay, &another).await;
    let task = quay.launch().await;
    task.pass(hours(30)).await;
    says(&task, Condition::WrongKind);
    assert_eq!(quay.delivered(), Some(key), "the application keeps the key that works");
    let calls = quay.sandbox.control().latest_calls();
    task.pass(days(1)).await;
    assert!(quay.sandbox.control().latest_calls() - calls <= 8, "asks again and again");
    rescued(&quay, &task).await;
}

#[tokio::test]
async fn a_key_of_another_facility_is_never_used() {
    let mut quay = Quay::with_seed(OTHER).await;
    quay.facility.expected_community_code = Some(CommunityCode::new(SANDBOX_CODE).unwrap());
    bootstrap(&quay, OTHERS_KEY);
    let task = quay.launch().await;
    task.pass(hours(5)).await;
    says(&task, Condition::WrongFacility);
    assert!(task.status().detail.contains("OTHER"), "{}", task.status().detail);
    assert_eq!(quay.delivered(), None);

    // The right key in the file is found by itself.
    bootstrap(&quay, &first_key());
    task.pass(hours(2)).await;
    says(&task, Condition::Ok);
    serves(&quay, &first_key()).await;

    let refused = install(&task, OTHERS_KEY).await.unwrap_err();
    assert_eq!((refused.label, refused.kind), ("wrong_facility", RefusedKind::Refused));
    serves(&quay, &first_key()).await;

    // The bank itself offers it.
    offer(&quay, OTHERS_KEY, quay.clock.now() + days(900));
    task.pass(hours(26)).await;
    says(&task, Condition::WrongFacility);
    serves(&quay, &first_key()).await;
    quay.sandbox.control().clear_faults();
    task.pass(hours(26)).await;
    says(&task, Condition::Ok);
    assert_eq!(quay.held().await.2, Vec::<String>::new());

    // In the store, put there by a person.
    task.stop().await;
    put_in_store(&quay, OTHERS_KEY).await;
    let task = quay.launch().await;
    task.pass(hours(30)).await;
    says(&task, Condition::WrongFacility);
    assert_eq!(quay.delivered(), Some(first_key()), "the application keeps the key that works");
    rescued(&quay, &task).await;
}

#[tokio::test]
async fn a_key_nobody_knows_on_the_first_day() {
    let quay = Quay::new().await;
    bootstrap(&quay, "SANDBOX_SEC_sandbox0nobody0knows0this0one");
    let task = quay.launch().await;
    task.pass(hours(3)).await;
    says(&task, Condition::UnknownKey);
    assert_eq!(quay.delivered(), None);
    rescued(&quay, &task).await;
}

#[tokio::test]
async fn no_key_at_all_names_the_file_it_looked_for() {
    let quay = Quay::new().await;
    std::fs::remove_file(quay.path("bootstrap.key")).unwrap();
    let task = quay.launch().await;
    task.idle().await;
    says(&task, Condition::NoKey);
    assert!(task.status().detail.contains("bootstrap.key"), "{}", task.status().detail);
    rescued(&quay, &task).await;
}

#[tokio::test]
async fn a_bank_that_is_away_on_the_first_day_is_not_a_missing_key() {
    let quay = Quay::new().await;
    let control = quay.sandbox.control();
    let down = Fault { status: Some(503), ..Fault::default() };
    control.add_faults(vec![down]).unwrap();
    let task = quay.launch().await;
    task.pass(hours(6)).await;
    says(&task, Condition::BankUnavailable);
    let asked: u64 = control.requests_by_route().values().sum();
    assert!(asked < 60, "{asked} requests in six hours of outage");
    control.clear_faults();
    task.pass(hours(9)).await;
    serves(&quay, &first_key()).await;
}

/// What a person does who pastes a key into the secrets manager.
async fn put_in_store(quay: &Quay, text: &str) {
    let store = &quay.stores[0];
    let seen = store.read().await.unwrap();
    let new = NewKey { key: KeyText::parse(text).unwrap(), name: None, expires_at: None };
    let version = store.stage(&seen, &new).await.unwrap();
    store.promote(&seen.basis.unwrap(), &version).await.unwrap();
}
