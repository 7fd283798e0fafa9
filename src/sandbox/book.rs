//! The bank's book: facilities, their businesses and their keys; how keys age and are made.
//!
//! Decides on keys, given the time; knows no HTTP and no clock.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::address::AddressRange;
use super::dice::Dice;
use super::guesses::{self, Guesses};
use super::merchant::setting::{Capability, Setting};
use super::merchant::terms::{self, CardTerms};
use super::merchant::{Happened, Merchant};
use super::seed;

/// The random part of a key, in characters, as in the vendor's sample.
const TAIL_CHARS: usize = 55;

/// How much of a key's end its name shows, in characters.
const NAME_TAIL_CHARS: usize = 7;

/// How long a secret key lives.
const SECRET_KEY_YEARS: i32 = 2;

/// Everything the bank remembers about facilities.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Book {
    /// The seed of new keys' texts.
    pub(super) seed: u64,
    pub(super) facilities: Vec<Facility>,
}

/// One merchant's facility.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Facility {
    /// Its community code.
    pub(super) code: String,
    pub(super) name: String,
    /// Whether its set-up is complete; if not, every request is answered 403.
    pub(super) ready: bool,
    /// Who may call; `None` while the check is off.
    pub(super) whitelist: Option<Vec<AddressRange>>,
    pub(super) businesses: Vec<Business>,
    /// In the order in which they were made.
    pub(super) keys: Vec<Key>,
    /// How many keys were ever made, for ids and texts.
    pub(super) made: u64,
    /// What it is not set up for.
    #[serde(default)]
    pub(super) without: Vec<Capability>,
    /// The domains of e-mail whose addresses may be its PayIDs.
    #[serde(default = "seed::usual_pay_id_domains")]
    pub(super) pay_id_domains: Vec<String>,
    #[serde(default)]
    pub(super) merchant: Merchant,
}

/// A business of a facility.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Business {
    pub(super) code: String,
    pub(super) name: String,
    /// The cards it accepts, with the surcharge on each.
    #[serde(default = "terms::usual")]
    pub(super) cards: Vec<CardTerms>,
}

/// The two kinds of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyKind {
    /// Full access, from a server.
    Secret,
    /// Limited access, from browsers and apps; does not expire.
    Publishable,
}

impl KeyKind {
    /// The word in replies of the control API.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Publishable => "publishable",
        }
    }

    /// What stands between the facility's code and the tail.
    pub(super) const fn infix(self) -> &'static str {
        match self {
            Self::Secret => "SEC",
            Self::Publishable => "PUB",
        }
    }
}

/// One key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Key {
    /// What the control API calls it: the facility's code and a number.
    pub(super) id: String,
    #[serde(rename = "key")]
    pub(super) text: String,
    pub(super) kind: KeyKind,
    pub(super) created: Timestamp,
    /// `None` for publishable keys.
    pub(super) expires: Option<Timestamp>,
    /// The only businesses it may touch; empty for an unrestricted key.
    pub(super) businesses: Vec<String>,
    /// When it was deleted in the portal.
    pub(super) revoked: Option<Timestamp>,
    pub(super) last_used: Option<Timestamp>,
}

/// What is wanted of a new key; what is left open is the bank's usual.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    pub(super) text: Option<String>,
    pub(super) kind: Option<KeyKind>,
    pub(super) created: Option<Timestamp>,
    pub(super) expires: Option<Timestamp>,
    pub(super) businesses: Vec<String>,
}

/// What `latest` comes to.
#[derive(Debug)]
pub(super) enum Latest {
    /// This key, by its place, and whether it was made just now.
    Key { at: usize, minted: bool },
    /// A restricted key is refused, where the guess says so.
    Refused(u16),
}

impl Book {
    /// The facility and the place of the key with this text, unless it was revoked.
    pub(super) fn find(&mut self, text: &str) -> Option<(&mut Facility, usize)> {
        self.facilities.iter_mut().find_map(|facility| {
            let matches = |key: &Key| key.text == text && key.revoked.is_none();
            let at = facility.keys.iter().position(matches)?;
            Some((facility, at))
        })
    }

    pub(super) fn facility(&mut self, code: &str) -> Option<&mut Facility> {
        self.facilities.iter_mut().find(|facility| facility.code == code)
    }

    /// How many records the merchants have.
    pub(super) fn records(&self) -> usize {
        self.facilities.iter().map(|facility| facility.merchant.records()).sum()
    }

    /// When the next thing is due anywhere; `None` if nothing is due ever.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.facilities.iter().filter_map(|facility| facility.merchant.next_due()).min()
    }

    /// Whether anything waits to be sent to a webhook.
    pub(super) fn has_mail(&self) -> bool {
        self.facilities.iter().any(|facility| facility.merchant.has_mail())
    }

    /// Lets happen everywhere what is due by `now`, up to [`super::merchant::AT_ONCE`] things of each
    /// merchant's.
    pub(super) fn catch_up(&mut self, guesses: &Guesses, now: Timestamp) -> Happened {
        let seed = self.seed;
        let mut happened = Happened::Nothing;
        for facility in &mut self.facilities {
            let (merchant, setting) = facility.at_work(seed, guesses, now, &[], "");
            if merchant.catch_up(&setting) == Happened::Something {
                happened = Happened::Something;
            }
        }
        happened
    }

    /// Makes a key as the portal does.
    pub(super) fn make(&mut self, code: &str, wanted: Wanted, now: Timestamp) -> Option<&mut Key> {
        let seed = self.seed;
        let facility = self.facility(code)?;
        facility.make(seed, wanted, now);
        facility.keys.last_mut()
    }
}

impl Facility {
    /// The merchant, and the circumstances under which something is done to it.
    pub(super) fn at_work<'a>(
        &'a mut self,
        seed: u64,
        guesses: &'a Guesses,
        now: Timestamp,
        only: &'a [String],
        base_url: &'a str,
    ) -> (&'a mut Merchant, Setting<'a>) {
        let Self { merchant, businesses, without, pay_id_domains, code, .. } = self;
        let setting = Setting {
            now,
            seed,
            guesses,
            facility: code,
            businesses,
            without,
            pay_id_domains,
            only,
            base_url,
        };
        (merchant, setting)
    }

    pub(super) fn make(&mut self, seed: u64, wanted: Wanted, now: Timestamp) {
        let kind = wanted.kind.unwrap_or(KeyKind::Secret);
        let text = wanted.text.unwrap_or_else(|| self.own_text(seed, kind, self.made));
        let created = whole_second(wanted.created.unwrap_or(now));
        let expires = match kind {
            KeyKind::Secret => Some(wanted.expires.map_or_else(|| lifetime(created), whole_second)),
            KeyKind::Publishable => None,
        };
        self.made = self.made.saturating_add(1);
        self.keys.push(Key {
            id: format!("{}-{}", self.code, self.made),
            text,
            kind,
            created,
            expires,
            businesses: wanted.businesses,
            revoked: None,
            last_used: None,
        });
    }

    /// The text of the key that is made after so many.
    fn own_text(&self, seed: u64, kind: KeyKind, made: u64) -> String {
        let mut dice = Dice::new(seed, &format!("key {}", self.code), made);
        format!("{}_{}_{}", self.code, kind.infix(), dice.text(TAIL_CHARS))
    }

    /// Whether a key's text is one that the sandbox made.
    pub(super) fn has_made(&self, seed: u64, key: &Key) -> bool {
        let number = key.id.rsplit('-').next().and_then(|number| number.parse::<u64>().ok());
        let before = number.and_then(|number| number.checked_sub(1));
        before.is_some_and(|made| key.text == self.own_text(seed, key.kind, made))
    }

    /// What `GET /api-keys/latest` answers to the key at `asking`, which is secret and valid.
    pub(super) fn latest(
        &mut self,
        seed: u64,
        asking: usize,
        guesses: &Guesses,
        now: Timestamp,
    ) -> Latest {
        let same = Latest::Key { at: asking, minted: false };
        let Some(key) = self.keys.get(asking) else { return same };
        if !key.businesses.is_empty() {
            return match guesses.word(guesses::RESTRICTED_LATEST).parse() {
                Ok(status) => Latest::Refused(status),
                Err(_) => same,
            };
        }
        let days = guesses.number(guesses::MINT_DAYS_LEFT);
        let ageing_at = now.saturating_add(i64::from(days * 24).hours()).unwrap_or(Timestamp::MAX);
        let ages = |key: &Key| key.expires.is_some_and(|expires| expires <= ageing_at);
        let newest = self.newest(guesses).unwrap_or(asking);
        let judged = if guesses.is(guesses::MINTING, "every_call") { asking } else { newest };
        if !self.keys.get(judged).is_some_and(ages) {
            return Latest::Key { at: newest, minted: false };
        }
        self.make(seed, Wanted::default(), now);
        Latest::Key { at: self.keys.len() - 1, minted: true }
    }

    /// The place of the newest key that may be handed out: secret, unrestricted, not revoked.
    pub(super) fn newest(&self, guesses: &Guesses) -> Option<usize> {
        let may = |key: &Key| {
            key.kind == KeyKind::Secret && key.businesses.is_empty() && key.revoked.is_none()
        };
        let by_expiry = guesses.is(guesses::NEWEST, "last_to_expire");
        let order = |key: &Key| if by_expiry { key.expires } else { Some(key.created) };
        let candidates = self.keys.iter().enumerate().filter(|(_, key)| may(key));
        candidates.max_by_key(|(at, key)| (order(key), *at)).map(|(at, _)| at)
    }

    /// Notes that the key at `used` was used; returns whether that changed more than its date.
    pub(super) fn used(&mut self, used: usize, guesses: &Guesses, now: Timestamp) -> bool {
        let ends = guesses.is(guesses::OLD_KEY_ENDS, "at_first_use_of_newer")
            && self.newest(guesses) == Some(used);
        let Some(key) = self.keys.get_mut(used) else { return false };
        let first = key.last_used.replace(now).is_none();
        if !(ends && first) {
            return first;
        }
        for (at, key) in self.keys.iter_mut().enumerate() {
            if at != used && key.kind == KeyKind::Secret && key.businesses.is_empty() {
                key.expires = key.expires.map(|expires| expires.min(now));
            }
        }
        true
    }
}

impl Key {
    /// The name the bank shows in logs: the key's beginning, dots, and seven characters.
    pub(super) fn name(&self, guesses: &Guesses) -> String {
        let mut parts = self.text.rsplitn(2, '_');
        let tail = parts.next().unwrap_or_default();
        let head = parts.next().unwrap_or_default();
        let tail = if guesses.is(guesses::KEY_NAME_TAIL, "other") {
            Dice::new(0, &self.id, 0).text(NAME_TAIL_CHARS)
        } else {
            let skipped = tail.chars().count().saturating_sub(NAME_TAIL_CHARS);
            tail.chars().skip(skipped).collect()
        };
        format!("{head}...{tail}")
    }

    /// Whether its expiry has come.
    pub(super) fn is_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// What identifies it in logs: the first eight bytes of its SHA-256.
    pub(super) fn fingerprint(&self) -> String {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, self.text.as_bytes());
        digest.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Replies carry whole seconds, so keys live whole seconds.
fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

fn lifetime(created: Timestamp) -> Timestamp {
    let ends = created.to_zoned(TimeZone::UTC).saturating_add(SECRET_KEY_YEARS.years());
    ends.timestamp()
}
