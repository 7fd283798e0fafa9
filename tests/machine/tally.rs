//! What a run came by: a test that never gets to a refund says nothing of refunds.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::mutants::Mutant;
use super::wire::Reply;

static SEEN: Mutex<BTreeMap<String, u32>> = Mutex::new(BTreeMap::new());

/// Counts an exchange by what was asked, in the documents' words, and how it was answered.
pub(crate) fn count(method: &str, path: &str, body: &Value, replayed: bool, reply: &Reply) {
    if Mutant::now().is_some() {
        return;
    }
    let last = path.rsplit('/').find(|part| !part.contains(|c: char| c.is_ascii_digit()));
    let mut words = vec![method, last.unwrap_or_default()];
    let of_body = ["transactionType", "authorisationType", "cancellationType", "act"];
    words.extend(of_body.iter().filter_map(|name| body[*name].as_str()));
    if replayed {
        words = vec!["replay"];
    }
    let status = reply.status.to_string();
    words.push(&status);
    if !replayed {
        words.extend(reply.body["status"].as_str().filter(|_| reply.status < 400));
    }
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    *seen.entry(words.join(" ")).or_default() += 1;
}

/// All that was counted.
#[derive(Clone, Debug)]
pub(crate) struct Tally(BTreeMap<String, u32>);

impl Tally {
    pub(crate) fn now() -> Self {
        Self(SEEN.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// How often it came to that.
    pub(crate) fn of(&self, what: &str) -> u32 {
        self.0.get(what).copied().unwrap_or(0)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(what, count)| writeln!(f, "{count:>8}  {what}"))
    }
}
