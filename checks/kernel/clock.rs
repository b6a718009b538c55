//! What time is it? The only clock a check may see; simulated time comes from another implementation.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

/// Time beside [`super::Net`]. A replay stands still at the recorded time; tests move it by hand.
#[async_trait]
pub trait Clock: Send + Sync {
    fn now(&self) -> DateTime<Utc>;
    async fn sleep_until(&self, when: DateTime<Utc>);
}
