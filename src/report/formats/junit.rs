//! The report as JUnit XML, for test runners: a suite per domain, a case per check. What reaches the
//! threshold is a failure, with an overlay what stands after it; a check that could not tell or was skipped
//! is skipped, never passed.

use std::fmt::Write;

use vigie_checks::kernel::{Lang, Severity};
use vigie_checks::records::display::is_unsafe;

use crate::report::words::say;
use crate::report::{AuditReport, CheckReport, DomainReport, FindingReport, State};

/// The whole report; failures are findings of at least this severity.
pub fn render(report: &AuditReport, fail_on: Option<Severity>, lang: Lang) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let seconds = seconds(report.duration_ms);
    xml.push_str(&format!("<testsuites name=\"vigie\" time=\"{seconds}\">\n"));
    report.domains.iter().for_each(|domain| xml.push_str(&suite(domain, fail_on, lang)));
    xml.push_str("</testsuites>\n");
    xml
}

fn suite(report: &DomainReport, fail_on: Option<Severity>, lang: Lang) -> String {
    let cases: Vec<Case> =
        report.checks.iter().map(|check| Case::of(check, report, fail_on, lang)).collect();
    let failing = cases.iter().filter(|case| !case.failures.is_empty()).count();
    let skipped = cases.iter().filter(|case| case.skipped.is_some()).count();
    let mut xml = format!(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failing}\" errors=\"0\" \
         skipped=\"{skipped}\" time=\"{}\" timestamp=\"{}\">\n",
        escaped(&report.domain),
        cases.len(),
        seconds(report.duration_ms),
        report.started_at.format("%Y-%m-%dT%H:%M:%SZ"),
    );
    cases.iter().for_each(|case| xml.push_str(&case.xml(&report.domain)));
    xml.push_str("  </testsuite>\n");
    xml
}

struct Case<'a> {
    check: &'a CheckReport,
    failures: Vec<&'a FindingReport>,
    /// Findings below the threshold.
    others: Vec<&'a FindingReport>,
    skipped: Option<&'a str>,
}

impl<'a> Case<'a> {
    fn of(
        check: &'a CheckReport,
        report: &'a DomainReport,
        fail_on: Option<Severity>,
        lang: Lang,
    ) -> Self {
        let findings = report.counted().iter().filter(|finding| finding.check == check.name);
        let (failures, others): (Vec<_>, Vec<_>) = findings.partition(|finding| {
            finding.is_failing() && fail_on.is_some_and(|least| finding.severity >= least)
        });
        let blind = (check.state == State::Unknown).then_some(say(
            lang,
            "could not tell",
            "impossible de conclure",
        ));
        let skipped = check.because.as_deref().or(blind).filter(|_| failures.is_empty());
        Self { check, failures, others, skipped }
    }

    fn xml(&self, domain: &str) -> String {
        let mut body = String::new();
        for finding in &self.failures {
            let text = escaped(&format!("{} {}\n{}", finding.detail, finding.why, finding.remedy));
            let (title, id) = (escaped(&finding.title), escaped(&finding.id));
            let _ =
                writeln!(body, "      <failure type=\"{id}\" message=\"{title}\">{text}</failure>");
        }
        if let Some(because) = self.skipped {
            let _ = writeln!(body, "      <skipped message=\"{}\"/>", escaped(because));
        }
        if !self.others.is_empty() {
            let line = |finding: &&FindingReport| format!("{}: {}", finding.id, finding.title);
            let lines: Vec<String> = self.others.iter().map(line).collect();
            let _ = writeln!(body, "      <system-out>{}</system-out>", escaped(&lines.join("\n")));
        }
        let case = format!(
            "    <testcase classname=\"{}\" name=\"{}\" time=\"{}\"",
            escaped(domain),
            escaped(&self.check.name),
            seconds(self.check.duration_ms),
        );
        if body.is_empty() {
            format!("{case}/>\n")
        } else {
            format!("{case}>\n{body}    </testcase>\n")
        }
    }
}

fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

/// XML 1.0 has no way to write most control characters, so they are shown as escapes (§2.2).
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' => safe.push('\n'),
            '\u{fffe}' | '\u{ffff}' => safe.extend(c.escape_unicode()),
            _ if is_unsafe(c) => safe.extend(c.escape_unicode()),
            _ => safe.push(c),
        }
    }
    safe
}
