//! One audit of one domain, live or from evidence: the outcomes now, and those after an overlay.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::future::{Either, join, select};
use tokio::time::Instant;

use vigie_checks::kernel::{Clock, Net, Outcome, Past, Tape, Target, Vantage};

use super::ahead::ask_ahead;
use super::{Looking, Plugins, Selection, observe, past};
use crate::net::{
    Ahead, Allowance, Deadline, FixedClock, Freshness, Guard, Memo, Memoised, Overlay,
    OverlayLayer, Recorder, Replay,
};
use crate::plugin::{Programs, Sight};

/// What was seen of one domain.
#[derive(Clone, Debug)]
pub struct DomainAudit {
    pub target: Target,
    /// What the checks had seen before; empty for an audit without a history.
    pub past: Arc<BTreeMap<String, Past>>,
    pub started_at: DateTime<Utc>,
    pub duration_ms: u64,
    pub outcomes: Vec<Outcome>,
    /// The outcomes with the overlay laid over.
    pub what_if: Option<Vec<Outcome>>,
    /// How many exchanges there were.
    pub exchanges: usize,
    /// The exchanges, where the auditor keeps them.
    pub tape: Tape,
    /// What was seen of the plugins.
    pub plugins: BTreeMap<String, Sight>,
}

/// What the domains of one audit share.
#[derive(Clone)]
pub struct Auditor {
    pub memo: Arc<Memo>,
    /// What of that memory is good enough.
    pub freshness: Freshness,
    pub vantage: Arc<Vantage>,
    pub selection: Selection,
    pub plugins: Arc<Programs>,
    pub overlay: Option<String>,
    pub own_networks: Vec<ipnet::IpNet>,
    pub allow_private: bool,
    /// The most that one domain may take.
    pub timeout: Duration,
    /// Whether the exchanges are kept, to be judged again.
    pub keeps_tape: bool,
}

impl Auditor {
    /// Audits one domain over live sockets.
    ///
    /// # Errors
    /// The overlay cannot be read.
    pub async fn audit(
        &self,
        target: Target,
        past: BTreeMap<String, Past>,
    ) -> Result<DomainAudit, crate::net::OverlayError> {
        let started_at = Utc::now();
        let begun = Instant::now();
        let past = Arc::new(past);
        let shared = Memoised::new(Arc::clone(&self.memo), self.freshness);
        let ahead = Arc::new(Ahead::new(shared));
        let guarded = Guard::new(Arc::clone(&ahead), self.own_networks.clone(), self.allow_private);
        let in_time = Deadline::new(guarded, begun + self.timeout);
        let recorder = Recorder::new(Allowance::new(in_time), self.keeps_tape);
        let until = Some(begun + self.timeout);
        let plugins = Plugins::Run { programs: Arc::clone(&self.plugins), until };
        let looking = join(
            look(
                &target,
                &self.selection,
                &self.vantage,
                self.overlay.as_deref(),
                recorder.clone(),
                Arc::clone(&past),
                started_at,
            ),
            plugins.consult(&target, &self.selection, started_at),
        );
        let asking = ask_ahead(&ahead, &target.domain, &self.selection);
        // Nobody waits for what is asked ahead.
        let (seen, plugins) = match select(pin!(looking), pin!(asking)).await {
            Either::Left((seen, _)) => seen,
            Either::Right(((), looking)) => looking.await,
        };
        let (outcomes, what_if, plugins) = beside(seen?, plugins);
        let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(DomainAudit {
            target,
            past,
            started_at,
            duration_ms,
            outcomes,
            what_if,
            exchanges: recorder.exchanges(),
            tape: recorder.tape(),
            plugins,
        })
    }
}

/// What was recorded of one domain.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    pub tape: Tape,
    /// What the checks had seen before.
    pub past: BTreeMap<String, Past>,
    /// What was seen of the plugins.
    pub plugins: BTreeMap<String, Sight>,
}

/// Judges a tape again, at the time it was recorded.
///
/// # Errors
/// The overlay cannot be read.
pub async fn audit_tape(
    target: Target,
    selection: &Selection,
    vantage: &Arc<Vantage>,
    overlay: Option<&str>,
    recorded: Recorded,
    started_at: DateTime<Utc>,
) -> Result<DomainAudit, crate::net::OverlayError> {
    let Recorded { tape, past, plugins } = recorded;
    let net: Arc<dyn Net> = Recorder::new(Arc::new(Replay::of(&tape)) as Arc<dyn Net>, false);
    let past = Arc::new(past);
    let before = Arc::clone(&past);
    let seen = look(&target, selection, vantage, overlay, net, before, started_at).await?;
    let plugins = Plugins::Recorded(plugins).consult(&target, selection, started_at).await;
    let (outcomes, what_if, plugins) = beside(seen, plugins);
    let exchanges = tape.entries.len();
    let duration_ms = 0;
    Ok(DomainAudit {
        target,
        past,
        started_at,
        duration_ms,
        outcomes,
        what_if,
        exchanges,
        tape,
        plugins,
    })
}

type Outcomes = (Vec<Outcome>, Option<Vec<Outcome>>);

/// Puts what plugins say beside the checks, now and after the overlay, which they do not see.
fn beside(
    (mut outcomes, mut what_if): Outcomes,
    plugins: Vec<(Outcome, Sight)>,
) -> (Vec<Outcome>, Option<Vec<Outcome>>, BTreeMap<String, Sight>) {
    let mut sights = BTreeMap::new();
    for (outcome, sight) in plugins {
        sights.insert(outcome.check.clone(), sight);
        if let Some(after) = &mut what_if {
            after.push(outcome.clone());
        }
        outcomes.push(outcome);
    }
    (outcomes, what_if, sights)
}

async fn look(
    target: &Target,
    selection: &Selection,
    vantage: &Arc<Vantage>,
    overlay: Option<&str>,
    net: Arc<dyn Net>,
    past: Arc<BTreeMap<String, Past>>,
    now: DateTime<Utc>,
) -> Result<Outcomes, crate::net::OverlayError> {
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(now));
    let looking = |net: Arc<dyn Net>| Looking {
        net,
        clock: Arc::clone(&clock),
        vantage: Arc::clone(vantage),
        past: Arc::clone(&past),
        now,
    };
    let overlay = overlay.map(|text| Overlay::parse(text, &target.domain)).transpose()?;
    let mut outcomes = observe(target, selection, &looking(Arc::clone(&net))).await;
    past::tell(&mut outcomes, target, vantage);
    let what_if = match overlay {
        None => None,
        Some(overlay) => {
            let after = looking(Arc::new(OverlayLayer::new(net, overlay)));
            let mut after = observe(target, selection, &after).await;
            past::tell(&mut after, target, vantage);
            Some(after)
        }
    };
    Ok((outcomes, what_if))
}
