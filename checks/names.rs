//! The names of checks, of which a daemon of many domains holds very many.

use std::borrow::Cow;

use crate::registry::CHECKS;

/// Whether a check of vigie has that name; those of plugins have not.
pub fn is_built_in(check: &str) -> bool {
    CHECKS.iter().any(|entry| entry.name == check)
}

/// The name of a check, shared where it is one of vigie's.
pub fn shared(check: &str) -> Cow<'static, str> {
    let known = CHECKS.iter().find(|entry| entry.name == check);
    known.map_or_else(|| check.to_owned().into(), |entry| entry.name.into())
}
