//! Which record counts for the domain? Policy discovery by the tree walk (RFC 9989 §4.10).

use super::facts::Step;
use crate::kernel::{Lookup, Name, Reason, Text};
use crate::records::dmarc::DmarcRecord;

/// Labels that are left after the first question of a long name (RFC 9989 §4.10, step 4).
const LABELS_LEFT: usize = 7;

/// What the walk came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Discovery {
    /// The record that counts, and the domain that publishes it.
    Found { domain: Name, text: Text, record: Box<DmarcRecord> },
    /// Every name was asked and none holds a single record.
    Nothing,
    /// A step had no definite answer, and no answer from higher up may stand in for it.
    Unknown { domain: Name, reason: Reason },
}

/// The domains whose `_dmarc` name may be asked, in order, at most eight.
pub fn path(domain: &Name) -> Vec<Name> {
    let mut path = vec![domain.clone()];
    let labels = domain.labels();
    let left = labels.len().saturating_sub(1).min(LABELS_LEFT);
    for count in (1..=left).rev() {
        path.push(Name::new(&labels[labels.len() - count..].join(".")));
    }
    path
}

/// Whether the walk ends after this step, with `first` for the domain's own.
pub fn ends(step: &Step, first: bool) -> bool {
    match &step.records {
        Lookup::Unknown { .. } => true,
        _ => single(step).is_some_and(|(_, record)| first || record.psd.is_some()),
    }
}

/// Reads the steps that were taken.
pub fn discover(walk: &[Step]) -> Discovery {
    let unknown = walk.iter().find_map(|step| Some((&step.domain, step.records.reason()?)));
    if let Some((domain, reason)) = unknown {
        return Discovery::Unknown { domain: domain.clone(), reason };
    }
    let valid: Vec<(&Step, &Text, DmarcRecord)> = walk
        .iter()
        .filter_map(|step| single(step).map(|(text, record)| (step, text, record)))
        .collect();
    match chosen(&valid, walk) {
        Some((step, text, record)) => Discovery::Found {
            domain: step.domain.clone(),
            text: (*text).clone(),
            record: Box::new(record.clone()),
        },
        None => Discovery::Nothing,
    }
}

type Valid<'a> = (&'a Step, &'a Text, DmarcRecord);

/// The domain's own record; else that of the organizational domain; else that of the public suffix.
fn chosen<'a, 'b>(valid: &'b [Valid<'a>], walk: &[Step]) -> Option<&'b Valid<'a>> {
    let own = valid.first().filter(|(step, ..)| walk.first() == Some(*step));
    if own.is_some() {
        return own;
    }
    let last = valid.last()?;
    if last.2.psd == Some(true) {
        // RFC 9989 §4.10.2: the organizational domain is one label below a public suffix domain.
        let below = walk.iter().rev().nth(1).map(|step| &step.domain);
        return valid.iter().find(|(step, ..)| Some(&step.domain) == below).or(Some(last));
    }
    // psd=n ends the walk, so it is the last; without psd the fewest labels win, the last again.
    Some(last)
}

/// RFC 9989 §4.10, step 2: where several records stand, all are discarded.
fn single(step: &Step) -> Option<(&Text, DmarcRecord)> {
    match step.records.found().map(Vec::as_slice) {
        Some([text]) => Some((text, read(text)?)),
        _ => None,
    }
}

/// The record in a TXT record, if there is one.
pub fn read(text: &Text) -> Option<DmarcRecord> {
    DmarcRecord::parse(&text.readable())
}

/// The organizational domain by the walk (RFC 9989 §4.10.2); nothing where a step could not be told or
/// no name has a record.
pub fn organizational_domain(steps: &[Step]) -> Option<Name> {
    if steps.iter().any(|step| step.records.reason().is_some()) {
        return None;
    }
    let valid: Vec<(&Step, DmarcRecord)> =
        steps.iter().filter_map(|step| Some((step, single(step)?.1))).collect();
    if let Some((step, _)) = valid.iter().find(|(_, record)| record.psd == Some(false)) {
        return Some(step.domain.clone());
    }
    let first = steps.first()?;
    let suffix =
        valid.iter().find(|(step, record)| record.psd == Some(true) && step.domain != first.domain);
    if let Some((suffix, _)) = suffix {
        // The walk may have skipped that name: it goes from a long one to seven labels at once.
        let labels = first.domain.labels();
        let below = labels.len().saturating_sub(suffix.domain.labels().len() + 1);
        return Some(Name::new(&labels[below..].join(".")));
    }
    valid.last().map(|(step, _)| step.domain.clone())
}
