//! The report as one HTML file that needs nothing else: to be mailed, kept and printed. It holds no
//! script and loads nothing.

use askama::Template;
use vigie_checks::kernel::Lang;

use crate::report::text::{counted, moment, seconds, verdict};
use crate::report::words::{record_line, say};
use crate::report::{
    AuditReport, CheckReport, DomainReport, FindingReport, State, badge, check_label, state_of,
};

/// The style sheet of the pages, put into the file.
const STYLE: &str = include_str!("../../../dashboards/vigie.css");

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    lang: Lang,
    style: &'static str,
    title: String,
    version: &'a str,
    domains: Vec<DomainView<'a>>,
}

struct DomainView<'a> {
    place: usize,
    name: &'a str,
    grade: String,
    class: &'static str,
    verdict: &'static str,
    line: String,
    counts: Vec<CountView>,
    findings: Vec<FindingView<'a>>,
    checks: Vec<CheckView<'a>>,
    what_if: Option<WhatIfView<'a>>,
}

struct CountView {
    class: &'static str,
    count: usize,
    word: &'static str,
}

struct FindingView<'a> {
    finding: &'a FindingReport,
    class: &'static str,
    word: &'static str,
    records: Vec<String>,
    evidence: String,
    references: String,
}

struct CheckView<'a> {
    label: String,
    class: &'static str,
    word: &'static str,
    because: &'a str,
    facts: String,
}

struct WhatIfView<'a> {
    grade: String,
    removed: Vec<&'a str>,
    added: Vec<&'a str>,
}

impl Page<'_> {
    fn t<'a>(&self, en: &'a str, fr: &'a str) -> &'a str {
        say(self.lang, en, fr)
    }
}

/// The whole report.
///
/// # Errors
/// The page could not be filled, which a template that compiles does not do.
pub fn render(report: &AuditReport, lang: Lang) -> Result<String, askama::Error> {
    let domains = report.domains.iter().enumerate();
    let page = Page {
        lang,
        style: STYLE,
        title: title(report, lang),
        version: report.version,
        domains: domains.map(|(place, domain)| DomainView::of(place, domain, lang)).collect(),
    };
    page.render()
}

fn title(report: &AuditReport, lang: Lang) -> String {
    let mail = say(lang, "Mail audit of", "Audit de messagerie de");
    match report.domains.as_slice() {
        [only] => format!("{mail} {}, {} {}", only.domain, say(lang, "grade", "note"), only.grade),
        all => format!("{mail} {} {}", all.len(), say(lang, "domains", "domaines")),
    }
}

impl<'a> DomainView<'a> {
    fn of(place: usize, report: &'a DomainReport, lang: Lang) -> Self {
        let facts = |check: &CheckReport| match report.facts.get(&check.name) {
            Some(facts) => serde_json::to_string_pretty(facts).unwrap_or_default(),
            None => String::new(),
        };
        Self {
            place,
            name: &report.domain,
            grade: report.grade.to_string(),
            class: state_of(report.grade).class(),
            verdict: verdict(report, lang),
            line: format!(
                "{} · {} · {} · {}",
                moment(report.started_at, lang),
                counted(report.checks.len(), lang, ("check", "checks"), ("contrôle", "contrôles")),
                counted(report.exchanges, lang, ("exchange", "exchanges"), ("échange", "échanges")),
                seconds(report.duration_ms, lang)
            ),
            counts: counts(report, lang),
            findings: report.findings.iter().map(|one| FindingView::of(one, lang)).collect(),
            checks: report
                .checks
                .iter()
                .map(|check| CheckView {
                    label: check_label(&check.name, lang),
                    class: check.state.class(),
                    word: badge(check.state, lang),
                    because: check.because.as_deref().unwrap_or_default(),
                    facts: facts(check),
                })
                .collect(),
            what_if: report.what_if.as_ref().map(|after| WhatIfView {
                grade: after.grade.to_string(),
                removed: after.removed.iter().map(|one| one.title.as_str()).collect(),
                added: after.added.iter().map(|one| one.title.as_str()).collect(),
            }),
        }
    }
}

fn counts(report: &DomainReport, lang: Lang) -> Vec<CountView> {
    let states = [State::Critical, State::Error, State::Warning, State::Info, State::Unknown];
    let of = |state: State| CountView {
        class: state.class(),
        count: report.findings.iter().filter(|finding| finding.state() == state).count(),
        word: badge(state, lang),
    };
    states.into_iter().map(of).filter(|view| view.count > 0).collect()
}

impl<'a> FindingView<'a> {
    fn of(finding: &'a FindingReport, lang: Lang) -> Self {
        Self {
            class: finding.state().class(),
            word: badge(finding.state(), lang),
            records: finding.fix.iter().filter_map(record_line).collect(),
            evidence: serde_json::to_string_pretty(&finding.evidence).unwrap_or_default(),
            references: finding.references.join(" · "),
            finding,
        }
    }
}
