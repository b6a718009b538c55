//! Findings that a plugin prints as JSON: are they whole, and may it say them?

use serde::Deserialize;
use serde_json::{Map, Value};
use vigie_checks::kernel::{Finding, OwnText, OwnWords, RecordChange, Severity, Status, Target};

/// Findings that are taken of one run.
const MOST_FINDINGS: usize = 100;

/// Characters of a title, of another sentence, of a subject.
const TITLE: usize = 200;
const SENTENCE: usize = 2000;
const SUBJECT: usize = 253;

/// References of one finding.
const MOST_REFERENCES: usize = 10;

/// Why an answer counts for nothing; told to whoever writes the plugin.
#[derive(Debug, thiserror::Error)]
pub(super) enum AnswerError {
    #[error("no findings as JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("{0} findings, where {MOST_FINDINGS} are taken")]
    TooMany(usize),
    #[error("the id `{0}` is not `{1}.` and a condition in kebab-case")]
    Id(String, String),
    #[error("the id `{0}` is both a fault and one that could not be told")]
    Ambiguous(String),
    #[error("the title of `{0}` is empty")]
    NoTitle(String),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    List(Vec<Value>),
    Whole {
        findings: Vec<Value>,
        #[serde(default)]
        facts: Map<String, Value>,
    },
}

#[derive(Deserialize)]
struct Written {
    id: String,
    #[serde(default = "usual_severity")]
    severity: Severity,
    #[serde(default = "usual_status")]
    status: Status,
    #[serde(default)]
    subject: Option<String>,
    title: OwnText,
    #[serde(default)]
    detail: Option<OwnText>,
    #[serde(default)]
    remedy: Option<OwnText>,
    #[serde(default)]
    references: Vec<String>,
    #[serde(default)]
    evidence: Map<String, Value>,
    #[serde(default)]
    fix: Vec<RecordChange>,
}

fn usual_severity() -> Severity {
    Severity::Warning
}

fn usual_status() -> Status {
    Status::Fail
}

/// Whether an output is meant as findings: it begins as a JSON object or list of them does.
pub(super) fn is_json(printed: &str) -> bool {
    let mut begins = printed.trim_start().chars();
    match begins.next() {
        Some('{') => true,
        // Nagios plugins may begin with a word in brackets.
        Some('[') => matches!(begins.find(|c| !c.is_whitespace()), Some('{' | ']') | None),
        _ => false,
    }
}

/// The findings and facts of an answer.
pub(super) fn read(
    plugin: &str,
    printed: &str,
    target: &Target,
) -> Result<(Vec<Finding>, Value), AnswerError> {
    let (written, facts) = match serde_json::from_str(printed)? {
        Answer::List(findings) => (findings, Value::Null),
        Answer::Whole { findings, facts } => (findings, Value::Object(facts)),
    };
    if written.len() > MOST_FINDINGS {
        return Err(AnswerError::TooMany(written.len()));
    }
    let mut findings: Vec<Finding> = Vec::with_capacity(written.len());
    for one in written {
        let finding = finding(plugin, serde_json::from_value(one)?, target)?;
        let same_id = |other: &&Finding| other.id == finding.id;
        if findings.iter().filter(same_id).any(|other| other.status != finding.status) {
            return Err(AnswerError::Ambiguous(finding.id));
        }
        // Said twice of the same subject is said once.
        if !findings.iter().filter(same_id).any(|other| other.subject == finding.subject) {
            findings.push(finding);
        }
    }
    Ok((findings, facts))
}

fn finding(plugin: &str, written: Written, target: &Target) -> Result<Finding, AnswerError> {
    let id = written.id;
    let own = id.strip_prefix(plugin).and_then(|rest| rest.strip_prefix('.'));
    if !own.is_some_and(is_kebab_case) {
        return Err(AnswerError::Id(bounded(&id, 80), plugin.to_owned()));
    }
    // What every plugin may come to say keeps its own status.
    if own == Some("could-not-tell") && written.status == Status::Fail {
        return Err(AnswerError::Ambiguous(id));
    }
    let title = bounded_text(written.title, TITLE);
    if matches!(&title, OwnText::Same(text) if text.is_empty()) {
        return Err(AnswerError::NoTitle(id));
    }
    let words = OwnWords {
        title,
        detail: written.detail.map(|text| bounded_text(text, SENTENCE)),
        remedy: written.remedy.map(|text| bounded_text(text, SENTENCE)),
        references: written
            .references
            .iter()
            .take(MOST_REFERENCES)
            .map(|reference| bounded(reference, TITLE))
            .collect(),
    };
    let mut evidence = written.evidence;
    let fails = written.status == Status::Fail;
    if !fails {
        evidence.entry("reason").or_insert_with(|| "says-unknown".into());
    }
    let subject = written.subject.map(|subject| bounded(&subject, SUBJECT));
    Ok(Finding {
        id,
        severity: if fails { written.severity } else { Severity::Info },
        status: written.status,
        subject: subject
            .filter(|subject| !subject.is_empty())
            .unwrap_or_else(|| target.domain.to_string()),
        params: words.into_params(),
        evidence: Value::Object(evidence),
        fix: written.fix,
        withheld: None,
    })
}

pub(super) fn is_kebab_case(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    text.len() <= 60 && text.split('-').all(part)
}

fn bounded_text(text: OwnText, most: usize) -> OwnText {
    match text {
        OwnText::Same(text) => OwnText::Same(bounded(&text, most)),
        OwnText::Each { en, fr } => {
            OwnText::Each { en: bounded(&en, most), fr: bounded(&fr, most) }
        }
    }
}

/// At most so many characters on one line; an ellipsis tells of the rest.
pub(super) fn bounded(text: &str, most: usize) -> String {
    let line = |c: char| if c.is_control() { ' ' } else { c };
    let mut kept: String = text.trim().chars().take(most).map(line).collect();
    if text.trim().chars().count() > most {
        kept.push('…');
    }
    kept.trim().to_owned()
}
