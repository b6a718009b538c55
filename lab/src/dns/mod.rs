//! What do the resolver and the zones' own servers of the simulated world answer?
//!
//! One pure function, [`answer`], is used by the world in memory and by the sockets alike.
//! The root and the top-level domains are signed, and the zones that a scenario says are; what
//! the resolver makes of a chain of trust follows from what the scenario says of it.

mod answer;
mod authority;
mod compose;
mod denial;
mod escapes;
mod fault;
mod flatten;
mod log;
mod lookup;
mod message;
mod registry;
mod server;
mod signer;
#[cfg(test)]
mod tests;
mod trust;
mod zone;

pub use answer::{Answer, Asked, At, Question, Reply, Transport, answer, resolve};
pub(crate) use fault::{Fault, record_type};
pub use log::{LogEntry, QuestionLog};
pub(crate) use lookup::addresses_of;
#[cfg(test)]
pub(crate) use message::asking;
pub use server::DnsServer;
pub(crate) use server::{Service, make_room, serve_stream};
pub(crate) use signer::root_key;
pub use zone::Zone;
pub(crate) use zone::parse_records;
