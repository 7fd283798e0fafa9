//! Printing data: one value, in whichever form was asked for.

use serde::Serialize;

use super::args::Format;
use super::console::{self, Console};
use super::exit::Exit;
use super::failure::Failure;

mod keys;
mod report;
mod status;
mod yaml;

pub(super) use keys::{KeyList, OwnedKey};
pub(super) use report::numbered;
pub(super) use status::FacilityAt;

/// Something that can be printed in every form.
pub(super) trait Show: Serialize {
    /// For people; `wide` holds everything there is.
    fn table(&self, console: Console, wide: Wide) -> String;

    /// Names for the next command, one a line.
    fn names(&self) -> Vec<String>;
}

/// How much a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wide {
    /// What fits a screen.
    No,
    /// Everything.
    Yes,
}

/// Prints a value to stdout.
pub(super) fn print(console: Console, format: Format, shown: &impl Show) -> Result<(), Failure> {
    let value = || {
        serde_json::to_value(shown)
            .map_err(|_| Failure::new(Exit::Failed, "the answer cannot be written as JSON"))
    };
    let text = match format {
        Format::Table => shown.table(console, Wide::No),
        Format::Wide => shown.table(console, Wide::Yes),
        Format::Json => format!("{:#}\n", value()?),
        Format::Yaml => yaml::write(&value()?),
        Format::Name => shown.names().iter().map(|name| format!("{name}\n")).collect(),
    };
    console::data(&text)
}

/// Rows under a head, in columns as wide as they must be. Cells are plain: colour would be counted
/// as width.
pub(super) fn columns<R>(head: &[&str], rows: impl IntoIterator<Item = R>) -> String
where
    R: Into<Vec<String>>,
{
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_content_arrangement(comfy_table::ContentArrangement::Disabled);
    table.set_header(head.iter().copied());
    for row in rows {
        table.add_row(row.into());
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// A text, or a dash where there is none.
fn or_dash(text: Option<impl Into<String>>) -> String {
    text.map_or_else(|| "-".to_owned(), Into::into)
}
