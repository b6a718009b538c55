//! What becomes of a message that a mail host took: it may change, double or come back.

use serde::Deserialize;

/// What a mail host does to a message after it said yes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handling {
    /// The reply of the host that refuses it after all; a report goes to MAIL FROM (RFC 3464).
    pub bounces: Option<String>,
    /// Such a report says that it is delayed, and the message goes on.
    #[serde(default)]
    pub warns_of_delay: bool,
    /// It writes no Authentication-Results.
    #[serde(default)]
    pub tells_no_results: bool,
    /// Lines put below the body.
    pub footer: Option<String>,
    /// Words put before the subject.
    pub subject_prefix: Option<String>,
    /// Copies filed beyond the first.
    #[serde(default)]
    pub further_copies: u8,
    /// The seal of the forwarder that it came by.
    pub seal: Option<Seal>,
}

/// An ARC set (RFC 8617 §4.1); its signatures are made up.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// The sealing domain.
    pub domain: String,
    /// Its selector.
    pub selector: String,
    /// What it says of the chain before it: `none`, `pass` or `fail`.
    pub cv: String,
}
