//! What is to be said of records beside their place.

use super::super::{DnsCode, Doubled, Strays};
use crate::kernel::{Action, Code, Name, Raised, RecordChange, Rtype};

pub fn judge(strays: &Strays, domain: &Name) -> Vec<Raised> {
    let mut raised = Vec::new();
    if !strays.wildcard.is_empty() {
        raised.push(wildcard(&strays.wildcard, domain));
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

fn wildcard(texts: &[String], domain: &Name) -> Raised {
    let raised = DnsCode::WildcardTxt.on(domain).evidence("texts", texts);
    texts.iter().fold(raised, |raised, text| {
        raised.fix(RecordChange {
            action: Action::Delete,
            name: domain.child("*"),
            rtype: Rtype::TXT,
            old: Some(text.clone()),
            value: None,
        })
    })
}

fn doubled(doubled: &Doubled) -> Raised {
    let raised = DnsCode::DoubledOrigin
        .on(&doubled.expected)
        .with("found", &doubled.found)
        .evidence("found", &doubled.found)
        .evidence("texts", &doubled.texts);
    doubled.texts.iter().fold(raised, |raised, text| {
        let add = RecordChange {
            action: Action::Add,
            name: doubled.expected.clone(),
            rtype: Rtype::TXT,
            old: None,
            value: Some(text.clone()),
        };
        let delete = RecordChange {
            action: Action::Delete,
            name: doubled.found.clone(),
            rtype: Rtype::TXT,
            old: Some(text.clone()),
            value: None,
        };
        raised.fix(add).fix(delete)
    })
}
