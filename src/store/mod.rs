//! What has been seen, opened and said so far? The history, in a file of SQLite or in PostgreSQL.
//!
//! History holds changes, not repeats: an outcome equal to the last one only moves its `last_seen`.
//! All writing goes through [`Write`], one at a time; what belongs together is one transaction.
//! Decides nothing: see `incidents` for what opens and `run` for what is written when.

mod alert;
mod blind_spell;
mod case;
mod change;
mod channel;
mod darkness;
mod database;
mod dialect;
mod digest;
mod error;
mod figures;
mod file;
mod glance;
mod incident;
mod look;
mod monitor;
mod outbox;
mod overview;
mod place;
mod report;
mod retention;
mod row;
mod schedule;
mod send;
mod silence;
mod span;
mod standing;
#[cfg(test)]
pub(crate) mod tests;

pub use alert::Alert;
pub use blind_spell::BlindSpell;
pub use case::CaseRow;
pub use change::Change;
pub use channel::{ChannelState, Disabled};
pub use darkness::Darkness;
pub use database::{Store, Write};
pub use digest::ProbeRate;
pub use error::StoreError;
pub use figures::{Figures, Queued};
pub use file::back_up;
pub use glance::Domains;
pub use incident::IncidentEvent;
pub use look::{Before, Put};
pub use monitor::Blindness;
pub use outbox::{OutboxRow, OutboxState, Wanted};
pub use overview::{CheckState, DomainState};
pub use report::{Report, ReportTimes, Tally};
pub use send::{DeliveryRate, Of, Send, SendOutcome};
pub use span::{NewSpan, Span, SpanKey};
pub use standing::Standing;
