//! The record to publish instead.

use super::authorise::SpfResult;
use super::facts::{Facts, SenderResult};
use crate::kernel::{Action, Name, Raised, RecordChange, Rtype, Target};

/// A first record, where the sending addresses are known.
pub fn add_record(raised: Raised, target: &Target) -> Raised {
    if !target.profile.sends() || target.sending_ips.is_empty() {
        return raised;
    }
    let terms: Vec<String> = target.sending_ips.iter().map(|ip| address_term(*ip)).collect();
    let value = format!("v=spf1 {} ~all", terms.join(" "));
    raised.fix(RecordChange {
        action: Action::Add,
        name: target.domain.clone(),
        rtype: Rtype::TXT,
        old: None,
        value: Some(value),
    })
}

/// The domain's own record without the terms given.
pub fn without_terms(raised: Raised, facts: &Facts, terms: &[&str]) -> Raised {
    rewrite(raised, &facts.tree.domain, facts.record.as_deref(), |word| {
        (!terms.contains(&word)).then(|| word.to_owned())
    })
}

/// The domain's own record with one term replaced.
pub fn replace_term(raised: Raised, facts: &Facts, term: &str, by: &str) -> Raised {
    rewrite(raised, &facts.tree.domain, facts.record.as_deref(), |word| {
        Some(if word == term { by.to_owned() } else { word.to_owned() })
    })
}

/// The record with the sender's address put before what ends it. A permerror has another cause.
pub fn authorise(raised: Raised, sender: &SenderResult) -> Raised {
    if sender.result == SpfResult::Permerror {
        return raised;
    }
    let added = address_term(sender.ip);
    let mut placed = false;
    let Some(record) = sender.record.as_deref() else { return raised };
    let ends = |word: &str| {
        let word = word.to_ascii_lowercase();
        word.trim_start_matches(['+', '-', '~', '?']) == "all" || word.starts_with("redirect=")
    };
    let mut words = Vec::new();
    for word in record.split(' ').filter(|word| !word.is_empty()) {
        if !placed && (ends(word) || sender.matched.as_deref() == Some(word)) {
            words.push(added.clone());
            placed = true;
        }
        words.push(word.to_owned());
    }
    if !placed {
        words.push(added);
    }
    raised.fix(replacement(&sender.domain, record, words.join(" ")))
}

fn rewrite(
    raised: Raised,
    domain: &Name,
    record: Option<&str>,
    change: impl Fn(&str) -> Option<String>,
) -> Raised {
    let Some(record) = record else { return raised };
    let words: Vec<String> =
        record.split(' ').filter(|word| !word.is_empty()).filter_map(change).collect();
    raised.fix(replacement(domain, record, words.join(" ")))
}

fn replacement(domain: &Name, old: &str, value: String) -> RecordChange {
    RecordChange {
        action: Action::Replace,
        name: domain.clone(),
        rtype: Rtype::TXT,
        old: Some(old.to_owned()),
        value: Some(value),
    }
}

fn address_term(ip: std::net::IpAddr) -> String {
    match ip {
        std::net::IpAddr::V4(address) => format!("ip4:{address}"),
        std::net::IpAddr::V6(address) => format!("ip6:{address}"),
    }
}
