//! Which lists are asked? `[network] blocklists` says which of the catalogue, `[[blocklists]]` which
//! beside them, or otherwise than it says.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use vigie_checks::blocklist::MEANINGS;
use vigie_checks::kernel::{Blocklist, KEY_LABEL, ListKind, Name};

use super::domains::domain_name;
use super::mistake::BadValue;
use super::reader::{Section, string};
use super::secret::redacted_option;
use super::suggest::{self, meant_or_any};

/// A list of one's own, or what differs from the catalogue's list of the same id.
#[derive(Clone, Debug, Serialize)]
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
    /// The secret first label, for lists that are asked with one.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "redacted_option")]
    pub key: Option<SecretString>,
}

/// Which lists of the catalogue are asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asked {
    /// Those that major receivers act on.
    #[default]
    Major,
    All,
    /// Only those of `[[blocklists]]`.
    None,
}

impl Asked {
    pub(super) fn asks(self, list: &Blocklist) -> bool {
        match self {
            Self::Major => list.tier == 1,
            Self::All => true,
            Self::None => false,
        }
    }
}

pub(super) fn asked(written: &str) -> Result<Asked, BadValue> {
    match written {
        "major" => Ok(Asked::Major),
        "all" => Ok(Asked::All),
        "none" => Ok(Asked::None),
        _ => Err(BadValue::predicate(
            format!("is `{written}`; write major, all or none"),
            format!("vaut `{written}` ; écrire major, all ou none"),
        )),
    }
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
        list.zone = changed.asked_zone().unwrap_or_else(|| list.zone.clone());
        list.kind = changed.kind.unwrap_or(list.kind);
        list.name = changed.name.or_else(|| list.name.take());
        list.delist = changed.delist.or_else(|| list.delist.take());
        if !changed.codes.is_empty() {
            list.codes = changed.codes;
        }
    }

    /// The zone, with the label that stands for the key where there is one.
    fn asked_zone(&self) -> Option<Name> {
        let zone = self.zone.as_ref()?;
        Some(if self.key.is_some() { zone.child(KEY_LABEL) } else { zone.clone() })
    }

    fn own(&self) -> Option<Blocklist> {
        Some(Blocklist {
            test_listed: None,
            tier: 1,
            terms: None,
            replaces: None,
            id: self.id.clone(),
            name: self.name.clone(),
            zone: self.asked_zone()?,
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
        key: section.checked_secret("key", key),
    };
    if let Some(id) = &id {
        if !seen.insert(id.clone()) {
            let what = BadValue::sentence(
                format!("`{id}` is named twice"),
                format!("`{id}` figure deux fois"),
            );
            section.refuse(section.value_span("id"), what);
        }
        if !known.contains(id) {
            complete(&section, id, known);
        }
    }
    if let Some(what) = misplaced_key(&change, section.is_written("key")) {
        section.refuse(section.value_span("id"), what);
    }
    section.finish();
    id.map(|_| change)
}

/// A list of one's own says everything itself.
fn complete(section: &Section<'_, '_>, id: &str, known: &[String]) {
    let absent = ["zone", "kind", "codes"].into_iter().find(|key| !section.is_written(key));
    if let Some(absent) = absent {
        let what = BadValue::sentence(
            format!("`{id}` is not in the catalogue, so it needs `{absent}`"),
            format!("`{id}` n’est pas dans le catalogue ; il lui faut donc `{absent}`"),
        );
        let meant = suggest::did_you_mean(id, known.iter().map(String::as_str));
        section.refuse(section.value_span("id"), what.suggest(meant));
    }
}

/// A list of the catalogue has its key where it wants one, and else none.
fn misplaced_key(change: &BlocklistChange, has_key: bool) -> Option<BadValue> {
    let lists = vigie_checks::blocklist::catalogue();
    let list = lists.iter().find(|list| list.id == change.id && change.zone.is_none())?;
    let id = &change.id;
    match (list.needs_key(), has_key) {
        (true, false) if change.enabled => Some(BadValue::sentence(
            format!("`{id}` is asked with a key, so it needs `key`"),
            format!("`{id}` s’interroge avec une clé ; il lui faut donc `key`"),
        )),
        (false, true) => Some(BadValue::sentence(
            format!("`{id}` is asked without a key"),
            format!("`{id}` s’interroge sans clé"),
        )),
        _ => None,
    }
}

/// A key is a label of the name that is asked for (RFC 1035 §2.3.1), and long enough to be told from
/// the words of an answer.
fn key(secret: &SecretString) -> Result<(), BadValue> {
    let key = secret.expose_secret();
    let is_label = (8..=63).contains(&key.len())
        && key.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-');
    let refuse = || {
        BadValue::predicate(
            "is no key: 8 to 63 letters, digits or hyphens",
            "n’est pas une clé : 8 à 63 lettres, chiffres ou traits d’union",
        )
    };
    is_label.then_some(()).ok_or_else(refuse)
}

fn kind(written: &str) -> Result<ListKind, BadValue> {
    match written {
        "ip4" => Ok(ListKind::Ip4),
        "ip6" => Ok(ListKind::Ip6),
        "ip" => Ok(ListKind::Ip),
        "domain" => Ok(ListKind::Domain),
        _ => Err(BadValue::predicate(
            format!("is `{written}`; write ip4, ip6, ip or domain"),
            format!("vaut `{written}` ; écrire ip4, ip6, ip ou domain"),
        )),
    }
}

fn codes(mut section: Section<'_, '_>) -> BTreeMap<String, String> {
    let mut codes = BTreeMap::new();
    for (answer, key, value) in section.entries() {
        if !is_answer(answer) {
            let what = BadValue::sentence(
                format!("`{answer}` is not an answer of a blocklist"),
                format!("`{answer}` n’est pas la réponse d’une liste de blocage"),
            );
            let what = what.hint(
                "write 127.0.0.2, 127.0.0.0/24, 127.0.0.4-127.0.0.7 or bit:64",
                "écrire 127.0.0.2, 127.0.0.0/24, 127.0.0.4-127.0.0.7 ou bit:64",
            );
            section.refuse(key, what);
        }
        match string(value) {
            Ok(meaning) if MEANINGS.contains(&meaning) => {
                codes.insert(answer.to_owned(), meaning.to_owned());
            }
            Ok(meaning) => {
                let what = BadValue::sentence(
                    format!("`{meaning}` is not a meaning of an answer"),
                    format!("`{meaning}` n’est pas le sens d’une réponse"),
                );
                section.refuse(value.span(), what.suggest(Some(meant_or_any(meaning, &MEANINGS))));
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
