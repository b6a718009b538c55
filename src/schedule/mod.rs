//! What is due when, and does it run once at a time?
//!
//! [`plan`] turns the configuration into keys with schedules, [`Queue`] knows what is due, and
//! [`Scheduler`] runs it with a [`Runner`]. What a run does is not known here.

mod defaults;
mod entry;
mod figures;
mod key;
mod plan;
mod queue;
mod scheduler;
#[cfg(test)]
mod tests;

pub use self::figures::Figures;
pub use self::key::{Due, Key, Look};
pub use self::plan::{Planned, Rhythm, plan};
pub use self::queue::Queue;
pub use self::scheduler::{Again, Runner, Scheduler, SchedulerHandle};
pub use crate::config::Schedule;
