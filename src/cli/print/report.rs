//! What a command came to.

use super::{Show, Wide};
use crate::admin::shapes::Report;
use crate::cli::console::Console;

impl Show for Report {
    fn table(&self, _console: Console, _wide: Wide) -> String {
        let mut text = format!("{}\n", self.summary.trim_end_matches('.'));
        text.push_str(&numbered(&self.steps));
        if !self.next.is_empty() {
            text.push_str("\nStill to be done:\n");
            text.push_str(&numbered(&self.next));
        }
        if self.dry_run {
            text.push_str("\nThis was a dry run and nothing was changed. ");
            text.push_str(if self.changes_pending {
                "Without --dry-run the above would be done.\n"
            } else {
                "There is nothing to change.\n"
            });
        }
        text
    }

    fn names(&self) -> Vec<String> {
        let on = self.facility.as_ref().map(|name| format!("/{name}")).unwrap_or_default();
        vec![format!("{}{on}", self.command)]
    }
}

/// Steps, counted.
pub(in crate::cli) fn numbered(steps: &[String]) -> String {
    steps.iter().enumerate().map(|(at, step)| format!("  {}. {step}\n", at + 1)).collect()
}
