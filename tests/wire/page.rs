//! The rows of docs/resources.md, read from the page: another test makes it of the code.

use std::path::Path;

/// One row of the page.
pub(crate) struct PageRow {
    /// Its resource and action: `Root: Get`.
    pub(crate) name: String,
    /// Its verb.
    pub(crate) verb: String,
    /// Its path, with the names of what is filled in.
    pub(crate) path: String,
    /// The client's method.
    pub(crate) method: String,
    /// Whether the sandbox answers it.
    pub(crate) answered: bool,
}

/// A file of the project.
pub(crate) fn read(path: &str) -> String {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(top.join(path)).unwrap()
}

/// Every row of the page, in its order.
pub(crate) fn rows() -> Vec<PageRow> {
    let page = read("docs/resources.md");
    let row = |line: &str| {
        let mut cells = line.split('|').map(|cell| cell.trim().trim_matches('`').to_owned());
        let (_, resource, what) = (cells.next()?, cells.next()?, cells.next()?);
        let asked = cells.next()?;
        let (verb, path) = asked.split_once(' ')?;
        let method = cells.nth(1)?.strip_prefix("Client::")?.to_owned();
        let answered = cells.next()? != "missing";
        Some(PageRow {
            name: format!("{resource}: {what}"),
            verb: verb.to_owned(),
            path: path.to_owned(),
            method,
            answered,
        })
    };
    page.lines().filter(|line| line.starts_with('|')).filter_map(row).collect()
}
