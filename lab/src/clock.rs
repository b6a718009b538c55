//! What time is it in the lab? Real time, until somebody puts it forward: a message that takes ten
//! minutes is then played in none.

use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The clock of a lab's mail hosts and mailboxes; clones show the same time. Certificates and DNS
/// keep to real time.
#[derive(Debug, Clone, Default)]
pub struct LabClock {
    /// Microseconds ahead of real time.
    ahead: Arc<AtomicI64>,
}

impl LabClock {
    /// The lab's time.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.at(Utc::now())
    }

    /// The lab's time at a real moment.
    #[must_use]
    pub fn at(&self, real: DateTime<Utc>) -> DateTime<Utc> {
        real + TimeDelta::microseconds(self.ahead.load(Ordering::SeqCst))
    }

    /// Puts the clock forward, so that it shows `when` or later; it never goes back.
    pub fn put_forward(&self, when: DateTime<Utc>) {
        let ahead = (when - Utc::now()).num_microseconds().unwrap_or(0);
        self.ahead.fetch_max(ahead, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_put_forward_for_every_clone_and_never_back() {
        let clock = LabClock::default();
        let seen = clock.clone();
        let later = Utc::now() + TimeDelta::minutes(10);
        clock.put_forward(later);
        assert!(seen.now() >= later);
        clock.put_forward(later - TimeDelta::minutes(5));
        assert!(seen.now() >= later);
    }
}
