//! What if these records were published? Proposed RRsets laid over the live ones.
//!
//! An RRset of the overlay replaces the live one whole; `;- NAME TYPE` deletes one. Names above a
//! laid-over name exist; a laid-over CNAME hides other types; wildcards work as in a zone
//! (RFC 4592). Nothing is signed: what the overlay says is never authenticated.

mod layer;
mod records;
#[cfg(test)]
mod tests;
mod zone_file;

pub use layer::OverlayLayer;
pub use records::Overlay;

/// Records that an overlay may hold.
const RECORD_LIMIT: usize = 10_000;

/// Why a zone file cannot be laid over.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum OverlayError {
    #[error("overlay, line {line}: not a record of a zone file: {reason}")]
    Malformed { line: usize, reason: String },
    #[error("overlay, line {line}: the {what} that begins here does not end")]
    Open { line: usize, what: &'static str },
    #[error("overlay, line {line}: $INCLUDE is not followed; write the records themselves")]
    Include { line: usize },
    #[error("overlay, line {line}: write `;- NAME TYPE` to delete an RRset")]
    Deletion { line: usize },
    #[error(
        "overlay, line {line}: `{name}` means {name}.{origin} without its final dot; write `{name}.`"
    )]
    Doubled { line: usize, name: String, origin: String },
    #[error("overlay: more than {RECORD_LIMIT} records")]
    TooLarge,
    #[error("overlay: it holds no record and no deletion")]
    Empty,
}
