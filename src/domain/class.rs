//! What the caller does next, in five words: every error of the program has one of them.
//!
//! The class alone decides the exit code, the admin API's status and whether anything is tried
//! again; the rest of an error is a fixed label for machines and a sentence for people.

use std::fmt;

/// What an error asks of the one who meets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The request, a setting or a credential is wrong: nothing happened, and nothing will until it
    /// is put right here.
    OurMistake,
    /// The other side understood and said no: nothing happened.
    TheirRefusal,
    /// Nothing happened, and the same will work later.
    TryLater,
    /// It may have happened. Only a reading, or a person, can tell; it is never resent blind.
    Unclear,
    /// Something is not as it must be, here or there: a person has to look.
    Broken,
}

impl Class {
    /// Every class.
    pub const ALL: &[Class] =
        &[Self::OurMistake, Self::TheirRefusal, Self::TryLater, Self::Unclear, Self::Broken];

    /// The word in metrics, logs and replies; fixed once released.
    pub const fn label(self) -> &'static str {
        match self {
            Self::OurMistake => "our_mistake",
            Self::TheirRefusal => "their_refusal",
            Self::TryLater => "try_later",
            Self::Unclear => "unclear",
            Self::Broken => "broken",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}
