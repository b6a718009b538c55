//! What is said of a domain: a finding, without its words.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Bilingual, Lang, Name, Rtype};

/// How much a finding weighs; `Critical` is the heaviest and sorts last.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Works, at risk.
    Warning,
    /// A standard is broken, or major receivers will reject or junk.
    Error,
    /// Mail is being lost, or anyone can forge it, now.
    Critical,
}

impl Severity {
    /// As people say it within a sentence.
    pub fn word(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Critical, Lang::En) => "critical",
            (Self::Critical, Lang::Fr) => "critique",
            (Self::Error, Lang::En) => "error",
            (Self::Error, Lang::Fr) => "erreur",
            (Self::Warning, Lang::En) => "warning",
            (Self::Warning, Lang::Fr) => "avertissement",
            (Self::Info, Lang::En) => "info",
            (Self::Info, Lang::Fr) => "information",
        }
    }
}

/// Whether the fault is there, or it could not be told. An id is always one or the other.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, strum::Display,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Status {
    Fail,
    Indeterminate,
}

/// The subject of what could not be told of any part, for one reason.
pub const ALL_PARTS: &str = "resolver";

/// A finding as judged. Its words are looked up in the catalogue, so it can be told in any language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// `<check>.<kebab-case condition>`.
    pub id: String,
    pub severity: Severity,
    pub status: Status,
    /// What it is about: a name, an address, `selector._domainkey.name`, `list/IP`.
    pub subject: String,
    /// What fills the placeholders of its words.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
    /// What it was judged from; an object.
    pub evidence: serde_json::Value,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fix: Vec<RecordChange>,
    /// Why there is none, where a record would heal it in another place or at another time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<Withheld>,
}

impl Finding {
    /// The check that says it: the part of the id before the dot.
    pub fn check(&self) -> &str {
        self.id.split_once('.').map_or(self.id.as_str(), |(check, _)| check)
    }

    pub fn is_failing(&self) -> bool {
        self.status == Status::Fail
    }

    /// The part of what its check looks at that an indeterminate finding speaks of; nothing where it
    /// may speak of everything. [`ALL_PARTS`] as a subject is everything; several parts stand in one subject with
    /// commas between them.
    fn part(&self) -> Option<&str> {
        let is_part = super::Catalogue::find(&self.id).is_some_and(|entry| entry.part);
        (is_part && self.subject != ALL_PARTS).then_some(self.subject.as_str())
    }

    /// Whether what this finding could not tell may be why `other` is not said: `house` hides
    /// `house/192.0.2.1`, and so does `house, other`.
    pub fn may_hide(&self, other: &Self) -> bool {
        let is_in = |part: &str| {
            let rest = other.subject.strip_prefix(part);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        // The same parts are the same subject, and one of several may be told of alone at another time.
        let within = |parts: &str| is_in(parts) || parts.split(", ").any(is_in);
        let is_meant = super::Catalogue::find(&self.id)
            .is_none_or(|entry| entry.hides.is_empty() || entry.hides.contains(&other.id));
        self.status == Status::Indeterminate && is_meant && self.part().is_none_or(within)
    }

    /// Whether what this finding could not tell leaves nothing told.
    pub(super) fn leaves_nothing(&self) -> bool {
        self.status == Status::Indeterminate && self.part().is_none()
    }
}

/// Identity of a finding between runs: stable for domain, id and subject.
pub fn fingerprint(domain: &Name, id: &str, subject: &str) -> String {
    let digest = Sha256::digest(format!("{domain}\n{id}\n{subject}"));
    digest.iter().take(12).map(|octet| format!("{octet:02x}")).collect()
}

/// What is done to one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    Add,
    Replace,
    Delete,
}

/// A change of one DNS record that heals a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordChange {
    pub action: Action,
    pub name: Name,
    #[serde(rename = "type")]
    pub rtype: Rtype,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

impl RecordChange {
    /// A record to publish beside what stands at the name.
    pub fn add(name: &Name, rtype: Rtype, value: impl Into<String>) -> Self {
        let (name, value) = (name.clone(), Some(value.into()));
        Self { action: Action::Add, name, rtype, old: None, value }
    }

    /// A record to take away.
    pub fn delete(name: &Name, rtype: Rtype, old: impl Into<String>) -> Self {
        let (name, old) = (name.clone(), Some(old.into()));
        Self { action: Action::Delete, name, rtype, old, value: None }
    }

    /// A record to put in the place of another.
    pub fn replace(
        name: &Name,
        rtype: Rtype,
        old: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        let (name, old, value) = (name.clone(), Some(old.into()), Some(value.into()));
        Self { action: Action::Replace, name, rtype, old, value }
    }
}

/// Why a record that would heal a finding is not proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Withheld {
    /// Its name is an alias, and nothing else can stand beside it (RFC 1034 §3.6.2, RFC 2181 §10.1).
    Alias { name: Name, target: Name },
    /// What stands at its name comes from a wildcard (RFC 4592 §2.2.1).
    Wildcard { name: Name },
    /// Its name lies in the zone of somebody else.
    Foreign { name: Name },
    /// What senders hold against a name, by MTA-STS, DANE or its certificate, may not fit the other.
    Relied { name: Name, target: Name },
    /// It would put into force what other findings speak of, each written as `id subject`.
    Unmended { findings: Vec<String> },
}

impl Withheld {
    /// In one sentence, without a full stop.
    pub fn words(&self) -> Bilingual {
        match self {
            Self::Alias { name, target } if name.registrable() != target.registrable() => {
                alias_of_others(name, target)
            }
            Self::Alias { name, target } => Bilingual::new(
                format!("{name} is an alias of {target}; the record belongs there"),
                format!("{name} est un alias de {target} ; c’est là que va l’enregistrement"),
            ),
            Self::Wildcard { name } => Bilingual::new(
                format!("a wildcard brings it; whatever is published at {name} takes its place"),
                format!("il vient d’un joker ; tout ce qui est publié sous {name} prend sa place"),
            ),
            Self::Foreign { name } => Bilingual::new(
                format!("{name} is a name of somebody else, who alone can publish there"),
                format!("{name} appartient à un tiers, qui seul peut y publier"),
            ),
            Self::Relied { name, target } => Bilingual::new(
                format!(
                    "MTA-STS, DANE or the certificate may rest on the name {name}; before it gives way to \
                     {target}, policy, TLSA records and certificate must name {target}"
                ),
                format!(
                    "MTA-STS, DANE ou le certificat reposent peut-être sur le nom {name} ; avant de le \
                     remplacer par {target}, la politique, les enregistrements TLSA et le certificat doivent \
                     porter {target}"
                ),
            ),
            Self::Unmended { findings } => {
                let named = findings.join(", ");
                Bilingual::new(
                    format!("it would put into force what is wrong; mend first: {named}"),
                    format!("il ferait appliquer ce qui est erroné ; corriger d’abord : {named}"),
                )
            }
        }
    }
}

/// Where an alias leads to others, many may share its target, and who runs it writes it: a record for one of them
/// does not belong there. A DMARC record is the owner's to write; what else stands behind such an alias, a key
/// above all, changes with its provider, and a copy of it would not.
fn alias_of_others(name: &Name, target: &Name) -> Bilingual {
    if name.labels().first() == Some(&"_dmarc") {
        return Bilingual::new(
            format!(
                "{name} is an alias of {target}, in another domain; replace the alias by a TXT record of your \
                 own, or change the record in the console of whoever runs {target}"
            ),
            format!(
                "{name} est un alias de {target}, dans un autre domaine ; remplacer l’alias par votre propre \
                 enregistrement TXT, ou modifier l’enregistrement dans la console du service qui gère {target}"
            ),
        );
    }
    Bilingual::new(
        format!(
            "{name} is an alias of {target}, in another domain; it is changed in the console of whoever runs \
             {target}"
        ),
        format!(
            "{name} est un alias de {target}, dans un autre domaine ; la modification se fait dans la console \
             du service qui gère {target}"
        ),
    )
}

/// The heaviest failing finding.
pub fn worst<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Option<Severity> {
    findings
        .into_iter()
        .filter(|finding| finding.is_failing())
        .map(|finding| finding.severity)
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who shares the target of an alias with others is not told to write there.
    #[test]
    fn a_record_belongs_at_the_target_of_an_alias_only_in_its_own_domain() {
        #[rustfmt::skip]
        let cases = [
            ("_dmarc.example.com",             "policy.example.com", "; the record belongs there"),
            ("_dmarc.a.example.com",           "policy.example.com", "; the record belongs there"),
            ("_dmarc.example.com",             "dmarc.example.net",  ", in another domain; replace the alias by"),
            ("s1._domainkey.example.com",      "s1.example.net",     ", in another domain; it is changed in"),
        ];
        for (name, target, expected) in cases {
            let why = Withheld::Alias { name: Name::new(name), target: Name::new(target) };
            let expected = format!("{name} is an alias of {target}{expected}");
            assert!(why.words().en.starts_with(&expected), "{}", why.words().en);
        }
    }
}
