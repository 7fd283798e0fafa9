//! Single-use tokens: account details that wait ten minutes to be used once, and how far 3-D Secure
//! is with them.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Merchant;
use super::agenda::Due;
use super::ids::{self, Kind};
use super::instrument::{Card, Instrument};
use super::setting::Setting;
use super::shelf::Record;

/// How long a token lives.
const LIFE: SignedDuration = SignedDuration::from_mins(10);

/// Unused tokens at most, for a facility and for an address.
const UNUSED_MAX: usize = 1000;

/// A token that was not used yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::sandbox) struct SingleUseToken {
    pub(in crate::sandbox) number: u64,
    /// The id, which callers know.
    pub(in crate::sandbox) id: String,
    /// The business it was checked against; another may take the payment.
    pub(in crate::sandbox) business: String,
    pub(in crate::sandbox) instrument: Instrument,
    /// Whence it was asked for; the quota counts by it.
    pub(in crate::sandbox) peer: Option<IpAddr>,
    pub(in crate::sandbox) ends: Timestamp,
    /// How far 3-D Secure is; `None` where it need not be gone through.
    pub(in crate::sandbox) three_ds2: Option<ThreeDs2>,
}

/// A token that is wanted.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct NewToken {
    pub(in crate::sandbox) business: String,
    pub(in crate::sandbox) instrument: Instrument,
    pub(in crate::sandbox) peer: Option<IpAddr>,
    pub(in crate::sandbox) three_ds2: Option<ThreeDs2>,
}

/// How far a token's 3-D Secure authentication is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sandbox) struct ThreeDs2 {
    /// The outcome; `None` before the authentication.
    pub(in crate::sandbox) status: Option<TransStatus>,
}

/// What a 3-D Secure authentication came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sandbox) enum TransStatus {
    /// Authenticated.
    Y,
    /// Not authenticated, but it was tried and may go on.
    A,
    /// The cardholder is to be challenged.
    C,
    /// Not authenticated.
    N,
    /// Rejected.
    R,
    /// Could not be carried out.
    U,
}

/// The outcome by a word in the cardholder's name (the guess `three_ds2_flows`).
const BY_NAME: &[(&str, TransStatus)] = &[
    ("CHALLENGE", TransStatus::C),
    ("ATTEMPT", TransStatus::A),
    ("FAIL", TransStatus::N),
    ("REJECT", TransStatus::R),
    ("UNAVAILABLE", TransStatus::U),
];

impl TransStatus {
    /// The letter in `transStatus`.
    pub(in crate::sandbox) const fn letter(self) -> &'static str {
        match self {
            Self::Y => "Y",
            Self::A => "A",
            Self::C => "C",
            Self::N => "N",
            Self::R => "R",
            Self::U => "U",
        }
    }

    /// What the authentication of a card comes to.
    pub(in crate::sandbox) fn of(card: &Card) -> Self {
        let name = card.holder.as_deref().unwrap_or_default().to_ascii_uppercase();
        let found = BY_NAME.iter().find(|(word, _)| name.contains(word));
        found.map_or(Self::Y, |(_, status)| *status)
    }
}

/// What tokens are looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sandbox) enum By {
    Id,
    Peer,
}

impl Record for SingleUseToken {
    type Tag = By;

    fn number(&self) -> u64 {
        self.number
    }

    fn tags(&self, note: &mut dyn FnMut(By, &str)) {
        note(By::Id, &self.id);
        if let Some(peer) = self.peer {
            note(By::Peer, &peer.to_string());
        }
    }
}

impl SingleUseToken {
    /// Why it may not be used for a payment or a registration, which says `threeDS2` or not; `None`
    /// if it may. A token that needs no authentication wants none said.
    pub(in crate::sandbox) fn refuses(&self, says_three_ds2: bool) -> Option<&'static str> {
        let status = self.three_ds2.map(|three_ds2| three_ds2.status);
        match (status, says_three_ds2) {
            (None, false) | (Some(Some(TransStatus::Y | TransStatus::A)), true) => None,
            (Some(Some(TransStatus::Y | TransStatus::A)), false) => {
                Some("Send threeDS2 after a 3D Secure authentication.")
            }
            (None, true) | (Some(_), _) => Some("The 3D Secure authentication was not successful."),
        }
    }
}

impl Merchant {
    /// Whether as many unused tokens as may be are waiting, of the facility or of an address.
    pub(in crate::sandbox) fn tokens_are_used_up(&self, peer: Option<IpAddr>) -> bool {
        let of_peer = peer.map_or(0, |peer| self.tokens.found(By::Peer, &peer.to_string()).count());
        self.tokens.len().max(of_peer) >= UNUSED_MAX
    }

    /// Makes a token; returns its number.
    pub(in crate::sandbox) fn make_token(&mut self, setting: &Setting<'_>, new: NewToken) -> u64 {
        let number = self.ids.next(Kind::SingleUseToken);
        let ends = setting.now.saturating_add(LIFE).unwrap_or(setting.now);
        self.agenda.note(ends, Due::TokenEnds, number);
        let NewToken { business, instrument, peer, three_ds2 } = new;
        let id = ids::token(setting.seed, setting.facility, number);
        self.tokens.put(SingleUseToken { number, id, business, instrument, peer, ends, three_ds2 });
        number
    }

    /// The token with this id, unless it was used or has ended.
    pub(in crate::sandbox) fn token(&self, id: &str) -> Option<&SingleUseToken> {
        self.tokens.found(By::Id, id).next()
    }

    /// Uses a token up: a payment or a registration takes what it stands for. Whoever calls has
    /// checked with [`Self::token`] and [`SingleUseToken::refuses`] that it may be used.
    pub(in crate::sandbox) fn spend(&mut self, id: &str) -> Option<SingleUseToken> {
        let number = self.token(id)?.number;
        let token = self.tokens.take(number)?;
        self.agenda.strike(token.ends, Due::TokenEnds, number);
        Some(token)
    }

    /// Notes how far a token's 3-D Secure authentication is.
    pub(in crate::sandbox) fn authenticated(&mut self, number: u64, status: TransStatus) {
        self.tokens.change(number, |token| {
            token.three_ds2 = Some(ThreeDs2 { status: Some(status) });
        });
    }

    /// A token's life is over.
    pub(super) fn token_ended(&mut self, number: u64) {
        self.tokens.take(number);
    }
}
