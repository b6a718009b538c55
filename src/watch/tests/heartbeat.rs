//! The heartbeat is heard while all works; each part that stands still in turn ends it within two periods.

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use chrono::Utc;
use sqlx::{AnyConnection, Connection};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use vigie_checks::kernel::Lang;

use crate::alerts::tests::receiver::{Receiver, Reply};
use crate::config::{ProcessEnvironment, Settings};
use crate::schedule::SchedulerHandle;
use crate::store::{OutboxRow, Store};
use crate::watch::Watch;
use crate::watch::heartbeat::Beats;

const PATIENCE: Duration = Duration::from_secs(60);

struct House {
    beats: Arc<Beats>,
    scheduler: SchedulerHandle,
    store: Store,
    url: String,
    stop: watch::Sender<bool>,
    daemon: JoinHandle<()>,
    _folder: TempDir,
}

impl House {
    /// A daemon that watches nobody, beats every second and has one channel.
    async fn beating(heart: &str, channel: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite://{}", folder.path().join("vigie.db").display());
        let written = format!(
            "[network]\nresolver = \"127.0.0.1:9\"\ncontrols = \"none\"\n\
             [store]\nurl = \"{url}\"\n[web]\nlisten = \"127.0.0.1:0\"\n\
             [heartbeat]\nurl = \"{heart}\"\nevery = \"1s\"\nundelivered = \"2s\"\nallow_private = true\n\
             [[channels]]\nname = \"ops\"\nkind = \"webhook\"\nurl = \"{channel}\"\nallow_private = true\n"
        );
        let settings =
            Settings::parse(&ProcessEnvironment, Path::new("vigie.toml"), written).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let daemon = Watch::open(settings, Lang::En, listener).await.unwrap();
        let beats = Arc::clone(&daemon.parts.figures.beats);
        let (scheduler, store) = (daemon.scheduler.clone(), daemon.store.clone());
        let (stop, stopped) = watch::channel(false);
        let daemon = tokio::spawn(daemon.run(None, stopped));
        Self { beats, scheduler, store, url, stop, daemon, _folder: folder }
    }

    async fn until(&self, what: &str, is_so: impl Fn(&Beats) -> bool) {
        let give_up = Instant::now() + PATIENCE;
        while !is_so(&self.beats) {
            assert!(Instant::now() < give_up, "{what}: never: {:?}", self.beats);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn beats_on(&self, what: &str) {
        let before = self.beats.heard.value();
        self.until(what, |beats| beats.heard.value() > before + 1).await;
    }

    /// Of the beats from now on until two were withheld, at most `late` were sent: those that were due
    /// before it could be known.
    async fn falls_silent(&self, what: &str, late: u64) {
        let (heard, withheld) = (self.beats.heard.value(), self.beats.withheld.value());
        self.until(what, |beats| beats.withheld.value() > withheld + 1).await;
        let since = self.beats.heard.value() - heard;
        assert!(since <= late, "{what}: {since} beats since");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_beat_stops_with_each_part_and_comes_back_with_it() {
    let heart = Receiver::start(|_, _| Reply::status(204)).await;
    let channel =
        Receiver::start(|_, before| Reply::status(if before == 0 { 503 } else { 200 })).await;
    let house = House::beating(&heart.url("/ping/secret"), &channel.url("/")).await;
    house.beats_on("at first").await;
    let asked = heart.seen().remove(0);
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("GET", "/ping/secret"));

    let (go_on, wait) = mpsc::channel::<()>();
    let scheduler = house.scheduler.clone();
    // Whoever holds the queue holds the loop.
    let wedged = move || scheduler.with_queue(|_| wait.recv_timeout(PATIENCE));
    let wedge = tokio::task::spawn_blocking(wedged);
    house.falls_silent("the scheduler stands still", 2).await;
    go_on.send(()).unwrap();
    wedge.await.unwrap().unwrap();
    house.beats_on("the scheduler turns again").await;

    let mut elsewhere = AnyConnection::connect(&house.url).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut elsewhere).await.unwrap();
    house.falls_silent("the store cannot be written", 2).await;
    sqlx::query("ROLLBACK").execute(&mut elsewhere).await.unwrap();
    elsewhere.close().await.unwrap();
    house.beats_on("the store can be written again").await;

    // Its first attempt fails; the next comes after 5 s, and more than 2 s no alert may wait.
    let mut write = house.store.write().await.unwrap();
    let row = OutboxRow::new("ops", "test", None, "{}".to_owned(), Utc::now());
    write.put_outbox(&row).await.unwrap();
    write.commit().await.unwrap();
    house.falls_silent("an alert waits", 4).await;
    house.beats_on("it is delivered").await;

    house.stop.send(true).unwrap();
    tokio::time::timeout(PATIENCE, house.daemon).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_beat_that_is_not_heard_is_counted_and_its_address_is_not_followed_elsewhere() {
    let elsewhere = Receiver::start(|_, _| Reply::status(200)).await;
    let to = elsewhere.url("/");
    let heart =
        Receiver::start(move |_, _| Reply::full(302, &format!("Location: {to}\r\n"), "")).await;
    let house = House::beating(&heart.url("/ping"), &elsewhere.url("/")).await;
    house.until("it fails", |beats| beats.failed.value() > 1).await;
    assert_eq!((house.beats.heard.value(), house.beats.last()), (0, None));
    assert_eq!(elsewhere.seen().len(), 0);
}
