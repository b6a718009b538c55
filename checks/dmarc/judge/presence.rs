//! Is there one record where receivers look? (RFC 9989 §4.10)

use super::super::facts::DmarcFacts;
use super::super::walk::{Discovery, discover};
use super::super::{DmarcCode, remedy};
use super::shortened;
use crate::kernel::{CASE, Code, Lookup, Name, Raised, Severity, Target, Text};
use crate::records::dmarc_repair::is_lookalike;

pub fn judge(facts: &DmarcFacts, target: &Target) -> Vec<Raised> {
    let mut raised = multiple_records(facts);
    raised.extend(lookalike(facts, target));
    let is_explained = !raised.is_empty();
    raised.extend(unrelated_txt(facts, target));
    let dangling = cname_dangling(facts, target);
    // Records that cancel each other out, miss their form or went with the target of their alias are the cause
    // and have been named; one that stands elsewhere is named by whatever says that there is none here.
    let is_explained = is_explained || dangling.is_some();
    raised.extend(dangling);
    match discover(&facts.walk) {
        Discovery::Nothing if !is_explained => raised.push(missing(facts, target)),
        Discovery::Found { .. } => raised.extend(wrong_place(facts, target)),
        Discovery::Nothing | Discovery::Unknown { .. } => {}
    }
    raised
}

/// RFC 9989 §4.10, step 2: several records at one name are all discarded.
fn multiple_records(facts: &DmarcFacts) -> Vec<Raised> {
    let several = facts.walk.iter().filter_map(|step| match &step.records {
        Lookup::Found(records) if records.len() > 1 => Some((&step.domain, records)),
        _ => None,
    });
    let finding = |(domain, records): (&Name, &Vec<Text>)| {
        let shown: Vec<String> = records.iter().map(Text::printable).collect();
        DmarcCode::MultipleRecords
            .on(domain)
            .with("domain", domain)
            .with("count", records.len())
            .evidence("records", shown)
    };
    several.map(finding).collect()
}

/// RFC 9989 §4.7: `v` comes first and is exactly `DMARC1`; what is not so is no record at all.
fn lookalike(facts: &DmarcFacts, target: &Target) -> Option<Raised> {
    let own = facts.walk.first()?;
    if !own.records.found()?.is_empty() {
        return None;
    }
    let text = own.others.iter().find(|text| is_lookalike(&text.readable()))?;
    let raised = DmarcCode::Lookalike.on(&target.domain).with("domain", &target.domain);
    let raised =
        raised.with("text", shortened(&text.readable())).evidence("record", text.printable());
    Some(remedy::repair(raised, &target.domain, &text.readable(), &text.printable()))
}

/// RFC 9989 §4.10: other texts are discarded, though some validators choke on them.
fn unrelated_txt(facts: &DmarcFacts, target: &Target) -> Option<Raised> {
    let own = facts.walk.first()?;
    let has_record = own.records.found().is_some_and(|records| !records.is_empty());
    let unrelated = |text: &&Text| has_record || !is_lookalike(&text.readable());
    let found: Vec<&Text> = own.others.iter().filter(unrelated).collect();
    let first = found.first()?;
    let raised = DmarcCode::UnrelatedTxt.on(&target.domain).with("domain", &target.domain);
    let raised = raised.with("text", shortened(&first.readable()));
    let shown: Vec<String> = found.iter().map(|text| text.printable()).collect();
    let raised = raised.evidence("records", &shown);
    Some(remedy::delete(raised, &target.domain.child("_dmarc"), &shown))
}

/// A CNAME is fine; one that leads nowhere hides the record and everything above is asked instead.
fn cname_dangling(facts: &DmarcFacts, target: &Target) -> Option<Raised> {
    let alias = facts.alias.found()?;
    let own = facts.walk.first()?;
    if own.records != (Lookup::Absent { nxdomain: true }) {
        return None;
    }
    let raised = DmarcCode::CnameDangling.on(&target.domain).with("domain", &target.domain);
    let raised = raised.with("target", alias).evidence("alias", alias);
    Some(match &facts.undotted {
        Some(meant) => {
            let raised = raised.with(CASE, "final-dot").with("meant", meant);
            remedy::dotted(raised.evidence("meant", meant), &target.domain, alias, meant)
        }
        None => raised,
    })
}

/// A record of its own where nobody looks, while one above counts.
fn wrong_place(facts: &DmarcFacts, target: &Target) -> Option<Raised> {
    let raised = DmarcCode::WrongPlace.on(&target.domain).with("domain", &target.domain);
    moved(raised, facts, target)
}

/// The finding with the record at the wrong place, and its move. Where a final dot is missing, `dns` proposes the
/// same.
fn moved(raised: Raised, facts: &DmarcFacts, target: &Target) -> Option<Raised> {
    let found = facts.misplaced.last()?;
    let raised = raised.with("place", &found.at).evidence("misplaced", &facts.misplaced);
    Some(remedy::move_record(raised, &target.domain, found))
}

fn missing(facts: &DmarcFacts, target: &Target) -> Raised {
    let domain = &target.domain;
    let asked: Vec<Name> = facts.walk.iter().map(|step| step.domain.child("_dmarc")).collect();
    let raised = DmarcCode::Missing.on(domain).with("domain", domain).evidence("asked", asked);
    let elsewhere = moved(raised.clone().with(CASE, "misplaced"), facts, target);
    let first = || {
        let raised = raised.fix(remedy::first_record(target, facts.has_no_mail_host));
        if remedy::sends_nothing(target) { raised.with(CASE, "parked") } else { raised }
    };
    let raised = elsewhere.unwrap_or_else(first);
    // The large mailbox providers refuse bulk mail without DMARC.
    let bulk = target.streams.iter().any(|stream| stream.bulk && stream.from == *domain);
    if bulk { raised.severity(Severity::Critical) } else { raised }
}
