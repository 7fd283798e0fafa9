//! What the vendor's documents do not say of what is newer than the reference: PayIDs, and single-use
//! tokens for wallets and for PayTo.

use super::Choices::Fixed;
use super::Guess;

guesses! {
    WALLET_TOKENS = "wallet_and_payto_tokens", "20 #46",
        "What a token for a wallet or for PayTo is asked for with.",
        Fixed("accountType APPLE_PAY with applePayToken, GOOGLE_PAY with googlePayToken, both unread; PAYTO with payerName and bsb, accountNumber or payIdType, payId");
}
