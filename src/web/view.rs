//! What the templates show, from what the store holds.

use vigie_checks::kernel::{Catalogue, CheckStatus, Finding, Lang, Severity};

use super::frame::{Moment, ago, moment};
use crate::report::{Grade, State, badge, check_label, groups, record_line, state_of};
use crate::store::{CheckState, DeliveryRate, DomainState, Span};

/// The class of a state in the style sheet.
pub fn class(state: State) -> &'static str {
    match state {
        State::Ok => "ok",
        State::Info => "info",
        State::Warning => "warn",
        State::Error => "error",
        State::Critical => "crit",
        State::Unknown => "unk",
        State::Skipped => "skip",
    }
}

/// A grade in its square.
#[derive(Clone)]
pub struct GradeView {
    pub letter: String,
    pub class: &'static str,
}

impl GradeView {
    pub fn of(grade: Grade) -> Self {
        Self { letter: grade.to_string(), class: class(state_of(grade)) }
    }
}

/// A cell of the matrix.
pub struct Cell {
    pub check: &'static str,
    pub label: String,
    pub class: &'static str,
    pub word: &'static str,
    pub since: String,
}

/// A row of the matrix.
pub struct Row {
    pub domain: String,
    pub grade: GradeView,
    pub rate: String,
    pub cells: Vec<Cell>,
    pub fine: usize,
    /// What sorts the rows: the worst first.
    pub worst: State,
}

/// The checks in the reader's order.
pub fn columns() -> Vec<&'static str> {
    let known =
        |check: &&str| vigie_checks::registry::CHECKS.iter().any(|entry| entry.name == *check);
    groups(Lang::En)
        .into_iter()
        .flat_map(|(_, checks)| checks.iter().copied())
        .filter(known)
        .collect()
}

/// The state of a check's last word.
pub fn state(status: CheckStatus, worst: Option<Severity>) -> State {
    match (status, worst) {
        (_, Some(Severity::Critical)) => State::Critical,
        (_, Some(Severity::Error)) => State::Error,
        (_, Some(Severity::Warning)) => State::Warning,
        (CheckStatus::Indeterminate, _) => State::Unknown,
        (CheckStatus::Skipped, _) => State::Skipped,
        (_, Some(Severity::Info)) => State::Info,
        (_, None) => State::Ok,
    }
}

impl Row {
    pub fn of(domain: &DomainState, rate: DeliveryRate, lang: Lang) -> Self {
        let cells: Vec<Cell> =
            columns().into_iter().map(|check| cell(check, &domain.checks, lang)).collect();
        let states = || domain.checks.iter().map(|check| state(check.status, check.worst));
        let worst = states().max().unwrap_or(State::Skipped);
        Self {
            domain: domain.domain.to_string(),
            grade: GradeView::of(grade(&domain.checks)),
            rate: percent(rate),
            fine: states().filter(|state| matches!(state, State::Ok | State::Info)).count(),
            cells,
            worst,
        }
    }
}

/// The grade that the last words of all checks give.
pub fn grade(checks: &[CheckState]) -> Grade {
    let worst = checks.iter().filter_map(|check| check.worst).max();
    let weighty =
        |check: &&CheckState| ["dns", "mx", "spf", "dkim", "dmarc"].contains(&check.check.as_str());
    let blind =
        checks.iter().filter(weighty).any(|check| check.status == CheckStatus::Indeterminate);
    match worst {
        Some(Severity::Critical) => Grade::F,
        Some(Severity::Error) => Grade::D,
        _ if blind || checks.is_empty() => Grade::Unknown,
        Some(Severity::Warning) => Grade::B,
        Some(Severity::Info) | None => Grade::A,
    }
}

fn cell(check: &'static str, states: &[CheckState], lang: Lang) -> Cell {
    let of_check = states.iter().filter(|state| state.check == check);
    let worst = of_check.max_by_key(|found| state(found.status, found.worst));
    let state = worst.map_or(State::Skipped, |found| state(found.status, found.worst));
    Cell {
        check,
        label: check_label(check, lang),
        class: class(state),
        word: badge(state, lang),
        since: worst.map(|found| ago(found.since)).unwrap_or_default(),
    }
}

/// A rate as people say it; empty where nothing was sent.
pub fn percent(rate: DeliveryRate) -> String {
    let whole = (rate.arrived * 100 + rate.sent / 2).checked_div(rate.sent);
    whole.map(|whole| format!("{whole} %")).unwrap_or_default()
}

/// A record that can be copied.
pub struct RecordView {
    pub id: String,
    pub line: String,
}

/// A finding in words.
pub struct FindingView {
    pub id: String,
    pub class: &'static str,
    pub word: &'static str,
    pub title: String,
    pub detail: String,
    pub why: String,
    pub fix: String,
    pub records: Vec<RecordView>,
    pub evidence: String,
    pub references: String,
    pub since: Option<Moment>,
}

impl FindingView {
    pub fn of(finding: &Finding, since: Option<Moment>, lang: Lang) -> Self {
        let words = Catalogue::words(finding, lang);
        let state = State::of_finding(finding);
        let records = finding.fix.iter().filter_map(record_line).enumerate();
        Self {
            id: finding.id.clone(),
            class: class(state),
            word: badge(state, lang),
            title: words.title,
            detail: words.message,
            why: words.why,
            fix: words.fix,
            records: records
                .map(|(at, line)| RecordView {
                    id: format!("{}-{at}", finding.id.replace('.', "-")),
                    line,
                })
                .collect(),
            evidence: serde_json::to_string_pretty(&finding.evidence).unwrap_or_default(),
            references: words.references.join(" · "),
            since,
        }
    }
}

/// A check with what it learned.
pub struct CheckView {
    pub check: String,
    pub label: String,
    pub class: &'static str,
    pub word: &'static str,
    pub fact: String,
    pub facts: String,
    pub since: Moment,
}

impl CheckView {
    pub fn of(span: &Span, zone: chrono_tz::Tz, lang: Lang) -> Self {
        let worst = span
            .findings
            .iter()
            .filter(|finding| finding.is_failing())
            .map(|finding| finding.severity)
            .max();
        let state = state(span.status, worst);
        let fact = ["record", "policy"].iter().find_map(|key| span.facts.get(*key)?.as_str());
        let because =
            span.because.as_ref().map(|because| crate::report::because_in_words(because, lang));
        let label = check_label(&span.key.check, lang);
        Self {
            check: span.key.check.clone(),
            label: if span.key.instance.is_empty() {
                label
            } else {
                format!("{label} · {}", span.key.instance)
            },
            class: class(state),
            word: badge(state, lang),
            fact: fact.map(str::to_owned).or(because).unwrap_or_default(),
            facts: serde_json::to_string_pretty(&span.facts).unwrap_or_default(),
            since: moment(span.first_seen, zone),
        }
    }
}
