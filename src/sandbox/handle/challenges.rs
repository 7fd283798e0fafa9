//! What a cardholder does in a 3-D Secure challenge.

use serde_json::{Value, json};

use super::{Control, ControlError};
use crate::sandbox::merchant::tokens::TransStatus;

impl Control {
    /// The single-use tokens whose cardholder is being challenged.
    pub fn challenges(&self) -> Value {
        let now = self.0.now();
        let mut state = self.0.state();
        state.catch_up(now);
        let mut waiting = Vec::new();
        for facility in &state.book.facilities {
            for token in facility.merchant.tokens.all() {
                if token.three_ds2.is_some_and(|it| it.status == Some(TransStatus::C)) {
                    waiting.push(json!({
                        "singleUseTokenId": token.id,
                        "facility": facility.code,
                        "ends": token.ends,
                    }));
                }
            }
        }
        Value::Array(waiting)
    }

    /// Ends a token's challenge with a `transStatus` of `Y`, `A`, `N`, `R` or `U`.
    ///
    /// # Errors
    ///
    /// There is no such token, it is not being challenged, or the outcome is none of these.
    pub fn complete_challenge(&self, token_id: &str, outcome: &str) -> Result<(), ControlError> {
        let outcome = match outcome {
            "Y" => TransStatus::Y,
            "A" => TransStatus::A,
            "N" => TransStatus::N,
            "R" => TransStatus::R,
            "U" => TransStatus::U,
            _ => return Err(ControlError::Wrong("transStatus is one of Y, A, N, R, U".into())),
        };
        let now = self.0.now();
        let mut state = self.0.state();
        state.catch_up(now);
        let found = state.book.facilities.iter_mut().find_map(|facility| {
            let token = facility.merchant.token(token_id)?;
            let (number, three_ds2) = (token.number, token.three_ds2);
            Some((&mut facility.merchant, number, three_ds2))
        });
        let Some((merchant, number, three_ds2)) = found else {
            return Err(ControlError::Unknown("single-use token with this id".to_owned()));
        };
        if three_ds2.and_then(|it| it.status) != Some(TransStatus::C) {
            return Err(ControlError::Wrong("its cardholder is not being challenged".to_owned()));
        }
        merchant.authenticated(number, outcome);
        state.changed();
        Ok(())
    }
}
