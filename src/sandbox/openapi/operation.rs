//! One verb on one resource as the description has it: what may be sent, and each answer.

use hyper::StatusCode;
use serde_json::{Map, Value, json};

use super::schema::{Spec, model};
use crate::sandbox::book::KeyKind;
use crate::sandbox::guesses;
use crate::sandbox::idempotency::KEY_CHARS_MAX;
use crate::sandbox::resources::{Keys, Route, Takes};

/// What is said of a route beside what the route says of itself.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    id: &'static str,
    summary: &'static str,
    parameters: Vec<Value>,
    body: Option<Value>,
    example: Option<Value>,
    answers: Vec<Answered>,
    refusals: Vec<StatusCode>,
}

/// An answer that is no refusal.
#[derive(Clone, Debug)]
struct Answered {
    status: StatusCode,
    what: &'static str,
    content: Vec<(&'static str, Value)>,
    /// Whether a header says where the new resource is.
    located: bool,
    links: Map<String, Value>,
}

impl Operation {
    pub(super) fn new(
        method: &'static str,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
    ) -> Self {
        let (parameters, answers, refusals) = (Vec::new(), Vec::new(), Vec::new());
        Self { method, path, id, summary, parameters, body: None, example: None, answers, refusals }
    }

    pub(super) fn get(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new("GET", path, id, summary)
    }

    pub(super) fn post(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new("POST", path, id, summary)
    }

    /// A query parameter that may be left out.
    pub(super) fn query(mut self, name: &str, schema: Value) -> Self {
        self.parameters.push(parameter("query", name, false, schema));
        self
    }

    /// A query parameter that must be there.
    pub(super) fn asks(mut self, name: &str, schema: Value) -> Self {
        self.parameters.push(parameter("query", name, true, schema));
        self
    }

    /// A header that a request must have.
    pub(super) fn header(mut self, name: &str, schema: Value) -> Self {
        self.parameters.push(parameter("header", name, true, schema));
        self
    }

    /// The parameter by which a list is turned over.
    pub(super) fn paged(self, spec: Spec<'_>) -> Self {
        // What is no number is the first page.
        let schema =
            json!({ "type": ["integer", "string"], "x-guess": guesses::PAGE_PARAMETER.name });
        self.query(&spec.guesses.word(guesses::PAGE_PARAMETER), schema)
    }

    /// The request's body.
    pub(super) fn body(mut self, schema: Value) -> Self {
        self.body = Some(schema);
        self.refuses(422)
    }

    /// A body that may be sent.
    pub(super) fn example(self, example: Value) -> Self {
        Self { example: Some(example), ..self }
    }

    /// 200 with a model.
    pub(super) fn ok(self, what: &'static str, schema: Value) -> Self {
        self.answers(StatusCode::OK, what, vec![("application/json", schema)])
    }

    /// 201 with a model, and where it is.
    pub(super) fn created(self, what: &'static str, schema: Value) -> Self {
        self.answers(StatusCode::CREATED, what, vec![("application/json", schema)]).located()
    }

    /// 202 with a model whose outcome is not known yet, and where it is.
    pub(super) fn accepted(self, what: &'static str, schema: Value) -> Self {
        self.answers(StatusCode::ACCEPTED, what, vec![("application/json", schema)]).located()
    }

    /// 204.
    pub(super) fn nothing(self, what: &'static str) -> Self {
        self.answers(StatusCode::NO_CONTENT, what, Vec::new())
    }

    /// 200 with the model or 204, as the guess `patch_reply` says.
    pub(super) fn patched(self, spec: Spec<'_>, what: &'static str, schema: Value) -> Self {
        if spec.guesses.is(guesses::PATCH_REPLY, "204") {
            self.nothing(what)
        } else {
            self.ok(what, schema)
        }
    }

    /// The last answer in another media type too.
    pub(super) fn also_as(mut self, media_type: &'static str, schema: Value) -> Self {
        if let Some(last) = self.answers.last_mut() {
            last.content.push((media_type, schema));
        }
        self
    }

    /// 200 in another media type than JSON.
    pub(super) fn report(self, what: &'static str, media_type: &'static str) -> Self {
        self.answers(StatusCode::OK, what, vec![(media_type, json!({ "type": "string" }))])
    }

    /// A link from the last answer to an operation on what it made.
    pub(super) fn leads_to(self, operation: &str, parameter: &str, pointer: &str) -> Self {
        let link = json!({
            "operationId": operation,
            "parameters": { parameter: format!("$response.body#/{pointer}") },
        });
        self.linked(operation, link)
    }

    /// A link whose value goes into the other operation's body; `rest` stands beside it there.
    pub(super) fn feeds(self, operation: &str, name: &str, body: Value) -> Self {
        let mut link = json!({ "operationId": operation });
        if let Value::Object(members) = &mut link {
            members.insert("requestBody".into(), body);
            // The body is whole: one tool would else mix it with one of its own.
            members.insert("x-schemathesis".into(), json!({ "merge_body": false }));
        }
        self.linked(name, link)
    }

    /// A refusal of its own, beside those that the route brings.
    pub(super) fn refuses(mut self, status: u16) -> Self {
        if let Ok(status) = StatusCode::from_u16(status) {
            self.refusals.push(status);
        }
        self
    }

    fn linked(mut self, name: &str, link: Value) -> Self {
        if let Some(last) = self.answers.last_mut() {
            last.links.insert(name.to_owned(), link);
        }
        self
    }

    fn located(mut self) -> Self {
        if let Some(last) = self.answers.last_mut() {
            last.located = true;
        }
        self
    }

    fn answers(
        mut self,
        status: StatusCode,
        what: &'static str,
        content: Vec<(&'static str, Value)>,
    ) -> Self {
        let (located, links) = (false, Map::new());
        self.answers.push(Answered { status, what, content, located, links });
        self
    }

    /// The operation as the description spells it.
    pub(super) fn written(&self, route: &Route) -> Value {
        let tag = route.path.split('/').nth(1).filter(|tag| !tag.is_empty()).unwrap_or("root");
        let mut written = json!({
            "operationId": self.id,
            "summary": self.summary,
            "tags": [tag],
            "security": security(route),
            "parameters": self.all_parameters(route),
            "responses": self.responses(route),
        });
        if let (Value::Object(members), Some(schema)) = (&mut written, &self.body) {
            let media_type = match route.takes {
                Takes::Json | Takes::JsonOrNothing => "application/json",
                Takes::Multipart => "multipart/form-data",
            };
            let mut content = json!({ "schema": schema });
            if let (Value::Object(content), Some(example)) = (&mut content, &self.example) {
                content.insert("example".into(), example.clone());
            }
            let required = route.takes != Takes::JsonOrNothing;
            let body = json!({ "required": required, "content": { media_type: content } });
            members.insert("requestBody".into(), body);
        }
        written
    }

    fn all_parameters(&self, route: &Route) -> Vec<Value> {
        let mut all: Vec<Value> = route.path.split('/').filter_map(path_parameter).collect();
        all.extend(self.parameters.iter().cloned());
        if route.method == "POST" {
            all.push(json!({ "$ref": "#/components/parameters/IdempotencyKey" }));
        }
        all
    }

    fn responses(&self, route: &Route) -> Value {
        let mut responses = Map::new();
        for answer in &self.answers {
            responses.insert(answer.status.as_str().to_owned(), answer.written());
        }
        for status in self.all_refusals(route) {
            let status = status.as_str();
            let refusal = json!({ "$ref": format!("#/components/responses/{status}") });
            responses.insert(status.to_owned(), refusal);
        }
        Value::Object(responses)
    }

    /// What the operation refuses, and what every request to such a route may be refused for.
    fn all_refusals(&self, route: &Route) -> Vec<StatusCode> {
        let mut all = self.refusals.clone();
        all.extend([
            StatusCode::UNAUTHORIZED,
            StatusCode::FORBIDDEN,
            StatusCode::NOT_ACCEPTABLE,
            StatusCode::REQUEST_TIMEOUT,
            StatusCode::PAYLOAD_TOO_LARGE,
            StatusCode::MISDIRECTED_REQUEST,
            StatusCode::TOO_MANY_REQUESTS,
        ]);
        if route.path.contains('{') {
            all.push(StatusCode::NOT_FOUND);
        }
        if matches!(route.method, "POST" | "PUT" | "PATCH") {
            all.extend([StatusCode::BAD_REQUEST, StatusCode::UNSUPPORTED_MEDIA_TYPE]);
        }
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl Answered {
    fn written(&self) -> Value {
        let mut written = json!({ "description": self.what });
        let Value::Object(members) = &mut written else { return written };
        if self.located {
            let location = json!({ "$ref": "#/components/headers/Location" });
            members.insert("headers".into(), json!({ "Location": location }));
        }
        if !self.content.is_empty() {
            let content = self.content.iter();
            let content: Map<String, Value> = content
                .map(|(media_type, schema)| ((*media_type).to_owned(), json!({ "schema": schema })))
                .collect();
            members.insert("content".into(), Value::Object(content));
        }
        if !self.links.is_empty() {
            members.insert("links".into(), Value::Object(self.links.clone()));
        }
        written
    }
}

fn parameter(place: &str, name: &str, required: bool, schema: Value) -> Value {
    let mut written = json!({ "name": name, "in": place, "required": required });
    if let Value::Object(members) = &mut written {
        members.insert("schema".into(), schema);
    }
    written
}

/// A parameter of the path: whatever is no id of the bank's is 404.
fn path_parameter(segment: &str) -> Option<Value> {
    let name = segment.strip_prefix('{')?.strip_suffix('}')?;
    let schema = json!({ "type": "string", "minLength": 1 });
    Some(json!({ "name": name, "in": "path", "required": true, "schema": schema }))
}

fn security(route: &Route) -> Value {
    match route.keys {
        Keys::Only(KeyKind::Secret, _) => json!([{ "secretKey": [] }]),
        Keys::Only(KeyKind::Publishable, _) => json!([{ "publishableKey": [] }]),
        Keys::Either(_) => json!([{ "secretKey": [] }, { "publishableKey": [] }]),
    }
}

/// The header that makes a POST happen once.
pub(super) fn idempotency_key() -> Value {
    json!({
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Within 22 hours, a second request with the same key is answered as the first.",
        "schema": { "type": "string", "pattern": format!("^[\\x20-\\x7e]{{1,{KEY_CHARS_MAX}}}$") },
    })
}

/// The refusals that operations share, by their status.
pub(super) fn refusals(spec: Spec<'_>) -> Map<String, Value> {
    let error = || json!({ "application/json": { "schema": model("Error") } });
    let mut all = Map::new();
    for (status, what) in [
        ("400", "The request is malformed."),
        (
            "401",
            "The API key is missing, unknown or expired, or its caller's address is not listed.",
        ),
        ("403", "The API key is of the other kind, or the facility's set-up is not complete."),
        ("404", "There is no such resource."),
        ("406", "Accept names no media type that the resource has."),
        ("409", "Another request was there first."),
        ("415", "Content-Type is not what the resource takes."),
        ("421", "The request was addressed to the bank, and this is a sandbox."),
        ("422", "Fields are wrong."),
        (
            "429",
            "Too many requests at once, one under the same Idempotency-Key, or too many tokens.",
        ),
        ("503", "3-D Secure is not allowed for the facility."),
    ] {
        all.insert(status.to_owned(), json!({ "description": what, "content": error() }));
    }
    let problem = || json!({ "application/problem+json": { "schema": model("Problem") } });
    for (status, what) in
        [("408", "The body took too long to arrive."), ("413", "The body is too large.")]
    {
        all.insert(status.to_owned(), json!({ "description": what, "content": problem() }));
    }
    let refused = json!({ "$ref": "#/components/schemas/Error", "required": ["errors"] });
    let sets: [(&str, Value); 2] = [
        ("401", json!({ "WWW-Authenticate": { "$ref": "#/components/headers/WWW-Authenticate" } })),
        ("429", json!({ "Retry-After": { "$ref": "#/components/headers/Retry-After" } })),
    ];
    let sends_retry_after = spec.guesses.number(guesses::RETRY_AFTER) > 0;
    for (status, headers) in sets {
        if let Some(Value::Object(response)) = all.get_mut(status)
            && (status == "401" || sends_retry_after)
        {
            response.insert("headers".into(), headers);
        }
    }
    if let Some(Value::Object(response)) = all.get_mut("422") {
        let content = json!({ "application/json": { "schema": refused } });
        response.insert("content".into(), content);
    }
    all
}
