//! Holds every exchange of a test's sandbox against the sandbox's own description: the status is one
//! that the operation has, the headers are there, the body is what the description says, and what
//! the sandbox carried out was sent as the description asks.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::Validator;
use quaymaster::sandbox::{Exchange, Watcher, openapi_document};
use serde_json::{Map, Value, json};

/// What a sandbox did that its description does not say. Fails the test when it goes, unless the
/// test has failed already.
#[derive(Debug, Default)]
pub(crate) struct Described(Arc<Mutex<Vec<String>>>);

impl Described {
    /// What the sandbox is started with.
    pub(crate) fn watcher(&self) -> Watcher {
        let found = Arc::clone(&self.0);
        Watcher::new(move |exchange| {
            if let Err(violation) = check(exchange) {
                let request = exchange.request;
                let (status, body) = (exchange.reply.status, &exchange.reply.body);
                let body = String::from_utf8_lossy(body);
                let sent = String::from_utf8_lossy(&request.body);
                let told =
                    format!("{request:?}: {violation}\n  sent {sent}\n  got {status} {body}");
                lock(&found).push(told);
            }
        })
    }

    /// What was found so far.
    pub(crate) fn violations(&self) -> Vec<String> {
        lock(&self.0).clone()
    }
}

impl Drop for Described {
    fn drop(&mut self) {
        let violations = self.violations();
        if !std::thread::panicking() {
            assert!(violations.is_empty(), "not as described:\n{}", violations.join("\n"));
        }
    }
}

/// A description with the schemas that were needed of it, made once.
struct Book {
    document: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Book {
    /// The description under these guesses.
    fn under(switched: &Map<String, Value>) -> Arc<Self> {
        static BOOKS: LazyLock<Mutex<HashMap<String, Arc<Book>>>> = LazyLock::new(Mutex::default);
        let name = json!(switched).to_string();
        let mut books = lock(&BOOKS);
        let book = books.entry(name).or_insert_with(|| {
            let (document, validators) = (openapi_document(switched), Mutex::default());
            Arc::new(Self { document, validators })
        });
        Arc::clone(book)
    }

    /// What a reference stands for, or the thing itself.
    fn resolved<'a>(&'a self, thing: &'a Value) -> &'a Value {
        let pointer = thing["$ref"].as_str().and_then(|it| it.strip_prefix('#'));
        pointer.map_or(thing, |pointer| self.document.pointer(pointer).unwrap())
    }

    /// Holds a value against the schema that is kept under `name`.
    fn validate(&self, name: &str, schema: &Value, value: &Value) -> Result<(), String> {
        let mut validators = lock(&self.validators);
        let validator = validators.entry(name.to_owned()).or_insert_with(|| {
            let components = &self.document["components"];
            let whole = json!({ "allOf": [schema], "components": components });
            let options = jsonschema::draft202012::options().should_validate_formats(true);
            Arc::new(options.build(&whole).unwrap())
        });
        let validator = Arc::clone(validator);
        drop(validators);
        let errors = validator.iter_errors(value);
        let errors = errors.map(|error| format!("{name}: {} at {}", error, error.instance_path()));
        let errors: Vec<String> = errors.collect();
        if errors.is_empty() { Ok(()) } else { Err(errors.join("; ")) }
    }
}

fn check(exchange: &Exchange<'_>) -> Result<(), String> {
    let (request, reply) = (exchange.request, exchange.reply);
    if exchange.spoilt || exchange.replayed {
        return Ok(());
    }
    let book = Book::under(&exchange.switched);
    let status = reply.status.as_str();
    let Some(route) = exchange.route else {
        // Nothing is described where there is no route, but every error has the bank's body.
        let expected = ["404", "405", "421", "501"].contains(&status);
        let body = serde_json::from_slice(&reply.body).unwrap_or_default();
        let error = json!({ "$ref": "#/components/schemas/Error" });
        return if expected {
            book.validate("Error", &error, &body)
        } else {
            Err(format!("{status} where there is no route"))
        };
    };
    let verb = request.method().as_str().to_ascii_lowercase();
    let operation = &book.document["paths"][route][&verb];
    let name = format!("{verb} {route}");
    let described = &operation["responses"][status];
    if described.is_null() {
        return Err(format!("{name} describes no {status}"));
    }
    check_reply(&book, exchange, &format!("{name} {status}"), book.resolved(described))?;
    if reply.status.is_success() {
        check_request(&book, exchange, &name, operation)?;
    }
    Ok(())
}

fn check_reply(
    book: &Book,
    exchange: &Exchange<'_>,
    name: &str,
    described: &Value,
) -> Result<(), String> {
    let reply = exchange.reply;
    for (header, schema) in described["headers"].as_object().into_iter().flatten() {
        let sent = reply.headers.get(header).and_then(|value| value.to_str().ok());
        let sent = sent.ok_or_else(|| format!("{name} has no {header}"))?;
        book.validate(header, &book.resolved(schema)["schema"], &json!(sent))?;
    }
    let Some(content) = described["content"].as_object() else {
        let empty = reply.body.is_empty();
        return if empty { Ok(()) } else { Err(format!("{name} has a body")) };
    };
    let media_type = reply.headers.get("content-type").and_then(|value| value.to_str().ok());
    let media_type = media_type.and_then(|value| value.split(';').next()).unwrap_or_default();
    let described = content.get(media_type).ok_or_else(|| format!("{name} as {media_type}"))?;
    let value = if media_type.ends_with("json") {
        serde_json::from_slice(&reply.body).map_err(|error| format!("{name}: {error}"))?
    } else {
        Value::from(String::from_utf8_lossy(&reply.body))
    };
    book.validate(&format!("{name} {media_type}"), &described["schema"], &value)
}

/// What was carried out was asked for as described.
fn check_request(
    book: &Book,
    exchange: &Exchange<'_>,
    name: &str,
    operation: &Value,
) -> Result<(), String> {
    let request = exchange.request;
    let query = form_urlencoded::parse(request.query().unwrap_or_default().as_bytes());
    let query: HashMap<String, String> = query.into_owned().collect();
    for parameter in operation["parameters"].as_array().unwrap() {
        let parameter = book.resolved(parameter);
        let called = parameter["name"].as_str().unwrap();
        let sent = match parameter["in"].as_str() {
            Some("query") => query.get(called).map(String::as_str),
            Some("header") => request.header(called),
            _ => continue,
        };
        match sent {
            Some(sent) => {
                let name = format!("{name} {called}");
                book.validate(&name, &parameter["schema"], &json!(sent))?;
            }
            None if parameter["required"] == true => return Err(format!("{name} lacks {called}")),
            None => {}
        }
    }
    let described = &operation["requestBody"]["content"]["application/json"]["schema"];
    if described.is_null() {
        return Ok(());
    }
    let body = serde_json::from_slice(&request.body).unwrap_or_default();
    book.validate(&format!("{name} body"), described, &body)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
