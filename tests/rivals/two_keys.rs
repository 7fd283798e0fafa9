//! The vendor's acceptance test with the keys in AWS Secrets Manager: two keys in the portal, the
//! first configured, and the application comes to use the second. Once with the strict fake, once with
//! moto, for every kind of secret there can be.

use std::sync::Arc;

use quaymaster::domain::condition::Condition;
use quaymaster::domain::names::Environment;
use quaymaster::secrets::aws::AwsSecrets;
use quaymaster::service::Command;
use quaymaster::settings::model::AwsStore;
use serde_json::{Value, json};

use crate::fake_aws::{FakeAws, options, settings};
use crate::moto::Moto;
use crate::quay::{Quay, days, first_key, hours};

const SECRET: &str = "quickstream/main";
const FIELD: &str = "apiKey";

/// A secret with other fields, spaces and spellings that a JSON library would change.
fn document(key: &str) -> String {
    format!(
        "{{ \"host\" : \"h\\u00e9\",\n\t\"apiKey\":\"{key}\" ,\"rate\": 1.50e+2, \"t\":[ ] }}\n"
    )
}

async fn quay_on(settings: &AwsStore) -> Quay {
    let mut quay = Quay::new().await;
    let store = AwsSecrets::connect_with(settings, options(3)).await.unwrap();
    quay.stores = vec![Arc::new(store)];
    quay
}

/// The procedure; returns the second key.
async fn procedure(quay: &Quay) -> String {
    let task = quay.launch().await;
    task.idle().await;
    assert_eq!(quay.delivered(), Some(first_key()));
    let second = quay.mint();
    task.pass(days(2)).await;
    assert_eq!(quay.held().await, (Some(second.clone()), Some(first_key()), vec![]));
    assert_eq!(quay.delivered(), Some(second.clone()));
    assert_eq!(task.status().condition, Condition::Ok, "{}", task.status().detail);
    second
}

#[tokio::test]
async fn a_plain_secret_comes_to_hold_the_second_key() {
    let fake = FakeAws::start().await;
    fake.person_creates(SECRET, Some(&first_key()));
    let second = procedure(&quay_on(&fake.settings(SECRET, None)).await).await;
    assert_eq!(fake.text(SECRET, "AWSCURRENT"), Some(second));
    assert_eq!(fake.text(SECRET, "AWSPREVIOUS"), Some(first_key()));
}

#[tokio::test]
async fn a_json_secrets_other_fields_are_kept_byte_for_byte() {
    let fake = FakeAws::start().await;
    fake.person_creates(SECRET, Some(&document(&first_key())));
    let second = procedure(&quay_on(&fake.settings(SECRET, Some(FIELD))).await).await;
    assert_eq!(fake.text(SECRET, "AWSCURRENT"), Some(document(&second)));
}

#[tokio::test]
async fn a_secret_that_does_not_exist_is_created() {
    let fake = FakeAws::start().await;
    let second = procedure(&quay_on(&fake.settings(SECRET, None)).await).await;
    assert_eq!(fake.text(SECRET, "AWSCURRENT"), Some(second));
    assert_eq!(fake.versions(SECRET).len(), 2);
}

#[tokio::test]
async fn a_production_facility_is_only_watched_until_it_is_adopted() {
    let fake = FakeAws::start().await;
    fake.person_creates(SECRET, Some(&document(&first_key())));
    let mut quay = quay_on(&fake.settings(SECRET, Some(FIELD))).await;
    quay.facility.environment = Environment::Production;
    let task = quay.launch().await;
    task.idle().await;
    let second = quay.mint();
    task.pass(days(3)).await;
    // A restart changes nothing about it, nor does a command that would write.
    task.stop().await;
    let task = quay.launch().await;
    task.pass(hours(30)).await;
    task.ask(Command::Renew { end_pin: false }).await.unwrap();
    assert!(task.ask(Command::Rehearse).await.is_err());
    assert!(task.dry_run(Command::Adopt).await.unwrap().changes_pending);
    let status = task.status();
    assert_eq!((status.condition, status.observer), (Condition::Observer, true));
    assert!(fake.writes().is_empty(), "{:?}", fake.writes());
    assert_eq!(fake.text(SECRET, "AWSCURRENT"), Some(document(&first_key())));
    assert!(!quay.path("run").exists(), "nothing was delivered");

    task.ask(Command::Adopt).await.unwrap();
    task.pass(days(2)).await;
    assert_eq!(fake.text(SECRET, "AWSCURRENT"), Some(document(&second)));
    assert_eq!(quay.delivered(), Some(second));
    let status = task.status();
    assert_eq!((status.condition, status.observer), (Condition::Ok, false), "{}", status.detail);
}

/// A rehearsal moves the present key through a secret of its own, again and again, and leaves in it no
/// version with a label that holds a key.
#[tokio::test]
async fn a_rehearsal_leaves_no_key_in_its_secret() {
    let fake = FakeAws::start().await;
    fake.person_creates(SECRET, Some(&document(&first_key())));
    let mut quay = quay_on(&fake.settings(SECRET, Some(FIELD))).await;
    let beside = fake.settings("quickstream/main-rehearsal", Some(FIELD));
    quay.rehearsal = Arc::new(AwsSecrets::connect_with(&beside, options(3)).await.unwrap());
    let task = quay.launch().await;
    task.pass(days(2)).await;
    let current = fake.text(SECRET, "AWSCURRENT");
    for _ in 0..3 {
        task.ask(Command::Rehearse).await.unwrap();
        let held = quay.rehearsal.read().await.unwrap();
        assert!(held.current.unwrap().key.expose().starts_with("rehearsal-"));
        assert!(held.previous.is_none() && held.pending.is_empty());
        assert_eq!(fake.text(SECRET, "AWSCURRENT"), current);
        task.pass(hours(1)).await;
    }
}

/// moto, and a secret's name there.
fn at_moto(test: &str) -> Option<(Arc<Moto>, String)> {
    Some((Moto::shared(test)?, format!("{test}/{}", uuid::Uuid::new_v4())))
}

fn settings_at(moto: &Moto, secret: &str, field: Option<&str>) -> AwsStore {
    AwsStore { kms_key_id: None, ..settings(moto.endpoint(), secret, field) }
}

/// Any call, as a person's tool makes it.
async fn person(moto: &Moto, operation: &str, body: &Value) -> Value {
    let region = "Credential=AKID/20260101/ap-southeast-2/secretsmanager/aws4_request";
    let request = reqwest::Client::builder().no_proxy().build().unwrap().post(moto.endpoint());
    let request = request
        .header("x-amz-target", format!("secretsmanager.{operation}"))
        .header("content-type", "application/x-amz-json-1.1")
        .header(
            "authorization",
            format!("AWS4-HMAC-SHA256 {region}, SignedHeaders=host, Signature=0"),
        )
        .body(body.to_string());
    let text = request.send().await.unwrap().text().await.unwrap();
    serde_json::from_str(&text).unwrap()
}

async fn text_at(moto: &Moto, secret: &str) -> Option<String> {
    // Without a stage, moto gives the version that was stored first.
    let asked = json!({ "SecretId": secret, "VersionStage": "AWSCURRENT" });
    let value = person(moto, "GetSecretValue", &asked).await;
    value["SecretString"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn the_procedure_passes_at_moto() {
    let Some((moto, secret)) = at_moto("the_procedure_passes_at_moto") else { return };
    let second = procedure(&quay_on(&settings_at(&moto, &secret, None)).await).await;
    assert_eq!(text_at(&moto, &secret).await, Some(second));
}

#[tokio::test]
async fn the_procedure_passes_at_moto_with_a_plain_secret() {
    let Some((moto, secret)) = at_moto("the_procedure_passes_at_moto_with_a_plain_secret") else {
        return;
    };
    let made = json!({ "Name": secret, "SecretString": first_key() });
    person(&moto, "CreateSecret", &made).await;
    let second = procedure(&quay_on(&settings_at(&moto, &secret, None)).await).await;
    assert_eq!(text_at(&moto, &secret).await, Some(second));
}

#[tokio::test]
async fn the_procedure_passes_at_moto_with_a_json_secret() {
    let Some((moto, secret)) = at_moto("the_procedure_passes_at_moto_with_a_json_secret") else {
        return;
    };
    let made = json!({ "Name": secret, "SecretString": document(&first_key()) });
    person(&moto, "CreateSecret", &made).await;
    let second = procedure(&quay_on(&settings_at(&moto, &secret, Some(FIELD))).await).await;
    assert_eq!(text_at(&moto, &secret).await, Some(document(&second)));
}
