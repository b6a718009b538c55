//! The only sockets to the world that is judged.

pub mod proxy;
pub mod smtp;
pub mod trust;
