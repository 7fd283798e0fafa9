//! A facility's merchant data, and the bank's rules on it.
//!
//! Decides, given the time and the circumstances; knows no HTTP and no clock. What happens by the
//! passing of time is on one agenda, and [`Merchant::catch_up`] lets it happen in the order of its
//! time before anything else looks, up to [`AT_ONCE`] things at a time.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use self::accounts::Account;
use self::agenda::{Agenda, Due};
use self::agreements::Agreement;
use self::customers::Customer;
use self::files::{Batch, File};
use self::holds::Hold;
use self::ids::Ids;
use self::payids::PayId;
use self::planned::Planned;
use self::schedules::Schedule;
use self::setting::Setting;
use self::shelf::Shelf;
use self::tokens::SingleUseToken;
use self::transactions::Transaction;
use self::webhooks::{Delivery, Webhook};

pub(super) mod accounts;
pub(super) mod agenda;
pub(super) mod agreements;
pub(super) mod customers;
pub(super) mod files;
pub(super) mod holds;
pub(super) mod ids;
pub(super) mod instrument;
pub(super) mod outcomes;
pub(super) mod payids;
pub(super) mod planned;
pub(super) mod reversals;
mod room;
pub(super) mod schedules;
pub(super) mod setting;
pub(super) mod shelf;
pub(super) mod stored;
pub(super) mod terms;
pub(super) mod tokens;
pub(super) mod transactions;
pub(super) mod unfit;
pub(super) mod webhooks;

/// So many things happen before whoever waits for the bank has a turn: a few milliseconds' work. A
/// clock that jumps a year over ten thousand schedules makes a hundred thousand things due.
pub(super) const AT_ONCE: usize = 200;

/// Everything of one merchant's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Merchant {
    pub(super) ids: Ids,
    pub(super) agenda: Agenda,
    #[serde(rename = "single_use_tokens")]
    pub(super) tokens: Shelf<SingleUseToken>,
    pub(super) customers: Shelf<Customer>,
    pub(super) accounts: Shelf<Account>,
    pub(super) transactions: Shelf<Transaction>,
    #[serde(rename = "pre_authorisations")]
    pub(super) holds: Shelf<Hold>,
    #[serde(rename = "payto_agreements")]
    pub(super) agreements: Shelf<Agreement>,
    #[serde(rename = "recurring_payments")]
    pub(super) schedules: Shelf<Schedule>,
    #[serde(rename = "payment_files")]
    pub(super) files: Shelf<File>,
    #[serde(rename = "payment_batches")]
    pub(super) batches: Shelf<Batch>,
    pub(super) planned: Planned,
    pub(super) webhooks: Shelf<Webhook>,
    #[serde(rename = "webhook_deliveries")]
    pub(super) outbox: Shelf<Delivery>,
    pub(super) pay_ids: Shelf<PayId>,
    /// Transactions that made room for newer ones.
    pub(super) forgotten: u64,
}

/// Whether anything happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Happened {
    Something,
    Nothing,
}

impl Merchant {
    /// Lets happen what is due by the setting's time, each thing at its own time and in that order,
    /// and [`AT_ONCE`] of them at most. What happens may put more on the agenda.
    pub(super) fn catch_up(&mut self, setting: &Setting<'_>) -> Happened {
        let mut happened = Happened::Nothing;
        for _ in 0..AT_ONCE {
            let Some((at, due, number)) = self.agenda.pop(setting.now) else { break };
            self.comes_due(&setting.at(at), due, number);
            happened = Happened::Something;
        }
        happened
    }

    fn comes_due(&mut self, setting: &Setting<'_>, due: Due, number: u64) {
        match due {
            Due::TokenEnds => self.token_ended(number),
            Due::ReturnWindowEnds => self.return_window_ended(number),
            Due::HoldOver => self.hold_ended(number),
            Due::AgreementMoves => self.agreement_moves(setting, number),
            Due::PayIdMoves => self.pay_id_moves(setting, number),
            Due::BankActs => self.bank_acts(setting, number),
            Due::PayToSettles => self.payto_settles(setting, number),
            Due::Retry => self.retry_due(setting, number),
            Due::Instalment => self.collect(setting, number),
            Due::FileMoves => self.file_moves(setting, number),
        }
    }

    /// How many records there are, by which the data file is written more or less often.
    pub(super) fn records(&self) -> usize {
        let people = self.customers.len() + self.accounts.len() + self.tokens.len();
        let terms = self.schedules.len() + self.agreements.len() + self.holds.len();
        people
            + terms
            + self.outbox.len()
            + self.pay_ids.len()
            + self.files.len()
            + self.batches.len()
            + self.transactions.len()
    }

    /// When the next thing is due.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.agenda.next()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::instrument::{BankAccount, Instrument};
    use super::setting::Capability;
    use super::transactions::{Details, Order, Origin, TransactionType};
    use super::*;
    use crate::domain::money::Cents;
    use crate::domain::transaction::State;
    use crate::sandbox::guesses::Guesses;

    fn payment(name: &str) -> Order {
        let account = BankAccount {
            name: name.to_owned(),
            bsb: "032999".to_owned(),
            number: "999994".to_owned(),
        };
        Order {
            kind: TransactionType::Payment,
            business: "HIRE".to_owned(),
            principal: Cents::new(1000),
            instrument: Instrument::Bank(account),
            origin: Origin::Api,
            details: Details::default(),
        }
    }

    /// Wednesday 1 July 2026, noon in Sydney; the return window ends with Wednesday the 8th.
    #[test]
    fn a_bank_payment_is_final_when_its_return_window_has_passed_and_survives_the_data_file() {
        let guesses = Guesses::default();
        let setting = Setting {
            now: "2026-07-01T02:00:00Z".parse().unwrap(),
            seed: 1,
            guesses: &guesses,
            facility: "MINE",
            businesses: &[],
            without: &[Capability::PayId],
            pay_id_domains: &[],
            only: &[],
            base_url: "",
        };
        let mut merchant = Merchant::default();
        let receipt = merchant.take(&setting, payment("Test"));
        let taken = merchant.transactions.get(receipt).unwrap();
        assert_eq!((taken.state, taken.settles), (State::Provisional, date(2026, 7, 1)));
        let over = "2026-07-08T14:00:00Z".parse().unwrap();
        assert_eq!(merchant.next_due(), Some(over));
        assert_eq!(merchant.catch_up(&setting), Happened::Nothing);

        let text = serde_json::to_string(&merchant).unwrap();
        let mut again: Merchant = serde_json::from_str(&text).unwrap();
        assert_eq!(again, merchant);
        assert_eq!(serde_json::from_value::<Merchant>(json!({})).unwrap(), Merchant::default());
        assert_eq!(again.catch_up(&setting.at(over)), Happened::Something);
        let cleared = again.transactions.get(receipt).unwrap();
        assert_eq!(cleared.state, State::Approved);
        assert_eq!(again.next_due(), None);
    }
}
