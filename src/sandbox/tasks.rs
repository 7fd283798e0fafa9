//! What runs for as long as a sandbox does: a task that ends before its time is said to have ended, and
//! begun again, so that no sandbox goes on with a part of it dead.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// How long, in real time, a task that ended too early is waited with: what ended it may do so again.
const PAUSE: Duration = Duration::from_secs(1);

/// Runs a task until `stop`, again and again if it ends or panics before.
pub(super) async fn keep<F, T>(name: &'static str, stop: CancellationToken, task: T)
where
    F: Future<Output = ()> + Send + 'static,
    T: Fn() -> F,
{
    loop {
        let ended = tokio::spawn(task()).await;
        if stop.is_cancelled() {
            return;
        }
        let reason = if ended.is_err() { "panic" } else { "end" };
        tracing::error!(reason, "the sandbox's {name} stopped too early and is begun again");
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = stop.cancelled() => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_task_that_panics_or_ends_is_begun_again_until_the_stop() {
        let (stop, begun) = (CancellationToken::new(), Arc::new(AtomicU32::new(0)));
        let task = {
            let (stop, begun) = (stop.clone(), Arc::clone(&begun));
            move || {
                let (stop, begun) = (stop.clone(), Arc::clone(&begun));
                async move {
                    match begun.fetch_add(1, Ordering::SeqCst) {
                        0 => std::panic::resume_unwind(Box::new("planted")),
                        1 => {}
                        _ => stop.cancel(),
                    }
                }
            }
        };
        keep("test", stop, task).await;
        assert_eq!(begun.load(Ordering::SeqCst), 3);
    }
}
