//! A simulated internet on loopback, as real servers see and play it.
//!
//! Depends on nothing of the product but the scenario format, or both would be wrong together.

pub mod controls;
pub mod dns;
pub mod socks5;
pub mod world;
