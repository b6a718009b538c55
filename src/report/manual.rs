//! What does a finding or a grade mean, whoever asks? The pages, `vigie explain` and `vigie checks` tell
//! the same. Nothing here is about one domain: placeholders stand for what an audit fills in.

use std::collections::BTreeMap;

use serde::Serialize;
use vigie_checks::kernel::{Catalogue, CatalogueEntry, Lang, Profile, Sentences, Severity, Status};

use super::grade::{Grade, State, WEIGHTY};
use super::paint::{Paper, wrapped};
use super::text::{badge, state_of};
use super::words::say;

/// Everything that is written of one finding.
#[derive(Clone, Debug, Serialize)]
pub struct FindingManual {
    pub id: String,
    pub check: String,
    pub severity: Severity,
    /// The weight for domains of these profiles instead.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub profiles: BTreeMap<Profile, Severity>,
    pub status: Status,
    pub title: String,
    /// When it is raised, as the message tells it.
    pub when: String,
    pub why: String,
    pub remedy: String,
    /// What is said instead in cases of their own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<CaseManual>,
    pub references: Vec<String>,
    /// Whether it can come with the record to publish.
    pub proposes_record: bool,
    pub since: String,
}

/// What is written of a case in which a finding is told otherwise.
#[derive(Clone, Debug, Serialize)]
pub struct CaseManual {
    pub title: String,
    pub when: String,
    pub why: String,
    pub remedy: String,
}

impl FindingManual {
    /// Of any id of the catalogue.
    pub fn find(id: &str, lang: Lang) -> Option<Self> {
        Catalogue::find(id).map(|entry| Self::of(id, entry, lang))
    }

    /// Of every finding of a check, by id.
    ///
    /// # Panics
    /// The check is not in the registry.
    pub fn of_check(check: &str, lang: Lang) -> Vec<Self> {
        let entries = Catalogue::of(check).entries().iter();
        entries
            .map(|(condition, entry)| Self::of(&format!("{check}.{condition}"), entry, lang))
            .collect()
    }

    /// Of every finding that a plugin of that name has without words of its own, by id.
    pub fn of_plugin(name: &str, lang: Lang) -> Vec<Self> {
        let entries = Catalogue::every_plugin().iter();
        entries
            .map(|(condition, entry)| Self::of(&format!("{name}.{condition}"), entry, lang))
            .collect()
    }

    fn of(id: &str, entry: &CatalogueEntry, lang: Lang) -> Self {
        Self {
            id: id.to_owned(),
            check: id.split('.').next().unwrap_or(id).to_owned(),
            severity: entry.severity,
            profiles: entry.profiles.clone(),
            status: entry.status(),
            title: entry.title.get(lang).to_owned(),
            when: entry.message.get(lang).to_owned(),
            why: entry.why.get(lang).to_owned(),
            remedy: entry.fix.get(lang).to_owned(),
            cases: entry.cases.values().map(|case| CaseManual::of(case, lang)).collect(),
            references: entry.refs.clone(),
            proposes_record: entry.record,
            since: entry.since.clone(),
        }
    }

    pub fn state(&self) -> State {
        State::of_weight(self.status, self.severity)
    }

    /// The sentences under their names, in the order in which people ask.
    pub fn sections(&self, lang: Lang) -> Vec<(&'static str, String)> {
        let mut sections = vec![
            (say(lang, "When", "Quand"), self.when.clone()),
            (say(lang, "Why it matters", "Pourquoi c’est important"), self.why.clone()),
            (say(lang, "What to do", "Que faire"), self.remedy.clone()),
        ];
        for case in &self.cases {
            let words = [&case.title, &case.when, &case.why, &case.remedy];
            let words = words.map(|words| words.trim_end_matches('.')).join(". ") + ".";
            sections.push((say(lang, "In another case", "Dans un autre cas"), words));
        }
        if !self.profiles.is_empty() {
            let colon = say(lang, ":", "\u{a0}:");
            let weight = |(profile, severity): (&Profile, &Severity)| {
                let state = State::of_weight(self.status, *severity);
                format!("{profile}{colon} {}", badge(state, lang).to_lowercase())
            };
            let weights: Vec<String> = self.profiles.iter().map(weight).collect();
            sections.push((say(lang, "By profile", "Selon le profil"), weights.join(" · ")));
        }
        if self.proposes_record {
            let words = say(
                lang,
                "The record to publish is proposed where it can be told.",
                "L’enregistrement à publier est proposé lorsqu’il peut être déterminé.",
            );
            sections.push((say(lang, "Record", "Enregistrement"), words.to_owned()));
        }
        sections.push((say(lang, "References", "Références"), self.references.join(" · ")));
        sections
    }

    /// The manual of this finding for a terminal, ending without an empty line.
    pub fn text(&self, lang: Lang, paper: Paper) -> String {
        let word = badge(self.state(), lang);
        let mut lines = vec![format!("{}  {}", paper.state(self.state(), word), self.id)];
        let title = wrapped(&bracketed(&self.title), "", "", paper.width);
        lines.extend(title.iter().map(|line| paper.bold(line)));
        for (name, words) in self.sections(lang) {
            lines.extend([String::new(), paper.dim(name)]);
            lines.extend(wrapped(&bracketed(&words), "  ", "  ", paper.width));
        }
        lines.join("\n")
    }
}

/// A sentence with its placeholders as manuals write what stands for something else: `<domain>`.
fn bracketed(sentence: &str) -> String {
    let mut within = false;
    let shown = |c: char| {
        within = (within || c == '{') && c != '}';
        match c {
            '{' => '<',
            '}' => '>',
            '_' if within => '-',
            other => other,
        }
    };
    sentence.chars().map(shown).collect()
}

impl CaseManual {
    fn of(case: &Sentences, lang: Lang) -> Self {
        Self {
            title: case.title.get(lang).to_owned(),
            when: case.message.get(lang).to_owned(),
            why: case.why.get(lang).to_owned(),
            remedy: case.fix.get(lang).to_owned(),
        }
    }
}

/// What one grade means.
#[derive(Clone, Debug, Serialize)]
pub struct GradeManual {
    pub grade: Grade,
    pub meaning: String,
}

impl GradeManual {
    /// Every grade, the best first, `?` last.
    pub fn all(lang: Lang) -> Vec<Self> {
        let checks = WEIGHTY.join(", ");
        let unknown = match lang {
            Lang::En => format!(
                "a check that weighs ({checks}) could not tell, or nothing was there to be looked at, and nothing worse than a warning was found"
            ),
            Lang::Fr => format!(
                "un contrôle décisif ({checks}) n’a pas pu conclure, ou il n’y avait rien à examiner, et rien de pire qu’un avertissement n’a été trouvé"
            ),
        };
        let grades = [
            (
                Grade::A,
                say(
                    lang,
                    "nothing above info was found",
                    "rien au-dessus d’une simple information",
                ),
            ),
            (Grade::B, say(lang, "the worst is a warning", "le pire constat est un avertissement")),
            (Grade::D, say(lang, "the worst is an error", "le pire constat est une erreur")),
            (
                Grade::F,
                say(
                    lang,
                    "something is critical: mail is being lost, or anyone can forge it",
                    "un constat est critique : des messages se perdent, ou n’importe qui peut les usurper",
                ),
            ),
            (Grade::Unknown, &unknown),
        ];
        grades
            .into_iter()
            .map(|(grade, meaning)| Self { grade, meaning: meaning.to_owned() })
            .collect()
    }

    /// This grade on a line or two of a terminal.
    pub fn text(&self, paper: Paper) -> String {
        let square = format!(" {} ", self.grade);
        let lines = wrapped(&self.meaning, "", "     ", paper.width.saturating_sub(5));
        format!("{}  {}", paper.state(state_of(self.grade), &square), lines.join("\n"))
    }
}
