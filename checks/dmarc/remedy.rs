//! The records that heal a finding of `dmarc`.

use super::DmarcCode;
use super::facts::Misplaced;
use crate::kernel::{Name, Profile, Raised, RecordChange, Rtype, Severity, Target, Text};
use crate::records::dmarc::{Policy, with_rua};
use crate::records::dmarc_repair::{REMOVED, repaired, without_tags};
use crate::records::dmarc_uri::{ReportUri, report_uris, without_size};
use crate::records::tag_list::TagList;

/// A first record: watching only for a domain that sends, refusing for one that does not. Reports go to the
/// domain itself, if it has hosts for its mail.
pub fn first_record(target: &Target, has_no_mail_host: bool) -> RecordChange {
    let policy = if sends_nothing(target) { Policy::Reject } else { Policy::None };
    let value = match target.profile {
        Profile::Parked => format!("v=DMARC1; p={policy}"),
        _ if has_no_mail_host => format!("v=DMARC1; p={policy}"),
        _ => format!("v=DMARC1; p={policy}; rua=mailto:postmaster@{}", target.domain),
    };
    RecordChange::add(&target.domain.child("_dmarc"), Rtype::TXT, value)
}

/// Whether nobody says that mail comes from the domain.
pub fn sends_nothing(target: &Target) -> bool {
    !target.profile.sends() && !target.is_from_of_a_stream()
}

/// The record with a policy: without one it counts for nothing, and with an address for reports alone it
/// counts as none (RFC 9989 §4.10.1).
fn with_a_policy(record: &str) -> String {
    if TagList::parse(record).tag("p").is_some_and(|tag| !tag.value.is_empty()) {
        return record.to_owned();
    }
    let rest = without_tags(record, &["p"]);
    match rest.split_once(';') {
        Some((version, rest)) => format!("{}; p=none;{rest}", version.trim_end()),
        None => format!("{}; p=none", rest.trim_end()),
    }
}

/// The agreement of a host to receive reports (RFC 9990 §4), to be published in the host's zone.
pub fn agreement(asked: &Name) -> RecordChange {
    RecordChange::add(asked, Rtype::TXT, "v=DMARC1")
}

/// What heals a finding about a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repair {
    /// As it was meant, where that is plain.
    Respell,
    CorrectAddresses,
    WithoutSizes,
    /// Reports go to the domain itself.
    AddAddress,
    /// Tags that change nothing for anybody, or should not be there.
    Without(Vec<&'static str>),
    /// No `t=y`: the policy is applied as asked for.
    EndTest,
    /// No tag that RFC 9989 takes away: the policy is applied to all mail.
    EndSampling,
    SetPolicy(&'static str, Policy),
}

impl Repair {
    /// When it is made among others: tags are read only from a record that can be read.
    fn turn(&self) -> u8 {
        match self {
            Self::Respell => 0,
            Self::CorrectAddresses | Self::WithoutSizes => 1,
            Self::AddAddress
            | Self::Without(_)
            | Self::EndTest
            | Self::EndSampling
            | Self::SetPolicy(..) => 2,
        }
    }

    /// Whether receivers refuse more mail after it.
    fn is_stricter(&self) -> bool {
        match self {
            Self::EndTest | Self::EndSampling | Self::SetPolicy(..) => true,
            Self::Respell
            | Self::CorrectAddresses
            | Self::WithoutSizes
            | Self::AddAddress
            | Self::Without(_) => false,
        }
    }

    /// In which order findings with it are told, and their fixes made: first what turns away no mail, then what
    /// turns away none that anybody sends, for such names do not exist.
    fn step(&self) -> u8 {
        match self {
            Self::SetPolicy("np", _) => 1,
            strict if strict.is_stricter() => 2,
            _ => 0,
        }
    }

    /// The record after it; nothing where it cannot be made.
    fn of(&self, record: &str, domain: &Name) -> Option<String> {
        match self {
            Self::Respell => respelled(record),
            Self::CorrectAddresses => with_correct_addresses(record),
            Self::WithoutSizes => Some(without_sizes(record)),
            Self::AddAddress => {
                Some(with_rua(&with_a_policy(record), &format!("mailto:postmaster@{domain}")))
            }
            Self::Without(tags) => Some(without_tags(record, tags)),
            Self::EndTest => Some(without_tags(record, &["t"])),
            Self::EndSampling => Some(without_tags(record, &REMOVED)),
            Self::SetPolicy(tag, policy) => {
                Some(format!("{}; {tag}={policy}", without_tags(record, &[tag])))
            }
        }
    }
}

/// A finding, and what heals it.
pub struct Found {
    raised: Raised,
    repair: Option<Repair>,
}

impl Found {
    pub fn healed_by(raised: Raised, repair: Repair) -> Self {
        Self { raised, repair: Some(repair) }
    }

    pub fn is_of(&self, code: DmarcCode) -> bool {
        self.raised.is_of(code)
    }

    /// With another weight.
    pub fn severity(self, severity: Severity) -> Self {
        Self { raised: self.raised.severity(severity), ..self }
    }
}

impl From<Raised> for Found {
    fn from(raised: Raised) -> Self {
        Self { raised, repair: None }
    }
}

/// The findings about one record, each with a record that heals as many of them as it may: one that makes
/// receivers stricter is proposed only by the finding that asks for that, and of others like it does nothing, so
/// that nobody turns away mail but by the one step that he takes. What mends without harm is in each of them.
pub fn together(mut found: Vec<Found>, domain: &Name, written: &str, shown: &str) -> Vec<Raised> {
    found.sort_by_key(|one| one.repair.as_ref().map_or(0, Repair::step));
    let gentle: Vec<&Repair> = found
        .iter()
        .filter_map(|one| one.repair.as_ref())
        .filter(|repair| !repair.is_stricter())
        .collect();
    let fixed = |repair: &Repair| {
        let mut repairs = gentle.clone();
        repairs.extend(repair.is_stricter().then_some(repair));
        let (value, made) = made(repairs, domain, written, shown);
        made.contains(repair).then(|| replacement(domain, shown, value))
    };
    let fixes: Vec<Option<RecordChange>> =
        found.iter().map(|one| one.repair.as_ref().and_then(fixed)).collect();
    found
        .into_iter()
        .zip(fixes)
        .map(|(one, fix)| fix.into_iter().fold(one.raised, Raised::fix))
        .collect()
}

/// The record after these repairs, and those that could be made.
fn made(
    mut repairs: Vec<&Repair>,
    domain: &Name,
    written: &str,
    shown: &str,
) -> (String, Vec<Repair>) {
    repairs.sort_by_key(|repair| repair.turn());
    let (mut value, mut made) = (shown.to_owned(), Vec::new());
    for repair in repairs {
        // A spelling is read from what was written; nothing was changed before it.
        let before = if *repair == Repair::Respell { written } else { &value };
        if let Some(after) = repair.of(before, domain) {
            value = after;
            made.push(repair.clone());
        }
    }
    (value, made)
}

/// The record as it was meant, where that is plain, with addresses that can be used.
pub fn respelled(written: &str) -> Option<String> {
    // As records are proposed: an octet that is no text as `\DDD`.
    let meant = Text::of_readable(&repaired(written)?).printable();
    let is_usable = |uris: &str| report_uris(uris).iter().all(ReportUri::is_valid);
    let rua = TagList::parse(&meant).tag("rua").map(|tag| tag.value.to_owned());
    if rua.is_none_or(|uris| is_usable(&uris)) {
        return Some(meant);
    }
    Some(with_correct_addresses(&meant).unwrap_or_else(|| without_tags(&meant, &["rua"])))
}

/// The text as the record that it was meant to be, where that is plain.
pub fn repair(raised: Raised, domain: &Name, written: &str, shown: &str) -> Raised {
    match respelled(written) {
        Some(value) => raised.fix(replacement(domain, shown, value)),
        None => raised,
    }
}

/// The end of texts that have no business at the name.
pub fn delete(raised: Raised, name: &Name, texts: &[String]) -> Raised {
    let deletion = |text: &String| RecordChange::delete(name, Rtype::TXT, text);
    texts.iter().map(deletion).fold(raised, Raised::fix)
}

/// The record at its right name; the misplaced one may stay for all that receivers care.
pub fn move_record(raised: Raised, domain: &Name, found: &Misplaced) -> Raised {
    raised.fix(RecordChange::add(&domain.child("_dmarc"), Rtype::TXT, found.record.clone()))
}

/// The alias with the target that was meant, which its final dot makes.
pub fn dotted(raised: Raised, domain: &Name, target: &Name, meant: &Name) -> Raised {
    let (old, value) = (format!("{target}."), format!("{meant}."));
    raised.fix(RecordChange::replace(&domain.child("_dmarc"), Rtype::CNAME, old, value))
}

/// The record with `mailto:` before bare addresses, without slashes and brackets around them; what is
/// still no URI is left out. Nothing where no address would remain.
fn with_correct_addresses(record: &str) -> Option<String> {
    let list = TagList::parse(record);
    let corrected = list.tag("rua")?.value.split(',').map(str::trim).filter_map(|uri| {
        let bare = uri.strip_prefix("mailto:").unwrap_or(uri).trim_matches(['/', '<', '>', ' ']);
        let candidates = [uri.to_owned(), format!("mailto:{bare}")];
        candidates
            .into_iter()
            .find(|uri| matches!(report_uris(uri).as_slice(), [one] if one.is_valid()))
    });
    let uris: Vec<String> = corrected.collect();
    (!uris.is_empty()).then(|| with_rua(record, &uris.join(",")))
}

/// The record with URIs that end without a size.
fn without_sizes(record: &str) -> String {
    let list = TagList::parse(record);
    let mut value = record.to_owned();
    for tag in ["rua", "ruf"].into_iter().filter_map(|name| list.tag(name)) {
        let bare: Vec<&str> = tag.value.split(',').map(str::trim).map(without_size).collect();
        value = value.replace(tag.value, &bare.join(","));
    }
    value
}

fn replacement(domain: &Name, old: &str, value: String) -> RecordChange {
    RecordChange::replace(&domain.child("_dmarc"), Rtype::TXT, old, value)
}
