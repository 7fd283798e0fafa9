//! Floor 2. One file per story; the only floor that says "then".
//!
//! A facility's keys are owned by one task, `renewal`; everything else holds a [`FacilityHandle`],
//! which asks it for things and sees its status. Nobody else is given a channel or a lock.

pub mod facility;

pub use facility::{Command, FacilityHandle, FacilityStatus, Refused, Report};
