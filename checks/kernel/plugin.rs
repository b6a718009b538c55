//! The words of findings that a plugin makes, which no check of ours has: its own, carried by the
//! finding, or else what every plugin may come to say.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::catalogue::{Catalogue, Entry, Lang, Words};
use super::finding::Finding;

static EVERY_PLUGIN: LazyLock<BTreeMap<String, Entry>> = LazyLock::new(|| {
    toml::from_str(include_str!("plugin.toml"))
        .expect("plugin.toml is compiled in and tested below")
});

/// A sentence of a plugin's own: the same for everybody, or one for each language.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum OwnText {
    Same(String),
    Each { en: String, fr: String },
}

/// The words that a plugin gives a finding of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnWords {
    pub title: OwnText,
    pub detail: Option<OwnText>,
    pub remedy: Option<OwnText>,
    pub references: Vec<String>,
}

impl OwnWords {
    /// As parameters of the finding, which keep them wherever it goes.
    pub fn into_params(self) -> BTreeMap<String, String> {
        let mut params = BTreeMap::new();
        let mut keep = |name: &str, text: OwnText| match text {
            OwnText::Same(text) => _ = params.insert(name.to_owned(), text),
            OwnText::Each { en, fr } => {
                params.insert(name.to_owned(), en);
                params.insert(format!("{name}.fr"), fr);
            }
        };
        keep("title", self.title);
        if let Some(detail) = self.detail {
            keep("detail", detail);
        }
        if let Some(remedy) = self.remedy {
            keep("remedy", remedy);
        }
        if !self.references.is_empty() {
            params.insert("references".to_owned(), self.references.join("\n"));
        }
        params
    }

    /// The words that a finding of a plugin carries; none where it has none of its own.
    pub(super) fn of(finding: &Finding, lang: Lang) -> Option<Words> {
        let said = |name: &str| {
            let french = (lang == Lang::Fr).then(|| finding.params.get(&format!("{name}.fr")));
            french.flatten().or_else(|| finding.params.get(name)).cloned()
        };
        Some(Words {
            title: said("title")?,
            message: said("detail").unwrap_or_default(),
            why: String::new(),
            fix: said("remedy").unwrap_or_default(),
            references: said("references")
                .map(|all| all.lines().map(str::to_owned).collect())
                .unwrap_or_default(),
        })
    }
}

impl Catalogue {
    /// What every plugin may come to say, by condition.
    pub fn every_plugin() -> &'static BTreeMap<String, Entry> {
        &EVERY_PLUGIN
    }

    /// The entry of an id whose check is none of ours.
    pub(super) fn find_of_plugin(id: &str) -> Option<&'static Entry> {
        let (check, condition) = id.split_once('.')?;
        if Self::is_registered(check) { None } else { EVERY_PLUGIN.get(condition) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Severity, Status};

    fn finding(id: &str, params: BTreeMap<String, String>) -> Finding {
        Finding {
            id: id.to_owned(),
            severity: Severity::Warning,
            status: Status::Fail,
            subject: "example.com".to_owned(),
            params,
            evidence: serde_json::json!({}),
            fix: Vec::new(),
            withheld: None,
        }
    }

    #[test]
    fn every_placeholder_is_one_that_plugins_fill() {
        let params = ["plugin", "text", "reason"].map(|name| (name.to_owned(), "x".to_owned()));
        for condition in Catalogue::every_plugin().keys() {
            for lang in [Lang::En, Lang::Fr] {
                let finding = finding(&format!("queue.{condition}"), params.clone().into());
                let words = Catalogue::words(&finding, lang);
                let all = [words.title, words.message, words.why, words.fix].join(" ");
                assert!(!all.contains('{') && !all.is_empty(), "{condition}: {all}");
            }
        }
    }

    #[test]
    fn its_own_words_are_told_in_the_language_asked_for() {
        let each = OwnText::Each { en: "stuck".to_owned(), fr: "bloquée".to_owned() };
        let own = OwnWords {
            title: each,
            detail: Some(OwnText::Same("42 in it".to_owned())),
            remedy: None,
            references: vec!["a".to_owned(), "b".to_owned()],
        };
        let finding = finding("queue.warning", own.into_params());
        let told = |lang| Catalogue::words(&finding, lang);
        assert_eq!(told(Lang::En).title, "stuck");
        assert_eq!(told(Lang::Fr).title, "bloquée");
        assert_eq!(told(Lang::Fr).message, "42 in it");
        assert_eq!(told(Lang::Fr).references, ["a", "b"]);
    }

    #[test]
    fn a_check_of_ours_borrows_no_words() {
        let words = Catalogue::words(&finding("spf.critical", BTreeMap::new()), Lang::En);
        assert_eq!(words.title, "spf.critical: example.com");
    }
}
