//! Floor 2. One file per story; the only floor that says "then".
//!
//! A facility's keys are owned by one task, the [`renewal`]; everything else holds a
//! [`FacilityHandle`], which asks it for things and sees its status. Nobody else is given a channel
//! or a lock.
//!
//! Read [`renewal`] first (one cycle), then `look` (what is seen), `steps`, `ask` and `prove` (what is done),
//! `hand` and `mirror` (who is given keys), `commands`, `emergency` and `rehearsal` (what people ask). [`by_hand`] stands beside the task.

pub mod by_hand;
pub mod facility;
pub mod parts;
pub mod points;
pub mod pulse;
pub mod renewal;

mod alarm;
mod ask;
mod bank_time;
mod book;
mod commands;
mod emergency;
mod hand;
mod leaks;
mod look;
mod mirror;
mod prove;
mod rehearsal;
mod status;
mod steps;

pub use facility::{Command, FacilityHandle, FacilityStatus, Refused, Report};
