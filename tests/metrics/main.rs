//! `/metrics` as Prometheus scrapes it: behind the token, in either format, with what the domains and the
//! daemon come to.

mod dashboards;
mod exposition;

use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::sleep;
use vigie_lab::Lab;
use vigie_scenario::Scenario;

use exposition::Page;

const PATIENCE: Duration = Duration::from_secs(60);

const WORLD: &str = r#"
name = "a domain that is wrong"
[target]
domain = "example.com"
[zones]
"example.com" = '''
$TTL 1
@    IN MX  10 mx1
@    IN TXT "v=spf1 +all"
mx1  IN A   192.0.2.25
'''
[hosts."192.0.2.25"]
smtp = { name = "mx1.example.com" }
[expect]
findings = []
"#;

const OPEN: &str = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";

struct House {
    _lab: Lab,
    folder: tempfile::TempDir,
    _daemon: Child,
}

impl House {
    async fn watching() -> Self {
        let scenario = Scenario::parse(WORLD).expect("written above");
        let lab = Lab::start(&scenario).await.expect("loopback has free ports");
        let folder = tempfile::tempdir().expect("there is a temporary folder");
        std::fs::write(folder.path().join("ca.pem"), lab.ca_pem()).expect("it can be written");
        let configuration = folder.path().join("vigie.toml");
        std::fs::write(&configuration, written(&lab, &folder)).expect("it can be written");
        let daemon = Command::new(env!("CARGO_BIN_EXE_vigie"))
            .args(["run", "--config"])
            .arg(&configuration)
            .stderr(std::fs::File::create(folder.path().join("log")).expect("it can be written"))
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the program can be started");
        Self { _lab: lab, folder, _daemon: daemon }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).expect("it was made at the start")
    }

    /// Head and body of the answer to a scrape.
    async fn ask(&self, headers: &str) -> (String, String) {
        let give_up = Instant::now() + PATIENCE;
        let (host, mut stream) = loop {
            let log = self.log();
            let at = log.split_once("url=http://").map(|(_, rest)| rest);
            let host = at.and_then(|rest| rest.split_whitespace().next()).map(str::to_owned);
            if let Some(host) = host
                && let Ok(stream) = TcpStream::connect(&host).await
            {
                break (host, stream);
            }
            assert!(Instant::now() < give_up, "no pages: {log}");
            sleep(Duration::from_millis(20)).await;
        };
        let request = format!("GET /metrics HTTP/1.0\r\nHost: {host}\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).await.expect("it is taken");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("it is text");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        (head.to_owned(), body.to_owned())
    }

    async fn page(&self) -> Page {
        let (head, body) = self.ask("Authorization: Bearer sesame\r\n").await;
        assert!(head.starts_with("HTTP/1.0 200"), "{head}");
        Page::read(&body, false).expect("it is as the format has it")
    }

    async fn until(&self, what: &str, is_so: impl Fn(&Page) -> bool) -> Page {
        let give_up = Instant::now() + PATIENCE;
        loop {
            let page = self.page().await;
            if is_so(&page) {
                return page;
            }
            assert!(Instant::now() < give_up, "{what}: never\n{}", self.log());
            sleep(Duration::from_millis(50)).await;
        }
    }
}

fn written(lab: &Lab, folder: &tempfile::TempDir) -> String {
    format!(
        "[network]\nresolver = \"{}\"\nproxy = \"{}\"\nca = [\"ca.pem\"]\n\
         own_networks = [\"192.0.2.0/24\"]\ncontrols = \"none\"\n\
         [store]\nurl = \"sqlite://{}/vigie.db\"\n\
         [web]\nlisten = \"127.0.0.1:0\"\ntoken = \"sesame\"\n\
         [schedule]\ndefault = \"every 1h\"\nconfirm_after = \"1s\"\nchecks = {{ spf = \"every 1s\" }}\n\
         [[domains]]\nname = \"example.com\"\n\
         [[channels]]\nname = \"ops \\\"two\\\"\"\nkind = \"webhook\"\nurl = \"{}\"\nallow_private = true\n\
         [[channels]]\nname = \"dead\"\nkind = \"webhook\"\nurl = \"http://127.0.0.1:9/\"\nallow_private = true\n\
         [[routes]]\nchannels = [\"ops \\\"two\\\"\", \"dead\"]\nbaseline = true\n",
        lab.resolver(),
        lab.proxy(),
        folder.path().display(),
        lab.webhook().url(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scrape_tells_how_the_domains_and_the_daemon_stand() {
    let house = House::watching().await;
    let (refused, _) = house.ask("").await;
    assert!(refused.starts_with("HTTP/1.0 401"), "{refused}");
    let ops = [("channel", "ops \"two\""), ("end", "delivered")];
    let told = |page: &Page| page.value("vigie_deliveries_total", &ops) >= Some(1.0);
    let page = house.until("an alert arrives", told).await;

    let spf = [("domain", "example.com"), ("check", "spf")];
    assert_eq!(page.value("vigie_check_status", &spf), Some(1.0));
    assert!(page.value("vigie_check_severity", &spf) >= Some(3.0));
    let year_2020 = Some(1_577_836_800.0);
    assert!(page.value("vigie_check_definite_timestamp_seconds", &spf) > year_2020);
    assert_eq!(page.values_of("domain"), ["example.com"].into());
    assert_eq!(page.value("vigie_domains", &[]), Some(1.0));
    let open =
        |severity| page.value("vigie_incidents", &[("state", "open"), ("severity", severity)]);
    assert!(open("critical").or(open("error")) >= Some(1.0), "an incident is open");

    assert_eq!(page.value("vigie_scheduler_works", &[]), Some(1.0));
    assert!(page.value("vigie_scheduler_lag_seconds_count", &[]) >= Some(10.0), "checks ran");
    assert!(page.value("vigie_runs_total", &[("end", "ended")]) >= Some(1.0));
    assert_eq!(page.value("vigie_runs_total", &[("end", "panicked")]), Some(0.0));
    assert!(page.value("vigie_memo_requests_total", &[("answered", "miss")]) >= Some(1.0));
    assert!(page.value("vigie_store_size_bytes", &[]) >= Some(4096.0));
    assert!(page.value("vigie_store_write_seconds_count", &[]) >= Some(1.0));
    assert_eq!(page.value("vigie_store_write_failures_total", &[]), Some(0.0));
    assert_eq!(page.value("vigie_config_last_reload_successful", &[]), Some(1.0));
    assert_eq!(
        page.value("vigie_build_info", &[("version", env!("CARGO_PKG_VERSION"))]),
        Some(1.0)
    );

    let waits = [("channel", "dead"), ("state", "pending")];
    let page =
        house.until("one waits", |p| p.value("vigie_outbox_messages", &waits) >= Some(1.0)).await;
    let oldest =
        page.value("vigie_outbox_oldest_pending_timestamp_seconds", &[("channel", "dead")]);
    assert!(oldest > year_2020);
    let ops = [("channel", "ops \"two\"")];
    assert_eq!(page.value("vigie_channel_disabled", &ops), Some(0.0));

    let (head, body) =
        house.ask(&format!("Authorization: Bearer sesame\r\nAccept: {OPEN}\r\n")).await;
    assert!(head.contains("application/openmetrics-text; version=1.0.0"), "{head}");
    let open = Page::read(&body, true).expect("it is as OpenMetrics has it");
    assert_eq!(open.names(), page.names());

    dashboards::hold(&page);
    let manual = include_str!("../../docs/metrics.md");
    for (name, kind) in &page.families {
        assert!(manual.contains(&format!("| `{name}` | {kind} |")), "docs/metrics.md: {name}");
    }

    // A configuration that does not hold is told of.
    std::fs::write(house.folder.path().join("vigie.toml"), "[[chanels]]\n").expect("it is there");
    let refused = |page: &Page| page.value("vigie_config_last_reload_successful", &[]) == Some(0.0);
    house.until("it is refused", refused).await;
    assert!(page.value("vigie_config_last_reload_success_timestamp_seconds", &[]) > year_2020);
}
