//! Days on which something neither answers nor fails: it is given up on, said, and tried again, and
//! everything else goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use quaymaster::deliver::{self, DeliverError, Deliverable, DeliveryTarget, Tried};
use quaymaster::domain::condition::Condition;
use quaymaster::metrics::labels::TargetKind;
use quaymaster::service::Command;
use quaymaster::service::pulse::STORE_ANSWERS_WITHIN;
use tokio::time::Instant;

use super::port::{Moody, Wrong, says, serves};
use crate::quay::{Quay, days, first_key, hours};

/// How long the hanging are waited for here.
const SHORT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn a_store_that_never_answers_is_one_that_cannot_be_reached() {
    let mut quay = Quay::new().await;
    quay.store_answers_within = SHORT;
    let moody = Moody::before(&mut quay, 0);
    let task = quay.launch().await;
    task.pass(hours(2)).await;
    moody.is(Some(Wrong::Hangs));
    let next = quay.mint();
    task.pass(hours(4)).await;
    says(&task, Condition::StoreUnavailable);
    let status = task.status();
    assert!(status.detail.contains("no answer within 50ms"), "{}", status.detail);
    assert_eq!(quay.delivered(), Some(first_key()));
    let refused = task.ask(Command::Renew { end_pin: false }).await.unwrap_err();
    assert_eq!(refused.label, "store_unavailable");
    moody.is(None);
    task.pass(hours(26)).await;
    serves(&quay, &next).await;
    says(&task, Condition::Ok);
}

#[tokio::test]
async fn a_task_that_waits_for_a_store_keeps_its_word_until_the_limit() {
    let mut quay = Quay::new().await;
    let moody = Moody::before(&mut quay, 0);
    moody.is(Some(Wrong::Hangs));
    let task = quay.launch().await;
    while moody.waiting() == 0 {
        tokio::task::yield_now().await;
    }
    let now = Instant::now();
    let second = Duration::from_secs(1);
    assert_eq!(task.handle.late(now + STORE_ANSWERS_WITHIN - second), Duration::ZERO);
    assert!(task.handle.late(now + STORE_ANSWERS_WITHIN + second) > Duration::ZERO);
    task.kill().await;
}

/// A target that takes what it is given, or hangs.
#[derive(Debug, Default)]
struct Sticky(AtomicBool, AtomicU64);

#[async_trait]
impl DeliveryTarget for Sticky {
    fn name(&self) -> &'static str {
        "webhook:sticky"
    }

    fn kind(&self) -> TargetKind {
        TargetKind::Webhook
    }

    fn limit(&self) -> Duration {
        SHORT
    }

    async fn deliver(&self, _what: &Deliverable) -> Result<(), DeliverError> {
        if self.0.load(Ordering::Relaxed) {
            self.1.fetch_add(1, Ordering::Relaxed);
            std::future::pending::<()>().await;
        }
        Ok(())
    }

    async fn check(&self) -> Vec<Tried> {
        Vec::new()
    }
}

#[tokio::test]
async fn a_delivery_that_never_ends_holds_up_nothing_else() {
    let mut quay = Quay::new().await;
    let sticky = Arc::new(Sticky::default());
    let mut targets = deliver::open(&quay.facility.secret_key.deliver).unwrap();
    targets.push(Arc::<Sticky>::clone(&sticky));
    quay.targets = Some(targets);
    sticky.0.store(true, Ordering::Relaxed);
    let task = quay.launch().await;
    task.idle().await;
    says(&task, Condition::DeliveryBehind);
    assert!(task.status().detail.contains("did not end within 50ms"), "{}", task.status().detail);
    serves(&quay, &first_key()).await;
    task.pass(hours(6)).await;
    let tries = sticky.1.load(Ordering::Relaxed);
    assert!((10..=40).contains(&tries), "{tries} tries in six hours");
    sticky.0.store(false, Ordering::Relaxed);
    task.pass(days(2)).await;
    says(&task, Condition::Ok);
}
