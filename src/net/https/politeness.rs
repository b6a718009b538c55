//! How often may a host be asked? A few requests at a time, and not before it wants to be asked again
//! (RFC 9110 §10.2.3, RFC 6585 §4, RFC 7480 §5.5).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use vigie_checks::kernel::{HttpsEnd, Name};

/// Requests to one host at a time.
const AT_A_TIME: usize = 2;

/// The longest that a host may keep us away: it cannot blind us for good.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// Hosts from which on those that are idle are dropped.
const FIRST_SWEEP: usize = 1_000;

/// What is known of the manners that hosts ask for.
#[derive(Clone, Debug, Default)]
pub(super) struct Politeness {
    hosts: Arc<Mutex<HashMap<Name, Host>>>,
}

#[derive(Clone, Debug)]
struct Host {
    turns: Arc<Semaphore>,
    not_before: Option<Instant>,
}

impl Host {
    fn is_idle(&self, now: Instant) -> bool {
        Arc::strong_count(&self.turns) == 1 && self.not_before.is_none_or(|until| until <= now)
    }
}

impl Politeness {
    /// Waits for a turn; nothing if the host does not want to be asked yet.
    pub(super) async fn turn(&self, host: &Name) -> Option<OwnedSemaphorePermit> {
        let turns = {
            let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            if hosts.len() >= FIRST_SWEEP {
                hosts.retain(|_, host| !host.is_idle(now));
            }
            let new = || Host { turns: Arc::new(Semaphore::new(AT_A_TIME)), not_before: None };
            let host = hosts.entry(host.clone()).or_insert_with(new);
            if host.not_before.is_some_and(|until| until > now) {
                return None;
            }
            Arc::clone(&host.turns)
        };
        turns.acquire_owned().await.ok()
    }

    /// Notes when the host wants to be asked again.
    pub(super) fn learn(&self, host: &Name, end: &HttpsEnd) {
        let HttpsEnd::Page(page) = end else { return };
        if !matches!(page.status, 429 | 503) {
            return;
        }
        let Some(wait) = page.retry_after.as_deref().and_then(wait) else { return };
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = hosts.get_mut(host) {
            host.not_before = Some(Instant::now() + wait.min(LONGEST));
        }
    }
}

/// Seconds, or a date.
fn wait(retry_after: &str) -> Option<Duration> {
    match retry_after.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => {
            let date = httpdate::parse_http_date(retry_after).ok()?;
            date.duration_since(SystemTime::now()).ok()
        }
    }
}

#[cfg(test)]
mod tests;
