//! Anything below the base URL, asked for by a person: what comes back is shown as it came, but for
//! keys.

use serde_json::Value;

use crate::key::KeyText;
use crate::quickstream::ask::Ask;
use crate::quickstream::client::{Client, Exchange};
use crate::quickstream::download::CSV;
use crate::quickstream::fault::{Fault, FaultKind};
use crate::quickstream::json;
use crate::quickstream::limit::Priority;
use crate::quickstream::link::Link;
use crate::quickstream::redact::Redactor;

/// The largest report shown, in bytes: some thousand lines.
const REPORT_BYTES_MAX: usize = 1024 * 1024;
/// What reports are: tables or lines.
const ANY_TEXT: &str = "text/csv, text/plain";

/// What is wanted of a resource that can be had in several ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    /// What it usually answers with.
    #[default]
    Usual,
    /// A table.
    Table,
}

/// What a person is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Shown {
    /// The status, one of success.
    pub status: u16,
    /// The body; `None` where there is none.
    pub body: Option<Value>,
    /// Where a created thing is, as the bank wrote it.
    pub location: Option<String>,
    /// The next page's path below the base URL.
    pub next: Option<String>,
}

impl std::fmt::Debug for Shown {
    /// Without the body, which may hold a payer's data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shown").field("status", &self.status).finish_non_exhaustive()
    }
}

impl Client {
    /// Asks once, and gives what came back without the key it was asked with, or any other text that
    /// is marked as a key.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again.
    pub async fn ask_by_hand(&self, key: &KeyText, ask: Ask) -> Result<Shown, Fault> {
        let Ask { endpoint, verb, path, priority, body_bytes_max } = ask;
        let place = self.place(&path);
        let exchange = Exchange { endpoint, verb, place, priority, body_bytes_max };
        self.run(key, exchange, |reply, redactor| {
            let body = match reply.body.as_slice() {
                [] => None,
                bytes => {
                    let text = json::text(bytes).map_err(|kind| Fault::new(kind, ""))?;
                    let read = serde_json::from_str::<Value>(text);
                    Some(read.map_err(|error| Fault::new(json::kind_of(&error), ""))?)
                }
            };
            let next = body.as_ref().map(|body| self.next_page(body)).transpose()?.flatten();
            Ok(Shown {
                status: reply.status,
                body: body.map(|body| without_keys(body, redactor)),
                location: reply.location.as_deref().map(|text| redactor.without_keys(text)),
                next,
            })
        })
        .await
    }

    /// Reads a report once, as one text without keys.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; nothing is tried again. [`FaultKind::BodyTooLarge`] for one that is too long to be
    /// read by a person.
    pub async fn report_by_hand(
        &self,
        key: &KeyText,
        endpoint: &'static str,
        path: String,
        wanted: Wanted,
    ) -> Result<Shown, Fault> {
        let client = self.with_priority(Priority::Command);
        let accept = match wanted {
            Wanted::Usual => ANY_TEXT,
            Wanted::Table => CSV,
        };
        let mut report = client.download(key, endpoint, path, accept).await?;
        let mut bytes = Vec::new();
        while let Some(chunk) = report.chunk().await? {
            if bytes.len() + chunk.len() > REPORT_BYTES_MAX {
                let kib = REPORT_BYTES_MAX / 1024;
                return Err(Fault::new(FaultKind::BodyTooLarge, format!("more than {kib} KiB")));
            }
            bytes.extend_from_slice(&chunk);
        }
        let text = String::from_utf8(bytes).map_err(|_| Fault::new(FaultKind::NotUtf8, ""))?;
        let body = Some(Value::String(Redactor::new([key]).without_keys(&text)));
        Ok(Shown { status: 200, body, location: None, next: None })
    }

    fn next_page(&self, body: &Value) -> Result<Option<String>, Fault> {
        let links = body.get("links").and_then(Value::as_array).cloned().unwrap_or_default();
        let links = Link::read_all(links);
        let Some(next) = links.iter().find(|link| link.rel == "next") else { return Ok(None) };
        let place = self.follow(&next.href)?;
        let outside = || Fault::new(FaultKind::LinkOutside, "");
        self.below(&place).map(Some).ok_or_else(outside)
    }
}

/// The same, with every key in it replaced, in names as in texts.
fn without_keys(value: Value, redactor: &Redactor) -> Value {
    match value {
        Value::String(text) => Value::String(redactor.without_keys(&text)),
        Value::Array(items) => {
            Value::Array(items.into_iter().map(|item| without_keys(item, redactor)).collect())
        }
        Value::Object(fields) => {
            let fields = fields.into_iter();
            let clean = fields
                .map(|(name, value)| (redactor.without_keys(&name), without_keys(value, redactor)));
            Value::Object(clean.collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_taken_out_wherever_they_stand_and_nothing_else_is() {
        let key =
            KeyText::parse("SANDBOX_SEC_5f6g7h8j9m5p6q7r8t9u5v6w7y8z9a5b6c7d8f9g5h6j").unwrap();
        let redactor = Redactor::new([&key]);
        let text = key.expose();
        let answer = json!({
            "keyName": "SANDBOX_SEC...r8t9v7y",
            "key": text,
            text: [1, null, { "deep": format!("it is {text}!") }],
            "other": "QUAY_PUB_abc",
            "mangled": text.replace("SEC", "S?C"),
            "agreementToken": "C09805698824154",
            "networkTransactionId": "016000000000017",
            "amount": 100.10,
            "singleUseTokenId": "6a8f86e6-dfc0-4306-b07d-c7df137234aa",
        });
        let clean = without_keys(answer, &redactor);
        let expected = json!({
            "keyName": "SANDBOX_SEC...r8t9v7y",
            "key": "[key]",
            "[key]": [1, null, { "deep": "it is [key]!" }],
            "other": "[key]",
            "mangled": "[removed]",
            "agreementToken": "C09805698824154",
            "networkTransactionId": "016000000000017",
            "amount": 100.10,
            "singleUseTokenId": "6a8f86e6-dfc0-4306-b07d-c7df137234aa",
        });
        assert_eq!(clean, expected);
    }
}
