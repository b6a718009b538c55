//! What happens in the world reaches a receiver that fails, once and in order, whenever the daemon is
//! killed: random histories, with what must be told of them as the reference model says.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use vigie_checks::kernel::{Clock, Lang};

use crate::alerts::tests::house::{HandClock, webhook};
use crate::alerts::tests::receiver::{PATIENCE, Receiver, Reply};
use crate::alerts::{Deliverer, Doorbell, Limits, Network, Outbox, SystemResolver};
use crate::incidents::tests::reference::history::{Chance, random};
use crate::incidents::tests::reference::machine::{at, routes};
use crate::incidents::tests::reference::telling;
use crate::net::trust::Roots;
use crate::run::commit::tests::reference::{messages, pass};
use crate::run::commit::{Committer, Settings};
use crate::store::{OutboxRow, OutboxState, Store, Wanted};

/// Histories for each way to fail; `FAILING_ROUNDS` asks for more.
const ROUNDS: u64 = 25;

/// How a receiver fails.
#[derive(Clone, Copy, Debug)]
enum Failing {
    /// It has the message, and hangs up without a word: the first time of each.
    TakesAndHangsUp,
    /// 500, twice for each message.
    Refuses,
    /// 429 with `Retry-After`, once for each message.
    IsBusy,
    /// Nothing is answered for the first hour of simulated time.
    IsDown,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_takes_a_message_and_hangs_up_gets_each_and_no_other() {
    play_all(Failing::TakesAndHangsUp).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_answers_500_gets_each_and_no_other() {
    play_all(Failing::Refuses).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_busy_gets_each_and_no_other() {
    play_all(Failing::IsBusy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_down_for_an_hour_gets_each_and_no_other() {
    play_all(Failing::IsDown).await;
}

async fn play_all(failing: Failing) {
    let number = |name: &str| std::env::var(name).ok()?.parse().ok();
    let seed: u64 = number("SEED").unwrap_or_else(rand::random);
    let rounds = number("FAILING_ROUNDS").unwrap_or(ROUNDS);
    println!("seed {seed}");
    let mut told = 0;
    let mut played = 0;
    // Of a history that tells nothing nothing can be lost.
    for number in 0.. {
        let mut chance = Chance(seed.wrapping_add(number));
        let history = random(&mut chance);
        let expected = telling::of_history(&history);
        if expected.is_empty() {
            continue;
        }
        let house = House::new(failing).await;
        let mut at_work = house.begin().await;
        for (now, happening) in &history {
            house.clock.set(at(*now));
            pass(&at_work.committer, *now, happening).await;
            at_work.doorbell.ring();
            match chance.below(4) {
                0 => {
                    // Any moment of an attempt, or before it.
                    for _ in 0..chance.below(400) {
                        tokio::task::yield_now().await;
                    }
                    at_work.crash().await;
                    at_work = house.begin().await;
                }
                1 => {}
                _ => house.settles().await,
            }
        }
        house.everything_arrives(&at_work).await;
        at_work.crash().await;
        let context = format!("SEED={} {failing:?}", seed.wrapping_add(number));
        assert_eq!(messages(&house.store().await).await, expected, "{context}");
        house.holds(&context).await;
        told += expected.len();
        played += 1;
        if played == rounds {
            break;
        }
    }
    println!("{told} messages in {played} histories");
}

/// A request as the receiver has it: its id and whether it has the message.
type Log = Arc<Mutex<Vec<(String, bool)>>>;

struct House {
    clock: Arc<HandClock>,
    receiver: Receiver,
    log: Log,
    url: String,
    _folder: TempDir,
}

/// A daemon's committing and delivering half.
struct AtWork {
    committer: Committer,
    doorbell: Doorbell,
    store: Store,
    _stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl House {
    async fn new(failing: Failing) -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite://{}", folder.path().join("vigie.db").display());
        let clock = Arc::new(HandClock::at(at(-10)));
        let log = Log::default();
        let receiver = receiver(failing, Arc::clone(&clock), Arc::clone(&log)).await;
        Self { clock, receiver, log, url, _folder: folder }
    }

    async fn store(&self) -> Store {
        Store::open(&self.url).await.unwrap()
    }

    /// A daemon begins, or begins again.
    async fn begin(&self) -> AtWork {
        let store = self.store().await;
        let settings = Settings {
            lang: Lang::En,
            channel_langs: HashMap::new(),
            people: Default::default(),
            url: "https://vigie.example.net/".to_owned(),
            routes: routes(),
            tags: HashMap::new(),
            confirm_after: TimeDelta::seconds(45),
            maintenance: Vec::new(),
            domains: Vec::new(),
            digests: Vec::new(),
        };
        let now = self.clock.now();
        let committer = Committer::start(store.clone(), settings, now).await.unwrap();
        let network = Network {
            roots: Roots::nobody(),
            own_networks: Vec::new(),
            resolver: Arc::new(SystemResolver),
            helo: "vigie.example.net".to_owned(),
        };
        let outbox = Outbox::new(store.clone());
        let deliverer = Deliverer::new(outbox, self.clock.clone(), Limits::default());
        let channels = telling::CHANNELS
            .map(|(name, _)| webhook(name, &self.receiver.url(&format!("/{name}"))));
        deliverer.set_channels(&channels, &network).unwrap();
        let doorbell = deliverer.doorbell().clone();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            deliverer.run(async { stopped.await.unwrap_or(()) }).await;
        });
        AtWork { committer, doorbell, store, _stop: stop, task }
    }

    /// Waits until nothing is due and nothing is under way that could change that.
    async fn settles(&self) {
        let store = self.store().await;
        let give_up = Instant::now() + PATIENCE;
        while heads(&rows(&store).await).any(|row| row.next_at <= self.clock.now()) {
            assert!(Instant::now() < give_up, "something that is due is never sent");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        store.close().await;
    }

    /// Lets time pass until no message waits.
    async fn everything_arrives(&self, at_work: &AtWork) {
        loop {
            self.settles().await;
            let rows = rows(&at_work.store).await;
            let Some(next) = heads(&rows).map(|row| row.next_at).min() else { return };
            self.clock.set(next);
        }
    }

    /// None lost, none invented, and of each incident in the order of what happened.
    async fn holds(&self, context: &str) {
        let rows = rows(&self.store().await).await;
        assert!(rows.iter().all(|row| row.state == OutboxState::Delivered), "{context}: {rows:#?}");
        let written: BTreeSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        let log = self.log.lock().unwrap().clone();
        let taken: Vec<&str> =
            log.iter().filter(|(_, taken)| *taken).map(|(id, _)| id.as_str()).collect();
        assert_eq!(taken.iter().copied().collect::<BTreeSet<&str>>(), written, "{context}");
        assert!(log.iter().all(|(id, _)| written.contains(id.as_str())), "{context}: invented");

        let mut seen: BTreeMap<(&str, &str), i64> = BTreeMap::new();
        let mut firsts = BTreeSet::new();
        for id in taken.into_iter().filter(|id| firsts.insert(*id)) {
            let row = rows.iter().find(|row| row.id == id).unwrap();
            let Some(incident) = &row.incident else { continue };
            let before = seen.insert((incident, &row.channel), row.sequence);
            match before {
                None => {
                    let begins = ["incident.opened", "monitor.blind"];
                    assert!(begins.contains(&row.event_type.as_str()), "{context}: {row:?}");
                }
                Some(before) => assert!(before < row.sequence, "{context}: {row:?}"),
            }
        }
    }
}

impl AtWork {
    async fn crash(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
        self.store.close().await;
    }
}

async fn rows(store: &Store) -> Vec<OutboxRow> {
    store.outbox(Wanted::default(), 1000).await.unwrap()
}

/// The messages that wait for no other.
fn heads(rows: &[OutboxRow]) -> impl Iterator<Item = &OutboxRow> {
    let pending = |row: &&OutboxRow| row.state == OutboxState::Pending;
    rows.iter().filter(pending).filter(move |row| {
        let mut earlier = rows.iter().filter(pending).filter(|earlier| {
            earlier.incident.is_some()
                && earlier.incident == row.incident
                && earlier.channel == row.channel
                && earlier.sequence < row.sequence
        });
        earlier.next().is_none()
    })
}

async fn receiver(failing: Failing, clock: Arc<HandClock>, log: Log) -> Receiver {
    let tries: Mutex<HashMap<String, usize>> = Mutex::default();
    Receiver::start(move |request, _| {
        let id = request.id().to_owned();
        let before = {
            let mut tries = tries.lock().unwrap();
            let tried = tries.entry(id.clone()).or_default();
            *tried += 1;
            *tried - 1
        };
        let (reply, taken) = match failing {
            Failing::TakesAndHangsUp if before == 0 => (Reply::HangsUp, true),
            Failing::Refuses if before < 2 => (Reply::status(500), false),
            Failing::IsBusy if before == 0 => (Reply::full(429, "retry-after: 120\r\n", ""), false),
            Failing::IsDown if clock.now() < at(3600) => (Reply::HangsUp, false),
            _ => (Reply::status(204), true),
        };
        log.lock().unwrap().push((id, taken));
        reply
    })
    .await
}
