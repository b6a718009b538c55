//! What is kept of each domain until all are done. JSON is written in the domain's own task, so that
//! writing takes every core that there is, and of a written domain only its weight is kept beside the text.

use std::io::{BufWriter, Write};

use chrono::{DateTime, Utc};

use super::format::{AuditFormat, Printing};
use crate::cli::output::Output;
use crate::report::formats::{html, json, junit, markdown, sarif};
use crate::report::{AuditReport, DomainReport, Summary, Verdict};

/// One domain in the form that the format needs.
pub enum Told {
    /// For the formats that tell of all domains together.
    Report(Box<DomainReport>),
    /// Its part of the JSON of all, or its line of NDJSON.
    Written { text: String, summary: Summary, verdict: Verdict },
}

impl Printing {
    /// Brings a domain into the form that the format needs.
    ///
    /// # Errors
    /// The report cannot be written as JSON, which no report that was built does.
    pub fn tell(&self, report: DomainReport) -> serde_json::Result<Told> {
        let text = match self.format {
            AuditFormat::Json => json::element(&report)?,
            AuditFormat::Ndjson => serde_json::to_string(&report)? + "\n",
            _ => return Ok(Told::Report(Box::new(report))),
        };
        let summary = Summary::of(std::iter::once(&report));
        Ok(Told::Written { text, summary, verdict: report.verdict(self.fail_on) })
    }

    /// Prints a line of NDJSON at once; what is printed already is not printed again.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn print_line(&self, told: &mut Told, output: &mut Output) -> anyhow::Result<()> {
        if let (AuditFormat::Ndjson, Told::Written { text, .. }) = (self.format, told) {
            output.write(&std::mem::take(text))?;
        }
        Ok(())
    }

    /// Prints all domains, in this order, and says how they weigh.
    ///
    /// # Errors
    /// The report cannot be written in the format, which no report that was built does, or the output
    /// cannot be written.
    pub fn print(
        &self,
        started_at: DateTime<Utc>,
        duration_ms: u64,
        domains: Vec<Told>,
        output: &mut Output,
    ) -> anyhow::Result<Verdict> {
        let (mut reports, mut texts) = (Vec::new(), Vec::new());
        let (mut all, mut worst) = (Summary::default(), Verdict::Fine);
        for told in domains {
            match told {
                Told::Report(report) => reports.push(*report),
                Told::Written { text, summary, verdict } => {
                    texts.push(text);
                    all += summary;
                    worst = worst.max(verdict);
                }
            }
        }
        let report = AuditReport::of(started_at, duration_ms, reports);
        let text = match self.format {
            AuditFormat::Json => {
                let frame = AuditReport::<()>::around(started_at, duration_ms, Vec::new(), all);
                let mut buffered = BufWriter::new(output);
                json::write(&frame, &texts, &mut buffered)?;
                return Ok(buffered.flush().map(|()| worst)?);
            }
            AuditFormat::Ndjson => return output.write(&texts.concat()).map(|()| worst),
            AuditFormat::Text => self.text(&report),
            AuditFormat::Markdown => markdown::render(&report, self.lang),
            AuditFormat::Html => html::render(&report, self.lang)?,
            AuditFormat::Junit => junit::render(&report, self.fail_on, self.lang),
            AuditFormat::Sarif => serde_json::to_string_pretty(&sarif::render(&report))? + "\n",
        };
        output.write(&text)?;
        Ok(report.verdict(self.fail_on))
    }
}
