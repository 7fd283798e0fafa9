//! What one search explores: the store's kind, what may go wrong and how often, and the deviation
//! from the protocol, if any.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::world::Budget;

/// The pending place of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pending {
    /// Any number of keys, each with a label of its own.
    Set,
    /// One key; a newer one stays.
    Slot,
}

/// What a store does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) pending: Pending,
    /// Whether each write, and not only a promotion, is a compare-and-set on all that was read.
    pub(crate) checks_all: bool,
    /// Whether the store keeps a key's expiry with it.
    pub(crate) keeps_expiry: bool,
}

impl Kind {
    /// AWS Secrets Manager: a label for each pending key, compare-and-set on the current one only.
    pub(crate) const AWS: Kind =
        Kind { pending: Pending::Set, checks_all: false, keeps_expiry: false };
    /// The file store: the same, and it keeps expiries.
    pub(crate) const FILE: Kind = Kind { keeps_expiry: true, ..Kind::AWS };
    /// A store that writes one object under its version, as Kubernetes and Vault do.
    pub(crate) const CAS: Kind =
        Kind { pending: Pending::Set, checks_all: true, keeps_expiry: true };
    /// A store with room for one pending key, which it compares with a new one itself.
    pub(crate) const SLOT: Kind =
        Kind { pending: Pending::Slot, checks_all: false, keeps_expiry: true };
}

/// A deviation from the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutation {
    /// None: the protocol as built.
    None,
    /// A key counts as proven without asking the bank.
    NoVerify,
    /// A key is made current first and tried afterwards.
    PromoteThenVerify,
    /// A promotion does not compare what is current with what was read.
    NoCas,
    /// A key that a peer staged is not looked at.
    NoAdopt,
    /// If the current key is refused, no other is tried.
    NoFallback,
    /// A person is told before the store is read a second time.
    HumanOnStale,
    /// The previous key is removed when the next one is made current.
    RetireOnPromote,
    /// A promotion that got no answer is made again at once.
    PromoteAgain,
    /// AWS with one pending label, which each staging moves.
    OneLabel,
    /// A store with one pending place does not compare.
    StageOverNewer,
}

/// One search.
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that may happen or not")]
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) kind: Kind,
    pub(crate) mutation: Mutation,
    pub(crate) left: Budget,
    /// How many new keys the bank makes.
    pub(crate) rolls: u8,
    /// Whether reads may show what was before the last change.
    pub(crate) stale_reads: bool,
    /// Whether a new key may be refused for a time after it is offered.
    pub(crate) late_activation: bool,
    /// Whether windows and freezes keep every key waiting, for ever.
    pub(crate) frozen: bool,
    /// Whether the secret does not exist yet, and each replica has a bootstrap key.
    pub(crate) first_day: bool,
    /// What was met on the way.
    pub(crate) met: Arc<AtomicU32>,
}

/// What a search should meet, so that what it says is not about nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Met {
    Create,
    LostCreation,
    Stage,
    LostStaging,
    Promote,
    LostRace,
    Remove,
    Drop,
    Expire,
    KnownOffer,
    NotActive,
    NoKeyWorks,
    Fallback,
    LookedAgain,
    ToldRightly,
    Adopt,
    Repair,
    Rollback,
    GoneForward,
}

impl Setup {
    /// Two new keys, one crash, one lost reply, nothing else.
    pub(crate) fn new(kind: Kind) -> Setup {
        Setup {
            kind,
            mutation: Mutation::None,
            left: Budget { crashes: 1, lost_replies: 1, ..Budget::default() },
            rolls: 2,
            stale_reads: false,
            late_activation: kind.pending == Pending::Set,
            frozen: false,
            first_day: false,
            met: Arc::default(),
        }
    }

    pub(crate) fn mutated(self, mutation: Mutation) -> Setup {
        Setup { mutation, ..self }
    }

    pub(crate) fn meet(&self, what: Met) {
        self.met.fetch_or(1 << what as u32, Ordering::Relaxed);
    }

    pub(crate) fn has_met(&self, what: Met) -> bool {
        self.met.load(Ordering::Relaxed) >> what as u32 & 1 == 1
    }
}
