//! `POST /single-use-tokens/{singleUseTokenId}/three-ds2-authentication`.

use serde_json::Value;

use super::operation::Operation;
use super::schema::{
    Member, Spec, always, fields, like, needed, object, optional, optional_amount, word,
};
use crate::sandbox::guesses;
use crate::sandbox::resources::three_ds2::{FIELDS, Holds};

pub(super) fn operations(spec: Spec<'_>) -> Vec<Operation> {
    let status = object(vec![always("transStatus", word(&["Y", "A", "C", "N", "R", "U"]))]);
    let authenticate = Operation::post(
        "/single-use-tokens/{singleUseTokenId}/three-ds2-authentication",
        "authenticateThreeDs2",
        "3-D Secure, which uses no token up",
    );
    vec![authenticate.body(request(spec)).ok("What it came to", status).refuses(503)]
}

/// Every field of the documents' tables, each with its limit. Which of them a purpose needs beside
/// the first two is said by the refusal.
fn request(spec: Spec<'_>) -> Value {
    fields(FIELDS.iter().map(|(name, holds)| field(spec, name, *holds)).collect())
}

fn field(spec: Spec<'_>, name: &'static str, holds: Holds) -> Member {
    let schema = match holds {
        Holds::Text(chars_max) => spec.line(chars_max),
        Holds::Code(last) => {
            let words: Vec<String> = (1..=last).map(|code| format!("{code:02}")).collect();
            word(&words.iter().map(String::as_str).collect::<Vec<_>>())
        }
        Holds::Date => like("^[0-9]{8}$"),
        Holds::Number(_) => like("^[0-9]+$"),
        Holds::Digits(least, most) => spec.digits(&(least..=most)),
        Holds::Phone => like("^\\+[0-9]{1,14}$"),
        Holds::Amount => super::schema::amount_text(),
        Holds::Currency => word(&["AUD"]),
        Holds::YesNo => word(&["Y", "N"]),
        Holds::Country if spec.guesses.is(guesses::COUNTRY_CODES, "numeric") => like("^[0-9]{3}$"),
        Holds::Country => like("^([0-9]{3}|[A-Z]{3})$"),
    };
    match (name, holds) {
        ("messageCategory" | "threeDSRequestorAuthenticationInd", _) => needed(name, schema),
        (_, Holds::Amount) => optional_amount(name, schema),
        _ => optional(name, schema),
    }
}
