//! The closed sets of label words that are not words of the domain already.

use crate::domain::LIFECYCLES;
use crate::domain::condition::Condition;
use crate::domain::names::{Environment, KeyRole};
use crate::domain::secret_key;

/// The word for whatever a closed set does not know.
pub const OTHER: &str = "other";

macro_rules! words {
    ($(
        $(#[doc = $doc:literal])+
        $set:ident { $( $(#[doc = $wdoc:literal])+ $name:ident = $word:literal, )+ }
    )+) => { $(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $set { $( $(#[doc = $wdoc])+ $name, )+ }

        impl $set {
            /// Every one of the set.
            pub const ALL: &[$set] = &[ $( $set::$name, )+ ];

            /// The word in the label; fixed once released.
            pub const fn label(self) -> &'static str {
                match self { $( Self::$name => $word, )+ }
            }

            /// What the word means.
            pub const fn meaning(self) -> &'static str {
                match self { $( Self::$name => concat!($($wdoc),+), )+ }
            }

            /// The one with this word, or `None`.
            pub fn from_label(word: &str) -> Option<$set> {
                Self::ALL.iter().copied().find(|one| one.label() == word)
            }
        }
    )+ };
}

words! {
    /// The stages of a renewal; label `stage`.
    Stage {
        /// Asking the bank for the latest key.
        Fetch = "fetch",
        /// Putting the key into the store's pending place.
        Stage = "stage",
        /// Reading it back and trying it at the bank.
        Prove = "prove",
        /// Making it the store's current key.
        Promote = "promote",
        /// Reading the store again to see that it took.
        Confirm = "confirm",
        /// Giving it to every reader.
        Deliver = "deliver",
        /// Taking a key that has expired out of the store.
        Retire = "retire",
    }

    /// What a write to a secret store came to; label `result`.
    StoreWrite {
        /// It was done, or had been done already.
        Success = "success",
        /// A peer was faster; nothing was changed.
        Lost = "lost",
        /// The store could not be reached or answered that it is busy.
        Unavailable = "store_unavailable",
        /// The store refuses us.
        Denied = "store_denied",
        /// The secret has another shape than the settings say.
        Shape = "store_shape",
        /// The store refuses the write for good.
        Refused = "store_refused",
    }

    /// What a delivery came to; label `result`.
    Delivered {
        /// The target has the content it should have.
        Success = "success",
        /// It has not; it is tried again.
        Failure = "failure",
    }

    /// The kinds of delivery target; label `target`.
    TargetKind {
        /// Files in a directory.
        File = "file",
        /// A command.
        Command = "command",
        /// A signal.
        Signal = "signal",
        /// An HTTP request.
        Webhook = "webhook",
    }
}

/// What an attempt to learn the latest key came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The bank answered a key we had not met.
    NewKey,
    /// The bank answered a key we know.
    Unchanged,
    /// No usable answer; the condition says why.
    Failed(Condition),
}

impl Attempt {
    /// Every attempt there can be.
    pub fn all() -> impl Iterator<Item = Attempt> {
        let failed = Condition::ALL.iter().filter(|why| !matches!(why, Condition::Ok));
        [Self::NewKey, Self::Unchanged].into_iter().chain(failed.copied().map(Self::Failed))
    }

    /// The words of the labels `result` and `reason`.
    pub const fn labels(self) -> [&'static str; 2] {
        match self {
            Self::NewKey => ["success", "new_key"],
            Self::Unchanged => ["success", "unchanged"],
            Self::Failed(why) => ["failure", why.label()],
        }
    }
}

/// Why the bank cannot be used; label `reason` of its availability.
pub const BANK_REASONS: &[&str] = &[
    Condition::BankUnavailable.label(),
    Condition::BankUnreadable.label(),
    Condition::ProxyRefused.label(),
    Condition::TlsRefused.label(),
    Condition::WrongAddress.label(),
    OTHER,
];

/// The calls that a client of the bank makes and the ways in which they end.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    /// Method and route template of each.
    pub routes: Vec<(&'static str, &'static str)>,
    /// The words of their ends: a status or a fault.
    pub codes: Vec<&'static str>,
}

/// The member of a closed set that equals `word`, or [`OTHER`].
pub(super) fn closed(set: &[&'static str], word: &str) -> &'static str {
    set.iter().copied().find(|known| *known == word).unwrap_or(OTHER)
}

/// What a label can say, for documentation and `explain`.
pub fn describe(label: &str) -> String {
    let words: Vec<&str> = match label {
        "facility" => return "the facility's name in the settings".to_owned(),
        "store" => return "the store's kind and place, as in the settings".to_owned(),
        "version" => return "the release".to_owned(),
        "revision" => return "the commit it was built from, or `unknown`".to_owned(),
        "reason" => {
            return "a condition's word, or as the metric says; see `quaymaster explain`"
                .to_owned();
        }
        "result" => return "`success`, or how it failed".to_owned(),
        "environment" => Environment::ALL.iter().map(|one| one.label()).collect(),
        "key" => KeyRole::ALL.iter().map(|one| one.label()).collect(),
        "condition" => Condition::ALL.iter().map(|one| one.label()).collect(),
        "state" => secret_key::State::ALL.iter().map(|one| one.label()).collect(),
        "lifecycle" => LIFECYCLES.iter().map(|table| table.name).collect(),
        "from" | "to" => return "a state of the lifecycle".to_owned(),
        "event" => return "an event of the lifecycle".to_owned(),
        "stage" => Stage::ALL.iter().map(|one| one.label()).collect(),
        "target" => TargetKind::ALL.iter().map(|one| one.label()).collect(),
        "endpoint" => return "the template of the route, or `other`".to_owned(),
        "method" => return "the HTTP method, or `other`".to_owned(),
        "code" => return "a status that the bank documents, a fault's word (`bank_unreadable` for every reply that cannot be read), or `other`".to_owned(),
        _ => Vec::new(),
    };
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
