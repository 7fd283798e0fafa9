//! Keys that a person brings: they become current whatever else is going on.

use std::sync::Arc;

use quaymaster::domain::condition::Condition;
use quaymaster::key::KeyText;
use quaymaster::secrets::aws::AwsSecrets;
use quaymaster::service::{Command, Refused, Report};

use super::port::{says, serves};
use crate::fake_aws::{FakeAws, options};
use crate::quay::{Afloat, Quay, days, first_key};

async fn install(task: &Afloat, key: &str) -> Result<Report, Refused> {
    task.ask(Command::Install { key: KeyText::parse(key).unwrap() }).await
}

/// A person goes back for good to the key before, not for a time as a rollback does.
async fn the_previous_key_is_installed(quay: &Quay) {
    let task = quay.launch().await;
    task.pass(days(2)).await;
    let newer = quay.delivered().unwrap();
    assert_eq!(quay.held().await, (Some(newer.clone()), Some(first_key()), vec![]));
    let done = install(&task, &first_key()).await.unwrap();
    assert!(done.summary.contains("is now current"), "{done:?}");
    serves(quay, &first_key()).await;
    assert_eq!(quay.held().await, (Some(first_key()), Some(newer.clone()), vec![]));
    // It stays: a person chose it, and later than the other.
    task.pass(days(2)).await;
    serves(quay, &first_key()).await;
    says(&task, Condition::NotRenewable);
    install(&task, &newer).await.unwrap();
    serves(quay, &newer).await;
    says(&task, Condition::Ok);
}

#[tokio::test]
async fn the_previous_key_is_installed_on_files() {
    the_previous_key_is_installed(&Quay::new().await).await;
}

#[tokio::test]
async fn the_previous_key_is_installed_on_aws() {
    let mut quay = Quay::new().await;
    let fake = FakeAws::start().await;
    let settings = fake.settings("quickstream/main", None);
    let store = AwsSecrets::connect_with(&settings, options(3)).await.unwrap();
    quay.stores = vec![Arc::new(store)];
    the_previous_key_is_installed(&quay).await;
}
