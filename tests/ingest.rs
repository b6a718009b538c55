//! `vigie ingest` as its user meets it, and what an audit says of the reports that were taken in.

mod published;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use chrono::{NaiveTime, TimeDelta, Utc};
use serde_json::Value;
use tempfile::TempDir;
use vigie_lab::Lab;
use vigie_scenario::Scenario;

/// A folder with a configuration that names a store in it.
struct Shelf {
    folder: TempDir,
}

impl Shelf {
    fn new() -> Self {
        let shelf = Self { folder: TempDir::new().expect("there is a temporary folder") };
        let url = format!("sqlite://{}", shelf.path("vigie.db").display());
        shelf.put("vigie.toml", &format!("[store]\nurl = \"{url}\"\n"));
        shelf
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, name: &str, content: &str) {
        let path = self.path(name);
        let folder = path.parent().expect("it lies in the folder");
        std::fs::create_dir_all(folder).expect("the folder can be written");
        std::fs::write(path, content).expect("the folder can be written");
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
        command.args(args).current_dir(self.folder.path());
        command.env("LANG", "C").env_remove("LC_ALL").env_remove("VIGIE_CONFIG");
        command
    }

    fn vigie(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("the program can be started")
    }

    /// With something on standard input.
    fn vigie_given(&self, args: &[&str], input: &str) -> Output {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program can be started");
        let mut stdin = child.stdin.take().expect("it was asked for");
        stdin.write_all(input.as_bytes()).expect("the program reads");
        drop(stdin);
        child.wait_with_output().expect("the program ends")
    }

    /// A report of each of these days, counted back from today.
    fn put_reports(&self, days: std::ops::RangeInclusive<i64>) {
        for day in days {
            self.put(&format!("in/{day}.xml"), &report("example.com", day));
        }
    }
}

fn text(octets: &[u8]) -> String {
    String::from_utf8(octets.to_vec()).expect("vigie prints text")
}

fn json(output: &Output) -> Value {
    let told = serde_json::from_slice(&output.stdout);
    let told = told.unwrap_or_else(|error| panic!("{error}: {output:?}"));
    published::hold(&told);
    told
}

/// A report of the day that ended so many midnights ago.
fn report(domain: &str, days: i64) -> String {
    let midnight = Utc::now().date_naive().and_time(NaiveTime::MIN).and_utc();
    let end = midnight - TimeDelta::days(days);
    format!(
        "<feedback><report_metadata><org_name>mailbox.example</org_name><report_id>{0}</report_id>\
         <date_range><begin>{1}</begin><end>{0}</end></date_range></report_metadata>\
         <policy_published><domain>{domain}</domain></policy_published><record><row><count>5</count>\
         <policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>fail</spf>\
         </policy_evaluated></row></record></feedback>",
        end.timestamp(),
        end.timestamp() - 86_400,
    )
}

#[test]
fn what_is_taken_in_is_told_and_a_second_time_it_is_known() {
    let shelf = Shelf::new();
    shelf.put_reports(1..=12);
    let first = shelf.vigie(&["ingest", "in", "--format", "json"]);
    assert_eq!(first.status.code(), Some(0), "{first:?}");
    let told = json(&first);
    assert_eq!(
        (&told["schema"], &told["new"], &told["known"]),
        (&"vigie.ingest/1".into(), &12.into(), &0.into())
    );
    let domain = &told["domains"][0];
    assert_eq!((&domain["domain"], &domain["messages"]), (&"example.com".into(), &60.into()));
    assert_eq!(domain["reporters"][0]["name"], "mailbox.example");

    let again = shelf.vigie(&["ingest", "in", "in/3.xml"]);
    assert_eq!(again.status.code(), Some(0), "{again:?}");
    assert!(text(&again.stdout).contains("0 new aggregate reports, 13 known already"), "{again:?}");
    let quiet = shelf.vigie(&["ingest", "in", "--quiet"]);
    assert_eq!((quiet.status.code(), quiet.stdout.as_slice()), (Some(0), &b""[..]));
    let french = shelf.vigie_given(&["ingest", "-", "--lang", "fr"], &report("example.net", 2));
    assert!(text(&french.stdout).contains("1 nouveau rapport agrégé, 0 déjà connu"), "{french:?}");
    let nowhere = shelf.vigie(&["ingest", "nowhere", "--lang", "fr"]);
    let told = format!("{}{}", text(&nowhere.stdout), text(&nowhere.stderr));
    assert!(told.contains("lecture impossible\u{a0}: fichier ou dossier introuvable"), "{told}");
    assert!(!told.contains("No such file"), "{told}");
}

#[test]
fn reports_of_a_domain_that_nobody_watches_are_kept_and_said_to_be() {
    let shelf = Shelf::new();
    let settings = std::fs::read_to_string(shelf.path("vigie.toml")).expect("it was put there");
    shelf.put("vigie.toml", &format!("{settings}[[domains]]\nname = \"example.com\"\n"));
    shelf.put_reports(1..=2);
    let notes = |output: Output| {
        let told = text(&output.stderr);
        told.lines()
            .filter(|line| line.contains("[[domains]]"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(notes(shelf.vigie(&["ingest", "in"])), [""; 0], "it is watched");
    let other = report("example.net", 3);
    assert_eq!(
        notes(shelf.vigie_given(&["ingest", "-"], &other)),
        ["note: no [[domains]] names example.net; the reports are kept, and no check reads them"]
    );
    let french = notes(shelf.vigie_given(&["ingest", "-", "--lang", "fr"], &other));
    assert!(
        french[0].starts_with("à noter\u{a0}: aucun [[domains]] ne nomme example.net"),
        "{french:?}"
    );
    assert_eq!(notes(shelf.vigie_given(&["ingest", "-", "--quiet"], &other)), [""; 0]);
}

#[test]
fn what_is_not_read_is_one_sentence_with_its_file_and_the_rest_goes_on() {
    let shelf = Shelf::new();
    shelf.put_reports(1..=2);
    shelf.put("bad.xml", "<feedback>\u{1b}[31m");
    shelf.put("tls.json", "{\"organization-name\": \"x\"}");
    let paths = ["bad.xml", "nowhere.zip", "tls.json", "in"];
    let output = shelf.vigie(&[&["ingest"], &paths[..]].concat());
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = text(&output.stdout);
    for part in [
        "2 new aggregate reports",
        "bad.xml: is no well-formed XML",
        "nowhere.zip: cannot be read: No such file",
        "tls.json: a report of TLS, which this version does not read",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains('\u{1b}'), "{said}");
    let told = json(&shelf.vigie(&["ingest", "bad.xml", "tls.json", "--format", "json"]));
    assert_eq!(
        (&told["unread"][0]["problem"], &told["unread"][0]["file"], &told["unread"][1]["kind"]),
        (&"not-xml".into(), &"bad.xml".into(), &"tls-report".into())
    );
    let french = text(&shelf.vigie(&["ingest", "bad.xml", "--lang", "fr"]).stdout);
    assert!(french.contains("bad.xml\u{a0}: XML mal formé"), "{french}");
}

#[test]
fn wrong_use_ends_with_2() {
    let shelf = Shelf::new();
    assert_eq!(shelf.vigie(&["ingest"]).status.code(), Some(2), "nothing is named");
    shelf.put("vigie.toml", "[store]\nurl = \"sqlite://nowhere/vigie.db\"\n");
    let output = shelf.vigie(&["ingest", "in"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(text(&output.stderr).lines().count(), 1, "{output:?}");
}

const WORLD: &str = r#"
name = "a domain that asks for reports"
[target]
domain = "example.com"
[zones]
"example.com" = '''
@      IN MX 10 mx1
mx1    IN A  192.0.2.25
_dmarc IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@example.com"
'''
[expect]
findings = []
"#;

/// An audit of DMARC through the lab; nothing of it leaves loopback.
async fn audit(lab: &Lab, folder: &Path, shelf: &Shelf) -> Output {
    let (resolver, proxy) = (lab.resolver().to_string(), lab.proxy());
    let ca = folder.display().to_string();
    let mut args = vec!["audit", "example.com", "--checks", "dmarc", "--format", "json"];
    args.extend(["--fail-on", "warning", "--save-evidence", "evidence.json"]);
    args.extend(["--resolver", &resolver, "--proxy", &proxy, "--ca", &ca]);
    for network in lab.own_networks() {
        args.extend(["--own-network", network]);
    }
    let mut command = tokio::process::Command::from(shelf.command(&args));
    command.output().await.expect("the program can be started")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_tells_that_reports_stopped_and_its_evidence_tells_it_again() {
    let shelf = Shelf::new();
    let lab = Lab::start(&Scenario::parse(WORLD).expect("written above")).await;
    let lab = lab.expect("loopback has ports");
    shelf.put("ca.pem", &lab.ca_pem());
    let ca = shelf.path("ca.pem");
    let before = audit(&lab, &ca, &shelf).await;
    assert_eq!(before.status.code(), Some(0), "no report was ever given: {before:?}");

    shelf.put_reports(4..=20);
    assert_eq!(shelf.vigie(&["ingest", "in"]).status.code(), Some(0));
    let stopped = audit(&lab, &ca, &shelf).await;
    assert_eq!(stopped.status.code(), Some(1), "{stopped:?}");
    let finding = json(&stopped)["domains"][0]["findings"][0].clone();
    assert_eq!(finding["id"], "dmarc.reports-stopped");
    let last = Utc::now().date_naive() - TimeDelta::days(5);
    assert!(text(&stopped.stdout).contains(&format!("after {last}")), "{finding}");
    assert!(finding["detail"].as_str().is_some_and(|said| said.contains("mailbox.example")));
    let replayed = shelf.vigie(&["replay", "evidence.json", "--format", "json"]);
    assert_eq!(text(&replayed.stdout), text(&stopped.stdout));
    assert_eq!(replayed.status.code(), Some(1));

    let input = report("example.com", 0);
    assert_eq!(shelf.vigie_given(&["ingest", "-"], &input).status.code(), Some(0));
    let healed = audit(&lab, &ca, &shelf).await;
    assert_eq!(healed.status.code(), Some(0), "{healed:?}");
}
