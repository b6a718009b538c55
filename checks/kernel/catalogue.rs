//! The words of the findings: one `findings.toml` per check, English and French.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, OnceLock};

use serde::{Deserialize, Serialize};

use super::plugin::OwnWords;
use super::{Bilingual, CheckEntry, Finding, Profile, Reason, Severity, Status, reason_in_words};

/// A language that people read.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::Display,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Lang {
    #[default]
    En,
    Fr,
}

/// One finding's words and weight.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub severity: Severity,
    /// The weight for domains of these profiles instead; what a row raises in a case of its own stands.
    #[serde(default)]
    pub profiles: BTreeMap<Profile, Severity>,
    /// The row is "could not tell": never failing, always `info`.
    #[serde(default)]
    pub indeterminate: bool,
    /// What it could not tell is one part of what the check looks at, which the subject names: what
    /// was told of other parts stands.
    #[serde(default)]
    pub part: bool,
    /// The ids of its check that may go unsaid because of it; all of them where none is named.
    #[serde(default)]
    pub hides: Vec<String>,
    pub title: Bilingual,
    pub message: Bilingual,
    pub why: Bilingual,
    pub fix: Bilingual,
    /// The sentences that are said instead in a case of its own, by what its findings have for [`CASE`].
    #[serde(default)]
    pub cases: BTreeMap<String, Sentences>,
    pub refs: Vec<String>,
    pub since: String,
    /// Whether findings of this id carry DNS records to publish.
    #[serde(default)]
    pub record: bool,
    /// Why no record can be proposed; owed when `record` is false.
    #[serde(default)]
    pub no_record: Option<String>,
}

/// The parameter that says which case a finding is, where its sentences are not the usual ones.
pub const CASE: &str = "case";

/// The sentences of one case of a finding.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sentences {
    pub title: Bilingual,
    pub message: Bilingual,
    pub why: Bilingual,
    pub fix: Bilingual,
}

impl Entry {
    /// Title, message, why and fix of a finding.
    fn sentences_for(&self, finding: &Finding) -> [&Bilingual; 4] {
        match finding.params.get(CASE).and_then(|case| self.cases.get(case)) {
            Some(case) => [&case.title, &case.message, &case.why, &case.fix],
            None => [&self.title, &self.message, &self.why, &self.fix],
        }
    }

    /// Title, message, why and fix: the usual ones, then those of each case.
    pub fn every_sentence(&self) -> Vec<[&Bilingual; 4]> {
        let usual = [&self.title, &self.message, &self.why, &self.fix];
        let cases = self.cases.values();
        let cases = cases.map(|case| [&case.title, &case.message, &case.why, &case.fix]);
        std::iter::once(usual).chain(cases).collect()
    }

    /// The blanks of its sentences, in either language, for which a finding brings nothing.
    pub fn left_open(&self, finding: &Finding) -> BTreeSet<&str> {
        let sentences = self.sentences_for(finding);
        let blanks = sentences.into_iter().flat_map(|sentence| {
            [Lang::En, Lang::Fr].into_iter().flat_map(|lang| sentence.blanks(lang))
        });
        blanks.filter(|name| *name != "subject" && !finding.params.contains_key(*name)).collect()
    }

    /// The weight for a domain, before the case at hand.
    pub fn severity_for(&self, profile: Profile) -> Severity {
        self.profiles.get(&profile).copied().unwrap_or(self.severity)
    }

    pub fn status(&self) -> Status {
        if self.indeterminate { Status::Indeterminate } else { Status::Fail }
    }
}

/// A finding's sentences, placeholders filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub title: String,
    pub message: String,
    pub why: String,
    pub fix: String,
    pub references: Vec<String>,
}

/// The words of one check.
#[derive(Debug)]
pub struct Catalogue {
    check: &'static str,
    entries: BTreeMap<String, Entry>,
}

/// What is wrong with a `findings.toml`.
#[derive(Debug, thiserror::Error)]
#[error("{check}/findings.toml: {source}")]
pub struct CatalogueError {
    pub check: &'static str,
    pub source: toml::de::Error,
}

/// The catalogues by check, each read when it is first asked for: most runs need few of them.
static ALL: LazyLock<BTreeMap<&'static str, LazyCatalogue>> = LazyLock::new(|| {
    let unread =
        |entry: &'static CheckEntry| (entry.name, LazyCatalogue { entry, read: OnceLock::new() });
    crate::registry::CHECKS.iter().map(unread).collect()
});

struct LazyCatalogue {
    entry: &'static CheckEntry,
    read: OnceLock<Catalogue>,
}

impl LazyCatalogue {
    fn get(&self) -> &Catalogue {
        self.read.get_or_init(|| {
            Catalogue::parse(self.entry)
                .expect("findings.toml is compiled in and tested by contract.rs")
        })
    }
}

impl Catalogue {
    /// Reads the words of a check.
    ///
    /// # Errors
    /// The text is not of the form above.
    pub fn parse(check: &CheckEntry) -> Result<Self, CatalogueError> {
        let entries = toml::from_str(check.findings)
            .map_err(|source| CatalogueError { check: check.name, source })?;
        Ok(Self { check: check.name, entries })
    }

    /// The words of a registered check.
    ///
    /// # Panics
    /// The check is not in the registry.
    pub fn of(check: &str) -> &'static Self {
        ALL.get(check).expect("the name comes from the registry").get()
    }

    /// Every catalogue, by check.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        ALL.values().map(LazyCatalogue::get)
    }

    pub fn check(&self) -> &'static str {
        self.check
    }

    pub fn entries(&self) -> &BTreeMap<String, Entry> {
        &self.entries
    }

    /// The entry of one of the check's own conditions.
    ///
    /// # Panics
    /// The condition is not in `findings.toml`; `contract.rs` holds the two equal.
    pub fn entry(&self, condition: &str) -> &Entry {
        self.entries.get(condition).expect("contract.rs holds the enum and findings.toml equal")
    }

    /// The entry of any finding id, if there is one.
    pub fn find(id: &str) -> Option<&'static Entry> {
        let (check, condition) = id.split_once('.')?;
        ALL.get(check)?.get().entries.get(condition)
    }

    pub(super) fn is_registered(check: &str) -> bool {
        ALL.contains_key(check)
    }

    /// A finding told in a language. An id of another version is told by its id alone.
    pub fn words(finding: &Finding, lang: Lang) -> Words {
        if !Self::is_registered(finding.check())
            && let Some(words) = OwnWords::of(finding, lang)
        {
            return words;
        }
        let entry = Self::find(&finding.id).or_else(|| Self::find_of_plugin(&finding.id));
        let Some(entry) = entry else {
            return Words {
                title: format!("{}: {}", finding.id, finding.subject),
                message: String::new(),
                why: String::new(),
                fix: String::new(),
                references: Vec::new(),
            };
        };
        let say = |text: &Bilingual| fill(text.get(lang), finding, lang);
        let [title, message, mut why, mut fix] = entry.sentences_for(finding).map(say);
        if is_for_broken_dnssec(finding) {
            (why, fix) = broken_dnssec(lang);
        }
        let fix = fix + &withheld(finding, lang);
        Words { title, message, why, fix, references: entry.refs.clone() }
    }
}

/// Could not be told, for a resolver that validates gives no answer of the zone: another resolver or another hour
/// would not help, as they do elsewhere.
fn is_for_broken_dnssec(finding: &Finding) -> bool {
    let bogus: &str = Reason::Bogus.into();
    !finding.is_failing() && finding.params.get("reason").is_some_and(|word| word == bogus)
}

fn broken_dnssec(lang: Lang) -> (String, String) {
    let (why, fix) = match lang {
        Lang::En => (
            "Receivers whose resolvers validate get no answer either.",
            "Mend DNSSEC first: the check dnssec says what is wrong. Then look again.",
        ),
        Lang::Fr => (
            "Les destinataires dont le résolveur valide n’obtiennent pas de réponse non plus.",
            "Réparer d’abord DNSSEC : le contrôle dnssec dit ce qui ne va pas. Relancer ensuite.",
        ),
    };
    (why.to_owned(), fix.to_owned())
}

/// Why no record is proposed, as one more sentence; empty where that has no reason.
fn withheld(finding: &Finding, lang: Lang) -> String {
    let Some(why) = finding.withheld.as_ref().map(super::Withheld::words) else {
        return String::new();
    };
    match lang {
        Lang::En => format!(" No record is proposed: {}.", why.en),
        Lang::Fr => format!(" Aucun enregistrement n’est proposé : {}.", why.fr),
    }
}

/// The value of a parameter that stands for nothing at all; no word of the world is this one.
pub const NOTHING: &str = "∅";

/// The parameter that says more of a reason, in the words of a program, which are quoted.
pub const REASON_DETAIL: &str = "reason_detail";

/// Parameters whose values are words of the program, parted by commas, which people are told in their own.
const IN_WORDS: [&str; 5] = ["cause", "how", "step", "altered", "what"];

/// Replaces `{name}` by the parameter of that name, in words where it is [`NOTHING`] or the program's own word,
/// `{subject}` by the subject, and `{reason}` by the reason in words.
fn fill(text: &str, finding: &Finding, lang: Lang) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        match finding.params.get(name) {
            Some(value) if name == "reason" => {
                filled.push_str(reason_in_words(value, lang));
                if let Some(detail) = finding.params.get(REASON_DETAIL) {
                    filled.push_str(&match lang {
                        Lang::En => format!(" ({detail})"),
                        Lang::Fr => format!(" (« {detail} »)"),
                    });
                }
            }
            Some(value) if IN_WORDS.contains(&name) => {
                let parts: Vec<&str> =
                    value.split(", ").map(|part| reason_in_words(part, lang)).collect();
                filled.push_str(&parts.join(", "));
            }
            Some(value) if value == NOTHING => filled.push_str(match lang {
                Lang::En => "nothing",
                Lang::Fr => "rien",
            }),
            Some(value) => filled.push_str(value),
            None if name == "subject" => filled.push_str(&finding.subject),
            None => filled.push_str(&format!("{{{name}}}")),
        }
        rest = tail;
    }
    filled.push_str(rest);
    filled
}
