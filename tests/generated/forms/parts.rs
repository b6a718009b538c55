//! What schemas are put together from.

use serde_json::{Map, Value, json};

/// A key of an object.
pub struct Key {
    name: &'static str,
    is_always_there: bool,
    holds: Value,
}

/// A key that is always there.
pub fn key(name: &'static str, holds: Value) -> Key {
    Key { name, is_always_there: true, holds }
}

/// A key that may be left out.
pub fn maybe(name: &'static str, holds: Value) -> Key {
    Key { name, is_always_there: false, holds }
}

/// An object with these keys and no others.
pub fn object(keys: impl IntoIterator<Item = Key>) -> Value {
    let (mut required, mut properties) = (Vec::new(), Map::new());
    for Key { name, is_always_there, holds } in keys {
        if is_always_there {
            required.push(name);
        }
        properties.insert(name.to_owned(), holds);
    }
    json!({
        "type": "object",
        "required": required,
        "additionalProperties": false,
        "properties": properties,
    })
}

/// The key that names the form.
pub fn schema(form: &str) -> Key {
    key("schema", json!({ "const": form }))
}

/// The keys that every printed report begins with.
pub fn head(form: &str) -> [Key; 2] {
    [
        schema(form),
        key(
            "version",
            about("Of vigie.", json!({ "type": "string", "pattern": r"^[0-9]+\.[0-9]+\.[0-9]+" })),
        ),
    ]
}

/// The same with a sentence that says what it is.
pub fn about(sentence: &str, mut schema: Value) -> Value {
    schema["description"] = sentence.into();
    schema
}

pub fn list(of: Value) -> Value {
    json!({ "type": "array", "items": of })
}

/// This, or null.
pub fn or_null(schema: Value) -> Value {
    json!({ "anyOf": [schema, { "type": "null" }] })
}

pub fn text() -> Value {
    json!({ "type": "string" })
}

pub fn flag() -> Value {
    json!({ "type": "boolean" })
}

pub fn one_of(words: &[&str]) -> Value {
    json!({ "enum": words })
}

/// A part that is defined once.
pub fn part(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

pub fn sentence() -> Value {
    part("sentence")
}

pub fn count() -> Value {
    part("count")
}

pub fn time() -> Value {
    part("time")
}

/// A moment as every form writes it.
pub fn time_itself() -> Value {
    json!({
        "description": "RFC 3339, UTC.",
        "type": "string",
        "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z$",
    })
}

/// How bad a finding is.
pub fn severity() -> Value {
    one_of(&["critical", "error", "warning", "info"])
}
