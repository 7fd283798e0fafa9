//! The exit codes, in one table: the help, the man page and `explain` print it, and every command
//! ends in one of its rows.

use super::failure::Failure;

macro_rules! exits {
    ($( $(#[doc = $doc:literal])+ $name:ident = $code:literal, $label:literal; )+) => {
        /// How a command ended.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Exit { $( $(#[doc = $doc])+ $name, )+ }

        impl Exit {
            /// Every exit code, in rising order.
            pub const ALL: &[Exit] = &[ $( Exit::$name, )+ ];

            /// The number the shell sees; fixed once released.
            pub const fn code(self) -> u8 {
                match self { $( Exit::$name => $code, )+ }
            }

            /// A word for it.
            pub const fn label(self) -> &'static str {
                match self { $( Exit::$name => $label, )+ }
            }

            /// What it means.
            pub const fn meaning(self) -> &'static str {
                match self { $( Exit::$name => concat!($($doc),+), )+ }
            }
        }
    };
}

exits! {
    /// Done, or accepted.
    Done = 0, "done";
    /// An error, or refused by the bank or a secret store.
    Failed = 1, "failed";
    /// Changes are pending; only with --dry-run --detailed-exitcode.
    Pending = 2, "changes_pending";
    /// Not lawful in the present state.
    NotNow = 3, "not_now";
    /// Needs someone with the role approver.
    NeedsApproval = 4, "needs_approval";
    /// The outcome is not known, or a person must act.
    Unclear = 5, "unclear";
    /// Bad usage or settings; nothing was done.
    Usage = 64, "usage";
    /// No answer in time.
    TimedOut = 124, "timed_out";
    /// Interrupted.
    Interrupted = 130, "interrupted";
}

impl Exit {
    /// What an answer of the admin API comes to, by its status and its word.
    pub fn of_answer(status: u16, label: &str) -> Exit {
        match (status, label) {
            (200..300, _) => Exit::Done,
            (_, "needs_approver") => Exit::NeedsApproval,
            (_, "unknown_facility") | (400 | 413 | 415, _) => Exit::Usage,
            (409, _) => Exit::NotNow,
            (502 | 504, _) => Exit::Unclear,
            _ => Exit::Failed,
        }
    }

    /// The table as text, for the help and the man page.
    pub fn table() -> String {
        let rows = Exit::ALL.iter();
        let rows = rows.map(|exit| format!("  {:>3}  {}\n", exit.code(), exit.meaning().trim()));
        format!("Exit codes:\n{}", rows.collect::<String>())
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

/// What a command comes to: an exit code, or a failure that has one.
pub(super) type Outcome = Result<Exit, Failure>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::problem::{Kind, status_of};
    use crate::service::facility::RefusedKind;

    #[test]
    fn codes_rise_and_are_what_the_design_says() {
        let codes: Vec<u8> = Exit::ALL.iter().map(|exit| exit.code()).collect();
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 64, 124, 130]);
    }

    #[test]
    fn every_refusal_of_a_facility_has_its_code() {
        let of = |kind| Exit::of_answer(status_of(kind).as_u16(), "no_key");
        assert_eq!(of(RefusedKind::NotNow), Exit::NotNow);
        assert_eq!(of(RefusedKind::BadInput), Exit::Usage);
        assert_eq!(of(RefusedKind::Refused), Exit::Failed);
        assert_eq!(of(RefusedKind::Unclear), Exit::Unclear);
        let of = |kind: Kind| Exit::of_answer(kind.status(), kind.label());
        assert_eq!(of(Kind::NeedsApprover), Exit::NeedsApproval);
        assert_eq!(of(Kind::UnknownFacility), Exit::Usage);
        assert_eq!(of(Kind::BadKeyText), Exit::Usage);
        assert_eq!(of(Kind::StillWorking), Exit::Unclear);
        assert_eq!(of(Kind::BadToken), Exit::Failed);
    }
}
