//! One run over one domain: every chosen check observes and judges, needs first.

mod observe;
mod selection;

pub use observe::{Looking, observe};
pub use selection::{Selection, UnknownCheck};
