//! What time brings comes when it is due and not only when someone looks: a task sleeps on the
//! sandbox's clock until the next thing on the agenda, however fast the clock runs, and lets it
//! happen.
//!
//! It changes nothing that the next request would not: things happen each at its own time and in that
//! order, whoever lets them. Stopping it at any moment loses nothing.

use std::future::pending;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::bank::Bank;

/// Lets things happen as they come due, until it is stopped.
pub(super) async fn tick(bank: Arc<Bank>, stop: CancellationToken) {
    loop {
        let next = bank.state().arm();
        let comes = async {
            match next {
                Some(at) => {
                    bank.clock.sleep_until(at).await;
                    bank.catch_up().await;
                }
                // A clock on which nothing is due has no sleeper: who steps from sleep to sleep
                // would wait for it.
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = comes => {}
            () = bank.sooner.notified() => {}
        }
        // On a fast clock the next thing may be due already; requests have their turn first.
        tokio::task::yield_now().await;
    }
}
