//! `POST /single-use-tokens`.

use serde_json::{Value, json};

use super::instruments::{
    bank, bank_fields, card, card_fields, nz_bank, nz_bank_fields, payer_account, payto, surcharge,
};
use super::operation::Operation;
use super::schema::{
    Member, Spec, always, anything, fields, flag, guessed, like, list, model, needed, object,
    one_form_of, sometimes, word,
};
use crate::sandbox::guesses::{self, newer};

pub(super) fn operations(spec: Spec<'_>) -> Vec<Operation> {
    let id = "$response.body#/singleUseTokenId";
    let business = "$request.body#/supplierBusinessCode";
    let pays = json!({
        "transactionType": "PAYMENT", "supplierBusinessCode": business, "singleUseTokenId": id,
        "principalAmount": 25.5, "currency": "AUD",
    });
    let holds = json!({
        "transactionType": "PREAUTH", "supplierBusinessCode": business, "singleUseTokenId": id,
        "principalAmount": 300, "currency": "AUD",
    });
    let registers = json!({ "supplierBusinessCode": business, "singleUseTokenId": id });
    let token = Operation::post(
        "/single-use-tokens",
        "generateSingleUseToken",
        "Account details for ten minutes and one use",
    )
    .body(request(spec))
    .example(json!({
        "supplierBusinessCode": "SANDBOXHIRE",
        "accountType": "CREDIT_CARD",
        "cardholderName": "Sam Test",
        "cardNumber": "4242424242424242",
        "expiryDateMonth": "12",
        "expiryDateYear": "2035",
        "cvn": "123",
    }))
    .ok("The token", token(spec))
    .feeds("createTransaction", "pay", pays)
    .feeds("createTransaction", "hold", holds)
    .feeds("registerAccount", "register", registers)
    .leads_to("authenticateThreeDs2", "singleUseTokenId", "singleUseTokenId");
    vec![token]
}

/// What a token is asked for with: each kind of account has a form.
fn request(spec: Spec<'_>) -> Value {
    let of = |account_type: &str| {
        vec![
            needed("supplierBusinessCode", spec.line(255)),
            needed("accountType", json!({ "const": account_type })),
        ]
    };
    let plain = |account_type: &str, members: Vec<Member>| {
        let mut all = of(account_type);
        all.extend(three_ds2(Asked::No));
        all.extend(members);
        fields(all)
    };
    let secured = |account_type: &str, members: Vec<Member>| {
        let mut all = of(account_type);
        all.extend(three_ds2(Asked::Yes(spec)));
        all.extend(members);
        fields(all)
    };
    let wallet = |name| vec![always(name, json!({ "not": { "type": "null" } }))];
    let payer = |asked: Asked<'_>| {
        let members = || {
            let mut all = of("PAYTO");
            all.extend(three_ds2(asked));
            all.push(needed("payerName", spec.line(140)));
            all
        };
        payer_account(&members, spec)
    };
    let newer = |form| guessed(form, newer::WALLET_TOKENS);
    one_form_of(vec![
        plain("CREDIT_CARD", card_fields(spec, true)),
        secured("CREDIT_CARD", card_fields(spec, true)),
        plain("DIRECT_DEBIT", bank_fields(spec)),
        secured("DIRECT_DEBIT", bank_fields(spec)),
        plain("DIRECT_DEBIT_NZ", nz_bank_fields(spec)),
        secured("DIRECT_DEBIT_NZ", nz_bank_fields(spec)),
        newer(plain("APPLE_PAY", wallet("applePayToken"))),
        newer(secured("APPLE_PAY", wallet("applePayToken"))),
        newer(plain("GOOGLE_PAY", wallet("googlePayToken"))),
        newer(secured("GOOGLE_PAY", wallet("googlePayToken"))),
        newer(payer(Asked::No)),
        newer(payer(Asked::Yes(spec))),
    ])
}

/// Whether 3-D Secure is asked for.
#[derive(Clone, Copy, Debug)]
enum Asked<'g> {
    Yes(Spec<'g>),
    No,
}

/// With 3-D Secure the browser is described; without, nothing of it is read.
fn three_ds2(asked: Asked<'_>) -> Vec<Member> {
    match asked {
        Asked::No => {
            let no = json!({ "enum": [false, null] });
            vec![sometimes("threeDS2", no), anything("browserProfile")]
        }
        Asked::Yes(spec) => {
            let yes = json!({ "const": true });
            vec![always("threeDS2", yes), needed("browserProfile", browser_profile(spec))]
        }
    }
}

fn browser_profile(spec: Spec<'_>) -> Value {
    fields(vec![
        needed("browserJavaEnabled", flag()),
        needed("browserLanguage", spec.line(8)),
        needed("browserScreenHeight", spec.digits(&(1..=6))),
        needed("browserScreenWidth", spec.digits(&(1..=6))),
        needed("browserColorDepth", word(&["1", "4", "8", "15", "16", "24", "32", "48"])),
        needed("browserTZ", like("^[+-]?[0-9]{1,5}$")),
    ])
}

fn token(spec: Spec<'_>) -> Value {
    let one = |account_type: &str, details: Option<(&'static str, Value)>| {
        let mut members = vec![
            always("links", list(model("Link"))),
            always("singleUseTokenId", json!({ "type": "string", "format": "uuid" })),
            always("accountType", json!({ "const": account_type })),
        ];
        members.extend(details.map(|(name, schema)| always(name, schema)));
        object(members)
    };
    let mut of_card = card(spec);
    // What was sent in browserProfile, whose fields beyond the documents' are sent back too.
    let profile = guessed(json!({ "type": "object" }), guesses::THREE_DS2_STATUS);
    let status = word(&[spec.guesses.word(guesses::THREE_DS2_STATUS).as_str()]);
    of_card.extend([
        surcharge(spec),
        sometimes("threeDS2AuthRequired", flag()),
        sometimes("threeDS2", profile),
        sometimes("threeDS2Status", status).guess(guesses::THREE_DS2_STATUS),
    ]);
    let newer = |form| guessed(form, newer::WALLET_TOKENS);
    json!({ "oneOf": [
        one("CREDIT_CARD", Some(("creditCard", object(of_card)))),
        one("DIRECT_DEBIT", Some(("bankAccount", object(bank())))),
        one("DIRECT_DEBIT_NZ", Some(("nzBankAccount", object(nz_bank())))),
        one("APPLE_PAY", None),
        one("GOOGLE_PAY", None),
        newer(one("PAYTO", Some(("payToAccount", newer(object(payto(spec))))))),
    ] })
}
