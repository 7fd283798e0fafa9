//! Two daemons on one secret in AWS Secrets Manager: the strict fake, whose calls are shuffled, lost,
//! refused and read late, and moto.

use std::sync::Arc;

use quaymaster::secrets::SecretStore;
use quaymaster::secrets::aws::AwsSecrets;
use quaymaster::settings::model::AwsStore;

use crate::each_seed;
use crate::fake_aws::{FakeAws, Fault, Operation, Unlabelled, options, settings};
use crate::moto::Moto;
use crate::pair::Pair;
use crate::quay::{Quay, first_key};

const SECRET: &str = "quickstream/main";

async fn two(settings: &AwsStore) -> [Arc<dyn SecretStore>; 2] {
    [connect(settings).await, connect(settings).await]
}

async fn connect(settings: &AwsStore) -> Arc<dyn SecretStore> {
    Arc::new(AwsSecrets::connect_with(settings, options(1)).await.unwrap())
}

#[test]
fn two_daemons_never_promote_twice_nor_lose_a_key() {
    each_seed(100, raced);
}

async fn raced(seed: u64) {
    let fake = Arc::new(FakeAws::start().await);
    fake.shuffle(seed);
    fake.unlabelled(Unlabelled::Linger);
    let field = seed.is_multiple_of(3).then_some("apiKey");
    match seed % 3 {
        0 => {
            let text = format!("{{\"host\":\"h\",\"apiKey\":\"{}\"}}", first_key());
            fake.person_creates(SECRET, Some(&text));
        }
        1 => fake.person_creates(SECRET, Some(&first_key())),
        _ => {}
    }
    let stores = two(&fake.settings(SECRET, field)).await;
    let mut pair = Pair::start(seed, Quay::new().await, stores).await;
    pair.truth = Some(Box::new({
        let fake = Arc::clone(&fake);
        let field = field.is_some();
        move || {
            let text = fake.text(SECRET, "AWSCURRENT")?;
            if !field {
                return Some(text);
            }
            let document: serde_json::Value = serde_json::from_str(&text).unwrap();
            Some(document["apiKey"].as_str().unwrap().to_owned())
        }
    }));
    for _ in 0..2 {
        for _ in 0..8 {
            trouble(&fake, &mut pair);
            pair.rough().await;
        }
        fake.calm();
        fake.stale_reads(0);
        pair.calm().await;
        pair.arrived().await;
        if pair.keys().len() == 2 {
            pair.quay.mint();
        } else {
            break;
        }
    }
    in_order(&fake, &pair);
}

/// Something that goes wrong with the next calls.
fn trouble(fake: &FakeAws, pair: &mut Pair) {
    let dice = &mut pair.dice;
    for _ in 0..dice.below(3) {
        let operation = dice.pick(&Operation::ALL);
        let fault = match dice.below(4) {
            0 => Fault::CutBefore,
            1 | 2 => Fault::CutAfter,
            _ => Fault::Refuse(503, "ServiceUnavailable"),
        };
        fake.fault(Some(operation), fault, 1);
    }
    if dice.one_in(2) {
        fake.stale_reads(usize::try_from(dice.below(4)).unwrap());
    }
}

/// What the store's own log says: each new key was stored once and made current once, in the order in
/// which the bank made them, and no wanted version lost its labels.
fn in_order(fake: &FakeAws, pair: &Pair) {
    let context = pair.context();
    let (mut stored, mut moves) = (Vec::new(), Vec::new());
    for call in fake.log() {
        if call.refused.is_some() {
            continue;
        }
        let token = call.request["ClientRequestToken"].as_str().map(str::to_owned);
        if matches!(call.operation, Operation::Put | Operation::Create) {
            stored.extend(token.filter(|token| !stored.contains(token)));
        }
        let to = call.request["MoveToVersionId"].as_str();
        if call.request["VersionStage"] == "AWSCURRENT" {
            moves.extend(to.map(str::to_owned));
        }
    }
    let keys = pair.keys();
    let begun_by_us = usize::from(stored.len() == keys.len());
    assert_eq!(stored.len(), keys.len() - 1 + begun_by_us, "{context}: {stored:?}");
    assert_eq!(moves, stored[begun_by_us..], "{context}: each once, in order");
    for (version, labels) in fake.versions(SECRET) {
        let outdone = moves.iter().rev().take(2).all(|kept| *kept != version);
        assert!(!labels.is_empty() || outdone, "{context}: {version} has no label");
    }
}

#[tokio::test]
async fn nor_at_moto() {
    let test = "two_daemons_never_promote_twice_nor_lose_a_key_at_moto";
    for seed in 1..=3 {
        let Some(moto) = Moto::shared(test) else { return };
        let secret = format!("rivals/{}", uuid::Uuid::new_v4());
        let mut settings = settings(moto.endpoint(), &secret, None);
        settings.kms_key_id = None;
        let stores = two(&settings).await;
        let mut pair = Pair::start(seed, Quay::new().await, stores).await;
        for _ in 0..2 {
            for _ in 0..4 {
                pair.rough().await;
            }
            pair.calm().await;
            pair.arrived().await;
            pair.quay.mint();
        }
    }
}
