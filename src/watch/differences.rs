//! What do two configurations say differently? Named as the file names it; values are not shown.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::config::Settings;

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
