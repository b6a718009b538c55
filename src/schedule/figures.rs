//! What does the loop count of itself?

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::metrics::{Counter, Histogram};

/// Seconds from the moment that something is due to the one that it runs.
const LATE: &[f64] = &[0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0];

/// Seconds that a run takes.
const LONG: &[f64] = &[0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 600.0];

/// How the loop does.
#[derive(Debug)]
pub struct Figures {
    /// How late each check ran.
    pub lag: Histogram,
    /// How long each run took, of one domain or probe.
    pub took: Histogram,
    /// Runs that ended, and those that panicked.
    pub ended: Counter,
    pub panicked: Counter,
    waiting: AtomicUsize,
    running: AtomicUsize,
}

impl Default for Figures {
    fn default() -> Self {
        Self {
            lag: Histogram::new(LATE),
            took: Histogram::new(LONG),
            ended: Counter::default(),
            panicked: Counter::default(),
            waiting: AtomicUsize::new(0),
            running: AtomicUsize::new(0),
        }
    }
}

impl Figures {
    /// Runs that are due and wait for room.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Runs under way.
    pub fn running(&self) -> usize {
        self.running.load(Ordering::Relaxed)
    }

    pub(super) fn stand(&self, waiting: usize, running: usize) {
        self.waiting.store(waiting, Ordering::Relaxed);
        self.running.store(running, Ordering::Relaxed);
    }
}
