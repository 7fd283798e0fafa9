//! A reader that cannot be told: it is told again, but less and less often.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use quaymaster::deliver::{self, DeliverError, Deliverable, DeliveryTarget, Tried, Trouble};
use quaymaster::domain::condition::Condition;
use quaymaster::metrics::labels::TargetKind;
use quaymaster::service::Command;

use super::port::says;
use crate::quay::{Quay, days, hours};

/// Longer than the first pauses after a failure.
const DEBOUNCE: Duration = Duration::from_mins(10);

/// A program that is told, counts how often, and fails.
#[derive(Debug, Default)]
struct Deaf {
    told: AtomicU64,
    hears: AtomicBool,
}

impl Deaf {
    fn told(&self) -> u64 {
        self.told.load(Ordering::SeqCst)
    }

    fn hears(&self, hears: bool) {
        self.hears.store(hears, Ordering::SeqCst);
    }
}

#[async_trait]
impl DeliveryTarget for Deaf {
    fn name(&self) -> &'static str {
        "command:deaf"
    }

    fn kind(&self) -> TargetKind {
        TargetKind::Command
    }

    fn debounce(&self) -> Duration {
        DEBOUNCE
    }

    async fn deliver(&self, _: &Deliverable) -> Result<(), DeliverError> {
        self.told.fetch_add(1, Ordering::SeqCst);
        if self.hears.load(Ordering::SeqCst) {
            return Ok(());
        }
        let (target, detail) = (self.name().to_owned(), "it exited with 1".to_owned());
        Err(DeliverError { target, kind: Trouble::Failed, detail })
    }

    async fn check(&self) -> Vec<Tried> {
        Vec::new()
    }
}

#[tokio::test]
async fn a_program_that_fails_is_run_again_less_and_less_often() {
    let mut quay = Quay::new().await;
    let deaf = Arc::new(Deaf::default());
    deaf.hears(true);
    let mut targets = deliver::open(&quay.facility.secret_key.deliver).unwrap();
    targets.push(Arc::<Deaf>::clone(&deaf));
    quay.targets = Some(targets);
    let task = quay.launch().await;
    task.pass(days(2)).await;
    says(&task, Condition::Ok);
    let before = deaf.told();

    deaf.hears(false);
    let next = quay.mint();
    task.ask(Command::Renew { end_pin: false }).await.unwrap();
    assert_eq!((quay.delivered(), deaf.told() - before), (Some(next), 1));
    task.pass(Duration::from_mins(9)).await;
    assert_eq!(deaf.told() - before, 1, "what failed counts for the debounce, too");
    // A new key is told at once, and so does a person get a try, but neither within the debounce.
    let newest = quay.mint();
    task.ask(Command::Renew { end_pin: false }).await.unwrap();
    assert_eq!((quay.delivered(), deaf.told() - before), (Some(newest), 1));
    task.pass(Duration::from_mins(2)).await;
    assert_eq!(deaf.told() - before, 2);

    task.pass(hours(24)).await;
    says(&task, Condition::DeliveryBehind);
    let told = deaf.told() - before;
    assert!((20..=32).contains(&told), "{told} times in a day");
    assert!(task.status().deliveries[1].behind, "{:?}", task.status().deliveries);

    deaf.hears(true);
    task.pass(DEBOUNCE).await;
    task.ask(Command::Renew { end_pin: false }).await.unwrap();
    says(&task, Condition::Ok);
    let told = deaf.told();
    task.pass(hours(5)).await;
    assert_eq!(deaf.told(), told);
}
