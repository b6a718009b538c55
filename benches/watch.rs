//! The two programs that `benches/watch.sh` measures with: a world that counts what each host has to
//! bear, and a daemon whose clock hastens. Judges nothing.

use std::collections::HashMap;
use std::env;
use std::hash::Hash;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context as _;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use vigie::config::Settings;
use vigie::watch::Watch;
use vigie_checks::kernel::{Clock, Lang};
use vigie_lab::Lab;
use vigie_lab::dns::{At, LogEntry};
use vigie_scenario::Scenario;

/// That of the program: the daemon's memory is measured.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Shorter than the lab's journals take to be full at what one machine asks.
const READING: Duration = Duration::from_millis(50);

/// What is longer between two ticks is a time in which the process was stopped.
const STOPPED: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(100);
const SHORTEST: Duration = Duration::from_millis(1);

/// While more runs than these wait for room, the daemon's time stands still: each look is made that is
/// due in it.
const MOST_WAITING: usize = 100;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // `cargo test --benches` runs it without being asked for figures.
    match env::var("VIGIE_BENCH_ROLE").as_deref() {
        Ok("world") => world().await,
        Ok("daemon") => daemon().await,
        _ => {
            println!("run benches/watch.sh");
            Ok(())
        }
    }
}

/// Plays `WORLD`, writes the `[network]` that reaches it to `NETWORK`, and says at SIGTERM which host
/// bore most.
async fn world() -> anyhow::Result<()> {
    let scenario = Scenario::load(Path::new(&env::var("WORLD")?))?;
    let lab = Lab::start(&scenario).await?;
    let network = env::var("NETWORK")?;
    let root = format!("{network}.pem");
    std::fs::write(&root, lab.ca_pem())?;
    let (resolver, proxy) = (lab.resolver().to_string(), lab.proxy());
    let networks = lab.own_networks();
    let text = format!(
        "[network]\nresolver = [{resolver:?}]\nproxy = {proxy:?}\nca = [{root:?}]\n\
         own_networks = {networks:?}\n"
    );
    std::fs::write(&network, text)?;
    let mut terminated = signal(SignalKind::terminate())?;
    let mut load = Load::default();
    let mut reading = interval(READING);
    reading.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = reading.tick() => load.read(&lab),
            _ = terminated.recv() => break,
        }
    }
    load.read(&lab);
    println!("{load}");
    Ok(())
}

/// What was asked of each host, and of the resolver.
#[derive(Default)]
struct Load {
    connections: Counted<SocketAddr>,
    questions: Counted<SocketAddr>,
    resolver: Resolver,
}

/// How often each was asked for, in all and in its busiest second.
struct Counted<K> {
    read_until: SystemTime,
    all: HashMap<K, u64>,
    in_second: HashMap<(K, u64), u64>,
    /// The journal held nothing that was read already: something may have been forgotten.
    gaps: u64,
}

impl<K> Default for Counted<K> {
    fn default() -> Self {
        Self {
            read_until: SystemTime::UNIX_EPOCH,
            all: HashMap::new(),
            in_second: HashMap::new(),
            gaps: 0,
        }
    }
}

impl<K: Copy + Eq + Hash> Counted<K> {
    /// Takes in the entries of a journal, oldest first, that were not read before.
    fn read(&mut self, journal: &[(SystemTime, K)]) {
        let fresh = journal.partition_point(|(time, _)| *time <= self.read_until);
        if fresh == 0 && !journal.is_empty() && !self.all.is_empty() {
            self.gaps += 1;
        }
        for (time, host) in &journal[fresh..] {
            let second = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
            *self.all.entry(*host).or_default() += 1;
            *self.in_second.entry((*host, second)).or_default() += 1;
            self.read_until = *time;
        }
    }

    fn most(&self) -> (u64, u64, u64) {
        let sum = self.all.values().sum();
        let one = self.all.values().max().copied().unwrap_or_default();
        let second = self.in_second.values().max().copied().unwrap_or_default();
        (sum, one, second)
    }
}

/// Questions to the resolver: in all, and in the busiest reading scaled to a second.
#[derive(Default)]
struct Resolver {
    asked: u64,
    since: Option<SystemTime>,
    before: u64,
    busiest: f64,
}

impl Resolver {
    fn read(&mut self, asked: u64) {
        self.asked = asked;
        let now = SystemTime::now();
        let since = *self.since.get_or_insert(now);
        let passed = now.duration_since(since).unwrap_or_default();
        if passed >= Duration::from_secs(1) {
            #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
            let rate = (asked - self.before) as f64 / passed.as_secs_f64();
            self.busiest = self.busiest.max(rate);
            (self.since, self.before) = (Some(now), asked);
        }
    }
}

impl Load {
    fn read(&mut self, lab: &Lab) {
        let connections = lab.front().connections();
        let asked: Vec<_> = connections.iter().map(|one| (one.time, one.target)).collect();
        self.connections.read(&asked);
        let questions = lab.front().questions();
        let asked: Vec<_> = questions
            .iter()
            .filter_map(|one| Some((one.time, SocketAddr::new(server_of(one)?, 53))))
            .collect();
        self.questions.read(&asked);
        self.resolver.read(lab.dns().queries());
    }
}

fn server_of(question: &LogEntry) -> Option<IpAddr> {
    match question.asked.at {
        At::Server(address) => Some(address),
        At::Resolver => None,
    }
}

impl std::fmt::Display for Load {
    fn fmt(&self, text: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (sum, one, second) = self.connections.most();
        writeln!(
            text,
            "connections: {sum}; most to one host and port {one}, most in one second {second}"
        )?;
        let (sum, one, second) = self.questions.most();
        writeln!(
            text,
            "questions to zones' own servers: {sum}; most to one {one}, most in one second {second}"
        )?;
        write!(
            text,
            "questions to the resolver: {}; busiest second {:.0}; readings that may have missed some: {}",
            self.resolver.asked,
            self.resolver.busiest,
            self.connections.gaps + self.questions.gaps
        )
    }
}

/// Watches what `CONFIG` says until SIGTERM, at most `HASTE` times faster than the world's time. Goes on
/// from the moment that `MOMENT` holds, if that file is there, and notes there how far it came.
async fn daemon() -> anyhow::Result<()> {
    let haste: i32 = env::var("HASTE")?.parse().context("HASTE")?;
    let moment = env::var("MOMENT")?;
    let begun = match std::fs::read_to_string(&moment) {
        Ok(noted) => noted.trim().parse().context("MOMENT")?,
        Err(error) if error.kind() == ErrorKind::NotFound => Utc::now(),
        Err(error) => return Err(error).context("MOMENT"),
    };
    // Whole, or as it was.
    let note = move |now: DateTime<Utc>| {
        let fresh = format!("{moment}.new");
        std::fs::write(&fresh, now.to_rfc3339()).and_then(|()| std::fs::rename(&fresh, &moment))
    };
    let (settings, _) = Settings::load(Some(Path::new(&env::var("CONFIG")?)))?;
    let listener = TcpListener::bind(settings.web.listen).await?;
    let clock = Arc::new(Hastened::new(begun, haste));
    let daemon =
        Watch::open_by(settings, Lang::En, listener, Arc::<Hastened>::clone(&clock)).await?;
    let (ticking, scheduler) = (Arc::clone(&clock), daemon.scheduler.clone());
    let noting = note.clone();
    let ticks = tokio::spawn(async move {
        let mut ticks = interval(TICK);
        loop {
            ticks.tick().await;
            ticking.pause(scheduler.figures().waiting() > MOST_WAITING);
            // A note that cannot be written is written a tick later.
            let _ = noting(ticking.now());
        }
    });
    let (tell, stop) = watch::channel(false);
    let mut terminated = signal(SignalKind::terminate())?;
    let asked = async move {
        terminated.recv().await;
        // Nobody listens only when the daemon has ended already.
        let _ = tell.send(true);
    };
    tokio::join!(daemon.run(None, stop), asked);
    ticks.abort();
    note(clock.now())?;
    println!("{} simulated", (clock.now() - clock.begun).num_minutes());
    Ok(())
}

/// A clock that runs so many times faster from its beginning on, and stands still while it is paused and
/// while the process is stopped: a long measurement can make room for another.
struct Hastened {
    begun: DateTime<Utc>,
    haste: i32,
    passed: Mutex<Passed>,
}

/// What has passed for the daemon, up to a moment of the world.
struct Passed {
    simulated: TimeDelta,
    until: Instant,
    paused: bool,
}

impl Hastened {
    fn new(begun: DateTime<Utc>, haste: i32) -> Self {
        let passed = Passed { simulated: TimeDelta::zero(), until: Instant::now(), paused: false };
        Self { begun, haste, passed: Mutex::new(passed) }
    }

    fn pause(&self, paused: bool) {
        self.pass().paused = paused;
    }

    /// Lets the time pass that the world's has passed since it was last asked for.
    fn pass(&self) -> MutexGuard<'_, Passed> {
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        let real = passed.until.elapsed().min(STOPPED);
        passed.until = Instant::now();
        if !passed.paused {
            passed.simulated += TimeDelta::from_std(real).unwrap_or_default() * self.haste;
        }
        passed
    }
}

#[async_trait]
impl Clock for Hastened {
    fn now(&self) -> DateTime<Utc> {
        self.begun + self.pass().simulated
    }

    async fn sleep_until(&self, when: DateTime<Utc>) {
        loop {
            let left = (when - self.now()).to_std().unwrap_or_default();
            if left.is_zero() {
                return;
            }
            // Nobody knows how long a pause takes.
            tokio::time::sleep((left / self.haste.unsigned_abs()).clamp(SHORTEST, TICK)).await;
        }
    }
}
