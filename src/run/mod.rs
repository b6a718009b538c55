//! One run over one domain: every chosen check observes and judges, needs first.

mod ahead;
mod audit;
mod backup;
mod changes;
pub mod commit;
mod course;
mod ends;
mod evidence;
mod fixes;
mod history;
mod observe;
mod past;
mod places;
mod plugins;
mod review;
mod selection;
mod send;
mod zones;

pub use audit::{Auditor, DomainAudit, Recorded, audit_tape};
pub use backup::back_up;
pub use course::{Course, courses};
pub use ends::{End, Ending, FIRST_ENDS, ends, ends_of_all, first_end};
pub use evidence::{AuditRequest, DomainEvidence, Evidence, SCHEMA as EVIDENCE_SCHEMA};
pub use fixes::{Left, Proposal, ProposedSet, propose};
pub use history::{
    Asked, DomainHistory, HistoryError, Period, Spell, Thing, Untold, recall_history,
};
pub use observe::{Looking, observe};
pub use past::{recall, recall_from};
pub use plugins::Plugins;
pub use review::{Lately, Progress, RecentChange, Records, Review, ReviewState};
pub use selection::{Selection, SelectionError};
pub use send::Sender;
pub use zones::zone_of;
