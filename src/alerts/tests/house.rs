//! An outbox in a file, a clock moved by hand, and deliverers that run and end.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use sqlx::any::AnyPoolOptions;
use sqlx::{Any, Executor, Pool, Row};
use tempfile::TempDir;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use vigie_checks::kernel::{Clock, Lang};

use super::receiver::PATIENCE;
use crate::alerts::{ChannelSettings, Deliverer, Limits, Network, Outbox, SystemResolver, event};
use crate::config::Destination;
use crate::net::trust::Roots;
use crate::store::{OutboxRow, Store};

pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Time that moves by hand.
pub struct HandClock(watch::Sender<DateTime<Utc>>);

impl HandClock {
    pub fn at(now: DateTime<Utc>) -> Self {
        Self(watch::Sender::new(now))
    }

    pub fn set(&self, to: DateTime<Utc>) {
        self.0.send_replace(to);
    }

    pub fn advance(&self, by: TimeDelta) {
        self.0.send_modify(|now| *now += by);
    }
}

#[async_trait]
impl Clock for HandClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.borrow()
    }

    async fn sleep_until(&self, when: DateTime<Utc>) {
        self.0.subscribe().wait_for(|now| *now >= when).await.expect("the clock goes on");
    }
}

/// A message as the outbox has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub state: String,
    pub attempts: i64,
    /// Seconds from now.
    pub due_in: i64,
    pub last_status: Option<i64>,
    pub last_error: Option<String>,
    pub delivered: bool,
}

pub struct House {
    pub clock: Arc<HandClock>,
    pub pool: Pool<Any>,
    store: Store,
    pub limits: Limits,
    url: String,
    _directory: TempDir,
}

/// A deliverer at work.
pub struct AtWork {
    pub deliverer: Arc<Deliverer>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// What deliveries reach the world through.
pub fn network() -> Network {
    Network {
        roots: Roots::nobody(),
        own_networks: Vec::new(),
        resolver: Arc::new(SystemResolver),
        helo: "vigie.example.net".to_owned(),
    }
}

impl House {
    pub async fn new() -> Self {
        let directory = TempDir::new().expect("a temporary folder");
        let path = directory.path().join("vigie.db");
        let store =
            Store::open(&format!("sqlite://{}", path.display())).await.expect("a new store");
        let pool = store.writer().clone();
        let url = format!("sqlite:{}", path.display());
        let now = "2026-11-25T12:00:00Z".parse().expect("a time");
        let limits = Limits { attempt: Duration::from_secs(15), ..Limits::default() };
        Self {
            clock: Arc::new(HandClock::at(now)),
            pool,
            store,
            limits,
            url,
            _directory: directory,
        }
    }

    /// Another connection to the same file.
    pub async fn connect(&self) -> Pool<Any> {
        connect(&self.url).await
    }

    pub fn outbox(&self) -> Outbox {
        Outbox::new(self.store.clone())
    }

    /// Puts a message of an incident into the outbox, due now.
    pub async fn put(&self, channel: &str, incident: Option<&str>, sequence: i64, id: &str) {
        let now = self.clock.now().timestamp_micros();
        sqlx::query(
            "INSERT INTO outbox (id, incident_id, sequence, channel, event_type, body, state, \
             attempts, next_at, created_at) \
             VALUES ($1, $2, $3, $4, 'incident.opened', $5, 'pending', 0, $6, $6)",
        )
        .bind(id)
        .bind(incident)
        .bind(sequence)
        .bind(channel)
        .bind(body_of(id))
        .bind(now)
        .execute(&self.pool)
        .await
        .expect("a row");
    }

    /// Puts a whole event of no incident into the outbox, due now.
    pub async fn put_event(&self, channel: &str, id: &str) {
        let body = event::test(self.clock.now());
        let row = OutboxRow::new(channel, "test", None, body, self.clock.now());
        let row = OutboxRow { id: id.to_owned(), ..row };
        let mut write = self.store.write().await.expect("the store can be written");
        write.put_outbox(&row).await.expect("a row");
        write.commit().await.expect("the row stays");
    }

    /// Puts news that belong to no incident into the outbox, due now.
    pub async fn put_news(&self, channel: &str, event_type: &str) {
        let row = OutboxRow::new(channel, event_type, None, "{}".to_owned(), self.clock.now());
        let mut write = self.store.write().await.expect("the store can be written");
        write.put_outbox(&row).await.expect("a row");
        write.commit().await.expect("the row stays");
    }

    /// Puts messages into the outbox as they are.
    pub async fn put_rows(&self, rows: &[OutboxRow]) {
        let mut write = self.store.write().await.expect("the store can be written");
        for row in rows {
            write.put_outbox(row).await.expect("a row");
        }
        write.commit().await.expect("the rows stay");
    }

    pub async fn set_attempts(&self, id: &str, attempts: i64) {
        let update = "UPDATE outbox SET attempts = $1 WHERE id = $2";
        let done = sqlx::query(update).bind(attempts).bind(id).execute(&self.pool).await;
        assert_eq!(done.expect("an update").rows_affected(), 1);
    }

    pub async fn kept(&self, id: &str) -> Kept {
        let row = sqlx::query("SELECT * FROM outbox WHERE id = $1").bind(id);
        let row = row.fetch_one(&self.pool).await.expect("the row is there");
        let due = row.get::<i64, _>("next_at") - self.clock.now().timestamp_micros();
        Kept {
            state: row.get("state"),
            attempts: row.get("attempts"),
            due_in: due / 1_000_000,
            last_status: row.get("last_status"),
            last_error: row.get("last_error"),
            delivered: row.get::<Option<i64>, _>("delivered_at").is_some(),
        }
    }

    /// Waits until the message has been tried this often.
    pub async fn tried(&self, id: &str, attempts: i64) -> Kept {
        self.until(id, |kept| kept.attempts >= attempts).await
    }

    pub async fn delivered(&self, id: &str) -> Kept {
        self.until(id, |kept| kept.state == "delivered").await
    }

    pub async fn until(&self, id: &str, enough: impl Fn(&Kept) -> bool) -> Kept {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let kept = self.kept(id).await;
            if enough(&kept) {
                return kept;
            }
            assert!(Instant::now() < deadline, "{id} stays as it is: {kept:?}");
            sleep(Duration::from_millis(5)).await;
        }
    }

    pub fn deliverer(&self, channels: &[ChannelSettings]) -> Arc<Deliverer> {
        let deliverer = Deliverer::new(self.outbox(), self.clock.clone(), self.limits);
        deliverer.set_channels(channels, &network()).expect("channels that can be opened");
        Arc::new(deliverer)
    }

    pub fn run(&self, channels: &[ChannelSettings]) -> AtWork {
        let deliverer = self.deliverer(channels);
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn({
            let deliverer = deliverer.clone();
            async move {
                deliverer.run(async { stopped.await.unwrap_or(()) }).await;
            }
        });
        AtWork { deliverer, stop, task }
    }
}

impl AtWork {
    pub fn ring(&self) {
        self.deliverer.doorbell().ring();
    }

    /// Asks for the end and gives what waits for it.
    pub fn stop(self) -> JoinHandle<()> {
        self.stop.send(()).expect("it still runs");
        self.task
    }

    /// Ends it at once, as a crash does.
    pub async fn crash(self) {
        self.task.abort();
        assert!(self.task.await.expect_err("it was running").is_cancelled());
    }
}

pub async fn ended(task: JoinHandle<()>) {
    timeout(PATIENCE, task).await.expect("it ends").expect("it ends well");
}

/// A webhook that may reach loopback.
pub fn webhook(name: &str, url: &str) -> ChannelSettings {
    ChannelSettings {
        name: name.to_owned(),
        destination: Destination::Webhook {
            url: SecretString::from(url),
            secrets: vec![SecretString::from(SECRET)],
        },
        lang: Lang::En,
        zone: chrono_tz::Tz::UTC,
        allow_private: true,
        proxy: None,
    }
}

pub fn body_of(id: &str) -> String {
    format!(r#"{{"type":"incident.opened","data":{{"title":"é {id}"}}}}"#)
}

async fn connect(url: &str) -> Pool<Any> {
    let hook = "PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 20";
    AnyPoolOptions::new()
        .max_connections(1)
        .after_connect(move |connection, _| {
            Box::pin(async move { connection.execute(sqlx::raw_sql(hook)).await.map(drop) })
        })
        .connect(url)
        .await
        .expect("a database")
}
