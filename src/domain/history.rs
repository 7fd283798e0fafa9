//! What is written down of everything that happened to a facility's keys.

use jiff::Timestamp;

use super::names::{ActorName, Fingerprint};
use super::secret_key::{Event, Origin, State};
use super::verdict::Verdict;

macro_rules! words {
    ($(#[doc = $about:literal])+ $set:ident { $( $(#[doc = $doc:literal])+ $name:ident = $label:literal; )+ }) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $set { $( $(#[doc = $doc])+ $name, )+ }

        impl $set {
            /// Every word, in the table's order.
            pub const ALL: &[$set] = &[ $( $set::$name, )+ ];

            /// The word in logs, history and `explain`; fixed once released.
            pub const fn label(self) -> &'static str {
                match self { $( $set::$name => $label, )+ }
            }

            /// What it means, in a sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $( $set::$name => concat!($($doc),+), )+ }
            }
        }
    };
}

words! {
    /// What a person, or a machine with a token, asks for.
    Request {
        /// Someone asked to look at stores and bank now and to bring the latest key forward.
        Renew = "renew";
        /// Someone brought a key that was made in the portal, to be proven and made current.
        Install = "install";
        /// Someone let a key be used that waited for a person's word.
        Accept = "accept";
        /// Someone asked to exercise the path that is used once in two years.
        Rehearse = "rehearse";
        /// Someone asked to go back to the previous key and to stay there until a pin ends.
        Rollback = "rollback";
        /// Someone declared a key leaked.
        Compromise = "compromise";
        /// Someone said that a leaked key was deleted in the portal.
        CloseLeak = "close_leak";
        /// Someone took a facility over that was only watched until then.
        Adopt = "adopt";
        /// Someone stopped activations and rehearsals; emergency key work goes on.
        Freeze = "freeze";
        /// Someone lifted a freeze that a person had put on.
        Thaw = "thaw";
    }
}

words! {
    /// What was done beside the moves of a key's lifecycle, or could not be done.
    Deed {
        /// A reader was given the current key, or told of it.
        Deliver = "deliver";
        /// A store beside the authority was brought to the authority's current key.
        Mirror = "mirror";
        /// A key that ended was taken out of a secret store.
        Remove = "remove";
        /// Another version had become current than was read, so nothing was promoted; it is read again.
        LostRace = "lost_race";
        /// The bank was asked for the latest key and gave none; it is asked again later.
        FetchFailed = "fetch_failed";
        /// The bank accepted none of the keys when it was asked for the latest one.
        Refused = "refused";
        /// A key that a person brought was not made current.
        InstallRefused = "install_refused";
        /// A write found the secret store out of reach; it is tried again.
        StoreUnavailable = "store_unavailable";
        /// A write was denied by the secret store: a permission or an encryption key is missing.
        StoreDenied = "store_denied";
        /// A write found another shape in the secret store than the settings say.
        StoreShape = "store_shape";
        /// A write was refused by the secret store for good.
        StoreRefused = "store_refused";
    }
}

/// What happened; a closed set of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// A key moved in its lifecycle.
    Moved(Event),
    /// A key was met for the first time.
    Met(Origin),
    /// A key was tried at the bank and not found fit.
    Judged(Verdict),
    /// Someone asked for something.
    Asked(Request),
    /// Something else was done, or could not be done.
    Did(Deed),
}

impl What {
    /// The word in the book, in replies and for `explain`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Moved(event) => event.label(),
            Self::Met(origin) => origin.label(),
            Self::Judged(verdict) => verdict.label(),
            Self::Asked(asked) => asked.label(),
            Self::Did(deed) => deed.label(),
        }
    }

    /// Every word that can stand in the history; some stand for more than one thing.
    pub fn all() -> impl Iterator<Item = Self> {
        let moved = Event::ALL.iter().copied().map(Self::Moved);
        let met = Origin::ALL.iter().copied().map(Self::Met);
        let judged = Verdict::ALL.iter().copied().map(Self::Judged);
        let asked = Request::ALL.iter().copied().map(Self::Asked);
        let did = Deed::ALL.iter().copied().map(Self::Did);
        moved.chain(met).chain(judged).chain(asked).chain(did)
    }
}

/// One line of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When, in the bank's time as best known.
    pub at: Timestamp,
    /// What happened.
    pub what: What,
    /// The key it happened to.
    pub fingerprint: Option<Fingerprint>,
    /// Where the key stood before and after, if it moved.
    pub moved: Option<(State, State)>,
    /// Who brought it about.
    pub actor: ActorName,
    /// Why, in the asker's words.
    pub reason: Option<String>,
    /// One sentence more, without any secret.
    pub detail: String,
}

/// A stop that a person put on activations, rollouts, rehearsals and sweeps; emergency key work goes
/// on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManualFreeze {
    /// Since when.
    pub since: Timestamp,
    /// Until when; until it is lifted, if not given.
    pub until: Option<Timestamp>,
    /// Who.
    pub by: ActorName,
    /// Why.
    pub reason: String,
}

impl ManualFreeze {
    /// Whether it holds at `now`.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}
