//! What a package holds beside the program: completions and manual pages as the commands are, a unit
//! that starts what there is, and a configuration that is whole.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn vigie(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
    command.args(args).env("LANG", "C").env_remove("LC_ALL").env_remove("VIGIE_CONFIG");
    command.output().expect("the program can be started")
}

fn printed(args: &[&str]) -> String {
    let output = vigie(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("vigie prints text")
}

/// The commands that `vigie --help` tells of.
fn commands() -> Vec<String> {
    let help = printed(&["--help"]);
    let (_, list) = help.split_once("Commands:\n").expect("there are commands");
    let lines = list.lines().take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn every_shell_completes_every_command() {
    let commands = commands();
    assert!(commands.contains(&"completions".to_owned()) && !commands.contains(&"man".to_owned()));
    for shell in ["bash", "zsh", "fish"] {
        let script = printed(&["completions", shell]);
        for command in &commands {
            assert!(script.contains(command.as_str()), "{shell} does not know {command}");
        }
    }
    assert_eq!(vigie(&["completions", "csh"]).status.code(), Some(2));
}

#[test]
fn bash_completes_what_was_begun() {
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    let script = folder.path().join("vigie");
    std::fs::write(&script, printed(&["completions", "bash"])).expect("the folder can be written");
    let complete = |words: &str| {
        let asked = format!(
            "source '{}'; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _vigie vigie \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; \
             echo \"${{COMPREPLY[*]}}\"",
            script.display()
        );
        let output = Command::new("bash").args(["--norc", "-c", &asked]).output();
        let output = output.expect("bash can be started");
        String::from_utf8(output.stdout).expect("bash prints text").trim().to_owned()
    };
    assert_eq!(complete("vigie prof"), "");
    assert_eq!(complete("vigie pref"), "preflight");
    assert_eq!(complete("vigie audit --save"), "--save-evidence");
    assert_eq!(complete("vigie alerts li"), "list");
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    let pages = folder.path().join("man");
    printed(&["man", &pages.display().to_string()]);
    for command in commands() {
        let name = format!("vigie-{command}");
        let text = std::fs::read_to_string(pages.join(format!("{name}.1"))).expect("it has a page");
        assert!(text.lines().any(|line| line.starts_with(&format!(".TH {name} 1"))), "{name}");
        assert!(text.contains(".SH SYNOPSIS"), "{name}: no synopsis");
    }
    let text = std::fs::read_to_string(pages.join("vigie.1")).expect("the program has a page");
    assert!(text.contains("vigie\\-audit(1)"), "the program's page names its commands");
    assert!(pages.join("vigie-alerts-list.1").exists());
    assert!(!pages.join("vigie-man.1").exists(), "a hidden command has no page");
    let file = folder.path().join("file");
    std::fs::write(&file, "").expect("the folder can be written");
    let refused = vigie(&["man", &file.display().to_string()]);
    assert_eq!(refused.status.code(), Some(2));
}

/// The last value of a key of the unit.
fn of_unit(key: &str) -> String {
    let unit = read("config/systemd/vigie.service");
    let mut values = unit.lines().filter_map(|line| line.strip_prefix(&format!("{key}=")));
    values.next_back().unwrap_or_else(|| panic!("{key} is not in the unit")).to_owned()
}

fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn the_unit_starts_what_there_is() {
    let start = of_unit("ExecStart");
    let words: Vec<&str> = start.split(' ').collect();
    assert_eq!(words, ["/usr/bin/vigie", "run", "--config", "/etc/vigie/vigie.toml"]);
    assert!(read("config/systemd/vigie.service").contains("\nType=notify\nType=notify-reload\n"));
    assert_eq!(of_unit("StateDirectory"), "vigie");
    let kept = vigie(&["config", "show", "--config", "packaging/debian/vigie.toml"]);
    let shown = String::from_utf8_lossy(&kept.stdout).into_owned();
    assert!(shown.contains("sqlite:///var/lib/vigie/vigie.db"), "{shown}");
}

#[test]
fn the_configuration_of_the_package_is_whole_and_watches_nobody() {
    let file = root().join("packaging/debian/vigie.toml").display().to_string();
    let told = printed(&["config", "check", "--config", &file]);
    assert!(told.contains("0 domains"), "{told}");
}

#[test]
fn the_container_copies_what_there_is() {
    let file = read("packaging/Containerfile");
    let copied = file.lines().filter_map(|line| line.strip_prefix("COPY "));
    let ours = copied.filter(|line| !line.starts_with("--from="));
    let sources: Vec<PathBuf> = ours
        .flat_map(|line| line.split(' ').filter(|word| !word.starts_with("--")))
        .filter(|word| *word != "./")
        .map(PathBuf::from)
        .collect();
    assert!(sources.contains(&PathBuf::from("src")), "{sources:?}");
    for source in sources.iter().filter(|source| source.is_relative()) {
        assert!(root().join(source).exists(), "{}: not there", source.display());
    }
}
