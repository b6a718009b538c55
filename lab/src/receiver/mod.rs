//! Does a receiver take this mail? It judges SPF, DKIM and DMARC as the big providers do, answers in
//! their words, and files what it takes. Reputation and content are not judged.

mod handle;
mod judge;
mod receive;
pub(crate) mod stamp;
#[cfg(test)]
mod tests;

pub(crate) use receive::{judge_envelope, queue_id, receive};
