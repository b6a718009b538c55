//! Which forwarders break the chain? One finding for each.

use std::collections::BTreeMap;

use super::{ArcCode, ArcFacts, SealSeen};
use crate::kernel::{Code, Judgement, Lookup, Name, Raised};

pub fn judge(facts: &ArcFacts) -> Judgement {
    if !facts.sent {
        return Judgement::nothing_to_ask("no-test-send");
    }
    let mut by_forwarder: BTreeMap<&Name, Vec<&SealSeen>> = BTreeMap::new();
    for seen in &facts.seals {
        by_forwarder.entry(&seen.seal.domain).or_default().push(seen);
    }
    by_forwarder
        .into_iter()
        .filter_map(|(domain, seals)| said(domain, &seals))
        .collect::<Vec<_>>()
        .into()
}

fn said(domain: &Name, seals: &[&SealSeen]) -> Option<Raised> {
    let cause = |seen: &&SealSeen| match &seen.key {
        // RFC 8617 §5.1.2: once a chain has failed, it stays so.
        _ if seen.seal.verdict == "fail" => Some("cv=fail"),
        Lookup::Absent { .. } | Lookup::Found(false) => Some("key"),
        Lookup::Found(true) | Lookup::Unknown { .. } => None,
    };
    if let Some((broken, cause)) = seals.iter().find_map(|seen| Some((seen, cause(seen)?))) {
        return Some(
            ArcCode::ChainBroken
                .on(domain)
                .with("cause", cause)
                .with("selector", &broken.seal.selector)
                .with("instance", broken.seal.instance)
                .evidence("seal", &broken.seal)
                .evidence("key", &broken.key),
        );
    }
    let reason = seals.iter().find_map(|seen| seen.key.reason())?;
    Some(ArcCode::Unknown.on(domain).with("reason", reason).evidence("reason", reason))
}
