//! What do the reports say that others send back? Files, folders, mailboxes and messages are looked
//! through for aggregate reports of DMARC (RFC 7489 Appendix C, RFC 9990), which go into the history.
//!
//! Reports come from anyone: nothing is unpacked, read or kept without a bound. Whether who sent one is
//! who it names is not judged. Other kinds of reports are known by sight and not read.

mod aggregate;
mod content;
mod fault;
mod intake;
mod mail;
mod mailbox;
mod place;
mod sources;
#[cfg(test)]
mod tests;
mod zip;

pub use fault::{Fault, Kind, Unread};
pub use intake::{DomainIntake, Intake, take_in};
pub use place::{Inside, Place};
