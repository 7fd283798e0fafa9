//! Requests are written with the documents' names and nothing else: each is held against an example
//! of the documents, whole.

use proptest::prelude::*;
use quaymaster::domain::money::Cents;
use quaymaster::domain::pre_authorisation::scheme::{Mastercard, Other, Visa};
use quaymaster::quickstream::models::amount::{Amount, Currency};
use quaymaster::quickstream::models::details::{
    AccountNumber, BankDetails, Bsb, CardDetails, CardNumber, Cvn, Expiry, HolderName,
    NzAccountNumber, NzAccountSuffix, NzBankCode, NzBankDetails, NzBranchCode,
};
use quaymaster::quickstream::models::field::Field;
use quaymaster::quickstream::models::ids::{
    AccountToken, AgreementToken, BusinessCode, CustomerId, ReceiptNumber, SingleUseTokenId,
};
use quaymaster::quickstream::models::texts::{Comment, Reference, Short};
use quaymaster::quickstream::resources::single_use_tokens::browser::{
    BrowserLanguage, BrowserProfile, ColorDepth, Java,
};
use quaymaster::quickstream::resources::single_use_tokens::{TokenAccount, TokenRequest};
use quaymaster::quickstream::resources::transactions::hold::Hold;
use quaymaster::quickstream::resources::transactions::notes::{
    BehindAggregator, CardData, DebtRepayment, Eci, Entry, Metadata, NetworkTransactionId, Notes,
    PayerAddress, Usage,
};
use quaymaster::quickstream::resources::transactions::payment::{
    InAgreement, PayToPayment, Payment, Refund,
};
use quaymaster::quickstream::resources::transactions::preauth::{
    AccountVerification, Cancellation, Capture, Extension, Increment, PreAuthorisation,
    Reauthorisation,
};
use quaymaster::quickstream::resources::transactions::source::{Source, Stored};
use serde_json::{Value, json};

fn business(code: &str) -> BusinessCode {
    BusinessCode::new(code).unwrap()
}

fn receipt(number: &str) -> ReceiptNumber {
    ReceiptNumber::new(number).unwrap()
}

fn reference(text: &str) -> Reference {
    Reference::new(text).unwrap()
}

fn amount(cents: i64) -> Amount {
    Amount::new(Cents::new(cents)).unwrap()
}

fn holder(name: &str) -> HolderName {
    HolderName::new(name).unwrap()
}

fn card(holder: &str) -> CardDetails {
    CardDetails {
        holder: HolderName::new(holder).ok(),
        number: CardNumber::new("4242424242424242").unwrap(),
        expiry: Expiry::new(12, 2027).unwrap(),
        cvn: Cvn::new("123").ok(),
    }
}

fn bank() -> BankDetails {
    BankDetails {
        holder: holder("Jane Smith"),
        bsb: Bsb::new("032-000").unwrap(),
        number: AccountNumber::new("123410").unwrap(),
    }
}

fn nz_bank() -> NzBankDetails {
    NzBankDetails {
        holder: holder("Jane Smith"),
        bank: NzBankCode::new("15").unwrap(),
        branch: NzBranchCode::new("01").unwrap(),
        number: NzAccountNumber::new("123416").unwrap(),
        suffix: NzAccountSuffix::new("01").unwrap(),
    }
}

/// The text is compared, too: a number's decimals are part of it.
fn is(written: &Value, example: &str) {
    let example: Value = serde_json::from_str(example).unwrap();
    assert_eq!(written, &example);
}

#[test]
fn tokens() {
    let token = |account| TokenRequest { business: business("MYSUPPLIER"), account }.to_value();
    is(
        &token(TokenAccount::Card(card("Jane Smith"))),
        r#"{
            "supplierBusinessCode": "MYSUPPLIER",
            "accountType" : "CREDIT_CARD",
            "cardholderName" : "Jane Smith",
            "cardNumber" : "4242424242424242",
            "expiryDateMonth": "12",
            "expiryDateYear": "2027",
            "cvn": "123"
        }"#,
    );
    is(
        &token(TokenAccount::Bank(bank())),
        r#"{
            "supplierBusinessCode": "MYSUPPLIER",
            "accountType" : "DIRECT_DEBIT",
            "accountName" : "Jane Smith",
            "bsb" : "032-000",
            "accountNumber": "123410"
        }"#,
    );
    is(
        &token(TokenAccount::NzBank(nz_bank())),
        r#"{
            "supplierBusinessCode": "MYSUPPLIER",
            "accountType" : "DIRECT_DEBIT_NZ",
            "nzAccountName" : "Jane Smith",
            "nzBankCode" : "15",
            "nzBranchCode": "01",
            "nzAccountNumber": "123416",
            "nzAccountSuffix": "01"
        }"#,
    );
    let language = BrowserLanguage::new("en").unwrap();
    let browser =
        BrowserProfile::new(Java::Enabled, language, ColorDepth::One, (1000, 2000), 60).unwrap();
    is(
        &token(TokenAccount::CardWithThreeDs2(card("Amira Spenar"), browser)),
        r#"{
            "accountType" : "CREDIT_CARD",
            "cardholderName" : "Amira Spenar",
            "cardNumber" : "4242424242424242",
            "expiryDateMonth": "12",
            "expiryDateYear": "2027",
            "cvn": "123",
            "supplierBusinessCode": "MYSUPPLIER",
            "threeDS2": true,
            "browserProfile": {
                "browserJavaEnabled": true,
                "browserLanguage": "en",
                "browserColorDepth": "1",
                "browserScreenHeight": "1000",
                "browserScreenWidth": "2000",
                "browserTZ": "60"
            }
        }"#,
    );
}

#[test]
fn a_payment_by_token() {
    let id = SingleUseTokenId::new("3b1c2a90-6a55-4f0e-9a77-0f6f1f6b2d11").unwrap();
    let mut payment = Payment::new(Stored::SingleUseToken(id), amount(2_550));
    payment.business = Some(business("SANDBOXHIRE"));
    let address = PayerAddress::new("203.0.113.7".parse().unwrap()).unwrap();
    payment.card = CardData {
        eci: Some(Eci::Internet(Some(address))),
        entry: Some(Entry::Manual(None)),
        ..CardData::default()
    };
    payment.notes = Notes {
        customer_reference: Some(reference("CUST-77")),
        payment_reference: Some(reference("INV-1009")),
        ..Notes::default()
    };
    is(
        &payment.to_value(),
        r#"{"transactionType":"PAYMENT","supplierBusinessCode":"SANDBOXHIRE",
            "singleUseTokenId":"3b1c2a90-6a55-4f0e-9a77-0f6f1f6b2d11","principalAmount":25.50,"currency":"AUD",
            "eci":"INTERNET","ipAddress":"203.0.113.7","customerReferenceNumber":"CUST-77",
            "paymentReferenceNumber":"INV-1009","storedCredentialData":{"entryMode":"MANUAL"}}"#,
    );
}

#[test]
fn a_payment_from_each_source() {
    let token = || SingleUseTokenId::new("6a8f").unwrap();
    let common = json!({"transactionType": "PAYMENT", "currency": "AUD"});
    for (source, fields) in [
        (Source::from(Stored::SingleUseToken(token())), json!({"singleUseTokenId": "6a8f"})),
        (
            Stored::AuthenticatedToken(token()).into(),
            json!({"singleUseTokenId": "6a8f", "threeDS2": true}),
        ),
        (
            Stored::Customer(CustomerId::new("310000077").unwrap()).into(),
            json!({"customerId": "310000077"}),
        ),
        (
            Stored::Account(AccountToken::new("MYCOMPANY-123456789").unwrap()).into(),
            json!({"accountToken": "MYCOMPANY-123456789"}),
        ),
        (
            Source::Card(card("Jane Smith")),
            json!({"creditCard": {"cardholderName": "Jane Smith", "cardNumber": "4242424242424242",
                "expiryDateMonth": "12", "expiryDateYear": "27", "cvn": "123"}}),
        ),
        (
            Source::Bank(bank()),
            json!({"bankAccount": {"accountName": "Jane Smith", "bsb": "032-000",
                "accountNumber": "123410"}}),
        ),
        (
            Source::NzBank(nz_bank()),
            json!({"nzBankAccount": {"nzAccountName": "Jane Smith", "nzBankCode": "15",
                "nzBranchCode": "01", "nzAccountNumber": "123416", "nzAccountSuffix": "01"},
                "currency": "NZD"}),
        ),
    ] {
        let mut expected = common.clone();
        expected["principalAmount"] = serde_json::from_str("10.00").unwrap();
        for (name, value) in fields.as_object().unwrap() {
            expected[name] = value.clone();
        }
        assert_eq!(Payment::new(source, amount(1_000)).to_value(), expected);
    }
}

#[test]
fn everything_that_can_go_with_a_card() {
    let account = AccountToken::new("A-1").unwrap();
    let mut payment = Payment::new(Stored::Account(account), amount(1));
    payment.card = CardData {
        eci: Some(Eci::Recurring),
        entry: Some(Entry::Stored(Usage::Recurring)),
        network_transaction_id: NetworkTransactionId::new("016000000000017").ok(),
        debt_repayment: Some(DebtRepayment::Yes),
        behind_aggregator: Some(BehindAggregator {
            name: Reference::new("Shop").unwrap(),
            street: Reference::new("1 Test St").unwrap(),
            location: Reference::new("Sydney").unwrap(),
            state: Reference::new("NSW").unwrap(),
            postcode: Reference::new("2000").unwrap(),
            sub_merchant_id: Reference::new("7").unwrap(),
        }),
    };
    payment.notes.comment = Comment::new("Thanks").ok();
    payment.notes.metadata = Metadata::new([("order", "7"), ("shop", "2")]).unwrap();
    is(
        &payment.to_value(),
        r#"{"transactionType":"PAYMENT","accountToken":"A-1","principalAmount":0.01,"currency":"AUD",
            "eci":"RECURRING","storedCredentialData":{"entryMode":"STORED_CREDENTIAL","usage":"RECURRING"},
            "networkTransactionId":"016000000000017","debtRepayment":true,"merchantName":"Shop",
            "merchantStreetAddress":"1 Test St","merchantLocation":"Sydney","merchantState":"NSW",
            "merchantCountry":"AU","merchantPostCode":"2000","subMerchantId":"7","comment":"Thanks",
            "metadata":{"order":"7","shop":"2"}}"#,
    );
}

#[test]
fn a_payment_under_an_agreement() {
    let agreement = AgreementToken::new("C00000000000042").unwrap();
    let payment = PayToPayment {
        business: Some(business("SANDBOXHIRE")),
        end_to_end_id: Short::new("endToEndId", "HIRE-77-0001").ok(),
        remittance_information: Short::new("remittanceInformation1", "March hire").ok(),
        place: Some(InAgreement::OneOfSeveral),
        ..PayToPayment::new(agreement, amount(8_000))
    };
    is(
        &payment.to_value(),
        r#"{"transactionType":"PAYMENT","supplierBusinessCode":"SANDBOXHIRE","principalAmount":80.00,
            "currency":"AUD","payToData":{"agreementToken":"C00000000000042","endToEndId":"HIRE-77-0001",
            "remittanceInformation1":"March hire","finalPayment":false}}"#,
    );
}

#[test]
fn a_refund() {
    let mut refund = Refund::new(receipt("4000000017"), amount(2_550));
    refund.notes.payment_reference = Some(reference("INV-1009"));
    refund.notes.customer_reference = Some(reference("CUST-77"));
    refund.notes.comment = Comment::new("Broken").ok();
    is(
        &refund.to_value(),
        r#"{"principalAmount":25.50,"transactionType":"REFUND","originalReceiptNumber":"4000000017",
            "customerReferenceNumber":"CUST-77","currency":"AUD","comment":"Broken",
            "paymentReferenceNumber":"INV-1009"}"#,
    );
}

#[test]
fn a_hold_and_what_becomes_of_it() {
    let account = AccountToken::new("SANDBOX-100000451").unwrap();
    let mut hold = PreAuthorisation::new(Stored::Account(account), amount(30_000));
    hold.business = Some(business("SANDBOXHIRE"));
    hold.card.eci = Some(Eci::Phone);
    hold.card.entry = Some(Entry::Manual(None));
    hold.notes.payment_reference = Some(reference("RENTAL-88"));
    is(
        &hold.to_value(),
        r#"{"transactionType":"PREAUTH","supplierBusinessCode":"SANDBOXHIRE","accountToken":"SANDBOX-100000451",
            "principalAmount":300.00,"currency":"AUD","eci":"PHONE","storedCredentialData":{"entryMode":"MANUAL"},
            "paymentReferenceNumber":"RENTAL-88"}"#,
    );
    let visa: Hold<Visa> = Hold::known(receipt("4000000020"), Currency::Aud);
    let mastercard: Hold<Mastercard> = Hold::known(receipt("4000000020"), Currency::Aud);
    let other: Hold<Other> = Hold::known(receipt("4000000020"), Currency::Aud);
    is(
        &Increment::new(&visa, amount(7_500)).to_value(),
        r#"{"transactionType":"PREAUTH","originalReceiptNumber":"4000000020","authorisationType":"INCREMENTAL",
            "principalAmount":75.00,"currency":"AUD"}"#,
    );
    is(
        &Capture::new(&other, amount(36_240)).to_value(),
        r#"{"transactionType":"CAPTURE","originalReceiptNumber":"4000000020","principalAmount":362.40,
            "currency":"AUD"}"#,
    );
    is(
        &Extension::new(&visa).to_value(),
        r#"{"transactionType":"PREAUTH","originalReceiptNumber":"4000000020","authorisationType":"EXTENSION"}"#,
    );
    is(
        &Reauthorisation::new(&mastercard).to_value(),
        r#"{"transactionType":"PREAUTH","originalReceiptNumber":"4000000020","authorisationType":"REAUTHORISATION"}"#,
    );
    is(
        &Cancellation::full(&mastercard).to_value(),
        r#"{"transactionType":"REFUND","originalReceiptNumber":"4000000020","cancellationType":"FULL"}"#,
    );
    is(
        &Cancellation::partial(&visa, amount(1_000)).to_value(),
        r#"{"transactionType":"REFUND","originalReceiptNumber":"4000000020","cancellationType":"PARTIAL",
            "principalAmount":10.00,"currency":"AUD"}"#,
    );
    let token = SingleUseTokenId::new("6a8f").unwrap();
    is(
        &AccountVerification::new(Stored::SingleUseToken(token)).to_value(),
        r#"{"transactionType":"ACCOUNT_VERIFICATION","singleUseTokenId":"6a8f","currency":"AUD"}"#,
    );
}

/// What stands in a request's `Debug` may be logged, so nothing of a payer is in it.
#[test]
fn a_payer_does_not_print() {
    let mut payment = Payment::new(Source::Card(card("Jane Smith")), amount(1_000));
    let address = PayerAddress::new("203.0.113.7".parse().unwrap()).unwrap();
    payment.card.eci = Some(Eci::Internet(Some(address)));
    let token = TokenRequest { business: business("A"), account: TokenAccount::NzBank(nz_bank()) };
    let shown = format!("{payment:?} {token:?} {:?}", Source::Bank(bank()));
    for secret in ["Jane", "4242", "2027", "123", "203.0"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

proptest! {
    /// What was written can be read as the same values.
    #[test]
    fn what_is_written_reads_back(
        cents in 1_i64..1_000_000_000,
        token in "[ -~é]{1,40}",
        text in "[ -~é]{1,40}",
        month in 1_u8..=12, year in 2000_u16..=2099,
        digits in "[0-9]{12,19}",
    ) {
        let source = Stored::Account(AccountToken::new(token.as_str()).unwrap());
        let mut payment = Payment::new(source, amount(cents));
        payment.notes.payment_reference = Some(Reference::new(text.as_str()).unwrap());
        let sent: Value = serde_json::from_str(&payment.to_value().to_string()).unwrap();
        prop_assert_eq!(Cents::read(&sent["principalAmount"]), Some(Cents::new(cents)));
        let written = sent["principalAmount"].to_string();
        prop_assert_eq!(written.split_once('.').map(|(_, decimals)| decimals.len()), Some(2));
        prop_assert_eq!(sent["accountToken"].as_str(), Some(token.as_str()));
        prop_assert_eq!(sent["paymentReferenceNumber"].as_str(), Some(text.as_str()));

        let card = CardDetails {
            holder: None,
            number: CardNumber::new(digits.as_str()).unwrap(),
            expiry: Expiry::new(month, year).unwrap(),
            cvn: None,
        };
        let account = TokenAccount::Card(card.clone());
        let token = TokenRequest { business: business("A"), account }.to_value();
        let payment = Payment::new(Source::Card(card), amount(cents)).to_value();
        let (month, short, long) = (format!("{month:02}"), format!("{:02}", year % 100), year.to_string());
        prop_assert_eq!(token["cardNumber"].as_str(), Some(digits.as_str()));
        prop_assert_eq!(token["expiryDateMonth"].as_str(), Some(month.as_str()));
        prop_assert_eq!(token["expiryDateYear"].as_str(), Some(long.as_str()));
        prop_assert_eq!(payment["creditCard"]["expiryDateYear"].as_str(), Some(short.as_str()));
        prop_assert_eq!(token.as_object().unwrap().len(), 5);
    }
}
