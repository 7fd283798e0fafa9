//! What is bought, as far as a payer's bank weighs it.

use jiff::civil::Date;

use super::values::{CurrencyDigits, UpTo99, put_date};
use crate::quickstream::models::contact::Email;
use crate::quickstream::models::form::Form;
use crate::quickstream::models::vocabulary;

vocabulary! {
    /// How soon it is delivered.
    DeliveryTimeframe {
        /// At once, electronically.
        Electronic = "01",
        /// It leaves on the same day.
        SameDay = "02",
        /// Overnight.
        Overnight = "03",
        /// In two days or more.
        TwoDaysOrMore = "04",
    }
}

vocabulary! {
    /// Whether it is there yet.
    PreOrder {
        /// It is.
        Available = "01",
        /// It will be.
        FutureAvailability = "02",
    }
}

vocabulary! {
    /// Whether it was bought before.
    Reorder {
        /// It was not.
        FirstTime = "01",
        /// It was.
        Reordered = "02",
    }
}

vocabulary! {
    /// Where it goes: for several things the physical ones count, and of digital ones the dearest.
    ShipIndicator {
        /// To the billing address.
        BillingAddress = "01",
        /// To another address that was verified.
        VerifiedAddress = "02",
        /// To an address other than the billing address.
        OtherAddress = "03",
        /// To a shop, where it is fetched.
        Store = "04",
        /// Nowhere: it is digital.
        Digital = "05",
        /// Nowhere: it is a ticket.
        Tickets = "06",
        /// Elsewhere.
        Other = "07",
    }
}

/// Gift cards among what is bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GiftCards {
    /// What they are worth together, in whole units of the currency. A number of this type has at
    /// most ten digits; the field has fifteen.
    pub amount: u32,
    /// How many they are.
    pub count: UpTo99,
    /// In what.
    pub currency: CurrencyDigits,
}

/// What is bought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MerchantRisk {
    /// Where digital goods are sent.
    pub delivery_email: Option<Email>,
    /// How soon it is delivered.
    pub delivery_timeframe: Option<DeliveryTimeframe>,
    /// Gift cards among it.
    pub gift_cards: Option<GiftCards>,
    /// When it will be there.
    pub pre_order_date: Option<Date>,
    /// Whether it is there yet.
    pub pre_order: Option<PreOrder>,
    /// Whether it was bought before.
    pub reorder: Option<Reorder>,
    /// Where it goes.
    pub ship: Option<ShipIndicator>,
}

impl MerchantRisk {
    pub(super) fn write(&self, form: &mut Form) {
        form.maybe("deliveryEmailAddress", self.delivery_email.as_ref());
        form.maybe("deliveryTimeframe", self.delivery_timeframe.as_ref());
        if let Some(GiftCards { amount, count, currency }) = &self.gift_cards {
            form.word("giftCardAmount", &amount.to_string());
            form.word("giftCardCount", &count.text());
            form.put("giftCardCurr", currency);
        }
        put_date(form, "preOrderDate", self.pre_order_date);
        form.maybe("preOrderPurchaseInd", self.pre_order.as_ref());
        form.maybe("reorderItemsInd", self.reorder.as_ref());
        form.maybe("shipIndicator", self.ship.as_ref());
    }
}
