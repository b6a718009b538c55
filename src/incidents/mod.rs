//! When is somebody told, and of what? Findings become incidents: believed after a second look, one
//! per cause, resolved when the cause and all it explains have healed.
//!
//! Pure values and functions: no SQL, no clock, no channel. What could not be told opens nothing and
//! closes nothing. Counting and confirming happen here alone, never in a check.

mod assign;
mod case;
mod causes;
mod current;
mod hearing;
mod incident;
mod look_again;
mod machine;
#[cfg(test)]
mod properties;
mod routes;
mod silence;
#[cfg(test)]
pub(crate) mod tests;

pub use case::{Case, Phase};
pub use causes::{
    CHANGES_READ, EXPLAINED_WITHIN, SENDING_IPS, explaining_checks, explains, may_explain,
};
pub use hearing::{Belief, Hearing, hearing};
pub use incident::{
    Acknowledged, Event, EventKind, Incident, State, acknowledge, remind, spread, wake,
};
pub use look_again::LookAgain;
pub use machine::{Footing, Look, Policy, Seen, Situation, Step, retire, step};
pub use routes::{Due, Escalation, Hours, Matter, Route, Routes, Told};
pub use silence::Silence;
