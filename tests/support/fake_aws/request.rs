//! Requests to the fake as they stand on the wire: the target header, the signature's form, and the
//! body.

use hyper::http::request::Parts;
use serde_json::Value;

use super::Operation;
use super::secret::Refusal;

/// The code of a request that our side should never make.
pub(super) const MALFORMED: &str = "MalformedByOurSide";

/// Reads a request, and checks that it is signed by `key_id`. The signature itself is not recomputed.
pub(super) fn parse(
    head: &Parts,
    body: &[u8],
    key_id: &str,
) -> Result<(Operation, Value), Refusal> {
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
    let malformed = |message: String| Refusal { status: 400, code: MALFORMED, message };
    let target = header("x-amz-target").unwrap_or_default();
    let operation = Operation::ALL
        .into_iter()
        .find(|operation| target.strip_prefix("secretsmanager.") == Some(operation.name()))
        .ok_or_else(|| malformed(format!("target {target:?}")))?;
    if header("content-type") != Some("application/x-amz-json-1.1") {
        return Err(malformed(format!("content type {:?}", header("content-type"))));
    }
    check_signature(header("authorization").unwrap_or_default(), key_id, header("x-amz-date"))
        .map_err(|problem| match problem {
            Problem::Unknown => Refusal {
                status: 400,
                code: "UnrecognizedClientException",
                message: "The security token included in the request is invalid.".to_owned(),
            },
            Problem::Unsigned(what) => malformed(format!("unsigned: {what}")),
        })?;
    let input = serde_json::from_slice(body).map_err(|_| malformed("body".to_owned()))?;
    Ok((operation, input))
}

enum Problem {
    Unknown,
    Unsigned(&'static str),
}

fn check_signature(text: &str, key_id: &str, date: Option<&str>) -> Result<(), Problem> {
    let date = date.ok_or(Problem::Unsigned("no X-Amz-Date"))?;
    let day = date.split('T').next().unwrap_or_default();
    let rest = text.strip_prefix("AWS4-HMAC-SHA256 ").ok_or(Problem::Unsigned("scheme"))?;
    let part =
        |name: &str| rest.split(", ").find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
    let scope = part("Credential").ok_or(Problem::Unsigned("credential"))?;
    let (by, scope) = scope.split_once('/').ok_or(Problem::Unsigned("scope"))?;
    if scope != format!("{day}/ap-southeast-2/secretsmanager/aws4_request") {
        return Err(Problem::Unsigned("scope"));
    }
    let signed: Vec<_> = part("SignedHeaders").unwrap_or_default().split(';').collect();
    if !["host", "x-amz-date", "x-amz-target"].iter().all(|header| signed.contains(header)) {
        return Err(Problem::Unsigned("headers"));
    }
    let signature = part("Signature").unwrap_or_default();
    if signature.len() != 64 || !signature.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Problem::Unsigned("signature"));
    }
    if by == key_id { Ok(()) } else { Err(Problem::Unknown) }
}
