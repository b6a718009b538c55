//! How a report is printed.

use std::io::{BufWriter, Write};

use clap::ValueEnum;
use vigie_checks::kernel::{Lang, Severity};

use crate::cli::output::Output;
use crate::report::formats::{html, junit, markdown, sarif};
use crate::report::paint::Paper;
use crate::report::{AuditReport, DomainReport, text};

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
    /// Prints the whole report.
    ///
    /// # Errors
    /// As [`Self::render`], or the output cannot be written.
    pub fn print(&self, report: &AuditReport, output: &mut Output) -> anyhow::Result<()> {
        if self.format != AuditFormat::Json {
            return output.write(&self.render(report)?);
        }
        // Straight to the output: of ten thousand domains the text is as large as the report.
        let mut text = BufWriter::new(output);
        serde_json::to_writer_pretty(&mut text, report)?;
        text.write_all(b"\n")?;
        Ok(text.flush()?)
    }

    /// The whole report, with its last line end.
    ///
    /// # Errors
    /// The report cannot be written in the format, which no report that was built does.
    pub fn render(&self, report: &AuditReport) -> anyhow::Result<String> {
        Ok(match self.format {
            AuditFormat::Text => self.text(report),
            AuditFormat::Json => format!("{}\n", serde_json::to_string_pretty(report)?),
            AuditFormat::Ndjson => {
                let lines: Result<String, _> = report.domains.iter().map(line).collect();
                lines?
            }
            AuditFormat::Markdown => markdown::render(report, self.lang),
            AuditFormat::Html => html::render(report, self.lang)?,
            AuditFormat::Junit => junit::render(report, self.fail_on),
            AuditFormat::Sarif => {
                format!("{}\n", serde_json::to_string_pretty(&sarif::render(report))?)
            }
        })
    }

    fn text(&self, report: &AuditReport) -> String {
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

/// One domain as a line of NDJSON.
///
/// # Errors
/// As [`Printing::render`].
pub fn line(report: &DomainReport) -> Result<String, serde_json::Error> {
    Ok(format!("{}\n", serde_json::to_string(report)?))
}
