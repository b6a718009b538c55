//! Whose policy is it, and does it hold below? (RFC 9989 §4.7, §4.10)

use super::super::DmarcCode;
use super::super::remedy::{Found, Repair};
use super::super::walk::{organizational_domain, read};
use super::Told;
use crate::kernel::{CASE, Name, Raised, Severity};
use crate::records::dmarc::Policy;

pub fn judge(told: &Told<'_>) -> Vec<Found> {
    let mut raised: Vec<Found> = Vec::new();
    raised.extend(inherited(told).map(Found::from));
    raised.extend(psd_wrong(told));
    let by_walk = organizational_domain(&told.steps());
    raised.extend(ambiguous(told, by_walk.as_ref()).map(Found::from));
    if told.is_own() && !told.record.is_policy_invalid() {
        if speaks_below(told, by_walk.as_ref()) {
            raised.extend(weaker(told));
            raised.extend(subdomains(told).into_iter().map(Found::from));
        }
        raised.extend(sp_ignored(told, by_walk.as_ref()));
    }
    raised
}

/// RFC 9989 §4.10.1: names below without a record take the policy of the organizational domain. Where
/// the walk could not tell it, the list is believed.
fn speaks_below(told: &Told<'_>, by_walk: Option<&Name>) -> bool {
    let own = &told.target.domain;
    by_walk.map_or_else(|| own.registrable() == *own, |organization| organization == own)
}

fn inherited(told: &Told<'_>) -> Option<Raised> {
    if told.is_own() {
        return None;
    }
    let audited = &told.target.domain;
    let raised = told.about(DmarcCode::Inherited, audited).with("audited", audited);
    if told.at.is_public_suffix() {
        // RFC 7489 §6.6.3: its receivers look at the name and its organizational domain alone.
        return Some(raised.severity(Severity::Warning).with(CASE, "suffix"));
    }
    let tag = if told.record.sp.is_some() { "sp" } else { "p" };
    let policy = told.facts.policy.map_or_else(|| "none".to_owned(), |policy| policy.to_string());
    Some(raised.with("tag", tag).with("policy", policy))
}

/// RFC 9989 §4.7: `psd=y` is for suffixes below which others register.
fn psd_wrong(told: &Told<'_>) -> Option<Found> {
    if told.record.psd != Some(true) || told.at.is_public_suffix() {
        return None;
    }
    Some(Found::healed_by(told.on(DmarcCode::PsdWrong), Repair::Without(vec!["psd"])))
}

/// RFC 9989 A.5: receivers of RFC 7489 go by the public suffix list.
fn ambiguous(told: &Told<'_>, by_walk: Option<&Name>) -> Option<Raised> {
    let by_list = told.target.domain.registrable();
    let by_walk = by_walk.filter(|walk| **walk != by_list)?;
    let raised = told.about(DmarcCode::OrgDomainAmbiguous, &told.target.domain);
    let raised = raised.with("audited", &told.target.domain).with("walk", by_walk);
    let raised = raised.with("list", &by_list).evidence("walk", by_walk);
    let raised = raised.evidence("list", by_list);
    // The record itself says that it is apart.
    let is_apart = told.is_own() && told.record.psd == Some(false);
    Some(if is_apart { raised.with(CASE, "apart") } else { raised })
}

/// `sp` and `np` speak for names below the organizational domain.
fn weaker(told: &Told<'_>) -> Vec<Found> {
    let policy =
        |tag: &Option<crate::records::dmarc::PolicyTag>| tag.as_ref().and_then(|t| t.policy);
    let Some(p) = policy(&told.record.p) else { return Vec::new() };
    let sp = policy(&told.record.sp);
    let np = policy(&told.record.np).or(sp).unwrap_or(p);
    let on = |code, tag: &'static str, below: Policy| {
        let raised = told.on(code).with("policy", p).with("below", below);
        Found::healed_by(raised, Repair::SetPolicy(tag, p))
    };
    let mut raised = Vec::new();
    if let Some(sp) = sp.filter(|sp| *sp < p) {
        raised.push(on(DmarcCode::SpWeaker, "sp", sp));
    }
    if np < p {
        raised.push(on(DmarcCode::NpWeaker, "np", np));
    }
    raised
}

/// RFC 9989 §4.7: on any other record than that of the organizational domain they mean nothing.
fn sp_ignored(told: &Told<'_>, by_walk: Option<&Name>) -> Option<Found> {
    let organization = by_walk.filter(|walk| **walk != told.target.domain)?;
    let tags: Vec<&'static str> = [("sp", &told.record.sp), ("np", &told.record.np)]
        .into_iter()
        .filter_map(|(name, tag)| tag.as_ref().map(|_| name))
        .collect();
    if tags.is_empty() {
        return None;
    }
    let raised = told.on(DmarcCode::SpIgnored).with("tags", tags.join(", "));
    let raised = raised.with("organization", organization);
    Some(Found::healed_by(raised, Repair::Without(tags)))
}

/// RFC 9989 §4.10.1: the own record of a name below replaces what is said here.
fn subdomains(told: &Told<'_>) -> Vec<Raised> {
    let Some(policy) = told.record.effective(true) else { return Vec::new() };
    let steps = told.facts.stream_domains.iter();
    let finding = |step: &super::super::facts::Step| {
        let [text] = step.records.found()?.as_slice() else { return None };
        let own = read(text)?.effective(false).filter(|own| *own < policy)?;
        let raised = told.about(DmarcCode::SubdomainWeaker, &step.domain);
        let raised = raised.with("subdomain", &step.domain).with("own", own).with("policy", policy);
        Some(raised.evidence("own_record", text.printable()))
    };
    steps.filter_map(finding).collect()
}
