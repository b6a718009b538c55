//! What is told of an audit: one value, printed in every format.

mod build;
mod grade;
pub mod paint;
mod spf;
pub mod text;
mod words;

pub use build::{AuditReport, CheckReport, DomainReport, FindingReport, Summary, WhatIf};
pub use grade::{Grade, State, Verdict, WEIGHTY, weighs, worst};
pub use spf::{SenderReport, SpfReport};
pub use text::{badge, state_of};
pub use words::{because_in_words, check_label, groups, record_line};
