//! The keys as a JSON Schema (draft 2020-12), for editors and for whoever writes `vigie.toml` by program.

use serde_json::{Map, Value, json};

use super::super::channels::forms;
use super::tables::FILE;
use super::{Key, Table, Takes};

/// `vigie.toml` as a JSON Schema. It holds the form; values such as names and addresses are judged by
/// `vigie config check`.
pub fn schema() -> Value {
    let mut schema = table(&FILE);
    schema["properties"]["channels"]["items"]["allOf"] = kinds_of_channels();
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["title"] = "vigie.toml".into();
    schema["$defs"] = json!({
        "duration": {
            "description": "Numbers with a unit each, such as 45s, 5m, 1h30m or 7d.",
            "type": "string",
            "pattern": r"^\s*([0-9]+(w|d|h|m|s|ms)\s*)+$",
        },
        "secret": {
            "description": "A literal, { env = \"NAME\" }, { file = \"PATH\" } or { credential = \"NAME\" }, which systemd passes.",
            "oneOf": [
                { "type": "string", "minLength": 1 },
                kept_in("env"),
                kept_in("file"),
                kept_in("credential"),
            ],
        },
    });
    schema
}

/// What each kind of channel needs, and what belongs to other kinds.
fn kinds_of_channels() -> Value {
    let kinds = forms().map(|(kind, needs, foreign)| {
        let foreign = foreign.into_iter().map(|key| (key.to_owned(), json!(false)));
        json!({
            "if": { "properties": { "kind": { "const": kind } }, "required": ["kind"] },
            "then": { "required": needs, "properties": foreign.collect::<Map<_, _>>() },
        })
    });
    kinds.collect()
}

fn kept_in(place: &str) -> Value {
    json!({
        "type": "object",
        "properties": { place: { "type": "string", "minLength": 1 } },
        "required": [place],
        "additionalProperties": false,
    })
}

fn table(table: &Table) -> Value {
    let keys: Map<String, Value> =
        table.keys.iter().map(|one| (one.name.to_owned(), key(one))).collect();
    let mut schema = json!({
        "description": table.about,
        "type": "object",
        "properties": keys,
        "additionalProperties": false,
    });
    match table.needs {
        [] => {}
        [needed] => schema["required"] = json!(needed),
        several => {
            let one_of = several.iter().map(|needed| json!({ "required": needed }));
            schema["oneOf"] = one_of.collect();
        }
    }
    schema
}

fn key(key: &Key) -> Value {
    let mut schema = takes(&key.takes);
    schema["description"] = match key.default {
        "" => key.about.into(),
        default => format!("{} Default: {default}.", key.about).into(),
    };
    schema
}

fn takes(what: &Takes) -> Value {
    match what {
        Takes::Text => json!({ "type": "string", "minLength": 1 }),
        Takes::Duration => json!({ "$ref": "#/$defs/duration" }),
        Takes::Flag => json!({ "type": "boolean" }),
        Takes::Count => json!({ "type": "integer", "minimum": 1, "maximum": u32::MAX }),
        Takes::Word(words) => json!({ "enum": words }),
        Takes::Secret => json!({ "$ref": "#/$defs/secret" }),
        Takes::List(item) => json!({ "type": "array", "items": takes(item) }),
        Takes::OneOrMore(item) => {
            json!({ "anyOf": [takes(item), { "type": "array", "items": takes(item) }] })
        }
        Takes::Table(inner) => table(inner),
        Takes::Map { keys: [], values } => {
            json!({ "type": "object", "additionalProperties": takes(values) })
        }
        Takes::Map { keys, values } => json!({
            "type": "object",
            "propertyNames": { "enum": keys },
            "additionalProperties": takes(values),
        }),
    }
}
