//! Any resource of the bank, asked for by a person: with the kind of key it takes, sent again only
//! where the bank's table lets the same be sent again without a reading in between.
//!
//! It stands beside a facility's task, not in it: a call may wait for minutes, and a renewal must not
//! wait with it. The task lends it the key readers are given; nothing here writes anything.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::commands::{not_now, refused};
use super::facility::{Refused, RefusedKind};
use super::look::read_bounded;
use super::parts::{Chance, Parts};
use crate::clock::Clock;
use crate::domain::class::Class;
use crate::domain::condition::Condition;
use crate::domain::names::Environment;
use crate::domain::product::Product;
use crate::domain::retry::{Action, Earlier, JITTER_MAX, Rule, STATUSES};
use crate::key::KeyText;
use crate::quickstream::ask::{Ask, Body, IdempotencyKey, Verb};
use crate::quickstream::by_hand::{Shown, Wanted};
use crate::quickstream::routes::{self, Form, Found, KeyKind, Method};
use crate::quickstream::upload::Upload;
use crate::quickstream::{Client, Fault, Priority, PublishableKey};

/// How often one request is sent at most: a person waits for the answer.
const SENDS_MAX: u32 = 3;

/// The longest wait before it is sent again, however much longer the bank asks for.
const WAIT_MAX: Duration = Duration::from_mins(2);

/// What stands before the secret part of a secret key.
const KEY_MARK: &str = "_SEC_";

/// The endpoint in metrics of what the documents do not have.
const ELSEWHERE: &str = "other";

/// What asking by hand is made from.
#[derive(Clone, Debug)]
pub struct ByHandParts {
    /// Where the facility lives.
    pub environment: Environment,
    /// Whose resources they are.
    pub product: Product,
    /// The way to the bank.
    pub bank: Client,
    /// What time it is.
    pub clock: Clock,
    /// What decides jitter.
    pub chance: Chance,
    /// The secret key readers are given now.
    pub current: watch::Receiver<Option<KeyText>>,
    /// The file of the publishable key.
    pub publishable: Option<PathBuf>,
}

impl ByHandParts {
    /// Those of a facility's task.
    pub(super) fn of(parts: &Parts, current: watch::Receiver<Option<KeyText>>) -> Self {
        Self {
            environment: parts.settings.environment,
            product: parts.settings.product,
            bank: parts.bank.clone(),
            clock: parts.clock.clone(),
            chance: parts.chance.clone(),
            current,
            publishable: parts.settings.publishable_key.clone(),
        }
    }
}

/// Asks the bank for what a person wants; cheap to clone.
#[derive(Clone, Debug)]
pub struct ByHand(Arc<ByHandParts>);

/// What a person wants.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The method.
    pub method: Method,
    /// The path below the base URL, with its query.
    pub path: String,
    /// What is sent; `None` for no body.
    pub body: Option<Body>,
    /// The file that is sent, in place of a body.
    pub file: Option<Upload>,
    /// What is to come back.
    pub wanted: Wanted,
    /// The name of what is meant to happen once; for POST alone.
    pub idempotency_key: Option<IdempotencyKey>,
    /// Whether something may have been sent under that name before.
    pub earlier: Earlier,
    /// Which key to send to a resource that the documents do not have.
    pub key: Option<KeyKind>,
}

/// What is sent for a wish.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The kind of key.
    pub key: KeyKind,
    /// The route's template; `other` for what the documents do not have.
    pub endpoint: &'static str,
    form: Form,
    ask: Ask,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Answered {
    /// What the bank answered.
    pub shown: Shown,
    /// How often it was sent.
    pub sends: u32,
}

impl ByHand {
    /// Gets ready; nothing is sent.
    pub fn new(parts: ByHandParts) -> Self {
        Self(Arc::new(parts))
    }

    /// Says what would be sent for a wish, and sends nothing.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it, and what would be right.
    pub fn plan(&self, wish: &Wish) -> Result<Plan, Refused> {
        let method = wish.method;
        if self.0.environment == Environment::Production && method != Method::Get {
            let sentence = "in production a resource is only read by hand; what changes \
                            something there has a command of its own";
            return Err(not_now("get_only", sentence));
        }
        if holds_key(wish) {
            let sentence = "it holds what is marked as a secret key, which goes nowhere but into the \
                            header the daemon sends";
            return Err(bad(sentence.to_owned()));
        }
        if !wish.path.starts_with('/') {
            let right =
                "the path begins with a slash and stands below the base URL, such as /customers";
            return Err(bad(right.to_owned()));
        }
        let (endpoint, key, form) = self.route(wish)?;
        let verb = verb(wish)?;
        let ask = Ask::new(endpoint, verb, wish.path.clone(), Priority::Command)
            .map_err(|fault| bad(format!("the path cannot be asked for: {}", fault.detail)))?;
        Ok(Plan { key, endpoint, form, ask })
    }

    /// Sends what a plan says, and again as the bank's table lets it be.
    ///
    /// # Errors
    ///
    /// Says what the bank, or the way to it, had against it. `Unclear` if it may have had its effect.
    pub async fn carry_out(&self, wish: &Wish, plan: Plan) -> Result<Answered, Refused> {
        let key = self.key(plan.key)?;
        let mut sends = 0;
        loop {
            sends += 1;
            let asked = match plan.form {
                Form::Report => self.report(&key, wish, &plan).await,
                Form::Json | Form::Table | Form::Upload | Form::Key => {
                    self.0.bank.ask_by_hand(&key, plan.ask.clone()).await
                }
            };
            let fault = match asked {
                Ok(shown) => return Ok(Answered { shown, sends }),
                Err(fault) => fault,
            };
            // What is sent again below was turned away or never sent: it leaves no copy behind.
            let rule = fault.advice(wish.method.kind(), wish.earlier);
            let wait = rule.wait(fault.retry_after, 0);
            if rule.action != Action::SendAgain || sends >= SENDS_MAX || wait > WAIT_MAX {
                return Err(told(wish, &fault, rule, sends));
            }
            self.0.clock.sleep(wait + JITTER_MAX.mul_f64(self.0.chance.draw())).await;
        }
    }

    async fn report(&self, key: &KeyText, wish: &Wish, plan: &Plan) -> Result<Shown, Fault> {
        let (path, wanted) = (wish.path.clone(), wish.wanted);
        self.0.bank.report_by_hand(key, plan.endpoint, path, wanted).await
    }

    /// The route's template, the kind of key it takes and how it is spoken.
    fn route(&self, wish: &Wish) -> Result<(&'static str, KeyKind, Form), Refused> {
        let found = match self.0.product {
            Product::QuickStream => routes::find(wish.method, &wish.path),
            // Their documents are not in the table.
            Product::PayWay | Product::PaymentsPlus => Found::Nothing,
        };
        let method = wish.method.label();
        let latest = self.0.product.data().latest_key_path;
        if routes::means(&wish.path, latest) {
            let sentence = format!(
                "{latest} answers with a secret key, and is asked at most so often a day; the \
                 daemon asks it: quaymaster key renew"
            );
            return Err(refused(RefusedKind::BadInput, "not_by_hand", sentence));
        }
        match found {
            Found::Route(route) => {
                let form = spoken(route.form, wish)
                    .map_err(|why| bad(format!("{method} {} {why}", route.path)))?;
                if wish.key.is_some_and(|key| key != route.key) {
                    let takes = route.key.label();
                    return Err(bad(format!("{method} {} takes a {takes} key", route.path)));
                }
                Ok((route.path, route.key, form))
            }
            Found::OtherMethods(methods) => {
                let sentence = format!("the documents have this path with {}", methods.join(", "));
                wish.key.map(|key| elsewhere(key, wish)).ok_or_else(|| unknown(sentence))
            }
            Found::Nothing => {
                let sentence = "the documents have no such path, so it is not known which kind of \
                                key it takes";
                wish.key.map(|key| elsewhere(key, wish)).ok_or_else(|| unknown(sentence.to_owned()))
            }
        }
    }

    fn key(&self, kind: KeyKind) -> Result<KeyText, Refused> {
        match kind {
            KeyKind::Secret => self.0.current.borrow().clone().ok_or_else(|| {
                not_now(Condition::NoKey.label(), "readers are given no key at the moment")
            }),
            KeyKind::Publishable => self.publishable(),
        }
    }

    /// The publishable key, read anew each time: a person may have put another one there.
    fn publishable(&self) -> Result<KeyText, Refused> {
        let none = |what: String| not_now("no_publishable_key", what);
        let path = self.0.publishable.as_ref().ok_or_else(|| {
            none("this resource takes a publishable key, and the settings name none".to_owned())
        })?;
        let file = path.display();
        let bytes = read_bounded(path).map_err(|error| {
            none(format!("the publishable key in {file} cannot be read: {error}"))
        })?;
        let parsed =
            std::str::from_utf8(&bytes).ok().and_then(|text| PublishableKey::parse(text).ok());
        let key = parsed.ok_or_else(|| none(format!("{file} holds no publishable key")))?;
        Ok(key.key().clone())
    }
}

/// What the documents do not have is taken for what most of the API is.
const fn elsewhere(key: KeyKind, wish: &Wish) -> (&'static str, KeyKind, Form) {
    let form = match wish.wanted {
        Wanted::Usual => Form::Json,
        Wanted::Table => Form::Report,
    };
    (ELSEWHERE, key, form)
}

/// How a resource of the documents is spoken for a wish, or why it cannot be.
fn spoken(form: Form, wish: &Wish) -> Result<Form, &'static str> {
    match (form, wish.file.is_some(), wish.wanted) {
        (Form::Key, ..) => Err("answers with a secret key"),
        (Form::Upload, false, _) => Err("takes a payment file: --file PATH"),
        (Form::Json | Form::Report | Form::Table, true, _) => Err("takes no file"),
        (Form::Json | Form::Upload, _, Wanted::Table) => {
            Err("answers with JSON alone; GET /transactions and GET /payto-agreements give a table")
        }
        (Form::Table, false, Wanted::Table) => Ok(Form::Report),
        (form, ..) => Ok(form),
    }
}

fn bad(sentence: String) -> Refused {
    refused(RefusedKind::BadInput, "bad_wish", sentence)
}

fn unknown(sentence: String) -> Refused {
    refused(RefusedKind::BadInput, "unknown_resource", sentence)
}

/// Whether something that is marked as a secret key stands where it would be repeated: by the bank's
/// log and ours, and by whatever keeps what was sent.
fn holds_key(wish: &Wish) -> bool {
    let body = wish.body.as_ref().map(|body| body.0.to_string());
    let name = wish.idempotency_key.as_ref().map(IdempotencyKey::as_str);
    let file = wish.file.as_ref().map(|upload| upload.file.text());
    let texts = [Some(wish.path.as_str()), body.as_deref(), file.as_deref(), name];
    texts.into_iter().flatten().any(|text| {
        let text = text.to_ascii_uppercase();
        let mut tails = text.split(KEY_MARK).skip(1);
        tails.any(|tail| tail.starts_with(|c: char| c.is_ascii_alphanumeric()))
    })
}

/// The method with what belongs to it, and with nothing else.
fn verb(wish: &Wish) -> Result<Verb, Refused> {
    let method = wish.method.label();
    if wish.idempotency_key.is_some() && wish.method != Method::Post {
        return Err(bad(format!("the bank takes no idempotency key with {method}")));
    }
    if let Some(upload) = &wish.file {
        return match (wish.method, &wish.body, &wish.idempotency_key) {
            (Method::Post, None, Some(key)) => Ok(Verb::Upload(key.clone(), upload.clone())),
            (Method::Post, Some(_), _) => Err(bad("a file goes alone, without data".to_owned())),
            _ => Err(bad(format!("{method} takes no file"))),
        };
    }
    if wish.wanted == Wanted::Table && wish.method != Method::Get {
        return Err(bad(format!("{method} answers with no table")));
    }
    match (wish.method, wish.body.clone()) {
        (Method::Get, None) => Ok(Verb::Get),
        (Method::Delete, None) => Ok(Verb::Delete),
        (Method::Get | Method::Delete, Some(_)) => Err(bad(format!("{method} takes no body"))),
        (Method::Put | Method::Patch, None) => Err(bad(format!("{method} needs a body"))),
        (Method::Put, Some(body)) => Ok(Verb::Put(body)),
        (Method::Patch, Some(body)) => Ok(Verb::Patch(body)),
        (Method::Post, body) => {
            let key = wish.idempotency_key.clone();
            let key = key.ok_or_else(|| bad("POST needs an idempotency key".to_owned()))?;
            Ok(Verb::Post(key, body.unwrap_or(Body::NONE)))
        }
    }
}

/// A fault, for the person who asked.
fn told(wish: &Wish, fault: &Fault, rule: &Rule, sends: u32) -> Refused {
    let times = if sends > 1 { format!(" (sent {sends} times)") } else { String::new() };
    let what = format!("{}{times}", plainly(fault));
    if wish.method != Method::Get && is_unclear(rule) {
        let named = wish
            .idempotency_key
            .as_ref()
            .map_or_else(String::new, |key| format!(" The idempotency key is {}.", key.as_str()));
        let (why, next) = (rule.sentence, rule.action.sentence());
        let sentence = format!("{what}. {why}{named} What to do: {next}");
        return refused(RefusedKind::Unclear, "bank_unclear", sentence);
    }
    // A status is the bank's answer to this request; anything else is the matter of the way there.
    let condition = fault.condition().filter(|_| answered(fault).is_none());
    let label = condition.map_or("bank_refused", Condition::label);
    let word =
        answered(fault).map_or_else(|| fault.label().to_owned(), |status| status.to_string());
    let sentence = format!("{what}; to see what follows: quaymaster explain {word}");
    refused(RefusedKind::Refused, label, sentence)
}

/// The status, if it is all that is the matter.
fn answered(fault: &Fault) -> Option<u16> {
    fault.status.filter(|_| fault.kind.is_status())
}

/// What happened, in the bank's own words where it has some.
fn plainly(fault: &Fault) -> String {
    let Some(status) = answered(fault) else { return fault.to_string() };
    let name = STATUSES.iter().find(|known| known.code == status).map_or("", |known| known.name);
    let detail = fault.detail.trim_end_matches('.');
    let colon = if detail.is_empty() { "" } else { ": " };
    format!("the bank answered {status} {name}{colon}{detail}")
}

/// Whether it may have been done, or has to be read before anything else is sent.
fn is_unclear(rule: &Rule) -> bool {
    rule.class == Some(Class::Unclear)
        || matches!(
            rule.action,
            Action::QueryThenSendAgain | Action::QueryThenAsCommandSays | Action::QueryOnly
        )
}
