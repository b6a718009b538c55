//! The records that heal a finding of `dmarc`.

use super::facts::Misplaced;
use crate::kernel::{Action, Name, Profile, Raised, RecordChange, Rtype, Target};
use crate::records::dmarc::{Policy, with_rua};
use crate::records::dmarc_repair::{repaired, without_tags};
use crate::records::dmarc_uri::{report_uris, without_size};
use crate::records::tag_list::TagList;

/// A first record: watching only for a domain with mail, refusing for one without. Reports go to the domain
/// itself, if it takes mail.
pub fn first_record(target: &Target, takes_no_mail: bool) -> RecordChange {
    let value = match target.profile {
        Profile::Parked => "v=DMARC1; p=reject".to_owned(),
        _ if takes_no_mail => "v=DMARC1; p=none".to_owned(),
        _ => format!("v=DMARC1; p=none; rua=mailto:postmaster@{}", target.domain),
    };
    RecordChange {
        action: Action::Add,
        name: target.domain.child("_dmarc"),
        rtype: Rtype::TXT,
        old: None,
        value: Some(value),
    }
}

/// The record with an address for aggregate reports in its own domain.
pub fn add_rua(domain: &Name, found_at: &Name, record: &str) -> RecordChange {
    RecordChange {
        action: Action::Replace,
        name: found_at.clone(),
        rtype: Rtype::TXT,
        old: Some(record.to_owned()),
        value: Some(with_rua(&with_a_policy(record), &format!("mailto:postmaster@{domain}"))),
    }
}

/// The record with a policy: without one it counts for nothing, and with an address for reports alone it
/// counts as none (RFC 9989 §4.10.1).
fn with_a_policy(record: &str) -> String {
    if TagList::parse(record).tag("p").is_some() {
        return record.to_owned();
    }
    match record.split_once(';') {
        Some((version, rest)) => format!("{}; p=none;{rest}", version.trim_end()),
        None => format!("{}; p=none", record.trim_end()),
    }
}

/// The agreement of a host to receive reports (RFC 9990 §4), to be published in the host's zone.
pub fn agreement(asked: &Name) -> RecordChange {
    RecordChange {
        action: Action::Add,
        name: asked.clone(),
        rtype: Rtype::TXT,
        old: None,
        value: Some("v=DMARC1".to_owned()),
    }
}

/// The record as it was meant, where that is plain.
pub fn repair(raised: Raised, domain: &Name, written: &str, shown: &str) -> Raised {
    match repaired(written) {
        Some(value) => raised.fix(replacement(domain, shown, value)),
        None => raised,
    }
}

/// The end of texts that have no business at the name.
pub fn delete(raised: Raised, name: &Name, texts: &[String]) -> Raised {
    let deletion = |text: &String| RecordChange {
        action: Action::Delete,
        name: name.clone(),
        rtype: Rtype::TXT,
        old: Some(text.clone()),
        value: None,
    };
    texts.iter().map(deletion).fold(raised, Raised::fix)
}

/// The record at its right name; the misplaced one may stay for all that receivers care.
pub fn move_record(raised: Raised, domain: &Name, found: &Misplaced) -> Raised {
    raised.fix(RecordChange {
        action: Action::Add,
        name: domain.child("_dmarc"),
        rtype: Rtype::TXT,
        old: None,
        value: Some(found.record.clone()),
    })
}

/// The record without some of its tags.
pub fn without(raised: Raised, domain: &Name, record: &str, tags: &[&str]) -> Raised {
    raised.fix(replacement(domain, record, without_tags(record, tags)))
}

/// The record with a policy tag set to this value.
pub fn with_policy(
    raised: Raised,
    domain: &Name,
    record: &str,
    tag: &str,
    policy: Policy,
) -> Raised {
    let mut value = without_tags(record, &[tag]);
    value.push_str(&format!("; {tag}={policy}"));
    raised.fix(replacement(domain, record, value))
}

/// The record with `mailto:` before bare addresses, without slashes and brackets around them; what is
/// still no URI is left out. Nothing where no address would remain.
pub fn correct_rua(raised: Raised, domain: &Name, written: &str, shown: &str) -> Raised {
    let list = TagList::parse(written);
    let Some(rua) = list.tag("rua") else { return raised };
    let corrected = rua.value.split(',').map(str::trim).filter_map(|uri| {
        let bare = uri.strip_prefix("mailto:").unwrap_or(uri).trim_matches(['/', '<', '>', ' ']);
        let candidates = [uri.to_owned(), format!("mailto:{bare}")];
        candidates
            .into_iter()
            .find(|uri| matches!(report_uris(uri).as_slice(), [one] if one.is_valid()))
    });
    let uris: Vec<String> = corrected.collect();
    if uris.is_empty() {
        return raised;
    }
    raised.fix(replacement(domain, shown, with_rua(shown, &uris.join(","))))
}

/// The record with URIs that end without a size.
pub fn without_sizes(raised: Raised, domain: &Name, written: &str, shown: &str) -> Raised {
    let list = TagList::parse(written);
    let mut value = shown.to_owned();
    for tag in ["rua", "ruf"].into_iter().filter_map(|name| list.tag(name)) {
        let bare: Vec<&str> = tag.value.split(',').map(str::trim).map(without_size).collect();
        value = value.replace(tag.value, &bare.join(","));
    }
    raised.fix(replacement(domain, shown, value))
}

fn replacement(domain: &Name, old: &str, value: String) -> RecordChange {
    RecordChange {
        action: Action::Replace,
        name: domain.child("_dmarc"),
        rtype: Rtype::TXT,
        old: Some(old.to_owned()),
        value: Some(value),
    }
}
