//! One test send: a message to every seed of a probe, each followed to its mailbox.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use vigie_checks::kernel::{Clock, ProbeSpec, Target, Vantage};

use super::{DomainAudit, Looking, Selection, observe};
use crate::net::{Allowance, Deadline, Freshness, Guard, Memo, Memoised, Recorder};

/// What an exchange that is under way when the time is up may still take.
const LAST_EXCHANGE: Duration = Duration::from_secs(30);

/// What test sends share.
#[derive(Clone)]
pub struct Sender {
    pub memo: Arc<Memo>,
    pub vantage: Arc<Vantage>,
    pub clock: Arc<dyn Clock>,
    pub own_networks: Vec<ipnet::IpNet>,
    pub allow_private: bool,
}

impl Sender {
    /// The checks of a test send: `probe`, and `arc`, which judges what it brought.
    pub fn selection() -> Selection {
        Selection::of(&["probe".to_owned(), "arc".to_owned()], &[]).expect("both are checks")
    }

    /// Sends the messages of the target's probe and follows them, at most four times as long as
    /// each may take, or as the probe says.
    pub async fn send(&self, target: Target) -> DomainAudit {
        let started_at = self.clock.now();
        let begun = Instant::now();
        let most = target.probe.as_ref().map_or(LAST_EXCHANGE, longest);
        let shared = Memoised::new(Arc::clone(&self.memo), Freshness::Kept);
        let guarded = Guard::new(shared, self.own_networks.clone(), self.allow_private);
        let recorder = Recorder::new(Allowance::new(Deadline::new(guarded, begun + most)), true);
        let looking = Looking {
            net: recorder.clone(),
            clock: Arc::clone(&self.clock),
            vantage: Arc::clone(&self.vantage),
            past: Arc::default(),
            now: started_at,
        };
        let outcomes = observe(&target, &Self::selection(), &looking).await;
        let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        DomainAudit {
            target,
            past: Arc::default(),
            started_at,
            duration_ms,
            outcomes,
            what_if: None,
            exchanges: recorder.exchanges(),
            tape: recorder.tape(),
            plugins: BTreeMap::new(),
        }
    }
}

/// How long a test send may take at the most.
fn longest(probe: &ProbeSpec) -> Duration {
    let followed = Duration::from_millis(probe.deliver_within_ms).saturating_mul(4);
    match probe.most_ms.map(Duration::from_millis) {
        Some(most) if most < followed => most,
        _ => followed.saturating_add(LAST_EXCHANGE),
    }
}
