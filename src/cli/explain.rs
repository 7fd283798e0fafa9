//! `explain WORD`: every word the program uses, from the tables that make it, so that none is
//! missing and none is out of date.

use serde::Serialize;

use super::args::Explain;
use super::args::Format;
use super::console::Console;
use super::exit::{Exit, Outcome};
use super::failure::Failure;
use super::print::{self, Show, Wide};
use crate::admin::access;
use crate::admin::problem;
use crate::admin::refusals;
use crate::domain::LIFECYCLES;
use crate::domain::condition::{Condition, OBSTACLES};
use crate::domain::history::{Deed, Request};
use crate::domain::retry;
use crate::domain::secret_key::Origin;
use crate::domain::verdict::Verdict;
use crate::metrics::table;
use crate::quickstream::FaultKind;
use crate::settings::distance;

mod words;

/// How many near words a wrong one is answered with.
const NEAR_MAX: usize = 5;

/// One word.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    /// The word.
    word: String,
    /// What kind of word it is.
    kind: String,
    /// What is printed for it.
    text: String,
}

/// Every entry of one word: a word may be a state and an event.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
struct Explained(Vec<Entry>);

/// Every word there is.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
struct Words(Vec<Entry>);

/// Explains a word, or lists them all.
pub(super) fn explain(console: Console, format: Format, asked: &Explain) -> Outcome {
    let entries = entries();
    let Some(word) = &asked.word else {
        print::print(console, format, &Words(entries))?;
        return Ok(Exit::Done);
    };
    print::print(console, format, &look_up(word, &entries)?)?;
    Ok(Exit::Done)
}

/// A word as it is looked up: `Not-Renewable` is typed for `not_renewable`, and `in sync` is shown.
fn plain(word: &str) -> String {
    word.trim().to_ascii_lowercase().replace([' ', '-'], "_")
}

/// Everything that a word means.
fn look_up(word: &str, entries: &[Entry]) -> Result<Explained, Failure> {
    let wanted = plain(word);
    let found: Vec<Entry> =
        entries.iter().filter(|entry| plain(&entry.word) == wanted).cloned().collect();
    if !found.is_empty() {
        return Ok(Explained(found));
    }
    if let Some(text) = retry::explain(&wanted) {
        return Ok(Explained(vec![entry(&wanted, "status of the bank", text)]));
    }
    let failure = Failure::usage(format!("{word} is no word of quaymaster"));
    let near = near(&wanted, entries);
    let failure = if near.is_empty() {
        failure
    } else {
        failure.try_this(format!("near words: {}", near.join(", ")))
    };
    Err(failure.try_this("to see all of them: quaymaster explain"))
}

fn entries() -> Vec<Entry> {
    let mut entries = Vec::new();
    for condition in Condition::ALL {
        let (word, urgency) = (condition.label(), condition.urgency().label());
        let text =
            page(word, &format!("condition, {urgency}"), condition.meaning(), condition.remedy());
        entries.push(entry(word, "condition", text));
    }
    add_lifecycles(&mut entries);
    for (word, meaning) in history() {
        let text =
            format!("{word} (in the history)\n{meaning}\nTo see it: quaymaster key history\n");
        entries.push(entry(word, "history", text));
    }
    for obstacle in OBSTACLES {
        let text = page(obstacle.label, "obstacle", obstacle.meaning, obstacle.remedy);
        entries.push(entry(obstacle.label, "obstacle", text));
    }
    for kind in problem::Kind::ALL {
        let (word, status) = (kind.label(), kind.status());
        let text = page(word, &format!("error, HTTP {status}"), kind.meaning(), kind.remedy());
        entries.push(entry(word, "error", text));
    }
    for refusal in refusals::REFUSALS {
        let text = page(refusal.label, "refusal", refusal.meaning, refusal.remedy);
        entries.push(entry(refusal.label, "refusal", text));
    }
    for fault in FaultKind::ALL {
        let (word, meaning) = (fault.label(), fault.meaning());
        let text = format!("{word} (fault of a call to the bank)\n{meaning}\n");
        let text = fault.condition().map_or(text.clone(), |condition| {
            format!("{text}It shows as the condition: {}\n", condition.label())
        });
        entries.push(entry(word, "fault of a call to the bank", text));
    }
    for role in access::Role::ALL {
        let text = format!("{} (role)\n{}\n", role.label(), role.meaning().trim());
        entries.push(entry(role.label(), "role", text));
    }
    for exit in Exit::ALL {
        let (code, label, meaning) = (exit.code(), exit.label(), exit.meaning().trim());
        let text = format!("{code} (exit code)\n{meaning}\nIts word: {label}\n");
        entries.push(entry(&code.to_string(), "exit code", text));
        let text = format!("{label} (exit code {code})\n{meaning}\n");
        entries.push(entry(label, "word of an exit code", text));
    }
    for status in retry::STATUSES {
        let text = retry::explain(status.label).unwrap_or_default();
        entries.push(entry(status.label, "status of the bank", text));
    }
    for failure in retry::Failure::ALL {
        let text = retry::explain(failure.label()).unwrap_or_default();
        entries.push(entry(failure.label(), "failed call of the bank", text));
    }
    for row in table::TABLE {
        entries.push(entry(row.name, "metric", row.explain()));
    }
    words::add_to(&mut entries);
    entries
}

fn add_lifecycles(entries: &mut Vec<Entry>) {
    for table in LIFECYCLES {
        let states = table.states.iter().map(|row| (row.label, "state"));
        let events = table.events.iter().map(|row| (row.label, "event"));
        let mut words: Vec<&str> = Vec::new();
        for (word, kind) in states.chain(events) {
            // One page tells of both the state and the event of a word.
            if !words.contains(&word) {
                words.push(word);
                let text = table.explain(word).unwrap_or_default();
                entries.push(entry(word, &format!("{kind} of {}", table.name), text));
            }
        }
        entries.push(entry(table.name, "lifecycle", lifecycle(table)));
    }
}

/// The words of the history that no lifecycle explains.
fn history() -> impl Iterator<Item = (&'static str, &'static str)> {
    let met = Origin::ALL.iter().map(|origin| (origin.label(), origin.meaning()));
    let judged = Verdict::ALL.iter().map(|verdict| (verdict.label(), verdict.meaning()));
    let asked = Request::ALL.iter().map(|request| (request.label(), request.meaning().trim()));
    let did = Deed::ALL.iter().map(|deed| (deed.label(), deed.meaning().trim()));
    met.chain(judged).chain(asked).chain(did)
}

fn entry(word: &str, kind: &str, text: String) -> Entry {
    Entry { word: word.to_owned(), kind: kind.to_owned(), text }
}

fn page(word: &str, kind: &str, meaning: &str, remedy: &str) -> String {
    format!("{word} ({kind})\n{}\nDo: {remedy}\n", meaning.trim())
}

fn lifecycle(table: &crate::domain::lifecycle::Table) -> String {
    let states: Vec<_> = table.states.iter().map(|row| row.label).collect();
    let events: Vec<_> = table.events.iter().map(|row| row.label).collect();
    let (states, events) = (states.join(", "), events.join(", "));
    let diagram = table.mermaid();
    format!("{} (lifecycle)\nStates: {states}\nEvents: {events}\n\n{diagram}", table.name)
}

/// The nearest words: those that hold the wrong one or are held by it, then those few letters away.
fn near<'a>(wanted: &str, entries: &'a [Entry]) -> Vec<&'a str> {
    let reach = (wanted.chars().count() / 3).max(1);
    let mut near: Vec<(usize, &str)> = entries
        .iter()
        .filter_map(|entry| {
            let word = entry.word.as_str();
            let part = wanted.len() >= 3 && (word.contains(wanted) || wanted.contains(word));
            let away = if part { 1 } else { distance(wanted, word) };
            (away <= reach).then_some((away, word))
        })
        .collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(NEAR_MAX).map(|(_, word)| word).collect()
}

impl Show for Explained {
    fn table(&self, _console: Console, _wide: Wide) -> String {
        let texts: Vec<&str> = self.0.iter().map(|entry| entry.text.as_str()).collect();
        texts.join("\n")
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|entry| entry.word.clone()).collect()
    }
}

impl Show for Words {
    fn table(&self, _console: Console, wide: Wide) -> String {
        if wide == Wide::Yes {
            return self.0.iter().map(|entry| format!("{}\n", entry.text)).collect();
        }
        let mut kinds: Vec<&str> = Vec::new();
        for entry in &self.0 {
            if !kinds.contains(&entry.kind.as_str()) {
                kinds.push(&entry.kind);
            }
        }
        let of = |kind: &str| {
            let words = self.0.iter().filter(|entry| entry.kind == kind);
            words.map(|entry| format!("  {}\n", entry.word)).collect::<String>()
        };
        let lists: Vec<_> = kinds.iter().map(|kind| format!("{kind}:\n{}", of(kind))).collect();
        lists.join("\n")
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|entry| entry.word.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::history::What;

    /// The words between backticks, and whatever stands alone, in the first two cells of a row.
    fn words_of_row(row: &str) -> impl Iterator<Item = &str> {
        let cells = row.split('|').skip(1).take(2).map(str::trim);
        cells.filter_map(|cell| {
            let quoted = cell.strip_prefix('`').and_then(|cell| cell.strip_suffix('`'));
            let alone = cell.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
            quoted.or((alone && !cell.is_empty()).then_some(cell))
        })
    }

    /// Every word of the README's tables, but not the defaults of settings.
    fn words_of_the_readme() -> Vec<&'static str> {
        let readme = include_str!("../../README.md");
        let mut words = Vec::new();
        for table in readme.split("<!-- from the code: ").skip(1) {
            let (name, rest) = table.split_once(" -->").unwrap();
            let (rows, _) = rest.split_once("<!-- end -->").unwrap();
            let first = rows.lines().filter(|line| line.starts_with("| ")).skip(1);
            let cells = if name == "settings" { 1 } else { 2 };
            words.extend(first.flat_map(|row| words_of_row(row).take(cells)));
        }
        words
    }

    #[test]
    fn every_word_that_is_released_or_documented_is_explained() {
        let entries = entries();
        let released = include_str!("../../tests/golden/words.txt").lines();
        let mut words: Vec<String> =
            released.map(|line| line.rsplit(' ').next().unwrap().to_owned()).collect();
        let readme = words_of_the_readme();
        for known in ["fine", "64", "not_now", "/readyz/{part}", "access.tokens"] {
            assert!(readme.contains(&known), "the README's tables are read otherwise: {readme:?}");
        }
        words.extend(readme.into_iter().map(str::to_owned));
        words.extend(Exit::ALL.iter().map(|exit| exit.code().to_string()));
        words.extend(Exit::ALL.iter().map(|exit| exit.label().to_owned()));
        let missing: Vec<_> =
            words.iter().filter(|word| look_up(word, &entries).is_err()).collect();
        assert!(words.len() > 300 && missing.is_empty(), "not explained: {missing:?}");
    }

    #[test]
    fn every_word_is_found_by_itself() {
        let entries = entries();
        for entry in &entries {
            assert!(!entry.text.trim().is_empty(), "{}", entry.word);
            let found = look_up(&entry.word, &entries).unwrap_or_else(|_| panic!("{}", entry.word));
            assert!(found.0.iter().any(|one| one.text == entry.text), "{}", entry.word);
        }
    }

    /// Whatever stands in a history can be asked for.
    #[test]
    fn every_word_of_the_history_is_explained() {
        let entries = entries();
        let known: Vec<&str> = entries.iter().map(|entry| entry.word.as_str()).collect();
        for what in What::all() {
            assert!(known.contains(&what.label()), "{} is not explained", what.label());
        }
        for (word, meaning) in history() {
            assert!(meaning.ends_with('.') && meaning.len() > 20, "{word}: {meaning}");
        }
    }

    #[test]
    fn near_words_are_offered() {
        let entries = entries();
        assert!(near("not_renewabel", &entries).contains(&"not_renewable"));
        assert!(near("promot", &entries).contains(&"promote"));
        assert!(near("xyzzy", &entries).is_empty());
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }
}
