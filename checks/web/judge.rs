//! Is there a site, and does a visitor reach it?

use chrono::{DateTime, Utc};

use super::{Answer, Site, WebCode, WebFacts};
use crate::kernel::{Code, Context, Judgement, Raised, Reason};
use crate::records::web_certificate::CertificateFault;

/// What a visitor meets at a host.
enum Visit {
    Reached,
    Fails(&'static str),
    Untold(Reason),
}

pub fn judge(facts: &WebFacts, context: &Context<'_>) -> Judgement {
    let domain = &context.target.domain;
    if facts.sites.is_empty() {
        return Judgement::nothing_to_ask("no-sending");
    }
    let sites: Vec<&Site> =
        facts.sites.iter().filter(|site| site.answer != Answer::NoAddress).collect();
    let Some(first) = sites.first() else {
        return Judgement::nothing_to_ask("no-website");
    };
    let visits: Vec<Visit> = sites.iter().map(|site| visit(site, context.now)).collect();
    if visits.iter().any(|visit| matches!(visit, Visit::Reached)) {
        return Judgement::default();
    }
    let untold = visits.iter().find_map(|visit| match visit {
        Visit::Untold(reason) => Some(*reason),
        _ => None,
    });
    let raised = match (untold, visits.first()) {
        (Some(reason), _) => {
            let raised = WebCode::Unknown.on(domain).with("reason", reason);
            raised.evidence("reason", reason)
        }
        (None, Some(Visit::Fails(cause))) => unreachable(first, cause, facts, context),
        (None, _) => return Judgement::default(),
    };
    vec![raised].into()
}

fn unreachable(site: &Site, cause: &str, facts: &WebFacts, context: &Context<'_>) -> Raised {
    WebCode::SiteUnreachable
        .on(&context.target.domain)
        .with("host", &site.host)
        .with("reason", cause)
        .evidence("cause", cause)
        .evidence("sites", &facts.sites)
}

fn visit(site: &Site, now: DateTime<Utc>) -> Visit {
    match &site.answer {
        Answer::Page { status, certificate } => match certificate.fault(&site.host, now) {
            Some(fault) => Visit::Fails(CertificateFault::word(fault)),
            None if *status >= 500 => Visit::Untold(Reason::NotOffered),
            None => Visit::Reached,
        },
        Answer::NoAddress => Visit::Fails("no-address"),
        Answer::Refused => Visit::Fails("connection-refused"),
        Answer::Unknown { reason } => Visit::Untold(*reason),
    }
}
