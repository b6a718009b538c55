//! Findings that a plugin prints as JSON: are they whole, and may it say them?

use serde::Deserialize;
use serde_json::{Map, Value, json};
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
    #[error("no JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("{}: {source}", named(*place, id.as_deref(), field.as_deref()))]
    Finding { place: usize, id: Option<String>, field: Option<String>, source: serde_json::Error },
    #[error("it is neither a list of findings nor an object with `findings`")]
    NoFindings,
    #[error("{0} findings, where {MOST_FINDINGS} are taken")]
    TooMany(usize),
    #[error("`facts` is no object")]
    Facts,
    #[error("the id `{0}` is not `{1}.` and a condition in kebab-case")]
    Id(String, String),
    #[error("the id `{0}` is both a fault and one that could not be told")]
    Ambiguous(String),
    #[error("the title of `{0}` is empty")]
    NoTitle(String),
}

/// Which finding it is, and which of its fields.
fn named(place: usize, id: Option<&str>, field: Option<&str>) -> String {
    let id = id.map(|id| format!(" (`{}`)", bounded(id, 80))).unwrap_or_default();
    let field = field.map(|field| format!(", `{field}`")).unwrap_or_default();
    format!("finding {place}{id}{field}")
}

/// The findings and the facts, as they are written.
fn parts(printed: &str) -> Result<(Vec<Value>, Value), AnswerError> {
    match serde_json::from_str(printed)? {
        Value::Array(findings) => Ok((findings, Value::Null)),
        Value::Object(mut whole) => {
            let facts = match whole.remove("facts") {
                None => Value::Object(Map::new()),
                Some(facts @ Value::Object(_)) => facts,
                Some(_) => return Err(AnswerError::Facts),
            };
            match whole.remove("findings") {
                Some(Value::Array(findings)) => Ok((findings, facts)),
                _ => Err(AnswerError::NoFindings),
            }
        }
        _ => Err(AnswerError::NoFindings),
    }
}

/// A finding as it is written, or what is wrong with which of its fields.
fn written(place: usize, one: Value) -> Result<Written, AnswerError> {
    let id = one.get("id").and_then(Value::as_str).map(str::to_owned);
    Written::deserialize(&one).map_err(|source| {
        let field = wrong_field(&one);
        AnswerError::Finding { place, id, field, source }
    })
}

/// The field that makes a finding unreadable: the first that cannot be read beside what is needed.
fn wrong_field(one: &Value) -> Option<String> {
    let fields = one.as_object()?;
    let alone = |name: &String, value: &Value| {
        let mut sound = json!({ "id": "x.y", "title": "x" });
        sound[name] = value.clone();
        Written::deserialize(&sound).is_err()
    };
    fields.iter().find(|(name, value)| alone(name, value)).map(|(name, _)| name.clone())
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
    let (all, facts) = parts(printed)?;
    if all.len() > MOST_FINDINGS {
        return Err(AnswerError::TooMany(all.len()));
    }
    let mut findings: Vec<Finding> = Vec::with_capacity(all.len());
    for (at, one) in all.into_iter().enumerate() {
        let finding = finding(plugin, written(at + 1, one)?, target)?;
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
