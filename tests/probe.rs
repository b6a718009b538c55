//! `vigie probe` as scripts use it: exit codes, JSON, evidence, and whose name it takes.

mod published;

use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::process::Command;
use vigie::store::{NewSpan, SpanKey, Store};
use vigie_checks::kernel::{CheckStatus, Name, Outcome};
use vigie_lab::Lab;
use vigie_lab::mailbox::Folder;
use vigie_scenario::Scenario;

const WORLD: &str = r#"
name = "a company and a receiver"
[target]
domain = "example.com"
[zones]
"example.com" = '''
@       IN TXT "v=spf1 ip4:203.0.113.5 -all"
_dmarc  IN TXT "v=DMARC1; p=reject"
smtp    IN A   192.0.2.26
'''
"quay.example" = '''
@     IN MX 10 mx
mx    IN A  192.0.2.103
imap  IN A  192.0.2.103
'''
[hosts."192.0.2.26".smtp]
name  = "smtp.example.com"
ports = []
[hosts."192.0.2.26".smtp.submission]
users      = { news = "anchor" }
sends_from = "203.0.113.5"
[hosts."192.0.2.103".smtp]
name      = "mx.quay.example"
judges    = "dmarc"
mailboxes = ["seed@quay.example"]
[hosts."192.0.2.103".imap]
name  = "imap.quay.example"
users = { "seed@quay.example" = "seed" }
[expect]
findings = []
"#;

/// A lab with a folder that holds its root and a configuration for it.
struct House {
    lab: Lab,
    folder: tempfile::TempDir,
}

impl House {
    async fn new(world: &str) -> Self {
        let lab = Lab::start(&Scenario::parse(world).expect("written above"))
            .await
            .expect("loopback has ports");
        let folder = tempfile::tempdir().expect("there is a temporary folder");
        let house = Self { lab, folder };
        house.write("ca.pem", &house.lab.ca_pem());
        house.write("vigie.toml", &house.configuration());
        house
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).expect("the folder can be written");
    }

    /// A probe to one mailbox, that may take 5 minutes.
    fn configuration(&self) -> String {
        let networks: Vec<String> =
            self.lab.own_networks().iter().map(|network| format!("{network:?}")).collect();
        format!(
            r#"[network]
resolver = "{}"
proxy = "{}"
ca = ["ca.pem"]
own_networks = [{}]
helo = "vigie.example.net"

[[domains]]
name = "example.com"

[[probes]]
name = "newsletter"
domain = "example.com"
from = "news@example.com"
to = "seed@quay.example"
submit = {{ url = "smtps://news@smtp.example.com", password = "anchor" }}
mailbox = {{ url = "imaps://seed%40quay.example@imap.quay.example", password = "seed" }}
"#,
            self.lab.resolver(),
            self.lab.proxy(),
            networks.join(", "),
        )
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
        command.args(args).current_dir(self.folder.path()).env("LANG", "C");
        command.env_remove("VIGIE_CONFIG").stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    async fn vigie(&self, args: &[&str]) -> Output {
        self.command(args).output().await.expect("the program can be started")
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn json(output: &Output) -> Value {
    let report = serde_json::from_slice(&output.stdout);
    let report = report.unwrap_or_else(|error| panic!("{error}: {output:?}"));
    published::hold(&report);
    report
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_arrives_is_told_with_its_folder_and_its_times() {
    let house = House::new(WORLD).await;
    let output = house.vigie(&["probe", "newsletter", "--format", "json"]).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report = json(&output);
    assert_eq!(report["schema"], "vigie.probe/1");
    assert_eq!(
        (&report["probe"], &report["domain"]),
        (&"newsletter".into(), &"example.com".into())
    );
    assert_eq!((&report["folder"], &report["findings"]), (&"INBOX".into(), &Value::Array(vec![])));
    assert!(report["submitted_at"].is_string() && report["arrived_at"].is_string(), "{report}");
    assert!(report["delay_ms"].is_u64(), "{report}");
    let reply = report["evidence"]["reply"].as_str().unwrap_or_default();
    assert!(reply.starts_with("250 2.0.0"), "{reply}");
    assert_eq!(report["evidence"]["sending_ips"], serde_json::json!(["203.0.113.5"]));
    let text = house.vigie(&["probe", "--lang", "fr"]).await;
    let page = String::from_utf8_lossy(&text.stdout);
    assert!(
        page.contains("Le courrier d’essai est arrivé.") && page.contains("sortie 0"),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_ends_with_1_and_its_evidence_replays_octet_for_octet() {
    let house =
        House::new(&WORLD.replace("sends_from = \"203.0.113.5\"", "sends_from = \"203.0.113.66\""))
            .await;
    let args = ["probe", "--format", "json", "--save-evidence", "evidence.json"];
    let output = house.vigie(&args).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let report = json(&output);
    assert_eq!(report["findings"][0]["id"], "probe.refused");
    let reply = report["evidence"]["reply"].as_str().unwrap_or_default();
    assert!(reply.starts_with("550 5.7.26"), "{reply}");
    assert_eq!((&report["submitted_at"], &report["arrived_at"]), (&Value::Null, &Value::Null));
    let again = house.vigie(&["replay", "evidence.json", "--format", "json"]).await;
    assert_eq!(String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&again.stdout));
    assert_eq!(again.status.code(), Some(1));
    let evidence =
        std::fs::read_to_string(house.path().join("evidence.json")).expect("it was written");
    assert!(!evidence.contains("anchor"), "a password is never evidence");
    let never = house.vigie(&["probe", "--fail-on", "never"]).await;
    assert_eq!(never.status.code(), Some(0), "{never:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_that_cannot_be_read_ends_with_3() {
    let house = House::new(
        &WORLD.replace("\"seed@quay.example\" = \"seed\"", "\"seed@quay.example\" = \"sand\""),
    )
    .await;
    let output = house.vigie(&["probe", "--format", "json"]).await;
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let finding = &json(&output)["findings"][0];
    assert_eq!(finding["id"], "probe.mailbox-unreachable");
    assert_eq!(finding["evidence"]["reason"], "login-refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_not_there_when_the_time_is_up_could_not_be_told() {
    let elsewhere = "\"seed@quay.example\" = \"seed\", \"other@quay.example\" = \"seed\"";
    let house = House::new(&WORLD.replace("\"seed@quay.example\" = \"seed\"", elsewhere)).await;
    let elsewhere = house.configuration().replace("seed%40quay", "other%40quay");
    house.write("vigie.toml", &elsewhere);
    let begun = std::time::Instant::now();
    let output = house.vigie(&["probe", "--format", "json", "--timeout", "3s"]).await;
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert_eq!(json(&output)["findings"][0]["evidence"]["reason"], "timeout");
    // Without it the message would be followed for 20 minutes.
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn several_seeds_are_one_report_with_each_message() {
    let house = House::new(WORLD).await;
    let one = house.configuration();
    let (head, _) = one.split_once("to = ").expect("it has an address");
    let many = format!(
        "{head}seeds = \"seeds.csv\"\nsubmit = {{ url = \"smtp://news@smtp.example.com\", password = \"anchor\" }}\n"
    );
    house.write("vigie.toml", &many);
    let mailbox = "imaps://seed%40quay.example@imap.quay.example,seed";
    house.write(
        "seeds.csv",
        &format!(
            "address,mailbox,password\nseed@quay.example,{mailbox}\nnobody@quay.example,{mailbox}\n"
        ),
    );
    let output = house.vigie(&["probe", "--format", "json", "--fail-on", "warning"]).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let report = json(&output);
    assert_eq!(report["findings"][0]["subject"], "newsletter → nobody@quay.example");
    assert_eq!(report["findings"][0]["severity"], "warning");
    let messages = report["evidence"]["messages"].as_array().expect("a list");
    let ends: Vec<&Value> = messages.iter().map(|message| &message["outcome"]["end"]).collect();
    assert_eq!(ends, ["arrived", "refused"]);
    assert_eq!((&report["folder"], &report["arrived_at"]), (&Value::Null, &Value::Null));
    let text = house.vigie(&["probe"]).await;
    let page = String::from_utf8_lossy(&text.stdout);
    assert!(page.contains("1 of 2 test messages arrived."), "{page}");
    assert_eq!(text.status.code(), Some(0), "a warning is below the default threshold");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_is_one_of_the_configuration() {
    let house = House::new(WORLD).await;
    let output = house.vigie(&["probe", "newsleter"]).await;
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(errors(&output).contains("did you mean `newsletter`?"), "{}", errors(&output));
    let one = house.configuration();
    let (_, probe) = one.split_once("[[probes]]").expect("it has a probe");
    let second = probe.replace("\"newsletter\"", "\"invoices\"");
    house.write("vigie.toml", &format!("{one}\n[[probes]]{second}"));
    let output = house.vigie(&["probe"]).await;
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(errors(&output).contains("newsletter, invoices"), "{}", errors(&output));
    house.write("vigie.toml", "");
    let output = house.vigie(&["probe"]).await;
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(output.stdout.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_ends_the_wait_with_130() {
    let house = House::new(&WORLD.replace("[expect]", "delay_ms = 600000\n[expect]")).await;
    let mut deliveries = house.lab.mailboxes().deliveries();
    let child = house.command(&["probe"]).spawn().expect("the program can be started");
    let delivered = deliveries.wait_for(|count| *count > 0);
    tokio::time::timeout(Duration::from_secs(60), delivered)
        .await
        .expect("the message is handed in")
        .expect("the lab runs");
    let pid = child.id().expect("it runs").to_string();
    let told = Command::new("kill").args(["-INT", &pid]).status().await.expect("kill is there");
    assert!(told.success());
    let ended = tokio::time::timeout(Duration::from_secs(60), child.wait_with_output());
    let output = ended.await.expect("it ends").expect("it ran");
    assert_eq!(output.status.code(), Some(130), "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_tells_the_last_test_send_of_the_store_with_its_time() {
    let house = House::new(WORLD).await;
    let url = format!("sqlite://{}", house.path().join("vigie.db").display());
    house.write("vigie.toml", &format!("[store]\nurl = {url:?}\n{}", house.configuration()));
    let args = ["audit", "example.com", "--checks", "probe", "--format", "json"];
    let none = house.vigie(&args).await;
    let check = &json(&none)["domains"][0]["checks"][0];
    assert_eq!(
        (&check["status"], &check["because"]),
        (&"skipped".into(), &"there was no test send".into())
    );
    assert!(!house.path().join("vigie.db").exists(), "an audit makes no history");
    let seen_at = "2026-11-23T09:00:00Z".parse().expect("a time");
    remember(&url, seen_at).await;
    let with_evidence = [&args[..], &["--save-evidence", "evidence.json"]].concat();
    let told = house.vigie(&with_evidence).await;
    assert_eq!(told.status.code(), Some(1), "{told:?}");
    let domain = json(&told)["domains"][0].clone();
    assert_eq!(domain["checks"][0]["seen_at"], "2026-11-23T09:00:00.000Z");
    assert_eq!(domain["findings"][0]["id"], "probe.not-arrived");
    assert_eq!(
        house.lab.mailboxes().messages("seed@quay.example", Folder::Inbox).len(),
        0,
        "it never sends"
    );
    let again = house.vigie(&["replay", "evidence.json", "--format", "json"]).await;
    assert_eq!(String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&again.stdout));
    let page = house.vigie(&["audit", "example.com", "--skip", "blocklist"]).await;
    let page = String::from_utf8_lossy(&page.stdout);
    assert!(page.contains("Test send: as of 23 Nov 2026 09:00 UTC"), "{page}");
}

/// Keeps a test send that was lost, as the daemon would.
async fn remember(url: &str, seen_at: DateTime<Utc>) {
    let store = Store::open(url).await.expect("a new history");
    let lost = serde_json::json!({
        "seeds": [{ "address": "seed@quay.example", "end": "missing" }],
        "sending_ips": [],
    });
    let outcome = Outcome {
        check: "probe".to_owned(),
        status: CheckStatus::Fail,
        because: None,
        findings: Vec::new(),
        facts: lost.into(),
        facts_version: 2,
        started_at: seen_at,
        duration_ms: 1,
        dns_queries: 0,
    };
    let key = SpanKey {
        domain: Name::new("example.com"),
        check: "probe".to_owned(),
        instance: "newsletter".to_owned(),
    };
    let mut write = store.write().await.expect("the history can be written");
    let new = NewSpan { key: &key, outcome: &outcome, seen_at };
    write.put_spans(&key.domain, &[new]).await.expect("the span can be written");
    write.commit().await.expect("it lasts");
    store.close().await;
}
