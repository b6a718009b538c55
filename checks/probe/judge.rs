//! Which messages did not arrive as they should? One finding per cause and receiver.

use std::collections::BTreeMap;

use super::ProbeCode;
use super::facts::{ProbeFacts, SeedEnd, SeedFacts};
use crate::kernel::{Code, ProbeSpec, Raised, Severity};

/// Addresses listed in the evidence of one finding.
const LISTED: usize = 20;

pub fn judge(facts: &ProbeFacts, probe: &ProbeSpec) -> Vec<Raised> {
    let mut causes: BTreeMap<(ProbeCode, String), Vec<&SeedFacts>> = BTreeMap::new();
    for seed in &facts.seeds {
        for (code, subject) in faults(seed, probe) {
            causes.entry((code, subject)).or_default().push(seed);
        }
    }
    let raise = |((code, subject), seeds): ((ProbeCode, String), Vec<&SeedFacts>)| {
        let first = *seeds.first()?;
        Some(raised(code, &subject, first, &seeds, probe))
    };
    causes.into_iter().filter_map(raise).collect()
}

/// What is wrong with one message, each with the subject that it is told under.
fn faults(seed: &SeedFacts, probe: &ProbeSpec) -> Vec<(ProbeCode, String)> {
    let receiver =
        seed.address.rsplit_once('@').map_or(seed.address.as_str(), |(_, domain)| domain);
    let to = |whom: &str| format!("{} → {whom}", probe.name);
    match &seed.end {
        SeedEnd::Unsubmitted { .. } => vec![(ProbeCode::SubmitUnreachable, probe.name.clone())],
        // An address that does not exist says nothing of the receiver (RFC 3463 §3.2).
        SeedEnd::Refused { reply, .. } if is_unknown_address(reply) => {
            vec![(ProbeCode::Refused, to(&seed.address))]
        }
        SeedEnd::Refused { .. } => vec![(ProbeCode::Refused, to(receiver))],
        SeedEnd::Deferred { .. } => vec![(ProbeCode::Deferred, to(receiver))],
        SeedEnd::Missing => vec![(ProbeCode::NotArrived, to(receiver))],
        SeedEnd::Unknown { .. } => vec![(ProbeCode::MailboxUnreachable, to(receiver))],
        SeedEnd::Arrived { junk, late, verdicts, .. } => {
            let refused = verdicts.as_ref().is_some_and(|verdicts| !verdicts.authenticated);
            let said = [
                (*junk, ProbeCode::InSpam),
                (*late, ProbeCode::Late),
                (refused, ProbeCode::NotAuthenticated),
            ];
            said.into_iter()
                .filter(|(is_so, _)| *is_so)
                .map(|(_, code)| (code, to(receiver)))
                .collect()
        }
    }
}

/// RFC 3463 §3.2: the mailbox does not exist.
fn is_unknown_address(reply: &str) -> bool {
    reply.contains(" 5.1.1 ")
}

fn raised(
    code: ProbeCode,
    subject: &str,
    first: &SeedFacts,
    seeds: &[&SeedFacts],
    probe: &ProbeSpec,
) -> Raised {
    let addresses: Vec<&str> =
        seeds.iter().take(LISTED).map(|seed| seed.address.as_str()).collect();
    let whom = subject.rsplit(" → ").next().unwrap_or(subject);
    let raised = code
        .on(subject)
        .with("probe", &probe.name)
        .with("receiver", whom)
        .with("count", seeds.len())
        .evidence("addresses", addresses)
        .evidence("end", &first.end);
    match &first.end {
        SeedEnd::Refused { reply, stage, .. } => {
            let raised =
                raised.with("reply", reply).evidence("reply", reply).evidence("stage", stage);
            // An address that does not exist is a slip in the list of seeds, and loses no other mail.
            if is_unknown_address(reply) { raised.severity(Severity::Warning) } else { raised }
        }
        SeedEnd::Deferred { reply, .. } => raised.with("reply", reply).evidence("reply", reply),
        SeedEnd::Unsubmitted { why } => raised.with("reply", why).evidence("reply", why),
        SeedEnd::Unknown { reason } => raised.with("reason", reason).evidence("reason", reason),
        SeedEnd::Arrived { folder, verdicts, .. } => {
            let words = verdicts.as_ref().map(|v| {
                let word =
                    |said: &Option<String>| said.clone().unwrap_or_else(|| "none".to_owned());
                format!("spf={} dkim={} dmarc={}", word(&v.spf), word(&v.dkim), word(&v.dmarc))
            });
            raised.with("folder", folder).with("verdicts", words.unwrap_or_default())
        }
        SeedEnd::Missing => raised,
    }
}
