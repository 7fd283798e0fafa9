//! Webhooks: who wants to be told of what, and the outbox of what they are to be told.
//!
//! What happens puts a delivery into the outbox in the same act, with a copy of what it happened to
//! as it stood; the outbox is part of the book. Sending is another's: it takes what may be sent and
//! says how that went. Each try and each pause is on the sandbox's clock.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub(in crate::sandbox) use self::events::Happening;
use super::Merchant;
use super::agreements::Agreement;
use super::ids::Kind;
use super::payids::PayId;
use super::setting::Setting;
use super::shelf::Record;
use super::transactions::Transaction;
use crate::sandbox::dice::Dice;
use crate::sandbox::guesses::newer;

mod events;

/// Deliveries a facility keeps; the oldest that need no sending go first.
const OUTBOX_MAX: usize = 10_000;

/// Each pause before a further try is so many times the one before (the guess `webhook_retries`).
const PAUSE_GROWS: u32 = 4;

/// Letters of a secret that the sandbox makes.
const SECRET_CHARS: usize = 40;

/// Someone who wants to be told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Webhook {
    pub(in crate::sandbox) number: u64,
    pub(in crate::sandbox) url: String,
    /// What the signatures are made with.
    pub(in crate::sandbox) secret: String,
    /// The whole value of the header `Authorization`.
    pub(in crate::sandbox) authorization: Option<String>,
    /// What is told; everything if empty.
    pub(in crate::sandbox) events: Vec<Happening>,
}

impl Webhook {
    /// The secret of a webhook that is given none.
    pub(in crate::sandbox) fn secret_of(setting: &Setting<'_>, number: u64) -> String {
        let purpose = format!("webhook secret {}", setting.facility);
        Dice::new(setting.seed, &purpose, number).text(SECRET_CHARS)
    }

    fn wants(&self, happening: Happening) -> bool {
        self.events.is_empty() || self.events.contains(&happening)
    }
}

impl Record for Webhook {
    type Tag = ();

    fn number(&self) -> u64 {
        self.number
    }

    fn tags(&self, _: &mut dyn FnMut((), &str)) {}
}

/// One event for one webhook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Delivery {
    pub(in crate::sandbox) number: u64,
    pub(in crate::sandbox) webhook: u64,
    /// The event's number, from which its id is made; several webhooks may be told of one event.
    pub(in crate::sandbox) event: u64,
    pub(in crate::sandbox) happening: Happening,
    /// When it happened.
    pub(in crate::sandbox) at: Timestamp,
    pub(in crate::sandbox) subject: Subject,
    pub(in crate::sandbox) standing: Standing,
    /// When it may be sent next; only while it waits.
    pub(in crate::sandbox) next: Option<Timestamp>,
    /// Tries since it was first, or by hand again, put into the outbox.
    pub(in crate::sandbox) tries: u32,
    /// Every try there was, the oldest of very many forgotten.
    pub(in crate::sandbox) attempts: Vec<Attempt>,
}

/// What it happened to, as it stood then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sandbox) enum Subject {
    Agreement(Box<Agreement>),
    Transaction(Box<Transaction>),
    PayId(Box<PayId>),
}

/// How far a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sandbox) enum Standing {
    Waiting,
    Delivered,
    GivenUp,
}

impl Standing {
    pub(in crate::sandbox) const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::GivenUp => "given_up",
        }
    }
}

/// One try.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::sandbox) struct Attempt {
    pub(in crate::sandbox) at: Timestamp,
    pub(in crate::sandbox) outcome: Outcome,
}

/// How a try went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sandbox) enum Outcome {
    /// It was answered this status.
    Status(u16),
    /// No connection came about.
    NotConnected,
    /// No answer came in time.
    TimedOut,
    /// The connection ended before an answer.
    Broken,
}

impl Outcome {
    /// Whether the receiver has taken it (the guess `webhook_answer`).
    const fn is_taken(self) -> bool {
        matches!(self, Self::Status(200..=299))
    }

    pub(in crate::sandbox) const fn word(self) -> &'static str {
        match self {
            Self::Status(_) => "answered",
            Self::NotConnected => "not_connected",
            Self::TimedOut => "timed_out",
            Self::Broken => "broken",
        }
    }
}

/// Tries of one delivery that are remembered.
const ATTEMPTS_KEPT: usize = 50;

/// What deliveries are looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sandbox) enum By {
    /// A webhook's number, for what waits.
    Waiting,
    /// What needs no sending.
    Over,
}

impl Record for Delivery {
    type Tag = By;

    fn number(&self) -> u64 {
        self.number
    }

    fn tags(&self, note: &mut dyn FnMut(By, &str)) {
        match self.standing {
            Standing::Waiting => note(By::Waiting, &self.webhook.to_string()),
            Standing::Delivered | Standing::GivenUp => note(By::Over, ""),
        }
    }
}

impl Merchant {
    /// Something happened: whoever wants to know is to be told.
    pub(super) fn tell(&mut self, now: Timestamp, happening: Happening, subject: &Subject) {
        let wanting = self.webhooks.all().filter(|webhook| webhook.wants(happening));
        let wanting: Vec<u64> = wanting.map(|webhook| webhook.number).collect();
        if wanting.is_empty() {
            return;
        }
        let event = self.ids.next(Kind::WebhookEvent);
        for webhook in wanting {
            self.make_room_in_outbox();
            let number = self.ids.next(Kind::WebhookDelivery);
            self.outbox.put(Delivery {
                number,
                webhook,
                event,
                happening,
                at: now,
                subject: subject.clone(),
                standing: Standing::Waiting,
                next: Some(now),
                tries: 0,
                attempts: Vec::new(),
            });
        }
    }

    fn make_room_in_outbox(&mut self) {
        if self.outbox.len() < OUTBOX_MAX {
            return;
        }
        let over = self.outbox.found(By::Over, "").next();
        let oldest = over.or_else(|| self.outbox.all().next()).map(|delivery| delivery.number);
        self.outbox.take(oldest.unwrap_or_default());
    }

    /// Whether anything waits to be sent, now or later.
    pub(in crate::sandbox) fn has_mail(&self) -> bool {
        let waits = |webhook: &Webhook| self.waiting_for(webhook.number).next().is_some();
        self.webhooks.all().any(waits)
    }

    /// What waits for a webhook, oldest first.
    pub(in crate::sandbox) fn waiting_for(&self, webhook: u64) -> impl Iterator<Item = &Delivery> {
        self.outbox.found(By::Waiting, &webhook.to_string())
    }

    /// A delivery was tried: it is over, or waits for its next try.
    pub(in crate::sandbox) fn tried(&mut self, setting: &Setting<'_>, number: u64, how: Outcome) {
        let most = setting.guesses.number(newer::WEBHOOK_TRIES);
        let pause = setting.guesses.number(newer::WEBHOOK_PAUSE);
        self.outbox.change(number, |delivery| {
            if delivery.attempts.len() >= ATTEMPTS_KEPT {
                delivery.attempts.remove(0);
            }
            delivery.attempts.push(Attempt { at: setting.now, outcome: how });
            delivery.tries = delivery.tries.saturating_add(1);
            if delivery.standing != Standing::Waiting {
                return;
            }
            delivery.next = None;
            if how.is_taken() {
                delivery.standing = Standing::Delivered;
            } else if delivery.tries >= most {
                delivery.standing = Standing::GivenUp;
            } else {
                let times = PAUSE_GROWS.saturating_pow(delivery.tries - 1);
                let pause = SignedDuration::from_secs(i64::from(pause) * i64::from(times));
                delivery.next = setting.now.saturating_add(pause).ok();
            }
        });
    }

    /// Puts a delivery into the outbox again, with all its tries before it; `None` if there is none
    /// or nobody to send it to.
    pub(in crate::sandbox) fn deliver_again(&mut self, now: Timestamp, number: u64) -> Option<()> {
        let webhook = self.outbox.get(number)?.webhook;
        self.webhooks.get(webhook)?;
        self.outbox.change(number, |delivery| {
            delivery.standing = Standing::Waiting;
            delivery.next = Some(now);
            delivery.tries = 0;
        })
    }

    /// Takes a webhook away; what waits for it is given up. `None` if there is none.
    pub(in crate::sandbox) fn remove_webhook(&mut self, number: u64) -> Option<()> {
        self.webhooks.take(number)?;
        let waiting: Vec<u64> = self.waiting_for(number).map(|delivery| delivery.number).collect();
        for number in waiting {
            self.outbox.change(number, |delivery| {
                delivery.standing = Standing::GivenUp;
                delivery.next = None;
            });
        }
        Some(())
    }
}
