//! Who may ask what: callers, roles, grants.
//!
//! A caller that shows a token is judged by the token alone, wherever it comes from. Without one,
//! only the daemon's own user and root are let in, and only over the unix socket, where the kernel
//! says who they are. Nothing else lets anyone in.

use std::collections::BTreeSet;
use std::path::PathBuf;

use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;

use super::problem::{Kind, Problem};
use super::tokens::Tokens;
use crate::domain::names::{ActorName, FacilityName};
use crate::http::Peer;

macro_rules! roles {
    ($( $(#[doc = $doc:literal])+ $name:ident = $label:literal; )+) => {
        /// How far a caller may go; each role may do what the ones before it may.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Role { $( $(#[doc = $doc])+ $name, )+ }

        impl Role {
            /// Every role, lowest first.
            pub const ALL: &[Role] = &[ $( Role::$name, )+ ];

            /// The word in the tokens file and in messages.
            pub const fn label(self) -> &'static str {
                match self { $( Role::$name => $label, )+ }
            }

            /// What it may do.
            pub const fn meaning(self) -> &'static str {
                match self { $( Role::$name => concat!($($doc),+), )+ }
            }

            /// The role of this word, or `None`.
            pub fn from_label(word: &str) -> Option<Role> {
                Self::ALL.iter().copied().find(|role| role.label() == word)
            }
        }
    };
}

roles! {
    /// Looks at everything; no key is ever shown to anyone.
    Viewer = "viewer";
    /// Works with keys and freezes, emergencies included.
    Operator = "operator";
    /// Also says that quaymaster may take a facility over, or use a key nobody expected.
    Approver = "approver";
}

/// Which facilities a caller may see and work with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// All of them.
    All,
    /// These.
    Named(BTreeSet<FacilityName>),
}

impl Grant {
    /// Whether it covers a facility.
    pub fn covers(&self, facility: &FacilityName) -> bool {
        match self {
            Self::All => true,
            Self::Named(names) => names.contains(facility),
        }
    }
}

/// Whether a person or a machine holds a token. A machine never approves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A person.
    Person,
    /// A pipeline, a probe, a job.
    Machine,
}

/// A caller that was let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The name in history and logs.
    pub actor: ActorName,
    /// How far it may go.
    pub role: Role,
    /// With which facilities.
    pub facilities: Grant,
    /// Person or machine.
    pub holder: Holder,
}

/// The account on which a peer's unknown callers are counted: the port changes with every
/// connection.
pub(super) fn account(peer: Peer) -> String {
    match peer {
        Peer::Unix { uid, .. } => format!("unix:{uid}"),
        Peer::Tcp(address) => address.ip().to_string(),
    }
}

/// The shortest token accepted, in characters: 128 bits are 32 hexadecimal digits. The file holds
/// only hashes, so this is where a short one is found.
pub const TOKEN_CHARS_MIN: usize = 32;

/// Headers by which a proxy says that it forwards for someone else.
const FORWARDED: &[&str] = &["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];

/// The judge of callers.
#[derive(Debug)]
pub struct Access {
    own_uid: u32,
    tokens: Option<Tokens>,
}

impl Access {
    /// Lets in the process's own user and root over the unix socket, and the tokens of a file.
    pub fn for_process(tokens: Option<PathBuf>) -> Self {
        Self::for_user(rustix::process::geteuid().as_raw(), tokens)
    }

    /// The same for a user number that is given.
    pub fn for_user(own_uid: u32, tokens: Option<PathBuf>) -> Self {
        Self { own_uid, tokens: tokens.map(Tokens::new) }
    }

    /// Says who the caller is, or why it is nobody here.
    pub(super) async fn identify(
        &self,
        peer: Peer,
        headers: &HeaderMap,
    ) -> Result<Identity, Problem> {
        if let Some(name) = FORWARDED.iter().find(|name| headers.contains_key(**name)) {
            let detail = format!("the request carries the header {name}; call the daemon directly");
            return Err(Problem::new(Kind::Forwarded, detail));
        }
        match (headers.get(AUTHORIZATION), peer) {
            (Some(shown), _) => self.by_token(shown.as_bytes()).await,
            (None, Peer::Unix { uid, .. }) if uid == self.own_uid || uid == 0 => own(uid),
            (None, Peer::Unix { .. }) => Err(Problem::new(
                Kind::NoToken,
                "the unix socket lets in the daemon's own user and root; others need a token",
            )),
            (None, Peer::Tcp(_)) => {
                Err(Problem::new(Kind::NoToken, "an address needs a token: Authorization: Bearer"))
            }
        }
    }

    async fn by_token(&self, header: &[u8]) -> Result<Identity, Problem> {
        let refused = |detail: &str| Problem::new(Kind::BadToken, detail);
        let tokens = self.tokens.as_ref().ok_or_else(|| {
            refused("a token was shown, and the daemon's settings name no tokens file")
        })?;
        let token = header
            .split_at_checked(7)
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer "))
            .map(|(_, token)| token.trim_ascii())
            .ok_or_else(|| refused("the Authorization header is not of the kind Bearer"))?;
        // The same words for every token, so that nobody learns how close a guess was.
        let unknown = || refused("the token is not one the daemon knows");
        if token.len() < TOKEN_CHARS_MIN {
            return Err(unknown());
        }
        tokens.find(token).await.ok_or_else(unknown)
    }
}

fn own(uid: u32) -> Result<Identity, Problem> {
    let actor = ActorName::new(format!("unix:{uid}"))
        .map_err(|_| Problem::new(Kind::NoToken, "the user has no usable number"))?;
    Ok(Identity { actor, role: Role::Approver, facilities: Grant::All, holder: Holder::Person })
}
