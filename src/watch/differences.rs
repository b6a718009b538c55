//! What do two configurations say differently? Named as the file names it; values are not shown.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use serde_json::Value;
use vigie_checks::kernel::Name;

use crate::config::{Domain, Settings};
use crate::incidents::SENDING_IPS;
use crate::store::Change;

/// Names listed of one kind of change.
const LISTED: usize = 10;

/// Tables and keys that differ, such as `network.resolver` or `domains: +example.com`. Secrets have no
/// value here, so a new one shows as nothing.
pub fn differences(before: &Settings, now: &Settings) -> Vec<String> {
    let tables = |settings: &Settings| match serde_json::to_value(settings) {
        Ok(Value::Object(tables)) => tables,
        _ => serde_json::Map::new(),
    };
    let (before, now) = (tables(before), tables(now));
    let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let of = |name: &String| {
        let (before, now) = (before.get(name), now.get(name));
        match (before, now) {
            _ if before == now => Vec::new(),
            (Some(Value::Object(before)), Some(Value::Object(now))) => {
                let keys: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
                let differ = keys.into_iter().filter(|key| before.get(*key) != now.get(*key));
                differ.map(|key| format!("{name}.{key}")).collect()
            }
            (Some(Value::Array(before)), Some(Value::Array(now))) => {
                vec![format!("{name}: {}", members(before, now))]
            }
            _ => vec![name.clone()],
        }
    };
    names.into_iter().flat_map(of).collect()
}

/// The addresses that the streams of a domain, and the domain itself, send from now and did not before.
/// What is watched since now has no before.
pub fn sending_ips(before: &Settings, now: &Settings, at: DateTime<Utc>) -> Vec<(Name, Change)> {
    let former: HashMap<&Name, &Domain> =
        before.domains.iter().map(|domain| (&domain.name, domain)).collect();
    let mut changes = Vec::new();
    for domain in &now.domains {
        let Some(former) = former.get(&domain.name) else { continue };
        let (former, present) = (addresses(former), addresses(domain));
        let names: BTreeSet<&String> = former.keys().chain(present.keys()).collect();
        for name in names {
            let (before, after) = (former.get(name).cloned(), present.get(name).cloned());
            if before != after {
                let (check, what) = ("config".to_owned(), format!("{SENDING_IPS}{name}"));
                let change = Change { check, what, before, after, seen_at: at };
                changes.push((domain.name.clone(), change));
            }
        }
    }
    changes
}

/// By stream, and by the domain's name; nothing of one that names none.
fn addresses(domain: &Domain) -> BTreeMap<String, String> {
    let of_streams = domain.streams.iter().map(|stream| (stream.name.clone(), &stream.ips));
    let all = of_streams.chain([(domain.name.to_string(), &domain.sending_ips)]);
    let written = all.map(|(name, ips)| {
        let mut ips: Vec<String> = ips.iter().map(ToString::to_string).collect();
        ips.sort();
        (name, ips.join("\n"))
    });
    written.filter(|(_, ips)| !ips.is_empty()).collect()
}

/// Members by name: which came, went and changed.
fn members(before: &[Value], now: &[Value]) -> String {
    let named = |values: &[Value]| -> BTreeMap<String, Value> {
        let name = |at: usize, value: &Value| {
            let written = ["name", "id"].iter().find_map(|key| value[*key].as_str());
            written.map_or_else(|| format!("#{}", at + 1), str::to_owned)
        };
        values.iter().enumerate().map(|(at, value)| (name(at, value), value.clone())).collect()
    };
    let (before, now) = (named(before), named(now));
    let came = now.keys().filter(|name| !before.contains_key(*name)).map(|name| format!("+{name}"));
    let went = before.keys().filter(|name| !now.contains_key(*name)).map(|name| format!("-{name}"));
    let is_other =
        |name: &&String| before.get(*name).is_some_and(|value| now.get(*name) != Some(value));
    let differ = now.keys().filter(is_other).map(|name| format!("~{name}"));
    let all: Vec<String> = came.chain(went).chain(differ).collect();
    match all.len().saturating_sub(LISTED) {
        0 => all.join(" "),
        more => format!("{} and {more} more", all[..LISTED].join(" ")),
    }
}
