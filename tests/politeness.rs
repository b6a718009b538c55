//! What hosts of others see of the daemon: in `smtp_gap` an address is conversed with once, whatever
//! the runs and the domains that ask for it. Each hello of an old TLS version needs a connection of
//! its own, and is held to the same.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Row};
use tokio::process::Command;
use tokio::time::sleep;
use vigie_lab::Lab;
use vigie_scenario::Scenario;

const PATIENCE: Duration = Duration::from_secs(60);

const WORLD: &str = r#"
name = "two domains at one host"
[target]
domain = "example.com"
[zones]
"example.com" = '''
@    IN MX  10 mx1
mx1  IN A   192.0.2.25
'''
"example.net" = '@ IN MX 10 mx1.example.com.'
[hosts."192.0.2.25"]
smtp = { name = "mx1.example.com" }
[expect]
findings = []
"#;

fn configuration(lab: &Lab, store: &Path, gap: &str, domains: &[&str]) -> String {
    let named = |name: &&str| format!("[[domains]]\nname = \"{name}\"\n");
    let domains: String = domains.iter().map(named).collect();
    format!(
        "[network]\nresolver = \"{}\"\nproxy = \"{}\"\nca = [\"ca.pem\"]\n\
         own_networks = [\"192.0.2.0/24\"]\ncontrols = \"none\"\n\
         [store]\nurl = \"sqlite://{}\"\n[web]\nlisten = \"127.0.0.1:0\"\n\
         [schedule]\ndefault = \"every 1h\"\nsmtp_gap = \"{gap}\"\n\
         checks = {{ mx = \"every 1s\", smtp = \"every 1s\", tls = \"every 1s\" }}\n{domains}",
        lab.resolver(),
        lab.proxy(),
        store.display(),
    )
}

/// The fewest runs that any of the checks had for any of the domains.
async fn fewest_runs(store: &Path, domains: usize) -> sqlx::Result<i64> {
    let options = SqliteConnectOptions::new().filename(store).read_only(true);
    let mut connection = options.connect().await?;
    let rows = sqlx::query(
        "SELECT SUM(runs) AS runs FROM spans WHERE check_name IN ('mx', 'smtp', 'tls') \
         GROUP BY domain, check_name",
    )
    .fetch_all(&mut connection)
    .await?;
    let fewest = rows.iter().map(|row| row.get::<i64, _>("runs")).min().unwrap_or(0);
    Ok(if rows.len() == 3 * domains { fewest } else { 0 })
}

/// Connections to port 25 of the host once every check has run for every domain, and after three
/// runs more.
async fn connections(gap: &str, domains: &[&str]) -> (usize, usize) {
    let lab = Lab::start(&Scenario::parse(WORLD).expect("written above"))
        .await
        .expect("loopback has free ports");
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    let store = folder.path().join("vigie.db");
    std::fs::write(folder.path().join("ca.pem"), lab.ca_pem()).expect("the folder can be written");
    let file = folder.path().join("vigie.toml");
    std::fs::write(&file, configuration(&lab, &store, gap, domains))
        .expect("the folder can be written");
    let mut daemon = Command::new(env!("CARGO_BIN_EXE_vigie"))
        .args(["run", "--config"])
        .arg(&file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("the program can be started");
    let host = "192.0.2.25:25".parse().expect("an address");
    let connections =
        || lab.front().connections().iter().filter(|connection| connection.target == host).count();
    have_run(&store, 1, domains).await;
    let first = connections();
    have_run(&store, 4, domains).await;
    daemon.kill().await.expect("the daemon runs");
    (first, connections())
}

async fn have_run(store: &Path, runs: i64, domains: &[&str]) {
    let give_up = Instant::now() + PATIENCE;
    // Neither the file nor its tables are there from the start.
    while fewest_runs(store, domains.len()).await.unwrap_or(0) < runs {
        assert!(Instant::now() < give_up, "the checks do not run");
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_conversed_with_once_in_the_gap() {
    let (first, later) = connections("30m", &["example.com"]).await;
    assert!(first > 0);
    assert_eq!(later, first, "a later run");
    let (shared, later) = connections("30m", &["example.com", "example.net"]).await;
    assert_eq!(shared, first, "another domain");
    assert_eq!(later, first, "a later run of two domains");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_gap_each_run_converses() {
    let (first, later) = connections("0s", &["example.com"]).await;
    assert!(later > first, "{first} then {later}");
}
