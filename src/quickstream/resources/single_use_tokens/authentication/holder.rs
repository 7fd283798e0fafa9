//! The payer's account with the merchant, as far as their bank weighs it. When something happened
//! can be said as a day, or as how long ago it was.

use jiff::civil::Date;

use super::values::{UpTo999, UpTo9999, put_date};
use crate::quickstream::models::form::Form;
use crate::quickstream::models::texts::Short;
use crate::quickstream::models::vocabulary;

vocabulary! {
    /// How long the payer has had something with the merchant.
    HeldFor {
        /// Not at all: a guest.
        Guest = "01",
        /// Since this purchase.
        ThisTransaction = "02",
        /// Less than 30 days.
        Under30Days = "03",
        /// 30 to 60 days.
        Days30To60 = "04",
        /// More than 60 days.
        Over60Days = "05",
    }
}

vocabulary! {
    /// How long ago something was last changed, or first used.
    LongAgo {
        /// In this purchase.
        ThisTransaction = "01",
        /// Less than 30 days.
        Under30Days = "02",
        /// 30 to 60 days.
        Days30To60 = "03",
        /// More than 60 days.
        Over60Days = "04",
    }
}

vocabulary! {
    /// How long ago the password was changed.
    PasswordChanged {
        /// Never.
        Never = "01",
        /// In this purchase.
        ThisTransaction = "02",
        /// Less than 30 days.
        Under30Days = "03",
        /// 30 to 60 days.
        Days30To60 = "04",
        /// More than 60 days.
        Over60Days = "05",
    }
}

vocabulary! {
    /// Whether the account's name and the one on the parcel are the same.
    ShipName {
        /// They are.
        Same = "01",
        /// They are not.
        Different = "02",
    }
}

vocabulary! {
    /// Whether there was anything suspicious.
    Suspicion {
        /// There was not.
        None = "01",
        /// There was.
        Observed = "02",
    }
}

/// The payer's account with the merchant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CardholderAccount {
    /// What the merchant calls it.
    pub id: Option<Short<64>>,
    /// How long they have had it.
    pub held_for: Option<HeldFor>,
    /// When it was last changed.
    pub changed_on: Option<Date>,
    /// How long ago that was.
    pub changed: Option<LongAgo>,
    /// When it was opened.
    pub opened_on: Option<Date>,
    /// When its password was last changed.
    pub password_changed_on: Option<Date>,
    /// How long ago that was.
    pub password_changed: Option<PasswordChanged>,
    /// How many purchases were made with it in six months.
    pub purchases_in_six_months: Option<UpTo9999>,
    /// When the card was added to it.
    pub card_added_on: Option<Date>,
    /// How long ago that was.
    pub card_held_for: Option<HeldFor>,
    /// When the shipping address was first used.
    pub shipping_first_used_on: Option<Date>,
    /// How long ago that was.
    pub shipping_first_used: Option<LongAgo>,
    /// How often a card was added, or tried to be, in a day.
    pub cards_added_in_a_day: Option<UpTo999>,
    /// Whether the names agree.
    pub ship_name: Option<ShipName>,
    /// Whether there was anything suspicious.
    pub suspicion: Option<Suspicion>,
    /// How many transactions there were in a day, done or given up, with all cards.
    pub transactions_in_a_day: Option<UpTo999>,
    /// How many there were in a year.
    pub transactions_in_a_year: Option<UpTo999>,
}

impl CardholderAccount {
    pub(super) fn write(&self, form: &mut Form) {
        let mut count = |name: &str, text: Option<String>| {
            if let Some(text) = text {
                form.word(name, &text);
            }
        };
        count("nbPurchaseAccount", self.purchases_in_six_months.map(UpTo9999::text));
        count("provisionAttemptsDay", self.cards_added_in_a_day.map(UpTo999::text));
        count("txnActivityDay", self.transactions_in_a_day.map(UpTo999::text));
        count("txnActivityYear", self.transactions_in_a_year.map(UpTo999::text));
        form.maybe("acctID", self.id.as_ref());
        form.maybe("chAccAgeInd", self.held_for.as_ref());
        put_date(form, "chAccChange", self.changed_on);
        form.maybe("chAccChangeInd", self.changed.as_ref());
        put_date(form, "chAccDate", self.opened_on);
        put_date(form, "chAccPwChange", self.password_changed_on);
        form.maybe("chAccPwChangeInd", self.password_changed.as_ref());
        put_date(form, "paymentAccAge", self.card_added_on);
        form.maybe("paymentAccInd", self.card_held_for.as_ref());
        put_date(form, "shipAddressUsage", self.shipping_first_used_on);
        form.maybe("shipAddressUsageInd", self.shipping_first_used.as_ref());
        form.maybe("shipNameIndicator", self.ship_name.as_ref());
        form.maybe("suspiciousAccActivity", self.suspicion.as_ref());
    }
}
