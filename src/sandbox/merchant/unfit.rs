//! Why something that was asked for cannot be done with what stands, whatever it is: a hold, an
//! agreement, a schedule, a PayID.

/// Why a change is refused before any bank is asked: the field at fault, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct Unfit(
    pub(in crate::sandbox) &'static str,
    pub(in crate::sandbox) String,
);
