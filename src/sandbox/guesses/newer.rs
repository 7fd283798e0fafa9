//! What the vendor's documents do not say of what is newer than the reference: PayIDs, webhooks,
//! and single-use tokens for wallets and for PayTo.

use super::Choices::{Fixed, Number, Words};
use super::Guess;

guesses! {
    WALLET_TOKENS = "wallet_and_payto_tokens", "20 #46",
        "What a token for a wallet or for PayTo is asked for with.",
        Fixed("accountType APPLE_PAY with applePayToken, GOOGLE_PAY with googlePayToken, both unread; PAYTO with payerName and bsb, accountNumber or payIdType, payId");
    PAYTO_ONCE = "payto_once_off", "20 #34",
        "What payToAgreement in a payment holds, and what it does.",
        Fixed("payeeReference, respondByTimeMinutes, paymentDetails with purpose and description, payerDetails; ADHO and FIXE for the payment's amount from today; the payment is Pending until the payer has answered, and ends the agreement; for the customer whose number is customerReferenceNumber, or a new one");
    PAYTO_TOKENS = "payto_token_payment", "14",
        "What a payment by a single-use token for PayTo does.",
        Fixed("as payToAgreement, which may be sent beside the token without the payer's account; alone its purpose is OTHR");
    WALLETS = "wallet_registration", "5.1",
        "What is registered by a single-use token for a wallet or for PayTo, of which the documents say nothing.",
        Fixed("422; a payment by a wallet's token is approved");
    PAY_ID_PATHS = "pay_id_paths", "20 #43",
        "Where PayIDs are read, listed and deregistered, the documents showing the registration alone.",
        Fixed("GET and DELETE /payids/{payId}, GET /customers/{customerId}/payids, newest first; no registration without a customer");
    PAY_ID_FIELDS = "pay_id_fields", "20 #43",
        "The names of a PayID's fields in replies, and the words of its status.",
        Fixed("links, payId, type, status, customerId, customerNumber, supplierBusinessCode, paymentAmount, registrationPriority; PENDING, ACTIVE, REJECTED, DEREGISTERED");
    PAY_ID_DOMAINS = "pay_id_domains", "15",
        "Which domains of e-mail are set up for a facility: a merchant's own setting.",
        Fixed("pay_id_domains of the seed; if that is left out example.com, as in the documents' test address");
    PAY_ID_NUMBER = "pay_id_customer_number", "15",
        "What becomes of a customerNumber that is not that of the customer in the path.",
        Words(&["422", "ignored"]);
    PAY_ID_PRIORITY = "pay_id_priority", "15",
        "The words of registrationPriority and what they do; its default is by type.",
        Fixed("any text, which is repeated and changes nothing; if left out SINGLE is HIGH and STATIC is LOW");
    PAY_ID_REGISTRATION = "pay_id_registration_seconds", "15",
        "After how many seconds a PayID is registered or rejected.",
        Number { default: 60, min: 0, max: 86_400 };
    PAY_ID_TEST_PAYMENT = "pay_id_test_payment_seconds", "15",
        "How many seconds after its registration a PayID that begins with test_payment receives its dollar.",
        Number { default: 60, min: 0, max: 86_400 };
    PAY_ID_AGAIN = "pay_id_again", "15",
        "Whether an address may be registered a second time.",
        Fixed("once it was rejected or deregistered, for any customer, and what was before is forgotten; otherwise 422");
    PAY_ID_DELETE = "pay_id_delete_reply", "15",
        "What deregistering a PayID is answered. It holds at once, and for one that is PENDING too.",
        Words(&["204", "200"]);
    PAY_ID_STATE = "pay_id_wrong_state", "15",
        "What deregistering one that was rejected or deregistered is answered.",
        Words(&["422", "409", "404"]);
    PAY_ID_RETURNED = "pay_id_returned", "15",
        "What is seen of a payment whose amount a SINGLE PayID does not take.",
        Fixed("nothing: there is no transaction, and the PayID stays registered");
    PAY_ID_PAYMENTS = "pay_id_payments", "15",
        "What a payment that came in by a PayID is like.",
        Fixed("PAYMENT of source PAYID, Approved at once with 00, never voidable, settled the same day; accountType PAYID, and payIdData with the payId and the payer's accountName, bsb and accountNumber; in the history of the PayID's customer");
    PAY_ID_REFUNDS = "pay_id_refunds", "15",
        "How much of a payment by PayID may be refunded.", Words(&["any_part", "whole"]);
    WEBHOOK_SIGNATURE = "webhook_signature", "20 #44",
        "What X-Webhook-Signature is: the documents name the header alone. It is an HMAC-SHA256 of the raw body under the webhook's secret.",
        Words(&["hex", "base64"]);
    WEBHOOK_EVENTS = "webhook_events", "20 #45",
        "Which events there are beside payto.agreement.confirmed, declined, expired, recalled and payto.payment.approved.",
        Fixed("payto.agreement.failed, suspended, resumed, cancelled, amended, amendment.declined, amendment.expired, amendment.recalled; payto.payment.declined, refunded; payid.registered, rejected, deregistered, payid.payment.received; a payment to a SINGLE PayID is received and then the PayID deregistered");
    WEBHOOK_DATA = "webhook_data", "16",
        "What is in data of an event that is no agreement's, and when the timestamp is.",
        Fixed("the model of the transaction or of the PayID; the time at which it happened, in Sydney's offset without a colon");
    WEBHOOK_ANSWER = "webhook_answer", "20 #45",
        "Which answer takes an event, and how long one is waited for.",
        Fixed("any 2xx within 10 seconds; a redirect is not followed");
    WEBHOOK_TRIES = "webhook_tries", "20 #45",
        "How often an event is sent until it is given up.",
        Number { default: 5, min: 1, max: 20 };
    WEBHOOK_PAUSE = "webhook_pause_seconds", "20 #45",
        "How many seconds after its first failure an event is sent again.",
        Number { default: 60, min: 1, max: 86_400 };
    WEBHOOK_RETRIES = "webhook_retries", "20 #45",
        "How the pauses between tries grow.",
        Fixed("each is four times the one before, on the sandbox's clock");
}
