//! What is modelled: a bank, a store, readers, and what each replica holds in memory and in its book.

use super::memory::Memory;

/// A key, by its generation: 1 is the key of the first day, and later ones expire later.
pub(crate) type Key = u8;

/// The latest generation a search may reach.
pub(crate) const KEYS_MAX: Key = 4;

/// A set of keys.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Keys(u8);

impl Keys {
    pub(crate) fn only(key: Key) -> Keys {
        Keys::default().with(key)
    }

    pub(crate) fn with(self, key: Key) -> Keys {
        Keys(self.0 | 1 << key)
    }

    pub(crate) fn without(self, key: Key) -> Keys {
        Keys(self.0 & !(1 << key))
    }

    pub(crate) fn contains(self, key: Key) -> bool {
        self.0 >> key & 1 == 1
    }

    pub(crate) fn iter(self) -> impl DoubleEndedIterator<Item = Key> {
        (1..=KEYS_MAX).filter(move |key| self.contains(*key))
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// The bank. It accepts the generations that are active and not expired, and offers the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Bank {
    pub(crate) latest: Key,
    pub(crate) active: Key,
    pub(crate) expired: Key,
}

impl Bank {
    pub(crate) fn accepts(self, key: Key) -> bool {
        self.expired < key && key <= self.active
    }
}

/// What the store holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Stock {
    pub(crate) current: Option<Key>,
    pub(crate) previous: Option<Key>,
    pub(crate) pending: Keys,
}

impl Stock {
    /// Every key in any place.
    pub(crate) fn keys(self) -> Keys {
        self.current.into_iter().chain(self.previous).fold(self.pending, Keys::with)
    }
}

/// One cycle of one replica.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Round {
    /// What the store held when it was read.
    pub(crate) seen: Stock,
    /// Whether the store has not changed since.
    pub(crate) fresh: bool,
    pub(crate) fetched: bool,
    pub(crate) refused: bool,
    pub(crate) put_off: Keys,
}

/// Where a replica stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum At {
    /// Between two cycles, or not running.
    #[default]
    Asleep,
    /// About to read the store again.
    Looking(Round),
    /// About to take the step that is decided from what it knows.
    Deciding(Round),
    /// With an offered key in memory, about to stage it.
    Holding(Round, Key),
}

impl At {
    pub(crate) fn round_mut(&mut self) -> Option<&mut Round> {
        match self {
            At::Asleep => None,
            At::Looking(round) | At::Deciding(round) | At::Holding(round, _) => Some(round),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Replica {
    /// The ledger in memory.
    pub(crate) mind: Memory,
    /// The ledger as last written; a crash leaves this.
    pub(crate) book: Memory,
    pub(crate) at: At,
}

/// How much may still go wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Budget {
    pub(crate) crashes: u8,
    pub(crate) lost_replies: u8,
    pub(crate) lost_disks: u8,
    pub(crate) outages: u8,
    /// Times in which the store is read as ever and gives no answer to a write.
    pub(crate) deaf_times: u8,
    pub(crate) rollbacks: u8,
}

/// Everything there is.
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that happened or did not")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) bank: Bank,
    pub(crate) stock: Stock,
    /// What the store held before its last change: what a stale read sees.
    pub(crate) stale: Stock,
    pub(crate) up: bool,
    /// Whether the store, while it is up, takes no writes.
    pub(crate) deaf: bool,
    /// The key readers use.
    pub(crate) reader: Key,
    /// Every key that was ever in the store, but for those a later key pushed out of the previous place.
    pub(crate) stored: Keys,
    /// The newest key that was current, or the one a person rolled back to since.
    pub(crate) newest: Key,
    pub(crate) left: Budget,
    pub(crate) replicas: [Replica; 2],
    /// An older key was made current, and no person asked for that.
    pub(crate) regressed: bool,
    /// A person was told that no key works, while one in the store did.
    pub(crate) called_needlessly: bool,
    /// A previous key was taken from a reader who could still use it.
    pub(crate) stranded: bool,
}

impl World {
    /// Whether a reader who asks the store now gets a key the bank accepts.
    pub(crate) fn current_works(&self) -> bool {
        self.stock.current.is_some_and(|key| self.bank.accepts(key))
    }

    /// Whether any key in the store works.
    pub(crate) fn some_key_works(&self) -> bool {
        self.stock.keys().iter().any(|key| self.bank.accepts(key))
    }

    pub(crate) fn all_asleep(&self) -> bool {
        self.replicas.iter().all(|replica| replica.at == At::Asleep)
    }

    /// Changes the store; everything read before is out of date.
    pub(crate) fn put(&mut self, stock: Stock) {
        if stock == self.stock {
            return;
        }
        self.stale = self.stock;
        self.stock = stock;
        self.stored = stock.keys().iter().fold(self.stored, Keys::with);
        for replica in &mut self.replicas {
            if let Some(round) = replica.at.round_mut() {
                round.fresh = false;
            }
        }
    }
}
