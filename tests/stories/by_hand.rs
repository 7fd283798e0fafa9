//! Asking the bank by hand beside a task that renews: with the key readers have, and with none that
//! they are not given.

use quaymaster::domain::condition::Condition;
use quaymaster::domain::names::CommunityCode;
use quaymaster::domain::retry::Earlier;
use quaymaster::quickstream::by_hand::Wanted;
use quaymaster::quickstream::routes::Method;
use quaymaster::service::by_hand::{Answered, Wish};
use quaymaster::service::{Command, Refused};

use super::port::says;
use crate::quay::{Afloat, Quay, days};

async fn businesses(task: &Afloat) -> Result<Answered, Refused> {
    let wish = Wish {
        method: Method::Get,
        path: "/businesses".to_owned(),
        body: None,
        file: None,
        wanted: Wanted::Usual,
        idempotency_key: None,
        earlier: Earlier::None,
        key: None,
    };
    let by_hand = task.handle.by_hand().unwrap();
    by_hand.carry_out(&wish, by_hand.plan(&wish)?).await
}

/// The id of the key with which businesses were last asked for.
fn asked_with(quay: &Quay) -> Option<String> {
    let requests = quay.sandbox.control().requests();
    let asked = requests.into_iter().rfind(|one| one.target.ends_with("/businesses"));
    asked.and_then(|one| one.key)
}

#[tokio::test]
async fn the_key_that_readers_have_is_the_one_that_asks() {
    let quay = Quay::new().await;
    let task = quay.launch().await;
    task.idle().await;
    assert_eq!(businesses(&task).await.unwrap().shown.status, 200);
    assert_eq!(asked_with(&quay).as_deref(), Some("SANDBOX-1"));

    let newer = quay.mint();
    task.pass(days(2)).await;
    assert_eq!(quay.delivered().as_deref(), Some(newer.as_str()));
    assert_eq!(businesses(&task).await.unwrap().shown.status, 200);
    let keys = quay.sandbox.control().keys();
    let id = keys.into_iter().find(|key| key.text == newer).unwrap().id;
    assert_eq!(asked_with(&quay), Some(id));

    task.ask(Command::Rollback { until: None }).await.unwrap();
    businesses(&task).await.unwrap();
    assert_eq!(asked_with(&quay).as_deref(), Some("SANDBOX-1"));
}

#[tokio::test]
async fn a_key_of_another_facility_asks_nothing() {
    let mut quay = Quay::new().await;
    quay.facility.expected_community_code = Some(CommunityCode::new("OTHER").unwrap());
    let task = quay.launch().await;
    task.pass(days(1)).await;
    says(&task, Condition::WrongFacility);
    let refused = businesses(&task).await.unwrap_err();
    assert_eq!((refused.label, asked_with(&quay)), ("no_key", None));
}
