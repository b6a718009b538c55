//! `kill -9` in the middle of a regression and of its healing: after a restart the receiver has seen
//! exactly the expected messages, none lost, none invented.

#[path = "../../src/store/tests/cluster.rs"]
mod cluster;
mod door;
mod together;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt};
use hickory_proto::rr::RecordType;
use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row};
use tokio::process::{Child, Command};
use tokio::time::sleep;
use vigie_lab::Lab;
use vigie_lab::https::{Delivery, Response, WebhookManner};
use vigie_scenario::Scenario;

use cluster::Cluster;
use door::Door;

/// Rounds of each kind; `KILL_ROUNDS` asks for more.
const ROUNDS: u64 = 25;

/// Rounds under way at once.
const AT_ONCE: usize = 8;

/// What a chapter of a round may take.
const PATIENCE: Duration = Duration::from_secs(60);

const WORLD: &str = r#"
name = "one domain"
[target]
domain = "example.com"
[zones]
"example.com" = '''
$TTL 1
@    IN MX  10 mx1
@    IN TXT "v=spf1 ip4:192.0.2.10 -all"
mx1  IN A   192.0.2.25
'''
[hosts."192.0.2.25"]
smtp = { name = "mx1.example.com" }
[expect]
findings = []
"#;

/// Rows of the store: the first look at SPF, and the messages about incidents.
const BASELINE: &str = "SELECT 1 FROM spans WHERE check_name = 'spf'";
const MESSAGES: &str = "SELECT id, event_type FROM outbox WHERE event_type LIKE 'incident.%'";

/// When the daemon is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// So long after the world changed.
    After(Duration),
    /// On a question of the second look: before anything of it is committed.
    SecondLook,
    /// The message is committed, and the receiver's queue is full: nothing of it can be sent.
    Committed,
    /// The request has been read and is not answered.
    InFlight,
    /// The answer is there but for its last octet.
    LastOctet,
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_nothing_is_lost_or_invented() {
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let moments = (0..rounds()).map(|round| {
        // A small mix of the seed: any moment of the four seconds that a regression takes.
        let mixed = seed.wrapping_add(round.wrapping_mul(0x9E37_79B9_7F4A_7C15)).rotate_left(17);
        let after = |bits: u64| Moment::After(Duration::from_millis(bits % 4000));
        (after(mixed), after(mixed >> 20))
    });
    play_all(moments.collect(), None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_a_chosen_moment_nothing_is_lost_or_invented() {
    play_all(chosen(rounds()), None).await;
}

/// A server outlives the daemon, and ends what the daemon left unfinished.
#[tokio::test(flavor = "multi_thread")]
async fn killed_before_a_server_nothing_is_lost_or_invented() {
    let cluster = Cluster::start();
    play_all(chosen(rounds().min(4)), Some(&cluster)).await;
}

/// A restart is no news; what changed while it was down is, once.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_what_changed_meanwhile_is_told_and_nothing_else() {
    let rounds = stream::iter(0..rounds().min(8)).map(|_| async {
        let round = Round::begin(None).await;
        let told = round.changes_while_down().await;
        (told, round.written().await)
    });
    let ended: Vec<(Messages, Messages)> = rounds.buffer_unordered(AT_ONCE).collect().await;
    for (told, written) in ended {
        let kinds: Vec<&str> = told.values().map(String::as_str).collect();
        assert_eq!(kinds, ["incident.opened", "incident.resolved"]);
        assert_eq!(told, written);
    }
}

fn chosen(rounds: u64) -> Vec<(Moment, Moment)> {
    let moments = (0..rounds).map(|round| match round % 4 {
        0 => (Moment::SecondLook, Moment::Committed),
        1 => (Moment::Committed, Moment::InFlight),
        2 => (Moment::InFlight, Moment::LastOctet),
        _ => (Moment::LastOctet, Moment::SecondLook),
    });
    moments.collect()
}

fn rounds() -> u64 {
    std::env::var("KILL_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS)
}

async fn play_all(moments: Vec<(Moment, Moment)>, cluster: Option<&Cluster>) {
    let rounds =
        stream::iter(moments.into_iter().enumerate()).map(|(number, (first, second))| async move {
            let (told, written) = Round::begin(cluster).await.play(first, second).await;
            let expected = ["incident.opened", "incident.resolved"];
            let kinds: Vec<&str> = told.values().map(String::as_str).collect();
            (kinds != expected || told != written).then(|| {
                format!("round {number}, {first:?} then {second:?}: {told:?}, written {written:?}")
            })
        });
    let wrong: Vec<Option<String>> = rounds.buffer_unordered(AT_ONCE).collect().await;
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Messages about incidents: their kind by their id, in the order of the ids.
type Messages = BTreeMap<String, String>;

/// A world, a configuration, and the daemon that is killed.
struct Round {
    lab: Lab,
    door: Door,
    folder: tempfile::TempDir,
    /// The URL of its store.
    store: String,
}

impl Round {
    async fn begin(cluster: Option<&Cluster>) -> Self {
        let scenario = Scenario::parse(WORLD).expect("written above");
        let lab = Lab::start(&scenario).await.expect("loopback has free ports");
        let door = Door::before(lab.webhook().addr());
        let folder = tempfile::tempdir().expect("there is a temporary folder");
        let store = match cluster {
            Some(cluster) => cluster.database().await,
            None => format!("sqlite://{}", folder.path().join("vigie.db").display()),
        };
        let round = Self { lab, door, folder, store };
        std::fs::write(round.path("ca.pem"), round.lab.ca_pem())
            .expect("the folder can be written");
        std::fs::write(round.path("vigie.toml"), round.configuration())
            .expect("the folder can be written");
        round
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn configuration(&self) -> String {
        format!(
            "[network]\nresolver = \"{}\"\nproxy = \"{}\"\nca = [\"ca.pem\"]\n\
             own_networks = [\"192.0.2.0/24\"]\ncontrols = \"none\"\n\
             [store]\nurl = \"{}\"\n[web]\nlisten = \"127.0.0.1:0\"\n\
             [schedule]\ndefault = \"every 1h\"\nconfirm_after = \"1s\"\n\
             checks = {{ spf = \"every 1s\", dns = \"every 1s\" }}\n\
             [[domains]]\nname = \"example.com\"\n\
             [[channels]]\nname = \"ops\"\nkind = \"webhook\"\nurl = \"{}\"\nallow_private = true\n\
             [[routes]]\nchannels = [\"ops\"]\n",
            self.lab.resolver(),
            self.lab.proxy(),
            self.store,
            self.door.url(),
        )
    }

    /// The messages that arrived, and those that the store holds.
    async fn play(&self, first: Moment, second: Moment) -> (Messages, Messages) {
        let mut daemon = self.start();
        self.is_kept(BASELINE).await;
        daemon = self.change("v=spf1 +all", "incident.opened", first, daemon).await;
        self.arrives("incident.opened").await;
        daemon =
            self.change("v=spf1 ip4:192.0.2.10 -all", "incident.resolved", second, daemon).await;
        self.arrives("incident.resolved").await;
        // Two more looks: whatever is sent too much is sent by then.
        self.asked_again(4).await;
        daemon.kill().await.expect("the daemon runs");
        (self.told(), self.written().await)
    }

    /// Restarts with the world as it was, and with one that changed meanwhile.
    async fn changes_while_down(&self) -> Messages {
        let mut daemon = self.start();
        self.is_kept(BASELINE).await;
        for (record, kind) in [
            (None, None),
            (Some("v=spf1 +all"), Some("incident.opened")),
            (None, None),
            (Some("v=spf1 ip4:192.0.2.10 -all"), Some("incident.resolved")),
            (None, None),
        ] {
            daemon.kill().await.expect("the daemon runs");
            let before = self.told();
            if let Some(record) = record {
                self.publish(record);
            }
            daemon = self.start();
            if let Some(kind) = kind {
                self.arrives(kind).await;
            }
            // Two more looks: whatever is sent too much is sent by then.
            self.asked_again(4).await;
            let news = self.told().len() - before.len();
            assert_eq!(news, usize::from(kind.is_some()), "{before:?}, then {:?}", self.told());
        }
        daemon.kill().await.expect("the daemon runs");
        self.told()
    }

    fn publish(&self, record: &str) {
        let quoted = format!("\"{record}\"");
        let world = self.lab.world();
        world.replace_rrset("example.com", "TXT", &[&quoted]).expect("the zone is there");
    }

    fn start(&self) -> Child {
        Command::new(env!("CARGO_BIN_EXE_vigie"))
            .args(["run", "--config"])
            .arg(Path::new(&self.path("vigie.toml")))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the program can be started")
    }

    /// Changes the record, which makes for a message of that kind; kills the daemon at the moment,
    /// and starts another.
    async fn change(&self, record: &str, kind: &str, moment: Moment, mut daemon: Child) -> Child {
        let before = self.lab.webhook().deliveries().len();
        self.prepare(moment).await;
        self.publish(record);
        match moment {
            Moment::After(time) => sleep(time).await,
            // The first look asks once; the second is the next question but one at most.
            Moment::SecondLook => self.asked_again(2).await,
            Moment::Committed => self.is_kept(&message_of(kind)).await,
            Moment::InFlight | Moment::LastOctet => {
                self.until(|| self.lab.webhook().deliveries().len() > before).await
            }
        }
        daemon.kill().await.expect("the daemon runs");
        if matches!(moment, Moment::Committed) {
            let after = self.lab.webhook().deliveries().len();
            assert_eq!(after, before, "something passed a door that was shut");
        }
        self.lab.webhook().set_manner(WebhookManner::status(204));
        self.door.open().await;
        self.start()
    }

    /// Makes the receiver such that the moment can be told.
    async fn prepare(&self, moment: Moment) {
        match moment {
            Moment::InFlight => self.lab.webhook().set_manner(WebhookManner::NeverAnswer),
            Moment::LastOctet => self.lab.webhook().set_manner(WebhookManner::Drip {
                response: Response::of(200),
                gap: Duration::ZERO,
                hold: PATIENCE,
            }),
            Moment::Committed => self.door.shut().await,
            Moment::After(_) | Moment::SecondLook => {}
        }
    }

    /// Waits until the record was asked for so many times more.
    async fn asked_again(&self, times: usize) {
        let asked = || {
            let log = self.lab.dns().log();
            let of_the_record = log.iter().filter(|entry| {
                entry.rtype == RecordType::TXT && entry.name.to_ascii() == "example.com."
            });
            of_the_record.count()
        };
        let wanted = asked() + times;
        self.until(|| asked() >= wanted).await;
    }

    async fn arrives(&self, kind: &str) {
        self.until(|| self.told().values().any(|told| told == kind)).await;
    }

    /// Waits until the store holds a row, as another process sees it.
    async fn is_kept(&self, rows: &str) {
        let give_up = Instant::now() + PATIENCE;
        // Neither the file nor its tables are there from the start.
        while !matches!(self.rows(rows).await, Ok(rows) if !rows.is_empty()) {
            assert!(Instant::now() < give_up, "never in the store: {rows}");
            sleep(Duration::from_millis(5)).await;
        }
    }

    async fn rows(&self, query: &str) -> sqlx::Result<Vec<AnyRow>> {
        sqlx::any::install_default_drivers();
        let file = self.store.strip_prefix("sqlite://");
        let url = file.map(|path| format!("sqlite:{path}?mode=ro"));
        let mut connection = AnyConnection::connect(url.as_deref().unwrap_or(&self.store)).await?;
        let rows = sqlx::query(AssertSqlSafe(query)).fetch_all(&mut connection).await?;
        connection.close().await?;
        Ok(rows)
    }

    async fn until(&self, is_so: impl Fn() -> bool) {
        let give_up = Instant::now() + PATIENCE;
        while !is_so() {
            assert!(Instant::now() < give_up, "it did not come in time; so far {:?}", self.told());
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// The messages that the receiver accepted.
    fn told(&self) -> Messages {
        let deliveries = self.lab.webhook().deliveries();
        let accepted = deliveries.iter().filter(|delivery| delivery.is_accepted());
        accepted.map(id_and_kind).filter(|(_, kind)| kind.starts_with("incident.")).collect()
    }

    /// The messages that the store holds, delivered or not.
    async fn written(&self) -> Messages {
        let rows = self.rows(MESSAGES).await.expect("the daemon made its store");
        rows.iter().map(|row| (row.get("id"), row.get("event_type"))).collect()
    }
}

fn message_of(kind: &str) -> String {
    format!("{MESSAGES} AND event_type = '{kind}'")
}

fn id_and_kind(delivery: &Delivery) -> (String, String) {
    let body: Value = serde_json::from_slice(&delivery.request.body).expect("a body is JSON");
    let id = delivery.request.header("webhook-id").expect("every message bears its id");
    let kind = body["type"].as_str().expect("every body has its type");
    (id.to_owned(), kind.to_owned())
}
