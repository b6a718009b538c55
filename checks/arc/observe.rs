//! The seals that test sends arrived with, and a question for the key of each.

use std::collections::BTreeSet;

use futures::future::join_all;

use super::{ArcFacts, SealSeen};
use crate::kernel::{View, texts};
use crate::probe::{Probe, ProbeFacts, Seal, SeedEnd};

/// RFC 8617 §4.2.1: a chain has at most fifty.
const MOST_SEALS: usize = 50;

pub async fn observe(view: &View<'_>) -> ArcFacts {
    // An audit sends nothing and judges what the domain's last test sends brought.
    let earlier = view.target.past_sends.iter();
    let earlier = earlier.filter_map(|past| past.facts.read().ok());
    let now = view.target.probe.as_ref().and(view.needs.facts::<Probe>().cloned());
    let sends: Vec<ProbeFacts> = earlier.chain(now).collect();
    let seals: BTreeSet<Seal> = sends.iter().flat_map(|send| &send.seeds).flat_map(seals).collect();
    let asked = seals.into_iter().take(MOST_SEALS).map(|seal| async {
        let name = seal.domain.child("_domainkey").child(&seal.selector);
        let key = texts(view.net, &name).await;
        SealSeen { seal, key: key.map(|records| !records.is_empty()) }
    });
    ArcFacts { sent: !sends.is_empty(), seals: join_all(asked).await }
}

fn seals(seed: &crate::probe::SeedFacts) -> Vec<Seal> {
    match &seed.end {
        SeedEnd::Arrived(arrival) => arrival.seals.clone(),
        _ => Vec::new(),
    }
}
