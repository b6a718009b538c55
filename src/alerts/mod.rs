//! Did the news leave the house? Rows of the outbox are brought to their channels.
//!
//! Delivery is at least once, with the same id and the same octets at every attempt, in order for
//! one incident and channel. Limits: which event goes to which channel, and which may go together, is
//! decided where the event is written; here nothing is judged or dropped.

pub mod channels;
mod deliverer;
mod doorbell;
pub mod event;
mod figures;
mod lane;
mod network;
pub mod notice;
mod outbox;
mod retry;
mod settings;
mod signature;
mod together;

pub use deliverer::{Deliverer, Limits};
pub use doorbell::Doorbell;
pub use figures::{End, Figures};
pub use network::{Network, Resolve, SystemResolver, UnreachableError};
pub use outbox::{Outbox, Part, Pending, Verdict};
pub use retry::{RETRIES, RetryAfter, next_attempt};
pub use settings::{ChannelError, ChannelSettings};
pub use signature::{SecretError, SigningSecret, signatures};

#[cfg(test)]
pub(crate) mod tests;
