//! A simulated internet on loopback, as real servers see and play it.
//!
//! Depends on nothing of the product but the scenario format, or both would be wrong together.

mod accounts;
pub mod ca;
mod clock;
pub mod controls;
#[cfg(test)]
mod conversation;
pub mod dns;
pub mod https;
pub mod imap;
mod lab;
mod line;
pub mod mailbox;
pub mod old_tls;
mod receiver;
mod resolver;
mod running;
pub mod smtp;
pub mod socks5;
pub mod story;
pub mod submission;
mod tls;
pub mod world;

pub use accounts::Accounts;
pub use clock::LabClock;
pub use lab::{Lab, LabError};
pub use resolver::{ExchangeError, Resolver};
pub use running::Running;
