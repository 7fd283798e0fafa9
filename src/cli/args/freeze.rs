//! What can be typed after `freeze`.

use clap::{Args, Subcommand};

use super::{Change, Reach, Until};

/// Freezes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Freeze {
    #[command(flatten)]
    pub(in crate::cli) reach: Reach,
    #[command(subcommand)]
    pub(in crate::cli) what: FreezeCommand,
}

/// What can be done with freezes.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum FreezeCommand {
    /// Activate nothing and rehearse nothing until the freeze ends
    On {
        #[command(flatten)]
        until: Until,
        #[command(flatten)]
        change: Change,
    },
    /// End a freeze that was put on by hand
    Off {
        #[command(flatten)]
        change: Change,
    },
    /// Show whether a freeze is on, and which the calendar plans
    Show,
}
