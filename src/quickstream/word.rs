//! Words of the bank's that we know, and those we do not: the vendor may add some at any time, and
//! an unknown one never stops anything.

use std::fmt;

/// A closed list of words.
pub trait Vocabulary: Copy + 'static {
    /// Each word as the bank spells it, and what it stands for.
    const WORDS: &'static [(&'static str, Self)];
}

/// A word of the bank's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Word<T> {
    /// One that we know.
    Known(T),
    /// One that we do not, as it came.
    Unknown(String),
}

impl<T: Vocabulary> Word<T> {
    /// Reads a word, whatever its case.
    pub fn read(text: String) -> Self {
        let found = T::WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(&text));
        found.map_or(Self::Unknown(text), |(_, known)| Self::Known(*known))
    }

    /// What it stands for, if we know it.
    pub fn known(&self) -> Option<T> {
        match self {
            Self::Known(known) => Some(*known),
            Self::Unknown(_) => None,
        }
    }
}

impl<T: Vocabulary + PartialEq> fmt::Display for Word<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(known) => {
                let word = T::WORDS.iter().find(|(_, meaning)| meaning == known);
                f.write_str(word.map_or("", |(word, _)| *word))
            }
            Self::Unknown(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Status {
        Approved,
        Provisional,
    }

    impl Vocabulary for Status {
        const WORDS: &'static [(&'static str, Self)] =
            &[("Approved", Status::Approved), ("Approved*", Status::Provisional)];
    }

    #[test]
    fn known_words_are_read_in_any_case_and_others_are_kept() {
        assert_eq!(Word::read("APPROVED".to_owned()), Word::Known(Status::Approved));
        assert_eq!(Word::<Status>::read("approved*".to_owned()).to_string(), "Approved*");
        let unknown = Word::<Status>::read("Parked".to_owned());
        assert_eq!((unknown.known(), unknown.to_string()), (None, "Parked".to_owned()));
    }
}
