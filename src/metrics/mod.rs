//! How is what vigie counts told to Prometheus? Counters and histograms, and both text formats.
//!
//! Limits: counts nothing by itself; each part counts what it does, `watch` says what is told.

mod count;
#[cfg(test)]
mod tests;
mod text;

pub use count::{Counter, Histogram};
pub use text::{Family, Format, Kind, Text};
