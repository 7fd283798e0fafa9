//! What to make of a new key, judged beside the old one.
//!
//! A 401 alone says little: an expired key, an unknown one and a valid one sent from an address that
//! is not white-listed are all answered alike. So a refused new key is judged beside the old key,
//! tried in the same minute from the same address.

use super::names::CommunityCode;

/// What the bank answered to one key: `GET /`, and `GET /api-keys/latest` where that was asked too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Both calls were answered with sense, for this facility.
    Works(CommunityCode),
    /// `GET /` names another facility.
    OtherFacility(CommunityCode),
    /// `GET /` knows the key and `GET /api-keys/latest` does not let it in: a publishable key.
    WrongKind,
    /// 401 to `GET /`.
    Unauthorised,
    /// 403 to `GET /`, which every kind of key may ask: the facility is not set up or not live.
    NotReady,
    /// No answer that says anything of the key: 429, 5xx, a time-out, an unreadable body.
    Nothing,
}

/// What follows for the new key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It works: it may be promoted.
    Promote,
    /// The old key works and this one does not yet: try again every hour.
    NotActive,
    /// Neither works: most likely our address. Change nothing, tell a person.
    NetworkIdentity,
    /// It belongs to another facility: never use it.
    WrongFacility,
    /// It is of the wrong kind: never use it.
    WrongKind,
    /// The facility is not ready: keep it, try again later.
    FacilityNotReady,
    /// Nothing is known: try again soon.
    NoVerdict,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: &[Verdict] = &[
        Self::Promote,
        Self::NotActive,
        Self::NetworkIdentity,
        Self::WrongFacility,
        Self::WrongKind,
        Self::FacilityNotReady,
        Self::NoVerdict,
    ];

    /// What it means, in a sentence.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Promote => "The key was tried and works, so it may be made current.",
            Self::NotActive => {
                "The key was tried and refused while the old one works; it is tried again every hour."
            }
            Self::NetworkIdentity => {
                "The key was tried, and the bank refused the old one as well: most likely our address is not white-listed."
            }
            Self::WrongFacility => "The key was tried and belongs to another facility.",
            Self::WrongKind => "The key was tried and is no secret key; it is never used.",
            Self::FacilityNotReady => {
                "The key was tried, and the facility is not set up or not live; it is kept for later."
            }
            Self::NoVerdict => {
                "The key was tried, and the bank gave no answer that says anything of it; it is tried again soon."
            }
        }
    }

    /// The word in logs and the history.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Promote => "promote",
            Self::NotActive => "not_active",
            Self::NetworkIdentity => "network_identity",
            Self::WrongFacility => "wrong_facility",
            Self::WrongKind => "wrong_kind",
            Self::FacilityNotReady => "facility_not_ready",
            Self::NoVerdict => "no_verdict",
        }
    }
}

/// Judges a new key. `old` is what the bank answered to the old key in the same minute; it is only
/// needed, and only asked for, when the new key was refused with 401.
pub const fn judge(new: &Answer, old: Option<&Answer>) -> Verdict {
    match new {
        Answer::Works(_) => Verdict::Promote,
        Answer::OtherFacility(_) => Verdict::WrongFacility,
        Answer::WrongKind => Verdict::WrongKind,
        Answer::NotReady => Verdict::FacilityNotReady,
        Answer::Nothing => Verdict::NoVerdict,
        Answer::Unauthorised => match old {
            Some(Answer::Works(_) | Answer::OtherFacility(_) | Answer::WrongKind) => {
                Verdict::NotActive
            }
            Some(Answer::Unauthorised) | None => Verdict::NetworkIdentity,
            Some(Answer::NotReady) => Verdict::FacilityNotReady,
            Some(Answer::Nothing) => Verdict::NoVerdict,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the protocol, row by row.
    #[test]
    fn the_verdict_table() {
        let code = || CommunityCode::new("SANDBOX").unwrap();
        let works = || Answer::Works(code());
        let other = || Answer::OtherFacility(code());
        let (refused, nothing) = (Answer::Unauthorised, Answer::Nothing);
        for (new, old, verdict) in [
            (works(), Some(works()), Verdict::Promote),
            (works(), Some(refused.clone()), Verdict::Promote),
            (works(), Some(nothing.clone()), Verdict::Promote),
            (refused.clone(), Some(works()), Verdict::NotActive),
            (refused.clone(), Some(refused.clone()), Verdict::NetworkIdentity),
            (refused.clone(), None, Verdict::NetworkIdentity),
            (refused.clone(), Some(nothing.clone()), Verdict::NoVerdict),
            (refused, Some(Answer::NotReady), Verdict::FacilityNotReady),
            (other(), Some(works()), Verdict::WrongFacility),
            (other(), None, Verdict::WrongFacility),
            (Answer::WrongKind, Some(works()), Verdict::WrongKind),
            (Answer::NotReady, Some(works()), Verdict::FacilityNotReady),
            (nothing.clone(), Some(works()), Verdict::NoVerdict),
            (nothing, None, Verdict::NoVerdict),
        ] {
            assert_eq!(judge(&new, old.as_ref()), verdict, "{new:?} beside {old:?}");
        }
    }
}
