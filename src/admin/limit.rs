//! How often a caller may ask, and how often a refusal is logged. Real time: this guards sockets,
//! and a clock that runs fast must not loosen it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

/// Requests a caller may send at once: a person's scripts stay far below.
const BURST: f64 = 60.0;

/// Requests a second a caller may keep up.
const PER_SECOND: f64 = 20.0;

/// Callers remembered at once. A flood of new ones empties the table, which only forgives.
const CALLERS_MAX: usize = 1024;

/// Log lines of one kind in a minute; the rest is counted in the next line.
const LINES_PER_MINUTE: u32 = 6;

/// One token bucket a caller. Who showed a good token is counted by name, anyone else by address, so
/// that a flood of bad tokens from an address does not shut out the good ones behind it.
#[derive(Debug, Default)]
pub(super) struct Limiter(Mutex<HashMap<String, Bucket>>);

#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: f64,
    as_of: Instant,
}

impl Bucket {
    fn refilled(self, now: Instant) -> Self {
        let gained = now.duration_since(self.as_of).as_secs_f64() * PER_SECOND;
        Self { left: (self.left + gained).min(BURST), as_of: now }
    }
}

impl Limiter {
    /// Takes one request off the caller's account; false when it is empty.
    pub(super) fn allows(&self, caller: &str) -> bool {
        let now = Instant::now();
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= CALLERS_MAX && !buckets.contains_key(caller) {
            buckets.retain(|_, bucket| bucket.refilled(now).left < BURST);
            if buckets.len() >= CALLERS_MAX {
                buckets.clear();
            }
        }
        let bucket = buckets.entry(caller.to_owned()).or_insert(Bucket { left: BURST, as_of: now });
        *bucket = bucket.refilled(now);
        if bucket.left < 1.0 {
            return false;
        }
        bucket.left -= 1.0;
        true
    }
}

/// Lets through a few log lines a minute of each word.
#[derive(Debug, Default)]
pub(super) struct Sampler(Mutex<HashMap<&'static str, Sampled>>);

#[derive(Clone, Copy, Debug)]
struct Sampled {
    since: Instant,
    written: u32,
    left_out: u64,
}

impl Sampler {
    /// Whether to write a line of this word now: `Some` with how many were left out since the last
    /// one, or `None` to leave this one out too.
    pub(super) fn passes(&self, word: &'static str) -> Option<u64> {
        let now = Instant::now();
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = Sampled { since: now, written: 0, left_out: 0 };
        let line = lines.entry(word).or_insert(fresh);
        if now.duration_since(line.since).as_secs() >= 60 {
            *line = Sampled { left_out: line.left_out, ..fresh };
        }
        if line.written >= LINES_PER_MINUTE {
            line.left_out += 1;
            return None;
        }
        line.written += 1;
        Some(std::mem::take(&mut line.left_out))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_bucket_empties_and_fills_again_for_that_caller_alone() {
        let limiter = Limiter::default();
        let allowed = (0..200).filter(|_| limiter.allows("a")).count();
        assert_eq!(allowed, 60);
        assert!(limiter.allows("b"));
        tokio::time::advance(Duration::from_millis(150)).await;
        assert_eq!((0..200).filter(|_| limiter.allows("a")).count(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn the_table_of_callers_stays_small() {
        let limiter = Limiter::default();
        for caller in 0..5000 {
            limiter.allows(&caller.to_string());
        }
        assert!(limiter.0.lock().unwrap().len() <= CALLERS_MAX);
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_is_six_lines_a_minute_and_the_rest_is_counted() {
        let sampler = Sampler::default();
        let written = (0..1000).filter(|_| sampler.passes("bad_token").is_some()).count();
        assert_eq!(written, 6);
        tokio::time::advance(Duration::from_secs(61)).await;
        assert_eq!(sampler.passes("bad_token"), Some(994));
        assert_eq!(sampler.passes("bad_token"), Some(0));
    }
}
