//! A transaction, as the bank answers it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::domain::transaction::{BANK_WORDS, State};
use crate::quickstream::json::Fields;
use crate::quickstream::link::Link;
use crate::quickstream::models::account::{BankAccount, CreditCard, NzBankAccount};
use crate::quickstream::models::ids::{BusinessCode, ReceiptNumber};
use crate::quickstream::models::money::Money;
use crate::quickstream::models::texts::Personal;
use crate::quickstream::models::{model, vocabulary};
use crate::quickstream::word::{Vocabulary, Word};

vocabulary! {
    /// What a transaction does.
    TransactionType {
        /// Takes money.
        Payment = "PAYMENT",
        /// Gives it back.
        Refund = "REFUND",
        /// Holds it on a card.
        PreAuthorisation = "PREAUTH",
        /// Takes what was held.
        Capture = "CAPTURE",
        /// Asks whether a card is good.
        AccountVerification = "ACCOUNT_VERIFICATION",
    }
}

vocabulary! {
    /// What a later authorisation does to a pre-authorisation.
    AuthorisationType {
        /// Holds more.
        Incremental = "INCREMENTAL",
        /// Holds it longer.
        Extension = "EXTENSION",
        /// Authorises it anew.
        Reauthorisation = "REAUTHORISATION",
    }
}

vocabulary! {
    /// How much of a pre-authorisation is given up.
    CancellationType {
        /// All of it.
        Full = "FULL",
        /// A part.
        Partial = "PARTIAL",
    }
}

impl Vocabulary for State {
    const WORDS: &'static [(&'static str, Self)] = BANK_WORDS;
}

vocabulary! {
    /// What the response code comes to; the bank advises to decide by this alone.
    SummaryCode {
        /// Approved.
        Approved = "0",
        /// Declined.
        Declined = "1",
        /// An error; the outcome is uncertain.
        Error = "2",
        /// Rejected, or voided.
        Rejected = "3",
    }
}

model! {
    /// A transaction.
    Transaction needs {
        /// Its number.
        receipt_number: ReceiptNumber = "receiptNumber",
    } may {
        /// What it does.
        transaction_type: Word<TransactionType> = "transactionType",
        /// For a later authorisation: what it does to the pre-authorisation.
        authorisation_type: Word<AuthorisationType> = "authorisationType",
        /// For a cancellation: how much of the pre-authorisation it gives up.
        cancellation_type: Word<CancellationType> = "cancellationType",
        /// How it stands.
        status: Word<State> = "status",
        /// Two characters; the first is a Q if the gateway made it.
        response_code: String = "responseCode",
        /// The code in words.
        response_description: String = "responseDescription",
        /// What the code comes to.
        summary_code: Word<SummaryCode> = "summaryCode",
        /// What Fraud Guard says; absent if it was not asked.
        fraud_guard_result: String = "fraudGuardResult",
        /// The transaction that this one follows.
        original_receipt_number: ReceiptNumber = "originalReceiptNumber",
        /// The merchant's reference of the customer.
        customer_reference_number: String = "customerReferenceNumber",
        /// The merchant's reference of the payment.
        payment_reference_number: String = "paymentReferenceNumber",
        /// The merchant's comment.
        comment: String = "comment",
        /// The merchant's own texts by name.
        metadata: BTreeMap<String, String> = "metadata",
        /// Where it came from, such as `RESTAPI`.
        source: String = "source",
        /// The payer's address.
        ip_address: Personal = "ipAddress",
        /// The business it was for.
        supplier_business_code: BusinessCode = "supplierBusinessCode",
        /// The banking day it settles on.
        settlement_date: Date = "settlementDate",
        /// When it was made.
        transaction_time: Timestamp = "transactionTime",
        /// Whether it may be voided.
        voidable: bool = "voidable",
        /// Whether it may be refunded.
        refundable: bool = "refundable",
        /// The amount before any surcharge.
        principal_amount: Money = "principalAmount",
        /// The surcharge.
        surcharge_amount: Money = "surchargeAmount",
        /// Both.
        total_amount: Money = "totalAmount",
        /// Where a card's payment settles.
        merchant_account: Fields = "merchantAccount",
        /// Where an Australian bank account's payment settles.
        direct_entry_account: Fields = "directEntryAccount",
        /// Where a New Zealand bank account's payment settles.
        nz_direct_entry_account: Fields = "nzDirectEntryAccount",
        /// The card.
        credit_card: CreditCard = "creditCard",
        /// The Australian bank account.
        bank_account: BankAccount = "bankAccount",
        /// The New Zealand bank account.
        nz_bank_account: NzBankAccount = "nzBankAccount",
        /// What belongs to a payment under a `PayTo` agreement.
        pay_to_data: Fields = "payToData",
        /// Whom `PayTo` paid.
        pay_to_payee_account: Fields = "payToPayeeAccount",
        /// Who paid by `PayTo`.
        pay_to_payer_account: Fields = "payToPayerAccount",
        /// The PayID that was paid to, and who paid. The documents name no field; this is a guess.
        pay_id_data: Fields = "payIdData",
        /// The issuer's code; of approved pre-authorisations alone.
        authorisation_code: String = "authorisationCode",
        /// Superseded by `network_transaction_id`.
        authorisation_trace_id: String = "authorisationTraceId",
        /// The scheme's name of the payment through its whole life.
        network_transaction_id: String = "networkTransactionId",
        /// Whether it pays off a debt.
        debt_repayment: bool = "debtRepayment",
        /// What the scheme advises.
        merchant_advice_code: String = "merchantAdviceCode",
        /// Where more is.
        links: Vec<Link> = "links",
    }
}

impl Transaction {
    /// How it stands, if that is a word we know.
    pub fn state(&self) -> Option<State> {
        self.status.as_ref().and_then(Word::known)
    }
}
