//! What can be the matter with a facility's keys, declared once: the word, what it means, who is
//! told, and the command that leads out.
//!
//! The words are metric labels, `explain` entries and the first line of `status`. Each remedy ends in
//! something a person can type.

/// How loudly a condition speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// All is well, or as a person wants it.
    Fine,
    /// It will pass, or be tried again, by itself.
    Passing,
    /// A person must act, in time.
    Attention,
    /// Nothing works until a person acts.
    Stuck,
}

impl Urgency {
    /// The word shown.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Passing => "passing",
            Self::Attention => "attention",
            Self::Stuck => "stuck",
        }
    }
}

macro_rules! conditions {
    ($( $(#[doc = $doc:literal])+ $name:ident = $label:literal, $urgency:ident, $remedy:literal; )+) => {
        /// What is the matter with a facility's keys; the most urgent one that holds.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Condition { $( $(#[doc = $doc])+ $name, )+ }

        impl Condition {
            /// Every condition, in the table's order.
            pub const ALL: &[Condition] = &[ $( Condition::$name, )+ ];

            /// The word in metrics, logs, replies and `explain`; fixed once released.
            pub const fn label(self) -> &'static str {
                match self { $( Condition::$name => $label, )+ }
            }

            /// What it means.
            pub const fn meaning(self) -> &'static str {
                match self { $( Condition::$name => concat!($($doc),+), )+ }
            }

            /// What to do, ending in a command.
            pub const fn remedy(self) -> &'static str {
                match self { $( Condition::$name => $remedy, )+ }
            }

            /// How loudly it speaks.
            pub const fn urgency(self) -> Urgency {
                match self { $( Condition::$name => Urgency::$urgency, )+ }
            }

            /// The condition of this word, or `None`.
            pub fn from_label(word: &str) -> Option<Condition> {
                Self::ALL.iter().copied().find(|condition| condition.label() == word)
            }
        }
    };
}

conditions! {
    /// The current key works, every store holds it and every reader was given it.
    Ok = "ok", Fine, "Nothing to do. To see the keys: quaymaster key status";
    /// The first look at stores and bank is not done yet.
    Starting = "starting", Fine, "Wait a moment, then: quaymaster status";
    /// The facility could not be put together from its settings; it is tried again, and the others run.
    NotStarted = "not_started", Stuck, "Put right what the message names, then: quaymaster config check --live";
    /// A facility in production is watched only until a person adopts it; nothing is written.
    Observer = "observer", Attention, "See what would be written, then take it over: quaymaster facility adopt --dry-run, then quaymaster facility adopt";
    /// A person rolled back to the previous key; renewal waits until the pin ends.
    Pinned = "pinned", Attention, "To see until when: quaymaster key status. To go forward earlier: quaymaster key renew --end-pin";
    /// A new key appeared while the present one is far from its expiry; it waits for a person.
    Held = "held", Attention, "If the new key is meant: quaymaster key accept. If nobody made it, treat it as a leak: quaymaster key compromise";
    /// The current key has under 90 days left and the bank has not offered its successor yet; it is expected to about 30 days before the expiry.
    RenewalDue = "renewal_due", Passing, "Nothing to do yet, unless the key is restricted to a business: such keys are never renewed by the API. To see the days left: quaymaster key status";
    /// The current key is near its expiry and the bank keeps answering the same key: most likely its use is restricted to a business, and such keys are never renewed by the API.
    NotRenewable = "not_renewable", Attention, "Make a new secret key in the portal (Administration > Facility Settings > Manage REST API Keys), then: quaymaster key install --from-file FILE";
    /// The current key has expired and no later one is known, so the bank answers nobody here any more.
    ExpiredLockedOut = "expired_locked_out", Stuck, "Make a new secret key in the portal (Administration > Facility Settings > Manage REST API Keys), then: quaymaster key install --from-file FILE";
    /// The bank refuses keys that worked from here before and have not expired: most likely this address is not on the facility's white-list. The keys were left alone.
    IpRefused = "ip_refused", Stuck, "Compare the address this machine goes out with against the portal's Manage IP Address Whitelist, put it right, then: quaymaster key renew";
    /// The bank knows none of the keys we hold, and none of them ever worked from here.
    UnknownKey = "unknown_key", Stuck, "Check that the key belongs to this environment and was not deleted in the portal, then: quaymaster key install --from-file FILE";
    /// The key is of the wrong kind: a publishable key cannot be renewed and opens few doors.
    WrongKind = "wrong_kind", Stuck, "Take a secret key (_SEC_) from the portal, not a publishable one (_PUB_), then: quaymaster key install --from-file FILE";
    /// The key belongs to another facility than the settings expect.
    WrongFacility = "wrong_facility", Stuck, "Compare expected_community_code with the portal, then put the right key in: quaymaster key install --from-file FILE";
    /// The bank answers that the facility is not set up, or not live.
    FacilityNotReady = "facility_not_ready", Stuck, "Ask the bank to finish the facility's set-up, then: quaymaster key renew";
    /// No secret store holds a key and no bootstrap key is set.
    NoKey = "no_key", Stuck, "Take a secret key from the portal, then: quaymaster key install --from-file FILE";
    /// A key was reported as leaked, and the bank still accepts it.
    Compromised = "compromised", Attention, "While the leaked key is the current one, deleting it stops the application: the steps in their order are shown by quaymaster key compromise --dry-run. Once another key is current, delete the leaked one in the portal; quaymaster asks the bank until it answers 401. If it cannot ask, since the key's text is gone, your word ends it: quaymaster key compromise --key FINGERPRINT --deleted. To see where that stands: quaymaster key status";
    /// The bank offers a key that has expired already; the present key is kept.
    ExpiredOffer = "expired_offer", Attention, "Look at the keys in the portal and make a fresh one, then: quaymaster key install --from-file FILE";
    /// The bank offers another key that expires before the present one; the present key is kept.
    EarlierOffer = "earlier_offer", Attention, "Look at the keys in the portal. If the offered key is meant: quaymaster key accept";
    /// The new key was staged, and the bank refuses it while it accepts the old one.
    NotActive = "not_active", Attention, "It is tried again every hour. If it lasts a day, make a new key in the portal, then: quaymaster key install --from-file FILE";
    /// The bank's answer could not be read as a key: HTML, cut short, too large or of another shape. The present key is kept.
    BankUnreadable = "bank_unreadable", Passing, "It is tried again by itself. To see what came back, without its secrets: quaymaster key history";
    /// The bank cannot be reached or answers that it is busy or broken; the present key goes on working.
    BankUnavailable = "bank_unavailable", Passing, "Nothing to do here: it is tried again by itself. To try at once: quaymaster key renew";
    /// A proxy between here and the bank asks for credentials (407).
    ProxyRefused = "proxy_refused", Attention, "Give the proxy what it asks for, or take it out of the way, then: quaymaster key renew";
    /// The bank's certificate, or the secure connection, is not acceptable; nothing was sent.
    TlsRefused = "tls_refused", Attention, "Check base_url, the machine's root certificates and any proxy that opens connections, then: quaymaster config check --live";
    /// The bank answered with a redirect: the base URL is wrong. The key was not sent on.
    WrongAddress = "wrong_address", Attention, "Put base_url right, then: quaymaster config check --live";
    /// The secret store cannot be reached; the present key goes on working.
    StoreUnavailable = "store_unavailable", Passing, "It is tried again by itself. To see each store: quaymaster status. To try at once: quaymaster key renew";
    /// The secret store refuses us: a permission or an encryption key is missing.
    StoreDenied = "store_denied", Attention, "Grant what the message names, then: quaymaster config check --live";
    /// The secret in the store has another shape than the settings say; it was left alone.
    StoreShape = "store_shape", Attention, "Compare the store's field in the settings with the secret, then: quaymaster config check --live";
    /// The secret store refuses the write for good: a quota, or a secret marked for deletion.
    StoreRefused = "store_refused", Attention, "Put right what the message names, then: quaymaster key renew";
    /// A store beside the authority holds another key than the authority.
    StoreDrift = "store_drift", Passing, "It is made equal by itself. To see which: quaymaster status";
    /// A reader could not be given the key it should have.
    DeliveryBehind = "delivery_behind", Attention, "Put right what the message names (a directory, a command, a process), then: quaymaster key renew";
    /// The day's 24 calls for the latest key are used up.
    CallsSpent = "calls_spent", Passing, "It goes on when the first of them is a day old. To see the calls: quaymaster key history";
    /// No activation window opens before the present key must be replaced, so it will be replaced outside any window.
    WindowUnreachable = "window_unreachable", Attention, "Put the windows in [calendar] right, then: quaymaster config check";
    /// The book of what was done could not be used and was put aside or is kept in memory only. Keys are still handed on, and outside production kept current; a facility in production whose book was lost renews nothing until a person adopts it again, and a pin, an acceptance or a reported leak is forgotten.
    BookUnusable = "book_unusable", Attention, "See the log for where the book was put and why, put its disk right, restart, then: quaymaster status. A facility in production that is only watched since then: quaymaster facility adopt";
}

/// What can stop the program from starting, or a part of it from working, outside any facility.
#[derive(Clone, Copy, Debug)]
pub struct Obstacle {
    /// The word in logs and `explain`.
    pub label: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// What to do, ending in a command.
    pub remedy: &'static str,
}

/// Every obstacle the program names.
pub const OBSTACLES: &[Obstacle] = &[
    Obstacle {
        label: "settings_invalid",
        meaning: "The settings file, an environment variable or a flag is wrong; nothing was started. Every mistake is listed with its place, never with its value.",
        remedy: "Put right what is listed, then: quaymaster config check",
    },
    Obstacle {
        label: "port_in_use",
        meaning: "Another process listens on an address we were told to listen on.",
        remedy: "Stop it, or set another address under [listen], then: quaymaster config check --live",
    },
    Obstacle {
        label: "book_in_use",
        meaning: "Another process writes the book that we were told to write. Two would erase what people ordered of each other, so nothing was started. A single run --once goes on without the book.",
        remedy: "Stop it, or give each process a book of its own as store.url, then: quaymaster config check --live",
    },
    Obstacle {
        label: "directory_unwritable",
        meaning: "A directory we were told to write to does not exist or refuses us.",
        remedy: "Create it for the user we run as, then: quaymaster config check --live",
    },
    Obstacle {
        label: "identity_unusable",
        meaning: "The identity file that opens an encrypted key file is missing, too open, or not the one the file was made with.",
        remedy: "Put the right identity back (mode 0600), then: quaymaster config check --live",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_remedy_ends_in_a_command() {
        for condition in Condition::ALL {
            assert!(condition.remedy().contains("quaymaster "), "{}", condition.label());
            assert_eq!(Condition::from_label(condition.label()), Some(*condition));
        }
        for obstacle in OBSTACLES {
            assert!(obstacle.remedy.contains("quaymaster "), "{}", obstacle.label);
        }
    }
}
