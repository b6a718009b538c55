//! What the answers of each host say.

use std::net::IpAddr;

use super::{Answers, Host, Offer, Service, Session, SmtpCode, SmtpFacts, Starttls};
use crate::kernel::{Code, Context, Judgement, Name, Raised, Reason, Severity, Target};
use crate::mx::Mx;

/// What a finding about our own way out is about.
const EGRESS: &str = "port 25";

pub fn judge(facts: &SmtpFacts, context: &Context<'_>) -> Judgement {
    let target = context.target;
    let nothing = nothing_to_ask(facts);
    let mut raised: Vec<Raised> = Vec::new();
    if facts.egress_blocked {
        raised.push(SmtpCode::EgressBlocked.on(EGRESS).evidence("control", "failed"));
    } else if nothing.is_none() {
        raised.extend(facts.hosts.iter().filter_map(|host| banner_rejects(host, context)));
        raised.extend(facts.hosts.iter().flat_map(of_host));
        raised.extend(inconsistent(facts, &target.domain));
    }
    raised.extend(facts.services.iter().filter_map(|(url, seen)| service(target, url, seen)));
    // Hosts that could not be asked are not judged by the domain's services.
    let is_told = |what: &&str| *what == "no-mail-host" && !facts.services.is_empty();
    Judgement { raised, nothing_to_ask: nothing.filter(|what| !is_told(what)) }
}

/// Why there is nobody to ask, if nobody takes the mail.
fn nothing_to_ask(facts: &SmtpFacts) -> Option<&'static str> {
    let mut sessions = facts.hosts.iter().flat_map(|host| host.addresses.values()).peekable();
    if facts.egress_blocked {
        Some("egress-blocked")
    } else if sessions.peek().is_none() {
        Some("no-mail-host")
    } else if sessions.all(|session| matches!(session, Session::Unreachable | Session::Rejects)) {
        Some("unreachable")
    } else {
        None
    }
}

/// RFC 8314 §3.3: where people hand in mail, a password that is asked for too early is one of theirs.
fn service(target: &Target, url: &str, seen: &Service) -> Option<Raised> {
    let written = target.services.iter().find(|service| service.url == url)?;
    let at = format!("{}:{}", written.host, written.port);
    let raised = |code: SmtpCode| code.on(url).with("addresses", at).evidence("service", url);
    match seen {
        Service::Open { plain_auth: false } => None,
        Service::Open { plain_auth: true } => Some(raised(SmtpCode::PlainAuth)),
        Service::Untold { reason } => {
            let untold = raised(SmtpCode::ServiceUnknown).with("reason", reason);
            Some(untold.evidence("reason", reason))
        }
    }
}

/// A host that takes mail nowhere is lost to senders; one that does at another address costs them a try. Where
/// nothing is known of another address, it cannot be told which: law 8.
fn banner_rejects(host: &Host, context: &Context<'_>) -> Option<Raised> {
    let rejecting = about(host, |session| *session == Session::Rejects);
    if rejecting.is_empty() {
        return None;
    }
    let raised = on(SmtpCode::BannerRejects, host, &rejecting);
    let mut sessions = host.addresses.values();
    let takes_none = |session: &Session| {
        matches!(session, Session::Rejects | Session::Unreachable | Session::NoRoute)
    };
    let is_untold =
        |session: &Session| matches!(session, Session::Untold { .. } | Session::Blocked);
    if sessions.clone().any(|session| !takes_none(session) && !is_untold(session)) {
        return Some(raised.severity(Severity::Warning));
    }
    let known = context.needs.facts::<Mx>().and_then(|mx| mx.host(&host.name));
    let is_whole = known.is_none_or(|known| known.addresses.unknown().is_none());
    (is_whole && sessions.all(takes_none)).then_some(raised)
}

fn of_host(host: &Host) -> Vec<Raised> {
    let mut raised = Vec::new();
    let mut say = |code: SmtpCode, is: &dyn Fn(&Session) -> bool| {
        let sessions = about(host, is);
        if !sessions.is_empty() {
            raised.push(on(code, host, &sessions));
        }
    };
    say(SmtpCode::ProtocolError, &|session| *session == Session::NotSmtp);
    say(SmtpCode::EhloRefused, &|session| matches!(session, Session::EhloRefused { .. }));
    say(SmtpCode::BannerSlow, &|session| offers(session, |offer| offer.slow_greeting));
    say(SmtpCode::NoStarttls, &|session| offers(session, |offer| !offer.starttls.is_offered()));
    say(SmtpCode::PlainAuth, &|session| offers(session, |offer| offer.plain_auth));
    raised.extend(broken(host));
    raised.extend(untold(host));
    raised.extend(host.answers.iter().flat_map(|answers| of_answers(host, answers)));
    raised
}

fn offers(session: &Session, is: impl Fn(&Offer) -> bool) -> bool {
    matches!(session, Session::Open(offer) if is(offer))
}

fn broken(host: &Host) -> Option<Raised> {
    let words = |session: &Session| match session {
        Session::Open(Offer { starttls: Starttls::Refused { code }, .. }) => Some(code.to_string()),
        Session::Open(Offer { starttls: Starttls::Fails { words }, .. }) => Some(words.clone()),
        _ => None,
    };
    let sessions = about(host, |session| words(session).is_some());
    let answer = words(sessions.first()?.1)?;
    Some(on(SmtpCode::StarttlsBroken, host, &sessions).with("answer", answer))
}

/// What could not be told of a host, and whose fault that is.
fn untold(host: &Host) -> Vec<Raised> {
    let is_told = host.addresses.values().any(|session| {
        !matches!(session, Session::NoRoute | Session::Untold { .. } | Session::Unreachable)
    });
    // A family that we have no way to says nothing of a host that answers on the other.
    let reason_of = |session: &Session| match session {
        Session::NoRoute if !is_told => Some(Reason::Network),
        Session::Untold { reason } => Some(*reason),
        Session::Open(Offer { starttls: Starttls::Untold { reason }, .. }) => Some(*reason),
        _ => None,
    };
    let blocked = about(host, |session| *session == Session::Blocked);
    let lost = about(host, |session| reason_of(session).is_some());
    let mut raised = Vec::new();
    if !blocked.is_empty() {
        let reason = Reason::RateLimited;
        let blocked = on(SmtpCode::BlockedUs, host, &blocked);
        raised.push(blocked.with("reason", reason).evidence("reason", reason));
    }
    if let Some(reason) = lost.first().and_then(|(_, session)| reason_of(session)) {
        let lost = on(SmtpCode::Timeout, host, &lost);
        raised.push(lost.with("reason", reason).evidence("reason", reason));
    }
    raised
}

fn of_answers(host: &Host, answers: &Answers) -> Vec<Raised> {
    let is_open = answers.relay.is_taken() && answers.routed_relay.is_taken();
    let discloses = (answers.verify_postmaster.is_disclosed()
        && answers.verify_nobody.is_refused())
        || answers.expand.is_disclosed();
    let rows = [
        (SmtpCode::OpenRelay, is_open),
        (SmtpCode::PostmasterRefused, answers.postmaster.is_refused()),
        (SmtpCode::AbuseRefused, answers.abuse.is_refused()),
        (SmtpCode::NullSenderRefused, answers.null_sender.is_refused()),
        (SmtpCode::VrfyExpn, discloses),
        (SmtpCode::AcceptsAny, answers.nobody.is_taken()),
    ];
    let raised = rows.into_iter().filter(|(_, holds)| *holds);
    raised.map(|(code, _)| code.on(&host.name).evidence("answers", answers)).collect()
}

/// Said once for the domain: some mail is protected and some is not, as chance has it.
fn inconsistent(facts: &SmtpFacts, domain: &Name) -> Option<Raised> {
    let offers = |wanted: bool| -> Vec<String> {
        let has =
            |session: &Session| offers(session, |offer| offer.starttls.is_offered() == wanted);
        let hosts = facts.hosts.iter().flat_map(|host| {
            let addresses = host.addresses.iter().filter(|(_, session)| has(session));
            addresses.map(|(address, _)| format!("{} ({address})", host.name))
        });
        hosts.collect()
    };
    let (with, without) = (offers(true), offers(false));
    if with.is_empty() || without.is_empty() {
        return None;
    }
    let raised = SmtpCode::StarttlsInconsistent.on(domain);
    let raised = raised.with("with", with.join(", ")).with("without", without.join(", "));
    Some(raised.evidence("with", &with).evidence("without", &without))
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
