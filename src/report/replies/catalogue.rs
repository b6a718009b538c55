//! The rows of `config/catalogue/replies.toml`, in their order.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use vigie_checks::kernel::{Bilingual, Lang};

/// Of a row whether waiting helps; of a reply whether it is tried again, which its first digit says alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lasts {
    Transient,
    Permanent,
}

impl Lasts {
    /// RFC 5321 §4.2.1: who sends keeps the message at a 4yz and gives it back at a 5yz, whatever the text or
    /// the enhanced status say (RFC 2034 §4 wants the same class there).
    pub fn of(code: u16) -> Self {
        if code < 500 { Self::Transient } else { Self::Permanent }
    }
}

/// Who can do something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    Recipient,
    Sender,
    Content,
    Infrastructure,
    Unknown,
}

/// What one reply means.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    #[allow(dead_code, reason = "names the row for who reads the file, and for tests")]
    pub id: String,
    /// The provider whose reply it is; any host's if absent.
    pub at: Option<String>,
    pub code: Option<u16>,
    pub status: Option<String>,
    words: Option<String>,
    /// No other host writes these words.
    #[serde(default)]
    pub token: bool,
    pub lasts: Lasts,
    pub fault: Fault,
    remedy: String,
    pub meaning: Bilingual,
    #[serde(default)]
    pub refs: Vec<String>,
    #[serde(skip)]
    pattern: Option<Regex>,
}

impl Row {
    /// Whether it is told by its wording; the others by their numbers.
    pub fn has_words(&self) -> bool {
        self.pattern.is_some()
    }

    /// Whether its wording stands in the text.
    pub fn is_said_in(&self, text: &str) -> bool {
        self.pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
    }

    /// What is to be done about a reply with this code, which may say otherwise than the row does.
    pub fn remedy(&self, code: u16, lang: Lang) -> String {
        let (first, then) = match (Lasts::of(code), self.lasts, self.remedy.as_str()) {
            (Lasts::Permanent, Lasts::Transient, "retry") => ("bounced", None),
            (Lasts::Permanent, Lasts::Transient, own) => (own, Some("bounced")),
            (Lasts::Transient, Lasts::Permanent, "suppress") => ("suppress3", None),
            (Lasts::Transient, Lasts::Permanent, own) if self.fault != Fault::Recipient => {
                (own, Some("deferred"))
            }
            (_, _, own) => (own, None),
        };
        let sentences = [Some(first), then].into_iter().flatten();
        let told = sentences.filter_map(|id| Some(CATALOGUE.remedies.get(id)?.get(lang)));
        told.collect::<Vec<_>>().join(" ")
    }

    /// The address is not to be written to again.
    pub fn strikes_the_address(&self, code: u16) -> bool {
        (self.fault, self.lasts, Lasts::of(code))
            == (Fault::Recipient, Lasts::Permanent, Lasts::Permanent)
            && self.remedy == "suppress"
    }
}

/// A provider with what its replies are known by.
struct Provider {
    name: String,
    signs: Regex,
}

struct Catalogue {
    providers: BTreeMap<String, Provider>,
    remedies: BTreeMap<String, Bilingual>,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    provider: Vec<WrittenProvider>,
    remedy: Vec<WrittenRemedy>,
    reply: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenProvider {
    id: String,
    name: String,
    signs: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRemedy {
    id: String,
    #[serde(rename = "do")]
    does: Bilingual,
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("../../../config/catalogue/replies.toml"))
        .expect("the catalogue is part of the program and a test reads it");
    let providers = file.provider.into_iter().map(|written| {
        let signs = compiled(&written.signs);
        (written.id, Provider { name: written.name, signs })
    });
    let rows = file.reply.into_iter().map(|row| {
        let pattern = row.words.as_deref().map(compiled);
        Row { pattern, ..row }
    });
    Catalogue {
        providers: providers.collect(),
        remedies: file.remedy.into_iter().map(|written| (written.id, written.does)).collect(),
        rows: rows.collect(),
    }
});

fn compiled(pattern: &str) -> Regex {
    RegexBuilder::new(pattern)
        .case_insensitive(true)
        .build()
        .expect("the catalogue is part of the program and a test reads it")
}

/// Every row in the order in which they are tried.
pub fn rows() -> &'static [Row] {
    &CATALOGUE.rows
}

/// The name of a provider of a row.
pub fn provider(id: &str) -> Option<&'static str> {
    CATALOGUE.providers.get(id).map(|provider| provider.name.as_str())
}

/// Whether a provider is known to speak in the text.
pub fn speaks(id: &str, text: &str) -> bool {
    CATALOGUE.providers.get(id).is_some_and(|provider| provider.signs.is_match(text))
}

#[cfg(test)]
pub fn has_remedy(row: &Row) -> bool {
    CATALOGUE.remedies.contains_key(&row.remedy)
}
