//! AWS Secrets Manager, played strictly and in this process: the same calls on the wire, with the
//! documented behaviour that other fakes leave out. Data stored under a used id is refused, a text
//! has a longest length, a version without labels vanishes, reads may lag, and any call can be made
//! to fail before it acts, or to act and lose its answer.
//!
//! It also holds our side to our own rules: a request that is not signed, or a `PutSecretValue`
//! without token or labels, is a mistake that ends the test.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use quaymaster::domain::names::StoreName;
use quaymaster::secrets::aws::AwsOptions;
use quaymaster::settings::model::AwsStore;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use self::secret::Secret;
pub(crate) use self::secret::{Refusal, Unlabelled};

#[path = "fake_aws/people.rs"]
mod people;
#[path = "fake_aws/request.rs"]
mod request;
#[path = "fake_aws/secret.rs"]
mod secret;
#[path = "fake_aws/trap.rs"]
mod trap;

/// The key id whose requests are accepted.
const KEY_ID: &str = "AKIDFAKE";

/// A call that can be made, by AWS's name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Operation {
    Describe,
    Get,
    Create,
    Put,
    UpdateStage,
}

impl Operation {
    pub(crate) const ALL: [Operation; 5] =
        [Self::Describe, Self::Get, Self::Create, Self::Put, Self::UpdateStage];

    /// Whether it changes anything.
    pub(crate) fn writes(self) -> bool {
        !matches!(self, Self::Describe | Self::Get)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Describe => "DescribeSecret",
            Self::Get => "GetSecretValue",
            Self::Create => "CreateSecret",
            Self::Put => "PutSecretValue",
            Self::UpdateStage => "UpdateSecretVersionStage",
        }
    }
}

/// What is to go wrong with a call.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// Nothing is done, and the answer is this status and code.
    Refuse(u16, &'static str),
    /// Nothing is done, and the connection is cut.
    CutBefore,
    /// It is done, and the connection is cut before the answer.
    CutAfter,
    /// It is done after a while.
    Delay(Duration),
    /// The answer is this text, whatever it is.
    Answer(u16, String),
}

/// One call as it was made, without its secret.
#[derive(Clone, Debug)]
pub(crate) struct Logged {
    pub(crate) operation: Operation,
    pub(crate) request: Value,
    /// The code of the refusal, if it was one.
    pub(crate) refused: Option<String>,
}

#[derive(Default)]
struct State {
    secrets: BTreeMap<String, Secret>,
    /// As it was before the last write; what a lagging read sees.
    before: BTreeMap<String, Secret>,
    stale_reads: usize,
    unlabelled: Unlabelled,
    faults: Vec<(Option<Operation>, Fault, usize)>,
    trap: trap::Trap,
    log: Vec<Logged>,
    /// What our side did against its own rules.
    mistakes: Vec<String>,
    /// Steps of a generator by which each call is delayed, so that racing callers interleave.
    shuffle: Option<u64>,
}

/// The fake, listening until it is dropped.
pub(crate) struct FakeAws {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    server: JoinHandle<()>,
}

impl FakeAws {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state: Arc<Mutex<State>> = Arc::default();
        let server = tokio::spawn(serve(listener, Arc::clone(&state)));
        Self { address, state, server }
    }

    /// The settings of a store at this fake.
    pub(crate) fn settings(&self, secret_id: &str, field: Option<&str>) -> AwsStore {
        settings(format!("http://{}", self.address), secret_id, field)
    }

    /// Fails the next `times` calls of `operation` (of any, if `None`).
    pub(crate) fn fault(&self, operation: Option<Operation>, fault: Fault, times: usize) {
        self.state().faults.push((operation, fault, times));
    }

    /// Takes every fault away that is still to come; returns how many there were.
    pub(crate) fn calm(&self) -> usize {
        let left = self.state().faults.iter().map(|(_, _, times)| *times).sum();
        self.state().faults.clear();
        left
    }

    /// Answers the next reads as if the last write had not happened yet.
    pub(crate) fn stale_reads(&self, calls: usize) {
        self.state().stale_reads = calls;
    }

    pub(crate) fn unlabelled(&self, unlabelled: Unlabelled) {
        self.state().unlabelled = unlabelled;
    }

    /// Delays calls by amounts that follow from `seed`.
    pub(crate) fn shuffle(&self, seed: u64) {
        self.state().shuffle = Some(seed.max(1));
    }

    /// Every call made so far.
    pub(crate) fn log(&self) -> Vec<Logged> {
        self.state().log.clone()
    }

    /// How many calls of `operation` were made.
    pub(crate) fn count(&self, operation: Operation) -> usize {
        self.state().log.iter().filter(|call| call.operation == operation).count()
    }

    /// The calls made so far that could change something.
    pub(crate) fn writes(&self) -> Vec<Logged> {
        self.log().into_iter().filter(|call| call.operation.writes()).collect()
    }

    /// What a secret holds: the text of the version with a label.
    pub(crate) fn text(&self, secret_id: &str, label: &str) -> Option<String> {
        let state = self.state();
        let version = state.secrets.get(secret_id)?.holder(label)?.clone();
        Some(state.secrets.get(secret_id)?.versions.get(&version)?.text.clone())
    }

    /// Every version of a secret with its labels, sorted.
    pub(crate) fn versions(&self, secret_id: &str) -> BTreeMap<String, Vec<String>> {
        let state = self.state();
        let versions = state.secrets.get(secret_id).map(|secret| &secret.versions);
        let versions = versions.into_iter().flatten();
        versions.map(|(id, version)| (id.clone(), version.sorted_labels())).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl Drop for FakeAws {
    fn drop(&mut self) {
        self.server.abort();
        if !std::thread::panicking() {
            let mistakes = &self.state().mistakes;
            assert!(mistakes.is_empty(), "{mistakes:?}");
        }
    }
}

/// The settings of a store at an endpoint.
pub(crate) fn settings(endpoint: String, secret_id: &str, field: Option<&str>) -> AwsStore {
    AwsStore {
        name: StoreName::new(format!("aws-secrets-manager:{secret_id}")).unwrap(),
        secret_id: secret_id.to_owned(),
        region: Some("ap-southeast-2".to_owned()),
        field: field.map(str::to_owned),
        endpoint_url: Some(endpoint),
        create: true,
        kms_key_id: Some("alias/quaymaster".to_owned()),
        tags: vec![("team".to_owned(), "payments".to_owned())],
    }
}

/// Credentials of the fake's, and limits that fail soon.
pub(crate) fn options(attempts: u32) -> AwsOptions {
    options_of(KEY_ID, attempts)
}

pub(crate) fn options_of(key_id: &str, attempts: u32) -> AwsOptions {
    let credentials = Credentials::new(key_id, "a secret of nobody", None, None, "test");
    AwsOptions {
        credentials: Some(SharedCredentialsProvider::new(credentials)),
        attempts,
        ..AwsOptions::default()
    }
}

async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        connections.spawn(async move {
            let service = service_fn(move |request| answer(request, Arc::clone(&state)));
            let http = hyper::server::conn::http1::Builder::new();
            // A connection that was cut on purpose ends with an error, as it should.
            drop(http.serve_connection(TokioIo::new(stream), service).await);
        });
    }
}

/// An error of this type makes the server cut the connection.
#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cut on purpose")
    }
}

impl std::error::Error for Cut {}

impl From<Infallible> for Cut {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

async fn answer(
    request: Request<Incoming>,
    state: Arc<Mutex<State>>,
) -> Result<Response<Full<Bytes>>, Cut> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
    let (operation, input) = match request::parse(&head, &body, KEY_ID) {
        Ok(parsed) => parsed,
        Err(refusal) => {
            if refusal.code == request::MALFORMED {
                lock(&state).mistakes.push(refusal.message.clone());
            }
            return Ok(refused(&refusal));
        }
    };
    let pauses = lock(&state).pauses();
    for _ in 0..pauses {
        tokio::task::yield_now().await;
    }
    let fault = lock(&state).next_fault(operation, &input);
    match &fault {
        Some(Fault::CutBefore) => {
            lock(&state).note(operation, &input, Some("cut before".to_owned()));
            return Err(Cut);
        }
        Some(Fault::Refuse(status, code)) => {
            lock(&state).note(operation, &input, Some((*code).to_owned()));
            let message = format!("injected; the request was {input}");
            return Ok(refused(&Refusal { status: *status, code, message }));
        }
        Some(Fault::Answer(status, text)) => {
            lock(&state).note(operation, &input, Some("other answer".to_owned()));
            return Ok(reply(*status, text.clone()));
        }
        Some(Fault::Delay(length)) => tokio::time::sleep(*length).await,
        Some(Fault::CutAfter) | None => {}
    }
    let outcome = lock(&state).act(operation, &input);
    if matches!(fault, Some(Fault::CutAfter)) {
        return Err(Cut);
    }
    Ok(match outcome {
        Ok(output) => reply(200, output.to_string()),
        Err(refusal) => refused(&refusal),
    })
}

fn refused(refusal: &Refusal) -> Response<Full<Bytes>> {
    reply(refusal.status, json!({ "__type": refusal.code, "Message": refusal.message }).to_string())
}

fn reply(status: u16, body: String) -> Response<Full<Bytes>> {
    Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.1")
        .body(Full::from(body))
        .unwrap()
}

impl State {
    fn next_fault(&mut self, operation: Operation, input: &Value) -> Option<Fault> {
        if let Some(fault) = self.trap.spring(operation, input) {
            return Some(fault);
        }
        let index = self
            .faults
            .iter()
            .position(|(of, _, times)| *times > 0 && of.is_none_or(|of| of == operation))?;
        self.faults[index].2 -= 1;
        Some(self.faults[index].1.clone())
    }

    /// How many times the call stands aside for others, by a xorshift generator.
    fn pauses(&mut self) -> u64 {
        let Some(shuffle) = &mut self.shuffle else { return 0 };
        *shuffle ^= *shuffle << 13;
        *shuffle ^= *shuffle >> 7;
        *shuffle ^= *shuffle << 17;
        *shuffle % 8
    }

    fn note(&mut self, operation: Operation, input: &Value, refused: Option<String>) {
        let mut request = input.clone();
        if let Some(fields) = request.as_object_mut() {
            fields.remove("SecretString");
        }
        self.log.push(Logged { operation, request, refused });
    }

    fn act(&mut self, operation: Operation, input: &Value) -> Result<Value, Refusal> {
        let outcome = if operation.writes() {
            let before = self.secrets.clone();
            let outcome = self.write(operation, input);
            if outcome.is_ok() {
                self.before = before;
            }
            outcome
        } else {
            self.look(operation, input)
        };
        let refused = outcome.as_ref().err().map(|refusal| refusal.code.to_owned());
        self.note(operation, input, refused);
        outcome
    }

    fn look(&mut self, operation: Operation, input: &Value) -> Result<Value, Refusal> {
        let stale = self.stale_reads > 0;
        self.stale_reads = self.stale_reads.saturating_sub(1);
        let secrets = if stale { &self.before } else { &self.secrets };
        let secret = secret::find(secrets, input)?;
        if operation == Operation::Describe { Ok(secret.described()) } else { secret.value(input) }
    }

    fn write(&mut self, operation: Operation, input: &Value) -> Result<Value, Refusal> {
        if operation == Operation::Create {
            return secret::create(&mut self.secrets, input);
        }
        if operation == Operation::Put && input.get("VersionStages").is_none() {
            self.mistakes.push("PutSecretValue without VersionStages".to_owned());
        }
        let unlabelled = self.unlabelled;
        let name = secret::find(&self.secrets, input)?.name.clone();
        let secret = self.secrets.get_mut(&name).unwrap();
        if operation == Operation::Put {
            secret.put(input, unlabelled)
        } else {
            secret.update_stage(input, unlabelled)
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
