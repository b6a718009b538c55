//! vigie watches whether a domain's mail arrives. The program is a thin `main` over these modules;
//! ARCHITECTURE.md says which may use which.

// Tests here and in `tests/` share the world in memory.
#[cfg(test)]
extern crate self as vigie;

pub mod alerts;
mod cli;
pub mod config;
pub mod demo;
pub mod incidents;
pub mod ingest;
pub mod metrics;
pub mod net;
#[cfg(test)]
mod on_postgres;
pub mod plugin;
pub mod report;
pub mod run;
pub mod schedule;
pub mod store;
pub mod watch;
pub mod web;

/// Runs the program with the arguments of the process and gives its exit code. Not async, so that it is
/// compiled once, here, and not again in the program.
pub fn start() -> std::process::ExitCode {
    // Fails only if a provider was installed before, which then serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    cli::main()
}
