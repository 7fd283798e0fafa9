//! Reads again what may be read again, by the bank's table and no other rule.

use crate::clock::Clock;
use crate::domain::retry::{Action, Earlier, Method};
use crate::quickstream::fault::Fault;

/// Does a reading up to `sends_max` times. Between two it waits as long as the bank's table, or the
/// bank itself, says, and up to ten seconds more according to `random`. What the table does not let
/// be sent again is not.
///
/// # Errors
///
/// The last fault.
pub async fn read_patiently<T>(
    clock: &Clock,
    mut random: impl FnMut() -> u32 + Send,
    sends_max: usize,
    mut reading: impl AsyncFnMut() -> Result<T, Fault>,
) -> Result<T, Fault> {
    let mut sends = 1;
    loop {
        let fault = match reading().await {
            Ok(read) => return Ok(read),
            Err(fault) => fault,
        };
        let rule = fault.advice(Method::Get, Earlier::None);
        if rule.action != Action::SendAgain || sends >= sends_max {
            return Err(fault);
        }
        sends += 1;
        clock.sleep(rule.wait(fault.retry_after, random())).await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::quickstream::fault::FaultKind;

    async fn tried(kind: FaultKind, retry_after: Option<Duration>) -> (usize, SignedDuration) {
        // It stands still, and jumps whenever somebody waits.
        let clock = Clock::starting_at(Timestamp::UNIX_EPOCH, 0.0);
        let mut sends = 0;
        let reading = async {
            let faulty = async || {
                sends += 1;
                let status = Some(503).filter(|_| kind == FaultKind::Unavailable);
                Err::<(), _>(Fault { status, retry_after, ..Fault::new(kind, "") })
            };
            read_patiently(&clock, || 4_000, 3, faulty).await
        };
        let driver = async {
            loop {
                tokio::task::yield_now().await;
                if let (Some(left), _) = clock.waiting() {
                    clock.advance(left);
                }
            }
        };
        tokio::select! {
            outcome = reading => assert_eq!(outcome.unwrap_err().kind, kind),
            () = driver => {}
        }
        (sends, clock.now().duration_since(Timestamp::UNIX_EPOCH))
    }

    #[tokio::test]
    async fn it_waits_as_the_table_says_and_gives_up_in_time() {
        let unavailable = tried(FaultKind::Unavailable, None).await;
        assert_eq!(unavailable, (3, SignedDuration::from_secs(48)));
        let asked = tried(FaultKind::Unavailable, Some(Duration::from_secs(60))).await;
        assert_eq!(asked, (3, SignedDuration::from_secs(128)));
    }

    #[tokio::test]
    async fn what_may_not_be_sent_again_is_not() {
        for kind in [FaultKind::Html, FaultKind::BodyTooLarge, FaultKind::KeyMissing] {
            assert_eq!(tried(kind, None).await, (1, SignedDuration::ZERO));
        }
    }
}
