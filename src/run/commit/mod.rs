//! What becomes of a run? What was seen is compared, decided, stored and put into the outbox in one
//! transaction: either all of it lasts, or nothing.
//!
//! Delivers nothing and looks at nothing; see `alerts` and `observe`.

mod announce;
mod blindness;
mod body;
mod committer;
mod digest;
mod history;
mod outbox;
mod quiet;
mod rejected;
mod remind;
mod rows;
mod sample;
mod sight;
mod situation;
#[cfg(test)]
pub(crate) mod tests;

pub use committer::{Acknowledgement, Committed, Committer, Observed, Settings};
pub use digest::Digest;
pub use quiet::{Recurrence, When, Window};
pub use rejected::Fault;
pub use sample::{SAMPLES, sample, sample_of_many};
