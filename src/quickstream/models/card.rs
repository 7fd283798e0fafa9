//! What the bank calls the sorts of cards and accounts.

use crate::quickstream::models::vocabulary;

vocabulary! {
    /// A card scheme.
    CardScheme {
        /// Visa.
        Visa = "VISA",
        /// Mastercard.
        Mastercard = "MASTERCARD",
        /// American Express.
        Amex = "AMEX",
        /// Diners Club.
        Diners = "DINERS",
        /// JCB.
        Jcb = "JCB",
        /// `UnionPay`.
        UnionPay = "UNIONPAY",
    }
}

vocabulary! {
    /// Whose money a card spends; for Visa and Mastercard alone.
    CardType {
        /// The issuer's.
        Credit = "CREDIT",
        /// The holder's.
        Debit = "DEBIT",
    }
}

vocabulary! {
    /// A sort of account.
    AccountType {
        /// A card.
        CreditCard = "CREDIT_CARD",
        /// An Australian bank account.
        DirectDebit = "DIRECT_DEBIT",
        /// A New Zealand bank account.
        DirectDebitNz = "DIRECT_DEBIT_NZ",
        /// A card in Apple's wallet.
        ApplePay = "APPLE_PAY",
        /// A card in Google's wallet.
        GooglePay = "GOOGLE_PAY",
        /// An account that is paid from by PayTo. The documents do not show the word; it is a guess.
        PayTo = "PAYTO",
    }
}

vocabulary! {
    /// What stands in for a card's number.
    PanType {
        /// Nothing: it is the one on the card.
        Fpan = "FPAN",
        /// A number that the scheme gave to one device.
        Dpan = "DPAN",
    }
}

vocabulary! {
    /// Whose wallet a card was in.
    WalletProvider {
        /// Apple's.
        ApplePay = "APPLE_PAY",
        /// Google's.
        GooglePay = "GOOGLE_PAY",
    }
}
