//! The domains of a configuration, in the order in which they are written, and found by name.

use std::collections::HashMap;
use std::ops::Deref;

use serde::Serialize;
use vigie_checks::kernel::Name;

use super::Domain;

/// Each domain once. There may be tens of thousands, and every look asks for its own.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Domains {
    written: Vec<Domain>,
    #[serde(skip)]
    places: HashMap<Name, usize>,
}

impl Domains {
    pub fn of(&self, name: &Name) -> Option<&Domain> {
        self.places.get(name).map(|place| &self.written[*place])
    }
}

impl From<Vec<Domain>> for Domains {
    fn from(written: Vec<Domain>) -> Self {
        let mut places = HashMap::with_capacity(written.len());
        for (place, domain) in written.iter().enumerate() {
            places.entry(domain.name.clone()).or_insert(place);
        }
        Self { written, places }
    }
}

impl Deref for Domains {
    type Target = [Domain];

    fn deref(&self) -> &[Domain] {
        &self.written
    }
}

impl<'a> IntoIterator for &'a Domains {
    type Item = &'a Domain;
    type IntoIter = std::slice::Iter<'a, Domain>;

    fn into_iter(self) -> Self::IntoIter {
        self.written.iter()
    }
}
