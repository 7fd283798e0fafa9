//! Businesses: each sets which cards it accepts, what it adds for them, and where it settles. A
//! facility has one or more.

use crate::key::KeyText;
use crate::quickstream::ask::IdempotencyKey;
use crate::quickstream::ask::{Ask, Verb};
use crate::quickstream::client::Client;
use crate::quickstream::fault::Fault;
use crate::quickstream::link::Link;
use crate::quickstream::models::address::Address;
use crate::quickstream::models::card::{CardScheme, CardType};
use crate::quickstream::models::details::CardNumber;
use crate::quickstream::models::form::Form;
use crate::quickstream::models::ids::BusinessCode;
use crate::quickstream::models::model;
use crate::quickstream::models::publishable::PublishableKey;
use crate::quickstream::pages::{Listed, Pager};
use crate::quickstream::typed::wrong_shape;
use crate::quickstream::word::Word;

model! {
    /// A business.
    Business needs {
        /// Its code.
        supplier_business_code: BusinessCode = "supplierBusinessCode",
    } may {
        /// Its name.
        supplier_business_name: String = "supplierBusinessName",
        /// The name it is registered under.
        registered_name: String = "registeredName",
        /// Its Australian business number.
        abn: String = "abn",
        /// Whom to ask for.
        contact_name: String = "contactName",
        /// Where to write.
        contact_email: String = "contactEmail",
        /// Where to call.
        contact_phone: String = "contactPhone",
        /// Whom its customers' notices come from.
        customer_notification_email: String = "customerNotificationEmail",
        /// Where it is.
        business_address: Address = "businessAddress",
        /// Where more is.
        links: Vec<Link> = "links",
    }
}

model! {
    /// A card scheme that a business accepts.
    AcceptedCard needs {
        /// The scheme.
        card_scheme: Word<CardScheme> = "cardScheme",
    } may {
        /// Where more is.
        links: Vec<Link> = "links",
    }
}

model! {
    /// What a business adds to payments with one sort of card.
    CardSurcharge needs {
        /// The scheme.
        card_scheme: Word<CardScheme> = "cardScheme",
    } may {
        /// Whose money such a card spends.
        card_type: Word<CardType> = "cardType",
        /// The percentage added, such as `0.400`.
        surcharge_percentage: String = "surchargePercentage",
        /// Where more is.
        links: Vec<Link> = "links",
    }
}

impl Client {
    /// `GET /businesses/{supplierBusinessCode}`: one business.
    ///
    /// # Errors
    ///
    /// See [`Fault`]; `not_found` also for a business that the key may not see.
    pub async fn business(&self, key: &KeyText, code: &BusinessCode) -> Result<Business, Fault> {
        let path = format!("/businesses/{}", code.segment());
        self.get_one(key, "/businesses/{supplierBusinessCode}", path).await
    }

    /// `GET /businesses`: those that can take payments by this API.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub fn businesses(&self, key: &KeyText) -> Result<Pager<Business>, Fault> {
        self.list(key, "/businesses", "/businesses")
    }

    /// `GET /businesses/{supplierBusinessCode}/accepted-cards`: the schemes it accepts.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub fn accepted_cards(
        &self,
        key: &PublishableKey,
        code: &BusinessCode,
    ) -> Result<Pager<AcceptedCard>, Fault> {
        let path = format!("/businesses/{}/accepted-cards", code.segment());
        self.list(key.key(), "/businesses/{supplierBusinessCode}/accepted-cards", &path)
    }

    /// `GET /businesses/{supplierBusinessCode}/card-surcharges`: what it adds for each sort of card.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub fn card_surcharges(
        &self,
        key: &PublishableKey,
        code: &BusinessCode,
    ) -> Result<Pager<CardSurcharge>, Fault> {
        let path = format!("/businesses/{}/card-surcharges", code.segment());
        self.list(key.key(), "/businesses/{supplierBusinessCode}/card-surcharges", &path)
    }

    /// `POST /businesses/{supplierBusinessCode}/query-card-surcharge`: what it adds for this card. It
    /// changes nothing.
    ///
    /// # Errors
    ///
    /// See [`Fault`].
    pub async fn query_card_surcharge(
        &self,
        key: &PublishableKey,
        code: &BusinessCode,
        idempotency_key: &IdempotencyKey,
        card: &CardNumber,
    ) -> Result<CardSurcharge, Fault> {
        const ENDPOINT: &str = "/businesses/{supplierBusinessCode}/query-card-surcharge";
        let path = format!("/businesses/{}/query-card-surcharge", code.segment());
        let mut form = Form::new();
        form.put("cardNumber", card);
        let verb = Verb::Post(idempotency_key.clone(), form.into_body());
        let answer = self.ask(key.key(), Ask::new(ENDPOINT, verb, path, self.priority())?).await?;
        answer.fields.and_then(CardSurcharge::read).ok_or_else(|| wrong_shape(answer.status))
    }
}
