//! What stands at the top of the project, and that what the image is built from is enough to build.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The whole top level; what the version control passes over and what it needs itself aside.
const TOP: [&str; 14] = [
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "Dockerfile",
    "LICENSE",
    "README.md",
    "benches",
    "charts",
    "config",
    "docs",
    "examples",
    "src",
    "tests",
];

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The names that do not belong at the top.
fn strange(names: &[String], ignored: &str) -> Vec<String> {
    let ignored: Vec<_> = ignored.lines().map(|line| line.trim_matches('/')).collect();
    let known = |name: &str| {
        name.starts_with('.') || name == "fuzz" || TOP.contains(&name) || ignored.contains(&name)
    };
    names.iter().filter(|name| !known(name)).cloned().collect()
}

#[test]
fn nothing_strange_stands_at_the_top() {
    let entries = fs::read_dir(env!("CARGO_MANIFEST_DIR")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let names: Vec<_> = names.collect();
    assert_eq!(strange(&names, &read(".gitignore")), Vec::<String>::new());
    let planted = ["src", "target", "lib"].map(str::to_owned);
    assert_eq!(strange(&planted, "/target/\n"), ["lib"]);
}

#[test]
fn every_document_is_linked_from_the_readme() {
    let readme = read("README.md");
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    for entry in fs::read_dir(docs).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(stem) = name.strip_suffix(".md") else { continue };
        assert!(readme.contains(&format!("(docs/{stem}.md)")), "nobody finds docs/{name}");
    }
}

/// What the Dockerfile copies from the project.
fn copied(dockerfile: &str) -> Vec<&str> {
    let copies = dockerfile.lines().filter_map(|line| line.strip_prefix("COPY "));
    let ours = copies.filter(|copy| !copy.starts_with("--from"));
    ours.flat_map(|copy| {
        let words: Vec<_> = copy.split_whitespace().collect();
        words.split_last().map(|(_, from)| from.to_vec()).unwrap_or_default()
    })
    .collect()
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::copy(from, to).unwrap();
    }
}

/// Cargo builds nothing of a package in which a target is missing that the manifest names, be it only a
/// benchmark. `cargo metadata` passes over such a target, so its list is compared with the manifest.
#[test]
fn what_the_image_is_built_from_is_a_whole_package() {
    let dockerfile = read("Dockerfile");
    let directory = tempfile::tempdir().unwrap();
    let copies = copied(&dockerfile);
    assert!(copies.contains(&"Cargo.toml") && copies.contains(&"src"), "{copies:?}");
    for name in copies {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        copy(&from, &directory.path().join(name));
    }
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(directory.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&metadata.stderr);
    assert!(metadata.status.success(), "{said}");
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let targets = metadata.pointer("/packages/0/targets").and_then(|targets| targets.as_array());
    let found: Vec<_> = targets.unwrap().iter().filter_map(|one| one.get("name")).collect();
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let named =
        ["bin", "bench", "test", "example"].into_iter().filter_map(|kind| manifest.get(kind));
    let named = named.flat_map(|kind| kind.as_array().unwrap());
    let missing: Vec<_> = named
        .filter_map(|target| target.get("name")?.as_str())
        .filter(|name| !found.iter().any(|found| found.as_str() == Some(name)))
        .collect();
    assert_eq!(missing, Vec::<&str>::new(), "the image lacks what the manifest names");
    let ignored = read(".dockerignore");
    let hidden: Vec<_> = copied(&dockerfile)
        .into_iter()
        .filter(|name| ignored.lines().any(|line| line == *name))
        .collect();
    assert_eq!(hidden, Vec::<&str>::new());
}

/// What is proven to build is what the image builds.
#[test]
fn the_images_build_command_is_the_one_that_is_tried() {
    let build = "cargo build --locked --release --bin quaymaster";
    assert!(read("Dockerfile").contains(build));
    assert!(read(".ci/run").contains(build));
}
