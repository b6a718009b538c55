//! The records that heal a finding of `dmarc`.

use crate::kernel::{Action, Name, Profile, RecordChange, Rtype, Target};
use crate::records::dmarc::with_rua;

/// A first record: watching only for a domain with mail, refusing for one without.
pub fn first_record(target: &Target) -> RecordChange {
    let value = match target.profile {
        Profile::Parked => "v=DMARC1; p=reject".to_owned(),
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
        value: Some(with_rua(record, &format!("mailto:postmaster@{domain}"))),
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
