//! The single-use tokens that wait to be used.

use serde_json::{Value, json};

use super::Control;
use crate::sandbox::bank::State;
use crate::sandbox::shape;

impl Control {
    /// The single-use tokens that may be used yet, oldest first, with what they stand for masked as
    /// in the bank's replies. One that was used or has ended is forgotten, as at the bank.
    pub fn tokens(&self) -> Value {
        let mut state = self.0.state();
        let now = state.catch_up(self.0.now());
        let State { book, guesses, .. } = &mut *state;
        let seed = book.seed;
        let mut waiting = Vec::new();
        for facility in &mut book.facilities {
            let code = facility.code.clone();
            let (merchant, setting) = facility.at_work(seed, guesses, now, &[], "");
            for token in merchant.tokens.all() {
                waiting.push(json!({
                    "singleUseTokenId": token.id,
                    "facility": code,
                    "business": token.business,
                    "accountType": token.instrument.account_type(),
                    "account": shape::instrument(&token.instrument, &setting),
                    "ends": token.ends,
                    // Whether 3-D Secure is asked for, and what it has come to so far.
                    "threeDS2": token.three_ds2.is_some(),
                    "transStatus": token.three_ds2.and_then(|it| Some(it.status?.letter())),
                }));
            }
        }
        Value::Array(waiting)
    }
}
