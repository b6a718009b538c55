//! `kill -9` while many incidents become one message: each is in one message, whatever was sent twice.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use tokio::time::sleep;
use vigie_lab::Lab;
use vigie_lab::https::WebhookManner;
use vigie_scenario::Scenario;

use super::door::Door;
use super::{AT_ONCE, Round, rounds};

const DOMAINS: usize = 6;

/// Rows of the store: first looks, and messages that were delivered.
const BASELINE: &str = "SELECT COUNT(*) AS found FROM spans WHERE check_name = 'spf'";
const DELIVERED: &str = "SELECT COUNT(*) AS found FROM outbox \
    WHERE event_type = 'incident.opened' AND state = 'delivered'";

const WRITTEN: &str = "SELECT id FROM outbox WHERE event_type LIKE 'incident.%'";

/// When the daemon is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    After(Duration),
    /// The request has been read and is not answered.
    InFlight,
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_many_become_one_each_is_told_once() {
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let moments = (0..rounds().min(10)).map(|round| match round % 3 {
        0 => Moment::InFlight,
        // Any moment of the five seconds from the change to the message.
        _ => {
            let mixed = seed.wrapping_add(round.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            Moment::After(Duration::from_millis(mixed.rotate_left(17) % 5000))
        }
    });
    let rounds = stream::iter(moments).map(|moment| async move {
        let messages = many(moment).await;
        let told = (0..DOMAINS).map(|number| {
            let named = messages.iter().filter(|body| body.contains(&domain(number)));
            named.count()
        });
        let told: Vec<usize> = told.collect();
        let is_one_of_many = messages.len() < DOMAINS;
        (told != [1; DOMAINS] || !is_one_of_many)
            .then(|| format!("{moment:?}: {told:?} in {messages:#?}"))
    });
    let wrong: Vec<Option<String>> = rounds.buffer_unordered(AT_ONCE / 2).collect().await;
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn domain(number: usize) -> String {
    format!("shop-{number}.example")
}

/// Breaks all domains at once and kills the daemon at the moment; the messages that arrived after
/// another ran, each of the same octets once.
async fn many(moment: Moment) -> BTreeSet<String> {
    let round = begin().await;
    let mut daemon = round.start();
    is_counted(&round, BASELINE).await;
    let webhook = round.lab.webhook();
    if matches!(moment, Moment::InFlight) {
        webhook.set_manner(WebhookManner::NeverAnswer);
    }
    for number in 0..DOMAINS {
        let world = round.lab.world();
        world
            .replace_rrset(&domain(number), "TXT", &["\"v=spf1 +all\""])
            .expect("the zone is there");
    }
    match moment {
        Moment::After(time) => sleep(time).await,
        Moment::InFlight => round.until(|| !webhook.deliveries().is_empty()).await,
    }
    daemon.kill().await.expect("the daemon runs");
    webhook.set_manner(WebhookManner::status(204));
    daemon = round.start();
    is_counted(&round, DELIVERED).await;
    daemon.kill().await.expect("the daemon runs");
    let rows = round.rows(WRITTEN).await.expect("the daemon made its store");
    assert_eq!(rows.len(), DOMAINS, "no more and no less was written");
    let bodies = webhook.deliveries().into_iter().filter(|delivery| delivery.is_accepted());
    bodies.map(|delivery| String::from_utf8_lossy(&delivery.request.body).into_owned()).collect()
}

async fn begin() -> Round {
    let zones = (0..DOMAINS).map(|number| {
        format!(
            "\"{}\" = '''\n$TTL 1\n@    IN MX  10 mx1\n@    IN TXT \"v=spf1 ip4:192.0.2.10 -all\"\n\
             mx1  IN A   192.0.2.25\n'''\n",
            domain(number)
        )
    });
    let world = format!(
        "name = \"many domains\"\n[target]\ndomain = \"{}\"\n[zones]\n{}[expect]\nfindings = []\n",
        domain(0),
        zones.collect::<String>()
    );
    let scenario = Scenario::parse(&world).expect("written above");
    let lab = Lab::start(&scenario).await.expect("loopback has free ports");
    let door = Door::before(lab.webhook().addr());
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    let store = format!("sqlite://{}", folder.path().join("vigie.db").display());
    let round = Round { lab, door, folder, store };
    let domains =
        (0..DOMAINS).map(|number| format!("[[domains]]\nname = \"{}\"\n", domain(number)));
    let configuration = round
        .configuration()
        .replace("[[domains]]\nname = \"example.com\"\n", &domains.collect::<String>())
        .replace("kind = \"webhook\"", "kind = \"slack\"")
        .replace("channels = [\"ops\"]\n", "channels = [\"ops\"]\ngroup_wait = \"2s\"\n");
    for (name, text) in [("ca.pem", round.lab.ca_pem()), ("vigie.toml", configuration)] {
        std::fs::write(round.path(name), text).expect("the folder can be written");
    }
    round
}

/// Waits until the store holds a row of each domain.
async fn is_counted(round: &Round, count: &str) {
    let all = format!("SELECT 1 FROM ({count}) AS counted WHERE found >= {DOMAINS}");
    round.is_kept(&all).await;
}
