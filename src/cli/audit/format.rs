//! How a report is printed.

use clap::ValueEnum;
use vigie_checks::kernel::{Lang, Severity};

use crate::report::paint::Paper;
use crate::report::{AuditReport, text};

/// The formats of `vigie audit` and `vigie replay`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum AuditFormat {
    /// For a person at a terminal
    #[default]
    Text,
    /// One object, as the contract has it
    Json,
    /// One line per domain, as each is done
    Ndjson,
    /// For merge requests and tickets
    Markdown,
    /// One file to mail, keep and print
    Html,
    /// For test runners
    Junit,
    /// For code scanners
    Sarif,
}

/// What a report is printed with.
#[derive(Clone, Copy)]
pub struct Printing {
    pub format: AuditFormat,
    pub fail_on: Option<Severity>,
    pub lang: Lang,
    pub paper: Paper,
}

impl Printing {
    /// The whole report for a person, with its last line end.
    pub fn text(&self, report: &AuditReport) -> String {
        let code = report.verdict(self.fail_on).exit_code();
        let mut text = String::new();
        for domain in &report.domains {
            text.push_str(&text::domain(domain, self.lang, self.paper));
            text.push_str("\n\n");
        }
        text.push_str(&text::summary(report, code, self.lang, self.paper));
        text.push('\n');
        text
    }
}
