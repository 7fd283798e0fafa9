//! Facilities: where each lives, and whether its address fits that.

use std::collections::BTreeMap;
use std::net::IpAddr;

use reqwest::Url;

use super::{Scope, deliver, is_loopback, stores};
use crate::domain::names::{CommunityCode, Environment, FacilityName};
use crate::domain::product::Product;
use crate::settings::model::{BaseUrl, Facility, Role, SecretKey, Unscheduled};

/// Makes every facility.
pub(super) fn all(root: &Scope<'_>, role: Option<Role>, sandbox: bool) -> Option<Vec<Facility>> {
    let named: Vec<_> = root.named("facilities").collect();
    if named.is_empty() && !root.reading.is_wrong_below("facilities") {
        let right = "a table for each facility, such as [facilities.main]";
        root.mistake("facilities", "there is none", right);
    }
    let made: Vec<_> = named.iter().map(|(name, scope)| one(name, scope, role, sandbox)).collect();
    let scopes: Vec<_> = named.into_iter().map(|(_, scope)| scope).collect();
    stores::judge_doubles(&scopes);
    deliver::judge_doubles(&scopes);
    made.into_iter().collect()
}

fn one(name: &str, scope: &Scope<'_>, role: Option<Role>, sandbox: bool) -> Option<Facility> {
    let environment = scope.text("environment").and_then(environment);
    let product = scope.text("product").and_then(Product::from_label);
    if sandbox && environment.is_some_and(|environment| environment != Environment::Sandbox) {
        let what = "an embedded sandbox drives the clock of the whole daemon";
        let right = "\"sandbox\" for every facility, or no [sandbox]";
        scope.mistake("environment", what, right);
    }
    let base_url = base_url(scope, environment, product, sandbox);
    let code = scope.text("expected_community_code").map(CommunityCode::new);
    if let Some(Err(error)) = &code {
        let what = format!("it is no code of the bank's: {error}");
        scope.mistake("expected_community_code", &what, "the code as the portal shows it");
    }
    if environment == Some(Environment::Production)
        && code.is_none()
        && !scope.reading.is_wrong(&scope.at("expected_community_code"))
    {
        let what = "the first key decides which facility this is";
        scope.warning("expected_community_code", what, "the facility's code, from the portal");
    }
    let secret_key = secret_key(&scope.child("secret_key"), environment, role);
    Some(Facility {
        name: FacilityName::new(name).ok()?,
        environment: environment?,
        product: product?,
        base_url: base_url?,
        expected_community_code: code.transpose().ok()?,
        simultaneous: usize::try_from(scope.count("simultaneous")?).ok()?,
        proxy: scope.url("proxy").map(trimmed),
        publishable_key: scope.path("publishable_key"),
        secret_key: secret_key?,
    })
}

fn environment(word: &str) -> Option<Environment> {
    Environment::ALL.iter().copied().find(|environment| environment.label() == word)
}

fn secret_key(
    scope: &Scope<'_>,
    environment: Option<Environment>,
    role: Option<Role>,
) -> Option<SecretKey> {
    if role == Some(Role::Reader) {
        let right = "leave it out, or role = \"renewer\"";
        if scope.is_written("bootstrap") {
            scope.mistake("bootstrap", "a reader takes keys from stores only", right);
        }
        if scope.text("unscheduled") == Some("hold") {
            scope.mistake("unscheduled", "a reader hands on what the store holds", right);
        }
    }
    let unscheduled = scope.text("unscheduled").map(|word| match word {
        "hold" => Unscheduled::Hold,
        _ => Unscheduled::Adopt,
    });
    let stores = stores::all(scope, environment, role);
    let deliver = deliver::all(scope);
    Some(SecretKey {
        bootstrap: scope.path("bootstrap"),
        unscheduled: unscheduled?,
        stores: stores?,
        deliver: deliver?,
    })
}

fn base_url(
    scope: &Scope<'_>,
    environment: Option<Environment>,
    product: Option<Product>,
    sandbox: bool,
) -> Option<BaseUrl> {
    let environment = environment?;
    if let Some(url) = scope.url("base_url") {
        if let Err((what, right)) = fits(url, environment) {
            scope.mistake("base_url", what, right);
            return None;
        }
        return Some(BaseUrl::Address(trimmed(url)));
    }
    if scope.reading.is_wrong(&scope.at("base_url")) {
        return None;
    }
    if environment == Environment::Sandbox {
        if !sandbox {
            let what = "it is missing, and there is no [sandbox] in these settings";
            let right = "the sandbox's address such as \"http://127.0.0.1:9480/rest/v1\"";
            scope.mistake("base_url", what, right);
            return None;
        }
        return Some(BaseUrl::EmbeddedSandbox);
    }
    let known = product?.default_base_url(environment);
    if known.is_none() {
        scope.mistake("base_url", "the product has no address of its own here", "its address");
    }
    known.map(|address| BaseUrl::Address(address.to_owned()))
}

/// Whether an address fits an environment; if not, what is wrong and what would be right.
fn fits(url: &Url, environment: Environment) -> Result<(), (&'static str, &'static str)> {
    let homes = bank_hosts();
    let home = homes.get(url.host_str().unwrap_or_default());
    if home.is_some_and(|lives_there| !lives_there.contains(&environment)) {
        return Err((
            "the bank serves another environment there",
            "the address of the environment, or the environment of the address",
        ));
    }
    if url.scheme() == "https" && is_number(url) && !is_loopback(url) {
        return Err((
            "a certificate is checked against a name, and this is a number",
            "the host's name",
        ));
    }
    match environment {
        Environment::Sandbox if url.scheme() == "http" && !is_loopback(url) => {
            Err(("http leaves this machine", "https, or http to a loopback address"))
        }
        Environment::Support | Environment::Production if url.scheme() == "http" => Err((
            "the key would go out unencrypted",
            "https; http is for a sandbox on this machine",
        )),
        Environment::Production if is_loopback(url) => {
            Err(("production is not on this machine", "environment = \"sandbox\" for a sandbox"))
        }
        Environment::Sandbox | Environment::Support | Environment::Production => Ok(()),
    }
}

/// Whether the host is an IP address; the client goes out to no such one but loopback.
fn is_number(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

/// The bank's hosts, and the environments each serves.
fn bank_hosts() -> BTreeMap<String, Vec<Environment>> {
    let mut hosts: BTreeMap<String, Vec<Environment>> = BTreeMap::new();
    for base in Product::ALL.iter().flat_map(|product| product.data().bases) {
        let url = Url::parse(base.url).ok();
        let host = url.as_ref().and_then(Url::host_str).unwrap_or_default().to_owned();
        hosts.entry(host).or_default().push(base.environment);
    }
    hosts
}

/// The address without a slash at the end.
fn trimmed(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}
