//! How is an address of the world reached: directly, or through the SOCKS5 proxy? (RFC 1928, 1929)
//!
//! Names never go to the proxy: vigie resolves them, so that the guard sees every address.

mod connector;
mod datagrams;
mod socks5;
#[cfg(test)]
mod tests;
mod url;

pub use connector::{ConnectError, Connector};
pub use datagrams::Datagrams;
pub use url::{Proxy, ProxyError};
