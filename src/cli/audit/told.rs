//! What is kept of each domain until all are done. JSON is written in the domain's own task, so that
//! writing takes every core where there are many, and of a written domain only its weight stays beside the text.

use std::io::{BufWriter, Write};

use chrono::{DateTime, Utc};

use super::format::{AuditFormat, Printing};
use super::waiting::{Place, Waiting};
use crate::cli::output::Output;
use crate::report::formats::{html, json, junit, markdown, sarif};
use crate::report::{AuditReport, DomainReport, Summary, Verdict};

/// One domain in the form that the format needs, with its text where `T` says.
pub enum Told<T> {
    /// For the formats that tell of all domains together.
    Report(Box<DomainReport>),
    /// Its part of the JSON of all, or its line of NDJSON.
    Written { text: T, summary: Summary, verdict: Verdict },
}

impl Printing {
    /// Brings a domain into the form that the format needs.
    ///
    /// # Errors
    /// The report cannot be written as JSON, which no report that was built does.
    pub fn tell(&self, report: DomainReport) -> serde_json::Result<Told<String>> {
        let text = match self.format {
            AuditFormat::Json => json::element(&report)?,
            AuditFormat::Ndjson => serde_json::to_string(&report)? + "\n",
            _ => return Ok(Told::Report(Box::new(report))),
        };
        let summary = Summary::of(std::iter::once(&report));
        Ok(Told::Written { text, summary, verdict: report.verdict(self.fail_on) })
    }
}

/// The domains that are done, until all are printed.
pub struct Gathered {
    printing: Printing,
    /// Each with its place in the list.
    done: Vec<(usize, Told<Place>)>,
    waiting: Waiting,
}

impl Gathered {
    pub fn new(printing: Printing) -> Self {
        Self { printing, done: Vec::new(), waiting: Waiting::default() }
    }

    /// Adds the domain at this place of the list. A line of NDJSON is printed at once; what is printed with
    /// the others waits for them.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn add(
        &mut self,
        place: usize,
        told: Told<String>,
        output: &mut Output,
    ) -> anyhow::Result<()> {
        let told = match told {
            Told::Report(report) => Told::Report(report),
            Told::Written { text, summary, verdict } => {
                let is_line = self.printing.format == AuditFormat::Ndjson;
                let text = if is_line {
                    output.write(&text)?;
                    Place::Memory(String::new())
                } else {
                    self.waiting.keep(text)
                };
                Told::Written { text, summary, verdict }
            }
        };
        self.done.push((place, told));
        Ok(())
    }

    /// Prints all domains in the order of the list, and says how they weigh.
    ///
    /// # Errors
    /// The report cannot be written in the format, which no report that was built does, what waited cannot
    /// be read, or the output cannot be written.
    pub fn print(
        self,
        started_at: DateTime<Utc>,
        duration_ms: u64,
        output: &mut Output,
    ) -> anyhow::Result<Verdict> {
        let Self { printing, mut done, mut waiting } = self;
        done.sort_by_key(|(place, _)| *place);
        let (mut reports, mut texts) = (Vec::new(), Vec::new());
        let (mut all, mut worst) = (Summary::default(), Verdict::Fine);
        for (_, told) in done {
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
        let text = match printing.format {
            AuditFormat::Json => {
                let frame = AuditReport::<()>::around(started_at, duration_ms, Vec::new(), all);
                let texts = texts.into_iter().map(|text| waiting.take(text));
                let mut buffered = BufWriter::new(output);
                json::write(&frame, texts, &mut buffered)?;
                return Ok(buffered.flush().map(|()| worst)?);
            }
            AuditFormat::Ndjson => return Ok(worst),
            AuditFormat::Text => printing.text(&report),
            AuditFormat::Markdown => markdown::render(&report, printing.lang),
            AuditFormat::Html => html::render(&report, printing.lang)?,
            AuditFormat::Junit => junit::render(&report, printing.fail_on, printing.lang),
            AuditFormat::Sarif => serde_json::to_string_pretty(&sarif::render(&report))? + "\n",
        };
        output.write(&text)?;
        Ok(report.verdict(printing.fail_on))
    }
}
