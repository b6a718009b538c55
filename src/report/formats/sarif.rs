//! The report as SARIF 2.1.0 (OASIS), for code scanners: a rule per finding id, a result per finding.
//! With an overlay, what stands after it. A domain has no file, so its name stands as the artifact and the subject as a logical location.

use serde_json::{Value, json};
use vigie_checks::kernel::Severity;

use crate::report::paint::plain;
use crate::report::{AuditReport, DomainReport, FindingReport};

/// The whole report.
pub fn render(report: &AuditReport) -> Value {
    let findings = || report.domains.iter().flat_map(DomainReport::counted);
    let mut rules: Vec<&FindingReport> = findings().collect();
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    rules.dedup_by(|a, b| a.id == b.id);
    let results = report
        .domains
        .iter()
        .flat_map(|domain| domain.counted().iter().map(|finding| result(domain, finding, &rules)));
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "vigie",
                "version": report.version,
                "rules": rules.iter().map(|finding| rule(finding)).collect::<Vec<_>>(),
            }},
            "invocations": [{ "executionSuccessful": true, "startTimeUtc": report.started_at }],
            "results": results.collect::<Vec<_>>(),
        }],
    })
}

/// The words of a rule are those that hold for every subject.
fn rule(finding: &FindingReport) -> Value {
    let help = [plain(&finding.why), plain(&finding.references.join(", "))].join("\n\n");
    json!({
        "id": finding.id,
        "shortDescription": { "text": finding.id },
        "fullDescription": { "text": plain(&finding.why) },
        "help": { "text": help },
        "defaultConfiguration": { "level": level(finding) },
    })
}

fn result(domain: &DomainReport, finding: &FindingReport, rules: &[&FindingReport]) -> Value {
    let title = format!("{}.", finding.title.trim_end_matches('.'));
    let message = [&title, &finding.detail, &finding.remedy].map(|text| plain(text));
    json!({
        "ruleId": finding.id,
        "ruleIndex": rules.iter().position(|rule| rule.id == finding.id),
        // SARIF §3.27.9: what could not be told is open, and has no level.
        "kind": if finding.is_failing() { "fail" } else { "open" },
        "level": level(finding),
        "message": { "text": message.join(" ") },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": domain.domain },
                "region": { "startLine": 1 },
            },
            "logicalLocations": [{
                "fullyQualifiedName": plain(&finding.subject),
                "kind": "resource",
            }],
        }],
        "partialFingerprints": { "vigie/v1": finding.fingerprint },
    })
}

fn level(finding: &FindingReport) -> &'static str {
    match finding.severity {
        _ if !finding.is_failing() => "none",
        Severity::Critical | Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}
