//! May this address send for this domain? `check_host()` of RFC 7208 §4, with both limits.

mod check_host;
mod evaluation;
mod explanation;
mod names;

pub(super) use check_host::check_record;
pub use check_host::{Authorisation, CameTo, Session, SpfResult, Step, Unanswered, check_host};
