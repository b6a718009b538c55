//! Will the authority that issued what a host shows be allowed to issue it again?

use std::collections::BTreeMap;

use super::{CaaCode, CaaFacts, Host, Issued, Relevant, catalogue};
use crate::kernel::{CASE, Code, Judgement, Name, Raised, Severity};
use crate::records::caa::{Caa, allowed};

pub fn judge(facts: &CaaFacts) -> Judgement {
    if facts.hosts.is_empty() {
        return Judgement::nothing_to_ask("no-host");
    }
    // Hosts of one zone share its set: what is wrong with it is said once.
    let mut of_sets: BTreeMap<&Name, Raised> = BTreeMap::new();
    let mut of_hosts = Vec::new();
    for host in &facts.hosts {
        match &host.relevant {
            Relevant::Set { at, records } => {
                if let Some(raised) = unknown_critical(at, records) {
                    of_sets.insert(at, raised);
                } else if let Some(raised) = excluded(host, at, records) {
                    Raised::push_new(&mut of_hosts, raised);
                }
            }
            Relevant::Broken { at, signed } => {
                of_sets.insert(at, broken(at, *signed));
            }
            Relevant::Unknown { at, reason } => {
                let raised = CaaCode::Unknown.on(at).with("reason", reason);
                let is_unseen = host.linked && host.certificates.is_empty();
                let raised = if is_unseen { raised.with(CASE, "certificate") } else { raised };
                of_sets.insert(at, raised.evidence("reason", reason));
            }
            Relevant::Nothing => {}
        }
    }
    of_sets.into_values().chain(of_hosts).collect::<Vec<_>>().into()
}

fn unknown_critical(at: &Name, records: &[Caa]) -> Option<Raised> {
    let unknown = records.iter().find(|record| record.is_unknown_critical())?;
    let raised = CaaCode::UnknownCritical.on(at).with("tag", &unknown.tag);
    Some(raised.evidence("records", records))
}

/// RFC 8659 §3 and CA/B BR §3.2.2.8: in a signed zone a failed look-up forbids to issue.
fn broken(at: &Name, signed: bool) -> Raised {
    let raised = CaaCode::LookupBroken.on(at).evidence("signed", signed);
    if signed { raised.severity(Severity::Error) } else { raised }
}

fn excluded(host: &Host, at: &Name, records: &[Caa]) -> Option<Raised> {
    let outside = |issued: &&Issued| {
        let names = catalogue::names_of(&issued.issuer);
        match allowed(records, issued.wildcard) {
            None => false,
            Some(allowed) if allowed.is_empty() => true,
            // Of an authority that is not known it cannot be told whether it is one of them.
            Some(allowed) => {
                !names.is_empty() && !allowed.iter().any(|allowed| names.contains(allowed))
            }
        }
    };
    let issued = host.certificates.iter().find(outside)?;
    let raised = CaaCode::IssuerExcluded
        .on(&host.name)
        .with("issuer", &issued.issuer)
        .with("at", at)
        .evidence("issuer", &issued.issuer)
        .evidence("at", at)
        .evidence("records", records);
    let raised = if host.linked { raised.with(CASE, "linked") } else { raised };
    // The names that would allow it, where the authority is known.
    Some(raised.evidence("names", catalogue::names_of(&issued.issuer)))
}
