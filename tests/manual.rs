//! `vigie explain` and `vigie checks`: everything that can be found is told, in both languages.

mod published;

use std::collections::BTreeSet;
use std::process::{Command, Output};

use serde_json::Value;
use vigie::report::check_question;
use vigie_checks::kernel::{Catalogue, Lang};
use vigie_checks::registry::CHECKS;

fn vigie(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
    command.args(args).env("LANG", "C").env_remove("LC_ALL").env_remove("VIGIE_CONFIG");
    command.output().expect("the program can be started")
}

fn told(args: &[&str]) -> String {
    let output = vigie(args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {output:?}");
    String::from_utf8(output.stdout).expect("text is UTF-8")
}

fn json(args: &[&str]) -> Value {
    let all = [args, &["--format", "json"]].concat();
    let told: Value =
        serde_json::from_str(&told(&all)).unwrap_or_else(|error| panic!("{args:?}: {error}"));
    published::hold(&told);
    told
}

#[test]
fn a_finding_is_explained_with_its_reasons_and_sources() {
    let text = told(&["explain", "spf.too-many-lookups"]);
    for part in ["ERROR  spf.too-many-lookups", "Why it matters", "What to do", "RFC 7208 §4.6.4"]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(text.contains("SPF of <domain> needs <lookups> DNS lookups"), "{text}");
    let french = told(&["explain", "SPF.too-many-lookups", "--lang", "fr"]);
    for part in ["ERREUR  spf.too-many-lookups", "Que faire", "permerror"] {
        assert!(french.contains(part), "{part} in {french}");
    }
    let case = told(&["explain", "spf.plus-all"]);
    assert!(case.contains("In another case") && case.contains("take <term> out"), "{case}");
    assert_eq!(
        json(&["explain", "spf.plus-all"])["finding"]["cases"].as_array().map(Vec::len),
        Some(1)
    );
    let finding = &json(&["explain", "tls.not-tested"])["finding"];
    assert_eq!((&finding["status"], &finding["check"]), (&"indeterminate".into(), &"tls".into()));
    assert!(!finding["why"].as_str().expect("a sentence").is_empty());
}

#[test]
fn a_reply_of_a_mail_server_is_explained() {
    let text = told(&["explain", "550", "5.7.26"]);
    for part in ["550 5.7.26", "FOR GOOD", "Gmail: ", "What to do", "RFC 7372"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let french = told(&["explain", "421-4.7.0 trop\u{1b}[2J\n421 4.7.0 OFR_104", "--lang", "fr"]);
    assert!(french.contains("TEMPORAIRE") && french.contains("Orange\u{a0}: "), "{french}");
    let reply = &json(&["explain", "550 5.1.1 user unknown"])["reply"];
    assert_eq!((&reply["code"], &reply["status"]), (&550.into(), &"5.1.1".into()));
    assert_eq!(reply["meanings"][0]["suppress"], true);
    let bare = &json(&["explain", "5.7.26"])["reply"];
    assert_eq!((&bare["code"], &bare["status"]), (&550.into(), &"5.7.26".into()));
}

#[test]
fn a_finding_of_a_plugin_is_explained_where_the_configuration_names_it() {
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    let file = folder.path().join("vigie.toml");
    let plugin = "[[plugins]]\nname = \"ticketing\"\ncommand = [\"/bin/true\"]\n";
    std::fs::write(&file, plugin).expect("the folder can be written");
    let config = file.to_str().expect("its path is UTF-8");
    let shown = json(&["checks", "show", "ticketing", "--config", config]);
    for finding in shown["findings"].as_array().expect("a list") {
        let id = finding["id"].as_str().expect("an id");
        let explained = json(&["explain", id, "--config", config]);
        assert_eq!(&explained["finding"], finding);
        assert_eq!(vigie(&["explain", id]).status.code(), Some(2), "without it {id} is unknown");
    }
    assert!(!shown["findings"].as_array().expect("a list").is_empty());
}

#[test]
fn only_what_may_be_of_a_plugin_needs_a_sound_configuration() {
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    let file = folder.path().join("vigie.toml");
    std::fs::write(&file, "[network\nhelo = 5\n").expect("the folder can be written");
    let config = file.to_str().expect("its path is UTF-8");
    #[rustfmt::skip]
    let cases = [
        ("a slip in an id",         "spf.too-many-lookup", "did you mean `spf.too-many-lookups`?"),
        ("a word alone",            "weather",             "`vigie checks list`"),
        ("as plugins may have one", "ticketing.critical",  "not TOML"),
    ];
    for (rule, asked, said) in cases {
        let output = vigie(&["explain", asked, "--config", config]);
        let told = String::from_utf8(output.stderr).expect("errors are UTF-8");
        assert_eq!(output.status.code(), Some(2), "{rule}");
        assert!(told.contains(said), "{rule}: {told}");
    }
}

#[test]
fn grades_are_explained_from_best_to_unknown() {
    let grades = json(&["explain", "grade"])["grades"].clone();
    let letters: Vec<_> = grades.as_array().expect("a list").iter().map(|g| &g["grade"]).collect();
    assert_eq!(letters, ["A", "B", "D", "F", "?"]);
    assert!(told(&["explain", "grade", "--lang", "fr"]).contains("le pire constat est une erreur"));
}

#[test]
fn a_word_that_is_not_known_ends_with_2_and_a_suggestion() {
    #[rustfmt::skip]
    let cases = [
        ("a slip in an id",    &["explain", "spf.too-many-lookup"][..], "did you mean `spf.too-many-lookups`?"),
        ("a slip in grade",    &["explain", "grad"],                    "did you mean `grade`?"),
        ("a check is shown",   &["explain", "spf"],                     "`vigie checks show spf`"),
        ("a reply that agrees", &["explain", "250 2.0.0"],              "no reply that refuses"),
        ("nothing near",       &["explain", "weather"],                 "`vigie checks list`"),
        ("a slip in a check",  &["checks", "show", "dmrac"],            "did you mean `dmarc`?"),
        ("control characters", &["explain", "\u{1b}[31mred"],           "\\u{1b}[31mred"),
    ];
    for (rule, args, hint) in cases {
        let output = vigie(args);
        let said = String::from_utf8(output.stderr).expect("errors are UTF-8");
        assert_eq!(output.status.code(), Some(2), "{rule}");
        assert!(said.contains(hint) && said.lines().count() == 1, "{rule}: {said}");
        assert!(output.stdout.is_empty(), "{rule}");
    }
}

#[test]
fn every_check_is_listed_with_its_question() {
    let listed = json(&["checks", "list"]);
    let names = listed["checks"].as_array().expect("a list").iter().map(|check| &check["name"]);
    assert_eq!(
        names.collect::<Vec<_>>(),
        CHECKS.iter().map(|entry| entry.name).collect::<Vec<_>>()
    );
    let text = told(&["checks", "list"]);
    for entry in CHECKS {
        assert!(text.contains(entry.name), "{}", entry.name);
        for lang in [Lang::En, Lang::Fr] {
            let question = check_question(entry.name, lang);
            assert!(question.ends_with('?'), "{}: {question}", entry.name);
        }
    }
}

#[test]
fn a_check_is_shown_with_every_finding() {
    for entry in CHECKS {
        let shown = json(&["checks", "show", entry.name]);
        let findings = shown["findings"].as_array().expect("a list");
        let mut ids: Vec<_> = findings.iter().map(|finding| finding["id"].clone()).collect();
        ids.sort_by_key(ToString::to_string);
        let conditions = Catalogue::of(entry.name).entries().keys();
        let expected: Vec<Value> =
            conditions.map(|condition| format!("{}.{condition}", entry.name).into()).collect();
        assert_eq!(ids, expected);
    }
    assert!(told(&["checks", "show", "tls", "--lang", "fr"]).contains("Il lui faut mx"));
}

/// A remedy that names a command names one that there is.
#[test]
fn the_commands_that_findings_name_are_there() {
    let mut named = BTreeSet::new();
    for check in CHECKS {
        for rest in check.findings.split("`vigie ").skip(1) {
            named.extend(rest.split(['`', ' ']).next());
        }
    }
    assert!(named.contains("explain"), "{named:?}");
    for command in named {
        let output = vigie(&[command, "--help"]);
        assert_eq!(output.status.code(), Some(0), "vigie {command}: {output:?}");
    }
}
