//! An incident as it is told: what is wrong, whom it hits, what changed, and what to do.

use serde_json::Value;
use vigie_checks::kernel::Lang;

use super::text::clean;
use super::words::{and_more, event_word, few, labelled, say, severity_of, written_moment};
use super::{Fact, Notice, Part};

/// Domains that a headline names, and a text.
const NAMED: usize = 1;
const LISTED: usize = 10;
/// Changes and records that are shown.
const SHOWN: usize = 5;

pub(super) fn tell(notice: &mut Notice, data: &Value) {
    let lang = notice.lang;
    let cause = &data["cause"];
    notice.severity = severity_of(data);
    notice.incident = data["incident"].as_str().map(clean);
    notice.check = cause["check"].as_str().map(clean);
    notice.domains = domains(data);
    let title = data["title"].as_str().map(clean).unwrap_or_default();
    let hit = hit(&notice.domains, &title, lang);
    // What nobody looks at any more did not heal.
    let word = match data["unwatched"].as_bool() {
        Some(true) => say(lang, "No longer watched", "N’est plus surveillé"),
        _ => event_word(notice.kind, lang),
    };
    notice.headline = labelled(word, &title, lang) + &hit;
    facts(notice, data);
    if let Some(detail) = text(&cause["detail"]) {
        notice.parts.push(Part::Said(detail));
    }
    changes(notice, data);
    // What is over needs no remedy.
    if notice.kind == super::Kind::Resolved {
        return;
    }
    if let Some(text) = text(&data["remedy"]) {
        notice.parts.push(Part::Titled { label: say(lang, "What to do", "Que faire"), text });
    }
    records(notice, data);
}

/// ` (example.com and 2 more)`; a title that names the first domain leaves only the others to say.
fn hit(domains: &[String], title: &str, lang: Lang) -> String {
    match domains {
        [] => String::new(),
        [first] if title.contains(first) => String::new(),
        [first, more @ ..] if title.contains(first) => format!(" ({})", and_more(more.len(), lang)),
        all => format!(" ({})", few(all, NAMED, lang)),
    }
}

fn facts(notice: &mut Notice, data: &Value) {
    let (lang, zone) = (notice.lang, notice.zone);
    let mut fact = |label, value: Option<String>| {
        notice.facts.extend(value.map(|value| Fact { label, value }));
    };
    let severity = notice.severity.map(|severity| severity.word(lang).to_owned());
    fact(say(lang, "Severity", "Gravité"), severity);
    let domains = Some(few(&notice.domains, LISTED, lang)).filter(|hit| !hit.is_empty());
    fact(say(lang, "Domains", "Domaines"), domains);
    fact(say(lang, "Since", "Depuis"), data["since"].as_str().map(|at| written_moment(at, zone)));
    let symptoms: Vec<String> = strings(&data["symptoms"]);
    let symptoms = Some(few(&symptoms, LISTED, lang)).filter(|all| !all.is_empty());
    fact(say(lang, "Symptoms", "Symptômes"), symptoms);
    let seen = &data["acknowledged"];
    if let (Some(by), Some(until)) = (text(&seen["by"]), seen["until"].as_str()) {
        let until = written_moment(until, zone);
        let told = match lang {
            Lang::En => format!("{by}, until {until}"),
            Lang::Fr => format!("{by}, jusqu’au {until}"),
        };
        fact(say(lang, "Taken on by", "Pris en charge par"), Some(told));
        fact(say(lang, "Reason", "Motif"), text(&seen["why"]));
    }
}

/// What changed: before and after, one under the other.
pub(super) fn changes(notice: &mut Notice, data: &Value) {
    let (lines, left_out) = change_lines(data, SHOWN);
    list(notice, say(notice.lang, "What changed", "Ce qui a changé"), lines, left_out);
}

/// The lines of the first changes, and how many changes are left out.
pub(super) fn change_lines(data: &Value, most: usize) -> (Vec<String>, usize) {
    let changed = data["changed"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut lines = Vec::new();
    for change in changed.iter().take(most) {
        lines.extend(text(&change["what"]));
        lines.extend(text(&change["before"]).map(|before| format!("- {before}")));
        lines.extend(text(&change["after"]).map(|after| format!("+ {after}")));
    }
    (lines, changed.len().saturating_sub(most))
}

/// The records that heal it.
fn records(notice: &mut Notice, data: &Value) {
    let fixes = data["fix"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut lines = Vec::new();
    for fix in fixes.iter().take(SHOWN) {
        let (Some(name), Some(kind)) = (text(&fix["name"]), text(&fix["type"])) else { continue };
        lines.extend(text(&fix["old"]).map(|old| format!("- {name} {kind} {old}")));
        lines.extend(text(&fix["value"]).map(|value| format!("+ {name} {kind} {value}")));
    }
    list(
        notice,
        say(notice.lang, "In the DNS", "Dans le DNS"),
        lines,
        fixes.len().saturating_sub(SHOWN),
    );
}

fn list(notice: &mut Notice, label: &'static str, mut lines: Vec<String>, left_out: usize) {
    if lines.is_empty() {
        return;
    }
    if left_out > 0 {
        lines.push(and_more(left_out, notice.lang));
    }
    notice.parts.push(Part::Listed { label, lines });
}

/// Whom it hits.
pub(super) fn domains(data: &Value) -> Vec<String> {
    match strings(&data["domains"]) {
        all if all.is_empty() => text(&data["domain"]).into_iter().collect(),
        all => all,
    }
}

/// The texts of a list.
pub(super) fn strings(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(text).collect()
}

/// A text that says something.
pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().map(clean).filter(|text| !text.is_empty())
}
