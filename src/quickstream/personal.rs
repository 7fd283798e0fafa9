//! What is known of people: carried to the bank and back, and printed nowhere.

use std::fmt;

/// A text about a person, such as a name or an e-mail address. It does not print.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Personal(String);

impl Personal {
    /// Takes a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text. Whoever asks for it answers for where it goes.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Personal {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Personal {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[personal]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_does_not_print() {
        let name = Personal::from("Jane Smith");
        assert_eq!(format!("{name:?} {:?}", Some(&name)), "[personal] Some([personal])");
        assert_eq!(name.as_str(), "Jane Smith");
    }
}
