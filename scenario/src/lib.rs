//! Which world does a test play, and what must be said of it?
//!
//! A scenario is one TOML file: zones, the hosts that answer, the faults, and the findings
//! expected, exactly. Its near misses are the same world with one edit each. This crate reads
//! the format and nothing more: zone text is checked by whoever serves it.

mod case;
mod expect;
mod fault;
mod file;
mod handling;
mod host;
mod probe;
mod reports;
mod signed;
mod target;
#[cfg(test)]
mod tests;

pub use case::{Before, Case, Days, Edit, NearMiss, PastWorld};
pub use expect::{Expect, ExpectedFinding, Severity};
pub use fault::{Fault, FaultAnswer, Resolver};
pub use file::{Scenario, ScenarioError};
pub use handling::{Handling, Seal};
pub use host::{
    Certificate, Host, HttpHost, HttpsHost, HttpsPage, ImapHost, Judges, NameServer, OldTls,
    OldVersion, Published, Signing, SmtpHost, SmtpReplies, SmtpStage, Submission,
};
pub use probe::{MailAccount, Probe, Seed};
pub use reports::Reports;
pub use signed::{Ds, KeyAlgorithm, Signatures, SignedZone};
pub use target::{Approved, PastSend, Profile, Stream, Target};
