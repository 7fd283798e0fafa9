//! Every example answer of the documents is read whole: what the types do not know stays in `rest`,
//! and what was read, written again, is what came.

use proptest::prelude::*;
use quaymaster::domain::money::Cents;
use quaymaster::domain::transaction::State;
use quaymaster::quickstream::json::Fields;
use quaymaster::quickstream::models::account::{BankAccount, CreditCard, NzBankAccount};
use quaymaster::quickstream::models::card::{AccountType, CardScheme, CardType};
use quaymaster::quickstream::models::field::Field;
use quaymaster::quickstream::models::money::{Money, SurchargedMoney};
use quaymaster::quickstream::resources::businesses::{AcceptedCard, Business, CardSurcharge};
use quaymaster::quickstream::resources::credit_cards::SchemeOfCard;
use quaymaster::quickstream::resources::single_use_tokens::SingleUseToken;
use quaymaster::quickstream::resources::single_use_tokens::authentication::{Authenticated, Flow};
use quaymaster::quickstream::resources::transactions::model::{
    AuthorisationType, SummaryCode, Transaction, TransactionType,
};
use quaymaster::quickstream::{Listed, Word};
use serde_json::{Value, json};

const CARD_TOKEN: &str = r#"{
  "links": [],
  "singleUseTokenId": "6a8f86e6-dfc0-4306-b07d-c7df137234aa",
  "accountType": "CREDIT_CARD",
  "creditCard": {
    "cardNumber": "424242...242",
    "expiryDateMonth": "01",
    "expiryDateYear": "17",
    "cardScheme": "VISA",
    "cardType": "CREDIT",
    "cardholderName": "Jane Smith",
    "cardType": "CREDIT",
    "maskedCardNumber4Digits": "424242...4242",
    "surchargePercentage": "0.400"
  }
}"#;

const PAYMENT: &str = r#"{"links":[],"receiptNumber":"4000000017","transactionType":"PAYMENT","status":"Approved",
"responseCode":"08","responseDescription":"Honour with identification","summaryCode":"0","fraudGuardResult":null,
"customerReferenceNumber":"CUST-77","paymentReferenceNumber":"INV-1009","comment":null,"metadata":{},"source":"RESTAPI",
"ipAddress":"203.0.113.7","supplierBusinessCode":"SANDBOXHIRE","settlementDate":"2026-03-02",
"transactionTime":"2026-03-02T11:04:09+1000","refundable":false,"voidable":true,
"principalAmount":{"currency":"AUD","amount":25.50,"displayAmount":"$25.50"},
"surchargeAmount":{"currency":"AUD","amount":0.10,"displayAmount":"$0.10"},
"totalAmount":{"currency":"AUD","amount":25.60,"displayAmount":"$25.60"},
"creditCard":{"accountType":"CREDIT_CARD","accountToken":null,"defaultAccount":false,"cardNumber":"424242...242",
"expiryDateMonth":"12","expiryDateYear":"29","cardScheme":"VISA","cardType":"CREDIT","cardholderName":"Sam Test",
"maskedCardNumber4Digits":"424242...4242","panType":"FPAN"},"networkTransactionId":"016000000000017","debtRepayment":false}"#;

/// A value without its nulls, and with each date-time as one moment: what reading may change.
fn normal(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(name, value)| (name.clone(), normal(value))).collect())
        }
        Value::Array(values) => values.iter().map(normal).collect(),
        Value::String(text) => {
            let moment = quaymaster::domain::time::parse_date_time(text);
            moment.map_or_else(|_| value.clone(), |moment| moment.write())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// Reads an example and checks that nothing of it is lost.
fn whole<T: Listed + Field>(text: &str) -> T {
    let value: Value = serde_json::from_str(text).unwrap();
    let read = <T as Listed>::read(Fields::of(value.clone()).unwrap()).unwrap();
    assert_eq!(normal(&read.write()), normal(&value));
    read
}

fn known<T: Copy + quaymaster::quickstream::word::Vocabulary>(word: Option<&Word<T>>) -> Option<T> {
    word.and_then(Word::known)
}

#[test]
fn the_token_of_a_card() {
    let token: SingleUseToken = whole(CARD_TOKEN);
    assert!(token.rest.is_empty() && !token.needs_authentication());
    assert_eq!(token.single_use_token_id.as_str(), "6a8f86e6-dfc0-4306-b07d-c7df137234aa");
    assert_eq!(known(token.account_type.as_ref()), Some(AccountType::CreditCard));
    let card = token.credit_card.unwrap();
    assert!(card.rest.is_empty());
    assert_eq!(known(card.card_scheme.as_ref()), Some(CardScheme::Visa));
    assert_eq!(known(card.card_type.as_ref()), Some(CardType::Credit));
    assert_eq!(card.cardholder_name.unwrap().as_str(), "Jane Smith");
    assert_eq!(card.masked_card_number_4_digits.as_deref(), Some("424242...4242"));
    assert_eq!(card.surcharge_percentage.as_deref(), Some("0.400"));
}

#[test]
fn the_tokens_of_wallets_and_of_three_ds2() {
    for (word, kind) in
        [("APPLE_PAY", AccountType::ApplePay), ("GOOGLE_PAY", AccountType::GooglePay)]
    {
        let text =
            format!(r#"{{"links": [], "singleUseTokenId": "6a8f", "accountType": "{word}"}}"#);
        let token: SingleUseToken = whole(&text);
        assert_eq!(known(token.account_type.as_ref()), Some(kind));
    }
    let token: SingleUseToken = whole(
        r#"{"singleUseTokenId":"1","creditCard":{"threeDS2AuthRequired":true,"threeDS2":{"a":[1]},
            "threeDS2Status":"PENDING"}}"#,
    );
    assert!(token.needs_authentication());
    for (status, flow) in [
        ("Y", Flow::Frictionless),
        ("A", Flow::Frictionless),
        ("C", Flow::Challenge),
        ("N", Flow::Failed),
        ("R", Flow::Failed),
        ("U", Flow::Failed),
        // A status that we do not know is no leave to take money.
        ("I", Flow::Failed),
    ] {
        let answer: Authenticated = whole(&format!(r#"{{"transStatus": "{status}"}}"#));
        assert_eq!(answer.flow(), flow, "{status}");
    }
}

#[test]
fn the_tokens_of_bank_accounts() {
    let token: SingleUseToken = whole(
        r#"{"singleUseTokenId":"1","accountType":"DIRECT_DEBIT",
            "bankAccount":{"accountName":"Jane Smith","bsb":"032-xxx","accountNumber":"xxx410"}}"#,
    );
    let account: BankAccount = token.bank_account.unwrap();
    assert_eq!(account.account_number.unwrap().as_str(), "xxx410");
    let token: SingleUseToken = whole(
        r#"{"singleUseTokenId":"1","accountType":"DIRECT_DEBIT_NZ","nzBankAccount":{"nzAccountName":"Jane Smith",
            "nzBankCode":"15","nzBranchCode":"01","nzAccountNumber":"xxx416","nzAccountSuffix":"01"}}"#,
    );
    let account: NzBankAccount = token.nz_bank_account.unwrap();
    assert_eq!(account.nz_bank_code.unwrap().as_str(), "15");
}

#[test]
fn money_both_plain_and_with_a_surcharge() {
    let money: Money =
        whole(r#"{"currency" : "AUD","amount": 1005.25,"displayAmount": "$1,005.25"}"#);
    assert_eq!(money.amount, Cents::new(100_525));
    let money: SurchargedMoney = whole(
        r#"{"principalAmount": {"currency": "AUD","amount": 992.10,"displayAmount": "$992.10"},
            "surchargeAmount": {"currency": "AUD","amount": 24.80,"displayAmount": "$24.80"},
            "totalAmount": {"currency" : "AUD","amount": 1016.90,"displayAmount": "$1,016.90"}}"#,
    );
    let surcharge = money.surcharge_amount.unwrap().amount;
    let sum = money.principal_amount.amount.checked_add(surcharge);
    assert_eq!(sum, money.total_amount.map(|total| total.amount));
}

#[test]
fn a_payment() {
    let payment: Transaction = whole(PAYMENT);
    assert!(payment.rest.is_empty(), "{:?}", payment.rest);
    assert_eq!(payment.state(), Some(State::Approved));
    assert_eq!(known(payment.transaction_type.as_ref()), Some(TransactionType::Payment));
    assert_eq!(known(payment.summary_code.as_ref()), Some(SummaryCode::Approved));
    assert_eq!((payment.voidable, payment.refundable), (Some(true), Some(false)));
    assert_eq!(payment.transaction_time.unwrap().to_string(), "2026-03-02T01:04:09Z");
    assert_eq!(payment.settlement_date.unwrap().to_string(), "2026-03-02");
    assert_eq!(payment.total_amount.unwrap().amount, Cents::new(2_560));
    assert_eq!(payment.fraud_guard_result, None);
}

#[test]
fn the_accounts_of_the_documents() {
    let card: CreditCard = whole(
        r#"{"links":[],"accountType":"CREDIT_CARD","accountToken":"SANDBOX-100000451","customerId":"310000077",
            "defaultAccount":true,"cardNumber":"424242...242","expiryDateMonth":"12","expiryDateYear":"29",
            "cardScheme":"VISA","cardType":"CREDIT","cardholderName":"Sam Test","surchargePercentage":"0.400",
            "maskedCardNumber4Digits":"424242...4242","panType":"FPAN"}"#,
    );
    assert!(card.rest.is_empty());
    assert_eq!(card.account_token.unwrap().as_str(), "SANDBOX-100000451");
    assert_eq!(card.default_account, Some(true));
}

#[test]
fn a_business_and_its_cards() {
    let business: Business = whole(
        r#"{"links":[],"supplierBusinessName":"Sandbox Hire","supplierBusinessCode":"SANDBOXHIRE",
            "registeredName":"Sandbox Hire Pty Ltd","abn":"51824753556","contactName":"Ops",
            "contactEmail":"ops@example.com","contactPhone":"+61255500000",
            "customerNotificationEmail":"noreply@example.com","businessAddress":{"street1":"1 Test St",
            "street2":null,"street3":null,"city":"Sydney","state":"NSW","postcode":"2000","country":"AU"}}"#,
    );
    assert!(business.rest.is_empty());
    assert_eq!(business.supplier_business_code.as_str(), "SANDBOXHIRE");
    assert!(business.business_address.unwrap().rest.is_empty());
    let card: AcceptedCard = whole(r#"{"links":[],"cardScheme":"UNIONPAY"}"#);
    assert_eq!(card.card_scheme, Word::Known(CardScheme::UnionPay));
    let surcharge: CardSurcharge = whole(
        r#"{"links":[],"cardScheme":"MASTERCARD","cardType":"DEBIT","surchargePercentage":"0.400"}"#,
    );
    assert_eq!(known(surcharge.card_type.as_ref()), Some(CardType::Debit));
    let scheme: SchemeOfCard = whole(r#"{"links":[],"cardScheme":"VISA"}"#);
    assert_eq!(scheme.card_scheme.known(), Some(CardScheme::Visa));
}

/// The vendor may add words and fields at any time.
#[test]
fn what_is_not_known_survives() {
    let payment: Transaction = whole(
        r#"{"receiptNumber":"1","status":"Parked","transactionType":"GIFT","summaryCode":"7",
            "source":"CARRIER_PIGEON","creditCard":{"cardScheme":"ABACUS","hologram":true},
            "principalAmount":{"amount":1.00,"currency":"XTS","grains":[1,{"a":null}]},
            "links":[{"rel":"self","href":"/x","requestMethod":"TRACE"}],"newThing":{"deep":[1,2]}}"#,
    );
    assert_eq!(payment.status, Some(Word::Unknown("Parked".to_owned())));
    assert_eq!(payment.state(), None);
    assert_eq!(payment.rest.names().collect::<Vec<_>>(), ["newThing"]);
    assert_eq!(payment.credit_card.unwrap().rest.names().collect::<Vec<_>>(), ["hologram"]);
}

/// What is there in another shape than we read is not passed off as absent: it stays in `rest`.
#[test]
fn what_cannot_be_read_survives() {
    let payment: Transaction = whole(
        r#"{"receiptNumber":"1","settlementDate":"2 March","transactionTime":"yesterday","voidable":"perhaps",
            "principalAmount":12.5,"totalAmount":{"currency":"AUD"},"status":{"is":"Approved"},
            "metadata":{"a":["list"]},"links":[{"href":"/x","title":"new"}],"source":["a"]}"#,
    );
    assert_eq!(payment.principal_amount, None);
    assert_eq!(payment.rest.names().count(), 9);
    assert_eq!(payment.links, None);
}

#[test]
fn a_receipt_may_be_a_number_and_must_be_there() {
    let read = |value: Value| Transaction::of(Fields::of(value).unwrap());
    assert_eq!(
        read(json!({"receiptNumber": 4_000_000_017_u64})).unwrap().receipt_number.as_str(),
        "4000000017"
    );
    for value in [json!({}), json!({"receiptNumber": null}), json!({"receiptNumber": ""})] {
        assert_eq!(read(value), None);
    }
}

/// What is a payer's does not print, wherever it stands.
#[test]
fn a_payer_does_not_print() {
    let payment: Transaction = whole(PAYMENT);
    let token: SingleUseToken = whole(CARD_TOKEN);
    let shown = format!("{payment:?} {token:?}");
    for secret in ["Sam", "Jane", "203.0"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn what_a_later_authorisation_is_called() {
    let hold: Transaction = whole(
        r#"{"receiptNumber":"2","transactionType":"PREAUTH","authorisationType":"INCREMENTAL",
            "originalReceiptNumber":"1","status":"Approved","authorisationCode":"A1B2C3"}"#,
    );
    assert_eq!(known(hold.authorisation_type.as_ref()), Some(AuthorisationType::Incremental));
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        (-999_999_i64..999_999)
            .prop_map(|cents| { serde_json::from_str(&Cents::new(cents).to_string()).unwrap() }),
        ".{0,12}".prop_map(Value::from),
        Just(json!("2026-03-02T11:04:09+10:00")),
        Just(json!("Approved*")),
        Just(json!("VISA")),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let names = prop_oneof![
            "[a-z]{1,6}",
            Just("amount".to_owned()),
            Just("currency".to_owned()),
            Just("cardScheme".to_owned()),
            Just("links".to_owned()),
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::hash_map(names, inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// The names of a transaction's fields that the documents show.
const NAMES: [&str; 14] = [
    "status",
    "transactionType",
    "summaryCode",
    "settlementDate",
    "transactionTime",
    "voidable",
    "principalAmount",
    "metadata",
    "creditCard",
    "bankAccount",
    "payToData",
    "links",
    "comment",
    "unheardOf",
];

/// Whether two values say the same; a number or a truth value may have become its text or back.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, value)| other.get(name).is_some_and(|o| same(value, o)))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(_) | Value::Array(_), _) | (_, Value::Object(_) | Value::Array(_)) => false,
        (one, other) => {
            let text =
                |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let (one, other) = (text(one), text(other));
            one.eq_ignore_ascii_case(&other)
                || Cents::parse(&one).is_ok_and(|one| Ok(one) == Cents::parse(&other))
        }
    }
}

proptest! {
    /// Whatever stands in whichever field, it is either read or kept, and reading what was written
    /// gives the same.
    #[test]
    fn nothing_is_lost(
        fields in proptest::collection::hash_map(proptest::sample::select(&NAMES[..]), any_value(), 0..8),
    ) {
        let mut value = json!({"receiptNumber": "1"});
        for (name, field) in fields {
            value[name] = field;
        }
        let read = Transaction::of(Fields::of(value.clone()).unwrap()).unwrap();
        let written = read.to_value();
        prop_assert!(same(&normal(&written), &normal(&value)), "{} became {}", value, written);
        let again = Transaction::of(Fields::of(written.clone()).unwrap()).unwrap();
        prop_assert_eq!(normal(&again.to_value()), normal(&written));
    }
}
