//! In whose hands is a record? What stands in another zone than the domain would break the zone that it
//! is pasted into, and heals nothing there.

use vigie_checks::kernel::{Lang, Rtype};

use super::{FixReport, SetReport};
use crate::report::words::say;

impl FixReport {
    /// The sets of the domain's own zone, and those that are published elsewhere.
    pub(super) fn parted(&self) -> (Vec<&SetReport>, Vec<&SetReport>) {
        self.records.iter().partition(|set| set.zone == self.zone)
    }
}

/// Where a set of another zone is published.
pub(super) fn said(set: &SetReport, report: &FixReport, lang: Lang) -> Option<String> {
    let (zone, own, name) = (&set.zone, &report.zone, &set.name);
    if zone == own {
        return None;
    }
    let at_registrar = set.rtype == Rtype::DS && *name == name.registrable();
    Some(match (at_registrar, lang) {
        (true, Lang::En) => {
            format!(
                "at the registrar of {name}, which passes it on to the zone {zone}; not in the zone {own}:"
            )
        }
        (true, Lang::Fr) => format!(
            "chez le bureau d’enregistrement du domaine {name}, qui le transmet à la zone {zone} ; pas dans la zone {own} :"
        ),
        (false, _) => format!(
            "{} {zone}{} {own}{}",
            say(lang, "in the zone", "dans la zone"),
            say(lang, "; not in the zone", " ; pas dans la zone"),
            say(lang, ":", " :")
        ),
    })
}
