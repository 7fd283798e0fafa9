//! What the guesses stand at: read by the rules, switched and shown by the control API.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Choices::{Fixed, Number, Words};
use super::{Guess, table};

/// The values in force.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::sandbox) struct Guesses(BTreeMap<&'static str, Value>);

impl Guesses {
    /// Whether a guess stands at `word`.
    pub(in crate::sandbox) fn is(&self, guess: &Guess, word: &str) -> bool {
        self.text(guess) == Some(word)
    }

    /// A guess that is a number.
    pub(in crate::sandbox) fn number(&self, guess: &Guess) -> u32 {
        match (self.0.get(guess.name), &guess.choices) {
            (None, Number { default, .. }) => *default,
            (switched, _) => switched
                .and_then(Value::as_u64)
                .and_then(|number| u32::try_from(number).ok())
                .unwrap_or(0),
        }
    }

    /// A guess that is a word.
    pub(in crate::sandbox) fn word(&self, guess: &Guess) -> String {
        self.text(guess).unwrap_or_default().to_owned()
    }

    /// What every request asks many times, so nothing is made for it.
    fn text(&self, guess: &Guess) -> Option<&str> {
        match (self.0.get(guess.name), &guess.choices) {
            (Some(value), _) => value.as_str(),
            (None, Words(words)) => words.first().copied(),
            (None, Fixed(word)) => Some(*word),
            (None, Number { .. }) => None,
        }
    }

    fn value(&self, guess: &Guess) -> Value {
        self.0.get(guess.name).cloned().unwrap_or_else(|| guess.default())
    }

    /// Switches guesses by name, all or none.
    ///
    /// # Errors
    ///
    /// A name that is in no row, or a value that is no choice, with what would be.
    pub(in crate::sandbox) fn switch(&mut self, values: &Map<String, Value>) -> Result<(), String> {
        let mut next = self.clone();
        for (name, value) in values {
            let guess = table().find(|guess| guess.name == name);
            let guess = guess.ok_or_else(|| format!("there is no guess named {name}"))?;
            guess.check(value)?;
            next.0.insert(guess.name, value.clone());
        }
        next.0.retain(|name, value| {
            table().any(|guess| guess.name == *name && guess.default() != *value)
        });
        *self = next;
        Ok(())
    }

    /// What differs from the defaults, as the data file keeps it.
    pub(in crate::sandbox) fn switched(&self) -> Map<String, Value> {
        self.0.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    /// The whole table, for `/_sandbox/guesses`.
    pub(in crate::sandbox) fn show(&self) -> Value {
        let row = |guess: &Guess| {
            let choices = match guess.choices {
                Words(words) => json!(words),
                Number { min, max, .. } => json!({ "min": min, "max": max }),
                Fixed(_) => Value::Null,
            };
            json!({
                "name": guess.name,
                "reference": guess.reference,
                "question": guess.question,
                "value": self.value(guess),
                "default": guess.default(),
                "choices": choices,
            })
        };
        Value::Array(table().map(row).collect())
    }
}

impl Guess {
    fn default(&self) -> Value {
        match self.choices {
            Words(words) => Value::from(words.first().copied().unwrap_or_default()),
            Number { default, .. } => Value::from(default),
            Fixed(word) => Value::from(word),
        }
    }

    fn check(&self, value: &Value) -> Result<(), String> {
        let name = self.name;
        match self.choices {
            Words(words) if value.as_str().is_some_and(|word| words.contains(&word)) => Ok(()),
            Words(words) => Err(format!("{name} is one of: {}", words.join(", "))),
            Number { min, max, .. } => {
                let fits = |number| (u64::from(min)..=u64::from(max)).contains(&number);
                if value.as_u64().is_some_and(fits) {
                    Ok(())
                } else {
                    Err(format!("{name} is a whole number from {min} to {max}"))
                }
            }
            Fixed(_) => Err(format!("{name} cannot be switched")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::MINT_DAYS_LEFT;
    use super::*;

    fn values(value: Value) -> Map<String, Value> {
        let Value::Object(values) = value else { panic!("an object") };
        values
    }

    #[test]
    fn names_are_distinct_and_every_row_cites_its_source() {
        for (at, guess) in table().enumerate() {
            assert!(table().skip(at + 1).all(|other| other.name != guess.name));
            assert!(guess.reference.starts_with(|c: char| c.is_ascii_digit()), "{}", guess.name);
        }
    }

    #[test]
    fn switching_is_all_or_none() {
        let mut guesses = Guesses::default();
        let wrong = json!({ "wrong_kind_status": "401", "minting": "sometimes" });
        let message = guesses.switch(&values(wrong)).unwrap_err();
        assert_eq!(message, "minting is one of: once, every_call");
        assert_eq!(guesses, Guesses::default());
        assert!(guesses.switch(&values(json!({ "order_of_checks": "x" }))).is_err());
        assert!(guesses.switch(&values(json!({ "mint_days_left": 731 }))).is_err());

        guesses.switch(&values(json!({ "mint_days_left": 45, "minting": "once" }))).unwrap();
        assert_eq!(guesses.number(MINT_DAYS_LEFT), 45);
        assert_eq!(Value::Object(guesses.switched()), json!({ "mint_days_left": 45 }));
    }
}
