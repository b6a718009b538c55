//! What happens to mail that is submitted? It is signed where configured, relayed at once from a
//! simulated address, and the receiver's verdict is the answer to the submitter's DATA.
//! There is no queue: what the receiver puts off is put off for the submitter.

pub(crate) mod login;
mod post;
mod relay;
mod service;
mod signing;
#[cfg(test)]
mod tests;

pub use post::{Post, PostError};
pub use service::Submission;
pub use signing::{DkimSigning, SigningError};
