//! Where does a connection to a simulated address and port lead?

use std::net::SocketAddr;

/// What becomes of a connection attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// The loopback server that plays the address.
    To(SocketAddr),
    /// The zones' own server at this address.
    NameServer,
    /// Nothing listens: connection refused.
    Refuse,
    /// The attempt is never answered.
    Drop,
    /// No way leads there: host unreachable.
    Unreachable,
}
