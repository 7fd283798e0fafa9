//! Credit cards: which scheme the first digits of a card's number belong to.

use crate::quickstream::client::Client;
use crate::quickstream::fault::Fault;
use crate::quickstream::link::Link;
use crate::quickstream::models::card::CardScheme;
use crate::quickstream::models::details::CardNumber;
use crate::quickstream::models::publishable::PublishableKey;
use crate::quickstream::models::{model, text};
use crate::quickstream::word::Word;

text! {
    /// The first six digits of a card's number: they name the bank that issued it.
    CardBin, "cardBIN", "have six digits",
    |text| text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl From<&CardNumber> for CardBin {
    fn from(number: &CardNumber) -> Self {
        Self(number.as_str().chars().take(6).collect())
    }
}

model! {
    /// The scheme of a card.
    SchemeOfCard needs {
        /// The scheme.
        card_scheme: Word<CardScheme> = "cardScheme",
    } may {
        /// Where more is.
        links: Vec<Link> = "links",
    }
}

impl Client {
    /// `GET /credit-cards/card-schemes/{cardBIN}`: the scheme of cards that begin so.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; digits that belong to no scheme are answered with `not_found` or with
    /// `unprocessable`.
    pub async fn card_scheme(
        &self,
        key: &PublishableKey,
        bin: &CardBin,
    ) -> Result<SchemeOfCard, Fault> {
        let path = format!("/credit-cards/card-schemes/{}", bin.as_str());
        self.get_one(key.key(), "/credit-cards/card-schemes/{cardBIN}", path).await
    }
}
