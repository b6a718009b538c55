//! A zone of octoDNS's YamlProvider: a mapping of names, relative to the zone, to their RRsets.
//! Scalars are written as JSON, which YAML takes.

use std::collections::BTreeMap;

use serde_json::json;
use vigie_checks::kernel::{Lang, Name, Rtype};

use super::{FixReport, SetReport};

pub(super) fn render(report: &FixReport, lang: Lang) -> String {
    let zone = report.domain.registrable();
    let mut names: BTreeMap<String, Vec<&SetReport>> = BTreeMap::new();
    let (mut removed, mut outside) = (String::new(), String::new());
    for set in &report.records {
        match relative(&set.name, &zone) {
            _ if set.values.is_empty() => {
                removed.push_str(&format!("# remove: {} {}\n", set.name, set.rtype));
            }
            Some(name) => names.entry(name).or_default().push(set),
            None => outside.push_str(&format!("# not of {zone}: {} {}\n", set.name, set.rtype)),
        }
    }
    let mut text = format!("---\n# {zone}.yaml\n{removed}{outside}");
    for (name, sets) in names {
        text.push_str(&format!("{}:\n", json!(name)));
        for set in sets {
            text.push_str(&set.reasons("#"));
            text.push_str(&format!("- type: {}\n  ttl: {}\n  values:\n", set.rtype, set.ttl));
            set.values.iter().for_each(|value| text.push_str(&listed(set.rtype, value)));
        }
    }
    text + &report.remarks("#", lang)
}

/// The name within the zone, empty for the zone itself; nothing for another zone's.
pub(super) fn relative(name: &Name, zone: &Name) -> Option<String> {
    if name == zone {
        return Some(String::new());
    }
    let below = name.as_str().strip_suffix(zone.as_str())?.strip_suffix('.')?;
    Some(below.to_owned())
}

fn listed(rtype: Rtype, value: &str) -> String {
    match (rtype, value.split_once(' ')) {
        (Rtype::MX, Some((preference, exchange))) => {
            format!("  - exchange: {}\n    preference: {preference}\n", json!(exchange))
        }
        // octoDNS wants semicolons escaped.
        (Rtype::TXT, _) => format!("  - {}\n", json!(value.replace(';', "\\;"))),
        _ => format!("  - {}\n", json!(value)),
    }
}
