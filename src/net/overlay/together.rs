//! Which records of an overlay cannot stand together, so that no name server would load them?

use std::collections::BTreeMap;

use vigie_checks::kernel::{Name, Rtype};

use super::OverlayError;

/// What may stand beside an alias: what signs it, and proves what is not there (RFC 2181 §10.1, 4035 §2.5).
const BESIDE_AN_ALIAS: [Rtype; 5] = [Rtype(24), Rtype(25), Rtype(30), Rtype(46), Rtype(47)];

/// What is written of each name and type, with the first line that says so.
#[derive(Debug, Default)]
pub struct Together {
    written: BTreeMap<Name, BTreeMap<Rtype, (usize, Written)>>,
}

/// What an overlay says of a name and type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    Deleted,
    Record,
    /// A CNAME, which a name has one of at the most (RFC 1034 §3.6.2).
    Alias(Name),
}

impl Together {
    /// Adds what a line says.
    ///
    /// # Errors
    /// It cannot stand beside what a line before it says.
    pub fn add(
        &mut self,
        line: usize,
        name: &Name,
        rtype: Rtype,
        what: Written,
    ) -> Result<(), OverlayError> {
        let sets = self.written.entry(name.clone()).or_default();
        for (theirs, (other, before)) in sets.iter() {
            if *theirs == rtype && (*before == Written::Deleted) != (what == Written::Deleted) {
                let name = name.to_string();
                return Err(OverlayError::AlsoDeleted { line, other: *other, name, rtype });
            }
            if is_against_an_alias((rtype, &what), (*theirs, before)) {
                let name = name.to_string();
                return Err(OverlayError::BesideAlias { line, other: *other, name });
            }
        }
        sets.entry(rtype).or_insert((line, what));
        Ok(())
    }
}

/// Whether one of the two is an alias, and the other no record that may stand beside it.
fn is_against_an_alias(one: (Rtype, &Written), other: (Rtype, &Written)) -> bool {
    match (one.1, other.1) {
        (Written::Alias(one), Written::Alias(other)) => one != other,
        (Written::Alias(_), Written::Record) => !BESIDE_AN_ALIAS.contains(&other.0),
        (Written::Record, Written::Alias(_)) => !BESIDE_AN_ALIAS.contains(&one.0),
        _ => false,
    }
}
