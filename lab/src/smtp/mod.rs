//! SMTP hosts of the lab: a receiver on port 25, a submission service on 465 and 587.
//! A conversation ([`Session`]) is apart from its socket, so that the lab's own relay can hold one
//! from any simulated address.

mod command;
mod host;
mod manners;
mod reply;
mod server;
mod session;

#[cfg(test)]
mod tests;
mod transaction;

pub use host::{Recipients, SmtpHost};
pub use manners::{Opening, SmtpManners, Stage, Strictness};
pub use reply::Reply;
pub use server::{Port, serve};
pub use session::{Session, Turn};
pub(crate) use transaction::Envelope;
