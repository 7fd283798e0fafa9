//! Single-use tokens: account details that wait ten minutes to be used once.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Merchant;
use super::agenda::Due;
use super::ids::{self, Kind};
use super::instrument::Instrument;
use super::setting::Setting;
use super::shelf::Record;

/// How long a token lives.
const LIFE: SignedDuration = SignedDuration::from_mins(10);

/// A token that was not used yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::sandbox) struct SingleUseToken {
    pub(in crate::sandbox) number: u64,
    /// The id, which callers know.
    pub(in crate::sandbox) id: String,
    pub(in crate::sandbox) instrument: Instrument,
    /// Whence it was asked for; the quota counts by it.
    pub(in crate::sandbox) peer: Option<IpAddr>,
    pub(in crate::sandbox) ends: Timestamp,
    /// How far 3-D Secure is; `None` if it was not asked for.
    pub(in crate::sandbox) three_ds2: Option<ThreeDs2>,
}

/// How far a token's 3-D Secure authentication is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sandbox) struct ThreeDs2 {
    /// The outcome's letter; `None` before the authentication.
    pub(in crate::sandbox) status: Option<char>,
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

impl Merchant {
    /// Makes a token; returns its number.
    pub(in crate::sandbox) fn make_token(
        &mut self,
        setting: &Setting<'_>,
        instrument: Instrument,
        peer: Option<IpAddr>,
        three_ds2: Option<ThreeDs2>,
    ) -> u64 {
        let number = self.ids.next(Kind::SingleUseToken);
        let id = ids::token(setting.seed, setting.facility, number);
        let ends = setting.now.saturating_add(LIFE).unwrap_or(setting.now);
        self.agenda.note(ends, Due::TokenEnds, number);
        self.tokens.put(SingleUseToken { number, id, instrument, peer, ends, three_ds2 });
        number
    }

    /// The token with this id, unless it was used or has ended.
    pub(in crate::sandbox) fn token(&self, id: &str) -> Option<&SingleUseToken> {
        self.tokens.found(By::Id, id).next()
    }

    /// Uses a token up: a payment or a registration takes what it stands for. Whoever calls has
    /// checked with [`Self::token`] that it may be used.
    pub(in crate::sandbox) fn spend(&mut self, id: &str) -> Option<SingleUseToken> {
        let number = self.token(id)?.number;
        let token = self.tokens.take(number)?;
        self.agenda.strike(token.ends, Due::TokenEnds, number);
        Some(token)
    }

    /// A token's life is over.
    pub(super) fn token_ended(&mut self, number: u64) {
        self.tokens.take(number);
    }
}
