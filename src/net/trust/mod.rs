//! Does a chain lead to a root that is trusted here, and how is TLS set up to learn it?
//!
//! The handshake accepts any certificate; what it is worth is judged afterwards, so that an audit
//! sees the chain of a host that no one should trust. Revocation is not looked at.

#[cfg(test)]
pub(crate) mod authority;
mod handshake;
mod roots;
#[cfg(test)]
mod tests;

pub use handshake::{Handshake, HandshakeError, TlsNeed, handshake};
pub use roots::{Roots, RootsError, Untrusted};
