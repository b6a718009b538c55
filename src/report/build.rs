//! Builds the report of the contract (`vigie.audit/1`) from what was seen.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::Value;

use vigie_checks::kernel::{
    Because, Catalogue, CheckStatus, Finding, Lang, Outcome, Profile, RecordChange, Severity,
    Status, fingerprint,
};

use super::facts::Facts;
use super::grade::{Grade, State, Verdict, told, weighs};
use super::words::because_in_words;
use crate::run::{DomainAudit, Selection};

/// A whole audit.
#[derive(Clone, Debug, Serialize)]
pub struct AuditReport<D = DomainReport> {
    pub schema: &'static str,
    pub version: &'static str,
    pub started_at: String,
    pub duration_ms: u64,
    pub domains: Vec<D>,
    pub summary: Summary,
}

/// Failing findings by severity, and what could not be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub critical: u64,
    pub error: u64,
    pub warning: u64,
    pub info: u64,
    pub indeterminate: u64,
}

/// One domain.
#[derive(Clone, Debug, Serialize)]
pub struct DomainReport {
    pub domain: String,
    pub profile: Profile,
    pub grade: Grade,
    /// Only some checks were asked for: nothing is said of the rest.
    #[serde(skip)]
    pub only_chosen: bool,
    pub checks: Vec<CheckReport>,
    pub findings: Vec<FindingReport>,
    pub facts: Facts,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what_if: Option<WhatIf>,
    #[serde(skip)]
    pub exchanges: usize,
    #[serde(skip)]
    pub duration_ms: u64,
    #[serde(skip)]
    pub started_at: DateTime<Utc>,
    #[serde(skip)]
    pub blind: bool,
}

/// One check of a domain.
#[derive(Clone, Debug, Serialize)]
pub struct CheckReport {
    pub name: String,
    pub status: CheckStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    pub duration_ms: u64,
    pub dns_queries: u64,
    /// When it was seen, where that was not in this audit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<String>,
    #[serde(skip)]
    pub state: State,
}

/// One finding in words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FindingReport {
    pub id: String,
    pub check: String,
    pub severity: Severity,
    pub status: Status,
    pub subject: String,
    pub title: String,
    pub detail: String,
    pub why: String,
    pub remedy: String,
    pub references: Vec<String>,
    pub evidence: Value,
    pub fix: Vec<RecordChange>,
    pub fingerprint: String,
}

/// What an overlay changes: fingerprints apart, the findings that come and those that go.
#[derive(Clone, Debug, Serialize)]
pub struct WhatIf {
    pub grade: Grade,
    pub added: Vec<FindingReport>,
    pub removed: Vec<FindingReport>,
    pub findings: Vec<FindingReport>,
    #[serde(skip)]
    pub blind: bool,
}

impl FindingReport {
    pub fn of(finding: &Finding, domain: &vigie_checks::kernel::Name, lang: Lang) -> Self {
        let words = Catalogue::words(finding, lang);
        Self {
            id: finding.id.clone(),
            check: finding.check().to_owned(),
            severity: finding.severity,
            status: finding.status,
            subject: finding.subject.clone(),
            title: words.title,
            detail: words.message,
            why: words.why,
            remedy: words.fix,
            references: words.references,
            evidence: finding.evidence.clone(),
            fix: finding.fix.clone(),
            fingerprint: fingerprint(domain, &finding.id, &finding.subject),
        }
    }

    pub fn is_failing(&self) -> bool {
        self.status == Status::Fail
    }

    /// The state that its badge shows.
    pub fn state(&self) -> State {
        State::of_weight(self.status, self.severity)
    }
}

impl DomainReport {
    /// Tells what was seen of a domain.
    pub fn of(audit: &DomainAudit, selection: &Selection, lang: Lang) -> Self {
        let domain = &audit.target.domain;
        let chosen = |outcome: &&Outcome| selection.chosen.contains(outcome.check.as_str());
        let findings = told(&audit.outcomes, selection);
        let blind = audit.outcomes.iter().any(|outcome| weighs(outcome, selection));
        let unseen = saw_nothing(&audit.outcomes, selection);
        let reports: Vec<FindingReport> =
            findings.iter().map(|f| FindingReport::of(f, domain, lang)).collect();
        let what_if =
            audit.what_if.as_ref().map(|after| what_if(&reports, after, audit, selection, lang));
        Self {
            domain: domain.to_string(),
            profile: audit.target.profile,
            // What nobody looked at is not well.
            grade: Grade::of(findings.into_iter(), blind || unseen),
            only_chosen: selection.named,
            checks: audit
                .outcomes
                .iter()
                .filter(chosen)
                .map(|outcome| CheckReport::of(outcome, lang))
                .collect(),
            findings: reports,
            facts: Facts::of(audit.outcomes.iter().filter(chosen)),
            what_if,
            exchanges: audit.exchanges,
            duration_ms: audit.duration_ms,
            started_at: audit.started_at,
            blind,
        }
    }

    /// What counts: with an overlay, what stands after it.
    pub fn counted(&self) -> &[FindingReport] {
        self.what_if.as_ref().map_or(&self.findings, |after| &after.findings)
    }

    /// How this domain weighs on the exit code; with an overlay, after it.
    pub fn verdict(&self, fail_on: Option<Severity>) -> Verdict {
        let findings = self.counted();
        let blind = self.what_if.as_ref().map_or(self.blind, |after| after.blind);
        let reaches = |finding: &FindingReport| {
            finding.is_failing() && fail_on.is_some_and(|threshold| finding.severity >= threshold)
        };
        if findings.iter().any(reaches) {
            Verdict::Failing
        } else if blind {
            Verdict::CouldNotTell
        } else {
            Verdict::Fine
        }
    }
}

/// Whether no chosen check had anything to look at; that a domain does not exist was seen.
fn saw_nothing(outcomes: &[Outcome], selection: &Selection) -> bool {
    let mut chosen =
        outcomes.iter().filter(|outcome| selection.chosen.contains(outcome.check.as_str()));
    chosen.all(|outcome| {
        outcome.status == CheckStatus::Skipped && outcome.because != Some(Because::NoDomain)
    })
}

fn what_if(
    before: &[FindingReport],
    after: &[Outcome],
    audit: &DomainAudit,
    selection: &Selection,
    lang: Lang,
) -> WhatIf {
    let domain = &audit.target.domain;
    let told = told(after, selection);
    let blind = after.iter().any(|outcome| weighs(outcome, selection));
    let unseen = saw_nothing(after, selection);
    let grade = Grade::of(told.iter().copied(), blind || unseen);
    let findings: Vec<FindingReport> =
        told.into_iter().map(|f| FindingReport::of(f, domain, lang)).collect();
    let same = |a: &FindingReport, b: &FindingReport| {
        a.fingerprint == b.fingerprint && a.severity == b.severity
    };
    let missing_from = |these: &[FindingReport], those: &[FindingReport]| {
        these.iter().filter(|a| !those.iter().any(|b| same(a, b))).cloned().collect::<Vec<_>>()
    };
    WhatIf {
        grade,
        added: missing_from(&findings, before),
        removed: missing_from(before, &findings),
        findings,
        blind,
    }
}

/// An audit sends nothing: what it tells of a test send was seen earlier.
fn seen_before(outcome: &Outcome) -> Option<String> {
    let is_of_send = matches!(outcome.check.as_str(), "probe" | "arc");
    let told = is_of_send && outcome.because.is_none();
    told.then(|| outcome.started_at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

impl CheckReport {
    fn of(outcome: &Outcome, lang: Lang) -> Self {
        Self {
            name: outcome.check.clone(),
            status: outcome.status,
            because: outcome.because.as_ref().map(|because| because_in_words(because, lang)),
            duration_ms: outcome.duration_ms,
            dns_queries: outcome.dns_queries,
            seen_at: seen_before(outcome),
            state: State::of(outcome),
        }
    }
}

impl std::ops::AddAssign for Summary {
    fn add_assign(&mut self, other: Self) {
        let Self { critical, error, warning, info, indeterminate } = other;
        self.critical += critical;
        self.error += error;
        self.warning += warning;
        self.info += info;
        self.indeterminate += indeterminate;
    }
}

impl Summary {
    pub fn of<'a>(domains: impl Iterator<Item = &'a DomainReport>) -> Self {
        Self::of_findings(domains.flat_map(|domain| &domain.findings))
    }

    fn of_findings<'a>(findings: impl Iterator<Item = &'a FindingReport>) -> Self {
        let mut summary = Self::default();
        for finding in findings {
            match finding.severity {
                _ if !finding.is_failing() => summary.indeterminate += 1,
                Severity::Critical => summary.critical += 1,
                Severity::Error => summary.error += 1,
                Severity::Warning => summary.warning += 1,
                Severity::Info => summary.info += 1,
            }
        }
        summary
    }
}

impl<D> AuditReport<D> {
    /// The report around its domains, in whatever form they are.
    pub fn around(
        started_at: DateTime<Utc>,
        duration_ms: u64,
        domains: Vec<D>,
        summary: Summary,
    ) -> Self {
        Self {
            schema: "vigie.audit/1",
            version: env!("CARGO_PKG_VERSION"),
            started_at: started_at.to_rfc3339_opts(SecondsFormat::Millis, true),
            duration_ms,
            domains,
            summary,
        }
    }
}

impl AuditReport {
    pub fn of(started_at: DateTime<Utc>, duration_ms: u64, domains: Vec<DomainReport>) -> Self {
        let summary = Summary::of(domains.iter());
        Self::around(started_at, duration_ms, domains, summary)
    }

    /// With an overlay, what stands after it, of which the exit code speaks.
    pub fn after(&self) -> Option<Summary> {
        let is_laid_over = self.domains.iter().any(|domain| domain.what_if.is_some());
        let after = || self.domains.iter().flat_map(|domain| domain.counted());
        is_laid_over.then(|| Summary::of_findings(after()))
    }

    /// The worst of the domains.
    pub fn verdict(&self, fail_on: Option<Severity>) -> Verdict {
        self.domains.iter().map(|domain| domain.verdict(fail_on)).max().unwrap_or(Verdict::Fine)
    }
}
