//! What does the policy ask, is it worth asking, and do the mail hosts meet it?

use std::net::IpAddr;

use chrono::{DateTime, Utc};

use super::facts::{Delivery, MailHost, MtaStsFacts, PolicyText, Served};
use super::{MtaStsCode, past};
use crate::kernel::{Code, Context, Name, Raised, Severity};
use crate::records::mta_sts::{Mode, Policy};
use crate::records::web_certificate::CertificateFault;

/// A policy that is forgotten within a day protects nobody; RFC 8461 §3.2 speaks of weeks.
const DAY: u32 = 86_400;

pub fn judge(
    served: &Served,
    text: &PolicyText,
    facts: &MtaStsFacts,
    context: &Context<'_>,
) -> Vec<Raised> {
    let domain = &context.target.domain;
    let policy = &text.policy;
    let Some(mode) = policy.applied() else {
        return vec![invalid(domain, policy)];
    };
    let mut raised: Vec<Raised> = media_type(served, domain).into_iter().collect();
    if mode != Mode::None {
        let is_obeyed =
            mode == Mode::Enforce && past::is_in_force(facts, context.past, context.now);
        let found = facts.hosts.iter().filter_map(|host| meets(policy, mode, host, context.now));
        let weighed = |one: Raised| if is_obeyed { one } else { one.severity(Severity::Warning) };
        raised.extend(found.map(weighed));
    }
    raised.extend(advice(policy, mode, context));
    raised
}

fn invalid(domain: &Name, policy: &Policy) -> Raised {
    let parts: Vec<String> = policy.faults.iter().map(|fault| fault.part()).collect();
    on_invalid(domain, &parts.join(", ")).evidence("policy", policy)
}

/// RFC 8461 §3.3: senders read no more than 64 KiB.
pub fn too_long(domain: &Name) -> Raised {
    on_invalid(domain, "> 64 KiB")
}

/// RFC 8461 §3.2: `text/plain`, so that no page of another kind is taken for a policy.
fn media_type(served: &Served, domain: &Name) -> Option<Raised> {
    let sent = served.media_type.as_str();
    let raised = || on_invalid(domain, &format!("Content-Type: {sent}"));
    (sent != "text/plain")
        .then(|| raised().severity(Severity::Warning).evidence("media_type", sent))
}

fn on_invalid(domain: &Name, parts: &str) -> Raised {
    MtaStsCode::PolicyInvalid.on(domain).with("parts", parts).evidence("parts", parts)
}

/// RFC 8461 §4.1 and §4.2: the name of the host, then STARTTLS and its certificate.
fn meets(policy: &Policy, mode: Mode, host: &MailHost, now: DateTime<Utc>) -> Option<Raised> {
    if !policy.covers(&host.name) {
        let patterns = policy.mx.join(", ");
        let raised = MtaStsCode::MxNotCovered.on(&host.name).with("patterns", patterns);
        return Some(raised.with("mode", mode).evidence("mx", &policy.mx));
    }
    let failing = |(address, delivery)| Some((address, fault(delivery, &host.name, now)?));
    let failing: Vec<(&IpAddr, &str)> = host.deliveries.iter().filter_map(failing).collect();
    let (_, reason) = *failing.first()?;
    let addresses: Vec<String> = failing.iter().map(|(address, _)| address.to_string()).collect();
    let raised = MtaStsCode::MxTlsFails
        .on(&host.name)
        .with("addresses", addresses.join(", "))
        .with("mode", mode)
        .with("reason", reason)
        .evidence("faults", &failing);
    Some(raised)
}

fn fault(delivery: &Delivery, host: &Name, now: DateTime<Utc>) -> Option<&'static str> {
    match delivery {
        Delivery::NoStarttls => Some("no-starttls"),
        Delivery::StarttlsRefused => Some("starttls-refused"),
        Delivery::HandshakeFails => Some("handshake-refused"),
        Delivery::Encrypted(certificate) => {
            certificate.fault(host, now).map(CertificateFault::word)
        }
        Delivery::Untold => None,
    }
}

fn advice(policy: &Policy, mode: Mode, context: &Context<'_>) -> Vec<Raised> {
    let domain = &context.target.domain;
    let mut raised = Vec::new();
    if mode != Mode::Enforce {
        let since = past::long_tested(context.past, context.now).filter(|_| mode == Mode::Testing);
        let finding = MtaStsCode::TestingOrNone
            .on(domain)
            .with("mode", mode)
            .evidence("mode", mode)
            .evidence("since", since);
        raised.push(match since {
            Some(_) => finding.severity(Severity::Warning),
            None => finding,
        });
    }
    // A policy on its way out is meant to be forgotten soon (RFC 8461 §8.3).
    if let Some(age) = policy.max_age.filter(|age| *age < DAY && mode != Mode::None) {
        let short = MtaStsCode::MaxAgeShort.on(domain).with("max_age", age);
        raised.push(short.evidence("max_age", age));
    }
    raised
}
