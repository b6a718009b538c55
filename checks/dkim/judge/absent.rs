//! What is to be said of a selector without a key?

use super::revoked::{Reserve, reserve};
use super::{named, on};
use crate::dkim::DkimCode;
use crate::dkim::facts::{DkimFacts, Misplaced, SelectorFacts};
use crate::kernel::{CASE, Lookup, Name, Raised, RecordChange, Rtype, Severity, Target};
use crate::records::provider::of_key;

/// Its customers create the aliases of both selectors before it makes the second key.
const MAKES_KEYS_LATER: &str = "microsoft365";

pub fn judge(seen: &SelectorFacts, facts: &DkimFacts, target: &Target) -> Option<Raised> {
    match (&seen.key, &seen.alias) {
        (Lookup::Absent { nxdomain }, Lookup::Found(alias)) => {
            let is_later = of_key(alias).is_some_and(|provider| provider.id == MAKES_KEYS_LATER);
            match reserve(seen, facts, target) {
                Reserve::Untold if is_later => None,
                Reserve::Of(provider) if is_later => Some(
                    dangling(seen, alias)
                        .severity(Severity::Info)
                        .with(CASE, "reserve")
                        .with("provider", &provider.name),
                ),
                _ if *nxdomain => Some(without_its_dot(dangling(seen, alias), seen, alias)),
                _ => Some(missing(seen, *nxdomain)),
            }
        }
        (Lookup::Unknown { reason }, _)
        // Where it could not be told whether there is an alias, neither could what is missing.
        | (Lookup::Absent { .. }, Lookup::Unknown { reason }) => Some(
            on(DkimCode::LookupFailed, seen)
                .with("reason", reason)
                .evidence("reason", reason)
                .evidence("alias", &seen.alias),
        ),
        (Lookup::Absent { nxdomain }, Lookup::Absent { .. }) => Some(missing(seen, *nxdomain)),
        (Lookup::Found(_), _) => None,
    }
}

fn dangling(seen: &SelectorFacts, alias: &Name) -> Raised {
    let target = named(alias, of_key(alias));
    on(DkimCode::CnameDangling, seen).with("target", target).evidence("alias", alias)
}

/// RFC 1035 §5.1: the zone's name was appended to the target, which is there without it.
fn without_its_dot(raised: Raised, seen: &SelectorFacts, alias: &Name) -> Raised {
    let Some(meant) = &seen.undotted else { return raised };
    let change =
        RecordChange::replace(&seen.name, Rtype::CNAME, format!("{alias}."), format!("{meant}."));
    raised.with(CASE, "dot").with("meant", meant).evidence("meant", meant).fix(change)
}

/// A key that stands beside its place is published where it belongs.
fn missing(seen: &SelectorFacts, nxdomain: bool) -> Raised {
    let raised = on(DkimCode::SelectorMissing, seen)
        .evidence("nxdomain", nxdomain)
        .evidence("alias", &seen.alias);
    if let Some(found) = &seen.misplaced {
        return misplaced(raised, seen, found);
    }
    let Some(other) = seen.others.first() else { return raised };
    let raised = raised.with("found", other).evidence("others", &seen.others);
    match &seen.spelled {
        Some(meant) => raised
            .with(CASE, "spelled")
            .with("meant", meant)
            .fix(RecordChange::delete(&seen.name, Rtype::TXT, other))
            .fix(RecordChange::add(&seen.name, Rtype::CNAME, format!("{meant}."))),
        None => raised.with(CASE, "other"),
    }
}

/// The alias moves rather than the key it leads to, which its keeper will replace.
fn misplaced(raised: Raised, seen: &SelectorFacts, found: &Misplaced) -> Raised {
    let raised = raised.with("found", &found.at).evidence("misplaced", found);
    match &found.alias {
        Lookup::Found(alias) => raised
            .with(CASE, "misplaced-alias")
            .with("target", named(alias, of_key(alias)))
            .fix(RecordChange::add(&seen.name, Rtype::CNAME, format!("{alias}."))),
        Lookup::Absent { .. } => raised.with(CASE, "misplaced").fix(RecordChange::add(
            &seen.name,
            Rtype::TXT,
            found.record.clone(),
        )),
        Lookup::Unknown { .. } => raised.with(CASE, "misplaced"),
    }
}
