//! Did the news leave the house? Messages are signed and brought to their channels.

pub mod channels;
pub mod event;
mod network;
mod retry;
mod settings;
mod signature;

pub use network::{Network, Resolve, SystemResolver, UnreachableError};
pub use retry::{RETRIES, RetryAfter, next_attempt};
pub use settings::{ChannelError, ChannelKind, ChannelSettings};
pub use signature::{SecretError, SigningSecret, signatures};
