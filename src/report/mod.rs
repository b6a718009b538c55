//! What is told of an audit: one value, printed in every format.

mod build;
mod concern;
mod facts;
mod fixes;
pub mod formats;
mod grade;
mod history;
mod ingest;
mod manual;
pub mod paint;
mod preflight;
mod probe;
mod prose;
mod replies;
mod spf;
pub mod text;
pub mod visible;
mod words;

pub use build::{AuditReport, CheckReport, DomainReport, FindingReport, Summary, WhatIf};
pub use fixes::{FixReport, quoted};
pub use grade::{Grade, State, Verdict, WEIGHTY, weighs};
pub use history::HistoryReport;
pub use ingest::IngestReport;
pub use manual::{FindingManual, GradeManual};
pub use preflight::{Acceptance, PreflightReport, RULES, ReasonView, Rule, Terms};
pub use probe::ProbeReport;
pub use prose::{heading, prose};
pub use replies::ReplyManual;
pub use spf::{SenderReport, SpfReport};
pub use text::{badge, counted, state_of};
pub use words::{
    because_in_words, change_in_words, check_label, check_question, groups, record_line, say,
    without_group,
};
