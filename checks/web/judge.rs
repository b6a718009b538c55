//! Is there a site, and does a visitor reach it? Then what messages link to.

use chrono::{DateTime, Utc};

use super::{Answer, Site, WebCode, WebFacts, header, messages};
use crate::kernel::{Code, Context, Judgement, Raised, Reason};
use crate::records::web_certificate::CertificateFault;

/// What a visitor meets at a host.
enum Visit {
    Reached,
    Fails(&'static str),
    Untold(Reason),
}

pub fn judge(facts: &WebFacts, context: &Context<'_>) -> Judgement {
    if facts.sites.is_empty() {
        return Judgement::nothing_to_ask("no-sending");
    }
    let has_site = facts.sites.iter().any(|site| site.answer != Answer::NoAddress);
    let asked = !facts.links.is_empty() || !facts.one_clicks.is_empty();
    if !has_site && !asked && facts.headers.is_empty() {
        return Judgement::nothing_to_ask("no-website");
    }
    let mut raised: Vec<Raised> = site(facts, context).into_iter().collect();
    raised.extend(messages::judge(facts, context.now));
    raised.extend(header::judge(&facts.headers));
    raised.into()
}

/// One host that answers is enough; without any there is no site to judge.
fn site(facts: &WebFacts, context: &Context<'_>) -> Option<Raised> {
    let sites: Vec<&Site> =
        facts.sites.iter().filter(|site| site.answer != Answer::NoAddress).collect();
    let first = sites.first()?;
    let visits: Vec<Visit> = sites.iter().map(|site| visit(site, context.now)).collect();
    if visits.iter().any(|visit| matches!(visit, Visit::Reached)) {
        return None;
    }
    let untold = visits.iter().find_map(|visit| match visit {
        Visit::Untold(reason) => Some(*reason),
        _ => None,
    });
    match (untold, visits.first()) {
        (Some(reason), _) => {
            let raised = WebCode::Unknown.on(&context.target.domain).with("reason", reason);
            Some(raised.evidence("reason", reason))
        }
        (None, Some(Visit::Fails(cause))) => Some(unreachable(first, cause, facts, context)),
        (None, _) => None,
    }
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
        Answer::PrivateOnly => Visit::Untold(Reason::PrivateAddress),
        Answer::Unknown { reason } => Visit::Untold(*reason),
    }
}
