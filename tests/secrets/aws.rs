//! AWS Secrets Manager, played by the strict fake and by moto: the promises, the secret's other
//! fields, and what is on the wire.

use std::sync::Arc;

use quaymaster::secrets::aws::AwsSecrets;
use quaymaster::secrets::{Need, Promotion, SecretStore, StoreError};
use quaymaster::settings::model::AwsStore;
use serde_json::json;

use crate::contract::{Place, begun, key, staged};
use crate::fake_aws::{FakeAws, Operation, Unlabelled, options, options_of, settings};
use crate::moto::Moto;

pub(crate) const SECRET: &str = "quickstream/main";
pub(crate) const FIELD: &str = "apiKey";

pub(crate) async fn connect(settings: &AwsStore, attempts: u32) -> Arc<dyn SecretStore> {
    Arc::new(AwsSecrets::connect_with(settings, options(attempts)).await.unwrap())
}

/// A secret at the fake.
pub(crate) struct Faked {
    pub(crate) fake: FakeAws,
    pub(crate) field: Option<&'static str>,
}

impl Faked {
    pub(crate) async fn new(field: Option<&'static str>) -> Self {
        Self { fake: FakeAws::start().await, field }
    }
}

impl Place for Faked {
    async fn adapter(&self) -> Arc<dyn SecretStore> {
        connect(&self.fake.settings(SECRET, self.field), 1).await
    }
}

/// A secret at moto.
struct AtMoto {
    moto: Arc<Moto>,
    secret_id: String,
    field: Option<&'static str>,
}

impl AtMoto {
    fn new(test: &str, field: Option<&'static str>) -> Option<Self> {
        let moto = Moto::shared(test)?;
        let secret_id = format!("{test}/{}", uuid::Uuid::new_v4());
        Some(Self { moto, secret_id, field })
    }
}

impl Place for AtMoto {
    async fn adapter(&self) -> Arc<dyn SecretStore> {
        let mut settings = settings(self.moto.endpoint(), &self.secret_id, self.field);
        settings.kms_key_id = None;
        connect(&settings, 3).await
    }
}

mod plain {
    use super::{FakeAws, Faked};

    async fn place(_test: &str) -> Option<Faked> {
        let fake = FakeAws::start().await;
        fake.shuffle(7);
        Some(Faked { fake, field: None })
    }

    contract!(place, rounds: 40);
}

mod json {
    use super::{FIELD, Faked};

    async fn place(_test: &str) -> Option<Faked> {
        Some(Faked::new(Some(FIELD)).await)
    }

    contract!(place, rounds: 20);
}

/// A secret made without a value, as an infrastructure tool makes it.
mod without_a_value {
    use super::{FIELD, Faked, SECRET};

    async fn place(_test: &str) -> Option<Faked> {
        let place = Faked::new(Some(FIELD)).await;
        place.fake.person_creates(SECRET, None);
        Some(place)
    }

    contract!(place, rounds: 5);
}

/// An AWS that takes its time to delete versions without labels.
mod lingering {
    use super::{FIELD, Faked, Unlabelled};

    async fn place(_test: &str) -> Option<Faked> {
        let place = Faked::new(Some(FIELD)).await;
        place.fake.unlabelled(Unlabelled::Linger);
        Some(place)
    }

    contract!(place, rounds: 5);
}

mod moto_plain {
    use super::AtMoto;

    #[expect(clippy::unused_async, reason = "other places are made over a network")]
    async fn place(test: &str) -> Option<AtMoto> {
        AtMoto::new(test, None)
    }

    contract!(place, rounds: 10);
}

mod moto_json {
    use super::{AtMoto, FIELD};

    #[expect(clippy::unused_async, reason = "other places are made over a network")]
    async fn place(test: &str) -> Option<AtMoto> {
        AtMoto::new(test, Some(FIELD))
    }

    contract!(place, rounds: 5);
}

const WHOLE: &str =
    "{ \"host\" : \"h\\u00e9\",\n\t\"apiKey\":\"KEY_1\" ,\"rate\": 1.50e+2, \"t\":[ ] }\n";

#[tokio::test]
async fn other_fields_are_kept_byte_for_byte() {
    let place = Faked::new(Some(FIELD)).await;
    place.fake.person_creates(SECRET, Some(WHOLE));
    let store = place.adapter().await;
    let first = store.read().await.unwrap().basis.unwrap();
    let second = staged(&store, "KEY_2").await;
    assert_eq!(store.promote(&first, &second).await.unwrap(), Promotion::Promoted);
    let now = place.fake.text(SECRET, "AWSCURRENT").unwrap();
    assert_eq!(now, WHOLE.replace("KEY_1", "KEY_2"));
    assert_eq!(place.fake.text(SECRET, "AWSPREVIOUS").unwrap(), WHOLE);
}

#[tokio::test]
async fn a_key_is_put_beside_the_fields_that_are_there_already() {
    let place = Faked::new(Some(FIELD)).await;
    place.fake.person_creates(SECRET, Some(r#"{"host": "h"}"#));
    let store = place.adapter().await;
    let snapshot = store.read().await.unwrap();
    assert!(snapshot.exists && snapshot.current.is_none());
    let first = staged(&store, "KEY_1").await;
    let basis = snapshot.basis.unwrap();
    assert_eq!(store.promote(&basis, &first).await.unwrap(), Promotion::Promoted);
    let now = place.fake.text(SECRET, "AWSCURRENT").unwrap();
    assert_eq!(now, r#"{"host": "h","apiKey": "KEY_1"}"#);
}

#[tokio::test]
async fn a_plain_secret_stays_a_plain_secret() {
    let place = Faked::new(None).await;
    place.fake.person_creates(SECRET, Some("KEY_1\n"));
    let store = place.adapter().await;
    let first = store.read().await.unwrap().basis.unwrap();
    let second = staged(&store, "KEY_2").await;
    assert_eq!(store.promote(&first, &second).await.unwrap(), Promotion::Promoted);
    assert_eq!(place.fake.text(SECRET, "AWSCURRENT").unwrap(), "KEY_2\n");
}

#[tokio::test]
async fn a_secret_of_another_shape_is_told_and_left_alone() {
    for (whole, field) in [
        (r#"{"apiKey":"KEY_1"}"#, None),
        ("KEY_1", Some(FIELD)),
        (r#"{"apiKey":{"value":"KEY_1"}}"#, Some(FIELD)),
        ("to be filled in", None),
    ] {
        let place = Faked::new(field).await;
        place.fake.person_creates(SECRET, Some(whole));
        let store = place.adapter().await;
        let error = store.read().await.unwrap_err();
        assert!(matches!(error, StoreError::Shape { .. }), "{error}");
        assert!(!error.to_string().contains("KEY_1"), "{error}");
        let basis = quaymaster::secrets::Snapshot::default();
        store.stage(&basis, &key("KEY_2")).await.unwrap_err();
        store.create(&key("KEY_2")).await.unwrap_err();
        assert!(place.fake.writes().is_empty());
        let tried = store.check(Need::Write).await;
        assert!(tried.iter().any(|one| one.outcome.is_err()), "{tried:?}");
    }
}

#[tokio::test]
async fn staging_what_is_staged_sends_nothing() {
    let place = Faked::new(Some(FIELD)).await;
    let store = place.adapter().await;
    begun(&store, "KEY_1").await;
    staged(&store, "KEY_2").await;
    let writes = place.fake.writes().len();
    staged(&store, "KEY_2").await;
    staged(&store, "KEY_1").await;
    staged(&place.adapter().await, "KEY_2").await;
    assert_eq!(place.fake.writes().len(), writes);
}

/// `put_without_stages_moves_current` and the random token of a client that is given none.
#[tokio::test]
async fn every_put_says_its_token_and_its_label() {
    let place = Faked::new(None).await;
    let store = place.adapter().await;
    let first = begun(&store, "KEY_1").await;
    let second = staged(&store, "KEY_2").await;
    store.promote(&first, &second).await.unwrap();
    let writes = place.fake.writes();
    let puts: Vec<_> = writes.iter().filter(|call| call.operation == Operation::Put).collect();
    assert_eq!(puts.len(), 1);
    assert_eq!(puts[0].request["ClientRequestToken"], json!(second.as_str()));
    let label = format!("QS-{}", &second.as_str()[..8]);
    assert_eq!(puts[0].request["VersionStages"], json!([label]));
    // And it is off again now that the version has another.
    assert_eq!(place.fake.versions(SECRET)[second.as_str()], ["AWSCURRENT"]);
    assert_eq!(place.fake.versions(SECRET)[first.as_str()], ["AWSPREVIOUS"]);
}

/// `first_version_auto_current`: AWS makes the first version current by itself.
#[tokio::test]
async fn a_secret_is_created_with_its_key_its_kms_key_and_its_tags() {
    let place = Faked::new(Some(FIELD)).await;
    begun(&place.adapter().await, "KEY_1").await;
    let writes = place.fake.writes();
    assert_eq!(writes.len(), 1);
    assert_eq!(writes[0].operation, Operation::Create);
    assert_eq!(writes[0].request["KmsKeyId"], json!("alias/quaymaster"));
    assert_eq!(writes[0].request["Tags"], json!([{ "Key": "team", "Value": "payments" }]));
    assert_eq!(writes[0].request["ClientRequestToken"].as_str().unwrap().len(), 36);
}

#[tokio::test]
async fn a_secret_is_created_only_if_the_settings_say_so() {
    let fake = FakeAws::start().await;
    let mut settings = fake.settings(SECRET, None);
    settings.create = false;
    let store = connect(&settings, 1).await;
    let error = store.create(&key("KEY_1")).await.unwrap_err();
    assert!(error.to_string().contains("create = true"), "{error}");
    // One that was made without a value exists: its first value may be put in.
    fake.person_creates(SECRET, None);
    assert_eq!(store.create(&key("KEY_1")).await.unwrap(), Promotion::Promoted);
    assert_eq!(fake.text(SECRET, "AWSCURRENT").unwrap(), "KEY_1");
}

#[tokio::test]
async fn creators_that_race_have_one_winner() {
    for seed in 1..20 {
        for without_a_value in [false, true] {
            let place = Faked::new(None).await;
            place.fake.shuffle(seed);
            if without_a_value {
                place.fake.person_creates(SECRET, None);
            }
            let mut racers = Vec::new();
            for number in 0..3 {
                let store = place.adapter().await;
                racers.push(tokio::spawn(async move {
                    store.create(&key(&format!("KEY_{number}"))).await.unwrap()
                }));
            }
            let mut winners = Vec::new();
            for (number, racer) in racers.into_iter().enumerate() {
                if racer.await.unwrap() == Promotion::Promoted {
                    winners.push(format!("KEY_{number}"));
                }
            }
            assert_eq!(winners.len(), 1, "seed {seed}");
            assert_eq!(place.fake.text(SECRET, "AWSCURRENT").as_ref(), winners.first());
        }
    }
}

/// Many races with calls that stand aside for one another by different amounts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn races_in_many_interleavings_never_promote_twice() {
    for seed in 1..30 {
        let place = Faked::new(Some(FIELD)).await;
        place.fake.shuffle(seed * 7919);
        crate::contract::a_race_has_one_winner(&place, 4).await;
    }
}

#[tokio::test]
async fn looking_changes_nothing() {
    for field in [None, Some(FIELD)] {
        let place = Faked::new(field).await;
        let store = place.adapter().await;
        let tried = store.check(Need::Write).await;
        assert!(tried.iter().all(|one| one.outcome.is_ok()), "{tried:?}");
        assert!(place.fake.writes().is_empty(), "there was nothing to try it on");
        begun(&store, "KEY_1").await;
        staged(&store, "KEY_2").await;
        let (writes, versions) = (place.fake.writes().len(), place.fake.versions(SECRET));
        store.read().await.unwrap();
        let tried = store.check(Need::Read).await;
        assert!(tried.len() == 2 && tried.iter().all(|one| one.outcome.is_ok()), "{tried:?}");
        assert_eq!(place.fake.writes().len(), writes, "an observer does not even try");
        let tried = store.check(Need::Write).await;
        assert!(tried.len() == 4 && tried.iter().all(|one| one.outcome.is_ok()), "{tried:?}");
        assert_eq!(place.fake.versions(SECRET), versions);
    }
}

#[tokio::test]
async fn looking_changes_nothing_at_moto_either() {
    let test = "looking_changes_nothing_at_moto_either";
    let Some(place) = AtMoto::new(test, Some(FIELD)) else { return };
    let store = place.adapter().await;
    begun(&store, "KEY_1").await;
    staged(&store, "KEY_2").await;
    let before = format!("{:?}", store.read().await.unwrap());
    let tried = store.check(Need::Write).await;
    assert!(tried.len() == 4 && tried.iter().all(|one| one.outcome.is_ok()), "{tried:?}");
    assert_eq!(format!("{:?}", store.read().await.unwrap()), before);
}

#[tokio::test]
async fn unknown_credentials_and_unsafe_endpoints_are_told() {
    let place = Faked::new(None).await;
    let settings = place.fake.settings(SECRET, None);
    let stranger =
        AwsSecrets::connect_with(&settings, options_of("AKIDSTRANGER", 1)).await.unwrap();
    let error = stranger.read().await.unwrap_err();
    assert!(matches!(error, StoreError::Denied { .. }), "{error}");
    assert!(error.to_string().contains("UnrecognizedClientException"), "{error}");
    let unsafe_one = AwsStore { endpoint_url: Some("http://10.0.0.1".to_owned()), ..settings };
    let error = AwsSecrets::connect_with(&unsafe_one, options(1)).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused { .. }), "{error}");
}
