//! What is true in the simulated world at this moment?
//!
//! A [`World`] is shared and may be changed while servers answer from it: the next question sees
//! the change. It says nothing about how the answers travel.

mod route;
mod snapshot;
mod state;
#[cfg(test)]
mod tests;

use hickory_proto::rr::Name;

pub use route::Route;
pub use snapshot::Snapshot;
pub use state::World;

/// Why a world cannot be, or cannot be changed so.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// Zone text that does not parse.
    #[error("zone {zone}: line {line}: {message}")]
    ZoneText {
        /// The origin.
        zone: String,
        /// Counted from 1 in the zone's own text.
        line: usize,
        /// What the parser said.
        message: String,
    },
    /// A record whose owner is not in the zone.
    #[error("zone {zone}: {name} lies outside")]
    OutOfZone {
        /// The origin.
        zone: String,
        /// The owner name.
        name: String,
    },
    /// Text that is no domain name.
    #[error("{name:?}: not a domain name: {message}")]
    Name {
        /// The text.
        name: String,
        /// Why not.
        message: String,
    },
    /// A record type that nobody knows.
    #[error("{0:?}: not a record type")]
    UnknownType(String),
    /// A record for a name that no declared zone holds.
    #[error("{0}: in no declared zone")]
    NoZone(String),
}

/// The absolute domain name that the text stands for; U-labels become A-labels.
///
/// # Errors
/// When it is no domain name.
pub fn absolute(text: &str) -> Result<Name, WorldError> {
    let mut name = Name::from_utf8(text)
        .map_err(|error| WorldError::Name { name: text.to_owned(), message: error.to_string() })?;
    name.set_fqdn(true);
    Ok(name)
}
