//! How a payment comes out: by the test values of the documents, and in the words of their list of
//! response codes.

use super::instrument::{BankAccount, Card, Instrument};
use super::transactions::Transaction;
use crate::domain::transaction::State;

/// A response code with what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct Response {
    /// Two characters.
    pub(in crate::sandbox) code: &'static str,
    /// What it means, in words of our own.
    pub(in crate::sandbox) text: &'static str,
    /// 0 approved, 1 declined, 2 error, 3 rejected.
    pub(in crate::sandbox) summary: &'static str,
}

/// The summary of what was rejected, or voided.
const REJECTED: &str = "3";

/// The response code of a transaction whose outcome is not known yet: summary 2, so that nobody who
/// goes by the summary code takes it for paid (the guess `uncertain_response`).
pub(in crate::sandbox) const UNCERTAIN: &str = "QI";

macro_rules! responses {
    ($($code:literal $summary:literal $text:literal,)+) => {
        /// Every response code the sandbox gives.
        const RESPONSES: &[Response] =
            &[$(Response { code: $code, text: $text, summary: $summary }),+];
    };
}

responses! {
    "00" "0" "Approved or completed",
    "01" "1" "Refer to card issuer",
    "03" "1" "Invalid merchant",
    "04" "1" "Pick up card",
    "05" "1" "Do not honour",
    "08" "0" "Honour with identification",
    "12" "1" "Invalid transaction",
    "13" "1" "Invalid amount",
    "14" "1" "Invalid card number",
    "42" "1" "No universal account",
    "43" "1" "Stolen card",
    "51" "1" "Not sufficient funds",
    "54" "1" "Expired card",
    "62" "1" "Restricted card",
    "91" "1" "Issuer or switch inoperative",
    "QA" "3" "Invalid parameters",
    "QI" "2" "Transaction incomplete",
    "QQ" "1" "Invalid card or account details",
    "QY" "1" "Card type not accepted",
}

/// The response with this code; for an unknown one, that of a plain refusal.
pub(in crate::sandbox) fn response(code: &str) -> Response {
    let known = RESPONSES.iter().find(|response| response.code == code);
    known.copied().unwrap_or(Response { code: "05", text: "Do not honour", summary: "1" })
}

/// What is answered of a transaction: the response of its code. A voided one keeps the code with which
/// it was accepted, but its summary says that no money moves.
pub(in crate::sandbox) fn response_of(transaction: &Transaction) -> Response {
    let response = response(&transaction.response_code);
    if transaction.state == State::Voided {
        Response { summary: REJECTED, ..response }
    } else {
        response
    }
}

/// What the payer's bank says to a payment: its state and response code.
pub(in crate::sandbox) fn decide(instrument: &Instrument) -> (State, &'static str) {
    match instrument {
        Instrument::Card(card) => of_card(card),
        Instrument::Bank(account) => of_bank_account(account),
        // The documents list no New Zealand account that is declined, and no wallet.
        Instrument::NzBank(_) => (State::Provisional, "00"),
        Instrument::Wallet(_) => (State::Approved, "08"),
        Instrument::PayTo(_) => (State::Pending, UNCERTAIN),
        // What came in has come in, and goes back as it came.
        Instrument::PayId(_) => (State::Approved, "00"),
    }
}

/// By the last two digits: 00 to 89 approve; 90 to 99 decline, each with its code.
fn of_card(card: &Card) -> (State, &'static str) {
    let code = match card.number.ending() {
        0..=89 => return (State::Approved, "08"),
        90 | 99.. => "01",
        91 => "04",
        92 => "05",
        93 => "91",
        94 => "54",
        95 => "42",
        96 => "51",
        97 => "62",
        98 => "43",
    };
    (State::Declined, code)
}

/// By the BSB: 032-051 to 032-059 decline, 032-050 is rejected, every other is approved and may be
/// returned.
fn of_bank_account(account: &BankAccount) -> (State, &'static str) {
    match account.bsb.as_str() {
        "032050" => (State::Declined, "QA"),
        "032051" | "032052" | "032053" | "032054" | "032055" | "032056" | "032057" | "032058"
        | "032059" => (State::Declined, "05"),
        _ => (State::Provisional, "00"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::instrument::CardNumber;
    use super::*;

    #[test]
    fn the_documents_test_cards_come_out_as_listed() {
        let of = |number: &str| {
            let number = CardNumber::of(number).unwrap();
            let card = Card { number, expiry_month: 12, expiry_year: 2030, holder: None };
            let (state, code) = decide(&Instrument::Card(card));
            (state.bank_word(), code, response(code).summary)
        };
        for approved in ["4242424242424242", "5163200000000008", "370000000201048"] {
            assert_eq!(of(approved), ("Approved", "08", "0"));
        }
        for (declined, code) in [
            ("4111111117444490", "01"),
            ("4111111116444491", "04"),
            ("4111111115444492", "05"),
            ("4111111114444493", "91"),
            ("4111111113444494", "54"),
            ("4111111112444495", "42"),
            ("4111111111444496", "51"),
            ("4111111110444497", "62"),
            ("4111111119444498", "43"),
            ("4111111118444499", "01"),
        ] {
            assert_eq!(of(declined), ("Declined", code, "1"));
        }
    }

    #[test]
    fn the_documents_test_bank_accounts_come_out_as_listed() {
        let of = |bsb: &str| {
            let account = BankAccount {
                name: "Test".to_owned(),
                bsb: bsb.to_owned(),
                number: "111110".to_owned(),
            };
            let (state, code) = decide(&Instrument::Bank(account));
            (state.bank_word(), response(code).summary)
        };
        assert_eq!(of("032999"), ("Approved*", "0"));
        assert_eq!(of("032002"), ("Approved*", "0"));
        assert_eq!(of("032055"), ("Declined", "1"));
        assert_eq!(of("032050"), ("Declined", "3"));
    }
}
