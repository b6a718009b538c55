//! The arrows of ARCHITECTURE.md, and the bounds of the house: who may use whom, and how long a file is.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A module of `src/` and what it may use of the others.
const ARROWS: [(&str, &[&str]); 12] = [
    ("alerts", &["net", "store"]),
    ("cli", &["config", "demo", "net", "report", "run", "schedule", "watch"]),
    ("config", &[]),
    ("demo", &["config", "report", "store", "watch"]),
    ("incidents", &[]),
    ("net", &[]),
    ("report", &["run"]),
    ("run", &["incidents", "net", "store"]),
    ("schedule", &["config"]),
    ("store", &[]),
    ("watch", &["alerts", "config", "incidents", "net", "run", "schedule", "store", "web"]),
    ("web", &["incidents", "report", "run", "store"]),
];

/// A check and the checks whose facts it reads; the kernel and the records are everybody's.
const NEEDS: [(&str, &[&str]); 6] = [
    ("caa", &["mta_sts"]),
    ("mta_sts", &["mx"]),
    ("registration", &["dns"]),
    ("smtp", &["mx"]),
    ("tls", &["mx"]),
    ("tls_rpt", &["mx"]),
];

const LONGEST_FILE: usize = 400;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The modules that a folder's code names as `crate::module`, comments left out.
fn used_by(folder: &Path) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for file in sources(folder) {
        let text = std::fs::read_to_string(&file).expect("a source can be read");
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            for after in line.split("crate::").skip(1) {
                used.insert(
                    after
                        .chars()
                        .take_while(|c| c.is_ascii_lowercase() || *c == '_')
                        .collect::<String>(),
                );
            }
        }
    }
    used.remove("");
    used
}

#[test]
fn every_module_uses_only_what_its_arrow_allows() {
    for entry in std::fs::read_dir(root().join("src")).expect("src is there") {
        let path = entry.expect("src can be read").path();
        if !path.is_dir() {
            continue;
        }
        let name = path.file_name().expect("a folder has a name").to_string_lossy().into_owned();
        let (_, allowed) = ARROWS
            .iter()
            .find(|(module, _)| *module == name)
            .unwrap_or_else(|| panic!("{name}: no arrows"));
        for used in used_by(&path) {
            assert!(used == name || allowed.contains(&used.as_str()), "{name} uses {used}");
        }
    }
}

#[test]
fn a_check_uses_the_kernel_the_records_and_the_facts_it_needs() {
    for entry in std::fs::read_dir(root().join("checks")).expect("checks is there") {
        let path = entry.expect("checks can be read").path();
        if !path.join("findings.toml").exists() {
            continue;
        }
        let name = path.file_name().expect("a folder has a name").to_string_lossy().into_owned();
        let needs =
            NEEDS.iter().find(|(check, _)| *check == name).map_or(&[][..], |(_, needs)| needs);
        for used in used_by(&path) {
            let shared = ["kernel", "records", "scripted"].contains(&used.as_str());
            assert!(shared || used == name || needs.contains(&used.as_str()), "{name} uses {used}");
        }
    }
}

#[test]
fn the_lab_and_the_scenarios_use_nothing_of_the_product() {
    for folder in ["lab", "scenario"] {
        for file in sources(&root().join(folder)) {
            let text = std::fs::read_to_string(&file).expect("a source can be read");
            let names = ["vigie_checks", "vigie::"].iter().find(|name| text.contains(**name));
            assert_eq!(names, None, "{}", file.display());
        }
    }
}

#[test]
fn files_stay_short_and_finished() {
    let stub = ["todo", "unimplemented"].map(|word| format!("{word}!("));
    for folder in ["src", "checks", "lab", "scenario", "tests"] {
        for file in sources(&root().join(folder)) {
            let text = std::fs::read_to_string(&file).expect("a source can be read");
            let lines = text.lines().count();
            assert!(lines <= LONGEST_FILE, "{}: {lines} lines", file.display());
            assert!(!stub.iter().any(|stub| text.contains(stub)), "{}: unfinished", file.display());
        }
    }
}
