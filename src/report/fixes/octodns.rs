//! A zone of octoDNS's YamlProvider: a mapping of names, relative to the zone, to their RRsets. It wants
//! all keys in order, numbers within names by their value. Scalars are written as JSON, which YAML takes.

use std::collections::BTreeMap;

use serde_json::json;
use vigie_checks::kernel::{Lang, Name, Rtype};

use super::{FixReport, SetReport};

pub(super) fn render(report: &FixReport, lang: Lang) -> String {
    let mut names: BTreeMap<Vec<Part>, (String, Vec<&SetReport>)> = BTreeMap::new();
    let mut removed = String::new();
    let (own, _) = report.parted();
    for set in own {
        if set.values.is_empty() {
            removed.push_str(&set.remarks(report, "#", lang));
            continue;
        }
        let name = relative(&set.name, &report.zone);
        names.entry(in_order(&name)).or_insert((name, Vec::new())).1.push(set);
    }
    let elsewhere = report.of_others("#", lang);
    let mut text = format!("---\n# {}.yaml\n{removed}{elsewhere}", report.zone);
    for (name, sets) in names.into_values() {
        text.push_str(&format!("{}:\n", json!(name)));
        for set in sets {
            text.push_str(&set.remarks(report, "#", lang));
            text.push_str(&format!("- ttl: {}\n  type: {}\n  values:\n", set.ttl, set.rtype));
            set.values.iter().for_each(|value| text.push_str(&listed(set.rtype, value)));
        }
    }
    text + &report.remarks("#", lang)
}

/// The name within its zone, empty for the zone itself.
pub(super) fn relative(name: &Name, zone: &Name) -> String {
    let below = name.as_str().strip_suffix(zone.as_str()).unwrap_or(name.as_str());
    below.trim_end_matches('.').to_owned()
}

/// A text and the number behind it, which is beyond any where it has more digits than a name that people give.
type Part = (String, Option<u128>);

fn in_order(name: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let digit = |c: char| c.is_ascii_digit();
        let (text, behind) = rest.split_at(rest.find(digit).unwrap_or(rest.len()));
        let end = behind.find(|c| !digit(c)).unwrap_or(behind.len());
        let (number, behind) = behind.split_at(end);
        let number = (!number.is_empty()).then(|| number.parse().unwrap_or(u128::MAX));
        parts.push((text.to_owned(), number));
        rest = behind;
    }
    parts
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
