//! Money in answers.

use crate::domain::money::Cents;
use crate::quickstream::models::amount::Currency;
use crate::quickstream::models::model;
use crate::quickstream::word::Word;

model! {
    /// An amount of money.
    Money needs {
        /// How much.
        amount: Cents = "amount",
    } may {
        /// In what.
        currency: Word<Currency> = "currency",
        /// As it may be shown to people, such as `$1,005.25`.
        display_amount: String = "displayAmount",
    }
}

model! {
    /// An amount with what was added for the use of a card.
    SurchargedMoney needs {
        /// Before any surcharge.
        principal_amount: Money = "principalAmount",
    } may {
        /// The surcharge.
        surcharge_amount: Money = "surchargeAmount",
        /// Both.
        total_amount: Money = "totalAmount",
    }
}
