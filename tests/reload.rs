//! The configuration changes while the daemon runs: all of it holds, or nothing of it and the one before
//! goes on, and every channel hears of that.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::time::sleep;
use vigie_lab::Lab;
use vigie_scenario::Scenario;

const PATIENCE: Duration = Duration::from_secs(60);

const WORLD: &str = r#"
name = "two domains"
[target]
domain = "example.com"
[zones]
"example.com" = '''
$TTL 1
@    IN MX  10 mx1
@    IN TXT "v=spf1 ip4:192.0.2.10 -all"
mx1  IN A   192.0.2.25
'''
"quay.example" = '''
$TTL 1
@    IN MX  10 mx1.example.com.
@    IN TXT "v=spf1 ip4:192.0.2.10 -all"
'''
[hosts."192.0.2.25"]
smtp = { name = "mx1.example.com" }
[expect]
findings = []
"#;

struct House {
    lab: Lab,
    folder: tempfile::TempDir,
    daemon: Child,
}

impl House {
    async fn watching(domains: &[&str]) -> Self {
        let scenario = Scenario::parse(WORLD).expect("written above");
        let lab = Lab::start(&scenario).await.expect("loopback has free ports");
        let folder = tempfile::tempdir().expect("there is a temporary folder");
        std::fs::write(folder.path().join("ca.pem"), lab.ca_pem()).expect("it can be written");
        let configuration = folder.path().join("vigie.toml");
        std::fs::write(&configuration, written(&lab, &folder, domains)).expect("it can be written");
        let daemon = Command::new(env!("CARGO_BIN_EXE_vigie"))
            .args(["run", "--config"])
            .arg(&configuration)
            .stderr(std::fs::File::create(folder.path().join("log")).expect("it can be written"))
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the program can be started");
        Self { lab, folder, daemon }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("vigie.toml")
    }

    fn write(&self, text: &str) {
        std::fs::write(self.file(), text).expect("the folder can be written");
    }

    fn of(&self, domains: &[&str]) -> String {
        written(&self.lab, &self.folder, domains)
    }

    fn hang_up(&self) {
        let id = self.daemon.id().expect("it runs").to_string();
        let sent = std::process::Command::new("kill").args(["-HUP", &id]).status();
        assert!(sent.expect("kill can be run").success());
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).expect("it was made at the start")
    }

    /// The types of what was delivered, with what the first of that type holds.
    fn told(&self, kind: &str) -> Vec<Value> {
        let deliveries = self.lab.webhook().deliveries();
        let bodies = deliveries.iter().map(|delivery| {
            serde_json::from_slice::<Value>(&delivery.request.body).expect("the body is JSON")
        });
        bodies.filter(|body| body["type"] == kind).collect()
    }

    async fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let give_up = Instant::now() + PATIENCE;
        while !is_so() {
            assert!(Instant::now() < give_up, "{what}: never\n{}", self.log());
            sleep(Duration::from_millis(20)).await;
        }
    }

    fn publish(&self, domain: &str, record: &str) {
        let quoted = format!("\"{record}\"");
        self.lab.world().replace_rrset(domain, "TXT", &[&quoted]).expect("the zone is there");
    }
}

fn written(lab: &Lab, folder: &tempfile::TempDir, domains: &[&str]) -> String {
    let domains = domains.iter().map(|name| format!("[[domains]]\nname = \"{name}\"\n"));
    format!(
        "[network]\nresolver = \"{}\"\nproxy = \"{}\"\nca = [\"ca.pem\"]\n\
         own_networks = [\"192.0.2.0/24\"]\ncontrols = \"none\"\n\
         [store]\nurl = \"sqlite://{}/vigie.db\"\n[web]\nlisten = \"127.0.0.1:0\"\n\
         [schedule]\ndefault = \"every 1h\"\nconfirm_after = \"1s\"\n\
         checks = {{ spf = \"every 1s\", dns = \"every 1s\" }}\n{}\
         [[channels]]\nname = \"ops\"\nkind = \"webhook\"\nurl = \"{}\"\nallow_private = true\n",
        lab.resolver(),
        lab.proxy(),
        folder.path().display(),
        domains.collect::<String>(),
        lab.webhook().url(),
    )
}

/// So many lines of the log hold these words.
fn lines(log: &str, words: &str) -> usize {
    log.lines().filter(|line| line.contains(words)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_added_is_watched_and_what_is_taken_out_is_closed() {
    let house = House::watching(&["example.com"]).await;
    let kept = |domain: &'static str| {
        let asked = house.lab.dns().log();
        asked.iter().any(|entry| entry.name.to_ascii() == format!("{domain}."))
    };
    house.until("the first look", || kept("example.com")).await;
    assert!(!kept("quay.example"), "nobody asked for it");
    // A change of the file is enough.
    house.write(&house.of(&["example.com", "quay.example"]));
    house.until("the added domain is looked at", || kept("quay.example")).await;
    house
        .until("what changed is logged", || lines(&house.log(), "domains: +quay.example") == 1)
        .await;
    house.until("its baseline", || lines(&house.log(), "read again") == 1).await;
    let reported =
        || house.told("report.ready").iter().any(|body| body.to_string().contains("quay"));
    house.until("what was wrong at the start", reported).await;
    house.publish("quay.example", "v=spf1 +all");
    house.until("its regression", || house.told("incident.opened").len() == 1).await;
    house.write(&house.of(&["example.com"]));
    house.hang_up();
    house.until("its incident is closed", || house.told("incident.resolved").len() == 1).await;
    assert_eq!(house.told("config.rejected").len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_file_is_refused_and_told_once_while_the_one_before_goes_on() {
    let house = House::watching(&["example.com"]).await;
    let asked = || {
        let log = house.lab.dns().log();
        log.iter().filter(|entry| entry.name.to_ascii() == "example.com.").count()
    };
    house.until("the first look", || asked() > 0).await;
    let wrong = house.of(&["example.com"]).replace("[[channels]]", "[[chanels]]");
    house.write(&wrong);
    house.until("it is told", || house.told("config.rejected").len() == 1).await;
    let told = &house.told("config.rejected")[0]["data"];
    let line = wrong.lines().position(|line| line == "[[chanels]]").expect("written above") + 1;
    assert_eq!(told["file"], house.file().display().to_string());
    assert_eq!(told["errors"][0]["line"], line);
    // The same again is no news.
    house.hang_up();
    house.until("it is refused again", || lines(&house.log(), "is refused") == 2).await;
    let before = asked();
    house.until("the one before goes on", || asked() > before + 2).await;
    // A file that is gone is not the defaults.
    std::fs::remove_file(house.file()).expect("it is there");
    house.until("it is gone", || house.told("config.rejected").len() == 2).await;
    // Nor is one that is empty, as while it is written.
    house.write("\n");
    house.until("it is empty", || house.told("config.rejected").len() == 3).await;
    let before = asked();
    house.until("the one before goes on", || asked() > before + 2).await;
    house.write(&house.of(&["example.com"]));
    house.until("it is back", || lines(&house.log(), "read again") == 1).await;
    assert_eq!(house.told("config.rejected").len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_may_be_another_from_one_moment_to_the_next() {
    let house = House::watching(&["example.com"]).await;
    house.until("the first look", || !house.lab.dns().log().is_empty()).await;
    // What cannot be used as a whole changes nothing: the resolver is no address.
    let text = house.of(&["example.com"]);
    house.write(&text.replace("ca = [\"ca.pem\"]", "ca = [\"lost.pem\"]"));
    house.until("it is told", || house.told("config.rejected").len() == 1).await;
    let told = &house.told("config.rejected")[0]["data"];
    assert_eq!(told["file"], house.file().display().to_string());
    house.write(&text.replace("name = \"ops\"", "name = \"team\""));
    house.until("it holds", || lines(&house.log(), "channels: +team -ops") == 1).await;
    house.publish("example.com", "v=spf1 +all");
    house.until("the other channel hears", || house.told("incident.opened").len() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_the_configuration_moves_is_told_by_the_incident_that_it_opens() {
    let house = House::watching(&[]).await;
    let sending = |ip: &str| {
        let stream = format!(
            "[[domains]]\nname = \"example.com\"\n\
             streams = [{{ name = \"newsletter\", from = \"example.com\", ips = [\"{ip}\"] }}]\n"
        );
        house.of(&[]).replace("[[channels]]", &format!("{stream}[[channels]]"))
    };
    house.write(&sending("192.0.2.10"));
    let looks = || {
        let log = house.lab.dns().log();
        log.iter().filter(|entry| entry.name.to_ascii() == "example.com.").count()
    };
    house.until("its baseline", || looks() > 12).await;
    house.write(&sending("192.0.2.9"));
    house.until("it opens", || house.told("incident.opened").len() == 1).await;
    let data = &house.told("incident.opened")[0]["data"];
    assert_eq!(data["cause"]["id"], "spf.sending-ip-not-authorised");
    let moved = &data["changed"][0];
    assert_eq!(
        (&moved["what"], &moved["before"], &moved["after"]),
        (&"sending IP of newsletter".into(), &"192.0.2.10".into(), &"192.0.2.9".into()),
        "{data}"
    );
}
