//! Everything the fuzzers ever found, and what they start from, through the same functions they run:
//! what was mended stays so, and no target falls behind the program. The fuzzers themselves are in
//! `fuzz/`, a package of its own, since they are built in a way of their own.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a target that is wrong panics"
)]

#[path = "../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "it is a crate, too")]
mod targets;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// The most bytes that a target's corpus has in the project: enough to begin with, and no more.
const CORPUS_BYTES_MAX: u64 = 64 * 1024;

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(folder);
    let entries = fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn names(folder: &str) -> Vec<String> {
    let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    files(folder).into_iter().map(stem).collect()
}

#[test]
fn every_target_has_a_function_a_binary_and_a_corpus() {
    let functions: Vec<_> = targets::TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert!(functions.is_sorted());
    assert_eq!(names("fuzz_targets"), functions);
    assert_eq!(names("corpus"), functions);
    let manifest = include_str!("../fuzz/Cargo.toml");
    for name in functions {
        let path = format!("{}/fuzz/fuzz_targets/{name}.rs", env!("CARGO_MANIFEST_DIR"));
        let target = fs::read_to_string(path).unwrap();
        assert!(target.contains(&format!("run(\"{name}\", data)")), "{name}");
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name}");
    }
}

#[test]
fn nothing_in_a_corpus_breaks_a_promise() {
    for (name, _) in targets::TARGETS {
        let files = files(&format!("corpus/{name}"));
        let bytes: u64 = files.iter().map(|file| file.metadata().unwrap().len()).sum();
        assert!(!files.is_empty() && bytes <= CORPUS_BYTES_MAX, "{name}: {bytes} bytes");
        for file in files {
            let data = fs::read(&file).unwrap();
            let outcome = catch_unwind(AssertUnwindSafe(|| targets::run(name, &data)));
            assert!(outcome.is_ok(), "{name} breaks on {}", file.display());
        }
    }
}
