//! What vigie judges: one folder per check, and the kernel they share.
//!
//! This crate opens no socket, reads no clock and speaks no SQL; its `Cargo.toml` and `clippy.toml`
//! prove it. The world is reached through [`kernel::Net`] alone.

pub mod arc;
pub mod bimi;
pub mod blocklist;
pub mod caa;
pub mod dane;
pub mod dkim;
pub mod dmarc;
pub mod dns;
pub mod dnssec;
pub mod ip;
pub mod kernel;
pub mod mta_sts;
pub mod mx;
pub mod names;
pub mod probe;
pub mod rdap;
pub mod records;
pub mod registration;
pub mod registry;
pub mod smtp;
pub mod spf;
pub mod tls;
pub mod tls_rpt;
pub mod web;

#[cfg(test)]
mod scripted;

#[cfg(test)]
mod contract;
