//! The loop that runs what is due: many domains at once, one run per domain at a time. A run that
//! panics is logged and costs nothing but itself.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{Notify, watch};
use tokio::task::{Id, JoinError, JoinSet};
use tracing::{error, info, warn};
use vigie_checks::kernel::{Clock, Name};

use super::figures::Figures;
use super::key::{Due, Key, Lane};
use super::queue::Queue;

/// Runs in flight get this long to end when the daemon stops.
const GRACE: TimeDelta = TimeDelta::seconds(8);

/// The wall clock may be set while we sleep (a suspended machine, NTP), so it is looked at now and then.
const LONGEST_SLEEP: TimeDelta = TimeDelta::seconds(60);

/// A clock that is set right by less goes on as it went.
const SET_BACK: TimeDelta = TimeDelta::seconds(1);

/// How many domains are looked at at once.
const CONCURRENT_RUNS: usize = 32;

/// How many of these may be plugins: those that hang leave room for the rest.
const CONCURRENT_PLUGINS: usize = 8;

/// A second look that a run asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Again {
    pub key: Key,
    pub at: DateTime<Utc>,
}

/// Does the work of one run.
#[async_trait]
pub trait Runner: Send + Sync + 'static {
    /// Runs what is due of one domain, or of one probe. What should be looked at once more is said in return.
    async fn run(&self, due: Vec<Due>) -> Vec<Again>;
}

/// Runs what is due until it is told to stop.
pub struct Scheduler {
    clock: Arc<dyn Clock>,
    runner: Arc<dyn Runner>,
    handle: SchedulerHandle,
    concurrent: usize,
    /// What is due and waits for its turn.
    waiting: HashMap<Lane, Vec<Due>>,
    turns: VecDeque<Lane>,
    running: JoinSet<Vec<Again>>,
    /// What each task runs; a task that panicked cannot say it.
    tasks: HashMap<Id, Running>,
    busy: HashSet<Lane>,
}

/// What one task runs.
struct Running {
    lane: Lane,
    keys: Vec<Key>,
    since: Instant,
}

/// Reaches a scheduler from elsewhere: pages, the command line, a changed configuration.
#[derive(Clone)]
pub struct SchedulerHandle {
    queue: Arc<Mutex<Queue>>,
    changed: Arc<Notify>,
    clock: Arc<dyn Clock>,
    /// When the loop last looked for what is due; nothing before it runs.
    looked_at: Arc<watch::Sender<Option<DateTime<Utc>>>>,
    figures: Arc<Figures>,
}

impl SchedulerHandle {
    /// Whether the loop runs and looks for what is due as often as it should.
    pub fn works(&self) -> bool {
        let looked = *self.looked_at.borrow();
        looked.is_some_and(|at| self.clock.now() - at <= LONGEST_SLEEP * 2)
    }

    /// Wakes the loop and waits until it has looked for what is due; for ever while it does not run.
    pub async fn turns(&self) {
        let mut looked = self.looked_at.subscribe();
        self.changed.notify_one();
        while looked.changed().await.is_ok() && looked.borrow().is_none() {}
    }

    /// What the loop counts of itself.
    pub fn figures(&self) -> &Figures {
        &self.figures
    }

    /// By how much the clock was set back since the loop last looked; nothing if it was not.
    fn set_back(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        let by = (*self.looked_at.borrow())? - now;
        (by >= SET_BACK).then_some(by)
    }

    fn look(&self, at: Option<DateTime<Utc>>) {
        self.looked_at.send_replace(at);
    }

    /// Everything of a domain runs as soon as there is room. Says how many keys that are.
    pub fn run_now(&self, domain: &Name) -> usize {
        let now = self.clock.now();
        self.with_queue(|queue| queue.run_now(domain, now))
    }

    /// Changes the queue, such as after the configuration was read again.
    pub fn with_queue<T>(&self, change: impl FnOnce(&mut Queue) -> T) -> T {
        let changed = change(&mut self.queue());
        self.changed.notify_one();
        changed
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Every change of the queue is whole before anything in it can panic.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Scheduler {
    pub fn new(clock: Arc<dyn Clock>, runner: Arc<dyn Runner>, queue: Queue) -> Self {
        let handle = SchedulerHandle {
            queue: Arc::new(Mutex::new(queue)),
            changed: Arc::new(Notify::new()),
            clock: Arc::clone(&clock),
            looked_at: Arc::new(watch::Sender::new(None)),
            figures: Arc::default(),
        };
        Self {
            clock,
            runner,
            handle,
            concurrent: CONCURRENT_RUNS,
            waiting: HashMap::new(),
            turns: VecDeque::new(),
            running: JoinSet::new(),
            tasks: HashMap::new(),
            busy: HashSet::new(),
        }
    }

    /// The same with room for another number of runs, at least 1.
    #[must_use]
    pub fn with_concurrent_runs(mut self, runs: usize) -> Self {
        self.concurrent = runs.max(1);
        self
    }

    pub fn handle(&self) -> SchedulerHandle {
        self.handle.clone()
    }

    /// Runs until `stop` turns true or its sender is gone; then nothing new starts, and what is in
    /// flight has 8 s to end.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let wake_at = self.start_what_is_due();
            tokio::select! {
                told = stop.changed() => if told.is_err() { break },
                Some(ended) = self.running.join_next_with_id() => self.end(ended),
                () = self.handle.changed.notified() => {}
                () = self.clock.sleep_until(wake_at) => {}
            }
        }
        self.handle.look(None);
        self.wind_down().await;
    }

    /// Starts as many runs as there is room for, and says when to look again at the latest.
    fn start_what_is_due(&mut self) -> DateTime<Utc> {
        let now = self.clock.now();
        let set_back = self.handle.set_back(now);
        let (due, next) = {
            let mut queue = self.handle.queue();
            if let Some(by) = set_back {
                warn!(seconds = by.num_seconds(), "the clock was set back");
                queue.set_back(by, now);
            }
            (queue.due(now), queue.next_at())
        };
        self.handle.look(Some(now));
        due.into_iter().for_each(|due| self.wait(due));
        while self.running.len() < self.concurrent {
            let plugins = self.busy.iter().filter(|lane| lane.is_plugin).count();
            let has_room = |lane: &Lane| !lane.is_plugin || plugins < CONCURRENT_PLUGINS;
            let may_start = |lane: &Lane| has_room(lane) && !self.busy.contains(lane);
            let Some(at) = self.turns.iter().position(may_start) else { break };
            let Some(lane) = self.turns.remove(at) else { break };
            let due = self.waiting.remove(&lane).unwrap_or_default();
            self.start(lane, due, now);
        }
        self.handle.figures.stand(self.turns.len(), self.running.len());
        let latest = now + LONGEST_SLEEP;
        next.map_or(latest, |next| next.min(latest))
    }

    fn wait(&mut self, due: Due) {
        let lane = due.key.lane();
        let waiting = self.waiting.entry(lane.clone()).or_default();
        if waiting.is_empty() {
            self.turns.push_back(lane);
        }
        waiting.push(due);
    }

    fn start(&mut self, lane: Lane, due: Vec<Due>, now: DateTime<Utc>) {
        for due in &due {
            self.handle.figures.lag.observe((now - due.at).to_std().unwrap_or_default());
        }
        let keys = due.iter().map(|due| due.key.clone()).collect();
        let runner = Arc::clone(&self.runner);
        let task = self.running.spawn(async move { runner.run(due).await });
        self.busy.insert(lane.clone());
        self.tasks.insert(task.id(), Running { lane, keys, since: Instant::now() });
    }

    fn end(&mut self, ended: Result<(Id, Vec<Again>), JoinError>) {
        let figures = Arc::clone(&self.handle.figures);
        let (id, again) = match ended {
            Ok(ended) => {
                figures.ended.count();
                ended
            }
            Err(error) => {
                let domain = self.tasks.get(&error.id()).map(|run| run.lane.domain.as_str());
                figures.panicked.count();
                error!(domain, %error, "run failed");
                (error.id(), Vec::new())
            }
        };
        let Some(Running { lane, keys, since }) = self.tasks.remove(&id) else { return };
        figures.took.observe(since.elapsed());
        self.busy.remove(&lane);
        let now = self.clock.now();
        let mut queue = self.handle.queue();
        keys.iter().for_each(|key| queue.finished(key, now));
        for Again { key, at } in again {
            if !queue.look_again(&key, at) {
                warn!(%key, "no second look: it is no longer planned");
            }
        }
    }

    async fn wind_down(&mut self) {
        let until = self.clock.now() + GRACE;
        let clock = Arc::clone(&self.clock);
        let mut patience = clock.sleep_until(until);
        while !self.running.is_empty() {
            tokio::select! {
                Some(ended) = self.running.join_next_with_id() => self.end(ended),
                () = &mut patience => {
                    warn!(runs = self.running.len(), "runs did not end in time and were stopped");
                    return self.running.shutdown().await;
                }
            }
        }
        info!("every run has ended");
    }
}
