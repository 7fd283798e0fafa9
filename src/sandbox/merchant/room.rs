//! How much a merchant's book holds before the oldest makes room.

use super::Merchant;

/// Transactions kept at most. So many take about 200 MB with all they are found by, so that a clock
/// that runs a year a minute does not fill a laptop (the guess `transactions_kept`).
pub(super) const TRANSACTIONS_MAX: usize = 150_000;

/// How far into the oldest transactions one is looked for whose outcome is final.
const LOOKED_AT_MAX: usize = 1000;

impl Merchant {
    /// Forgets the oldest transactions that are final, until there is room for one more below `most`.
    pub(super) fn make_room(&mut self, most: usize) {
        while self.transactions.len() >= most {
            let Some(receipt) = self.oldest_final() else { return };
            self.transactions.take(receipt);
            self.forgotten = self.forgotten.saturating_add(1);
        }
    }

    fn oldest_final(&self) -> Option<u64> {
        let mut oldest = self.transactions.all().take(LOOKED_AT_MAX);
        let found = oldest.find(|transaction| !transaction.state.is_open());
        found.map(|transaction| transaction.receipt)
    }
}

#[cfg(test)]
mod tests {
    use super::super::instrument::{BankAccount, Instrument};
    use super::super::setting::Setting;
    use super::super::transactions::{Details, Order, Origin, TransactionType};
    use super::*;
    use crate::domain::money::Cents;
    use crate::sandbox::guesses::Guesses;

    #[test]
    fn the_oldest_final_transactions_make_room_and_open_ones_stay() {
        let guesses = Guesses::default();
        let setting = Setting {
            now: "2026-07-01T02:00:00Z".parse().unwrap(),
            seed: 1,
            guesses: &guesses,
            facility: "MINE",
            businesses: &[],
            without: &[],
            pay_id_domains: &[],
            only: &[],
            base_url: "",
        };
        let mut merchant = Merchant::default();
        // One that may still be returned, and declined ones.
        for bsb in ["032999", "032051", "032052", "032053"] {
            let account = BankAccount {
                name: "Test".to_owned(),
                bsb: bsb.to_owned(),
                number: "111110".to_owned(),
            };
            merchant.take(
                &setting,
                Order {
                    kind: TransactionType::Payment,
                    business: "HIRE".to_owned(),
                    principal: Cents::new(1000),
                    instrument: Instrument::Bank(account),
                    origin: Origin::Api,
                    details: Details::default(),
                },
            );
        }
        merchant.make_room(3);
        let left: Vec<u64> = merchant.transactions.all().map(|taken| taken.receipt).collect();
        assert_eq!(left, [4_000_000_001, 4_000_000_004]);
        merchant.make_room(1);
        assert_eq!((merchant.transactions.len(), merchant.forgotten), (1, 3), "what is open stays");
    }
}
