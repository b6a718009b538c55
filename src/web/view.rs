//! What the templates show, from what the store holds.

use std::collections::BTreeSet;

use vigie_checks::kernel::{Catalogue, CheckStatus, Finding, Lang, Severity, worst};
use vigie_checks::names;

use super::Watched;
use super::frame::{Moment, Times};
use crate::report::{
    Grade, State, WEIGHTY, badge, check_label, groups, record_line, state_of, without_group,
};
use crate::store::{CheckState, DeliveryRate, Span};

/// A grade in its square.
#[derive(Clone)]
pub struct GradeView {
    pub letter: String,
    pub class: &'static str,
}

impl GradeView {
    pub fn of(grade: Grade) -> Self {
        Self { letter: grade.to_string(), class: state_of(grade).class() }
    }
}

/// A cell of the matrix.
pub struct Cell {
    pub check: String,
    pub label: String,
    pub class: &'static str,
    pub word: &'static str,
    pub since: String,
}

/// A row of the matrix.
pub struct Row {
    pub domain: String,
    pub tags: Vec<String>,
    pub grade: GradeView,
    pub rate: String,
    pub cells: Vec<Cell>,
    pub fine: usize,
}

/// The checks in the reader's order, then the plugins that have said something.
pub fn columns<'a>(told: impl Iterator<Item = &'a CheckState>) -> Vec<String> {
    let known = |check: &&str| names::is_built_in(check);
    let checks = groups(Lang::En).into_iter().flat_map(|(_, checks)| checks.iter().copied());
    let plugins: BTreeSet<&str> =
        without_group(told.map(|state| state.part.check())).into_iter().collect();
    checks.filter(known).chain(plugins).map(str::to_owned).collect()
}

impl Row {
    /// What is told of a domain; `columns` are the checks in order.
    pub fn of(
        watched: &Watched,
        checks: &[CheckState],
        rate: DeliveryRate,
        columns: &[String],
        times: Times,
    ) -> Self {
        let states = checks.iter().map(|check| State::of_status(check.status, check.worst));
        Self {
            domain: watched.name.to_string(),
            tags: watched.tags.clone(),
            grade: GradeView::of(grade_of(checks)),
            rate: percent(rate),
            fine: states.filter(|state| matches!(state, State::Ok | State::Info)).count(),
            cells: columns.iter().map(|check| cell(check, checks, times)).collect(),
        }
    }
}

/// The grade that the last words of all checks give: each with its name, end and heaviest finding.
pub fn grade<'a>(
    checks: impl Iterator<Item = (&'a str, CheckStatus, Option<Severity>)> + Clone,
) -> Grade {
    let blind = checks
        .clone()
        .any(|(check, status, _)| WEIGHTY.contains(&check) && status == CheckStatus::Indeterminate);
    // Until the first word on the domain itself, what other checks found fine says little.
    let unseen = !checks.clone().any(|(check, ..)| check == "dns");
    Grade::of_worst(checks.filter_map(|(_, _, worst)| worst).max(), blind || unseen)
}

/// As [`grade`], for the overview.
pub fn grade_of(checks: &[CheckState]) -> Grade {
    grade(checks.iter().map(|check| (check.part.check(), check.status, check.worst)))
}

fn cell(check: &str, states: &[CheckState], times: Times) -> Cell {
    let lang = times.lang;
    let of_check = states.iter().filter(|state| state.part.check() == check);
    let worst = of_check.max_by_key(|found| State::of_status(found.status, found.worst));
    let state = worst.map_or(State::Skipped, |found| State::of_status(found.status, found.worst));
    Cell {
        check: check.to_owned(),
        label: check_label(check, lang),
        class: state.class(),
        word: badge(state, lang),
        since: worst.map(|found| times.ago(found.since)).unwrap_or_default(),
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
    /// Its place on the page; ids in the page are made of it, since one id may stand on many subjects.
    pub place: usize,
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
    pub fn of(finding: &Finding, place: usize, since: Option<Moment>, lang: Lang) -> Self {
        let words = Catalogue::words(finding, lang);
        let state = State::of_finding(finding);
        let records = finding.fix.iter().filter_map(record_line).enumerate();
        Self {
            place,
            id: finding.id.clone(),
            class: state.class(),
            word: badge(state, lang),
            title: words.title,
            detail: words.message,
            why: words.why,
            fix: words.fix,
            records: records
                .map(|(at, line)| RecordView { id: format!("record-{place}-{at}"), line })
                .collect(),
            evidence: serde_json::to_string_pretty(&finding.evidence).unwrap_or_default(),
            references: words.references.join(" · "),
            since,
        }
    }
}

/// A check with what it learned.
pub struct CheckView {
    /// Where links of the overview lead: of several test sends, to the first.
    pub anchor: String,
    pub label: String,
    pub class: &'static str,
    pub word: &'static str,
    pub fact: String,
    pub facts: String,
    pub since: Moment,
}

impl CheckView {
    pub fn of(span: &Span, place: usize, times: Times) -> Self {
        let lang = times.lang;
        let state = State::of_status(span.status, worst(&span.findings));
        let facts = span.facts.value();
        let record = facts.get("record").and_then(|record| record.as_str());
        let because =
            span.because.as_ref().map(|because| crate::report::because_in_words(because, lang));
        let label = check_label(&span.key.check, lang);
        Self {
            anchor: if place == 0 {
                format!("check-{}", span.key.check)
            } else {
                format!("check-{}-{place}", span.key.check)
            },
            label: if span.key.instance.is_empty() {
                label
            } else {
                format!("{label} · {}", span.key.instance)
            },
            class: state.class(),
            word: badge(state, lang),
            fact: because.or_else(|| record.map(str::to_owned)).unwrap_or_default(),
            facts: serde_json::to_string_pretty(&span.facts).unwrap_or_default(),
            since: times.moment(span.first_seen),
        }
    }
}

/// What happened in an incident, as people say it; a type of another version is told as it is.
pub fn event_in_words(event_type: &str, lang: Lang) -> String {
    let (en, fr) = match event_type {
        "incident.opened" => ("Opened", "Ouvert"),
        // Another cause, another symptom, a quiet time that ended.
        "incident.updated" => ("Updated", "Mis à jour"),
        "incident.worsened" => ("Worsened", "Aggravé"),
        "incident.acknowledged" => ("Acknowledged", "Pris en charge"),
        "incident.reopened" => ("Reopened", "Rouvert"),
        "incident.reminder" => ("Still open", "Toujours ouvert"),
        "incident.resolved" => ("Resolved", "Résolu"),
        "domain.joined" => ("Another domain is hit", "Un autre domaine est touché"),
        "change.detected" => ("A record changed", "Un enregistrement a changé"),
        "monitor.blind" => ("Nothing can be told", "Plus rien n’est visible"),
        "monitor.recovered" => ("vigie sees again", "vigie voit de nouveau"),
        "config.rejected" => ("Configuration refused", "Configuration refusée"),
        "alert.dead" => ("An alert did not arrive", "Une alerte n’est pas arrivée"),
        "report.ready" => ("First look done", "Premier examen terminé"),
        "test" => ("Test of the channel", "Essai du canal"),
        other => return other.to_owned(),
    };
    match lang {
        Lang::En => en.to_owned(),
        Lang::Fr => fr.to_owned(),
    }
}
