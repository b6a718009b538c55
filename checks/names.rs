//! The names of checks, of which a daemon of many domains holds very many.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

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

/// A check of a domain, or of one of its probes. Many domains have the same, so equal ones share their
/// text: one is no larger than a pointer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Part(Arc<Named>);

#[derive(Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Named {
    check: Box<str>,
    instance: Box<str>,
}

/// Those that there are, in order. They stay: there are as many as checks, plugins and probes.
static KNOWN: Mutex<Vec<Part>> = Mutex::new(Vec::new());

impl Part {
    /// `instance` is empty, or the name of the probe.
    pub fn of(check: &str, instance: &str) -> Self {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let place = known.binary_search_by(|part| part.names().cmp(&(check, instance)));
        let place = place.unwrap_or_else(|place| {
            let named = Named { check: check.into(), instance: instance.into() };
            known.insert(place, Self(Arc::new(named)));
            place
        });
        known[place].clone()
    }

    pub fn check(&self) -> &str {
        &self.0.check
    }

    /// Empty, or the name of the probe.
    pub fn instance(&self) -> &str {
        &self.0.instance
    }

    /// The check, then the probe: what they are sorted by.
    pub fn names(&self) -> (&str, &str) {
        (self.check(), self.instance())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_parts_share_their_text_and_are_sorted_by_it() {
        let parts = [("spf", ""), ("probe", "b"), ("probe", "a"), ("dkim", "")];
        let mut all: Vec<Part> =
            parts.iter().map(|(check, instance)| Part::of(check, instance)).collect();
        assert!(Arc::ptr_eq(&all[1].0, &Part::of("probe", "b").0));
        all.sort();
        let sorted: Vec<_> = all.iter().map(Part::names).collect();
        assert_eq!(sorted, [("dkim", ""), ("probe", "a"), ("probe", "b"), ("spf", "")]);
    }
}
