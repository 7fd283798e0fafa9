//! Faults: rules that spoil replies. They are evaluated in order and the first that matches strikes.
//!
//! Which requests a rule with a probability strikes depends on the seed, on the rule's id and on how
//! many requests it has looked at, and on nothing else.

use std::collections::BTreeMap;

use hyper::header::{HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::dice::Dice;

/// The longest delay, in milliseconds: longer than any client waits.
const LATENCY_MS_MAX: u64 = 600_000;

/// The largest spoilt body, in bytes.
const BYTES_MAX: usize = 64 * 1024 * 1024;

/// The size of an oversized body where none is given, in bytes.
const BYTES_DEFAULT: usize = 1024 * 1024;

/// Rules held at once.
const RULES_MAX: usize = 1000;

/// One rule, as `/_sandbox/faults` takes it. A field left out matches everything, or changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fault {
    /// The verb it strikes.
    pub method: Option<String>,
    /// The path it strikes, below `/rest/v1`: `/` alone is the root, a template such as
    /// `/businesses/{supplierBusinessCode}` is one resource, anything else is a beginning.
    pub path: Option<String>,
    /// The facility it strikes, by the key sent.
    pub facility: Option<String>,
    /// The share of matching requests it strikes, 0 to 1; 1 if left out.
    pub probability: Option<f64>,
    /// How often it strikes before it is used up.
    pub times: Option<u64>,
    /// How long the reply is held back, in real milliseconds; the request counts as in flight.
    pub latency_ms: u64,
    /// Answers this status.
    pub status: Option<u16>,
    /// The body of that answer: JSON, or a string that is sent as HTML; the usual error body if left
    /// out.
    pub body: Option<Value>,
    /// Headers added to the answer.
    pub headers: BTreeMap<String, String>,
    /// Whether the bank carries the request out although it answers `status`.
    pub acted: bool,
    /// Cuts the connection.
    pub cut: Option<CutAt>,
    /// Spoils the body of the real reply.
    pub malformed: Option<Malformed>,
    /// The size of what `malformed` makes large, in bytes.
    pub bytes: Option<usize>,
}

/// When the connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CutAt {
    /// Before the bank did anything.
    Before,
    /// After it acted, before it said so.
    After,
    /// Within the reply's body.
    Within,
}

/// How a body is spoilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Malformed {
    /// A page for people.
    Html,
    /// Nothing at all.
    Empty,
    /// JSON that stops in the middle.
    TruncatedJson,
    /// Every member twice, with another value first.
    DuplicateKeys,
    /// A member of so many bytes more.
    Oversized,
    /// Lists within lists, so deep.
    Deep,
    /// A byte that is no UTF-8.
    InvalidUtf8,
    /// Every member of another type.
    WrongTypes,
    /// Members nobody knows, and the known ones in another order; the bank says it may do this.
    UnknownMembers,
    /// No `key`.
    MissingKey,
    /// `key` is null.
    NullKey,
    /// `key` is the empty text.
    EmptyKey,
    /// `key` ends in a line end and a header of its own.
    KeyWithCrlf,
    /// `key` has a letter that is no ASCII.
    NonAsciiKey,
    /// `key` is so many bytes long.
    LongKey,
}

impl Fault {
    /// Checks a rule.
    ///
    /// # Errors
    ///
    /// What is wrong with it, naming the field.
    fn check(&self) -> Result<(), String> {
        let wrong = |text: &str| Err(text.to_owned());
        if self.probability.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
            return wrong("probability is from 0 to 1");
        }
        if self.status.is_some_and(|status| !(200..=599).contains(&status)) {
            return wrong("status is from 200 to 599");
        }
        if self.latency_ms > LATENCY_MS_MAX {
            return wrong("latency_ms is at most 600000");
        }
        if self.bytes.is_some_and(|bytes| bytes > BYTES_MAX) {
            return wrong("bytes is at most 67108864");
        }
        let exclusive = [self.status.is_some(), self.cut.is_some(), self.malformed.is_some()];
        if exclusive.iter().filter(|set| **set).count() > 1 {
            return wrong("only one of status, cut and malformed can be set");
        }
        if self.status.is_none() && (self.body.is_some() || self.acted) {
            return wrong("body and acted need a status");
        }
        for (name, value) in &self.headers {
            if name.parse::<HeaderName>().is_err() || HeaderValue::from_str(value).is_err() {
                return Err(format!("headers: {name} cannot be sent"));
            }
        }
        Ok(())
    }

    fn matches(&self, target: &Target<'_>) -> bool {
        let same = |ours: &Option<String>, theirs: Option<&str>| {
            ours.as_deref().is_none_or(|ours| theirs.is_some_and(|t| t.eq_ignore_ascii_case(ours)))
        };
        same(&self.method, Some(target.method))
            && same(&self.facility, target.facility)
            && self.path.as_deref().is_none_or(|path| path_matches(path, target))
    }

    /// How large `malformed` makes things, in bytes.
    pub(super) fn size(&self) -> usize {
        self.bytes.unwrap_or(BYTES_DEFAULT)
    }
}

/// What a rule is compared with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    pub(super) method: &'a str,
    /// Below `/rest/v1`, beginning with a slash.
    pub(super) path: &'a str,
    pub(super) route: Option<&'static str>,
    pub(super) facility: Option<&'a str>,
}

fn path_matches(rule: &str, target: &Target<'_>) -> bool {
    let rule = rule.strip_prefix(super::BASE_PATH).unwrap_or(rule);
    if rule.contains('{') {
        return target.route == Some(rule);
    }
    if rule.is_empty() || rule == "/" {
        return target.path == "/";
    }
    let rest = target.path.strip_prefix(rule.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The rules in force.
#[derive(Debug, Default)]
pub(super) struct Faults {
    rules: Vec<Rule>,
    next_id: u64,
}

/// A rule and what it has done.
#[derive(Clone, Debug, Serialize)]
struct Rule {
    id: u64,
    #[serde(flatten)]
    fault: Fault,
    /// Requests that matched.
    looked_at: u64,
    /// Requests it struck.
    struck: u64,
}

impl Faults {
    /// Adds rules at the end, all or none; returns their ids.
    pub(super) fn add(&mut self, faults: Vec<Fault>) -> Result<Vec<u64>, String> {
        if self.rules.len().saturating_add(faults.len()) > RULES_MAX {
            return Err(format!("at most {RULES_MAX} rules are held"));
        }
        for fault in &faults {
            fault.check()?;
        }
        let mut ids = Vec::new();
        for fault in faults {
            self.next_id += 1;
            ids.push(self.next_id);
            self.rules.push(Rule { id: self.next_id, fault, looked_at: 0, struck: 0 });
        }
        Ok(ids)
    }

    /// Removes one rule; returns whether it was there.
    pub(super) fn remove(&mut self, id: u64) -> bool {
        let before = self.rules.len();
        self.rules.retain(|rule| rule.id != id);
        self.rules.len() < before
    }

    pub(super) fn clear(&mut self) {
        self.rules.clear();
    }

    /// The rules and what they have done, for `/_sandbox/faults`.
    pub(super) fn show(&self) -> Value {
        serde_json::to_value(&self.rules).unwrap_or_default()
    }

    /// The fault that strikes this request, if any.
    pub(super) fn strike(&mut self, seed: u64, target: &Target<'_>) -> Option<(u64, Fault)> {
        for rule in &mut self.rules {
            let spent = rule.fault.times.is_some_and(|times| rule.struck >= times);
            if spent || !rule.fault.matches(target) {
                continue;
            }
            let share = rule.fault.probability.unwrap_or(1.0);
            let dice = Dice::new(seed, &format!("fault {}", rule.id), rule.looked_at).unit();
            rule.looked_at += 1;
            if dice < share {
                rule.struck += 1;
                return Some((rule.id, rule.fault.clone()));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target<'a>(path: &'a str, route: &'static str) -> Target<'a> {
        Target { method: "GET", path, route: Some(route), facility: Some("MAIN") }
    }

    fn on(path: &str) -> Fault {
        Fault { path: Some(path.to_owned()), ..Fault::default() }
    }

    #[test]
    fn a_path_is_the_root_a_template_or_a_beginning() {
        let business = target("/businesses/A", "/businesses/{supplierBusinessCode}");
        let (root, latest) = (target("/", "/"), target("/api-keys/latest", "/api-keys/latest"));
        assert!(on("/").matches(&root) && !on("/").matches(&latest));
        assert!(on("/rest/v1/api-keys").matches(&latest) && !on("/api").matches(&latest));
        assert!(on("/businesses/{supplierBusinessCode}").matches(&business));
        assert!(on("/businesses/A").matches(&business) && !on("/businesses/B").matches(&business));
        let other = Fault { facility: Some("OTHER".into()), ..on("/") };
        assert!(!other.matches(&root) && Fault::default().matches(&business));
    }

    #[test]
    fn the_first_rule_that_matches_strikes_until_it_is_used_up() {
        let mut faults = Faults::default();
        let first = Fault { times: Some(2), ..on("/") };
        let second = Fault { status: Some(503), ..Fault::default() };
        assert_eq!(faults.add(vec![first, second]).unwrap(), [1, 2]);
        let mut strike = || faults.strike(1, &target("/", "/")).map(|(id, _)| id);
        assert_eq!([strike(), strike(), strike()], [Some(1), Some(1), Some(2)]);
        assert!(faults.remove(2) && !faults.remove(2));
        assert_eq!(faults.strike(1, &target("/", "/")), None);
    }

    #[test]
    fn chance_is_a_function_of_the_seed() {
        let struck = |seed| {
            let mut faults = Faults::default();
            faults.add(vec![Fault { probability: Some(0.5), ..on("/") }]).unwrap();
            let strike = |_| faults.strike(seed, &target("/", "/")).is_some();
            (0..64).map(strike).collect::<Vec<bool>>()
        };
        assert_eq!(struck(1), struck(1));
        assert_ne!(struck(1), struck(2));
        assert!(struck(1).contains(&true) && struck(1).contains(&false));
    }

    #[test]
    fn a_wrong_rule_is_refused_whole() {
        let mut faults = Faults::default();
        let wrong = [
            Fault { probability: Some(1.5), ..Fault::default() },
            Fault { status: Some(99), ..Fault::default() },
            Fault { status: Some(503), cut: Some(CutAt::After), ..Fault::default() },
            Fault { acted: true, ..Fault::default() },
            Fault { headers: [("a b".into(), "x".into())].into(), ..Fault::default() },
            Fault { bytes: Some(usize::MAX), ..Fault::default() },
            Fault { latency_ms: u64::MAX, ..Fault::default() },
        ];
        for fault in wrong {
            assert!(faults.add(vec![Fault::default(), fault]).is_err());
        }
        assert_eq!(faults.show(), Value::Array(Vec::new()));
    }
}
