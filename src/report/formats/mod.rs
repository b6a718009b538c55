//! The same report for other readers: merge requests, test runners, code scanners, a file to keep.

pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod sarif;
#[cfg(test)]
mod tests;
