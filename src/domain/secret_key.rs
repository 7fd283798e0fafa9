//! One QuickStream secret key, from the day we hear of it to the day it opens nothing any more.
//!
//! The table is the only place that says which moves are lawful. The rest of the file is what we
//! know of a key beside its text, which never comes here.

use jiff::{SignedDuration, Timestamp};

use super::lifecycle::{At, Move};
use super::names::{Fingerprint, KeyName, VersionId};

crate::lifecycle! {
    "secret_key"
    states {
        /// The bank offered it, or a person brought it; it is in no secret store yet.
        Offered = "offered",
        /// A new key seen while the present one is far from its expiry; it waits for `key accept`.
        Held = "held",
        /// In the secret store, in its pending place, where no reader looks.
        Staged = "staged",
        /// Read back from the secret store and accepted by the bank.
        Proven = "proven",
        /// The key every reader is given.
        Current = "current",
        /// A newer key has taken its place; kept until its own expiry for readers that still hold it.
        Previous = "previous",
        /// Newer than the current key, but a person rolled back from it; it waits for the pin's end.
        SetAside = "set_aside",
        /// The bank refused it, or it belongs elsewhere; never used.
        Rejected = "rejected",
        /// A newer key came before this one was used.
        Dropped = "dropped",
        /// A person said that it leaked; it is out of every store, and the bank is asked whether it is dead.
        Compromised = "compromised",
        /// The bank refuses a leaked key, or a person said that it was deleted: the leak is closed.
        Revoked = "revoked",
        /// Its expiry date has passed.
        Expired = "expired",
    }
    events {
        /// We waited with an unscheduled key.
        Hold = "hold" by Ours,
        /// A person said that a held key may be used.
        Accept = "accept" by Ours,
        /// The present key came near its expiry, so a held key needs no one's word any more.
        Release = "release" by Clock,
        /// We put it into the pending place of the secret store.
        Stage = "stage" by Ours,
        /// A person brought it from the portal, and we put it into the pending place.
        Install = "install" by Ours,
        /// We found it in the secret store, put there by another replica or a person.
        Adopt = "adopt" by Ours,
        /// We found it current in the secret store, made so by another replica or a person.
        Find = "find" by Ours,
        /// It stood current in the secret store and is gone from there: a person emptied or deleted the secret.
        Lose = "lose" by Ours,
        /// We tried it, and the bank knew it for this facility.
        Prove = "prove" by Ours,
        /// We tried it, and it is not a working key of this facility.
        Refuse = "refuse" by Bank,
        /// It became the key every reader is given.
        Promote = "promote" by Ours,
        /// A newer key became current.
        Supersede = "supersede" by Ours,
        /// A person went back to it, for a time.
        Rollback = "rollback" by Ours,
        /// A person went back from it to the key before it.
        SetAside = "set_aside" by Ours,
        /// A newer key was found before this one was used.
        Drop = "drop" by Ours,
        /// A person said that it leaked.
        Compromise = "compromise" by Ours,
        /// The bank answered 401 to a leaked key.
        Revoke = "revoke" by Bank,
        /// A person said that a leaked key was deleted in the portal; the bank could not be asked any more.
        Attest = "attest" by Ours,
        /// Its expiry date passed.
        Expire = "expire" by Clock,
    }
    moves {
        Offered     on Hold       => Held,
        Offered     on Stage      => Staged,
        Offered     on Install    => Staged,
        Offered     on Adopt      => Staged,
        Offered     on Find       => Current,
        Offered     on Prove      => Proven,
        Offered     on Supersede  => Previous,
        Offered     on Refuse     => Rejected,
        Offered     on Drop       => Dropped,
        Offered     on Compromise => Compromised,
        Offered     on Expire     => Expired,
        Held        on Accept     => Offered,
        Held        on Release    => Offered,
        Held        on Install    => Staged,
        Held        on Adopt      => Staged,
        Held        on Find       => Current,
        Held        on Supersede  => Previous,
        Held        on Drop       => Dropped,
        Held        on Compromise => Compromised,
        Held        on Expire     => Expired,
        Staged      on Prove      => Proven,
        Staged      on Stage      => Staged,
        Staged      on Find       => Current,
        Staged      on Supersede  => Previous,
        Staged      on Refuse     => Rejected,
        Staged      on Drop       => Dropped,
        Staged      on Compromise => Compromised,
        Staged      on Expire     => Expired,
        Proven      on Promote    => Current,
        Proven      on Prove      => Proven,
        Proven      on Find       => Current,
        Proven      on Stage      => Proven,
        Proven      on Supersede  => Previous,
        Proven      on Refuse     => Rejected,
        Proven      on Drop       => Dropped,
        Proven      on Compromise => Compromised,
        Proven      on Expire     => Expired,
        Current     on Supersede  => Previous,
        Current     on SetAside   => SetAside,
        Current     on Lose       => Offered,
        Current     on Compromise => Compromised,
        Current     on Expire     => Expired,
        Previous    on Rollback   => Current,
        Previous    on Find       => Current,
        Previous    on Install    => Staged,
        Previous    on Prove      => Proven,
        Previous    on Compromise => Compromised,
        Previous    on Expire     => Expired,
        SetAside    on Stage      => Staged,
        SetAside    on Find       => Current,
        SetAside    on Install    => Staged,
        SetAside    on Prove      => Proven,
        SetAside    on Refuse     => Rejected,
        SetAside    on Drop       => Dropped,
        SetAside    on Compromise => Compromised,
        SetAside    on Expire     => Expired,
        Rejected    on Find       => Current,
        Rejected    on Install    => Staged,
        Dropped     on Find       => Current,
        Dropped     on Supersede  => Previous,
        Dropped     on Stage      => Staged,
        Dropped     on Install    => Staged,
        Dropped     on Adopt      => Staged,
        Dropped     on Compromise => Compromised,
        Compromised on Revoke     => Revoked,
        Compromised on Attest     => Revoked,
        Compromised on Expire     => Expired,
    }
}

/// Where we first heard of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// `GET /api-keys/latest` answered it.
    Fetched,
    /// A person brought it with `key install`.
    Installed,
    /// The bootstrap file of the settings.
    Bootstrap,
    /// It stood in the secret store, put there by another replica or a person.
    Store,
}

impl Origin {
    /// Every origin.
    pub const ALL: &[Origin] = &[Self::Fetched, Self::Installed, Self::Bootstrap, Self::Store];

    /// The word stored and shown.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Fetched => "fetched",
            Self::Installed => "installed",
            Self::Bootstrap => "bootstrap",
            Self::Store => "store",
        }
    }

    /// What it means, in a sentence.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Fetched => "The key was met when the bank answered with it.",
            Self::Installed => "The key was met when a person brought it with key install.",
            Self::Bootstrap => "The key was met in the bootstrap file of the settings.",
            Self::Store => {
                "The key was met in the secret store, put there by another replica or a person."
            }
        }
    }

    /// The origin stored under `word`, or `None` if this release knows no such word.
    pub fn from_label(word: &str) -> Option<Origin> {
        Self::ALL.iter().copied().find(|origin| origin.label() == word)
    }
}

/// What the book knows of one key; its text is only ever in a secret store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// The install's short name for it.
    pub fingerprint: Fingerprint,
    /// The bank's name for it, once the bank has told us.
    pub name: Option<KeyName>,
    /// When the bank stops accepting it, once the bank has told us.
    pub expires_at: Option<Timestamp>,
    /// Where it stands.
    pub state: State,
    /// Where we first heard of it.
    pub origin: Origin,
    /// The authority's version that holds it.
    pub version: Option<VersionId>,
    /// When the bank last accepted it for this facility: with both calls of a proof, or, of a key that has
    /// been current here, with `GET /` alone.
    pub proven_at: Option<Timestamp>,
    /// The order in which this install met its keys; breaks ties between equal expiries.
    pub seq: i64,
    /// When this install first met it.
    pub first_seen_at: Timestamp,
}

impl KeyRecord {
    /// Whether its expiry is known to have passed.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|expiry| expiry <= now)
    }

    /// How long it has left; zero when it has expired, `None` while its expiry is not known.
    pub fn time_left(&self, now: Timestamp) -> Option<SignedDuration> {
        self.expires_at.map(|expiry| expiry.duration_since(now).max(SignedDuration::ZERO))
    }

    /// Whether it is newer than `other`: a later expiry wins, then the later one we met. A key whose
    /// expiry is not known is never newer.
    pub fn is_newer_than(&self, other: &KeyRecord) -> bool {
        match (self.expires_at, other.expires_at) {
            (Some(ours), Some(theirs)) => (ours, self.seq) > (theirs, other.seq),
            (Some(_), None) => self.seq > other.seq,
            (None, _) => false,
        }
    }
}

/// A key whose state the compiler knows; only its lawful moves compile.
///
/// ```
/// use quaymaster::domain::secret_key::{Held, at, ev};
/// fn promote(key: Held<at::Proven>) -> Held<at::Current> { key.step(ev::Promote) }
/// ```
///
/// A key that was not proven cannot be promoted:
///
/// ```compile_fail,E0277
/// use quaymaster::domain::secret_key::{Held, at, ev};
/// fn promote(key: Held<at::Staged>) -> Held<at::Current> { key.step(ev::Promote) }
/// ```
///
/// A key that leaked can never become current again:
///
/// ```compile_fail,E0277
/// use quaymaster::domain::secret_key::{Held, at, ev};
/// fn back(key: Held<at::Compromised>) -> Held<at::Current> { key.step(ev::Rollback) }
/// ```
#[derive(Clone, Debug)]
pub struct Held<S> {
    record: KeyRecord,
    at: std::marker::PhantomData<S>,
}

impl KeyRecord {
    /// Checks once that the key is in state `S`.
    ///
    /// # Errors
    ///
    /// Gives the record back unchanged if it is in another state.
    pub fn hold<S: At<State = State>>(self) -> Result<Held<S>, Box<KeyRecord>> {
        if self.state == S::STATE {
            Ok(Held { record: self, at: std::marker::PhantomData })
        } else {
            Err(Box::new(self))
        }
    }
}

impl<S> Held<S> {
    /// Follows a row of the table; a move without a row does not compile.
    #[must_use]
    pub fn step<E: Move<S>>(self, _event: E) -> Held<E::To>
    where
        E::To: At<State = State>,
    {
        let record = KeyRecord { state: <E::To as At>::STATE, ..self.record };
        Held { record, at: std::marker::PhantomData }
    }

    /// The key itself.
    pub fn record(&self) -> &KeyRecord {
        &self.record
    }

    /// Gives up what the compiler knows, to be stored.
    pub fn into_record(self) -> KeyRecord {
        self.record
    }
}
