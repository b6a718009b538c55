use std::path::Path;

use vigie_checks::kernel::Lang;

use super::{init, summary, try_files};
use crate::config::{MINIMAL, MINIMAL_FR, ProcessEnvironment, Settings};

fn minimal() -> Settings {
    let settings = Settings::parse(&ProcessEnvironment, Path::new("v.toml"), MINIMAL.to_owned());
    settings.unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn the_summary_counts_and_names_the_next_runs() {
    let now = "2026-03-02T00:00:00Z".parse().expect("test times are RFC 3339");
    let text = summary(&minimal(), Some(Path::new("v.toml")), now, Lang::En);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines[..2],
        ["v.toml: whole", "1 domain, 0 probes, 0 channels, 0 routes, 0 plugins"]
    );
    assert_eq!(
        (lines.len(), lines[2]),
        (6, "What never ran runs at the start. The next runs:"),
        "three are named: {text}"
    );
    assert!(lines[3].starts_with("  2026-03-02 0") && lines[3].contains(" UTC  example.com "));
    let text = summary(&minimal(), Some(Path::new("v.toml")), now, Lang::Fr);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines[..2],
        ["v.toml : aucune erreur", "1 domaine, 0 sonde, 0 canal, 0 route, 0 greffon"]
    );
    assert!(lines[2].contains("Les passages suivants"), "{text}");
}

#[test]
fn what_is_shown_without_probes_is_a_configuration_again() {
    let shown = toml::to_string(&minimal()).expect("settings are plain tables");
    let again = Settings::parse(&ProcessEnvironment, Path::new("v.toml"), shown.clone());
    let again = again.unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(toml::to_string(&again).expect("settings are plain tables"), shown);
}

#[test]
fn a_first_configuration_replaces_nothing() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let file = folder.path().join("vigie.toml");
    init(&file, Lang::En).expect("the folder is empty");
    std::fs::write(&file, "# mine").expect("the file is ours");
    let error = init(&file, Lang::Fr).expect_err("it is there already");
    assert!(error.to_string().contains("is there already"), "{error}");
    assert_eq!(std::fs::read_to_string(&file).expect("the file is ours"), "# mine");
}

#[test]
fn a_first_configuration_is_told_in_the_language_of_who_writes_it() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    for (name, lang, text) in [("en", Lang::En, MINIMAL), ("fr", Lang::Fr, MINIMAL_FR)] {
        let file = folder.path().join(name);
        init(&file, lang).expect("there is none yet");
        assert_eq!(std::fs::read_to_string(&file).ok().as_deref(), Some(text));
    }
    let settings = |text: &str| {
        let read = Settings::parse(&ProcessEnvironment, Path::new("v.toml"), text.to_owned());
        toml::to_string(&read.unwrap_or_else(|errors| panic!("{errors}"))).expect("plain tables")
    };
    assert_eq!(settings(MINIMAL), settings(MINIMAL_FR));
    // What is proposed behind `#` is the same too: all but what explains.
    let proposed = |text: &'static str| -> Vec<&str> {
        let written = |line: &'static str| line.split("  #").next().unwrap_or_default().trim_end();
        let is_toml = |line: &&str| line.contains(" = ") || line.ends_with("]]");
        text.lines().map(written).filter(is_toml).collect()
    };
    assert_eq!(proposed(MINIMAL), proposed(MINIMAL_FR));
    assert!(proposed(MINIMAL).len() > 15, "{:?}", proposed(MINIMAL));
}

#[test]
fn a_file_that_the_daemon_would_not_find_is_named() {
    let mut settings = minimal();
    try_files(&settings).expect("none is named");
    settings.network.ca = vec!["nowhere.pem".into()];
    let error = try_files(&settings).expect_err("there is none").to_string();
    assert!(error.starts_with("nowhere.pem: cannot be read"), "{error}");
    settings.network.ca.clear();
    settings.network.trust_anchors = Some("nowhere.key".into());
    let error = try_files(&settings).expect_err("there is none").to_string();
    assert!(error.starts_with("nowhere.key: cannot be read"), "{error}");
}
