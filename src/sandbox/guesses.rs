//! What the vendor's documents do not say, and what the sandbox does about it: one table. Every entry
//! is a guess; those that can be otherwise are switched at `POST /_sandbox/guesses`.

/// One behaviour the documents do not state, or state in two ways.
#[derive(Debug)]
pub(super) struct Guess {
    /// Its name at `/_sandbox/guesses`.
    pub(super) name: &'static str,
    /// Its number in the list of unknown facts ("20 #1"), or the section whose sources disagree.
    reference: &'static str,
    /// What is not known.
    question: &'static str,
    choices: Choices,
}

#[derive(Debug)]
enum Choices {
    /// One of these words; the first is the default.
    Words(&'static [&'static str]),
    /// A number between two bounds.
    Number { default: u32, min: u32, max: u32 },
    /// Nothing else is offered.
    Fixed(&'static str),
}

use Choices::{Fixed, Number, Words};

macro_rules! guesses {
    ($( $name:ident = $word:literal, $reference:literal, $question:literal, $choices:expr; )+) => {
        $( pub(in crate::sandbox) const $name: &Guess = &Guess {
            name: $word, reference: $reference, question: $question, choices: $choices,
        }; )+

        /// Every guess of this file.
        pub(in crate::sandbox) const TABLE: &[&Guess] = &[ $( $name ),+ ];
    };
}

pub(super) mod files;
pub(super) mod newer;
mod values;

pub(super) use self::values::Guesses;

/// Every guess of the sandbox.
fn table() -> impl Iterator<Item = &'static Guess> {
    TABLE.iter().chain(files::TABLE).chain(newer::TABLE).copied()
}

guesses! {
    MINT_DAYS_LEFT = "mint_days_left", "20 #1",
        "How many days before its expiry the newest key is followed by a new one.",
        Number { default: 30, min: 0, max: 730 };
    NEWEST = "newest_key", "20 #1",
        "Which of several keys is the latest.", Words(&["last_created", "last_to_expire"]);
    RESTRICTED_LATEST = "latest_for_restricted_key", "20 #2",
        "What latest answers to a key with Business restrictions.", Words(&["same_key", "401", "403"]);
    MINTING = "minting", "20 #3",
        "Whether repeated calls by an ageing key make one new key or one each.",
        Words(&["once", "every_call"]);
    WRONG_KIND = "wrong_kind_status", "20 #4",
        "What a key of the wrong kind is answered where a resource's page says 401 and the reference 403.",
        Words(&["403", "401"]);
    OLD_KEY_ENDS = "old_key_ends", "20 #5",
        "When a key that has a successor stops working.",
        Words(&["at_expiry", "at_first_use_of_newer"]);
    IDEMPOTENCY_SCOPE = "idempotency_scope", "20 #6",
        "Within what an Idempotency-Key must be unique.", Words(&["facility", "api_key"]);
    IDEMPOTENCY_KEEPS = "idempotency_keeps", "20 #6",
        "Which replies are kept and replayed.", Words(&["2xx_and_422", "2xx", "all_below_500"]);
    RETRY_AFTER = "retry_after_seconds", "20 #7",
        "The Retry-After header of 429 and 503; 0 sends none.",
        Number { default: 20, min: 0, max: 3600 };
    SIMULTANEOUS = "simultaneous_max", "20 #8",
        "How many simultaneous requests are taken before 429.",
        Number { default: 10, min: 1, max: 1000 };
    SIMULTANEOUS_SCOPE = "simultaneous_scope", "20 #8",
        "Within what simultaneous requests are counted.", Words(&["facility", "api_key"]);
    PAGE_PARAMETER = "page_parameter", "20 #9",
        "The name of the query parameter for a page; clients follow links and need not know it.",
        Words(&["page", "pageNumber"]);
    ROOT_LINKS = "root_links", "20 #10",
        "Which links the root has: one to each resource that the key may read, or none but help.", Words(&["resources", "help"]);
    ERROR_TEXTS = "error_texts", "20 #48",
        "The wording of error messages.", Fixed("our own");
    ROOT_KEYS = "root_keys", "18 #13",
        "Which kinds of key the root takes: its page says either, the reference says no resource does.",
        Words(&["either", "secret"]);
    COLON = "credentials_without_colon", "1.3",
        "Whether Basic credentials may lack the colon after the key.", Words(&["accepted", "401"]);
    OFFSET = "date_time_offset", "1.8",
        "How the offset of a date-time is written; the documents show both spellings and both zones.",
        Words(&["+00:00", "+0000", "sydney"]);
    KEY_NAME_TAIL = "key_name_tail", "3",
        "Whether a key's name ends as the key does; the vendor's own sample does not.",
        Words(&["of_key", "other"]);
    LATEST_LINKS = "latest_links", "3",
        "Whether latest has links: the sample has none, a public client's model has.",
        Words(&["present", "absent"]);
    TRACE_CODE = "trace_code", "1.9",
        "Whether an error has a traceCode, which only a public client knows.",
        Words(&["absent", "present"]);
    WILDCARD_ACCEPT = "accept_wildcard", "1.3",
        "Whether an Accept of */* stands for application/json.", Words(&["accepted", "406"]);
    SURCHARGES = "surcharges", "4",
        "Which cards carry which surcharge: a merchant's own setting.",
        Fixed("unless the seed says: Visa 0.4 % and 0.2 % (debit), Mastercard 0.5 % and 0.25 %, American Express 1.5 %, JCB and UnionPay 1 %; Diners not accepted");
    DEBIT_CARDS = "debit_cards", "6.11",
        "Which test cards are debit cards beside the one the documents call so.",
        Fixed("Visa beginning 404137, 401795 and 456400");
    NUMBER_AS_TEXT = "number_as_text", "1.9",
        "What a JSON number is answered where the documents have a string.",
        Words(&["422", "accepted"]);
    TEXT_SPACES = "text_spaces", "1.9",
        "What becomes of the spaces around a text, and of a text without anything in it.",
        Fixed("they are dropped, but codes, dates and numbers are taken to the letter; an empty text is a field left out");
    MONEY_AS_TEXT = "money_as_text", "1.8",
        "What a string is answered where the documents have an amount as a number.",
        Words(&["accepted", "422"]);
    FIELD_PATHS = "field_error_paths", "1.9",
        "How an error names a field inside another object.", Fixed("by its path, with dots");
    UNKNOWN_FIELDS = "unknown_fields", "1.9",
        "What becomes of a field the documents do not know.", Fixed("it is ignored");
    BANK_MASK = "bank_account_mask", "5.1",
        "How an Australian bank account is masked in replies: the documents only say that it is.",
        Words(&["last_three", "crosses", "whole"]);
    LARGEST_AMOUNT = "largest_amount", "1.8",
        "The largest amount that is taken.", Fixed("9,999,999,999,999.99");
    DISPLAY_AMOUNT = "display_amount", "1.8",
        "How an amount is shown in a currency other than AUD.", Fixed("as AUD: $1,005.25");
    HOLIDAYS = "holidays", "20 #26",
        "Which days besides weekends are no banking days.",
        Fixed("those that Sydney and Melbourne share: New Year, Australia Day, Easter, Anzac Day, King's Birthday, Christmas, with Mondays for weekends but for Anzac Day");
    CUT_OFF_ZONE = "cut_off_zone", "20 #26",
        "By whose clock the cut-offs are, the documents writing AEST all year.",
        Words(&["sydney", "aest"]);
    EXPIRY_YEAR = "token_expiry_year", "1.8",
        "How many digits the year of expiry has in a request for a single-use token: its page has four, the general rule two.",
        Words(&["four", "two_or_four"]);
    FIELD_LENGTHS = "field_lengths", "20 #38",
        "How long a text may be whose limit the documents do not give.",
        Fixed("names and parts of an address 100 characters");
    TOKEN_QUOTA = "token_quota_scope", "1.11",
        "Within what 1000 unused tokens are counted.",
        Fixed("within the facility, and within one address of it");
    THREE_DS2_STATUS = "three_ds2_status", "5.1",
        "What threeDS2Status is before the authentication; the threeDS2 object repeats the browserProfile.",
        Words(&["REQUIRED", "PENDING", "INITIATED"]);
    THREE_DS2_FLOWS = "three_ds2_flows", "5.2",
        "Which test value leads to which transStatus.",
        Fixed("a word in the cardholder's name: CHALLENGE C, ATTEMPT A, FAIL N, REJECT R, UNAVAILABLE U, any other Y");
    THREE_DS2_OFF = "three_ds2_not_enabled", "5.2",
        "What a token that asks for 3-D Secure says where the facility is not set up for it.",
        Fixed("threeDS2AuthRequired false; its authentication is 503");
    THREE_DS2_AGAIN = "three_ds2_again", "5.2",
        "What a second authentication of the same token is answered.",
        Fixed("the status that the first one or its challenge came to");
    THREE_DS2_UNSAID = "three_ds2_unsaid", "5.2",
        "What becomes of a payment or registration by a token that needs 3-D Secure and was not authenticated, or that does not say threeDS2.",
        Fixed("422");
    BILLING_ADDRESS = "billing_address", "5.2",
        "Whether a payment's authentication needs the billing address: the page calls it required, its fields optional, and real callers leave it out.",
        Words(&["optional", "required"]);
    COUNTRY_CODES = "three_ds2_countries", "5.2",
        "How a country is written: the page says numeric, its sample sends AUS.",
        Words(&["numeric_or_letters", "numeric"]);
    DUPLICATE_CUSTOMER = "duplicate_customer_number", "20 #38",
        "What a new customer with another's number is answered; two at the same moment are 409.",
        Words(&["422", "409"]);
    PATCH_REPLY = "patch_reply", "20 #38",
        "What a PATCH is answered that the documents give no body for.", Words(&["200", "204"]);
    PUT_STANDING = "put_customer_without_enabled", "8",
        "What becomes of a customer's standing when a PUT leaves enabled out.",
        Words(&["kept", "enabled"]);
    IMPLIED_BUSINESS = "implied_business", "8",
        "What is meant by a request without supplierBusinessCode.",
        Fixed("the business of the token or the customer, or the only one the key may touch; otherwise 422");
    CUSTOMER_SEARCH = "customer_search", "8",
        "How a part of a name or address is looked for, and what is made of customerEmail.",
        Fixed("in any case; customerEmail is read as emailAddress");
    CUSTOMER_DISABLED = "customer_disabled", "8",
        "What disabling a customer does by the API: the documents describe the portal.",
        Fixed("it cannot be charged and its recurring payments stop; nothing taken is voided");
    REGISTER_REQUEST = "register_account_request", "9",
        "What an account is registered from beside singleUseTokenId.",
        Fixed("creditCard, bankAccount or nzBankAccount with the token's field names; defaultAccount, threeDS2");
    REGISTERED_CUSTOMER = "customer_made_by_register", "9",
        "What a customer made with its account is like.",
        Fixed("customerNumber and customerName as sent, otherwise its id and the account's name");
    UPDATE_ACCOUNT = "update_account_request", "20 #39",
        "What an account's PATCH takes.",
        Fixed("cardholderName, expiryDateMonth with expiryDateYear, accountName, nzAccountName; defaultAccount true");
    DELETE_REPLY = "disable_account_reply", "20 #39",
        "What disabling an account is answered.", Words(&["204", "200"]);
    DISABLED_ACCOUNT = "disabled_account", "20 #39",
        "What is answered to a read of a disabled account. It is never enabled again.",
        Words(&["404", "200"]);
    ABSENT_FIELDS = "absent_fields", "1.8",
        "How a reply says that a field of its model has no value.", Words(&["null", "left_out"]);
    UNKNOWN_BIN = "unknown_bin", "11",
        "What six digits that begin no known card are answered: the page has 404 and 422 for it.",
        Words(&["by_first_digit", "404", "422"]);
    FRAUD_GUARD = "fraud_guard_from_dollars", "6.10",
        "From how many dollars Fraud Guard suspends a card payment over the internet; 0 never.",
        Number { default: 0, min: 0, max: 1_000_000 };
    VISA_HOLD = "visa_hold_days", "20 #17",
        "How many days a pre-authorisation on a Visa card lasts, and an extension adds.",
        Number { default: 7, min: 1, max: 60 };
    MASTERCARD_HOLD = "mastercard_hold_days", "20 #17",
        "How many days a pre-authorisation on a Mastercard lasts, from the last authorisation.",
        Number { default: 30, min: 1, max: 60 };
    OTHER_HOLD = "other_hold_days", "20 #17",
        "How many days a pre-authorisation on any other card lasts.",
        Number { default: 7, min: 1, max: 60 };
    CANCEL_AS = "cancel_transaction_type", "20 #13",
        "The transactionType with which a pre-authorisation is cancelled.",
        Words(&["either", "REFUND", "PREAUTH"]);
    HOLD_CHANGES = "hold_change_fields", "20 #14",
        "With which fields a pre-authorisation is topped up, extended and renewed.",
        Fixed("PREAUTH with originalReceiptNumber and authorisationType INCREMENTAL, EXTENSION or REAUTHORISATION");
    LATE_CAPTURE = "capture_after_expiry", "20 #18",
        "What a capture of a hold that ran out comes to.", Words(&["declined", "422"]);
    TOP_UP_AMOUNT = "incremental_amount", "20 #15",
        "What the amount of an incremental authorisation is.", Words(&["added", "new_total"]);
    PRIVATE_ADDRESS = "private_ip_address", "6.2",
        "What a payer's ipAddress of a private network is answered.", Words(&["422", "accepted"]);
    STORED_CREDENTIAL = "stored_credential_data", "6.2",
        "Whether a card payment must say how its card's details were come by.",
        Words(&["optional", "required"]);
    VOIDABLE = "voidable", "20 #19",
        "Which transactions may be voided before they settle.",
        Fixed("payments, captures, refunds, and a pre-authorisation that was not captured or cancelled; no change of a pre-authorisation, no account verification, nothing of PayTo");
    VOID_STATUS = "void_status", "20 #21",
        "What a void is answered.", Fixed("200 with the transaction");
    TRANSACTION_LIMITS = "transaction_limits", "20 #47",
        "The longest references and comment, and the most metadata of a transaction.",
        Fixed("references and a comment of 100 characters, metadata of 20 entries of 255");
    CARD_EXTRAS = "card_payment_extras", "20 #23",
        "Where networkTransactionId, debtRepayment and nzBankAccount stand in a request.",
        Fixed("beside transactionType; networkTransactionId is checked only");
    LIST_PARAMETERS = "list_parameters", "20 #11",
        "The names of the parameters of searches.",
        Fixed("referenceNumber, settlementDate, cardNumber, bsb, accountNumber, nzBankCode, nzBranchCode, nzAccountNumber, nzAccountSuffix, month, supplierBusinessCode; 422 for a business that a restricted key may not see");
    CSV_ASKED = "csv_report", "20 #12",
        "How the report of a day is asked for.",
        Fixed("Accept: text/csv or format=csv, with settlementDate, and columns if not all");
    PAYERS = "payto_payers", "13.8",
        "Whether the payers of PayTo agreements answer by themselves, as their BSB has it, or only when made to.",
        Words(&["by_bsb", "by_hand"]);
    PAYER_ANSWERS = "payto_payer_answers_minutes", "13.8",
        "After how many minutes a payer answers.", Number { default: 1, min: 0, max: 7_200 };
    PAYTO_SETTLES = "payto_payment_seconds", "14",
        "After how many seconds the payer's bank answers a PayTo payment.",
        Number { default: 30, min: 0, max: 86_400 };
    PAYTO_LAST = "payto_final_payment", "14",
        "What the last payment under a PayTo agreement makes of it.",
        Fixed("with finalPayment true it ends the agreement once it is made: CANCELLED, MCFC");
    PAYTO_PATCH = "payto_patch_reply", "13.6",
        "What a change of a PayTo agreement is answered.", Words(&["200", "204"]);
    PAYTO_STATE = "payto_wrong_state", "20 #33",
        "What a change that is not lawful in the agreement's state is answered.",
        Words(&["422", "409"]);
    PAYTO_BODIES = "payto_patch_bodies", "20 #28",
        "How the five changes of a PayTo agreement are told apart.",
        Fixed("agreementStatus RECALLED, SUSPENDED, ACTIVE or CANCELLED; amendmentStatus RECALLED; paymentTerms, endDate or automaticRenewal for the payer to approve; payeeReference and description at once");
    PAYTO_FIELDS = "payto_reply_fields", "20 #30",
        "The names of a PayTo agreement's status, reason, end of waiting, amendment and parts in replies.",
        Fixed("agreementStatus, statusReasonCode, statusReasonDescription, statusChangedBy, pendingAmendment with amendmentStatus, respondByTime, paymentTerms and paymentDetails; paymentDetails (purpose, description, startDate, endDate, automaticRenewal), paymentTerms (frequency, agreementType, paymentAmount, maximumPaymentAmount, currency) and payerDetails (payerType, payerId, payerName, payerReference, payIdType, payId, bsb, accountNumber) as they were sent; respondByTime after the report's heading");
    PAYTO_PAYER_ACCOUNT = "payto_payer_account", "6.3",
        "What payToPayerAccount holds, of which the documents give the name alone.",
        Fixed("accountType PAYTO, accountToken, customerId and defaultAccount as other accounts, none of them registered; payerName, bsb, accountNumber, payIdType, payId");
    PAYTO_TERMS = "payto_request_fields", "13.2",
        "The names of what a PayTo agreement is asked for with that no document or client shows.",
        Fixed("paymentDetails.endDate; payIdType of TELE, AUBN and ORGN");
    PAYTO_LIST = "payto_list_parameters", "20 #36",
        "The names of the parameters by which PayTo agreements are listed, and how their report is asked for.",
        Fixed("agreementStatus, customerId, customerNumber, payeeReference, supplierBusinessCode; Accept: text/csv or format=csv");
    PAYTO_CUSTOMER = "payto_new_customer", "20 #27",
        "Whom an agreement without a customer is made for.",
        Fixed("a new customer with customerNumber and customerName if sent, else the payer's name");
    RECURRING_FIELDS = "recurring_fields", "20 #37",
        "The names of a recurring payment's fields beside those the documents show.",
        Fixed("customerId, accountToken, supplierBusinessCode, description, frequency, scheduleType, startDate, endDate, numberOfPayments, finalPaymentAmount, totalAmount, nextPaymentDate; regularPaymentAmount and currency in requests; a paymentScheduleCode that was not sent is null and is listed first");
    RECURRING_FREQUENCIES = "recurring_frequencies", "20 #37",
        "How often an instalment may be taken: the documents show MONTHLY.",
        Fixed("DAILY, WEEKLY, FORTNIGHTLY, FOUR_WEEKLY, MONTHLY, QUARTERLY, HALF_YEARLY, YEARLY");
    RECURRING_ENDS = "recurring_ends", "20 #37",
        "What may end a recurring payment, and in which words: the documents show CONTINUE_UNTIL_FURTHER_NOTICE.",
        Fixed("also CONTINUE_UNTIL_DATE with endDate, the last day; CONTINUE_FOR_NUMBER_OF_PAYMENTS with numberOfPayments and finalPaymentAmount; CONTINUE_UNTIL_TOTAL_AMOUNT with totalAmount, the last instalment being what is left; another end's field is 422");
    RECURRING_DATES = "recurring_dates", "10",
        "On which day an instalment falls whose month has no such day.",
        Fixed("the last of the month, and the first date's day again in the next month that has it");
    RECURRING_START = "recurring_start", "10",
        "When the first instalment is taken, the documents saying at once on the current settlement date.",
        Fixed("at once if the start is the day on which a payment of that account settles now, or today after the hour of instalments; a start in the past is 422");
    INSTALMENT_HOUR = "instalment_hour", "10",
        "At which hour of the day instalments are taken, by the clock of the cut-offs.",
        Number { default: 6, min: 0, max: 23 };
    DECLINED_INSTALMENT = "declined_instalment", "20 #37",
        "Whether a declined instalment counts towards the number of payments. It never counts towards a total amount.",
        Words(&["counts", "does_not_count"]);
    INSTALMENT_RETRIES = "instalment_retries", "20 #37",
        "How often a declined or returned instalment is tried again by itself.",
        Number { default: 0, min: 0, max: 10 };
    INSTALMENT_RETRY_DAYS = "instalment_retry_days", "20 #37",
        "How many days after a declined instalment it is tried again.",
        Number { default: 1, min: 1, max: 31 };
    RETRY_ORIGINAL = "retry_original", "10",
        "Which receipt is the original of a second try: the instalment's or the failed try's.",
        Words(&["first_failed", "last_failed"]);
    INSTALMENT_ACCOUNT = "instalment_account", "10",
        "What becomes of an instalment whose account is disabled, or whose customer has no default account any more.",
        Fixed("it is declined with QQ, for the schedule's account or else the customer's newest");
    INSTALMENT_FIELDS = "instalment_fields", "10",
        "What an instalment says beside its money.",
        Fixed("customerReferenceNumber, the customer's number; no payment reference");
    INSTALMENT_UNDONE = "instalment_undone", "10",
        "What becomes of a schedule whose instalment is voided, refunded or returned.",
        Fixed("a returned one counts as declined, and may be tried again; the others count as paid");
    RECURRING_PUT = "recurring_update", "10",
        "What replacing a running schedule does.",
        Fixed("what was taken counts towards the new end; the next instalment is on the first date of the new series that is not before today and after the last one taken");
    RECURRING_STOP = "recurring_stop", "20 #37",
        "How a recurring payment is stopped, and what becomes of one that is over.",
        Fixed("status STOPPED or enabled false; one that is STOPPED or COMPLETED cannot be stopped, updated or started again: 422");
    RECEIVING_ACCOUNTS = "receiving_accounts", "6.3",
        "What stands in the accounts that a transaction's money goes to, a merchant's own set-up.",
        Fixed("play data in merchantAccount, directEntryAccount, nzDirectEntryAccount; accountName, bsb and accountNumber in payToPayeeAccount; a payer's bank account has its holder's name as displayName");
    BANK_RESPONSES = "bank_account_responses", "20 #24",
        "Which response codes a bank account's payment has: the documents' list of them is not public.",
        Fixed("00 if accepted, 05 if declined or returned, QA with summary 3 if rejected, QQ from a disabled account");
    UNCERTAIN_RESPONSE = "uncertain_response", "20 #24",
        "Which response code a transaction has that is Pending or Suspended.",
        Fixed("QI, with summary 2");
    SOURCES = "sources", "20 #22",
        "The words of a transaction's source; the documents show one.",
        Fixed("RESTAPI, RECURRING, QUICKBATCH, PAYID");
    RETURN_WINDOW = "return_window", "20 #25",
        "When Approved* becomes final.", Fixed("after five banking days on the clock");
    REFUNDS = "refunds", "6.5",
        "How much may be refunded, and when.",
        Fixed("once the time to void is over, up to what was paid with its surcharge, less earlier refunds");
    HOLD_RULES = "hold_rules", "20 #16",
        "Which receipt names a hold, and what else changes of it do.",
        Fixed("any receipt of the hold; one capture, and voiding it restores the hold; a partial cancellation to zero cancels; a capture has its own surcharge; authorisationCode is the receipt's last six digits");
    PAYTO_BSB = "payto_payer_bsb", "20 #32",
        "What exactly the payers of the test BSBs do, of which the documents give a word each.",
        Fixed("032001 declines; 032002 never answers and is recalled; 032003 CREATING, then FAILED; 032004 CREATING for 5 minutes, then approves; 032005 EXPIRED when the time is up; 032006 CREATING for 30 minutes; 032007 cancels after the first payment; amendments alike");
    PAYTO_RULES = "payto_rules", "20 #35",
        "When a payer's bank refuses a PayTo payment, and what that does.",
        Fixed("not ACTIVE, within five days of a moved direct debit, outside the dates, not the fixed amount or above the maximum: 05; seven refused in a row suspend the agreement");
    PAYTO_WORDS = "payto_words", "20 #29",
        "The words of status and reason that the documents do not give.",
        Fixed("CREATING, SUSPENDED, CANCELLED, DECLINED, EXPIRED, RECALLED, FAILED; reason codes as NPP has them");
    REVOKED = "revoked_key", "3",
        "What a key deleted in the portal is answered.", Fixed("401, as an unknown key");
    CHECK_ORDER = "order_of_checks", "19",
        "In which order a request is checked.",
        Fixed("path and verb, key, address, set-up, kind of key, Accept, Content-Type, simultaneous, idempotency, query on a write, JSON, existence, fields");
    KEPT = "transactions_kept", "6.5",
        "How long the bank keeps a transaction.",
        Fixed("until a facility has 150,000; then the oldest whose outcome is final makes room and is 404");
}
