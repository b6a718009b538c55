//! What is to be said of records beside their place.

use super::super::{DnsCode, Doubled, Strays};
use crate::kernel::{CASE, Code, Lookup, Name, Profile, Raised, RecordChange, Rtype, Target};
use crate::records::spf::is_spf;

pub fn judge(strays: &Strays, target: &Target) -> Vec<Raised> {
    let mut raised = Vec::new();
    if !strays.wildcard.is_empty() && !is_on_purpose(strays, target) {
        raised.push(wildcard(strays, &target.domain));
    }
    raised.extend(strays.doubled.iter().map(doubled));
    raised.extend(strays.denied.iter().map(|denied| {
        DnsCode::EntNxdomain
            .on(&denied.name)
            .with("below", &denied.below)
            .evidence("below", &denied.below)
    }));
    raised
}

/// SPF of every name: of a domain without mail it refuses what names nobody made would send, and beside a
/// wildcard MX it is what RFC 7208 §3.5 asks for.
fn is_on_purpose(strays: &Strays, target: &Target) -> bool {
    // That there is no MX must be proven.
    let takes_mail = strays.wildcard_mail.as_ref().is_some_and(|mail| !mail.is_absent());
    is_spf_alone(&strays.wildcard) && (target.profile == Profile::Parked || takes_mail)
}

/// Whether SPF is all that a wildcard brings.
pub fn is_spf_alone(texts: &[String]) -> bool {
    !texts.is_empty() && texts.iter().all(|text| is_spf(text.as_bytes()))
}

fn wildcard(strays: &Strays, domain: &Name) -> Raised {
    let texts = &strays.wildcard;
    let covered: Vec<&str> = strays.covered.iter().map(Name::as_str).collect();
    let names = if covered.is_empty() { "–".to_owned() } else { covered.join(", ") };
    let raised = DnsCode::WildcardTxt.on(domain).with("names", names);
    let raised = raised.evidence("texts", texts).evidence("covered", &strays.covered);
    if let Some(alias) = &strays.wildcard_alias {
        return raised.with(CASE, "alias").with("target", alias).evidence("alias", alias);
    }
    texts.iter().fold(raised, |raised, text| {
        raised.fix(RecordChange::delete(&domain.child("*"), Rtype::TXT, text))
    })
}

fn doubled(doubled: &Doubled) -> Raised {
    let raised = DnsCode::DoubledOrigin
        .on(&doubled.expected)
        .with("found", &doubled.found)
        .evidence("found", &doubled.found)
        .evidence("texts", &doubled.texts);
    match &doubled.alias {
        Lookup::Absent { .. } => doubled.texts.iter().fold(raised, |raised, text| {
            let add = RecordChange::add(&doubled.expected, Rtype::TXT, text);
            let delete = RecordChange::delete(&doubled.found, Rtype::TXT, text);
            raised.fix(add).fix(delete)
        }),
        Lookup::Found(alias) => {
            let raised = raised.with(CASE, "alias").with("target", alias).evidence("alias", alias);
            with_alias_moved(raised, doubled, alias)
        }
        Lookup::Unknown { .. } => raised,
    }
}

/// A key's alias moves. Beside another no record could stand, and other checks may propose one at the name.
fn with_alias_moved(raised: Raised, doubled: &Doubled, alias: &Name) -> Raised {
    if !doubled.expected.as_str().contains("._domainkey.") {
        return raised;
    }
    let target = format!("{alias}.");
    let add = RecordChange::add(&doubled.expected, Rtype::CNAME, target.clone());
    raised.fix(add).fix(RecordChange::delete(&doubled.found, Rtype::CNAME, target))
}
