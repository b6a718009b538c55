//! Did the news leave the house? What a message says, who signed it, when it is tried again.

pub mod event;
mod retry;
mod signature;

pub use retry::{RETRIES, RetryAfter, next_attempt};
pub use signature::{SecretError, SigningSecret, signatures};
