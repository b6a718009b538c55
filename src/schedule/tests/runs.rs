//! The loop, under a clock that is moved by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinHandle;
use vigie_checks::kernel::{Clock, Name};

use super::super::{Again, Due, Key, Look, Queue, Runner, Scheduler, SchedulerHandle};
use super::{key, minutes, planned, queue, start};

struct HandClock(watch::Sender<DateTime<Utc>>);

impl HandClock {
    fn forward(&self, by: TimeDelta) {
        self.0.send_modify(|now| *now += by);
    }
}

#[async_trait]
impl Clock for HandClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.borrow()
    }

    async fn sleep_until(&self, when: DateTime<Utc>) {
        // The sender is this clock, which outlives its sleepers.
        let _ = self.0.subscribe().wait_for(|now| *now >= when).await;
    }
}

/// Tells of every run, and ends it when there is a permit.
struct Watched {
    started: mpsc::UnboundedSender<Vec<Due>>,
    permits: Arc<Semaphore>,
    ended: Arc<AtomicUsize>,
    again: Option<Again>,
}

#[async_trait]
impl Runner for Watched {
    async fn run(&self, due: Vec<Due>) -> Vec<Again> {
        let first_look = due.iter().all(|due| due.look == Look::Scheduled);
        let breaks = due.iter().any(|due| due.key.check == "breaks");
        self.started.send(due).expect("the test listens to the end");
        self.permits.acquire().await.expect("the semaphore stays open").forget();
        assert!(!breaks, "this run breaks");
        self.ended.fetch_add(1, Ordering::SeqCst);
        self.again.clone().filter(|_| first_look).into_iter().collect()
    }
}

struct Stage {
    clock: Arc<HandClock>,
    handle: SchedulerHandle,
    stop: watch::Sender<bool>,
    started: mpsc::UnboundedReceiver<Vec<Due>>,
    permits: Arc<Semaphore>,
    ended: Arc<AtomicUsize>,
    scheduler: JoinHandle<()>,
}

impl Stage {
    fn open(queue: Queue, concurrent: usize, again: Option<Again>) -> Self {
        let clock = Arc::new(HandClock(watch::Sender::new(start())));
        let (sender, started) = mpsc::unbounded_channel();
        let (permits, ended) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
        let runner = Watched {
            started: sender,
            permits: Arc::clone(&permits),
            ended: Arc::clone(&ended),
            again,
        };
        let scheduler = Scheduler::new(clock.clone(), Arc::new(runner), queue);
        let scheduler = scheduler.with_concurrent_runs(concurrent);
        let handle = scheduler.handle();
        let (stop, stopped) = watch::channel(false);
        let scheduler = tokio::spawn(scheduler.run(stopped));
        Self { clock, handle, stop, started, permits, ended, scheduler }
    }

    /// The keys of the next run to start.
    async fn next_run(&mut self) -> Vec<String> {
        let run = tokio::time::timeout(Duration::from_secs(20), self.started.recv()).await;
        let run = run.expect("a run starts in time").expect("the scheduler goes on");
        run.iter().map(|due| due.key.to_string()).collect()
    }

    async fn end(self) {
        self.stop.send(true).expect("the scheduler listens");
        let ended = tokio::time::timeout(Duration::from_secs(20), self.scheduler).await;
        ended.expect("the scheduler ends in time").expect("the scheduler does not panic");
    }

    /// Waits until the queue holds that the key comes again, so that its run is over.
    async fn over(&self, at: DateTime<Utc>) {
        let wait = async {
            while self.handle.with_queue(Queue::next_at) != Some(at) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), wait).await.expect("the run ends in time");
    }
}

fn hourly(keys: &[Key]) -> Queue {
    queue(keys.iter().map(|key| planned(key, "@hourly")).collect())
}

#[tokio::test]
async fn checks_of_one_domain_share_a_run_that_comes_again() {
    let keys = [key("example.com", "dkim"), key("example.com", "spf")];
    let mut stage = Stage::open(hourly(&keys), 8, None);
    assert_eq!(stage.next_run().await, ["example.com dkim", "example.com spf"]);
    stage.permits.add_permits(2);
    stage.over(start() + minutes(60)).await;
    stage.clock.forward(minutes(60));
    assert_eq!(stage.next_run().await, ["example.com dkim", "example.com spf"]);
    stage.end().await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_keeps_nothing_waiting() {
    let mut stage = Stage::open(hourly(&[key("a.example", "spf")]), 8, None);
    stage.next_run().await;
    stage.permits.add_permits(2);
    stage.over(start() + minutes(60)).await;
    stage.clock.forward(minutes(50));
    stage.handle.turns().await;
    stage.clock.forward(minutes(-45));
    // It is looked at within a minute; here at once.
    stage.handle.turns().await;
    assert!(stage.handle.works());
    assert_eq!(stage.next_run().await, ["a.example spf"], "an hour had nearly passed");
    stage.over(start() + minutes(60)).await;
    stage.end().await;
}

#[tokio::test]
async fn a_domain_runs_once_at_a_time_and_others_beside_it() {
    let mut stage =
        Stage::open(hourly(&[key("a.example", "spf"), key("b.example", "spf")]), 8, None);
    let mut first = [stage.next_run().await, stage.next_run().await].concat();
    first.sort();
    assert_eq!(first, ["a.example spf", "b.example spf"]);
    assert_eq!(stage.handle.run_now(&Name::new("a.example")), 1);
    tokio::task::yield_now().await;
    assert!(stage.started.try_recv().is_err(), "it runs already");
    stage.permits.add_permits(2);
    assert_eq!(stage.next_run().await, ["a.example spf"]);
    stage.permits.add_permits(1);
    stage.end().await;
}

#[tokio::test]
async fn no_more_run_at_once_than_there_is_room_for() {
    let mut stage =
        Stage::open(hourly(&[key("a.example", "spf"), key("b.example", "spf")]), 1, None);
    assert_eq!(stage.next_run().await, ["a.example spf"]);
    tokio::task::yield_now().await;
    assert!(stage.started.try_recv().is_err(), "there is room for one");
    stage.permits.add_permits(1);
    assert_eq!(stage.next_run().await, ["b.example spf"]);
    stage.permits.add_permits(1);
    stage.end().await;
}

#[tokio::test]
async fn plugins_that_hang_leave_room_for_checks_and_keep_none_of_their_domain_waiting() {
    let plugins = (10..50).map(|number| key("a.example", &format!("plugin-{number}")));
    let keys: Vec<Key> = plugins.chain([key("a.example", "spf")]).collect();
    let mut stage = Stage::open(hourly(&keys), 32, None);
    let mut started = Vec::new();
    for _ in 0..9 {
        started.extend(stage.next_run().await);
    }
    assert_eq!(started.pop().as_deref(), Some("a.example spf"), "plugins before it in turn wait");
    assert!(started.iter().all(|key| key.starts_with("a.example plugin-")), "{started:?}");
    tokio::task::yield_now().await;
    assert!(stage.started.try_recv().is_err(), "eight plugins run at once");
    stage.permits.add_permits(41);
    assert!(stage.next_run().await[0].starts_with("a.example plugin-"), "the next has its turn");
    stage.end().await;
}

#[tokio::test]
async fn a_run_that_panics_costs_only_itself() {
    let mut stage = Stage::open(hourly(&[key("a.example", "breaks")]), 1, None);
    stage.next_run().await;
    stage.permits.add_permits(1);
    stage.over(start() + minutes(60)).await;
    stage.clock.forward(minutes(60));
    assert_eq!(stage.next_run().await, ["a.example breaks"], "it is tried again");
    stage.permits.add_permits(1);
    stage.end().await;
}

#[tokio::test]
async fn a_second_look_is_taken_at_its_time() {
    let spf = key("a.example", "spf");
    let again = Again { key: spf.clone(), at: start() + minutes(1) };
    let mut stage = Stage::open(hourly(&[spf]), 1, Some(again));
    stage.next_run().await;
    stage.permits.add_permits(2);
    stage.over(start() + minutes(1)).await;
    stage.clock.forward(minutes(1));
    stage.next_run().await;
    stage.over(start() + minutes(60)).await;
    stage.end().await;
}

#[tokio::test]
async fn stopping_waits_for_what_is_in_flight_and_starts_nothing() {
    let mut stage =
        Stage::open(hourly(&[key("a.example", "spf"), key("b.example", "spf")]), 1, None);
    stage.next_run().await;
    let (permits, ended) = (Arc::clone(&stage.permits), Arc::clone(&stage.ended));
    stage.stop.send(true).expect("the scheduler listens");
    permits.add_permits(2);
    stage.end().await;
    assert_eq!(ended.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn stopping_ends_a_run_that_takes_too_long() {
    let mut stage = Stage::open(hourly(&[key("a.example", "spf")]), 1, None);
    stage.next_run().await;
    let (clock, ended) = (Arc::clone(&stage.clock), Arc::clone(&stage.ended));
    let mut end = std::pin::pin!(stage.end());
    // Time goes on until the 8 s that the scheduler counts from its own moment are over.
    loop {
        tokio::select! {
            () = &mut end => break,
            () = tokio::task::yield_now() => clock.forward(TimeDelta::seconds(1)),
        }
    }
    assert_eq!(ended.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn it_works_while_its_loop_looks_for_what_is_due() {
    let mut stage = Stage::open(hourly(&[key("a.example", "spf")]), 1, None);
    let handle = stage.handle.clone();
    assert!(!handle.works(), "it has not begun");
    stage.next_run().await;
    assert!(handle.works());
    // The loop has had no turn since: as if it stood still.
    stage.clock.forward(minutes(3));
    assert!(!handle.works());
    stage.permits.add_permits(1);
    stage.end().await;
    assert!(!handle.works(), "it has ended");
}
