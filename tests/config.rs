//! `vigie config check`, and every command that reads the configuration: is a wrong one told in the
//! reader's language?

use std::process::{Command, Output};

use tempfile::TempDir;

const WRONG: &str = "[network]\nresolvr = \"system\"\n[web]\nlisten = \"8080\"\n";

fn folder(text: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    std::fs::write(folder.path().join("vigie.toml"), text).expect("the folder can be written");
    folder
}

fn vigie(folder: &TempDir, locale: &str, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
    command.args(args).current_dir(folder.path()).env("LANG", locale);
    command.env_remove("LC_ALL").env_remove("LC_MESSAGES").env_remove("VIGIE_CONFIG");
    command.output().expect("the program can be started")
}

/// What is said of a configuration that is refused.
fn refused(folder: &TempDir, locale: &str, args: &[&str]) -> String {
    let output = vigie(folder, locale, args);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]), "{args:?}");
    String::from_utf8(output.stderr).expect("mistakes are UTF-8")
}

#[test]
fn a_wrong_file_is_told_in_the_language_asked_for() {
    let folder = folder(WRONG);
    let english = "\
vigie.toml:2:1: `resolvr` is not a key of [network]
  2 | resolvr = \"system\"
    | ^^^^^^^
    | did you mean `resolver`?

vigie.toml:4:10: `listen` is not an address and port
  4 | listen = \"8080\"
    |          ^^^^^^
    | write it like 127.0.0.1:8080

2 mistakes
";
    let french = "\
vigie.toml:2:1: `resolvr` n’est pas une clé de [network]
  2 | resolvr = \"system\"
    | ^^^^^^^
    | vouliez-vous dire `resolver`\u{202f}?

vigie.toml:4:10: `listen` n’est pas une adresse avec son port
  4 | listen = \"8080\"
    |          ^^^^^^
    | écrire par exemple 127.0.0.1:8080

2 erreurs
";
    let check = ["config", "check"];
    assert_eq!(refused(&folder, "C", &check), english);
    assert_eq!(refused(&folder, "fr_FR.UTF-8", &check), french);
    assert_eq!(refused(&folder, "C", &["config", "check", "--lang", "fr"]), french);
    assert_eq!(refused(&folder, "fr_FR.UTF-8", &["config", "check", "--lang", "en"]), english);
}

/// None of them comes further than the configuration: nothing is asked.
#[test]
fn every_command_that_reads_it_says_so_in_that_language() {
    let folder = folder(WRONG);
    let commands: &[&[&str]] = &[
        &["audit", "example.com"],
        &["run"],
        &["preflight", "--domain", "example.com"],
        &["probe", "p"],
        &["recheck", "example.com"],
        &["history", "example.com"],
        &["ingest", "."],
        &["backup", "copy.db"],
        &["alerts", "list"],
        &["alerts", "test", "ops"],
        &["explain", "queue.warning"],
        &["checks", "list"],
        &["spf", "example.com"],
        &["fix", "example.com"],
        &["config", "show"],
    ];
    for command in commands {
        let told = refused(&folder, "C", &[command, &["--lang", "fr"][..]].concat());
        assert!(told.ends_with("\n2 erreurs\n"), "{command:?}: {told}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told_in_both_languages() {
    let folder = folder("");
    let named = ["config", "check", "--config", "gone.toml"];
    let english = refused(&folder, "C", &named);
    assert!(english.starts_with("vigie: gone.toml: cannot be read: "), "{english}");
    let french = refused(&folder, "fr_FR", &named);
    let expected =
        "vigie: gone.toml\u{a0}: lecture impossible\u{a0}: fichier ou dossier introuvable\n";
    assert_eq!(french, expected);
    std::fs::write(folder.path().join("gone.toml"), [0xff]).expect("the folder can be written");
    let french = refused(&folder, "fr_FR", &named);
    assert_eq!(french, "vigie: gone.toml\u{a0}: ce n’est pas du texte UTF-8\n");
}

#[test]
fn a_whole_file_is_summed_up_in_both_languages() {
    let folder = folder("[[domains]]\nname = \"example.com\"\n");
    for (lang, whole, counts) in [
        ("en", "vigie.toml: whole\n", "1 domain, 0 probes, "),
        ("fr", "vigie.toml\u{a0}: aucune erreur\n", "1 domaine, 0 sonde, "),
    ] {
        let output = vigie(&folder, "C", &["config", "check", "--lang", lang]);
        let told = String::from_utf8(output.stdout).expect("text is UTF-8");
        assert!(told.starts_with(&format!("{whole}{counts}")), "{told}");
    }
}
