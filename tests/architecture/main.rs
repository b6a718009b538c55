//! The arrows of ARCHITECTURE.md, and the bounds of the house: who may use whom, and how long a file is.

mod finished;
mod paths;
mod source;
#[cfg(test)]
mod tests;

use std::path::Path;

use vigie_checks::registry::CHECKS;

use paths::Named;

/// A module of `src/` and what it may use of the others.
const ARROWS: [(&str, &[&str]); 16] = [
    ("alerts", &["config", "metrics", "net", "store"]),
    ("cli", &["config", "demo", "ingest", "net", "report", "run", "schedule", "watch"]),
    ("config", &[]),
    ("demo", &["config", "incidents", "report", "store", "watch"]),
    ("incidents", &[]),
    ("ingest", &["store"]),
    ("metrics", &[]),
    ("net", &["metrics"]),
    ("on_postgres", &["alerts", "run", "store"]),
    ("plugin", &[]),
    ("report", &["ingest", "run"]),
    ("run", &["incidents", "net", "plugin", "store"]),
    ("schedule", &["config", "metrics"]),
    ("store", &["incidents", "metrics"]),
    (
        "watch",
        &[
            "alerts",
            "config",
            "incidents",
            "metrics",
            "net",
            "plugin",
            "run",
            "schedule",
            "store",
            "web",
        ],
    ),
    ("web", &["config", "incidents", "metrics", "report", "run", "store"]),
];

/// Who may play the simulated internet; all other code outside tests meets it as the world.
const PLAYS_THE_LAB: [&str; 2] = ["cli/lab", "demo"];

/// A check that uses what another works out (`spf::check_host`) without reading its facts.
const WORKS_WITH: [(&str, &str); 10] = [
    ("blocklist", "spf"),
    ("caa", "web"),
    ("dmarc", "spf"),
    ("ip", "spf"),
    ("probe", "dmarc"),
    ("probe", "spf"),
    ("tls", "dane"),
    ("tls", "dnssec"),
    ("tls", "mta_sts"),
    ("tls_rpt", "dane"),
];

const LONGEST_FILE: usize = 400;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_module_uses_only_what_its_arrow_allows() {
    let sources = source::of_crate(&root().join("src"));
    let modules = source::by_top_module(&sources);
    for (name, files) in &modules {
        let (_, allowed) = ARROWS
            .iter()
            .find(|(module, _)| module == name)
            .unwrap_or_else(|| panic!("{name}: no arrows"));
        for used in &Named::of(files.iter().copied()).modules {
            let used = used.as_str();
            assert_ne!(used, "*", "{name} uses all of the crate at once");
            let is_module = modules.contains_key(used);
            assert!(!is_module || used == *name || allowed.contains(&used), "{name} uses {used}");
        }
    }
}

#[test]
fn the_lab_is_played_by_its_command_and_the_demo_alone() {
    let sources = source::of_crate(&root().join("src"));
    for source in sources.iter().filter(|source| !source.test_only) {
        let plays = !Named::of([source])
            .others
            .is_disjoint(&["vigie_lab", "vigie_scenario"].map(str::to_owned).into());
        let place = source.module.join("/");
        let allowed = PLAYS_THE_LAB
            .iter()
            .any(|allowed| place == *allowed || place.starts_with(&format!("{allowed}/")));
        assert!(!plays || allowed, "{}: plays the lab", source.path.display());
    }
}

#[test]
fn a_check_uses_what_checks_share_and_the_facts_it_needs() {
    let sources = source::of_crate(&root().join("checks"));
    let modules = source::by_top_module(&sources);
    for check in CHECKS {
        let name = check.name.replace('-', "_");
        let needs: Vec<String> = check.needs.iter().map(|need| need.replace('-', "_")).collect();
        for used in Named::of(modules[name.as_str()].iter().copied()).modules {
            let shared = ["kernel", "rdap", "records", "scripted"].contains(&used.as_str());
            let works_with = WORKS_WITH.contains(&(name.as_str(), used.as_str()));
            let is_allowed = shared || works_with || used == name || needs.contains(&used);
            assert!(is_allowed, "{name} uses {used}");
        }
    }
}

#[test]
fn the_lab_and_the_scenarios_use_nothing_of_the_product() {
    for folder in ["lab/src", "scenario/src"] {
        let named = Named::of(&source::of_crate(&root().join(folder)));
        for product in ["vigie", "vigie_checks"] {
            assert!(!named.others.contains(product), "{folder} uses {product}");
        }
    }
}

#[test]
fn code_outside_tests_is_finished_and_never_gives_up() {
    let mut complaints = Vec::new();
    for folder in ["src", "checks", "lab/src", "scenario/src"] {
        for source in source::of_crate(&root().join(folder)) {
            let said = finished::complaints(&source).into_iter();
            complaints.extend(said.map(|what| format!("{}: {what}", source.path.display())));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn files_stay_short() {
    for folder in ["src", "checks", "lab", "scenario", "tests"] {
        for file in source::files(&root().join(folder)) {
            let text = std::fs::read_to_string(&file).expect("a source can be read");
            let lines = text.lines().count();
            assert!(lines <= LONGEST_FILE, "{}: {lines} lines", file.display());
        }
    }
}
