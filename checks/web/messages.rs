//! Do the links of messages lead somewhere, and can people unsubscribe?

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{Answer, LinkSeen, OneClick, TrackingHost, WebCode, WebFacts};
use crate::kernel::{Code, Link, Name, Raised, Reason, Severity};
use crate::records::web_certificate::WebCertificate;

pub fn judge(facts: &WebFacts, now: DateTime<Utc>) -> Vec<Raised> {
    let mut raised: Vec<Raised> = facts.hosts.iter().filter_map(dangling).collect();
    let lost: BTreeSet<&Name> =
        facts.hosts.iter().filter(|(_, host)| host.leads_nowhere()).map(|(name, _)| name).collect();
    let links = facts.links.iter().filter(|seen| !lost.contains(seen.link.host()));
    let one_clicks = facts.one_clicks.iter().filter(|one| !lost.contains(&one.host));
    let said = links.filter_map(|seen| of_link(facts, seen, now));
    for said in said.chain(one_clicks.filter_map(|one| of_one_click(facts, one, now))) {
        // A host with many links is spoken of once.
        Raised::push_new(&mut raised, said);
    }
    raised
}

fn dangling((name, host): (&Name, &TrackingHost)) -> Option<Raised> {
    let TrackingHost::Alias { target, leads_nowhere: true, claimable } = host else { return None };
    let raised = WebCode::TrackingCnameDangling.on(name).with("target", target);
    Some(raised.evidence("target", target).evidence("unregistered", claimable))
}

fn of_link(facts: &WebFacts, seen: &LinkSeen, now: DateTime<Utc>) -> Option<Raised> {
    let host = seen.link.host();
    let broken = |cause: &str| {
        let raised = WebCode::LinkBroken.on(&seen.link).with("reason", cause);
        Some(raised.evidence("cause", cause))
    };
    let insecure = |cause: &str| {
        let raised = WebCode::TrackingTls.on(host).with("reason", cause);
        Some(raised.evidence("cause", cause))
    };
    match &seen.answer {
        Answer::Page { status, certificate } => match (fault(certificate, host, now), &seen.link) {
            (Some(cause), _) => insecure(cause),
            // What a host says at its root is nobody's link.
            (None, Link::Host(_)) => None,
            (None, Link::Page(_)) => match status {
                404 | 410 => broken(&format!("HTTP {status}")),
                _ => Some(unknown(&seen.link, passing(*status)?)),
            },
        },
        Answer::NoAddress => match alias_unknown(facts, host) {
            Some(reason) => Some(unknown(host, reason)),
            None => broken("no-address"),
        },
        Answer::PrivateOnly => broken("private-only"),
        Answer::Refused => insecure("connection-refused"),
        Answer::Unknown { reason } => Some(unknown(host, *reason)),
    }
}

fn of_one_click(facts: &WebFacts, one: &OneClick, now: DateTime<Utc>) -> Option<Raised> {
    let subject = format!("{}{}", one.host, one.path);
    let broken = |cause: &str| {
        let raised = WebCode::OneClickBroken.on(&subject).with("reason", cause);
        let raised = raised.with("stream", &one.stream).evidence("cause", cause);
        Some(if one.bulk { raised.severity(Severity::Critical) } else { raised })
    };
    match &one.answer {
        Answer::Page { status, certificate } => match fault(certificate, &one.host, now) {
            Some(cause) => broken(cause),
            None if (200..300).contains(status) => None,
            None => match passing(*status) {
                Some(reason) => Some(unknown(&subject, reason)),
                None => broken(&format!("HTTP {status}")),
            },
        },
        Answer::NoAddress => match alias_unknown(facts, &one.host) {
            Some(reason) => Some(unknown(&one.host, reason)),
            None => broken("no-address"),
        },
        Answer::PrivateOnly => broken("private-only"),
        Answer::Refused => broken("connection-refused"),
        Answer::Unknown { reason } => Some(unknown(&one.host, *reason)),
    }
}

fn fault(shown: &WebCertificate, host: &Name, now: DateTime<Utc>) -> Option<&'static str> {
    shown.fault(host, now).map(|fault| fault.word())
}

/// Why a status says nothing of the page: robots are kept out, or it may be over in a moment
/// (RFC 9110 §15.5.4, §15.5.9, §15.6, RFC 6585 §4, RFC 8470 §5.2).
fn passing(status: u16) -> Option<Reason> {
    match status {
        408 | 425 => Some(Reason::Timeout),
        403 | 429 => Some(Reason::RateLimited),
        500.. => Some(Reason::NotOffered),
        _ => None,
    }
}

/// Why it is not known whether a host without an address is an alias that leads nowhere.
fn alias_unknown(facts: &WebFacts, host: &Name) -> Option<Reason> {
    match facts.hosts.get(host) {
        Some(TrackingHost::Unknown { reason }) => Some(*reason),
        _ => None,
    }
}

fn unknown(subject: impl std::fmt::Display, reason: Reason) -> Raised {
    WebCode::LinkUnknown.on(subject).with("reason", reason).evidence("reason", reason)
}
