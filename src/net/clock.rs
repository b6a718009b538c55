//! Real time, and time that stands still.

use std::sync::Mutex;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use vigie_checks::kernel::Clock;

/// The system's clock.
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    async fn sleep_until(&self, when: DateTime<Utc>) {
        let left = (when - Utc::now()).to_std().unwrap_or_default();
        tokio::time::sleep(left).await;
    }
}

/// The time of a replay: it stands still, and jumps when somebody sleeps.
pub struct FixedClock(Mutex<DateTime<Utc>>);

impl FixedClock {
    pub fn at(now: DateTime<Utc>) -> Self {
        Self(Mutex::new(now))
    }
}

#[async_trait]
impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    async fn sleep_until(&self, when: DateTime<Utc>) {
        let mut now = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *now = when.max(*now);
    }
}
