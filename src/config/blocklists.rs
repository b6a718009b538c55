//! `[[blocklists]]`: which lists are asked beside the catalogue's, or otherwise than it says?

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use serde::Serialize;
use vigie_checks::kernel::{Blocklist, ListKind, Name};

use super::domains::domain_name;
use super::mistake::BadValue;
use super::reader::{Section, string};
use super::suggest;

/// A list of one's own, or what differs from the catalogue's list of the same id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BlocklistChange {
    pub id: String,
    /// Default: true.
    pub enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where it is asked; a list of one's own needs it, as well as `kind` and `codes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<ListKind>,
    /// Answer → what it means.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub codes: BTreeMap<String, String>,
    /// Where to ask for removal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delist: Option<String>,
}

impl BlocklistChange {
    /// Puts this change over the lists of the catalogue. One that is neither in the catalogue nor
    /// complete was refused when the configuration was read.
    pub fn apply(&self, lists: &mut Vec<Blocklist>) {
        let at = lists.iter().position(|list| list.id == self.id);
        match (self.enabled, at) {
            (false, Some(at)) => _ = lists.remove(at),
            (false, None) => {}
            (true, Some(at)) => self.change(&mut lists[at]),
            (true, None) => lists.extend(self.own()),
        }
    }

    fn change(&self, list: &mut Blocklist) {
        let changed = self.clone();
        list.zone = changed.zone.unwrap_or_else(|| list.zone.clone());
        list.kind = changed.kind.unwrap_or(list.kind);
        list.name = changed.name.or_else(|| list.name.take());
        list.delist = changed.delist.or_else(|| list.delist.take());
        if !changed.codes.is_empty() {
            list.codes = changed.codes;
        }
    }

    fn own(&self) -> Option<Blocklist> {
        Some(Blocklist {
            test_listed: None,
            id: self.id.clone(),
            name: self.name.clone(),
            zone: self.zone.clone()?,
            kind: self.kind?,
            codes: self.codes.clone(),
            delist: self.delist.clone(),
        })
    }
}

/// `known` are the ids of the catalogue.
pub(super) fn read(sections: Vec<Section<'_, '_>>, known: &[String]) -> Vec<BlocklistChange> {
    let mut seen = BTreeSet::new();
    sections.into_iter().filter_map(|section| change(section, known, &mut seen)).collect()
}

fn change(
    mut section: Section<'_, '_>,
    known: &[String],
    seen: &mut BTreeSet<String>,
) -> Option<BlocklistChange> {
    let id = section.text("id");
    let id = section.needed("id", id);
    let change = BlocklistChange {
        id: id.clone().unwrap_or_default(),
        enabled: section.flag("enabled").unwrap_or(true),
        name: section.text("name"),
        zone: section.parsed("zone", domain_name),
        kind: section.parsed("kind", kind),
        codes: codes(section.section("codes")),
        delist: section.text("delist"),
    };
    if let Some(id) = &id {
        if !seen.insert(id.clone()) {
            let what = BadValue::new(format!("`{id}` is named twice"));
            section.refuse(section.value_span("id"), what);
        }
        if !known.contains(id) {
            complete(&section, id, known);
        }
    }
    section.finish();
    id.map(|_| change)
}

/// A list of one's own says everything itself.
fn complete(section: &Section<'_, '_>, id: &str, known: &[String]) {
    let absent = ["zone", "kind", "codes"].into_iter().find(|key| !section.is_written(key));
    if let Some(absent) = absent {
        let what = BadValue::new(format!("`{id}` is not in the catalogue, so it needs `{absent}`"));
        let suggestion = suggest::did_you_mean(id, known.iter().map(String::as_str));
        section.refuse(section.value_span("id"), what.hint(suggestion));
    }
}

fn kind(written: &str) -> Result<ListKind, BadValue> {
    match written {
        "ip4" => Ok(ListKind::Ip4),
        "ip6" => Ok(ListKind::Ip6),
        "ip" => Ok(ListKind::Ip),
        "domain" => Ok(ListKind::Domain),
        _ => Err(BadValue::new(format!("is `{written}`; write ip4, ip6, ip or domain"))),
    }
}

fn codes(mut section: Section<'_, '_>) -> BTreeMap<String, String> {
    const MEANINGS: [&str; 7] =
        ["critical", "error", "warning", "info", "listed", "policy", "refused"];
    let mut codes = BTreeMap::new();
    for (answer, key, value) in section.entries() {
        if !is_answer(answer) {
            let what = BadValue::new(format!("`{answer}` is not an answer of a blocklist"));
            let hint = "write 127.0.0.2, 127.0.0.0/24, 127.0.0.4-127.0.0.7 or bit:64";
            section.refuse(key, what.hint(Some(hint)));
        }
        match string(value) {
            Ok(meaning) if MEANINGS.contains(&meaning) => {
                codes.insert(answer.to_owned(), meaning.to_owned());
            }
            Ok(meaning) => {
                let what = BadValue::new(format!("`{meaning}` is not a meaning of an answer"));
                let known = suggest::did_you_mean(meaning, MEANINGS);
                let all = || format!("write one of {}", MEANINGS.join(", "));
                section.refuse(value.span(), what.hint(Some(known.unwrap_or_else(all))));
            }
            Err(what) => section.refuse(value.span(), what.named(&format!("`{answer}`"))),
        }
    }
    codes
}

/// An address inside 127.0.0.0/8, a network or a range of them, or a bit of a mask (RFC 5782 §2.1).
fn is_answer(written: &str) -> bool {
    let loopback = |text: &str| text.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback());
    if let Some(bit) = written.strip_prefix("bit:") {
        return bit.parse::<u8>().is_ok_and(u8::is_power_of_two);
    }
    match (written.split_once('-'), written.split_once('/')) {
        (Some((first, last)), _) => loopback(first) && loopback(last),
        (None, Some((network, length))) => {
            loopback(network) && length.parse::<u8>().is_ok_and(|length| (8..=32).contains(&length))
        }
        (None, None) => loopback(written),
    }
}
