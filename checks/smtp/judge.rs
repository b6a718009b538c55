//! What the answers to EHLO say of each host.

use std::net::IpAddr;

use super::{Host, Session, SmtpCode, SmtpFacts};
use crate::kernel::{Code, Judgement, Raised, Reason};

/// What a finding about our own way out is about.
const EGRESS: &str = "port 25";

pub fn judge(facts: &SmtpFacts) -> Judgement {
    if facts.egress_blocked {
        let blocked = SmtpCode::EgressBlocked.on(EGRESS).evidence("control", "failed");
        return Judgement { raised: vec![blocked], nothing_to_ask: Some("egress-blocked") };
    }
    let mut sessions = facts.hosts.iter().flat_map(|host| host.addresses.values()).peekable();
    if sessions.peek().is_none() {
        return Judgement::nothing_to_ask("no-mail-host");
    }
    if sessions.all(|session| *session == Session::Unreachable) {
        return Judgement::nothing_to_ask("unreachable");
    }
    facts.hosts.iter().flat_map(of_host).collect::<Vec<_>>().into()
}

fn of_host(host: &Host) -> Vec<Raised> {
    let told = |session: &Session| {
        matches!(session, Session::Starttls | Session::NoStarttls { .. } | Session::Blocked)
    };
    let is_told = host.addresses.values().any(told);
    let lacks = about(host, |session| matches!(session, Session::NoStarttls { .. }));
    let blocked = about(host, |session| *session == Session::Blocked);
    // A family that we have no way to says nothing of a host that answers on the other.
    let is_lost = |session: &Session| match session {
        Session::NoRoute => !is_told,
        Session::Untold { .. } => true,
        _ => false,
    };
    let lost = about(host, is_lost);
    let reason = host.addresses.values().filter(|session| is_lost(session)).find_map(reason);
    let mut raised = Vec::new();
    if !lacks.is_empty() {
        raised.push(on(SmtpCode::NoStarttls, host, &lacks));
    }
    if !blocked.is_empty() {
        let blocked = on(SmtpCode::BlockedUs, host, &blocked);
        let reason = Reason::RateLimited;
        raised.push(blocked.with("reason", reason).evidence("reason", reason));
    }
    if let Some(reason) = reason {
        let lost = on(SmtpCode::Timeout, host, &lost);
        raised.push(lost.with("reason", reason).evidence("reason", reason));
    }
    raised
}

fn about(host: &Host, is: impl Fn(&Session) -> bool) -> Vec<(IpAddr, &Session)> {
    let sessions = host.addresses.iter().filter(|(_, session)| is(session));
    sessions.map(|(address, session)| (*address, session)).collect()
}

fn on(code: SmtpCode, host: &Host, sessions: &[(IpAddr, &Session)]) -> Raised {
    let shown: Vec<String> = sessions.iter().map(|(address, _)| address.to_string()).collect();
    let evidence: serde_json::Map<_, _> = sessions
        .iter()
        .filter_map(|(address, session)| {
            Some((address.to_string(), serde_json::to_value(session).ok()?))
        })
        .collect();
    code.on(&host.name).with("addresses", shown.join(", ")).evidence("sessions", evidence)
}

fn reason(session: &Session) -> Option<Reason> {
    match session {
        Session::Untold { reason } => Some(*reason),
        Session::NoRoute => Some(Reason::Network),
        _ => None,
    }
}
