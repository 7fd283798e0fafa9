//! A PayTo agreement as the bank answers it. The documents name few of its fields: the rest are
//! taken from the report's headings, and what has another name is found in `rest`.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::domain::payto_agreement::{self, Side, State};
use crate::domain::payto_amendment;
use crate::quickstream::link::Link;
use crate::quickstream::models::ids::{AgreementToken, BusinessCode, CustomerId};
use crate::quickstream::models::texts::Personal;
use crate::quickstream::models::{model, vocabulary};
use crate::quickstream::resources::payto_agreements::payer::{PayIdType, PayerType};
use crate::quickstream::resources::payto_agreements::terms::{
    AgreementType, AmountText, CreationType, Frequency, Purpose,
};
use crate::quickstream::word::{Vocabulary, Word};

impl Vocabulary for payto_agreement::Status {
    const WORDS: &'static [(&'static str, Self)] = payto_agreement::BANK_WORDS;
}

impl Vocabulary for payto_amendment::State {
    const WORDS: &'static [(&'static str, Self)] = payto_amendment::BANK_WORDS;
}

vocabulary! {
    /// One of the sides of an agreement.
    Party {
        /// Who pays.
        Payer = "PAYER",
        /// Who is paid.
        Payee = "PAYEE",
    }
}

model! {
    /// An agreement.
    PayToAgreement needs {
        /// Its token, by which payments are taken.
        agreement_token: AgreementToken = "agreementToken",
    } may {
        /// Where it stands; under this name by the report's heading.
        agreement_status: Word<payto_agreement::Status> = "agreementStatus",
        /// The same, should the bank call it so.
        status: Word<payto_agreement::Status> = "status",
        /// Why it stands there.
        status_reason_code: String = "statusReasonCode",
        /// The same for people.
        status_reason_description: String = "statusReasonDescription",
        /// Who brought it there.
        status_changed_by: Word<Party> = "statusChangedBy",
        /// The customer.
        customer_id: CustomerId = "customerId",
        /// The merchant's own number of the customer.
        customer_number: String = "customerNumber",
        /// The business that is paid.
        supplier_business_code: BusinessCode = "supplierBusinessCode",
        /// The merchant's reference.
        payee_reference: String = "payeeReference",
        /// How it came about.
        agreement_creation_type: Word<CreationType> = "agreementCreationType",
        /// Until when the payer can answer.
        respond_by_time: Timestamp = "respondByTime",
        /// The same as it was asked for.
        respond_by_time_minutes: u64 = "respondByTimeMinutes",
        /// What it is for, and from when to when.
        payment_details: AgreedDetails = "paymentDetails",
        /// How much is paid, and how often.
        payment_terms: AgreedTerms = "paymentTerms",
        /// Who pays.
        payer_details: AgreedPayer = "payerDetails",
        /// What the payer has not approved yet.
        pending_amendment: Amendment = "pendingAmendment",
        /// Where more is.
        links: Vec<Link> = "links",
    }
}

model! {
    /// What was agreed about purpose and time.
    AgreedDetails may {
        /// What it is for.
        purpose: Word<Purpose> = "purpose",
        /// The same for the payer to read.
        description: Personal = "description",
        /// The first day.
        start_date: Date = "startDate",
        /// The last day.
        end_date: Date = "endDate",
        /// Whether it goes on until somebody ends it.
        automatic_renewal: bool = "automaticRenewal",
    }
}

model! {
    /// What was agreed about amounts.
    AgreedTerms may {
        /// How often.
        frequency: Word<Frequency> = "frequency",
        /// How the amounts come about.
        agreement_type: Word<AgreementType> = "agreementType",
        /// How much.
        payment_amount: AmountText = "paymentAmount",
        /// The most that a payment may come to.
        maximum_payment_amount: AmountText = "maximumPaymentAmount",
        /// The currency.
        currency: String = "currency",
    }
}

model! {
    /// Who agreed to pay.
    AgreedPayer may {
        /// What the payer is.
        payer_type: Word<PayerType> = "payerType",
        /// The merchant's id of the payer.
        payer_id: Personal = "payerId",
        /// The payer's name.
        payer_name: Personal = "payerName",
        /// What the payer knows the agreement by.
        payer_reference: Personal = "payerReference",
        /// What sort of text the PayID is.
        pay_id_type: Word<PayIdType> = "payIdType",
        /// The PayID.
        pay_id: Personal = "payId",
        /// The bank, its state and its branch.
        bsb: Personal = "bsb",
        /// The account there.
        account_number: Personal = "accountNumber",
    }
}

model! {
    /// A change that waits for the payer.
    Amendment may {
        /// Where it stands.
        amendment_status: Word<payto_amendment::State> = "amendmentStatus",
        /// Until when the payer can answer.
        respond_by_time: Timestamp = "respondByTime",
        /// What it is to be for, and until when.
        payment_details: AgreedDetails = "paymentDetails",
        /// How much is to be paid, and how often.
        payment_terms: AgreedTerms = "paymentTerms",
    }
}

impl PayToAgreement {
    /// Where it stands, as the bank said it.
    pub fn word(&self) -> Option<&Word<payto_agreement::Status>> {
        self.agreement_status.as_ref().or(self.status.as_ref())
    }

    /// Where it stands, if that is a word we know.
    pub fn state(&self) -> Option<State> {
        let side = match self.status_changed_by.as_ref().and_then(Word::known) {
            Some(Party::Payer) => Some(Side::Payer),
            Some(Party::Payee) => Some(Side::Payee),
            None => None,
        };
        Some(self.word()?.known()?.state(side))
    }
}
