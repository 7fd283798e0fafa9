//! The tests of this folder as text: which functions there are, which of them are tests, and which of
//! the client's methods each comes to call. So a table of tests cannot name one that is not there, or
//! one that is of something else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// One function.
pub(crate) struct Function {
    /// Its text, from its name to its end.
    text: String,
    pub(crate) is_test: bool,
    /// Whether it is tried with many cases.
    pub(crate) is_property: bool,
    /// Whether it belongs to a type, and is called by a dot.
    is_method: bool,
}

/// Every function by its module and name, and what each module imports of the others.
pub(crate) struct Sources {
    functions: BTreeMap<(String, String), Function>,
    imports: BTreeMap<String, String>,
}

impl Sources {
    pub(crate) fn read() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire");
        let mut sources = Self { functions: BTreeMap::new(), imports: BTreeMap::new() };
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let module = path.file_stem().unwrap().to_str().unwrap().to_owned();
            sources.module(&module, &std::fs::read_to_string(&path).unwrap());
        }
        sources
    }

    fn module(&mut self, module: &str, text: &str) {
        let imports = text.split("use crate::").skip(1).filter_map(|rest| rest.split(';').next());
        self.imports.insert(module.to_owned(), imports.collect::<Vec<_>>().join(";"));
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let begin = line.trim_start();
            let indent = line.len() - begin.len();
            let begin = begin.trim_start_matches("pub(crate) ").trim_start_matches("async ");
            let Some(name) = begin.strip_prefix("fn ") else { continue };
            let name: String =
                name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let end = format!("{}}}", " ".repeat(indent));
            let long = lines[at..].iter().take_while(|line| **line != end);
            let above: Vec<_> = lines[..at]
                .iter()
                .rev()
                .take_while(|line| line.trim_start().starts_with("#["))
                .collect();
            let is_test = above.iter().any(|line| line.contains("test]"));
            let function = Function {
                text: long.copied().collect::<Vec<_>>().join("\n"),
                is_test,
                is_property: is_test && indent > 0,
                is_method: !is_test && indent > 0,
            };
            self.functions.insert((module.to_owned(), name), function);
        }
    }

    /// A test, by `module::name`.
    pub(crate) fn test(&self, name: &str) -> Option<&Function> {
        let (module, name) = name.split_once("::")?;
        let found = self.functions.get(&(module.to_owned(), name.to_owned()));
        found.filter(|function| function.is_test)
    }

    /// Whether a test comes to call this method, itself or by what it calls.
    pub(crate) fn calls(&self, test: &str, method: &str) -> bool {
        self.says(test, &format!(".{method}("))
    }

    /// Whether a test, or what it calls, looks for this fault and for none beside it.
    pub(crate) fn insists(&self, test: &str, fault: &str) -> bool {
        let fault = format!("FaultKind::{fault}");
        self.any(test, |text| {
            text.match_indices(&fault).any(|(at, _)| {
                let (before, after) = (&text[..at], &text[at + fault.len()..]);
                let whole = !after.starts_with(|c: char| c.is_alphanumeric());
                let either =
                    before.trim_end().ends_with('|') || after.trim_start().starts_with('|');
                whole && !either
            })
        })
    }

    /// Whether a test, or what it calls, has this text.
    pub(crate) fn says(&self, test: &str, wanted: &str) -> bool {
        self.any(test, |text| text.contains(wanted))
    }

    /// Whether this is true of a test's text, or of what it calls.
    fn any(&self, test: &str, is_so: impl Fn(&str) -> bool) -> bool {
        let Some((module, name)) = test.split_once("::") else { return false };
        let mut waiting = vec![(module.to_owned(), name.to_owned())];
        let mut seen = BTreeSet::new();
        while let Some(next) = waiting.pop() {
            let Some(function) = self.functions.get(&next) else { continue };
            if is_so(&function.text) {
                return true;
            }
            if seen.insert(next.clone()) {
                waiting.extend(self.called(&next.0, function));
            }
        }
        false
    }

    /// What a function calls of this folder's.
    fn called(&self, module: &str, function: &Function) -> Vec<(String, String)> {
        let imports = &self.imports[module];
        let imported = |from: &str, name: &str| {
            let mut items = imports.split(';').filter_map(|item| item.strip_prefix(from));
            items.any(|item| words(item).any(|word| word == name))
        };
        let own = |of: &str, name: &str| of == module || imported(of, name);
        let is_called = |(of, name): &&(String, String)| {
            let known = &self.functions[&(of.clone(), name.clone())];
            let by_dot = function.text.contains(&format!(".{name}("));
            let by_name = calls_by_name(&function.text, name);
            if known.is_method { by_dot || by_name } else { by_name && own(of, name) }
        };
        self.functions.keys().filter(is_called).cloned().collect()
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

/// Whether a text calls what has this name, and not what only ends in it.
fn calls_by_name(text: &str, name: &str) -> bool {
    let call = format!("{name}(");
    let mut found = text.match_indices(&call).map(|(at, _)| &text[..at]);
    found.any(|before| !before.ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[test]
fn tests_are_found_and_what_they_call() {
    let sources = Sources::read();
    let property =
        sources.test("searches::each_list_holds_what_was_paid_once_and_the_newest_first");
    assert!(property.is_some_and(|test| test.is_property));
    let happy = sources.test("businesses::get_and_list").unwrap();
    assert!(!happy.is_property);
    assert!(sources.test("businesses::no_such_test").is_none());
    assert!(sources.test("searches::every_day").is_none(), "a helper is no test");
    assert!(sources.calls("businesses::get_and_list", "businesses"));
    assert!(!sources.calls("businesses::get_and_list", "refunds"));
    let by_helper = "searches::each_list_holds_what_was_paid_once_and_the_newest_first";
    assert!(sources.calls(by_helper, "transactions_for_nz_bank_account"));
    assert!(!sources.calls(by_helper, "authenticate_single_use_token"));
    assert!(sources.insists("businesses::get_and_list", "NotFound"));
    assert!(!sources.insists("businesses::get_and_list", "Conflict"));
    // It takes a conflict, and takes something else as well.
    let either = "recurring::one_is_replaced_and_stopped_for_good";
    assert!(sources.says(either, "FaultKind::Conflict") && !sources.insists(either, "Conflict"));
}
