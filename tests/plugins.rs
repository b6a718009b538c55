//! Plugins as their user meets them: in an audit, in evidence, in the daemon; and the two examples.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(90);

/// A folder with a configuration, and programs that it names.
struct House {
    folder: TempDir,
}

impl House {
    /// `plugins` are names with commands, `{folder}` in them is the folder.
    fn with(plugins: &[(&str, &[&str])], more: &str) -> Self {
        let house = Self { folder: TempDir::new().expect("there is a temporary folder") };
        let place = house.folder.path().display().to_string();
        let mut text = format!(
            "[network]\nresolver = \"127.0.0.1:9\"\ncontrols = \"none\"\n\
             [store]\nurl = \"sqlite://{place}/vigie.db\"\n[web]\nlisten = \"127.0.0.1:0\"\n{more}\n"
        );
        for (name, command) in plugins {
            let command: Vec<String> =
                command.iter().map(|word| word.replace("{folder}", &place)).collect();
            text.push_str(&format!("[[plugins]]\nname = \"{name}\"\ncommand = {command:?}\n"));
            text.push_str("schedule = \"every 1s\"\ntimeout = \"2s\"\n");
        }
        house.write("vigie.toml", &text);
        house
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("the folder can be written");
    }

    fn program(&self, name: &str, script: &str) {
        self.write(name, &format!("#!/bin/sh\n{script}\n"));
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(self.path(name), mode).expect("it was written");
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
        command.args(args).env("LANG", "C").env_remove("LC_ALL").env_remove("VIGIE_CONFIG");
        command
    }

    fn vigie(&self, args: &[&str]) -> Output {
        let mut command = self.command(args);
        command.arg("--config").arg(self.path("vigie.toml"));
        command.output().expect("the program can be started")
    }

    /// What an audit of the plugin comes to: exit code and report.
    fn audit(&self, plugin: &str) -> (Option<i32>, Value) {
        let asked = ["audit", "example.com", "--checks", plugin, "--format", "json"];
        let output = self.vigie(&asked);
        let told = String::from_utf8_lossy(&output.stderr);
        let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{told}"));
        (output.status.code(), report)
    }

    fn start(&self) -> Daemon {
        let mut command = self.command(&["run", "--config"]);
        command.arg(self.path("vigie.toml")).stderr(Stdio::null());
        Daemon(command.spawn().expect("the program can be started"))
    }
}

struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn ids(report: &Value) -> Vec<&str> {
    let findings = report["domains"][0]["findings"].as_array().expect("there is a list");
    findings.iter().filter_map(|finding| finding["id"].as_str()).collect()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn an_audit_tells_of_a_plugin_as_of_a_check() {
    let house = House::with(&[("queue", &["{folder}/queue", "{domain}"])], "");
    house.program("queue", "echo \"CRITICAL - $1 waits | n=7\"; exit 2");
    let (code, report) = house.audit("queue");
    assert_eq!(code, Some(1));
    assert_eq!(ids(&report), ["queue.critical"]);
    let domain = &report["domains"][0];
    assert_eq!(domain["grade"], "F");
    assert_eq!(domain["checks"].as_array().map(Vec::len), Some(1));
    assert_eq!(domain["checks"][0]["name"], "queue");
    assert_eq!(domain["checks"][0]["status"], "fail");
    assert_eq!(domain["facts"], json!({ "queue": { "state": "critical" } }));
    let finding = &domain["findings"][0];
    assert_eq!(finding["title"], "queue is critical: CRITICAL - example.com waits");
    assert_eq!(finding["check"], "queue");

    let french = house.vigie(&["audit", "example.com", "--checks", "queue", "--lang", "fr"]);
    let told = text(&french);
    assert!(told.contains("Greffons") && told.contains("queue est critique"), "{told}");

    house.program("queue", "echo 'OK - nothing waits'");
    let (code, report) = house.audit("queue");
    assert_eq!((code, ids(&report)), (Some(0), vec![]));
}

#[test]
fn what_a_plugin_could_not_tell_weighs_where_it_was_named() {
    let plugins: &[(&str, &[&str])] =
        &[("gone", &["/no/such/plugin"]), ("slow", &["/bin/sleep", "300"])];
    let house = House::with(plugins, "");
    for (plugin, id, reason) in
        [("gone", "gone.could-not-tell", "not-started"), ("slow", "slow.could-not-tell", "timeout")]
    {
        let (code, report) = house.audit(plugin);
        assert_eq!((code, ids(&report)), (Some(3), vec![id]));
        let finding = &report["domains"][0]["findings"][0];
        assert_eq!(
            (&finding["status"], &finding["severity"]),
            (&json!("indeterminate"), &json!("info"))
        );
        assert_eq!(finding["evidence"]["reason"], reason);
    }
    let output = house.vigie(&["audit", "example.com", "--checks", "slwo"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("did you mean `slow`?"));
}

#[test]
fn evidence_tells_again_what_a_plugin_said() {
    let house = House::with(&[("queue", &["{folder}/queue"])], "");
    house.program(
        "queue",
        "echo '[{\"id\": \"queue.stuck\", \"title\": \"Stuck\", \"severity\": \"error\"}]'",
    );
    let file = house.path("evidence.json").display().to_string();
    let asked = ["audit", "example.com", "--checks", "queue", "--format", "json"];
    let output = house.vigie(&[&asked[..], &["--save-evidence", &file]].concat());
    assert_eq!(output.status.code(), Some(1));
    std::fs::remove_file(house.path("queue")).expect("it was written");
    let replayed = house.command(&["replay", &file, "--format", "json"]).output();
    let replayed = replayed.expect("the program can be started");
    assert_eq!((text(&replayed), replayed.status.code()), (text(&output), Some(1)));
}

#[test]
fn plugins_stand_in_the_list_of_checks() {
    let house = House::with(&[("mail-queue", &["/usr/lib/vigie/check", "5"])], "");
    let list: Value =
        serde_json::from_slice(&house.vigie(&["checks", "list", "--format", "json"]).stdout)
            .expect("a list is JSON");
    let last = list["checks"].as_array().and_then(|all| all.last()).expect("there are checks");
    assert_eq!(
        (&last["name"], &last["command"]),
        (&json!("mail-queue"), &json!(["/usr/lib/vigie/check", "5"]))
    );
    let shown = text(&house.vigie(&["checks", "show", "mail-queue", "--lang", "fr"]));
    for id in ["mail-queue.warning", "mail-queue.critical", "mail-queue.could-not-tell"] {
        assert!(shown.contains(id), "{shown}");
    }
    let missing = house.vigie(&["checks", "show", "mail-quue"]);
    assert!(String::from_utf8_lossy(&missing.stderr).contains("did you mean `mail-queue`?"));
}

/// Waits until the events that a channel heard of a plugin are these.
fn hears(house: &House, expected: &[&str]) {
    let give_up = Instant::now() + PATIENCE;
    loop {
        let heard = std::fs::read_to_string(house.path("heard")).unwrap_or_default();
        let events: Vec<&str> = heard.lines().collect();
        if events == expected {
            return;
        }
        assert!(Instant::now() < give_up, "heard {events:?}, not {expected:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn what_a_plugin_finds_opens_and_resolves_an_incident_while_others_hang() {
    let more = "[schedule]\ndefault = \"every 1h\"\nconfirm_after = \"1s\"\n\
                [[domains]]\nname = \"example.com\"\n\
                [[channels]]\nname = \"ops\"\nkind = \"exec\"\ncommand = [\"FOLDER/hear\"]\n\
                [[routes]]\nchannels = [\"ops\"]\nchecks = [\"queue\"]\n";
    let mut plugins: Vec<(String, Vec<&str>)> =
        (0..12).map(|number| (format!("hangs-{number}"), vec!["/bin/sleep", "300"])).collect();
    plugins.push(("queue".to_owned(), vec!["{folder}/queue"]));
    let plugins: Vec<(&str, &[&str])> =
        plugins.iter().map(|(name, command)| (name.as_str(), &command[..])).collect();
    let house = House::with(&plugins, more);
    let folder = house.folder.path().display().to_string();
    let configuration = std::fs::read_to_string(house.path("vigie.toml")).expect("it was written");
    house.write("vigie.toml", &configuration.replace("FOLDER", &folder));
    house.program("hear", &format!("cat > /dev/null; case $VIGIE_EVENT in incident.*) echo $VIGIE_EVENT >> {folder}/heard ;; esac"));
    house.program(
        "queue",
        &format!(
            "echo once >> {folder}/asked; echo 'STATE - so it is'; exit $(cat {folder}/state)"
        ),
    );
    house.write("state", "0");
    let _daemon = house.start();
    let give_up = Instant::now() + PATIENCE;
    while std::fs::read_to_string(house.path("asked")).map_or(0, |asked| asked.lines().count()) < 2
    {
        assert!(Instant::now() < give_up, "it is never asked twice");
        std::thread::sleep(Duration::from_millis(50));
    }
    house.write("state", "2");
    hears(&house, &["incident.opened"]);
    house.write("state", "0");
    hears(&house, &["incident.opened", "incident.resolved"]);
}

fn example(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/plugins");
    folder.join(name).display().to_string()
}

#[test]
fn the_nagios_example_counts_what_waits() {
    let queue = example("check_mail_queue");
    let command: &[&str] = &[&queue, "2", "3", "{folder}/spool"];
    let house = House::with(&[("mail-queue", command)], "");
    let (code, report) = house.audit("mail-queue");
    assert_eq!((code, ids(&report)), (Some(3), vec!["mail-queue.could-not-tell"]));
    std::fs::create_dir(house.path("spool")).expect("the folder can be written");
    let expected = [
        (Some(0), vec![]),
        (Some(0), vec![]),
        (Some(0), vec!["mail-queue.warning"]),
        (Some(1), vec!["mail-queue.critical"]),
    ];
    for (waiting, expected) in expected.into_iter().enumerate() {
        if waiting > 0 {
            house.write(&format!("spool/{waiting}"), "");
        }
        let (code, report) = house.audit("mail-queue");
        assert_eq!((code, ids(&report)), expected, "{waiting} wait");
    }
}

#[test]
fn the_python_example_knows_a_list_that_is_missing_or_old() {
    let suppressions = example("check_suppressions");
    let command: &[&str] = &[&suppressions, "{folder}/{domain}.txt", "3"];
    let house = House::with(&[("suppressions", command)], "");
    let (code, report) = house.audit("suppressions");
    assert_eq!((code, ids(&report)), (Some(1), vec!["suppressions.list-missing"]));
    house.write("example.com.txt", "someone@example.net\n");
    let (code, report) = house.audit("suppressions");
    assert_eq!((code, ids(&report)), (Some(0), vec![]));
    assert_eq!(report["domains"][0]["facts"]["suppressions"], json!({ "list": "present" }));
    let file = std::fs::File::options().write(true).open(house.path("example.com.txt"));
    let week_ago = std::time::SystemTime::now() - Duration::from_secs(7 * 86_400);
    file.and_then(|file| file.set_modified(week_ago)).expect("it is ours");
    let french = ["audit", "example.com", "--checks", "suppressions", "--lang", "fr"];
    let told = text(&house.vigie(&french));
    assert!(told.contains("La liste de suppression date du"), "{told}");
}
