//! What does the record ask for, and can it be read? (RFC 9989 §4.7, §4.8)

use super::super::DmarcCode;
use super::super::remedy::{Found, Repair};
use super::{Told, shortened};
use crate::kernel::{CASE, Profile, Raised, Severity};
use crate::records::dmarc::{DmarcRecord, Policy, PolicyTag};
use crate::records::dmarc_repair::{REMOVED, misread, sample, unknown_tags};
use crate::records::dmarc_uri::ReportUri;
use crate::records::tag_list::TagList;

pub fn judge(told: &Told<'_>) -> Vec<Found> {
    let mut raised = Vec::new();
    raised.extend(syntax(told));
    raised.extend(policy(told).map(Found::from));
    raised.extend(testing(told));
    raised.extend(removed_tags(told));
    raised.extend(unknown_tag(told).map(Found::from));
    raised.extend(option_useless(told));
    raised
}

/// RFC 9989 §4.8: a receiver discards such a part; one of RFC 7489 may drop the record.
fn syntax(told: &Told<'_>) -> Option<Found> {
    let found = misread(&told.written());
    let first = found.first()?;
    let texts: Vec<String> = found.iter().map(|part| shortened(&part.text)).collect();
    let raised = told.on(DmarcCode::Syntax).with("text", shortened(&first.text));
    let raised = Found::healed_by(raised.evidence("parts", texts), Repair::Respell);
    let is_weighty = found.iter().any(|part| part.is_weighty);
    Some(if is_weighty { raised.severity(Severity::Error) } else { raised })
}

fn policy(told: &Told<'_>) -> Option<Raised> {
    let (record, target) = (told.record, told.target);
    if record.is_policy_invalid() {
        return Some(policy_invalid(told));
    }
    if record.effective(!told.is_own()) == Some(Policy::None) {
        let finding = told.about(DmarcCode::PNone, &target.domain);
        let finding = finding.with("audited", &target.domain).evidence("testing", record.testing);
        // It has no mail of its own to wait for.
        let is_parked = target.profile == Profile::Parked;
        return Some(if is_parked { finding.with(CASE, "parked") } else { finding });
    }
    None
}

/// RFC 9989 §4.10.1: with a valid `rua` receivers act as for `p=none`, without one not at all.
fn policy_invalid(told: &Told<'_>) -> Raised {
    let record = told.record;
    let mut tags: Vec<String> = Vec::new();
    if record.p.is_none() {
        tags.push("p".to_owned());
    }
    let named = |name: &str, value: &str| format!("{name}={}", shortened(value));
    tags.extend(record.invalid_policies().iter().map(|tag| named(tag.name, &tag.written)));
    let positions: Vec<usize> = record.invalid_policies().iter().map(|tag| tag.at).collect();
    let raised = told
        .on(DmarcCode::PolicyInvalid)
        .with("tags", tags.join(", "))
        .evidence("tags", tags)
        .evidence("positions", positions);
    let is_only_absent = record.p.is_none() && record.invalid_policies().is_empty();
    if is_only_absent && record.rua.iter().any(ReportUri::is_valid) {
        // RFC 9989 reads this as p=none; only receivers of RFC 7489 pass the record over.
        raised.severity(Severity::Warning)
    } else {
        raised
    }
}

/// `t=y` lowers what is asked for by one level; of `none` there is nothing to lower.
fn testing(told: &Told<'_>) -> Option<Found> {
    let asked = told.record.p.as_ref()?.policy?;
    if !told.record.testing || asked == Policy::None || told.record.is_policy_invalid() {
        return None;
    }
    let raised = told.on(DmarcCode::Testing).with("asked", asked).with("applied", asked.lowered());
    Some(Found::healed_by(raised, Repair::EndTest))
}

/// RFC 9989 §9.3, A.6: receivers of RFC 7489 still take a sample by `pct`.
fn removed_tags(told: &Told<'_>) -> Option<Found> {
    let written = told.written();
    let list = TagList::parse(&written);
    let found: Vec<String> = REMOVED
        .iter()
        .filter_map(|name| list.tag(name))
        .map(|tag| format!("{}={}", tag.name, shortened(tag.value)))
        .collect();
    if found.is_empty() {
        return None;
    }
    let raised = told.on(DmarcCode::RemovedTags).with("tags", found.join(", "));
    let raised = raised.evidence("tags", &found);
    let Some(share) = list.tag("pct").map(|tag| sample(tag.value)).filter(|it| *it != Some(100))
    else {
        return Some(Found::healed_by(raised, Repair::Without(REMOVED.to_vec())));
    };
    let raised = raised.severity(Severity::Warning);
    Some(match (asks_for_nothing(told.record), share) {
        // A sample of a policy that is none is as good as all.
        (true, _) => Found::healed_by(raised, Repair::Without(REMOVED.to_vec())),
        (false, Some(0)) => Found::healed_by(raised.with(CASE, "test"), Repair::EndSampling),
        (false, _) => Found::healed_by(raised.with(CASE, "sample"), Repair::EndSampling),
    })
}

/// Whether the record asks for nothing, for any name.
fn asks_for_nothing(record: &DmarcRecord) -> bool {
    let is_none = |tag: &PolicyTag| tag.policy == Some(Policy::None);
    record.p.as_ref().is_some_and(is_none)
        && [&record.sp, &record.np].into_iter().flatten().all(is_none)
}

/// RFC 9989 §4.7: unknown tags are ignored, a mistyped one too.
fn unknown_tag(told: &Told<'_>) -> Option<Raised> {
    let found = unknown_tags(&told.written());
    let (name, meant) = found.iter().find(|(_, meant)| meant.is_some()).or(found.first())?;
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    let raised = told.on(DmarcCode::UnknownTag).with("tag", name).evidence("tags", names);
    let raised =
        raised.with("known", meant.unwrap_or("p, sp, np, rua, ruf, adkim, aspf, fo, t, psd"));
    Some(if meant.is_some() { raised.severity(Severity::Warning) } else { raised })
}

/// The tags that take one letter, with the letters.
const LETTERS: [(&str, &[&str]); 4] =
    [("adkim", &["r", "s"]), ("aspf", &["r", "s"]), ("t", &["y", "n"]), ("psd", &["y", "n", "u"])];

/// RFC 9989 §4.7: `fo` counts only with `ruf`, and of what is no letter of its tag the default is used.
fn option_useless(told: &Told<'_>) -> Option<Found> {
    let written = told.written();
    let list = TagList::parse(&written);
    let mut useless: Vec<(&'static str, &str)> = Vec::new();
    if let Some(tag) = list.tag("fo") {
        let letters: Vec<String> =
            tag.value.split(':').map(|letter| letter.trim().to_ascii_lowercase()).collect();
        let has = |letter: &str| letters.iter().any(|written| written == letter);
        let is_known = |letter: &String| ["0", "1", "d", "s"].contains(&letter.as_str());
        if list.tag("ruf").is_none() || has("0") && has("1") || !letters.iter().all(is_known) {
            useless.push(("fo", tag.value));
        }
    }
    useless.extend(LETTERS.iter().filter_map(|(name, letters)| {
        let is_none = |value: &&str| !letters.contains(&value.to_ascii_lowercase().as_str());
        Some((*name, list.tag(name).map(|tag| tag.value).filter(is_none)?))
    }));
    let names: Vec<&'static str> = useless.iter().map(|(name, _)| *name).collect();
    let shown: Vec<String> =
        useless.iter().map(|(name, value)| format!("{name}={}", shortened(value))).collect();
    if shown.is_empty() {
        return None;
    }
    let raised = told.on(DmarcCode::OptionUseless).with("tags", shown.join(", "));
    Some(Found::healed_by(raised.evidence("tags", &shown), Repair::Without(names)))
}
