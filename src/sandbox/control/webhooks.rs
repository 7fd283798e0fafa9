//! `/_sandbox/facilities/CODE/webhooks` and `.../webhook-deliveries`.

use std::sync::Arc;

use reqwest::Url;
use reqwest::header::HeaderValue;
use serde::Deserialize;
use serde_json::{Value, json};

use super::acts::with_merchant;
use super::{newest, read};
use crate::http::Request;
use crate::sandbox::bank::Bank;
use crate::sandbox::handle::ControlError;
use crate::sandbox::merchant::Merchant;
use crate::sandbox::merchant::ids::{self, Kind};
use crate::sandbox::merchant::setting::Setting;
use crate::sandbox::merchant::webhooks::{Attempt, Delivery, Happening, Outcome, Webhook};
use crate::sandbox::seed::names_bank_host;

/// Webhooks of one facility.
const WEBHOOKS_MAX: usize = 20;

/// The longest address, secret or header, in bytes.
const TEXT_BYTES_MAX: usize = 2048;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Make {
    url: String,
    secret: Option<String>,
    authorization: Option<String>,
    #[serde(default)]
    events: Vec<Happening>,
}

pub(super) fn answer(
    bank: &Arc<Bank>,
    request: &Request,
    facility: &str,
    rest: &[&str],
) -> Result<Value, ControlError> {
    match (request.method().as_str(), rest) {
        ("GET", ["webhooks"]) => with_merchant(bank, facility, |merchant, _| {
            merchant.webhooks.all().map(show).collect::<Value>()
        }),
        ("POST", ["webhooks"]) => {
            let make: Make = read(request)?;
            check(&make)?;
            with_merchant(bank, facility, |merchant, setting| add(merchant, setting, make))?
        }
        ("DELETE", ["webhooks", id]) => {
            let number = id.parse().unwrap_or_default();
            let unknown = || ControlError::Unknown(format!("webhook {id}"));
            let remove = |merchant: &mut Merchant, _: &Setting<'_>| merchant.remove_webhook(number);
            with_merchant(bank, facility, remove)?.ok_or_else(unknown)?;
            Ok(json!({}))
        }
        ("GET", ["webhook-deliveries"]) => with_merchant(bank, facility, |merchant, setting| {
            let deliveries = merchant.outbox.all().rev().take(newest(request));
            deliveries.map(|delivery| show_delivery(delivery, setting)).collect::<Value>()
        }),
        ("POST", ["webhook-deliveries", id]) => {
            let number = id.parse().unwrap_or_default();
            let unknown = || ControlError::Unknown(format!("delivery {id} with a webhook"));
            let again = |merchant: &mut Merchant, setting: &Setting<'_>| {
                merchant.deliver_again(setting.now, number)?;
                merchant.outbox.get(number).map(|delivery| show_delivery(delivery, setting))
            };
            with_merchant(bank, facility, again)?.ok_or_else(unknown)
        }
        _ => Err(ControlError::NoSuchPlace),
    }
}

fn add(merchant: &mut Merchant, setting: &Setting<'_>, make: Make) -> Result<Value, ControlError> {
    if merchant.webhooks.len() >= WEBHOOKS_MAX {
        return Err(ControlError::Wrong(format!("a facility has at most {WEBHOOKS_MAX} webhooks")));
    }
    let number = merchant.ids.next(Kind::Webhook);
    let webhook = Webhook {
        number,
        url: make.url,
        secret: make.secret.unwrap_or_else(|| Webhook::secret_of(setting, number)),
        authorization: make.authorization,
        events: make.events,
    };
    let shown = show(&webhook);
    merchant.webhooks.put(webhook);
    Ok(shown)
}

fn check(make: &Make) -> Result<(), ControlError> {
    check_texts(&make.url, make.secret.as_deref(), make.authorization.as_deref())
        .map_err(ControlError::Wrong)
}

/// What is wrong with a webhook's address, secret or header, and what would be right.
pub(in crate::sandbox) fn check_texts(
    url: &str,
    secret: Option<&str>,
    authorization: Option<&str>,
) -> Result<(), String> {
    let parsed = Url::parse(url).ok().filter(|_| url.len() <= TEXT_BYTES_MAX);
    let fits = |url: &Url| {
        let plain = url.username().is_empty() && url.password().is_none();
        matches!(url.scheme(), "http" | "https") && url.has_host() && plain
    };
    if !parsed.as_ref().is_some_and(fits) {
        return Err("url: an address such as http://127.0.0.1:8080/hooks, without a user; \
                    a password goes into authorization"
            .to_owned());
    }
    if names_bank_host(url) {
        return Err("url: it names a host of the bank; a webhook is told of play only".to_owned());
    }
    if secret.is_some_and(|secret| secret.is_empty() || secret.len() > TEXT_BYTES_MAX) {
        return Err(format!(
            "secret: a text of 1 to {TEXT_BYTES_MAX} bytes; one is made if left out"
        ));
    }
    let sendable = |text: &str| text.len() <= TEXT_BYTES_MAX && HeaderValue::from_str(text).is_ok();
    if !authorization.is_none_or(sendable) {
        return Err(
            "authorization: the whole value of the header, such as \"Bearer word\"".to_owned()
        );
    }
    Ok(())
}

/// A webhook with its secret, which signs nothing but play.
fn show(webhook: &Webhook) -> Value {
    json!({
        "id": webhook.number,
        "url": webhook.url,
        "secret": webhook.secret,
        "authorization": webhook.authorization,
        "events": webhook.events,
    })
}

fn show_delivery(delivery: &Delivery, setting: &Setting<'_>) -> Value {
    let attempt = |attempt: &Attempt| {
        let status = match attempt.outcome {
            Outcome::Status(status) => Some(status),
            Outcome::NotConnected | Outcome::TimedOut | Outcome::Broken => None,
        };
        json!({ "at": attempt.at, "outcome": attempt.outcome.word(), "status": status })
    };
    json!({
        "id": delivery.number,
        "webhook": delivery.webhook,
        "eventId": ids::event(setting.seed, setting.facility, delivery.event),
        "eventType": delivery.happening.word(),
        "happened": delivery.at,
        "standing": delivery.standing.word(),
        "next": delivery.next,
        "attempts": delivery.attempts.iter().map(attempt).collect::<Value>(),
    })
}
