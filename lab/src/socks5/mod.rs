//! How does a program on this machine reach the simulated addresses?
//!
//! A SOCKS5 front (RFC 1928) without authentication: CONNECT and UDP ASSOCIATE lead an address
//! and port of the world to the loopback server that plays it, or to the zones' own servers. It
//! takes addresses only, resolves no name, and connects to nothing but loopback.

mod associate;
mod connect;
mod front;
#[cfg(test)]
mod tests;
mod wire;

pub use front::{Connection, Socks5};
