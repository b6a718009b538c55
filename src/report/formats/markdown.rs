//! The report as Markdown, for merge requests, tickets and wikis (CommonMark 0.31, GitHub tables).

use vigie_checks::kernel::Lang;

use crate::report::paint::{glyph, plain};
use crate::report::text::{moment, verdict};
use crate::report::words::{record_line, say};
use crate::report::{AuditReport, DomainReport, FindingReport, badge, check_label};

/// Marks that would change what stands beside them.
const MARKS: [char; 14] = ['\\', '`', '*', '_', '[', ']', '<', '>', '#', '|', '~', '&', '!', '@'];

/// The whole report.
pub fn render(report: &AuditReport, lang: Lang) -> String {
    let domains = report.domains.iter().map(|domain| self::domain(domain, lang));
    domains.collect::<Vec<_>>().join("\n")
}

fn domain(report: &DomainReport, lang: Lang) -> String {
    let colon = say(lang, ":", "\u{a0}:");
    let mut text = format!(
        "# {}{colon} {} {}\n\n{} {}\n\n",
        safe(&report.domain),
        say(lang, "grade", "note"),
        report.grade,
        verdict(report, lang),
        moment(report.started_at, lang)
    );
    text.push_str(&format!(
        "| {} | {} | |\n|---|---|---|\n",
        say(lang, "Check", "Contrôle"),
        say(lang, "State", "État")
    ));
    for check in &report.checks {
        let because = check.because.as_deref().map(safe).unwrap_or_default();
        let (label, word) = (check_label(&check.name, lang), badge(check.state, lang));
        text.push_str(&format!("| {label} | {} {word} | {because} |\n", glyph(check.state)));
    }
    report.findings.iter().for_each(|one| text.push_str(&finding(one, lang)));
    if let Some(after) = &report.what_if {
        let title = say(lang, "With the overlay published", "Avec les enregistrements proposés");
        text.push_str(&format!("\n## {title}{colon} {} → {}\n\n", report.grade, after.grade));
        let mut list = |sign: &str, findings: &[FindingReport]| {
            for one in findings {
                text.push_str(&format!("- {sign} {} (`{}`)\n", safe(&one.title), one.id));
            }
        };
        list("−", &after.removed);
        list("+", &after.added);
    }
    text
}

fn finding(finding: &FindingReport, lang: Lang) -> String {
    let word = badge(finding.state(), lang);
    let colon = say(lang, ":", "\u{a0}:");
    let mut text = format!("\n## {word}{colon} {}\n\n", safe(&finding.title));
    text.push_str(&format!("{} {}\n\n", safe(&finding.detail), safe(&finding.why)));
    let fix = say(lang, "Fix:", "Remède :");
    text.push_str(&format!("**{fix}** {}\n", safe(&finding.remedy)));
    let records: Vec<String> = finding.fix.iter().filter_map(record_line).collect();
    if !records.is_empty() {
        // A record may hold any mark; a fence longer than all of its backticks keeps it whole.
        let records = records.iter().map(|record| plain(record)).collect::<Vec<_>>().join("\n");
        let longest = records.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(longest.max(2) + 1);
        text.push_str(&format!("\n{fence}dns\n{records}\n{fence}\n"));
    }
    let references = finding.references.iter().map(|reference| safe(reference));
    let source = std::iter::once(format!("`{}`", finding.id)).chain(references);
    text.push_str(&format!("\n{}\n", source.collect::<Vec<_>>().join(" · ")));
    text
}

/// Text that is read as it is: no mark-up, no mention, nothing hidden.
fn safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in plain(text).chars() {
        if MARKS.contains(&c) {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}
