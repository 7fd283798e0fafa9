//! What the sandbox does, as an OpenAPI 3.1 document: `GET /openapi.json`.
//!
//! It is written down here and not derived from the code that answers; every answer in the tests is
//! held against it. It follows the guesses in force, and whatever rests on one names it in `x-guess`.
//! Under `openapi/` each resource has a file of its own.

use serde_json::{Map, Value, json};

use self::operation::Operation;
use self::schema::Spec;
use super::BASE_PATH;
use super::guesses::Guesses;
use super::resources::{ROUTES, Route};

mod accounts;
mod api_keys;
mod businesses;
mod credit_cards;
mod customers;
mod instruments;
mod models;
mod operation;
mod payids;
mod payment_files;
mod payto_agreements;
mod recurring_payments;
mod root;
mod schema;
mod single_use_tokens;
mod three_ds2;
mod transactions;

/// Where the document is.
pub(super) const PATH: &str = "/openapi.json";

/// Describes the operations of a resource.
type Describe = fn(Spec<'_>) -> Vec<Operation>;

/// Every resource.
const RESOURCES: &[Describe] = &[
    root::operations,
    api_keys::operations,
    businesses::operations,
    credit_cards::operations,
    customers::operations,
    accounts::operations,
    single_use_tokens::operations,
    three_ds2::operations,
    transactions::operations,
    payto_agreements::operations,
    recurring_payments::operations,
    payment_files::operations,
    payids::operations,
];

/// The document.
pub(super) fn document(guesses: &Guesses) -> Value {
    let spec = Spec { guesses };
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "A sandbox of the QuickStream REST API",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            "description": "Written from the vendor's documents. What rests on a guess says which in \
                x-guess; /_sandbox/guesses lists and switches them.",
        },
        "servers": [{ "url": BASE_PATH }],
        "paths": paths(spec),
        "components": {
            "schemas": models::schemas(spec),
            "responses": operation::refusals(spec),
            "parameters": { "IdempotencyKey": operation::idempotency_key() },
            "headers": headers(),
            "securitySchemes": {
                "secretKey": key("A secret key as the user name; no password."),
                "publishableKey": key("A publishable key as the user name; no password."),
            },
        },
    })
}

fn key(what: &str) -> Value {
    json!({ "type": "http", "scheme": "basic", "description": what })
}

fn headers() -> Value {
    json!({
        "Location": {
            "description": "Where the new resource is.",
            "required": true,
            "schema": { "type": "string", "format": "uri" },
        },
        "WWW-Authenticate": { "required": true, "schema": { "type": "string" } },
        "Retry-After": {
            "description": "So many seconds.",
            "required": true,
            "schema": { "type": "string", "pattern": "^[0-9]+$" },
        },
    })
}

fn paths(spec: Spec<'_>) -> Value {
    let operations: Vec<Operation> = RESOURCES.iter().flat_map(|describe| describe(spec)).collect();
    let mut paths = Map::new();
    for route in ROUTES.iter().copied().flatten() {
        let Some(operation) = operations.iter().find(|operation| describes(operation, route))
        else {
            continue;
        };
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Value::Object(verbs) = path {
            verbs.insert(route.method.to_ascii_lowercase(), operation.written(route));
        }
    }
    Value::Object(paths)
}

fn describes(operation: &Operation, route: &Route) -> bool {
    operation.method == route.method && operation.path == route.path
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_route_has_one_operation_and_every_operation_a_route() {
        let guesses = Guesses::default();
        let described: Vec<(&str, &str)> = RESOURCES
            .iter()
            .flat_map(|describe| describe(Spec { guesses: &guesses }))
            .map(|operation| (operation.method, operation.path))
            .collect();
        let routes: Vec<(&str, &str)> =
            ROUTES.iter().copied().flatten().map(|route| (route.method, route.path)).collect();
        let set =
            |list: &[(&'static str, &'static str)]| list.iter().copied().collect::<BTreeSet<_>>();
        let missing: Vec<_> = set(&routes).difference(&set(&described)).copied().collect();
        let unknown: Vec<_> = set(&described).difference(&set(&routes)).copied().collect();
        assert_eq!((missing, unknown), (vec![], vec![]));
        assert_eq!(described.len(), set(&described).len(), "one is described twice");
    }
}
